package policy_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/assize-dev/assize/attest/predicate"
	"github.com/assize-dev/assize/policy"
)

// A new rule passes check and test before a word of it is changed, whatever of our
// types it asks for.
func TestScaffoldWorksAtOnce(t *testing.T) {
	try := func(n policy.Scaffold) {
		files, err := n.Files()
		if err != nil {
			t.Fatalf("%+v: %v", n, err)
		}
		fsys := fstest.MapFS{}
		for name, text := range files {
			fsys[name] = &fstest.MapFile{Data: text}
		}
		faults, err := policy.Check(fsys)
		if err != nil || len(faults) > 0 {
			t.Errorf("%+v: %v %v", n, faults, err)
		}
		report, err := policy.RunTests(t.Context(), fsys, policy.TestConfig{})
		if err != nil || !report.OK() || report.Covered != 100 || len(report.Untested) > 0 {
			t.Errorf("%+v: %+v %v", n, report, err)
		}
	}
	for _, kind := range policy.Kinds {
		try(policy.Scaffold{ID: "ACME-SEC-007", Pack: "acme-rules", Kind: kind})
	}
	for _, typ := range []string{"eval-result", "monitoring-report", "fairness-assessment"} {
		if _, ok := predicate.Lookup(typ); !ok {
			t.Fatal(typ)
		}
		try(policy.Scaffold{ID: "X-01", Pack: "x", Kind: "model", Requires: typ})
	}
	for name, n := range map[string]policy.Scaffold{
		"is no rule id":       {ID: "x", Pack: "x", Kind: "model"},
		"is no name of a":     {ID: "X-01", Pack: "X", Kind: "model"},
		"and not lib":         {ID: "X-01", Pack: "lib", Kind: "model"},
		"is none of":          {ID: "X-01", Pack: "x", Kind: "image"},
		"is no evidence type": {ID: "X-01", Pack: "x", Kind: "model", Requires: "diary"},
		"a type of others":    {ID: "X-01", Pack: "x", Kind: "model", Requires: "slsa-provenance"},
	} {
		if _, err := n.Files(); !errors.Is(err, policy.ErrRuleSet) || !strings.Contains(err.Error(), name) {
			t.Errorf("%+v: %v, want %q", n, err, name)
		}
	}
}

// A difference is told by rule and member; comments are none.
func TestDiff(t *testing.T) {
	base := rule("DIF-01", "requires: [model-card]\napplies_from: \"2027-01-01\"", `pass if input.evidence["model-card"][0].predicate.version != ""`)
	from := load(t, base, rule("DIF-02", "requires: [model-card]", passing))
	to := load(t, strings.Replace(strings.Replace(base, "severity: high", "severity: low", 1), "2027-01-01", "2028-01-01", 1)+"\n# a comment\n",
		rule("DIF-03", "requires: [model-card]", passing))
	a, err := policy.ParseParameters([]byte("v: 1\nthresholds: {x: {value: 1, basis: default, source: s}, y: {value: 1, basis: default, source: s}}"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := policy.ParseParameters([]byte("v: 1\nthresholds: {x: {value: 2, basis: default, source: s}}\nwaivers: {low: 30}"))
	if err != nil {
		t.Fatal(err)
	}
	d, err := policy.Diff(from, to, a, b)
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, r := range d.Added {
		told = append(told, "+"+r.ID)
	}
	for _, r := range d.Removed {
		told = append(told, "-"+r.ID)
	}
	for _, c := range d.Changed {
		for _, f := range c.Fields {
			told = append(told, c.ID+" "+f.Field+" "+f.From+" -> "+f.To)
		}
	}
	for _, f := range d.Parameters {
		told = append(told, f.Field+" "+f.From+" -> "+f.To)
	}
	want := `+DIF-03
-DIF-02
DIF-01 applies_from 2027-01-01 -> 2028-01-01
DIF-01 severity high -> low
thresholds.x.value 1 -> 2
thresholds.y {"value":1,"basis":"default","source":"s"} -> 
waivers.low 90 -> 30`
	if got := strings.Join(told, "\n"); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if same, err := policy.Diff(from, from, a, a); err != nil || !same.Same() {
		t.Errorf("with itself: %+v %v", same, err)
	}
}
