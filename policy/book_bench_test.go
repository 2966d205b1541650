package policy_test

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assize-dev/assize/policies"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/testdata/gen/story"
	"github.com/open-policy-agent/opa/v1/ast"
)

// storyInputs are the statements of the story as a rule of each kind sees them, all
// signed before the deployment is asked for, each changed as asked for.
func storyInputs(tb testing.TB, change ...func(predicate map[string]any)) (map[string]*policy.Input, time.Time) {
	tb.Helper()
	told, err := story.Load()
	if err != nil {
		tb.Fatal(err)
	}
	cites := story.Cites{LogOrigin: "log.example/bench", IDs: map[string]string{}}
	about := map[string]map[string][]*policy.Item{"dataset": {}, "model": {}}
	at := told.Steps[len(told.Steps)-1].At.Add(time.Hour)
	for i, step := range told.Steps {
		raw, err := step.Build(cites)
		if err != nil {
			tb.Fatalf("%s: %v", step.Name, err)
		}
		sum := sha256.Sum256(raw)
		id := hex.EncodeToString(sum[:])
		cites.IDs[step.Name] = id
		dec := json.NewDecoder(strings.NewReader(string(raw)))
		dec.UseNumber()
		var statement struct {
			PredicateType string         `json:"predicateType"`
			Predicate     map[string]any `json:"predicate"`
		}
		if err := dec.Decode(&statement); err != nil {
			tb.Fatal(err)
		}
		for _, f := range change {
			f(statement.Predicate)
		}
		it, err := policy.NewItem(policy.Item{
			ID: id, Leaf: id, Type: step.Type, PredicateType: statement.PredicateType, Predicate: statement.Predicate, Principals: step.Signers,
			Roles: []string{"compliance"}, Claimed: step.At, Proven: step.At.Add(time.Minute), Index: uint64(i), Assurance: "signed", State: policy.StateOK,
		})
		if err != nil {
			tb.Fatalf("%s: %v", step.Name, err)
		}
		kind := "model"
		if strings.HasPrefix(step.Type, "data") {
			kind = "dataset"
		}
		about[kind][step.Type] = slices.Insert(about[kind][step.Type], 0, it)
	}
	node := func(kind string, ref string, path ...string) *policy.Node {
		return &policy.Node{Ref: ref, Refs: []string{ref}, Name: kind, Kind: kind, Known: true, Evidence: about[kind], Path: path}
	}
	data, model := string(told.Dataset), string(told.Model)
	made := node("dataset", data, model, data)
	made.Relation, made.Role = "trained-on", "training"
	everything := map[string][]*policy.Item{}
	for _, items := range about {
		for t, list := range items {
			everything[t] = list
		}
	}
	input := func(subject *policy.Node, above []*policy.Node) *policy.Input {
		return &policy.Input{
			Action: "deploy", Environment: "production", System: policy.System{URI: "system:credit-scoring", Ref: "sha256:00"},
			Evidence: everything, Subject: subject, Parents: above, Ancestors: above, Related: policy.Related{Subjects: append([]*policy.Node{subject}, above...)},
		}
	}
	of := input(node("model", model, model), []*policy.Node{made})
	return map[string]*policy.Input{"dataset": input(node("dataset", data, data), nil), "model": of, "deployment": of}, at
}

// bookParameters are the defaults of the book.
func bookParameters(tb testing.TB) *policy.Effective {
	tb.Helper()
	text, err := policies.FS.ReadFile("parameters.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	params, err := policy.ParseParameters(text)
	if err != nil {
		tb.Fatal(err)
	}
	return params.Effective(nil)
}

// BenchmarkBook judges each rule of the book over the story's evidence, on one
// processor, and beside it what OPA alone takes for the same code over the same
// input. The bar: 60 us a rule over 20 KB of evidence. A rule
// is timed in a loop of its own, as benchmarks are, and once in each round after all
// others, when the processor has forgotten it.
func BenchmarkBook(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(300)) // as the program does
	inputs, at := storyInputs(b)
	set, err := policy.LoadSet(policies.FS)
	if err != nil {
		b.Fatal(err)
	}
	bare, err := policy.Bare(set, true)
	if err != nil {
		b.Fatal(err)
	}
	effective := bookParameters(b)
	type cost struct {
		rule                 *policy.Rule
		engine, bare, inTurn time.Duration // the least seen: the machine may be busy with other things
	}
	costs := make([]cost, 0, len(set.Rules()))
	alone := map[*policy.Rule]func() (ast.Value, error){}
	read := 0
	for _, r := range set.Rules() {
		in := inputs[r.Kinds[0]]
		costs = append(costs, cost{rule: r, engine: time.Hour, bare: time.Hour, inTurn: time.Hour})
		alone[r] = bare(r, in, effective, at)
		for _, t := range r.Types() {
			for _, it := range in.Evidence[t] {
				raw, err := json.Marshal(it.Predicate)
				if err != nil {
					b.Fatal(err)
				}
				read += len(raw)
			}
		}
	}
	const own = 8 // times a rule is judged in a row
	b.ReportAllocs()
	for b.Loop() {
		for i := range costs {
			c := &costs[i]
			in := inputs[c.rule.Kinds[0]]
			judge := func() time.Duration {
				began := time.Now()
				f, err := set.Evaluate(b.Context(), c.rule, in, effective, policy.NewClock(at))
				if err != nil || f.CutOff {
					b.Fatalf("%s: %s, %v", c.rule.ID, f.Reason, err)
				}
				return time.Since(began)
			}
			c.inTurn = min(c.inTurn, judge())
			for range own {
				c.engine = min(c.engine, judge())
			}
			for range own {
				began := time.Now()
				if _, err := alone[c.rule](); err != nil {
					b.Fatalf("bare %s: %v", c.rule.ID, err)
				}
				c.bare = min(c.bare, time.Since(began))
			}
		}
	}
	slices.SortFunc(costs, func(a, b cost) int { return cmp.Compare(b.engine, a.engine) })
	var engine, opa, inTurn time.Duration
	var slowest strings.Builder
	within := 0
	for i, c := range costs {
		engine += c.engine
		opa += c.bare
		inTurn += c.inTurn
		if c.engine <= 60*time.Microsecond {
			within++
		}
		if i < 12 {
			fmt.Fprintf(&slowest, "\n%s %s, bare %s", c.rule.ID, c.engine.Round(time.Microsecond), c.bare.Round(time.Microsecond))
		}
	}
	n := float64(len(costs))
	us := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }
	b.Logf("slowest:%s", slowest.String())
	b.ReportMetric(us(engine)/n, "us/rule")
	b.ReportMetric(us(inTurn)/n, "in-turn-us/rule")
	b.ReportMetric(us(opa)/n, "bare-us/rule")
	b.ReportMetric(float64(engine)/float64(opa), "engine/bare")
	b.ReportMetric(us(costs[len(costs)/2].engine), "median-us")
	b.ReportMetric(float64(within), "rules-within-60us")
	b.ReportMetric(n, "rules")
	b.ReportMetric(float64(read)/1024/n, "KB/rule")
}

// TestInlinedAlike: over the story, and over what is left of it when members are lost or
// of another type, every rule of the book answers with names inlined what it answers
// without.
func TestInlinedAlike(t *testing.T) {
	set, err := policy.LoadSet(policies.FS)
	if err != nil {
		t.Fatal(err)
	}
	effective := bookParameters(t)
	plain, err := policy.Bare(set, false)
	if err != nil {
		t.Fatal(err)
	}
	inlined, err := policy.Bare(set, true)
	if err != nil {
		t.Fatal(err)
	}
	answered := 0
	for round := range uint64(12) {
		r := rand.New(rand.NewPCG(round, 1))
		inputs, at := storyInputs(t, func(predicate map[string]any) {
			if round > 0 {
				damage(r, predicate)
			}
		})
		for _, rule := range set.Rules() {
			in := inputs[rule.Kinds[0]]
			want, wantErr := plain(rule, in, effective, at)()
			got, err := inlined(rule, in, effective, at)()
			if (err == nil) != (wantErr == nil) || err == nil && got.Compare(want) != 0 {
				t.Errorf("%s, round %d: %v, %v; without inlining %v, %v", rule.ID, round, got, err, want, wantErr)
			}
			if err == nil {
				answered++
			}
		}
	}
	if answered < 12*113*8/10 {
		t.Errorf("%d answers only", answered)
	}
}

// damage loses some members and gives others another value, at any depth.
func damage(r *rand.Rand, v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			switch r.IntN(24) {
			case 0:
				delete(v, k)
			case 1:
				v[k] = []any{nil, "x", json.Number("0"), []any{}, map[string]any{}, true}[r.IntN(6)]
			default:
				damage(r, v[k])
			}
		}
	case []any:
		for _, e := range v {
			damage(r, e)
		}
	}
}
