package running

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/assize-dev/assize/api/admission"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
)

// Judge is the webhook.
type Judge interface {
	// Follows tells whether it is asked about objects with these labels there.
	Follows(ctx context.Context, namespace string, labels map[string]string) (bool, error)
	// Read reads a pod as a request about it would be.
	Read(pod map[string]any) (admission.Reading, error)
	// Stand judges what was read as a request about it would be.
	Stand(ctx context.Context, namespace string, r admission.Reading) admission.Standing
}

var _ Judge = (*admission.Server)(nil)

// Config of a Follower.
type Config struct {
	Judge  Judge
	Log    *ledger.Log
	Client dynamic.Interface
	// Door is told by the webhook what it lets in, which is kept in Memos where pods may
	// not be listed. Nil, both: what runs is known by listing alone.
	Door  *Door
	Memos ledger.Memos
	// Reports and Events are written, Every is how often everything is judged anew.
	Reports, Events bool
	Every           time.Duration
	Tick            time.Duration    // how often the ledger is looked at; 0: one second
	Logger          *slog.Logger     // nil: discards
	Clock           func() time.Time // that of the gate; nil: time.Now
}

// Follower keeps what runs. Make it with New, and have it Run.
type Follower struct {
	cfg    Config
	wake   chan struct{}
	room   chan struct{} // for pods that were left out
	cursor uint64        // entries below it were looked at
	full   time.Time     // when everything was judged last
	seen   time.Time     // when the ledger answered last
	blind  bool
	bucket bucket
	told   time.Time    // when a failure to write reports was logged last
	there  map[key]bool // workloads that have a report

	attending sync.Mutex // guards memory
	memory    remembered
	since     atomic.Int64 // of memory, for the metric

	mu        sync.Mutex // guards what follows
	from      source
	workloads map[key]*workload
	pods      map[types.UID]*workload // where each pod is
	left      map[types.UID]bool      // pods beyond MaxWorkloads
	unlisted  map[types.UID]unlisted  // pods that no list shows
	bytes     int                     // of pods

	metrics
}

var (
	podsGVR    = schema.GroupVersionResource{Version: "v1", Resource: "pods"}
	reportsGVR = schema.GroupVersionResource{Group: "openreports.io", Version: "v1alpha1", Resource: "reports"}
	eventsGVR  = schema.GroupVersionResource{Version: "v1", Resource: "events"}
)

// New returns a follower that does nothing yet.
func New(cfg Config) *Follower {
	if cfg.Tick == 0 {
		cfg.Tick = time.Second
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	f := &Follower{cfg: cfg, wake: make(chan struct{}, 1), room: make(chan struct{}, 1), workloads: map[key]*workload{}, pods: map[types.UID]*workload{},
		left: map[types.UID]bool{}, unlisted: map[types.UID]unlisted{}, there: map[key]bool{}, bucket: bucket{left: EventBurst}}
	f.metrics = f.newMetrics()
	return f
}

// Run follows until ctx ends. Trouble with the API server or the ledger is logged and
// tried again.
func (f *Follower) Run(ctx context.Context) error {
	var done sync.WaitGroup
	defer done.Wait()
	done.Go(func() { f.follow(ctx) })
	if f.cfg.Door != nil {
		done.Go(func() { f.attend(ctx) })
	}
	tick := time.NewTicker(f.cfg.Tick)
	defer tick.Stop()
	var again time.Time // when reports of what is gone are looked for, if they have to be
	for swept := false; ; {
		if f.ready() {
			if now := f.cfg.Clock(); !swept && !now.Before(again) {
				err := f.sweep(ctx)
				if swept = err == nil; err != nil && ctx.Err() == nil {
					again = now.Add(retryMost)
					f.cfg.Logger.Warn("remove reports of what is gone", "err", err)
				}
			}
			f.Pass(ctx)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-f.wake:
		case <-tick.C:
		}
	}
}

// ready: what runs is known, as far as it ever will be. Before, reports of what is not
// known yet would be removed.
func (f *Follower) ready() bool {
	from := f.source()
	return from == listed || from == admissions && f.since.Load() != 0
}

// Pass judges what is due and tells what changed.
func (f *Follower) Pass(ctx context.Context) {
	now := f.cfg.Clock()
	grown, again := f.grown(ctx), now.Sub(f.full) >= f.cfg.Every || now.Before(f.full)
	if again {
		f.full = now
	}
	for _, w := range f.due(now, grown || again) {
		if ctx.Err() != nil {
			return
		}
		f.tend(ctx, w, again)
	}
	f.count()
	if again && f.roomy() {
		select {
		case f.room <- struct{}{}:
		default:
		}
	}
}

// due are the workloads to judge, those that changed first.
func (f *Follower) due(now time.Time, all bool) []*workload {
	f.mu.Lock()
	defer f.mu.Unlock()
	var first, then []*workload
	for _, w := range f.workloads {
		switch {
		case now.Before(w.settle): // it may not be there yet
		case w.dirty:
			first = append(first, w)
		case all, !w.until.IsZero() && !now.Before(w.until), !w.retry.IsZero() && !now.Before(w.retry):
			then = append(then, w)
		}
	}
	order := func(a, b *workload) int { return strings.Compare(string(a.owner.uid), string(b.owner.uid)) }
	slices.SortFunc(first, order)
	slices.SortFunc(then, order)
	return append(first, then...)
}

// grown tells whether the ledger took in anything a verdict could rest on, or does not
// answer any more.
func (f *Follower) grown(ctx context.Context) bool {
	reading, cancel := context.WithTimeout(ctx, BlindTime)
	defer cancel()
	_, err := f.cfg.Log.Committed(reading) // which asks the store; what was published is known
	var size uint64
	if err == nil {
		size, _, _, err = f.cfg.Log.Head(reading)
	}
	matters := f.cursor == 0 // what came before this process is judged with everything else
	if err == nil && size > f.cursor {
		if !matters {
			err = f.cfg.Log.Leaves(reading, f.cursor, size, func(_ uint64, l ledger.Leaf) error {
				if l.Kind == evidence.KindDecision || l.Kind == evidence.KindReport {
					return nil
				}
				return errMatters
			})
			if matters = errors.Is(err, errMatters); matters {
				err = nil
			}
		}
		if err == nil {
			f.cursor = size
			f.size.Set(float64(size))
		}
	}
	now := f.cfg.Clock()
	switch {
	case err == nil || errors.Is(err, ledger.ErrNotFound):
		was := f.blind
		f.seen, f.blind = now, false
		return matters || was
	case f.blind || ctx.Err() != nil:
		return false
	case f.seen.IsZero():
		f.seen = now
	case now.Sub(f.seen) >= BlindTime:
		f.cfg.Logger.Warn("the ledger does not answer; what runs is reported as not judged", "err", err)
		f.blind = true
		return true
	}
	return false
}

// errMatters ends the look at what the ledger took in: something a verdict could rest on.
var errMatters = errors.New("matters")
