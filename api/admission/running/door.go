package running

import (
	"fmt"
	"regexp"
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
	bytes   int // of waiting
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
	now := d.clock().Truncate(time.Microsecond) // as it is kept
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
	if !keepable.MatchString(string(n.pod.uid)) || len(d.waiting) >= MaxWaiting || d.bytes+n.pod.size > MaxWaitingBytes {
		d.lost++
		return
	}
	d.waiting = append(d.waiting, n)
	d.bytes += n.pod.size
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// maxUID is far longer than any.
const maxUID = 128

// keepable are uids that every store takes as a key.
var keepable = regexp.MustCompile(fmt.Sprintf(`^[ -~]{1,%d}$`, maxUID))

// take all that waits, and how many were lost since the last time.
func (d *Door) take() ([]news, int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	waiting, lost := d.waiting, d.lost
	d.waiting, d.bytes, d.lost = nil, 0, 0
	return waiting, lost
}

// giveBack what could not be kept, before what came since.
func (d *Door) giveBack(n []news) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, n := range n {
		d.bytes += n.pod.size
	}
	d.waiting = append(n, d.waiting...)
	for len(d.waiting) > MaxWaiting || d.bytes > MaxWaitingBytes {
		d.bytes -= d.waiting[0].pod.size
		d.waiting = d.waiting[1:]
		d.lost++
	}
}
