package policy_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/assize-dev/assize/policy"
)

const datedRule = `requires: [model-card]
applies_from: "2027-12-02"`

const cardRule = `pass if {
	input.evidence["model-card"][0].predicate.version == "2"
	assize.reached("2026-01-01")
}

deny contains {"msg": sprintf("version %s is too old", [input.evidence["model-card"][0].predicate.version])} if {
	input.evidence["model-card"][0].predicate.version == "1"
}`

const cardTests = `package assize.test.tst_01_test

import data.assize.test.tst_01

card(v) := {"evidence": {"model-card": [{"predicate": {"version": v}}]}}

test_pass if {
	tst_01.pass with input as card("2") with assize.reached as true
}

test_too_early if {
	not tst_01.pass with input as card("2") with assize.reached as false
}

test_fail if {
	some m in tst_01.deny with input as card("1")
	m.msg == "version 1 is too old"
}

test_wrong if tst_01.pass with input as card("1")

test_no_clock if tst_01.pass with input as card("2")

todo_test_more := true
`

const cardFixtures = `v: 1
rule: TST-01
items:
  old: {type: model-card, id: aaaa, predicate: {version: "1"}}
cases:
  - name: not yet
    at: "2027-12-01T23:59:59Z"
    evidence: [old]
    want: {status: not_yet_applicable, would_be: fail, reason: applies from 2027-12-02, messages: [version 1], holds_until: "2027-12-02T00:00:00Z", evidence: 1}
  - name: in force
    at: "2027-12-02"
    evidence: [old]
    want: {status: fail, would_be: "", holds_from: "2027-12-02T00:00:00Z"}
  - name: missing
    at: "2028-01-01"
    want: {status: missing, reason: no model-card}
  - name: untrusted
    at: "2028-01-01"
    evidence: [{type: model-card, state: untrusted, reason: key compromised}]
    want: {status: missing, reason: key compromised}
  - name: erased
    at: "2028-01-01"
    evidence: [{type: model-card, state: erased, reason: at the request of a person}]
    want: {status: unassessable, reason: erased}
  - name: waived
    at: "2028-01-01"
    evidence: [old]
    action: release
    waivers:
      - type: waiver
        principals: [adam, rita]
        claimed: "2027-12-20T00:00:00Z"
        predicate:
          systems: ["system:fixture"]
          environment: production
          actions: [release]
          log_origin: example.org/log
          rules: [TST-01]
          subjects: ["sha256:0000000000000000000000000000000000000000000000000000000000000000"]
          evidence: [aaaa]
          reason: until the retraining
          requested_by: rita
          approved_by: adam
          expires_at: "2028-02-01T00:00:00Z"
    want: {status: waived, would_be: fail, holds_until: "2028-02-01T00:00:00Z"}
  - name: wrong
    at: "2028-01-01"
    evidence: [old]
    want: {status: pass}
`

func testSet() fstest.MapFS {
	return fstest.MapFS{
		"test/tst_01/tst_01.rego":          {Data: []byte(rule("TST-01", datedRule, cardRule))},
		"test/tst_01/tst_01_test.rego":     {Data: []byte(cardTests)},
		"test/tst_01/tst_01_fixtures.yaml": {Data: []byte(cardFixtures)},
		"test/tst_02/tst_02.rego":          {Data: []byte(rule("TST-02", "requires: [model-card]", "pass if input.subject.known"))},
	}
}

func TestRunner(t *testing.T) {
	report, err := policy.RunTests(context.Background(), testSet(), policy.TestConfig{Parallel: 1})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	msgs := map[string]string{}
	for _, r := range report.Results {
		got[r.Name], msgs[r.Name] = r.Outcome, r.Msg
	}
	want := map[string]string{
		"assize.test.tst_01_test.test_pass": "pass", "assize.test.tst_01_test.test_too_early": "pass", "assize.test.tst_01_test.test_fail": "pass",
		"assize.test.tst_01_test.test_wrong": "fail", "assize.test.tst_01_test.test_no_clock": "error", "assize.test.tst_01_test.todo_test_more": "skip",
		"TST-01/not yet": "pass", "TST-01/in force": "pass", "TST-01/missing": "pass", "TST-01/untrusted": "pass", "TST-01/erased": "pass",
		"TST-01/waived": "pass", "TST-01/wrong": "fail",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s\n%v", diff, msgs)
	}
	if !strings.Contains(msgs["assize.test.tst_01_test.test_no_clock"], "no clock") {
		t.Errorf("without a clock: %s", msgs["assize.test.tst_01_test.test_no_clock"])
	}
	if report.OK() {
		t.Error("a report with failures is OK")
	}
	if diff := cmp.Diff([]string{"TST-02"}, report.Untested); diff != "" {
		t.Error(diff)
	}
	if report.Covered < 50 || len(report.Uncovered["test/tst_02/tst_02.rego"]) == 0 {
		t.Errorf("covered %v, uncovered %v", report.Covered, report.Uncovered)
	}
}

func TestRunnerFilter(t *testing.T) {
	report, err := policy.RunTests(context.Background(), testSet(), policy.TestConfig{Run: "tst_01_test.test_pass$|/waived$"})
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Results) != 2 || !report.OK() {
		t.Errorf("results %+v", report.Results)
	}
	// What the filter leaves out does not run, so it reaches no line.
	if all, err := policy.RunTests(context.Background(), testSet(), policy.TestConfig{}); err != nil || report.Covered >= all.Covered {
		t.Errorf("one test of many reaches %.1f %% of the lines, all reach %.1f %%: %v", report.Covered, all.Covered, err)
	}
	none, err := policy.RunTests(context.Background(), testSet(), policy.TestConfig{Run: "nowhere"})
	if err != nil || len(none.Results) != 0 || none.OK() || none.Covered != 0 {
		t.Errorf("no test: %+v, %v", none, err)
	}
}

func TestFixturesRefused(t *testing.T) {
	for _, tc := range []struct{ name, old, new, want string }{
		{"unknown member", "reason: no model-card", "reasons: x", `unknown member "reasons"`},
		{"status", "status: missing", "status: mising", "no status"},
		{"item", "evidence: [old]", "evidence: [odl]", `no item of the name "odl"`},
		{"type", "type: model-card, state: erased", "type: model-crad, state: erased", "no evidence type"},
		{"state", "state: erased", "state: gone", "unknown state"},
		{"instant", `at: "2027-12-02"`, `at: "2.12.2027"`, "not an instant"},
		{"unquoted date", `at: "2027-12-02"`, `at: 2027-12-02`, "quote the date"},
		{"twice", "name: in force", "name: not yet", "twice"},
		{"place", "rule: TST-01", "rule: TST-02", "belong in tst_02_fixtures.yaml"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			fsys := testSet()
			changed := strings.Replace(cardFixtures, tc.old, tc.new, 1)
			if changed == cardFixtures {
				t.Fatal("nothing changed")
			}
			fsys["test/tst_01/tst_01_fixtures.yaml"] = &fstest.MapFile{Data: []byte(changed)}
			_, err := policy.RunTests(context.Background(), fsys, policy.TestConfig{Run: "^$"})
			if !errors.Is(err, policy.ErrRuleSet) || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	faults, err := policy.Check(testSet())
	if err != nil || len(faults) > 0 {
		t.Fatalf("a good set has faults: %v, %v", faults, err)
	}
	fsys := testSet()
	fsys["test/tst_02/tst_02.rego"] = &fstest.MapFile{Data: []byte(rule("TST-02", "requires: [model-card]", "pass   if input.subject.known"))}
	fsys["test/tst_02/tst_02_test.rego"] = &fstest.MapFile{Data: []byte("package assize.test.tst_02_test\n\nimport data.assize.test.tst_02\n\ntest_x if nowhere.defined\n")}
	fsys["test/tst_01/tst_01_fixtures.yaml"] = &fstest.MapFile{Data: []byte("v: 2\n")}
	if faults, err = policy.Check(fsys); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, f := range faults {
		all = append(all, f.String())
	}
	text := strings.Join(all, "\n")
	for _, want := range []string{"test/tst_02/tst_02.rego:14: not formatted", "test/tst_02/tst_02_test.rego:5: rego_unsafe_var_error", "tst_01_fixtures.yaml: $"} {
		if !strings.Contains(text, want) {
			t.Errorf("no fault %q in\n%s", want, text)
		}
	}
}
