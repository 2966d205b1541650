package policy_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/assize-dev/assize/attest/predicate"
	"github.com/assize-dev/assize/policy"
)

// What no export leans on judges nothing; most likely it is a misspelt export.
func TestCheckFindsDefinitionsThatLeadNowhere(t *testing.T) {
	code := `cards := input.evidence["model-card"]

pass if count(cards) > 0

denies contains {"msg": "no limitation"} if {
	some card in cards
	not limited(card)
}

limited(card) if count(card.predicate.limitations) > 0
`
	source := rule("TST-01", "requires: [model-card]", code)
	var got []string
	for _, f := range must(policy.Check(mixed(map[string]string{"r.rego": source}))) {
		if strings.Contains(f.Msg, "leads to none") {
			got = append(got, fmt.Sprintf("%d %s", f.Row, f.Msg))
		}
	}
	if len(got) != 2 || !strings.HasPrefix(got[0], "18 denies leads to none of what the engine asks for (pass)") || !strings.HasPrefix(got[1], "23 limited leads") {
		t.Errorf("%q", got)
	}
	if _, err := policy.LoadSet(mixed(map[string]string{"r.rego": source})); err != nil {
		t.Errorf("a set with it still loads: %v", err)
	}
}

// A test under a name that is no test's never runs.
func TestCheckFindsTestsNobodyRuns(t *testing.T) {
	faults := must(policy.Check(mixed(map[string]string{
		"r.rego": rule("TST-01", "requires: [model-card]", `pass if count(input.evidence["model-card"]) > 0`),
		"r_test.rego": `package assize.test.tst_01_test

import data.assize.test.tst_01 as rule

cards := {"evidence": {"model-card": [{"id": "a"}]}}

there if count(cards) > 0

test_there if {
	there
	rule.pass with input as cards
}

tst_absent if not rule.pass with input as {"evidence": {"model-card": []}}
`,
	})))
	if len(faults) != 1 || faults[0].File != "r_test.rego" || faults[0].Row != 14 || !strings.Contains(faults[0].Msg, "tst_absent is no test") {
		t.Errorf("%v", faults)
	}
}

// A passing case is tried without each member of its evidence that the rule reads.
func TestPassingCasesAreTriedInSilence(t *testing.T) {
	fixtures := `v: 1
rule: TST-01
cases:
  - name: enough
    at: "2026-06-01T00:00:00Z"
    evidence: [{type: eval-result, predicate: {seed: 7, sample_size: 10, metrics: [{name: auc, value: 0.9, n: 100}, {name: f1, value: 0.8, n: 90}]}}]
    want: {status: pass}
`
	run := func(code string) policy.TestReport {
		t.Helper()
		report, err := policy.RunTests(t.Context(), mixed(map[string]string{"tst_01.rego": rule("TST-01", "requires: [eval-result]", code), "tst_01_fixtures.yaml": fixtures}), policy.TestConfig{})
		if err != nil || !report.OK() {
			t.Fatalf("%+v, %v", report, err)
		}
		return report
	}
	silent := run(`metrics contains metric if some metric in input.evidence["eval-result"][_].predicate.metrics

bad contains metric if {
	some metric in metrics
	metric.n < 50
}

pass if {
	count(metrics) > 0
	count(bad) == 0
	object.get(input.evidence["eval-result"][0].predicate, "seed", 0) < 9
}`)
	if got, want := silent.Results[0].Silent, []string{"eval-result[0].metrics[0].n", "eval-result[0].metrics[1].n"}; !slices.Equal(got, want) {
		t.Errorf("it passes without %q, want %q", got, want)
	}
	many := strings.Repeat(", {name: auc, value: 0.9, n: 100}", policy.MaxSilences)
	fixtures = strings.Replace(fixtures, "}]}}]", "}"+many+"]}}]", 1)
	if got := run("metrics contains m if some m in input.evidence[\"eval-result\"][_].predicate.metrics\n\nbad contains m if {\n\tsome m in metrics\n\tm.n < 50\n}\n\npass if {\n\tcount(metrics) > 0\n\tcount(bad) == 0\n}").Results[0].Silent; len(got) != policy.MaxSilences {
		t.Errorf("%d members listed, want %d", len(got), policy.MaxSilences)
	}
	if got := run(`pass if {
	count(input.evidence["eval-result"]) > 0
	every result in input.evidence["eval-result"] {
		count(result.predicate.metrics) > 0
		every metric in result.predicate.metrics {
			metric.n >= 50
		}
	}
}`).Results[0].Silent; len(got) != 0 {
		t.Errorf("it passes without %q", got)
	}
}

// Fixtures nobody would read, and words in them that mean nothing.
func TestFixturesNobodyReads(t *testing.T) {
	r := rule("TST-01", "requires: [eval-result]", `pass if count(input.evidence["eval-result"]) > 0`)
	for name, c := range map[string]struct{ file, text, says string }{
		"name":     {"tst_01_fixture.yaml", "", "under this name nobody reads them"},
		"ending":   {"tst_01_fixtures.yml", "", "under this name nobody reads them"},
		"action":   {"tst_01_fixtures.yaml", `{"v": 1, "rule": "TST-01", "cases": [{"name": "a", "at": "2026-01-01T00:00:00Z", "action": "relese", "want": {"status": "missing"}}]}`, `$.cases[0].action: "relese" is none of`},
		"member":   {"tst_01_fixtures.yaml", `{"v": 1, "rule": "TST-01", "cases": [{"name": "a", "at": "2026-01-01T00:00:00Z", "evidence": [{"type": "eval-result", "predicate": {"metrics": [{"nam": "auc"}]}}], "want": {"status": "pass"}}]}`, "predicate.metrics[0].nam: eval-result has no such member"},
		"evidence": {"tst_01_fixtures.yaml", `{"v": 1, "rule": "TST-01", "cases": [{"name": "a", "at": "2026-01-01T00:00:00Z", "evidence": [{"type": "eval-results", "predicate": {}}], "want": {"status": "pass"}}]}`, "no evidence type"},
	} {
		if _, err := policy.RunTests(t.Context(), mixed(map[string]string{"tst_01.rego": r, c.file: c.text}), policy.TestConfig{}); !errors.Is(err, policy.ErrRuleSet) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCheckMembers(t *testing.T) {
	for _, ty := range predicate.Types() {
		err := policy.CheckMembers(ty.Short, map[string]any{"stated_at": "x", "no_such_member": 1})
		switch {
		case ty.Home == "":
			if !errors.Is(err, policy.ErrInput) || !strings.Contains(err.Error(), "no evidence type") {
				t.Errorf("%s: %v", ty.Short, err)
			}
		case ty.Own:
			if !errors.Is(err, policy.ErrInput) || !strings.Contains(err.Error(), "predicate.no_such_member: "+ty.Short+" has no such member") {
				t.Errorf("%s: %v", ty.Short, err)
			}
		case err != nil:
			t.Errorf("%s, of others: %v", ty.Short, err)
		}
	}
	slices := map[string]any{"metrics": []any{map[string]any{"slice": map[string]any{"age": "young"}}}}
	if err := policy.CheckMembers("eval-result", slices); err != nil {
		t.Errorf("members named by whoever states them: %v", err)
	}
}

// What differs is told with the line from which it does, comments and metadata aside.
func TestDiffTellsWhere(t *testing.T) {
	load := func(code, lib string) *policy.Set {
		t.Helper()
		s, err := policy.LoadSet(mixed(map[string]string{"r.rego": rule("TST-01", "requires: [model-card]", code), "lib.rego": lib}))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	const code, lib = "# how many\npass if {\n\tcount(input.evidence[\"model-card\"]) > 0\n}", "package assize.lib.x\n\ny := 1\n"
	d, err := policy.Diff(load(code, lib), load(strings.ReplaceAll(strings.Replace(code, "# how many", "# some", 1), "> 0", "> 1"), strings.Replace(lib, "y := 1", "y := 2", 1)), nil, nil)
	if err != nil || len(d.Changed) != 2 {
		t.Fatalf("%+v, %v", d, err)
	}
	for i, want := range []policy.FieldChange{{Field: "code", From: "4 lines", To: "4 lines, other from line 16 on"}, {Field: "library", From: "3 lines", To: "3 lines, other from line 3 on"}} {
		if got := d.Changed[i].Fields; len(got) != 1 || got[0] != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
}
