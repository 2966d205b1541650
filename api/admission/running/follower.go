package running

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/tools/cache"

	"github.com/assize-dev/assize/api/admission"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
)

// Judge is the webhook.
type Judge interface {
	// Follows tells whether it is asked about objects with these labels there.
	Follows(ctx context.Context, namespace string, labels map[string]string) (bool, error)
	// Stand judges an object as a request about it would be.
	Stand(ctx context.Context, namespace, group, kind string, raw []byte) (admission.Standing, error)
}

var _ Judge = (*admission.Server)(nil)

// Config of a Follower.
type Config struct {
	Judge  Judge
	Log    *ledger.Log
	Client dynamic.Interface
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
	cursor uint64    // entries below it were looked at
	full   time.Time // when everything was judged last
	seen   time.Time // when the ledger answered last
	blind  bool
	bucket bucket
	told   time.Time          // when a failure to write reports was logged last
	there  map[types.UID]bool // workloads that have a report

	mu        sync.Mutex
	workloads map[types.UID]*workload
	pods      map[types.UID]*workload // where each pod is
	left      map[types.UID]bool      // pods beyond MaxWorkloads

	outcomes *prometheus.GaugeVec
	events   *prometheus.CounterVec
	leftOut  prometheus.GaugeFunc
	size     prometheus.Gauge
}

// workload is an owner with what its pods run.
type workload struct {
	owner owner
	pods  map[types.UID]pod
	dirty bool

	// Only the loop looks at these.
	outcome string
	until   time.Time     // when it may stand otherwise
	retry   time.Time     // when what failed is tried again
	wait    time.Duration // before the next try
	said    string        // what the last event told
	wrote   string        // what its report said when it was written or read last
	gone    bool          // no pod of it runs any more, or nobody is asked about it
}

var (
	podsGVR    = schema.GroupVersionResource{Version: "v1", Resource: "pods"}
	reportsGVR = schema.GroupVersionResource{Group: "openreports.io", Version: "v1alpha1", Resource: "reports"}
	eventsGVR  = schema.GroupVersionResource{Version: "v1", Resource: "events"}
)

var _ prometheus.Collector = (*Follower)(nil)

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
	f := &Follower{cfg: cfg, wake: make(chan struct{}, 1), workloads: map[types.UID]*workload{}, pods: map[types.UID]*workload{},
		left: map[types.UID]bool{}, there: map[types.UID]bool{}, bucket: bucket{left: EventBurst},
		outcomes: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "assize_running_workloads", Help: "Workloads that run, by how their admission would be answered now."}, []string{"outcome"}),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "assize_running_events_total", Help: "Events about workloads: made, dropped for their number, or failed."}, []string{"outcome"}),
		size: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "assize_running_ledger_size", Help: "Entries of the ledger that were looked at for what runs."}),
	}
	f.leftOut = prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "assize_running_left_out", Help: "Pods that are not judged again, since there are too many workloads."}, func() float64 {
		f.mu.Lock()
		defer f.mu.Unlock()
		return float64(len(f.left))
	})
	return f
}

// Describe and Collect give the metrics of the follower.
func (f *Follower) Describe(c chan<- *prometheus.Desc) {
	for _, m := range []prometheus.Collector{f.outcomes, f.events, f.leftOut, f.size} {
		m.Describe(c)
	}
}

// Collect implements prometheus.Collector.
func (f *Follower) Collect(c chan<- prometheus.Metric) {
	for _, m := range []prometheus.Collector{f.outcomes, f.events, f.leftOut, f.size} {
		m.Collect(c)
	}
}

// Run follows until ctx ends. Trouble with the API server or the ledger is logged and
// tried again.
func (f *Follower) Run(ctx context.Context) error {
	informer := dynamicinformer.NewFilteredDynamicInformer(f.cfg.Client, podsGVR, metav1.NamespaceAll, 0, cache.Indexers{}, func(o *metav1.ListOptions) {
		o.FieldSelector = "status.phase!=Succeeded,status.phase!=Failed"
	}).Informer()
	if err := informer.SetTransform(trimmed); err != nil {
		return fmt.Errorf("watch pods: %w", err)
	}
	if err := informer.SetWatchErrorHandler(func(_ *cache.Reflector, err error) {
		f.cfg.Logger.Warn("watch pods; the service account needs list and watch of them", "err", err)
	}); err != nil {
		return fmt.Errorf("watch pods: %w", err)
	}
	if _, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(v any) { f.saw(v) },
		UpdateFunc: func(_, v any) { f.saw(v) },
		DeleteFunc: func(v any) { f.lost(v) },
	}); err != nil {
		return fmt.Errorf("watch pods: %w", err)
	}
	var done sync.WaitGroup
	defer done.Wait()
	done.Go(func() { informer.Run(ctx.Done()) })
	if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
		return nil // ended before the API server answered
	}
	if err := f.sweep(ctx); err != nil {
		f.cfg.Logger.Warn("remove reports of what is gone", "err", err)
	}
	tick := time.NewTicker(f.cfg.Tick)
	defer tick.Stop()
	for {
		f.Pass(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-f.wake:
		case <-tick.C:
		}
	}
}

// saw a pod as it is now.
func (f *Follower) saw(v any) {
	u, ok := v.(*unstructured.Unstructured)
	if !ok {
		return
	}
	p, runs := podOf(u.DeepCopy())
	f.mu.Lock()
	defer f.mu.Unlock()
	f.drop(u.GetUID(), runs, p)
	if !runs {
		return
	}
	w := f.workloads[p.owner.uid]
	if w == nil {
		if len(f.workloads) >= MaxWorkloads {
			f.left[u.GetUID()] = true
			return
		}
		w = &workload{owner: p.owner, pods: map[types.UID]pod{}}
		f.workloads[p.owner.uid] = w
	}
	if was, ok := w.pods[u.GetUID()]; !ok || was.shape != p.shape {
		w.dirty = true
	}
	w.pods[u.GetUID()] = p
	f.pods[u.GetUID()] = w
	f.nudge()
}

// drop a pod that does not run any more, or has another owner now.
func (f *Follower) drop(uid types.UID, runs bool, now pod) {
	delete(f.left, uid)
	w := f.pods[uid]
	if w == nil || runs && w.owner.uid == now.owner.uid {
		return
	}
	delete(f.pods, uid)
	delete(w.pods, uid)
	w.dirty = true
	f.nudge()
}

func (f *Follower) lost(v any) {
	if gone, ok := v.(cache.DeletedFinalStateUnknown); ok {
		v = gone.Obj
	}
	o, err := meta.Accessor(v)
	if err != nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.drop(o.GetUID(), false, pod{})
}

func (f *Follower) nudge() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
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
}

// due are the workloads to judge, those that changed first.
func (f *Follower) due(now time.Time, all bool) []*workload {
	f.mu.Lock()
	defer f.mu.Unlock()
	var first, then []*workload
	for _, w := range f.workloads {
		switch {
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
	size, _, _, err := f.cfg.Log.Head(ctx)
	matters := f.cursor == 0 // what came before this process is judged with everything else
	if err == nil && size > f.cursor {
		if !matters {
			err = f.cfg.Log.Leaves(ctx, f.cursor, size, func(_ uint64, l ledger.Leaf) error {
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

// tend judges one workload and tells what became of it. With again its report is read
// even if it should say the same.
func (f *Follower) tend(ctx context.Context, w *workload, again bool) {
	standings, err := f.judge(ctx, w)
	if ctx.Err() != nil {
		return
	}
	if err == nil {
		st := worst(standings)
		w.outcome, w.gone = st.Outcome, len(standings) == 0
		if err = f.tell(ctx, w, st, standings, again); err == nil && st.Outcome == "error" {
			err = errUndecided
		}
	}
	if err == nil {
		w.wait = 0
	} else {
		// A registry or an API server that fails is asked less and less.
		w.wait = min(max(2*w.wait, retryLeast), retryMost)
		w.retry = f.cfg.Clock().Add(w.wait)
		if now := f.cfg.Clock(); !errors.Is(err, errUndecided) && now.Sub(f.told) >= time.Minute {
			f.told = now
			f.cfg.Logger.Warn("tell what runs", "kind", w.owner.kind, "namespace", w.owner.namespace, "name", w.owner.name, "err", err)
		}
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if w.gone && len(w.pods) == 0 && !w.dirty {
		delete(f.workloads, w.owner.uid)
	}
}

// errUndecided: something could not be judged, which may be otherwise in a moment.
var errUndecided = errors.New("not judged")

// What failed is tried again after retryLeast, and then later and later.
const (
	retryLeast = 5 * time.Second
	retryMost  = 5 * time.Minute
)

// judge what the pods of a workload run, each different one once.
func (f *Follower) judge(ctx context.Context, w *workload) ([]admission.Standing, error) {
	f.mu.Lock()
	w.dirty = false
	pods := slices.Collect(maps.Values(w.pods))
	f.mu.Unlock()
	w.until, w.retry = time.Time{}, time.Time{}
	shapes := map[shape][]byte{}
	for _, p := range pods {
		follows, err := f.cfg.Judge.Follows(ctx, w.owner.namespace, p.labels)
		if err != nil {
			return nil, fmt.Errorf("is it asked about: %w", err)
		}
		if follows {
			shapes[p.shape] = p.raw
		}
	}
	var out []admission.Standing
	for n, id := range slices.SortedFunc(maps.Keys(shapes), func(a, b shape) int { return bytes.Compare(a[:], b[:]) }) {
		if n == MaxShapes {
			return append(out, failed(fmt.Errorf("its pods differ in %d ways, and only %d are judged", len(shapes), MaxShapes))), nil
		}
		limited, cancel := context.WithTimeout(ctx, JudgingTime)
		st, err := f.cfg.Judge.Stand(limited, w.owner.namespace, "", "Pod", shapes[id])
		cancel()
		if err != nil {
			st = failed(err)
		}
		out = append(out, st)
		if !st.Until.IsZero() && (w.until.IsZero() || st.Until.Before(w.until)) {
			w.until = st.Until
		}
	}
	return out, nil
}

// count the workloads by outcome.
func (f *Follower) count() {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := map[string]int{}
	for _, w := range f.workloads {
		if !w.gone && w.outcome != "" {
			n[w.outcome]++
		}
	}
	f.outcomes.Reset()
	for outcome, n := range n {
		f.outcomes.WithLabelValues(outcome).Set(float64(n))
	}
}
