package gate_test

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
)

func parseParameters(t *testing.T, text string) *policy.Parameters {
	t.Helper()
	p, err := policy.ParseParameters([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Other parameters and another set are judged by the one judge, always as an
// inquiry, and leave no trace: the next question is answered as before.
func TestWhatIf(t *testing.T) {
	w := newBench(t)
	w.allowable(t)
	q := w.ask(t, gate.Options{}).Decision.Question
	before := w.Size()
	fsys := maps.Clone(rules)
	fsys["core/nev_01/nev_01.rego"] = rule("core.nev_01", "NEV-01", "high", `["model"]`, `["eval-result"]`, `[]`, `
pass if count(input.evidence["eval-result"]) > 99

deny contains {"msg": "not enough results", "path": ""} if count(input.evidence["eval-result"]) < 100
`)
	other, err := policy.LoadSet(fsys)
	if err != nil {
		t.Fatal(err)
	}
	params := parseParameters(t, `v: 1
thresholds: {auc_min: {value: 0.7, basis: default, source: test}}
gates: [{environment: production, systems: ["*"], actions: [train, deploy], packs: [core], blocks: [high]}]`)
	for name, o := range map[string]gate.Options{"parameters": {Params: params}, "set": {Set: other}, "both": {Params: params, Set: other}} {
		a, err := w.gate.Decide(context.Background(), q, o)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if a.Recorded != nil || len(a.Inquiry) == 0 {
			t.Errorf("%s: answered as no inquiry: %+v", name, a.Inquiry)
		}
		if o.Params != nil && a.Decision.Parameters != params.Digest() {
			t.Errorf("%s: parameters %s, want %s", name, a.Decision.Parameters, params.Digest())
		}
		if o.Set != nil && a.Decision.Set != other.Digest() {
			t.Errorf("%s: set %s, want %s", name, a.Decision.Set, other.Digest())
		}
		if name == "both" && a.Decision.Verdict != gate.Deny {
			t.Errorf("%s: %s, want the rule of the other set to deny", name, a.Decision.Verdict)
		}
	}
	if a := w.ask(t, gate.Options{}); a.Recorded == nil || a.Decision.Verdict != gate.Allow {
		t.Errorf("afterwards: %s, recorded %v", a.Decision.Verdict, a.Recorded)
	}
	if n := w.Size(); n != before {
		t.Errorf("%d entries were added by asking", n-before)
	}
}

// A gate judges by the set it names, and one whose set the ledger does not hold
// cannot come into force.
func TestGateNamesItsSet(t *testing.T) {
	w := newBench(t)
	w.allowable(t)
	own, err := policy.LoadSet(fstest.MapFS{"core/dat_01/dat_01.rego": rules["core/dat_01/dat_01.rego"]})
	if err != nil {
		t.Fatal(err)
	}
	doc := `{"v": 1, "set": "` + w.set.Digest() + `", "thresholds": {"auc_min": {"value": 0.7, "basis": "default", "source": "test"}}, "gates": [
		{"environment": "production", "systems": ["*"], "actions": ["train", "deploy"], "packs": ["core"], "blocks": ["high"]},
		{"environment": "lab", "systems": ["*"], "actions": ["deploy"], "rules": ["DAT-01"], "blocks": ["high"], "set": "` + own.Digest() + `"}]}`
	activate := func() error {
		_, err := w.gate.Activate(context.Background(), w.Activation(evidence.KindParameters, []byte(doc), "admin"))
		return err
	}
	if err := activate(); !errors.Is(err, evidence.ErrNotSeeded) || !strings.Contains(err.Error(), own.Digest()) {
		t.Fatalf("activated with an unknown set: %v", err)
	}
	if _, err := w.Locker.PublishSet(context.Background(), own.Digest(), own.Archive()); err != nil {
		t.Fatal(err)
	}
	if err := activate(); err != nil {
		t.Fatal(err)
	}
	q := w.ask(t, gate.Options{}).Decision.Question
	q.Environment = "lab"
	a, err := w.gate.Decide(context.Background(), q, gate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if a.Decision.Set != own.Digest() {
		t.Errorf("the lab judged by %s, want its own %s", a.Decision.Set, own.Digest())
	}
	for _, f := range a.Decision.Findings {
		if f.Rule != "DAT-01" {
			t.Errorf("a finding of %s, which its set does not have", f.Rule)
		}
	}
	p := parseParameters(t, doc)
	full, err := policy.LoadSet(rules)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Check(full); !errors.Is(err, policy.ErrParameters) {
		t.Errorf("checked without the set of a gate: %v", err)
	}
	if err := p.Check(full, own); err != nil {
		t.Error(err)
	}
}

// What another set would change is told by question, rule and direction, and asking
// changes nothing.
func TestImpact(t *testing.T) {
	w := newBench(t)
	w.allowable(t)
	q := w.ask(t, gate.Options{}).Decision.Question
	before := w.Size()
	fsys := maps.Clone(rules)
	delete(fsys, "core/dat_01/dat_01.rego")
	fsys["core/nev_01/nev_01.rego"] = rule("core.nev_01", "NEV-01", "high", `["model"]`, `["eval-result"]`, `[]`, `
pass if count(input.evidence["eval-result"]) > 99

deny contains {"msg": "not enough results", "path": ""} if count(input.evidence["eval-result"]) < 100
`)
	other, err := policy.LoadSet(fsys)
	if err != nil {
		t.Fatal(err)
	}
	if same, err := w.gate.Impact(context.Background(), gate.Options{Set: w.set}, nil); err != nil || same.Asked != 1 || same.Same != 1 || len(same.Changes) != 0 {
		t.Errorf("the same set: %+v, %v", same, err)
	}
	got, err := w.gate.Impact(context.Background(), gate.Options{Set: other}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.Asked != 1 || len(got.Changes) != 1 || len(got.Unanswered) != 0 {
		t.Fatalf("%+v", got)
	}
	c := got.Changes[0]
	if c.Question != q || c.Before != gate.Allow || c.After != gate.Deny {
		t.Errorf("%+v from %s to %s", c.Question, c.Before, c.After)
	}
	var told []string
	for _, r := range c.Rules {
		told = append(told, strings.Join([]string{r.Rule, r.Direction, string(r.Before), string(r.After), r.Effect, r.Says}, "|"))
	}
	want := "NEV-01|newly fails||fail|blocks|not enough results\nDAT-01|changes|pass||none|"
	if d := strings.Join(told, "\n"); d != want {
		t.Errorf("rules:\n%s\nwant\n%s", d, want)
	}
	if w.Size() != before {
		t.Error("asking was recorded")
	}
	if err := gate.Questions(gate.MaxImpact); err != nil {
		t.Error(err)
	}
	if err := gate.Questions(gate.MaxImpact + 1); !errors.Is(err, gate.ErrQuestion) {
		t.Errorf("beyond the bound: %v", err)
	}
}

// An explanation judges what the gate judges, with the rule asked for alone.
func TestExplainCase(t *testing.T) {
	w := newBench(t)
	w.allowable(t)
	q := w.ask(t, gate.Options{}).Decision.Question
	c, err := w.gate.Case(context.Background(), q, gate.Options{Rules: []string{"EVL-01"}})
	if err != nil {
		t.Fatal(err)
	}
	x, err := c.Explain(context.Background(), w.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	if len(x) != 1 || x[0].Finding.Rule != "EVL-01" || x[0].Finding.Status != policy.StatusPass || len(x[0].Exports) != 2 {
		t.Errorf("%+v", x)
	}
	if _, err := w.gate.Case(context.Background(), q, gate.Options{Rules: []string{"NO-01"}}); !errors.Is(err, policy.ErrUnknownRule) {
		t.Errorf("an unknown rule: %v", err)
	}
	a, err := w.gate.Decide(context.Background(), q, gate.Options{Rules: []string{"EVL-01"}})
	if err != nil || a.Recorded != nil || len(a.Decision.Findings) != 1 {
		t.Errorf("asked by one rule: %+v, %v", a, err)
	}
}
