package policy_test

import (
	"strings"
	"testing"

	"github.com/assize-dev/assize/policy"
)

// A call of a function that only calls a builtin is what it is written as, in each
// place a call may stand in.
func TestInlinedCalls(t *testing.T) {
	s := load(t, rule("INL-01", `requires: [model-card]`, `says(x) if assize.meaningful(x, {"tbd"})

flipped(b, a) if assize.before(a, b)

day(instant) := substring(instant, 0, 10)

words(x) := assize.plain(x)

odd(x) := false if assize.meaningful(x, {"tbd"})

card := input.evidence["model-card"][0].predicate

pass if {
	says(card.version)
	card.limitations != []
	every x in card.limitations {
		says(x)
	}
	flipped("2026-01-02", "2026-01-01")
}

told := says(card.version)

deny contains {"msg": sprintf("%s says nothing", [x])} if {
	some x in card.limitations
	not says(x)
}

deny contains {"msg": "not the words"} if {
	words(day("2026-01-02T00:00:00Z")) != "2026 01 02"
}

deny contains {"msg": "not in order"} if {
	flipped("2026-01-01", "2026-01-02")
}

deny contains {"msg": "odd"} if {
	odd(card.version)
}

warn contains {"msg": sprintf("told %v %v", [y, [x | some x in card.limitations; says(x)]])} if {
	y := told
}`))
	r, _ := s.Rule("INL-01")
	judged := func(version any, limitations ...any) policy.Finding {
		card := item(t, 1, "model-card", map[string]any{"version": version, "limitations": limitations})
		f, err := s.Evaluate(t.Context(), r, input(card), nil, policy.NewClock(at(t, "2026-01-01T00:00:00Z")))
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	said := func(f policy.Finding) string {
		var out []string
		for _, m := range f.Messages {
			out = append(out, m.Msg)
		}
		return string(f.Status) + ": " + strings.Join(out, ", ")
	}
	for _, c := range []struct{ got, want string }{
		{said(judged("1", "small sample")), `pass: told true ["small sample"]`},
		{said(judged("1", "TBD", "few")), `fail: TBD says nothing, told true ["few"]`},
		{said(judged("tbd", "few")), "unassessable: "},
	} {
		if c.got != c.want {
			t.Errorf("%s, not %s", c.got, c.want)
		}
	}
}

// What such a call fails by stands at the place of the call.
func TestInlinedCallFails(t *testing.T) {
	s := load(t, rule("INL-02", `requires: [model-card]`, `flipped(b, a) if assize.before(a, b)

pass if {
	version := input.evidence["model-card"][0].predicate.version
	flipped(version, version)
}`))
	r, _ := s.Rule("INL-02")
	card := item(t, 1, "model-card", map[string]any{"version": "1"})
	f, err := s.Evaluate(t.Context(), r, input(card), nil, policy.NewClock(at(t, "2026-01-01T00:00:00Z")))
	if err != nil {
		t.Fatal(err)
	}
	if f.Status != policy.StatusUnassessable || !strings.HasSuffix(f.Reason, "(a.rego:18)") {
		t.Errorf("%s: %s", f.Status, f.Reason)
	}
}

// A function leads where its calls lead, also when the builtin stands in its place.
func TestInlinedFunctionIsUsed(t *testing.T) {
	source := rule("INL-03", "requires: [model-card]", "flipped(b, a) if assize.before(a, b)\n\npass if flipped(input.evidence[\"model-card\"][0].proven, \"2026-01-01\")\n")
	for _, f := range must(policy.Check(mixed(map[string]string{"r.rego": source}))) {
		if strings.Contains(f.Msg, "leads to none") {
			t.Error(f.Msg)
		}
	}
}
