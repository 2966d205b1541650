package policy_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/assize-dev/assize/policy"
)

// theirs are policies as other tools have them: not formatted, helpers beside them, no
// word of this contract.
const (
	theirDeny = `package main

import data.params
import data.helpers

deny[msg] { input.state == "running"; not helpers.named(input)
  msg := sprintf("%s is run by nobody; %d places", [input.environment, params.places]) }`
	theirHelpers = `package helpers
named(d) { d.deployer != "" }`
	theirAllow = `package gatehouse

allow if input.traffic_share <= 0.5`
	theirTest = `package main_test

test_theirs if not_defined_here`
)

func declared(id, foreign string) string {
	return rule(id, "requires: [deployment]\nforeign: "+foreign, "")
}

func mixed(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

func v1(text string) string {
	return strings.NewReplacer("deny[msg] {", "deny contains msg if {", "named(d) {", "named(d) if {").Replace(text)
}

// A set may hold policies of other tools: a rule without code says when one of their
// packages judges, and of what.
func TestForeignPolicyInASet(t *testing.T) {
	fsys := mixed(map[string]string{
		"test/tst_01/tst_01.rego": declared("TST-01", "{package: main, document: deployment}"),
		"test/tst_02/tst_02.rego": declared("TST-02", "{package: gatehouse, document: deployment}"),
		"test/tst_03/tst_03.rego": rule("TST-03", "requires: [model-card]", passing),
		"theirs/main.rego":        v1(theirDeny), "theirs/helpers.rego": v1(theirHelpers), "theirs/allow.rego": theirAllow, "theirs/main_test.rego": theirTest,
	})
	s, err := policy.LoadSet(fsys)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := policy.LoadArchive(s.Archive()); err != nil || again.Digest() != s.Digest() {
		t.Errorf("from its archive: %v", err)
	}
	for _, f := range must(policy.Check(fsys)) {
		if strings.HasPrefix(f.File, "theirs/") {
			t.Errorf("their file is held to our format: %s", f)
		}
	}
	if report, err := policy.RunTests(context.Background(), fsys, policy.TestConfig{}); err != nil || len(report.Results) != 0 {
		t.Errorf("their tests run with their tools: %v, %v", report.Results, err)
	}
	p, err := policy.ParseParameters([]byte("v: 1\nthresholds:\n  places: {value: 3, unit: places, basis: default, source: tests}\ngates: []\n"))
	if err != nil {
		t.Fatal(err)
	}
	deployment := func(index uint64, members map[string]any) *policy.Item {
		members["environment"] = "production"
		return item(t, index, "deployment", members)
	}
	good := deployment(4, map[string]any{"state": "running", "deployer": "operations", "traffic_share": json.Number("0.5")})
	bad := deployment(3, map[string]any{"state": "running", "deployer": "", "traffic_share": json.Number("0.9")})
	mute := deployment(5, map[string]any{"state": "running", "deployer": "operations"})
	erased, err := good.Withhold(policy.StateErased, "Art 17")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		rule   string
		in     *policy.Input
		status policy.Status
		says   string
	}{
		{"TST-01", input(good), policy.StatusPass, "nothing was denied; the policy has no condition that had to hold"},
		{"TST-01", input(good, bad), policy.StatusFail, "production is run by nobody; 3 places"},
		{"TST-01", input(), policy.StatusMissing, "no deployment"},
		{"TST-01", input(erased), policy.StatusUnassessable, "was erased"},
		{"TST-02", input(good), policy.StatusPass, ""},
		{"TST-02", input(good, bad), policy.StatusUnassessable, "allow is undefined"},
		{"TST-02", input(mute), policy.StatusUnassessable, "allow is undefined"},
	} {
		r, _ := s.Rule(tc.rule)
		f, err := s.Evaluate(context.Background(), r, tc.in, p.Effective(nil), policy.NewClock(at(t, now)))
		if err != nil {
			t.Fatal(err)
		}
		said := f.Reason
		for _, m := range f.Messages {
			said += " | " + m.Msg
			if m.Level == policy.LevelDeny && m.Members["evidence"] != bad.ID {
				t.Errorf("%s does not say which statement it is about: %v", tc.rule, m.Members)
			}
		}
		if f.Status != tc.status || !strings.Contains(said, tc.says) {
			t.Errorf("%s is %s: %s; want %s, %q", tc.rule, f.Status, said, tc.status, tc.says)
		}
		if f.Foreign == "" || f.Rule != tc.rule || f.Severity == "" || f.Remediation == "" {
			t.Errorf("%s is not marked as foreign, or has lost its metadata: %+v", tc.rule, f)
		}
	}
	if r, _ := s.Rule("TST-01"); len(r.Params) != 1 || r.Params[0] != "places" || r.Foreign.Package != "main" {
		t.Errorf("declared %+v", r)
	}
}

// Their older language is declared, and packed so that it stays declared.
func TestForeignPolicyInRegoV0(t *testing.T) {
	files := map[string]string{
		"r.rego":    declared("TST-01", "{package: main, document: deployment, rego: v0}"),
		"main.rego": "package main\n\ndeny[msg] { input.state == \"running\"; msg := \"it runs\" }\n",
	}
	s, err := policy.LoadSet(mixed(files))
	if err != nil {
		t.Fatal(err)
	}
	r, _ := s.Rule("TST-01")
	f, err := s.Evaluate(context.Background(), r, input(item(t, 3, "deployment", map[string]any{"state": "running"})), nil, policy.NewClock(at(t, now)))
	if err != nil || f.Status != policy.StatusFail || f.Messages[0].Msg != "it runs" {
		t.Errorf("%+v, %v", f, err)
	}
	packed, err := policy.WriteArchive(mixed(files))
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := policy.OpenArchive(packed)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := policy.LoadSet(unpacked); err != nil || again.Digest() != s.Digest() {
		t.Errorf("packed and unpacked: %v", err)
	}
	files["r.rego"] = declared("TST-01", "{package: main, document: deployment}")
	if _, err := policy.LoadSet(mixed(files)); err == nil || !strings.Contains(err.Error(), "rego: v0") {
		t.Errorf("undeclared: %v", err)
	}
}

func TestForeignDeclarationsRefused(t *testing.T) {
	main := "{package: main, document: deployment}"
	for name, c := range map[string]struct {
		files map[string]string
		says  string
	}{
		"undeclared":   {map[string]string{"r.rego": rule("TST-01", "requires: [deployment]", passing), "theirs.rego": theirAllow}, "needs a rule that declares it"},
		"no package":   {map[string]string{"r.rego": declared("TST-01", "{package: maine, document: deployment}"), "theirs.rego": v1(theirDeny), "h.rego": v1(theirHelpers)}, `no package "maine"`},
		"no files":     {map[string]string{"r.rego": declared("TST-01", main)}, "has no file of package main"},
		"own package":  {map[string]string{"r.rego": declared("TST-01", "{package: assize.lib.x, document: deployment}"), "theirs.rego": theirAllow}, "outside assize"},
		"no document":  {map[string]string{"r.rego": declared("TST-01", "{package: gatehouse, document: incident}"), "theirs.rego": theirAllow}, "no evidence type of requires"},
		"own code":     {map[string]string{"r.rego": rule("TST-01", "requires: [deployment]\nforeign: {package: gatehouse, document: deployment}", passing), "theirs.rego": theirAllow}, "one of the two"},
		"unknown":      {map[string]string{"r.rego": rule("TST-01", "requires: [deployment]\nforeign: {pack: gatehouse}", ""), "theirs.rego": theirAllow}, "pack"},
		"builtin":      {map[string]string{"r.rego": declared("TST-01", "{package: gatehouse, document: deployment}"), "theirs.rego": "package gatehouse\n\nallow if time.now_ns() > 0"}, "time.now_ns"},
		"only helpers": {map[string]string{"r.rego": declared("TST-01", "{package: helpers, document: deployment}"), "theirs.rego": v1(theirHelpers)}, "exports allow"},
	} {
		if _, err := policy.LoadSet(mixed(c.files)); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
