package gate_test

import (
	"testing"
	"testing/fstest"
	"time"

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

// An answer that rests on the pinned clock is one of its instant: asked a moment later
// it is another decision, and each is judged again to the same bytes.
func TestPinnedClockInAGate(t *testing.T) {
	extra := fstest.MapFS{
		"core/ext_01/ext_01.rego": {Data: []byte(`# METADATA
# title: The deployer's term has not ended
# description: What the release policy of the platform team denies.
# custom:
#   id: EXT-01
#   severity: high
#   kinds: [deployment]
#   actions: [deploy]
#   requires: [deployment]
#   controls: ["test/1"]
#   basis: default
#   foreign:
#     package: release
#     document: deployment
#     collections: [terms]
#     clock: pinned
#   remediation: Deploy again.
package assize.core.ext_01
`)},
		"platform/release.rego": {Data: []byte(`package release

# METADATA
# title: The term has not ended
# custom:
#   short_name: ended
#   collections: [terms]
deny contains {"code": "release.ended", "msg": "the term has ended"} if {
  time.now_ns() >= time.parse_rfc3339_ns(data.params.term_ends) }

# METADATA
# title: Never
# custom:
#   short_name: never
#   collections: [others]
deny contains {"code": "release.never", "msg": "never"} if { true }
`)},
	}
	terms := func(ends time.Time) m {
		return m{"thresholds": m{"auc_min": m{"value": 0.7, "basis": "default", "source": "the tests", "limits": m{"min": 0.5, "max": 1}},
			"term_ends": m{"value": ends.UTC().Format(time.RFC3339), "basis": "default", "source": "tests"}}}
	}
	b := benchWith(t, extra, terms(time.Unix(0, 0)))
	b.allowable(t)
	b.say(t, "deployment", "m", deploys("m"), "operator")
	b.parameters(t, terms(b.Clock.Now().Add(2*time.Hour)))
	var indices []uint64
	for _, want := range []gate.Verdict{gate.Allow, gate.Allow, gate.Deny} {
		a := b.ask(t, gate.Options{})
		f := finding(t, a, "EXT-01")
		at, err := time.Parse(time.RFC3339Nano, a.Decision.DecidedAt)
		if err != nil {
			t.Fatal(err)
		}
		only := at.Add(time.Nanosecond).Format(time.RFC3339Nano)
		if a.Decision.Verdict != want || a.Recorded == nil || f.HoldsFrom != a.Decision.DecidedAt || f.HoldsUntil != only ||
			a.Decision.HoldsFrom != a.Decision.DecidedAt || a.Decision.HoldsUntil != only || a.Decision.FlipsSearched != only || a.Decision.FlipsAt != "" || !a.Decision.Momentary() {
			t.Errorf("at %s: %s, %s, from %s until %s, searched to %q", at, a.Decision.Verdict, told(a), a.Decision.HoldsFrom, a.Decision.HoldsUntil, a.Decision.FlipsSearched)
		}
		indices = append(indices, a.Recorded.Index)
		raw, err := b.gate.ProofBundle(bg, a.Recorded.Index)
		if err != nil {
			t.Fatal(err)
		}
		if v, err := gate.VerifyBundle(bg, raw, b.VKey); err != nil || !v.Holds() {
			t.Errorf("proof bundle: %v, %v", v, err)
		}
		b.Clock.Advance(time.Hour)
	}
	if indices[0] == indices[1] || indices[1] == indices[2] {
		t.Errorf("one decision for several instants: %v", indices)
	}
	replayed := 0
	for _, g := range []*gate.Gate{b.gate, b.fresh()} {
		if err := g.Replay(bg, 0, func(r gate.Replayed) error {
			if replayed++; len(r.Differences)+len(r.Notes) > 0 {
				t.Errorf("decision %d judged again: %v %v", r.Index, r.Differences, r.Notes)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	if replayed != 6 {
		t.Errorf("%d decisions judged again, want each of 3 twice", replayed)
	}
}
