package running

import "k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

// Saw and Lost are what the watch tells.
func (f *Follower) Saw(u *unstructured.Unstructured) {
	v, err := trimmed(u.DeepCopy())
	if err != nil {
		panic(err)
	}
	f.saw(v)
}

func (f *Follower) Lost(u *unstructured.Unstructured) { f.lost(u) }

// Kept is how many workloads are kept, and how many pods are left out.
func (f *Follower) Kept() (workloads, left int) { return len(f.workloads), len(f.left) }

// Started is the image that a container runs.
var Started = started
