package running

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/assize-dev/assize/api/admission"
)

// Door takes down which pods the webhook lets in and which are to go, for a Follower to
// take from it. It is the webhook's admission.Pods.
type Door struct {
	clock func() time.Time
	wake  chan struct{}

	mu      sync.Mutex
	waiting []news
	lost    int // of waiting, for their number or since they say no uid
}

// news of a pod.
type news struct {
	pod  pod // of one that goes the uid alone
	gone bool
	at   time.Time
}

var _ admission.Pods = (*Door)(nil)

// NewDoor returns a door with the clock of the gate; nil: time.Now.
func NewDoor(clock func() time.Time) *Door {
	if clock == nil {
		clock = time.Now
	}
	return &Door{clock: clock, wake: make(chan struct{}, 1)}
}

// Admitted implements admission.Pods.
func (d *Door) Admitted(tree map[string]any, r admission.Reading) {
	p, runs := podOf(&unstructured.Unstructured{Object: tree})
	now := d.clock()
	p.at = now
	d.add(news{pod: p.read(r, nil), gone: !runs, at: now})
}

// Deleted implements admission.Pods.
func (d *Door) Deleted(uid string) {
	d.add(news{pod: pod{uid: types.UID(uid)}, gone: true, at: d.clock()})
}

func (d *Door) add(n news) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if n.pod.uid == "" || len(n.pod.uid) > maxUID || len(d.waiting) >= MaxWaiting {
		d.lost++
		return
	}
	d.waiting = append(d.waiting, n)
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// maxUID is far longer than any.
const maxUID = 128

// take all that waits, and how many were lost since the last time.
func (d *Door) take() ([]news, int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	waiting, lost := d.waiting, d.lost
	d.waiting, d.lost = nil, 0
	return waiting, lost
}

// giveBack what could not be kept, before what came since.
func (d *Door) giveBack(n []news) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.waiting = append(n, d.waiting...)
	if over := len(d.waiting) - MaxWaiting; over > 0 {
		d.waiting = d.waiting[over:]
		d.lost += over
	}
}
