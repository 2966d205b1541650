package policy_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/assize-dev/assize/policy"
)

func foreign(t *testing.T, source string, v0 bool) *policy.Foreign {
	t.Helper()
	f, err := policy.LoadForeign(fstest.MapFS{"p.rego": {Data: []byte(source)}, "p_test.rego": {Data: []byte("package p\n\ntest_x if nonsense(")}}, policy.ForeignConfig{V0: v0})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestForeignPolicies(t *testing.T) {
	doc := func(s string) any {
		var v any
		dec := json.NewDecoder(strings.NewReader(s))
		dec.UseNumber()
		if err := dec.Decode(&v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	const (
		conftest = `package main

deny contains msg if {
	input.kind == "Deployment"
	not input.spec.runAsNonRoot
	msg := sprintf("%s must not run as root", [input.name])
}

warn_label contains msg if {
	not input.labels.app
	msg := "no app label"
}`
		old = `package main

deny[msg] {
	input.replicas < 2
	msg := "at least two replicas"
}

violation[{"msg": msg, "details": {"missing": missing}}] {
	missing := {l | l := data.params.labels[_]} - {l | input.labels[l]}
	count(missing) > 0
	msg := sprintf("missing labels %v", [missing])
}`
		gatekeeper = `package k8srequiredlabels

violation[{"msg": msg}] {
	provided := {label | input.review.object.metadata.labels[label]}
	required := {label | label := input.parameters.labels[_]}
	missing := required - provided
	count(missing) > 0
	msg := sprintf("you must provide labels: %v", [missing])
}`
		kosli = `package policy

allow if {
	input.trail.compliant
	count(violations) == 0
}

violations contains msg if {
	some a in input.trail.artifacts
	not a.signed
	msg := sprintf("%s is not signed", [a.name])
}`
		conforma = `package test

# METADATA
# title: Signed
# custom:
#   short_name: signed
deny contains result if {
	not input.signed
	result := {"code": concat(".", ["test", rego.metadata.rule().custom.short_name]), "msg": "not signed", "level": "fatal"}
}`
	)
	for _, tc := range []struct {
		name, source, input string
		status              policy.Status
		style, says         string
	}{
		{"conftest fails", conftest, `{"kind": "Deployment", "name": "x", "spec": {}}`, policy.StatusFail, "conftest", "x must not run as root"},
		{"conftest passes and warns", conftest, `{"kind": "Service"}`, policy.StatusPass, "conftest", "no app label"},
		{"passing by silence is told", conftest, `{"kind": "Service"}`, policy.StatusPass, "conftest", "no condition that had to hold"},
		{"Rego v0", old, `{"replicas": 1, "labels": {"a": 1, "b": 1}}`, policy.StatusFail, "conftest", "two replicas"},
		{"v0 with details", old, `{"replicas": 3, "labels": {"a": 1}}`, policy.StatusFail, "conftest", `missing labels {"b"}`},
		{"gatekeeper", gatekeeper, `{"review": {"object": {"metadata": {"labels": {}}}}, "parameters": {"labels": ["owner"]}}`, policy.StatusFail, "gatekeeper", "owner"},
		{"allow", kosli, `{"trail": {"compliant": true, "artifacts": []}}`, policy.StatusPass, "allow", ""},
		{"allow without a condition", "package p\n\nallow if count(violations) == 0\n\nviolations contains \"x\" if input.trail.broken", `{"trail": {}}`, policy.StatusPass, "allow", "allow holds on an empty document, too"},
		{"not about the document", "package p\n\nallow if count(violations) == 0\n\nviolations contains \"x\" if input.trail.broken", `{"trial": {}}`, policy.StatusUnassessable, "allow", "looks for trail in the document, which has none of them"},
		{"about elements", "package main\n\ndeny contains \"x\" if input[_].Cmd == \"run\"", `[[{"Cmd": "run"}]]`, policy.StatusUnassessable, "conftest", "looks for input[_].Cmd, and nothing of that is in the document, which is a list"},
		{"about some element", "package main\n\ndeny contains \"x\" if input[_].Cmd == \"run\"", `[{"Cmd": "from"}]`, policy.StatusPass, "conftest", ""},
		{"about any document", "package main\n\ndeny contains k if {\n\tsome k, v in input\n\tv == 2\n}\n\ndeny contains \"x\" if input.y", `{"z": 1}`, policy.StatusPass, "conftest", ""},
		{"data that is not there", "package main\n\ndeny contains \"x\" if data.inventory.cluster[_].host == input.host", `{"host": "a"}`, policy.StatusUnassessable, "conftest", "data.inventory (p.rego:3)"},
		{"allow undefined", kosli, `{}`, policy.StatusUnassessable, "allow", "allow is undefined"},
		{"allow false", "package p\n\ndefault allow := false\n\nallow if input.x == 1", `{"x": 2}`, policy.StatusFail, "allow", "allow is false"},
		{"allow is text", `package p

allow := "yes"`, `{}`, policy.StatusUnassessable, "allow", "allow is no boolean"},
		{"violations fail", kosli, `{"trail": {"compliant": true, "artifacts": [{"name": "a"}]}}`, policy.StatusFail, "allow", "a is not signed"},
		{"metadata and a level of its own", conforma, `{}`, policy.StatusFail, "conforma", "not signed"},
		{"another shape", "package main\n\ndeny contains 7 if input.x == 1", `{"x": 1}`, policy.StatusUnassessable, "conftest", "7 is no object"},
		{"error", "package main\n\ndeny contains \"x\" if to_number(input.x) > 1", `{"x": "y"}`, policy.StatusUnassessable, "conftest", "to_number"},
		{"clock", "package main\n\ndeny contains \"late\" if assize.reached(\"2020-01-01\")", `{}`, policy.StatusFail, "conftest", "late"},
		{"only warns", "package main\n\nwarn contains \"x\" if input.x", `{}`, policy.StatusUnassessable, "conftest", "only warns"},
		{"v0: long patterns", "package main\n\ndeny[\"x\"] { re_match(concat(\"\", [\"a{1000}\" | numbers.range(1, 10000)[_]]), concat(\"\", [\"aaaaaaaaaa\" | numbers.range(1, 10000)[_]])) }", `{}`, policy.StatusUnassessable, "conftest", "re_match"},
		{"loops", "package main\n\ndeny contains \"x\" if count([1 | some i in numbers.range(1, 3000); some j in numbers.range(1, 3000)]) == 1", `{}`, policy.StatusUnassessable, "conftest", "steps"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			findings, err := foreign(t, tc.source, tc.source == old || tc.source == gatekeeper || strings.HasPrefix(tc.name, "v0: ")).Evaluate(t.Context(), policy.SubjectRef{Ref: "sha256:aa"}, doc(tc.input),
				map[string]any{"params": map[string]any{"labels": []any{"a", "b"}}}, policy.NewClock(at(t, now)))
			if err != nil || len(findings) != 1 {
				t.Fatal(findings, err)
			}
			f := findings[0]
			said := f.Reason
			for _, m := range f.Messages {
				said += "\n" + m.Msg
			}
			if f.Status != tc.status || f.Foreign != tc.style || !strings.Contains(said, tc.says) {
				t.Errorf("%s, %s: %s", f.Status, f.Foreign, said)
			}
		})
	}
}

func TestForeignRefused(t *testing.T) {
	for _, tc := range []struct {
		name, source, says string
		want               error
	}{
		{"forbidden builtin", "package main\n\ndeny contains \"x\" if time.now_ns() > 0", "reads the wall clock", policy.ErrRuleSet},
		{"network", "package main\n\ndeny contains \"x\" if http.send({}).status == 200", "reaches the network", policy.ErrRuleSet},
		{"deprecated", "package main\n\ndeny contains \"x\" if cast_string(input.x) == \"y\"", "is deprecated", policy.ErrRuleSet},
		{"neither v0 nor v1", "package main\n\ndeny contains {", "rego_parse_error", policy.ErrRuleSet},
		{"nothing to judge", "package main\n\nx := 1", "no package exports", policy.ErrNoRules},
	} {
		if _, err := policy.LoadForeign(fstest.MapFS{"p.rego": {Data: []byte(tc.source)}}, policy.ForeignConfig{}); !errors.Is(err, tc.want) || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}
