package attest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestOneLine: a root that a library prints as a list of bytes can be held against the
// log's.
func TestOneLine(t *testing.T) {
	root := make([]byte, 32)
	root[0], root[31] = 254, 7
	got := oneLine(fmt.Errorf("calculated root:\n%v\n is of %v entries: %w", root, []int{1, 2}, errors.New("300")))
	if want := "calculated root: fe" + strings.Repeat("00", 30) + "07 is of [1 2] entries: 300"; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}
