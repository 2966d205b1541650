package gate_test

import (
	"testing"
	"testing/fstest"

	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
)

// A gate judges by policies of other tools that its set declares: recorded, marked in
// the finding, and judged again by a stranger from the proof bundle.
func TestForeignPolicyInAGate(t *testing.T) {
	extra := fstest.MapFS{
		"core/ext_01/ext_01.rego": {Data: []byte(`# METADATA
# title: The deployer is named
# description: What the deployment policy of the platform team denies.
# custom:
#   id: EXT-01
#   severity: high
#   kinds: [deployment]
#   actions: [deploy]
#   requires: [deployment]
#   controls: ["test/1"]
#   basis: default
#   foreign: {package: main, document: deployment}
#   remediation: Name the deployer and sign the deployment again.
package assize.core.ext_01
`)},
		"platform/main.rego": {Data: []byte("package main\n\ndeny contains msg if {\n  not input.deployer\n  msg := \"nobody is named\" }\n")},
	}
	b := benchWith(t, extra, m{})
	b.allowable(t)
	b.say(t, "deployment", "m", deploys("m"), "operator")
	a := b.ask(t, gate.Options{})
	f := finding(t, a, "EXT-01")
	if f.Status != policy.StatusFail || f.Foreign != "conftest" || f.Effect != gate.Blocks || f.Messages[0].Msg != "nobody is named" || len(f.Evidence) != 1 {
		t.Fatalf("%+v", f)
	}
	if a.Decision.Verdict != gate.Deny || a.Recorded == nil {
		t.Fatalf("verdict %s, recorded %v", a.Decision.Verdict, a.Recorded)
	}
	raw, err := b.gate.ProofBundle(bg, a.Recorded.Index)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := gate.VerifyBundle(bg, raw, b.VKey); err != nil || !v.Holds() {
		t.Errorf("proof bundle: %v, %v", v, err)
	}
	named := deploys("m")
	named["deployer"] = "operations"
	named["supersedes"] = []string{f.Evidence[0].ID}
	b.say(t, "deployment", "m", named, "operator")
	if a := b.ask(t, gate.Options{}); a.Decision.Verdict != gate.Allow || finding(t, a, "EXT-01").Foreign != "conftest" {
		t.Errorf("once named: %s, %s", a.Decision.Verdict, told(a))
	}
}
