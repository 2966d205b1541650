package gate_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/attesttest"
	"github.com/assize-dev/assize/ledger/evidence/evidencetest"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
)

// back wants every deployment to name a rollback target that the gate would let in.
var back = fstest.MapFS{"core/bck_01/bck_01.rego": rule("core.bck_01", "BCK-01", "high", `["deployment"]`, `["deployment"]`, `[]`, `
pass if {
	count(input.evidence.deployment) > 0
	every d in input.evidence.deployment {
		some target in input.related.rollbacks
		target.ref == d.predicate.rollback_target
		target.known
		count(target.revoked) == 0
		target.verdict == "allow"
	}
}

deny contains {"msg": sprintf("%s: %s %s %s", [target.ref, finding.rule, finding.status, concat("; ", finding.says)]), "path": ""} if {
	some target in input.related.rollbacks
	target.verdict != "allow"
	some finding in target.findings
	finding.status != "pass"
}
`)}

func deploys(model string, targets ...string) m {
	p := m{"environment": "production", "state": "running", "model": r256(model)}
	if len(targets) > 0 {
		p["rollback_target"] = r256(targets[0])
	}
	return p
}

func (b *bench) approve(t *testing.T, model string, until time.Time) {
	t.Helper()
	b.say(t, "approval", model, m{"environment": "production", "stage": "deploy", "decision": "approved", "model": r256(model),
		"actions": []string{"deploy"}, "log_origin": evidencetest.Origin, "valid_until": until.UTC().Format(time.RFC3339)}, "approver")
}

func finding(t *testing.T, a gate.Answer, id string) gate.Finding {
	t.Helper()
	i := slices.IndexFunc(a.Decision.Findings, func(f gate.Finding) bool { return f.Rule == id })
	if i < 0 {
		t.Fatalf("no finding of %s in %s", id, told(a))
	}
	return a.Decision.Findings[i]
}

// A rollback target is what the gate says of it: the same rules over the same ledger
// at the same instant, in the basis, in the interval and in the proof bundle.
func TestRollbackTargetIsJudged(t *testing.T) {
	b := benchWith(t, back, m{})
	b.allowable(t)
	b.say(t, "deployment", "m", deploys("m", "old"), "operator")
	first := b.ask(t, gate.Options{})
	f := finding(t, first, "BCK-01")
	if f.Status != policy.StatusFail || !strings.Contains(f.Messages[0].Msg, "APP-01 missing") {
		t.Fatalf("with nothing known of the target: %s %v", f.Status, f.Messages)
	}

	b.say(t, "training-run", "old", m{"inputs": []any{m{"digest": r256("d"), "role": "training"}}}, "developer")
	until := b.Clock.Now().Add(24 * time.Hour)
	b.approve(t, "old", until)
	second := b.ask(t, gate.Options{})
	if f := finding(t, second, "BCK-01"); f.Status != policy.StatusPass || second.Decision.Verdict != gate.Allow {
		t.Fatalf("with an approval of the target: %s %v, %s", f.Status, f.Messages, told(second))
	} else if f.HoldsUntil != until.UTC().Format(time.RFC3339) {
		t.Errorf("it holds until %s, the target's approval until %s", f.HoldsUntil, until)
	} else if !slices.ContainsFunc(f.Evidence, func(c policy.Cite) bool { return c.Type == "approval" }) {
		t.Errorf("it does not cite the approval it rests on: %v", f.Evidence)
	}
	if first.Decision.Basis == second.Decision.Basis {
		t.Error("what is known of the target is not in the basis")
	}
	if second.Decision.FlipsTo != gate.Deny || second.Decision.FlipsAt != f.HoldsUntil && second.Decision.FlipsAt != until.UTC().Format(time.RFC3339) {
		t.Errorf("flips at %q to %q", second.Decision.FlipsAt, second.Decision.FlipsTo)
	}

	// What findings cite can be listed.
	c, err := b.gate.Case(context.Background(), qm, gate.Options{})
	if err != nil || len(c.Beside()) != 1 || c.Beside()[0].Subject != attest.RefOf("old") {
		t.Errorf("beside the question: %v, %v", c.Beside(), err)
	}

	// A stranger who was sent the bundle comes to the same, and replay does.
	raw, err := b.gate.ProofBundle(context.Background(), second.Recorded.Index)
	if err != nil {
		t.Fatal(err)
	}
	v, err := gate.VerifyBundle(context.Background(), raw, b.VKey)
	if err != nil || !v.Holds() {
		t.Fatalf("bundle: %v, %v", v, err)
	}

	// The same as the gate says when it is asked about the target itself.
	q := qm
	q.Subject = attest.RefOf("old")
	for at, want := range map[time.Time]policy.Status{until.Add(-time.Second): policy.StatusPass, until: policy.StatusFail} {
		itself := finding(t, b.question(t, q, gate.Options{At: &at}), "APP-01")
		if f := finding(t, b.ask(t, gate.Options{At: &at}), "BCK-01"); f.Status != want || itself.Status != want {
			t.Errorf("at %s the target is %s, asked by itself %s, want %s", at, f.Status, itself.Status, want)
		}
	}

	// Revoked, it is nothing to return to.
	b.Submit(attesttest.Statement("revocation", m{"target": m{"kind": "subject", "id": r256("old")}, "reason": "unfit", "stated_at": b.Clock.Now().UTC().Format(time.RFC3339),
		"systems": []string{system}}, attesttest.Subject("old", hex("old"))), "revoker")
	if f := finding(t, b.ask(t, gate.Options{}), "BCK-01"); f.Status != policy.StatusFail {
		t.Errorf("with a revoked target: %s", f.Status)
	}
}

// No rule that reads rollback targets: nobody asks about them, and the basis is as if
// there were none.
func TestRollbackTargetsAreJudgedForRulesThatReadThem(t *testing.T) {
	b := newBench(t)
	b.allowable(t)
	b.say(t, "deployment", "m", deploys("m", "old"), "operator")
	before := b.ask(t, gate.Options{DryRun: true})
	b.say(t, "training-run", "old", m{"inputs": []any{m{"digest": r256("d"), "role": "training"}}}, "developer")
	if after := b.ask(t, gate.Options{DryRun: true}); after.Decision.Basis != before.Decision.Basis {
		t.Error("evidence about a model no rule asks about changed the basis")
	}
}

func TestMaxRollbacks(t *testing.T) {
	b := benchWith(t, back, m{})
	b.allowable(t)
	for i := range gate.MaxRollbacks {
		target := fmt.Sprint("old", i)
		b.say(t, "training-run", target, m{"inputs": []any{m{"digest": r256("d"), "role": "training"}}}, "developer")
		b.approve(t, target, b.Clock.Now().Add(24*time.Hour))
		p := deploys("m", target)
		p["endpoint"] = target
		b.say(t, "deployment", "m", p, "operator")
	}
	if f := finding(t, b.ask(t, gate.Options{}), "BCK-01"); f.Status != policy.StatusPass {
		t.Fatalf("%d targets: %s %v", gate.MaxRollbacks, f.Status, f.Messages)
	}
	p := deploys("m", "one-more")
	p["endpoint"] = "one-more"
	b.say(t, "training-run", "one-more", m{"inputs": []any{m{"digest": r256("d"), "role": "training"}}}, "developer")
	b.approve(t, "one-more", b.Clock.Now().Add(24*time.Hour))
	b.say(t, "deployment", "m", p, "operator")
	if f := finding(t, b.ask(t, gate.Options{}), "BCK-01"); f.Status == policy.StatusPass {
		t.Error("one more: it passes, though one was not judged")
	}
}
