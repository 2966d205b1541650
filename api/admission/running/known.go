package running

import (
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// workload is an owner with what its pods run.
type workload struct {
	owner  owner
	pods   map[types.UID]pod
	dirty  bool
	settle time.Time // when its first pod is surely there, if it was let in at all

	// Only the loop looks at these.
	outcome string
	until   time.Time     // when it may stand otherwise
	retry   time.Time     // when what failed is tried again
	wait    time.Duration // before the next try
	said    string        // what the last event told
	wrote   string        // what its report said when it was written or read last
	gone    bool          // no pod of it runs any more, or nobody is asked about it
}

// agreed is the owner that most of the pods say they have: they agree on its uid, and one
// that made up the rest does not speak for the others.
func (w *workload) agreed() owner {
	votes, most := map[owner]int{}, w.owner
	for _, p := range w.pods {
		votes[p.owner]++
	}
	for o, n := range votes {
		if n > votes[most] || n == votes[most] && o.kind+"/"+o.name < most.kind+"/"+most.name {
			most = o
		}
	}
	return most
}

// unlisted pod: one that no list shows.
type unlisted struct {
	at        time.Time // when it was let in, changed or doubted
	namespace string
	size      int
}

// put takes a pod in as it is now.
func (f *Follower) put(p pod) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.left, p.uid)
	w := f.pods[p.uid]
	if w != nil && w.owner.key() != p.owner.key() {
		f.drop(p.uid)
		w = nil
	}
	if w == nil {
		w = f.workloads[p.owner.key()]
	}
	if p.at.IsZero() {
		delete(f.unlisted, p.uid)
	} else {
		f.unlisted[p.uid] = unlisted{p.at, p.owner.namespace, p.size}
	}
	var was pod
	known := false
	if w != nil {
		if was, known = w.pods[p.uid]; known {
			p = p.since(was)
		}
	}
	if w == nil && len(f.workloads) >= MaxWorkloads || p.at.IsZero() && f.bytes-was.size+p.size > MaxKnownBytes {
		f.drop(p.uid)
		f.left[p.uid] = true
		return
	}
	if w == nil {
		w = &workload{owner: p.owner, pods: map[types.UID]pod{}}
		if !p.at.IsZero() {
			w.settle = p.at.Add(SettleTime)
		}
		f.workloads[p.owner.key()] = w
	}
	f.bytes += p.size - was.size
	if !known || was.shape != p.shape {
		w.dirty = true
	}
	w.pods[p.uid], f.pods[p.uid] = p, w
	f.nudge()
}

// roomy: pods were left out, and there is room for some by now.
func (f *Follower) roomy() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.left) > 0 && len(f.workloads) < MaxWorkloads/10*9 && f.bytes < MaxKnownBytes/10*9
}

// gone: a pod does not run any more.
func (f *Follower) gone(uid types.UID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.drop(uid)
}

// drop a pod from where it is. The caller holds f.mu.
func (f *Follower) drop(uid types.UID) {
	delete(f.left, uid)
	delete(f.unlisted, uid)
	w := f.pods[uid]
	if w == nil {
		return
	}
	f.bytes -= w.pods[uid].size
	delete(f.pods, uid)
	delete(w.pods, uid)
	w.dirty = true
	f.nudge()
}

// known pod by its uid.
func (f *Follower) known(uid types.UID) (pod, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w := f.pods[uid]
	if w == nil {
		return pod{}, false
	}
	p, ok := w.pods[uid]
	return p, ok
}

func (f *Follower) nudge() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}
