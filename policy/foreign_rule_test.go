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
	theirCollections = `package release

# METADATA
# title: The deployer is named
# custom:
#   short_name: named
#   collections: [minimal]
deny contains {"code": "release.named", "msg": "nobody is named"} if not input.deployer

# METADATA
# title: The deployment is not old
# custom:
#   short_name: fresh
#   collections: [slow]
deny contains {"code": "release.fresh", "msg": "it is old"} if time.now_ns() > time.parse_rfc3339_ns("2026-01-01T00:00:00Z")
`
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

// Fixtures test a declared policy, coverage asks for none of its lines, and explain
// follows it.
func TestForeignPolicyTestedAndExplained(t *testing.T) {
	fsys := mixed(map[string]string{
		"r.rego": declared("TST-01", "{package: main, document: deployment}"), "main.rego": "package main\n\ndeny contains \"nobody is named\" if {\n\tnot input.deployer\n}\n",
		"tst_01_fixtures.yaml": `v: 1
rule: TST-01
items:
  bad: {type: deployment, predicate: {state: running}}
  good: {type: deployment, predicate: {deployer: operations}}
cases:
  - {name: bad, at: "2026-06-01T00:00:00Z", evidence: [bad], want: {status: fail, messages: [nobody is named]}}
  - {name: good, at: "2026-06-01T00:00:00Z", evidence: [good], want: {status: pass}}
  - {name: none, at: "2026-06-01T00:00:00Z", want: {status: missing}}
`})
	report, err := policy.RunTests(t.Context(), fsys, policy.TestConfig{})
	if err != nil || len(report.Results) != 3 || !report.OK() || report.Covered != 100 || len(report.Untested) != 0 {
		t.Errorf("%+v, %v", report, err)
	}
	s, err := policy.LoadSet(fsys)
	if err != nil {
		t.Fatal(err)
	}
	r, _ := s.Rule("TST-01")
	in := input(item(t, 3, "deployment", map[string]any{"state": "running"}), item(t, 4, "deployment", map[string]any{"deployer": "operations"}))
	x, err := s.Explain(t.Context(), r, in, nil, policy.NewClock(at(t, now)))
	if err != nil || len(x.Exports) != 2 || !strings.HasPrefix(x.Exports[0].Name, "main.deny of deployment ") {
		t.Fatalf("%+v, %v", x.Exports, err)
	}
	for _, e := range x.Exports {
		if len(e.Rules) != 1 || e.Rules[0].File != "main.rego" || e.Rules[0].Holds != strings.Contains(e.Value, "nobody") {
			t.Errorf("%+v", e)
		}
		if f := e.Rules[0].Failed; !e.Rules[0].Holds && (f == nil || f.Row != 4 || f.Text != "not input.deployer") {
			t.Errorf("%+v", f)
		}
	}
}

// A package of theirs may have the name under which parameters are found otherwise.
func TestForeignPackageNamedParams(t *testing.T) {
	s, err := policy.LoadSet(mixed(map[string]string{
		"r.rego": declared("TST-01", "{package: main, document: deployment}"), "main.rego": "package main\n\nimport data.params\n\ndeny contains \"too much\" if input.traffic_share > params.share",
		"params.rego": "package params\n\nshare := 0.5",
	}))
	if err != nil {
		t.Fatal(err)
	}
	r, _ := s.Rule("TST-01")
	for share, want := range map[json.Number]policy.Status{"0.6": policy.StatusFail, "0.4": policy.StatusPass} {
		f, err := s.Evaluate(t.Context(), r, input(item(t, 3, "deployment", map[string]any{"traffic_share": share})), nil, policy.NewClock(at(t, now)))
		if err != nil || f.Status != want || len(r.Params) != 0 {
			t.Errorf("%s: %s: %s, %v, %v", share, f.Status, f.Reason, r.Params, err)
		}
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

// A declaration names the collections whose rules count and the pinned clock, whose
// answers hold for their instant alone; neither bears on the rule beside it.
func TestForeignCollectionsAndClock(t *testing.T) {
	files := map[string]string{
		"a.rego": declared("TST-01", `{package: release, document: deployment, collections: ["@minimal"], clock: pinned}`),
		"b.rego": declared("TST-02", "{package: release, document: deployment, collections: [minimal, slow], clock: pinned}"),
		"c.rego": declared("TST-03", "{package: gatehouse, document: deployment}"), "release.rego": theirCollections, "gatehouse.rego": theirAllow,
	}
	s, err := policy.LoadSet(mixed(files))
	if err != nil {
		t.Fatal(err)
	}
	in := input(item(t, 3, "deployment", map[string]any{"deployer": "operations", "traffic_share": json.Number("0.1")}))
	for id, want := range map[string]struct {
		status      policy.Status
		says        string
		from, until string
	}{
		"TST-01": {policy.StatusPass, "not in the collections asked for: it is old", now, "2026-06-01T00:00:00.000000001Z"},
		"TST-02": {policy.StatusFail, "it is old", now, "2026-06-01T00:00:00.000000001Z"},
		"TST-03": {policy.StatusPass, "", "", ""},
	} {
		r, _ := s.Rule(id)
		f, err := s.Evaluate(context.Background(), r, in, nil, policy.NewClock(at(t, now)))
		if err != nil {
			t.Fatal(err)
		}
		said := f.Reason
		for _, m := range f.Messages {
			said += " | " + m.Msg
		}
		if f.Status != want.status || !strings.Contains(said, want.says) || f.HoldsFrom != want.from || f.HoldsUntil != want.until {
			t.Errorf("%s is %s from %q until %q: %s; want %+v", id, f.Status, f.HoldsFrom, f.HoldsUntil, said, want)
		}
		_, atOnce := f.Again(policy.NewClock(at(t, now)))
		_, later := f.Again(policy.NewClock(at(t, now).Add(1)))
		if held := want.from == ""; !atOnce || later != held {
			t.Errorf("%s is taken again at the instant %v, a nanosecond later %v", id, atOnce, later)
		}
	}
	// nothing was judged, so no time was asked for
	r, _ := s.Rule("TST-02")
	if f, err := s.Evaluate(context.Background(), r, input(), nil, policy.NewClock(at(t, now))); err != nil || f.Status != policy.StatusMissing || f.HoldsUntil != "" {
		t.Errorf("%+v, %v", f, err)
	}
}

// Their rule data are the parameters, by names written out or declared; what else they
// look for below data the declaration gives, or nothing passes.
func TestForeignRuleData(t *testing.T) {
	const chain = `package release

import data.lib

deny contains msg if {
	not input.deployer in lib.get("deployers")
	msg := sprintf("%s may not deploy", [input.deployer])
}

deny contains "too many" if input.traffic_share > data.rule_data.share`
	const lib = `package lib

get(key) := v if v := data.custom[key]

else := v if v := data.rule_data[key]

else := []`
	p, err := policy.ParseParameters([]byte(`{"v": 1, "thresholds": {
		"deployers": {"value": ["operations"], "basis": "default", "source": "tests"}, "share": {"value": 0.5, "unit": "share", "basis": "default", "source": "tests"},
		"unread": {"value": 1, "basis": "default", "source": "tests"}}, "gates": []}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		foreign, deployer, share string
		status                   policy.Status
		says                     string
	}{
		"from the parameters":   {"{package: release, document: deployment, params: [deployers], data: {custom: {}}}", "operations", "0.1", policy.StatusPass, ""},
		"denied by them":        {"{package: release, document: deployment, params: [deployers], data: {custom: {}}}", "nobody", "0.1", policy.StatusFail, "nobody may not deploy"},
		"denied by a name":      {"{package: release, document: deployment, params: [deployers], data: {custom: {}}}", "operations", "0.6", policy.StatusFail, "too many"},
		"from the declaration":  {"{package: release, document: deployment, params: [], data: {custom: {deployers: [ci]}}}", "ci", "0.1", policy.StatusPass, ""},
		"its own rule data":     {"{package: release, document: deployment, data: {custom: {}, rule_data: {deployers: [ci], share: 0.05}}}", "ci", "0.1", policy.StatusFail, "too many"},
		"looked for and absent": {"{package: release, document: deployment, params: [deployers]}", "operations", "0.1", policy.StatusUnassessable, "data.custom (lib.rego:3)"},
		"without a value":       {"{package: release, document: deployment, params: [depositors], data: {custom: {}}}", "operations", "0.1", policy.StatusUnassessable, "parameter depositors has no value"},
	} {
		s, err := policy.LoadSet(mixed(map[string]string{"r.rego": declared("TST-01", c.foreign), "release.rego": chain, "lib.rego": lib}))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		r, _ := s.Rule("TST-01")
		f, err := s.Evaluate(context.Background(), r, input(item(t, 3, "deployment", map[string]any{"deployer": c.deployer, "traffic_share": json.Number(c.share)})), p.Effective(nil), policy.NewClock(at(t, now)))
		if err != nil {
			t.Fatal(err)
		}
		said := f.Reason
		for _, m := range f.Messages {
			said += " | " + m.Msg
		}
		if f.Status != c.status || !strings.Contains(said, c.says) {
			t.Errorf("%s: %s: %s", name, f.Status, said)
		}
		if name == "denied by them" && (len(f.Params) != 2 || f.Params[0].Name != "deployers" || f.Params[1].Name != "share") {
			t.Errorf("the finding names the parameters %+v", f.Params)
		}
	}
}

func TestForeignDeclarationsRefused(t *testing.T) {
	main := "{package: main, document: deployment}"
	for name, c := range map[string]struct {
		files map[string]string
		says  string
	}{
		"undeclared":   {map[string]string{"r.rego": rule("TST-01", "requires: [deployment]", passing), "theirs.rego": theirAllow}, "needs a rule that declares it"},
		"no package":   {map[string]string{"r.rego": declared("TST-01", "{package: maine, document: deployment}"), "theirs.rego": v1(theirDeny), "h.rego": v1(theirHelpers)}, `no file of the set is of package "maine"; there are helpers, main`},
		"no files":     {map[string]string{"r.rego": declared("TST-01", main)}, "there are none outside assize"},
		"own package":  {map[string]string{"r.rego": declared("TST-01", "{package: assize.lib.x, document: deployment}"), "theirs.rego": theirAllow}, "outside assize"},
		"no document":  {map[string]string{"r.rego": declared("TST-01", "{package: gatehouse, document: incident}"), "theirs.rego": theirAllow}, "no evidence type of requires"},
		"own code":     {map[string]string{"r.rego": rule("TST-01", "requires: [deployment]\nforeign: {package: gatehouse, document: deployment}", passing), "theirs.rego": theirAllow}, "one of the two"},
		"unknown":      {map[string]string{"r.rego": rule("TST-01", "requires: [deployment]\nforeign: {pack: gatehouse}", ""), "theirs.rego": theirAllow}, `r.rego:12: METADATA: unknown member "pack"`},
		"builtin":      {map[string]string{"r.rego": declared("TST-01", "{package: gatehouse, document: deployment}"), "theirs.rego": "package gatehouse\n\nallow if time.now_ns() > 0"}, "theirs.rego:3: rego_type_error: undefined function time.now_ns: rules may not call it, it reads the wall clock; a pinned clock gives it the instant judged at (custom.foreign, clock: pinned"},
		"not needed":   {map[string]string{"r.rego": declared("TST-01", "{package: gatehouse, document: deployment}"), "theirs.rego": theirAllow, "more.rego": v1(theirHelpers)}, "more.rego:1: package helpers: "},
		"clock":        {map[string]string{"r.rego": declared("TST-01", "{package: gatehouse, document: deployment, clock: wall}"), "theirs.rego": theirAllow}, `r.rego:12: METADATA: custom.foreign: clock "wall" is not pinned`},
		"collections":  {map[string]string{"r.rego": declared("TST-01", "{package: gatehouse, document: deployment, collections: []}"), "theirs.rego": theirAllow}, "collections is empty"},
		"twice":        {map[string]string{"r.rego": declared("TST-01", "{package: release, document: deployment, collections: [minimal, minimal]}"), "theirs.rego": theirCollections}, `collections: "minimal" is empty, or there twice`},
		"in none":      {map[string]string{"r.rego": declared("TST-01", "{package: release, document: deployment, clock: pinned, collections: [maximal]}"), "theirs.rego": theirCollections}, "no rule of package release is in the collections maximal; its rules are in minimal, slow"},
		"one in none":  {map[string]string{"r.rego": declared("TST-01", "{package: release, document: deployment, clock: pinned, collections: [minimal, maximal]}"), "theirs.rego": theirCollections}, `r.rego:12: METADATA: custom.foreign: no rule is in the collection "maximal"`},
		"computed":     {map[string]string{"r.rego": declared("TST-01", "{package: gatehouse, document: deployment}"), "theirs.rego": "package gatehouse\n\nallow if input.state in get(\"states\")\n\nget(key) := data.rule_data[key]"}, "theirs.rego:5: data.rule_data[__local0__]: it looks parameters up by computed names"},
		"no data":      {map[string]string{"r.rego": declared("TST-01", "{package: gatehouse, document: deployment, data: {}}"), "theirs.rego": theirAllow}, "data is no object with members"},
		"data":         {map[string]string{"r.rego": declared("TST-01", "{package: gatehouse, document: deployment, data: {since: 2026-01-01}}"), "theirs.rego": theirAllow}, "data.since (line 12): quote the date"},
		"parameters":   {map[string]string{"r.rego": declared("TST-01", "{package: gatehouse, document: deployment, data: {params: {x: 1}}}"), "theirs.rego": theirAllow}, "data.params are the parameters"},
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
