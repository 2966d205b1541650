package oci

import "fmt"

// HoldTags holds so many tags and says how many are held then.
func HoldTags(n int) int {
	r := &Resolver{}
	for i := range n {
		r.hold(fmt.Sprint(i), heldTag{})
	}
	return len(r.held)
}
