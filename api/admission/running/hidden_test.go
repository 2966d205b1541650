package running_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/assize-dev/assize/api/admission"
	"github.com/assize-dev/assize/api/admission/running"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/ledgertest"
)

var podsOf = schema.GroupVersionResource{Version: "v1", Resource: "pods"}

// owned is a pod that says what controls it. Nobody checks that.
func owned(u *unstructured.Unstructured, kind, name, uid string) *unstructured.Unstructured {
	u.SetOwnerReferences([]metav1.OwnerReference{{APIVersion: "made.example/v1", Kind: kind, Name: name, UID: typed(uid), Controller: new(true)}})
	return u
}

// TestOwnerOfAnotherNamespace: a pod is judged by the scopes of its own namespace,
// whatever it says controls it.
func TestOwnerOfAnotherNamespace(t *testing.T) {
	b := newBench(t)
	b.model("gone", 0.9)
	b.revoke("gone-data")
	b.f.Saw(pod("scoring-off", "decoy", "api", image("gone")))
	b.f.Saw(owned(pod("scoring", "hidden", "", image("gone")), "ReplicaSet", "api", "rs-api"))
	b.pass()
	if got, _ := result(b.report("scoring", "rs-api"), "admission"); got != "fail" {
		t.Errorf("what runs in an enforcing namespace is reported as %q", got)
	}
	if got, _ := result(b.report("scoring-off", "rs-api"), "admission"); got != "skip" {
		t.Errorf("the other's report says %q", got)
	}
}

// TestOwnerNobodyCouldReport: a pod that says something controls it which no report
// and no event could be about stands for itself.
func TestOwnerNobodyCouldReport(t *testing.T) {
	b := newBench(t)
	b.model("gone", 0.9)
	b.revoke("gone-data")
	for i, o := range [][2]string{{"api", "no uid"}, {"api", "../../x"}, {"api", strings.Repeat("a", 300)}, {"Bad Name", "rs-api"}, {"a..b", "rs-api"}, {"api", "RS-API"}, {strings.Repeat("n", 300), "rs-api"}} {
		name := fmt.Sprint("p", i)
		b.f.Saw(owned(pod("scoring", name, "", image("gone")), "Made", o[0], o[1]))
		b.pass()
		if got, _ := result(b.report("scoring", "pod-"+name), "admission"); got != "fail" {
			t.Errorf("owner %.20q with uid %.20q: reported as %q", o[0], o[1], got)
		}
	}
}

// TestLeavingPodRuns: a pod that is to go runs for as long as it likes within its grace
// time, and is judged until it went.
func TestLeavingPodRuns(t *testing.T) {
	b := newBench(t)
	b.model("scorer", 0.8)
	u := pod("scoring", "a", "", image("scorer"))
	b.f.Saw(u)
	now := metav1.NewTime(b.Clock.Now())
	u.SetDeletionTimestamp(&now)
	b.f.Saw(u)
	b.revoke("scorer-data")
	b.pass()
	if got, _ := result(b.report("scoring", "pod-a"), "admission"); got != "fail" {
		t.Errorf("while it ends it is reported as %q", got)
	}
	u.Object["status"].(m)["phase"] = "Failed"
	b.f.Saw(u)
	b.pass()
	if b.f.Pods() != 0 || b.report("scoring", "pod-a") != nil {
		t.Error("it ended and is still known")
	}
}

// TestNoMatchIsReported: what the webhook refuses since no scope speaks of it is
// reported as refused.
func TestNoMatchIsReported(t *testing.T) {
	b := newBench(t)
	cfg, err := admission.ParseConfig([]byte(strings.NewReplacer("let-through", "deny", "[\"scoring*\"]", "[nowhere]").Replace(usual)))
	b.must(err)
	b.server, err = admission.New(*cfg, admission.Parts{Gate: b.gate, Locker: b.Locker, Clock: b.Clock.Now})
	b.must(err)
	b.f = b.follower()
	u := pod("nowhere", "a", "", image("scorer"))
	if b.admitted(u) {
		t.Fatal("it was let in")
	}
	b.f.Saw(u)
	b.pass()
	if got, why := result(b.report("nowhere", "pod-a"), "admission"); got != "fail" {
		t.Errorf("reported as %s: %s", got, why)
	}
}

// TestUIDNoStoreTakes: word of a pod that no store could keep does not keep word of the
// others from being kept.
func TestUIDNoStoreTakes(t *testing.T) {
	b := newBench(t)
	b.model("scorer", 0.8)
	b.f.Forbid()
	for _, uid := range []string{"a\x00b", "a\xffb", "ü"} {
		b.door.Deleted(uid)
	}
	if b.door.Waiting() != 0 {
		t.Errorf("%d wait", b.door.Waiting())
	}
	b.f.Attend(t.Context())
	if n := metric(t, b.f, "assize_running_forgotten_total", "waiting"); n != 3 {
		t.Errorf("%v are counted as lost", n)
	}
}

// TestOlderNewsTakesNothingAway: replicas tell of changes of one pod in any order, and
// what the later change brought stays known.
func TestOlderNewsTakesNothingAway(t *testing.T) {
	b := newBench(t)
	b.model("scorer", 0.8)
	b.model("debugger", 0.8)
	door := running.NewDoor(b.Clock.Now)
	other := b.followerAt(door)
	b.f.Forbid()
	other.Forbid()
	door.Admitted(pod("scoring", "a", "", image("scorer")).Object, reading(t, image("scorer")))
	b.Clock.Advance(time.Second)
	b.admitted(pod("scoring", "a", "", image("scorer"), image("debugger")))
	b.settled() // the later change is kept before the earlier
	b.settled(other)
	b.settled(other)
	b.revoke("debugger-data")
	b.f = b.follower() // which knows only what was kept
	b.f.Forbid()
	b.settled()
	if got, _ := result(b.report("scoring", "pod-a"), "admission"); got == "" {
		t.Fatal("not reported")
	}
	if text := fmt.Sprint(results(b.report("scoring", "pod-a"))); !strings.Contains(text, image("debugger")) {
		t.Errorf("what was added to the pod is not known any more: %s", text)
	}
}

// TestMuchInFewPods: pods that name much are bounded by what it takes to remember
// them, and the namespace with the most of it bears that.
func TestMuchInFewPods(t *testing.T) {
	b := newBench(t)
	var images []string
	for i := range admission.MaxReferences {
		images = append(images, fmt.Sprintf("%03d.example/%s:1@%s", i, strings.Repeat("x", 900), ref("scorer")))
	}
	large := reading(t, images...)
	memos := &counted{Memos: b.Store}
	f := running.New(running.Config{Judge: reader{refused, b.server}, Log: b.Log, Client: b.client, Door: b.door, Memos: memos, Every: time.Hour, Clock: b.Clock.Now})
	f.Forbid()
	b.door.Admitted(pod("scoring", "small", "").Object, reading(t, "x:1"))
	f.Attend(t.Context())
	for i := range 5 * running.MaxKnownBytes / 4 / (admission.MaxReferences * 900) {
		b.Clock.Advance(time.Second)
		b.door.Admitted(pod("flood", fmt.Sprint(i), "").Object, large)
		if f.Bytes() > running.MaxKnownBytes+running.MaxWaitingBytes {
			t.Fatalf("%d bytes are known after %d pods", f.Bytes(), i)
		}
		if i%16 == 0 {
			f.Attend(t.Context())
		}
	}
	f.Attend(t.Context())
	f.Attend(t.Context())
	_, small := f.Known("pod-small")
	_, first := f.Known("pod-0")
	if n := metric(t, f, "assize_running_forgotten_total", "number"); !small || first || n == 0 || f.Bytes() > running.MaxKnownBytes {
		t.Errorf("%d bytes are known, %v forgotten; the other namespace's pod %v, the first of them %v", f.Bytes(), n, small, first)
	}

	t.Run("MaxWaitingBytes", func(t *testing.T) {
		memos.err = ledger.ErrUnavailable
		before := metric(t, f, "assize_running_forgotten_total", "waiting")
		for i := range 100 {
			b.door.Admitted(pod("flood", fmt.Sprint("w", i), "").Object, large)
			if i%20 == 0 {
				f.Attend(t.Context())
			}
		}
		f.Attend(t.Context())
		if n := b.door.Waiting(); n*admission.MaxReferences*900 > running.MaxWaitingBytes || metric(t, f, "assize_running_forgotten_total", "waiting") != before+float64(100-n) {
			t.Errorf("%d wait", n)
		}
	})
	t.Run("listed", func(t *testing.T) {
		f := running.New(running.Config{Judge: reader{refused, b.server}, Log: b.Log, Client: b.client, Every: time.Hour, Clock: b.Clock.Now})
		f.List()
		for i := range 5 * running.MaxKnownBytes / 4 / (admission.MaxReferences * 900) {
			f.Saw(pod("flood", fmt.Sprint(i), "", images...))
		}
		if _, left := f.Kept(); left == 0 || f.Bytes() > running.MaxKnownBytes {
			t.Errorf("%d bytes are known, %d pods left out", f.Bytes(), left)
		}
	})
}

// TestWordOfManyThatWent: however many pods come and go, what is kept of them is
// bounded.
func TestWordOfManyThatWent(t *testing.T) {
	b := newBench(t)
	b.f.Forbid()
	for i := range running.MaxGone + 1000 {
		b.door.Deleted(fmt.Sprint("d", i))
		if i%5000 == 4999 {
			b.f.Attend(t.Context())
			b.Clock.Advance(10 * time.Second)
		}
	}
	b.f.Attend(t.Context())
	b.f.Attend(t.Context())
	n := 0
	_, err := b.Store.Kept(t.Context(), "running", 0, func(ledger.Memo) error { n++; return nil })
	b.must(err)
	if n > running.MaxGone/2 || n < 1000 {
		t.Errorf("%d memos are kept", n)
	}
}

// TestLeftOutIsTakenIn: pods beyond a bound are judged once there is room for them.
func TestLeftOutIsTakenIn(t *testing.T) {
	b := newBench(t)
	b.model("scorer", 0.8)
	_, err := b.client.Resource(podsOf).Namespace("scoring").Create(t.Context(), pod("scoring", "later", "", image("scorer")), metav1.CreateOptions{})
	b.must(err)
	b.f.LeaveOut("pod-later")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.f.Run(ctx) }()
	eventually(t, "it is reported", func() bool { return b.report("scoring", "pod-later") != nil })
	b.f.LeaveOut("pod-later")
	b.Clock.Advance(10 * time.Minute)
	eventually(t, "it is taken in again", func() bool { return b.f.TakenIn("pod-later") })
	cancel()
	b.must(<-ended)
}

// TestKeptBesideAList: what a replica that may not list keeps while another lists is
// not taken for the truth much later.
func TestKeptBesideAList(t *testing.T) {
	b := newBench(t)
	b.model("scorer", 0.8)
	other := b.followerAt(running.NewDoor(b.Clock.Now))
	b.f.Forbid()
	b.f.Attend(t.Context())
	other.List()
	other.Attend(t.Context())
	b.admitted(pod("scoring", "a", "", image("scorer")))
	b.f.Attend(t.Context())
	b.Clock.Advance(10 * time.Minute)
	other.Attend(t.Context())
	n := 0
	_, err := b.Store.Kept(t.Context(), "running", 0, func(ledger.Memo) error { n++; return nil })
	b.must(err)
	if n != 0 {
		t.Errorf("%d memos are kept where pods are listed", n)
	}
}

// TestStoreThatHangs: a store that neither answers nor fails is waited for no longer
// than BlindTime, whatever is asked of it.
func TestStoreThatHangs(t *testing.T) {
	b := newBench(t)
	b.model("scorer", 0.8)
	asked := map[string]bool{}
	ends := func(what string) func(context.Context) {
		return func(ctx context.Context) {
			asked[what] = true
			if end, ok := ctx.Deadline(); !ok || time.Until(end) > running.BlindTime {
				t.Errorf("%s may last until %s", what, end)
			}
		}
	}
	l, err := ledger.Open(t.Context(), ledger.Config{Store: hanging{ledgertest.NewMemory(), ends("head")}, ReadOnly: true, Clock: b.Clock.Now})
	b.must(err)
	t.Cleanup(func() { _ = l.Close() })
	asked = map[string]bool{}
	f := running.New(running.Config{Judge: b.server, Log: l, Client: b.client, Door: b.door, Memos: slow{b.Store, ends}, Every: time.Minute, Clock: b.Clock.Now})
	f.Forbid()
	b.admitted(pod("scoring", "a", "", image("scorer")))
	f.Attend(t.Context())
	f.Pass(t.Context())
	for _, what := range []string{"head", "keep", "kept", "forget"} {
		if !asked[what] {
			t.Errorf("%s was not asked for; the test is weaker than it says", what)
		}
	}
}

type hanging struct {
	*ledgertest.Memory
	asked func(context.Context)
}

func (h hanging) Head(ctx context.Context) (ledger.Head, error) {
	h.asked(ctx)
	return h.Memory.Head(ctx)
}

type slow struct {
	ledger.Memos
	asked func(string) func(context.Context)
}

func (s slow) Keep(ctx context.Context, kind string, memos []ledger.Memo) error {
	s.asked("keep")(ctx)
	return s.Memos.Keep(ctx, kind, memos)
}

func (s slow) Kept(ctx context.Context, kind string, after uint64, fn func(ledger.Memo) error) (uint64, error) {
	s.asked("kept")(ctx)
	return s.Memos.Kept(ctx, kind, after, fn)
}

func (s slow) Forget(ctx context.Context, kind string, before time.Time, all bool) error {
	s.asked("forget")(ctx)
	return s.Memos.Forget(ctx, kind, before, all)
}

// TestNobodyKnowsWhetherAsked: a workload of which nobody can tell whether the webhook
// is asked about it is not counted as what it was before.
func TestNobodyKnowsWhetherAsked(t *testing.T) {
	b := newBench(t)
	b.model("scorer", 0.8)
	j := &unsureOf{Server: b.server}
	b.f = running.New(running.Config{Judge: j, Log: b.Log, Client: b.client, Reports: true, Every: time.Minute, Clock: b.Clock.Now})
	b.f.Saw(pod("scoring", "a", "", image("scorer")))
	b.pass()
	if n := metric(t, b.f, "assize_running_workloads", "allowed"); n != 1 {
		t.Fatalf("%v are allowed", n)
	}
	j.err = admission.ErrCluster
	b.Clock.Advance(time.Minute)
	b.pass()
	if allowed, failed := metric(t, b.f, "assize_running_workloads", "allowed"), metric(t, b.f, "assize_running_workloads", "error"); allowed != 0 || failed != 1 {
		t.Errorf("%v are allowed, %v in error", allowed, failed)
	}
}

type unsureOf struct {
	*admission.Server
	err error
}

func (u *unsureOf) Follows(ctx context.Context, namespace string, labels map[string]string) (bool, error) {
	if u.err != nil {
		return false, u.err
	}
	return u.Server.Follows(ctx, namespace, labels)
}

// TestOwnerMadeUp: a pod that knows the uid of what controls others does not name it
// for them.
func TestOwnerMadeUp(t *testing.T) {
	b := newBench(t)
	b.model("scorer", 0.8)
	b.f.Saw(owned(pod("scoring", "first", "", image("scorer")), "Made", "up", "rs-api"))
	for i := range 2 {
		b.f.Saw(pod("scoring", fmt.Sprint("p", i), "api", image("scorer")))
	}
	b.pass()
	r := b.report("scoring", "rs-api")
	if r == nil || len(r.GetOwnerReferences()) != 1 || r.GetOwnerReferences()[0].Name != "api" || r.GetOwnerReferences()[0].Kind != "ReplicaSet" {
		t.Errorf("the report is about %v", r)
	}
}
