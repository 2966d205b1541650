package running

import (
	"context"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
)

// Saw and Lost are what the watch tells.
func (f *Follower) Saw(u *unstructured.Unstructured) { f.saw(f.sight(u)) }

func (f *Follower) Lost(u *unstructured.Unstructured) { f.lost(f.sight(u)) }

func (f *Follower) sight(u *unstructured.Unstructured) any {
	v, err := f.sighted(u.DeepCopy())
	if err != nil {
		panic(err)
	}
	return v
}

// List and Forbid say what the API server allows.
func (f *Follower) List()   { f.doubt(); f.setSource(listed) }
func (f *Follower) Forbid() { f.setSource(admissions) }

// Kept is how many workloads are kept, and how many pods are left out.
func (f *Follower) Kept() (workloads, left int) { return len(f.workloads), len(f.left) }

// Pods is how many pods are known.
func (f *Follower) Pods() int { return len(f.pods) }

// Waiting is how much news waits at the door.
func (d *Door) Waiting() int { return len(d.waiting) }

// Started is the image that a container runs.
var Started = started

// Sweep is what Run does first.
func (f *Follower) Sweep(ctx context.Context) error { return f.sweep(ctx) }

// Known tells whether a pod is.
func (f *Follower) Known(uid string) (pod, bool) { return f.known(types.UID(uid)) }

// Bytes is about what is known of pods takes.
func (f *Follower) Bytes() int { return f.bytes }

// LeaveOut a pod, as if there were no room for it.
func (f *Follower) LeaveOut(uid string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.drop(types.UID(uid))
	f.left[types.UID(uid)] = true
}

// TakenIn tells whether a pod is known and not left out.
func (f *Follower) TakenIn(uid string) bool {
	_, known := f.known(types.UID(uid))
	f.mu.Lock()
	defer f.mu.Unlock()
	return known && !f.left[types.UID(uid)]
}
