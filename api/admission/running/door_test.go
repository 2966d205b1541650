package running_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	admissionv1 "k8s.io/api/admission/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clienttesting "k8s.io/client-go/testing"

	"github.com/assize-dev/assize/api/admission"
	"github.com/assize-dev/assize/api/admission/running"
	"github.com/assize-dev/assize/ledger"
)

// metric of a follower by its name and label, 0 when there is none.
func metric(t *testing.T, f *running.Follower, name, label string) float64 {
	t.Helper()
	r := prometheus.NewRegistry()
	r.MustRegister(f)
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.Metric {
			if family.GetName() == name && (label == "" || len(m.Label) > 0 && m.Label[0].GetValue() == label) {
				return m.GetGauge().GetValue() + m.GetCounter().GetValue()
			}
		}
	}
	return 0
}

// settled is a pass over what the door took down, once that is surely there.
func (b *bench) settled(followers ...*running.Follower) {
	for _, f := range append(followers, b.f) {
		f.Attend(context.Background())
	}
	b.Clock.Advance(running.SettleTime)
	for _, f := range append(followers, b.f) {
		f.Pass(context.Background())
	}
}

// TestAdmittedIsFollowed: where pods may not be listed, what the webhook let in is
// judged again, reported, known after a restart, and goes when it is deleted.
func TestAdmittedIsFollowed(t *testing.T) {
	b := newBench(t)
	b.f.Forbid()
	b.model("scorer", 0.8)
	b.model("weak", 0.6)
	a := pod("scoring", "a", "api", image("scorer"))
	if !b.admitted(a) {
		t.Fatal("it was not let in")
	}
	b.ask(pod("scoring", "dry", "", image("scorer")), admissionv1.Create, true)
	if b.admitted(pod("scoring", "denied", "", image("weak"))) {
		t.Fatal("it was let in")
	}
	b.f.Attend(t.Context())
	b.pass()
	if b.report("scoring", "rs-api") != nil {
		t.Error("it is told of before it is surely there")
	}
	b.settled()
	if got, _ := result(b.report("scoring", "rs-api"), "admission"); got != "pass" || b.f.Pods() != 1 {
		t.Errorf("let in: %q, %d pods known", got, b.f.Pods())
	}
	b.revoke("scorer-data")
	b.pass()
	if got, why := result(b.report("scoring", "rs-api"), "admission"); got != "fail" || !strings.Contains(why, "LIN-03") {
		t.Errorf("after its dataset was revoked: %s %s", got, why)
	}
	if e := b.events(); len(e) != 1 || !strings.HasPrefix(e[0], "Warning AssizeRefused") {
		t.Errorf("events %v", e)
	}
	since := metric(t, b.f, "assize_running_known_since_seconds", "")
	b.f = b.follower()
	b.f.Forbid()
	b.f.Attend(t.Context())
	if b.f.Pods() != 1 || since == 0 || metric(t, b.f, "assize_running_known_since_seconds", "") != since {
		t.Errorf("after a restart %d pods are known, since %v", b.f.Pods(), metric(t, b.f, "assize_running_known_since_seconds", ""))
	}
	b.must(b.f.Sweep(t.Context()))
	b.pass()
	if got, _ := result(b.report("scoring", "rs-api"), "admission"); got != "fail" {
		t.Errorf("after a restart: %s", got)
	}
	b.ask(a, admissionv1.Delete, true)
	b.settled()
	if b.report("scoring", "rs-api") == nil {
		t.Error("a dry run of its deletion removed the report")
	}
	if !b.ask(a, admissionv1.Delete, false) {
		t.Error("a deletion was refused")
	}
	b.settled()
	if b.report("scoring", "rs-api") != nil || b.f.Pods() != 0 {
		t.Error("it was deleted, and the report stayed")
	}
}

// TestDoorsOfReplicas: what one replica lets in, another knows; what went through
// either is gone for both, in whatever order they say so.
func TestDoorsOfReplicas(t *testing.T) {
	b := newBench(t)
	b.model("scorer", 0.8)
	door := running.NewDoor(b.Clock.Now)
	other := b.followerAt(door)
	b.f.Forbid()
	other.Forbid()
	b.admitted(pod("scoring", "a", "", image("scorer")))
	b.admitted(pod("scoring", "b", "", image("scorer")))
	b.settled(other)
	b.settled(other)
	if b.f.Pods() != 2 || other.Pods() != 2 {
		t.Fatalf("known are %d and %d pods", b.f.Pods(), other.Pods())
	}
	door.Deleted("pod-a")
	door.Deleted("pod-late")
	other.Attend(t.Context())
	b.admitted(pod("scoring", "late", "", image("scorer"))) // the news of it comes after that of its end
	b.settled(other)
	b.settled(other)
	if b.f.Pods() != 1 || other.Pods() != 1 || b.report("scoring", "pod-a") != nil || b.report("scoring", "pod-late") != nil || b.report("scoring", "pod-b") == nil {
		t.Errorf("known are %d and %d pods", b.f.Pods(), other.Pods())
	}
	// One that did not read for longer than word of what went is kept reads all again.
	door.Deleted("pod-b")
	for range 4 {
		other.Attend(t.Context())
		b.Clock.Advance(running.GoneTime / 2)
	}
	n := 0
	_, err := b.Store.Kept(t.Context(), "running", 0, func(m ledger.Memo) error { n++; return nil })
	b.must(err)
	b.f.Attend(t.Context())
	if n != 1 || b.f.Pods() != 0 {
		t.Errorf("%d memos are kept, %d pods known", n, b.f.Pods())
	}
}

// TestListIsTheTruth: where pods are listed, one that was let in and that the list does
// not show goes again, and nothing is kept.
func TestListIsTheTruth(t *testing.T) {
	b := newBench(t)
	b.model("scorer", 0.8)
	b.f.Forbid()
	b.admitted(pod("scoring", "before", "", image("scorer")))
	b.settled()
	b.f.List()
	b.admitted(pod("scoring", "a", "", image("scorer")))
	b.admitted(pod("scoring", "over-quota", "", image("scorer")))
	b.f.Saw(pod("scoring", "a", "", image("scorer")))
	b.settled()
	if b.f.Pods() != 3 || b.report("scoring", "pod-over-quota") == nil {
		t.Errorf("%d pods are known", b.f.Pods())
	}
	b.ask(pod("scoring", "a", "", image("scorer")), admissionv1.Delete, false) // by itself it says nothing
	b.Clock.Advance(running.GraceTime)
	b.settled()
	if b.f.Pods() != 1 || b.report("scoring", "pod-over-quota") != nil || b.report("scoring", "pod-before") != nil || b.report("scoring", "pod-a") == nil {
		t.Errorf("%d pods are known", b.f.Pods())
	}
	_, err := b.Store.Kept(t.Context(), "running", 0, func(m ledger.Memo) error { t.Errorf("kept: %s", m.Key); return nil })
	b.must(err)
	if since := metric(t, b.f, "assize_running_known_since_seconds", ""); since != 0 {
		t.Errorf("since %v", since)
	}
}

// TestTagAsLetIn: a tag stands for what it stood for when the pod was let in, over
// changes of the pod and a restart, until the runtime says what it started.
func TestTagAsLetIn(t *testing.T) {
	b := newBench(t)
	var judged string
	start := func() *running.Follower {
		f := running.New(running.Config{Judge: reader{judge(func(raw string) (admission.Standing, error) { judged = raw; return refused("no") }), b.server},
			Log: b.Log, Client: b.client, Door: b.door, Memos: b.Store, Every: time.Minute, Clock: b.Clock.Now})
		f.Forbid()
		return f
	}
	b.f = start()
	one, two := "@sha256:"+strings.Repeat("1", 64), "@sha256:"+strings.Repeat("2", 64)
	u := pod("scoring", "a", "", "bank/scorer:1")
	b.door.Admitted(u.Object, reading(t, "bank/scorer:1"+one))
	b.settled()
	b.door.Admitted(u.Object, reading(t, "bank/scorer:1", "bank/beside:1"))
	b.settled()
	b.f = start()
	b.settled()
	if want := `"bank/scorer:1` + one + `"`; !strings.Contains(judged, want) || !strings.Contains(judged, "bank/beside:1") {
		t.Errorf("after a change and a restart: %s, want %s in it", judged, want)
	}
	b.must(unstructured.SetNestedSlice(u.Object, []any{m{"name": "c0", "imageID": "bank/scorer" + two}}, "status", "containerStatuses"))
	b.f.List()
	b.f.Saw(u)
	b.settled()
	if !strings.Contains(judged, `"bank/scorer:1`+two+`"`) {
		t.Errorf("as it was started: %s", judged)
	}
}

// TestNamespaceGone: what ran in a namespace that is not there any more does not run,
// whoever was told.
func TestNamespaceGone(t *testing.T) {
	b := newBench(t)
	b.f = running.New(running.Config{Judge: nowhere{b.server}, Log: b.Log, Client: b.client, Door: b.door, Memos: b.Store, Reports: true, Every: 10 * time.Minute, Clock: b.Clock.Now})
	b.f.Forbid()
	b.door.Admitted(pod("scoring", "a", "").Object, reading(t, "x:1"))
	b.settled()
	b.settled()
	if n, _ := b.f.Kept(); n != 0 || b.f.Pods() != 0 {
		t.Errorf("%d workloads and %d pods are known", n, b.f.Pods())
	}
}

type nowhere struct{ *admission.Server }

func (nowhere) Follows(_ context.Context, namespace string, _ map[string]string) (bool, error) {
	return false, fmt.Errorf("%w: %w", admission.ErrCluster, apierrors.NewNotFound(schema.GroupResource{Resource: "namespaces"}, namespace))
}

func reading(t *testing.T, images ...string) (r admission.Reading) {
	t.Helper()
	text := `{"references": [["image", "` + strings.Join(images, `", "a"], ["image", "`) + `", "a"]]}`
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// allowance is what the API server says of requests about pods.
type allowance struct {
	mu  sync.Mutex
	err error
}

func (a *allowance) set(err error) { a.mu.Lock(); defer a.mu.Unlock(); a.err = err }

func (a *allowance) react(client interface {
	PrependReactor(verb, resource string, f clienttesting.ReactionFunc)
}) {
	client.PrependReactor("list", "pods", func(clienttesting.Action) (bool, runtime.Object, error) {
		a.mu.Lock()
		defer a.mu.Unlock()
		return a.err != nil, nil, a.err
	})
}

// TestRunWithoutRights: the API server forbids to list pods, which is said, and what is
// let in is followed all the same; reports of what is not known go.
func TestRunWithoutRights(t *testing.T) {
	b := newBench(t)
	b.model("scorer", 0.8)
	b.f.Saw(pod("scoring", "before", "", image("scorer")))
	b.pass()
	var forbidden allowance
	forbidden.set(apierrors.NewForbidden(schema.GroupResource{Resource: "pods"}, "", nil))
	forbidden.react(b.client)
	var log syncBuffer
	b.f = running.New(running.Config{Judge: b.server, Log: b.Log, Client: b.client, Door: b.door, Memos: b.Store, Reports: true, Every: 10 * time.Minute, Tick: time.Millisecond, Clock: b.Clock.Now,
		Logger: slog.New(slog.NewTextHandler(&log, nil))})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.f.Run(ctx) }()
	eventually(t, "what is not known loses its report", func() bool { return b.report("scoring", "pod-before") == nil })
	b.admitted(pod("scoring", "a", "", image("scorer")))
	eventually(t, "the pod is kept", func() bool {
		n := 0
		_, err := b.Store.Kept(t.Context(), "running", 0, func(m ledger.Memo) error { n++; return nil })
		b.must(err)
		return n == 2
	})
	b.Clock.Advance(running.SettleTime)
	eventually(t, "the pod is reported", func() bool { got, _ := result(b.report("scoring", "pod-a"), "admission"); return got == "pass" })
	for _, want := range []string{"pods may not be listed and watched", "known by admissions alone", "since=" + b.Clock.Now().UTC().Format("2006-01-02")} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, log.String())
		}
	}
	// The right is given after all: the list, which is empty, is the truth from then on.
	forbidden.set(nil)
	b.Clock.Advance(running.AskTime)
	eventually(t, "pods are listed", func() bool { return metric(t, b.f, "assize_running_known_since_seconds", "") == 0 })
	eventually(t, "what the list does not show goes", func() bool {
		b.Clock.Advance(running.GraceTime)
		return b.report("scoring", "pod-a") == nil
	})
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// syncBuffer is a log that is read while it is written.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}
func (s *syncBuffer) String() string { s.mu.Lock(); defer s.mu.Unlock(); return s.b.String() }

// TestUnsure: while the API server does not answer nothing is told, and what is let in
// is kept after UnsureTime, or when the service ends.
func TestUnsure(t *testing.T) {
	b := newBench(t)
	b.model("scorer", 0.8)
	var away allowance
	away.set(apierrors.NewServiceUnavailable("away"))
	away.react(b.client)
	kept := func() (n int) {
		_, err := b.Store.Kept(t.Context(), "running", 0, func(m ledger.Memo) error { n++; return nil })
		b.must(err)
		return n
	}
	for _, c := range []struct {
		name string
		wait time.Duration
	}{{"the service ends", 0}, {"UnsureTime is over", running.UnsureTime}} {
		before := kept()
		b.f = b.follower()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- b.f.Run(ctx) }()
		b.admitted(pod("scoring", c.name, "", image("scorer")))
		time.Sleep(20 * time.Millisecond)
		if kept() != before || len(b.events()) != 0 || b.report("scoring", "pod-"+c.name) != nil {
			t.Errorf("%s: something is kept or told before", c.name)
		}
		if b.Clock.Advance(c.wait); c.wait > 0 {
			eventually(t, c.name, func() bool { return kept() > before })
		}
		cancel()
		b.must(<-ended)
		if kept() <= before {
			t.Errorf("%s: nothing is kept", c.name)
		}
	}
}

// counted memos, with how much came at once.
type counted struct {
	ledger.Memos
	most int
	err  error
}

func (c *counted) Keep(ctx context.Context, kind string, memos []ledger.Memo) error {
	c.most = max(c.most, len(memos))
	if c.err != nil {
		return c.err
	}
	return c.Memos.Keep(ctx, kind, memos)
}

// TestKnownBounds: a pod whose end nobody told does not stay for ever, nor does one
// namespace drive another's out; what was let go is counted.
func TestKnownBounds(t *testing.T) {
	b := newBench(t)
	memos := &counted{Memos: b.Store}
	f := running.New(running.Config{Judge: reader{refused, b.server}, Log: b.Log, Client: b.client, Door: b.door, Memos: memos, Every: 10 * time.Minute, Clock: b.Clock.Now})
	f.Forbid()
	forgotten := func(why string) float64 { return metric(t, f, "assize_running_forgotten_total", why) }
	attend := func() { f.Attend(t.Context()); f.Attend(t.Context()) }

	t.Run("MaxAge", func(t *testing.T) {
		b.door.Admitted(pod("scoring", "old", "").Object, reading(t, "x:1"))
		attend()
		b.Clock.Advance(running.MaxAge - time.Second)
		b.door.Admitted(pod("scoring", "young", "").Object, reading(t, "x:1"))
		attend()
		if f.Pods() != 2 || forgotten("age") != 0 {
			t.Errorf("before the bound %d pods are known", f.Pods())
		}
		b.Clock.Advance(time.Hour)
		attend()
		if f.Pods() != 1 || forgotten("age") != 1 {
			t.Errorf("after the bound %d pods are known, %v forgotten", f.Pods(), forgotten("age"))
		}
	})
	t.Run("MaxWaiting and MaxTogether", func(t *testing.T) {
		memos.err = ledger.ErrUnavailable
		for i := range running.MaxWaiting + 3 {
			b.door.Deleted(fmt.Sprint("d", i))
		}
		b.door.Deleted("")
		attend()
		b.door.Deleted("later")
		attend()
		if n := b.door.Waiting(); n != running.MaxWaiting || forgotten("waiting") != 5 {
			t.Errorf("%d wait, %v forgotten", n, forgotten("waiting"))
		}
		memos.err = nil
		attend()
		if n := b.door.Waiting(); n != 0 || memos.most != running.MaxTogether {
			t.Errorf("%d wait, %d at once", n, memos.most)
		}
	})
	t.Run("MaxPods", func(t *testing.T) {
		p := func(namespace, name string) *unstructured.Unstructured {
			u := pod(namespace, name, "")
			u.SetOwnerReferences([]metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "rs", UID: typed("rs-" + namespace), Controller: new(true)}})
			return u
		}
		for i := range running.MaxPods + 1 {
			if b.door.Admitted(p("flood", fmt.Sprintf("%06d", i)).Object, reading(t, "x:1")); i%running.MaxWaiting == running.MaxWaiting-1 {
				f.Attend(t.Context())
				b.Clock.Advance(time.Second)
			}
		}
		attend()
		if _, known := f.Known("pod-young"); !known || f.Pods() != running.MaxPods || forgotten("number") != 2 {
			t.Errorf("%d pods are known, %v forgotten", f.Pods(), forgotten("number"))
		}
		if _, known := f.Known("pod-000000"); known {
			t.Error("the oldest of the namespace with the most stayed")
		}
	})
}
