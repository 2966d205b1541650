package running_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/assize-dev/assize/api/admission"
	"github.com/assize-dev/assize/api/admission/running"
	"github.com/assize-dev/assize/policy/gate"
)

func typed(s string) types.UID { return types.UID(s) }

// judge answers without a ledger, for bounds no ledger of a test could reach.
type judge func(raw string) (admission.Standing, error)

func (judge) Follows(context.Context, string, map[string]string) (bool, error) { return true, nil }

func (j judge) Stand(_ context.Context, _ string, r admission.Reading) admission.Standing {
	raw, err := json.Marshal(r)
	if err != nil {
		panic(err)
	}
	st, err := j(string(raw))
	if err != nil {
		st = admission.Standing{Outcome: "error", Refused: true, Message: err.Error()}
	}
	return st
}

// reader reads as the webhook does, and judges otherwise.
type reader struct {
	judge
	*admission.Server
}

func (r reader) Follows(ctx context.Context, ns string, labels map[string]string) (bool, error) {
	return r.judge.Follows(ctx, ns, labels)
}

func (r reader) Stand(ctx context.Context, ns string, read admission.Reading) admission.Standing {
	return r.judge.Stand(ctx, ns, read)
}

func (b *bench) judgedBy(j judge) *running.Follower {
	return running.New(running.Config{Judge: reader{j, b.server}, Log: b.Log, Client: b.client, Reports: true, Events: true, Every: 10 * time.Minute, Clock: b.Clock.Now})
}

func refused(why string) (admission.Standing, error) {
	return admission.Standing{Outcome: "denied", Refused: true, Message: why,
		Points: []admission.Stood{{Reference: "r", Scope: "s", Mode: admission.Enforce, Verdict: gate.Deny, Why: why, Answer: &gate.Answer{}}}}, nil
}

func TestBounds(t *testing.T) {
	t.Run("MaxWorkloads", func(t *testing.T) {
		f := newBench(t).judgedBy(nil)
		for i := range running.MaxWorkloads + 2 {
			f.Saw(pod("scoring", fmt.Sprint(i), ""))
		}
		if n, left := f.Kept(); n != running.MaxWorkloads || left != 2 {
			t.Errorf("%d kept, %d left out", n, left)
		}
		f.Saw(pod("scoring", fmt.Sprint(running.MaxWorkloads), ""))
		if _, left := f.Kept(); left != 2 {
			t.Errorf("seen twice, %d left out", left)
		}
	})
	t.Run("MaxShapes", func(t *testing.T) {
		b := newBench(t)
		asked := 0
		f := b.judgedBy(func(string) (admission.Standing, error) { asked++; return refused("no") })
		for i := range running.MaxShapes + 3 {
			f.Saw(pod("scoring", fmt.Sprint(i), "api", image(fmt.Sprint(i))))
		}
		f.Pass(context.Background())
		if _, why := result(b.report("scoring", "rs-api"), "admission"); asked != running.MaxShapes || !strings.Contains(fmt.Sprint(results(b.report("scoring", "rs-api"))), "differ in 19 ways") {
			t.Errorf("asked %d times, said %q", asked, why)
		}
	})
	t.Run("MaxResults and MaxMessage", func(t *testing.T) {
		b := newBench(t)
		f := b.judgedBy(func(string) (admission.Standing, error) {
			st, err := refused(strings.Repeat("ü", running.MaxMessage))
			for i := range running.MaxResults {
				p := st.Points[0]
				p.Reference, p.Verdict = fmt.Sprint("r", i), gate.Allow
				st.Points = append(st.Points, p)
			}
			return st, err
		})
		f.Saw(pod("scoring", "a", "", image("a")))
		f.Pass(context.Background())
		r := b.report("scoring", "pod-a")
		all := results(r)
		pass, _, _ := unstructured.NestedInt64(r.Object, "summary", "pass")
		if len(all) != running.MaxResults || all[0]["result"] != "fail" || pass != running.MaxResults || !strings.Contains(all[len(all)-1]["message"].(string), "2 more") {
			t.Errorf("%d results, %d pass, last %v", len(all), pass, all[len(all)-1])
		}
		if n := len(all[0]["message"].(string)); n > running.MaxMessage || n < running.MaxMessage-4 {
			t.Errorf("message of %d bytes", n)
		}
	})
	t.Run("EventBurst", func(t *testing.T) {
		b := newBench(t)
		f := b.judgedBy(refused)
		for i := range running.EventBurst + 5 {
			f.Saw(pod("scoring", fmt.Sprint(i), "", image(fmt.Sprint(i))))
		}
		f.Pass(context.Background())
		if n := len(b.events()); n != running.EventBurst {
			t.Errorf("%d events at once", n)
		}
		b.Clock.Advance(2 * running.EventEvery)
		for i := range 5 {
			f.Saw(pod("scoring", fmt.Sprint("later", i), "", image("x")))
		}
		f.Pass(context.Background())
		if n := len(b.events()); n != running.EventBurst+2 {
			t.Errorf("%d events after two more were due", n)
		}
	})
}

// TestBlind: a ledger that does not answer for BlindTime is said to be so, and is no
// reason to go on showing what it said before.
func TestBlind(t *testing.T) {
	b := newBench(t)
	b.model("scorer", 0.8)
	b.f.Saw(pod("scoring", "a", "", image("scorer")))
	b.pass()
	if got, _ := result(b.report("scoring", "pod-a"), "admission"); got != "pass" {
		t.Fatalf("before: %s", got)
	}
	b.pass() // over what the first recorded: nothing is left to read
	b.must(b.Store.Close())
	b.pass()
	b.Clock.Advance(running.BlindTime - time.Second)
	b.pass()
	if got, _ := result(b.report("scoring", "pod-a"), "admission"); got != "pass" {
		t.Errorf("before the bound: %s", got)
	}
	b.Clock.Advance(2 * time.Second)
	b.pass()
	if got, why := result(b.report("scoring", "pod-a"), "admission"); got != "error" {
		t.Errorf("after the bound: %s %s", got, why)
	}
}

// TestPatience: a judgement and a request to the API server end.
func TestPatience(t *testing.T) {
	b := newBench(t)
	f := running.New(running.Config{Judge: patience{b.server, func(ctx context.Context) {
		if end, ok := ctx.Deadline(); !ok || time.Until(end) > running.JudgingTime {
			t.Errorf("a judgement may last until %s", end)
		}
	}}, Log: b.Log, Client: b.client, Every: time.Hour, Clock: b.Clock.Now})
	f.Saw(pod("scoring", "a", "", image("a")))
	f.Pass(context.Background())
}

type patience struct {
	*admission.Server
	asked func(context.Context)
}

func (patience) Follows(context.Context, string, map[string]string) (bool, error) { return true, nil }

func (p patience) Stand(ctx context.Context, _ string, _ admission.Reading) admission.Standing {
	p.asked(ctx)
	return admission.Standing{Outcome: "nothing"}
}

// TestTroubleIsSaid: what cannot be read or judged is an error in the report, and is
// tried again less and less often.
func TestTroubleIsSaid(t *testing.T) {
	b := newBench(t)
	asked := 0
	var trouble = errors.New("the registry does not answer")
	f := b.judgedBy(func(string) (admission.Standing, error) { asked++; return admission.Standing{}, trouble })
	f.Saw(pod("scoring", "a", "", image("a")))
	f.Pass(context.Background())
	if got, why := result(b.report("scoring", "pod-a"), "admission"); got != "error" || !strings.Contains(why, "registry") {
		t.Errorf("%s %s", got, why)
	}
	if e := b.events(); len(e) != 1 || !strings.HasPrefix(e[0], "Warning AssizeNotJudged") {
		t.Errorf("events %v", e)
	}
	for range 60 {
		b.Clock.Advance(5 * time.Second)
		f.Pass(context.Background())
	}
	if asked < 3 || asked > 8 {
		t.Errorf("asked %d times within five minutes", asked)
	}
}

// TestStarted: a tag stands for the digest it had when the container was started.
func TestStarted(t *testing.T) {
	digest := "sha256:" + strings.Repeat("a", 64)
	for _, c := range []struct{ image, id, want string }{
		{"bank/scorer:1", "registry.example/bank/scorer@" + digest, "bank/scorer:1@" + digest},
		{"bank/scorer:1", "docker-pullable://bank/scorer@" + digest, "bank/scorer:1@" + digest},
		{"bank/scorer@sha256:" + strings.Repeat("b", 64), "bank/scorer@" + digest, "bank/scorer@sha256:" + strings.Repeat("b", 64)},
		{"bank/scorer:1", digest, "bank/scorer:1"}, // the runtime's own name, of no registry
		{"bank/scorer:1", "", "bank/scorer:1"},
	} {
		if got := running.Started(c.image, c.id); got != c.want {
			t.Errorf("%s run as %s is %s, want %s", c.image, c.id, got, c.want)
		}
	}
}

// TestPerPodLabels: pods of one workload that differ in what controllers write on them
// are judged once.
func TestPerPodLabels(t *testing.T) {
	b := newBench(t)
	asked := 0
	f := b.judgedBy(func(string) (admission.Standing, error) { asked++; return refused("no") })
	for i := range 40 {
		u := pod("scoring", fmt.Sprint(i), "set", image("a"))
		u.SetLabels(map[string]string{"apps.kubernetes.io/pod-index": fmt.Sprint(i)})
		u.SetCreationTimestamp(metav1.NewTime(time.Unix(int64(i), 0)))
		f.Saw(u)
	}
	f.Pass(context.Background())
	if asked != 1 {
		t.Errorf("40 pods alike were judged %d times", asked)
	}
}

// FuzzPod: whatever a pod looks like, it is read or left alone.
func FuzzPod(f *testing.F) {
	for _, u := range []*unstructured.Unstructured{pod("scoring", "a", "", "x"), pod("n", "b", "rs", image("a"), "y:1")} {
		raw, err := u.MarshalJSON()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":1,"annotations":[]},"spec":{"containers":[{"image":2}],"volumes":[3]},"status":{"containerStatuses":{"a":1}}}`))
	follower := newBench(f).judgedBy(nil)
	f.Fuzz(func(t *testing.T, raw []byte) {
		u := &unstructured.Unstructured{}
		if err := u.UnmarshalJSON(raw); err != nil || u.IsList() {
			return
		}
		follower.Saw(u)
		follower.Lost(u)
	})
}
