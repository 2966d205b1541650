package gate_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/attesttest"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/ledger/evidence/evidencetest"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
)

var bg = context.Background()

// benchWith is newBench with more rules.
func benchWith(tb testing.TB, extra fstest.MapFS, change m) *bench {
	tb.Helper()
	all := maps.Clone(rules)
	for k, v := range extra {
		all[k] = v
	}
	return benchOf(tb, all, change)
}

func benchOf(tb testing.TB, all fstest.MapFS, change m) *bench {
	tb.Helper()
	b := &bench{Rig: evidencetest.New(tb)}
	var err error
	if b.set, err = policy.LoadSet(all); err != nil {
		tb.Fatal(err)
	}
	if _, err := b.Locker.PublishSet(bg, b.set.Digest(), b.set.Archive()); err != nil {
		tb.Fatal(err)
	}
	b.gate = gate.New(gate.Config{Locker: b.Locker, Signer: b.DecisionKey, Clock: b.Clock.Now})
	b.parameters(tb, change)
	return b
}

// fresh is another replica: new locker (no cache), new gate, same log.
func (b *bench) fresh() *gate.Gate {
	l := evidence.New(evidence.Config{Log: b.Log, IdentityKey: make([]byte, 32), Clock: b.Clock.Now})
	return gate.New(gate.Config{Locker: l, Signer: b.DecisionKey, Clock: b.Clock.Now})
}

var qm = gate.Question{Subject: attest.RefOf("m"), System: system, Action: "deploy", Environment: "production"}

func (b *bench) freshAsk(tb testing.TB, q gate.Question) gate.Answer {
	tb.Helper()
	a, err := b.fresh().Decide(bg, q, gate.Options{})
	if err != nil {
		tb.Fatalf("fresh gate: %v", err)
	}
	return a
}

func (b *bench) erase(tb testing.TB, index uint64) {
	tb.Helper()
	_, err := b.Log.Erase(bg, index, ledger.Entry{Kind: evidence.KindErasure, MediaType: "application/json", Payload: []byte(`{}`)}, ledger.WaitPublished)
	if err != nil {
		tb.Fatal(err)
	}
}

func (b *bench) addSigner(id, principal string, roles []string, about ...string) {
	b.Signers = append(b.Signers, attesttest.Signer{ID: id, Principal: principal, Key: attesttest.Key(nilTB{}, attest.ECDSAP256, "x-"+id), Roles: roles, About: about})
	b.Rebuild()
	b.ActivateTrust()
}

type nilTB struct{ testing.TB }

func (nilTB) Helper() {}

func (b *bench) stmt(typ, subject string, p m) []byte {
	full := m{"stated_at": b.Clock.Now().UTC().Format(time.RFC3339), "systems": []string{system}}
	for k, v := range p {
		full[k] = v
	}
	return attesttest.Statement(typ, full, attesttest.Subject(subject, hex(subject)))
}

func r256(s string) string { return "sha256:" + hex(s) }

func result(v float64) m {
	return m{"category": "performance", "metrics": []any{m{"name": "auc", "value": v}}}
}

// crash: a re-signed statement that carries edges.
func TestResignedEdgesCrash(t *testing.T) {
	defer func() {
		if p := recover(); p != nil {
			t.Errorf("PANIC: %v", p)
		}
	}()
	b := newBench(t)
	b.allowable(t)
	st := b.stmt("training-run", "m", m{"inputs": []any{m{"digest": r256("d"), "role": "training"}}, "run_id": "1"})
	b.Submit(st, "developer")
	b.Submit(st, "builder")
	a, err := b.gate.Decide(bg, qm, gate.Options{})
	t.Logf("%v %v", err, told(a))
	if err != nil {
		t.Errorf("Decide: %v", err)
	}
}

// producer hides failing result by revoking its own signer.
func TestSelfRevokedSigner(t *testing.T) {
	b := newBench(t)
	b.allowable(t)
	b.Clock.Advance(time.Hour)
	from := b.Clock.Now()
	b.Clock.Advance(time.Minute)
	b.say(t, "eval-result", "m", result(0.4), "evaluator")
	if a := b.ask(t, gate.Options{}); a.Decision.Verdict != gate.Deny {
		t.Fatalf("setup: %s", told(a))
	}
	b.Clock.Advance(time.Minute)
	b.say(t, "revocation", "x", m{"target": m{"kind": "signer", "id": "evaluator"}, "effective_at": from.Format(time.RFC3339), "reason": "key_compromise"}, "evaluator")
	a := b.ask(t, gate.Options{})
	if a.Decision.Verdict == gate.Allow {
		t.Errorf("the evaluator alone withdrew its failing result and kept the passing one: %s %s", a.Decision.Verdict, told(a))
	}
}

// a training run superseded by one for another system loses its lineage.
func TestSupersededElsewhereHidesLineage(t *testing.T) {
	b := newBench(t)
	said := b.allowable(t)
	b.say(t, "revocation", "d", m{"target": m{"kind": "subject", "id": r256("d")}, "reason": "consent_withdrawn"}, "data-steward")
	if a := b.ask(t, gate.Options{}); a.Decision.Verdict != gate.Deny {
		t.Fatalf("setup %s", told(a))
	}
	b.say(t, "dataset-card", "e", m{"id": "e", "version": "1"}, "data-steward")
	b.Clock.Advance(time.Second)
	b.say(t, "training-run", "m", m{"systems": []string{"system:other"}, "supersedes": []string{said["run"].ID}, "inputs": []any{m{"digest": r256("zz"), "role": "training"}}}, "developer")
	a := b.ask(t, gate.Options{})
	t.Logf("%s %s", a.Decision.Verdict, told(a))
	for _, f := range a.Decision.Findings {
		if f.Rule == "LIN-03" && f.Subject.Kind == "model" && f.Status == policy.StatusPass {
			t.Errorf("LIN-03 on the model passes although it was trained on a revoked dataset; cites %+v", f.Evidence)
		}
	}
}

// erased evidence, cached.
func TestErasedEvidenceIsStillJudged(t *testing.T) {
	b := newBench(t)
	said := b.allowable(t)
	if a := b.ask(t, gate.Options{}); a.Decision.Verdict != gate.Allow {
		t.Fatal(told(a))
	}
	b.erase(t, said["result"].Index)
	if a := b.ask(t, gate.Options{}); a.Decision.Verdict == gate.Allow {
		t.Errorf("held answer: allowed on erased evidence, recorded %+v", a.Recorded)
	}
	// Something that touches the question: the held answer ends, the item cache does not.
	b.say(t, "dataset-card", "d", m{"id": "d", "version": "2"}, "data-steward")
	if a := b.ask(t, gate.Options{}); a.Decision.Verdict == gate.Allow {
		t.Errorf("item cache: allowed on erased evidence, recorded %+v", a.Recorded)
	}
	if a := b.freshAsk(t, qm); a.Decision.Verdict == gate.Allow {
		t.Errorf("fresh replica: allowed on erased evidence")
	} else {
		t.Logf("fresh replica says %s %s", a.Decision.Verdict, told(a))
	}
}

// erased revocation lifts it, and the bundle needs no tombstone.
func TestErasedRevocation(t *testing.T) {
	b := newBench(t)
	b.allowable(t)
	rev := b.say(t, "revocation", "d", m{"target": m{"kind": "subject", "id": r256("d")}, "reason": "consent_withdrawn"}, "data-steward")
	if a := b.ask(t, gate.Options{}); a.Decision.Verdict != gate.Deny {
		t.Fatal(told(a))
	}
	b.erase(t, rev.Index)
	a := b.freshAsk(t, qm)
	if a.Decision.Verdict == gate.Allow {
		t.Errorf("erasing the revocation lifts it: %s", told(a))
		raw, err := b.fresh().ProofBundle(bg, a.Recorded.Index)
		if err != nil {
			t.Fatal(err)
		}
		v, err := gate.VerifyBundle(bg, raw, b.VKey)
		t.Logf("bundle: %v %v", err, v != nil && v.Holds())
		if strings.Contains(string(raw), `\"kind\":\"erasure\"`) {
			t.Log("bundle carries the tombstone")
		} else {
			t.Errorf("the bundle holds without any tombstone in it: an item without payload is taken as erased on the sender's word")
		}
	}
}

// erased plan silently falls back to default.
func TestErasedPlanFallsBackToDefault(t *testing.T) {
	for _, how := range []string{"erased", "untrusted"} {
		t.Run(how, func(t *testing.T) {
			b := newBench(t)
			plan := b.Submit(attesttest.Statement("eval-plan", m{"stated_at": b.Clock.Now().UTC().Format(time.RFC3339), "systems": []string{system},
				"parameters": m{"auc_min": 0.9}, "metrics": []any{m{"name": "auc", "comparator": ">=", "threshold": 0.9}}}, m{"name": system, "digest": m{"sha256": hex(system)}}), "risk")
			b.Clock.Advance(time.Hour)
			b.allowable(t)
			if a := b.ask(t, gate.Options{}); a.Decision.Verdict != gate.Deny {
				t.Fatal(told(a))
			}
			if how == "erased" {
				b.erase(t, plan.Index)
			} else {
				b.Signer("risk").CompromisedAt = b.Clock.Now().Add(-2 * time.Hour)
				b.Rebuild()
				b.ActivateTrust()
			}
			if a := b.freshAsk(t, qm); a.Decision.Verdict == gate.Allow {
				t.Errorf("the tightening plan is %s and the default rules silently: %s", how, told(a))
			}
		})
	}
}

// multi-system: worst verdict.
func TestWorstVerdictAcrossSystems(t *testing.T) {
	med := fstest.MapFS{"core/med_01/med_01.rego": rule("core.med_01", "MED-01", "medium", `["model"]`, `["validation"]`, `[]`, `
pass if count(input.evidence.validation) > 0
`)}
	b := benchOf(t, med, m{"thresholds": m{}, "gates": []any{m{"environment": "production", "systems": []string{"*"}, "actions": []string{"deploy"},
		"packs": []string{"core"}, "blocks": []string{"critical", "high"}, "warns": []string{"medium", "low"}}}})
	run := m{"inputs": []any{m{"digest": r256("d"), "role": "training"}}, "systems": []string{system, "system:b"}}
	b.say(t, "training-run", "m", run, "developer")
	b.say(t, "validation", "m", m{"conclusion": "fit"}, "validator")
	one := func(sys string) gate.Verdict {
		q := qm
		q.System = sys
		return b.question(t, q, gate.Options{}).Decision.Verdict
	}
	a, bb, all := one(system), one("system:b"), one("")
	t.Logf("credit %s, b %s, unnamed %s", a, bb, all)
	if all == gate.Allow && bb != gate.Allow {
		t.Errorf("without a system: %s, though system:b alone is %s", all, bb)
	}
}

// basis hole: the same principal signs again with a key of another role.
func TestBasisForgetsRolesAndAssurance(t *testing.T) {
	extra := fstest.MapFS{"core/asr_01/asr_01.rego": rule("core.asr_01", "ASR-01", "high", `["dataset"]`, `["dataset-card"]`, `["data-rights"]`, `
pass if {
	some c in input.evidence["dataset-card"]
	c.assurance == "signed"
}
deny contains {"msg": "only imported", "path": ""} if {
	some c in input.evidence["dataset-card"]
	c.assurance == "imported"
}
`)}
	b := benchWith(t, extra, m{})
	b.Signer("importer").Principal = b.Signer("data-steward").Principal
	b.Rebuild()
	b.ActivateTrust()
	st := b.stmt("dataset-card", "d", m{"id": "d", "version": "1"})
	b.Submit(st, "importer")
	b.say(t, "data-rights", "d", m{"lawful_basis": "6(1)(a)"}, "data-steward")
	b.say(t, "training-run", "m", m{"inputs": []any{m{"digest": r256("d"), "role": "training"}}}, "developer")
	b.say(t, "eval-result", "m", result(0.78), "evaluator")
	first := b.ask(t, gate.Options{})
	b.Submit(st, "data-steward")
	second := b.ask(t, gate.Options{})
	dry := b.ask(t, gate.Options{DryRun: true})
	t.Logf("before %s\nafter (recorded) %s\nafter (judged) %s", told(first), told(second), told(dry))
	if told(second) != told(dry) {
		t.Errorf("recorded answer is stale: judged afresh %s, answered %s (same basis %v)", told(dry), told(second), dry.Decision.Basis == second.Decision.Basis)
	}
}

// the approval of one model is carried to another by the operator.
func TestApprovalCarriedByDeployment(t *testing.T) {
	b := newBench(t)
	b.allowable(t) // m is approved
	b.say(t, "training-run", "n", m{"inputs": []any{m{"digest": r256("d"), "role": "training"}}}, "developer")
	b.say(t, "eval-result", "n", result(0.75), "evaluator")
	q := qm
	q.Subject = attest.RefOf("n")
	if a := b.question(t, q, gate.Options{}); a.Decision.Verdict != gate.Deny {
		t.Fatalf("setup: %s", told(a))
	}
	b.say(t, "deployment", "m", m{"environment": "production", "state": "requested", "model": r256("m"), "image": r256("n")}, "operator")
	a := b.question(t, q, gate.Options{})
	t.Logf("%s %s", a.Decision.Verdict, told(a))
	if a.Decision.Verdict == gate.Allow {
		t.Errorf("model n, never approved, is allowed on the approval of m: an operator called n an image of m")
	}
}

// image with two models, one approved.
func TestImageOfTwoModels(t *testing.T) {
	b := newBench(t)
	b.allowable(t)
	b.say(t, "training-run", "n", m{"inputs": []any{m{"digest": r256("d"), "role": "training"}}}, "developer")
	b.say(t, "eval-result", "n", result(0.75), "evaluator")
	b.say(t, "deployment", "m", m{"environment": "production", "state": "retired", "model": r256("m"), "image": r256("img")}, "operator")
	b.Clock.Advance(time.Second)
	b.say(t, "deployment", "n", m{"environment": "production", "state": "requested", "model": r256("n"), "image": r256("img")}, "operator")
	b.Submit(attesttest.Statement("slsa-provenance", m{"buildDefinition": m{"buildType": "https://build.example/v1", "externalParameters": m{}}, "runDetails": m{"builder": m{"id": "https://build.example"}}}, attesttest.Subject("img", hex("img"))), "builder")
	q := qm
	q.Subject = attest.RefOf("img")
	a := b.question(t, q, gate.Options{})
	t.Logf("%s %s inquiry %v", a.Decision.Verdict, told(a), a.Inquiry)
	if a.Decision.Verdict == gate.Allow {
		t.Errorf("the image packages n, which nobody approved; allowed on the approval of m")
	}
}

// re-sign to become principal, then supersede.
func TestResignThenSupersede(t *testing.T) {
	b := newBench(t)
	b.addSigner("steward2", "other@bank.example", []string{"data-steward"}, system)
	// the builder's run names d; developer re-signs it and replaces it
	b.say(t, "dataset-card", "e", m{"id": "e", "version": "1"}, "data-steward")
	b.say(t, "dataset-card", "d", m{"id": "d", "version": "1"}, "data-steward")
	b.say(t, "revocation", "d", m{"target": m{"kind": "subject", "id": r256("d")}, "reason": "consent_withdrawn"}, "data-steward")
	st := b.stmt("training-run", "m", m{"inputs": []any{m{"digest": r256("d"), "role": "training"}}})
	x := b.Submit(st, "builder")
	b.Clock.Advance(time.Second)
	clean := m{"inputs": []any{m{"digest": r256("e"), "role": "training"}}, "supersedes": []string{x.ID}}
	b.say(t, "training-run", "m", clean, "developer")
	trust, _ := b.Locker.ActiveTrust(bg)
	gather := func() string {
		d, err := b.Locker.Gather(bg, evidence.NewReading(b.Log, b.Size()), trust, evidence.Query{Subject: attest.RefOf("m"), System: system, Action: "deploy", Environment: "production", Origin: evidencetest.Origin})
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, n := range d.Nodes {
			out = append(out, n.Name)
		}
		return strings.Join(out, ",")
	}
	before := gather()
	b.Submit(st, "developer") // signs the builder's statement too
	after := gather()
	t.Logf("nodes before %s, after %s", before, after)
	if strings.Contains(before, "d") && !strings.Contains(after, "d") {
		t.Errorf("signing somebody else's statement again made its signer one of its principals, who may then replace it: lineage %s became %s", before, after)
	}
}

// re-signature resurrects what its own principal revoked.
func TestResignatureResurrects(t *testing.T) {
	b := newBench(t)
	st := b.stmt("dataset-card", "d", m{"id": "d", "version": "1"})
	x := b.Submit(st, "data-steward")
	b.Clock.Advance(time.Second)
	b.say(t, "revocation", "d", m{"target": m{"kind": "attestation", "id": x.ID}, "reason": "wrong_data"}, "data-steward")
	q := gate.Question{Subject: attest.RefOf("d"), System: system, Action: "train", Environment: "production"}
	before := b.question(t, q, gate.Options{DryRun: true})
	b.Submit(st, "importer")
	after := b.question(t, q, gate.Options{DryRun: true})
	t.Logf("before %s %s; after %s %s", before.Decision.Verdict, told(before), after.Decision.Verdict, told(after))
	if before.Decision.Verdict == gate.Deny && after.Decision.Verdict == gate.Allow {
		t.Errorf("the revoked attestation %s counts again because an importer signed the same bytes", x.ID[:12])
	}
}

// misfiled leaves: an operator files good evidence under other keys.
func (b *bench) misfile(tb testing.TB, raw []byte, typ string, keys ...ledger.Key) {
	tb.Helper()
	if _, err := b.Log.Append(bg, ledger.Entry{Kind: evidence.KindAttestation, MediaType: "application/vnd.dsse.envelope.v1+json",
		Labels: []string{attest.TypeURI(typ)}, Keys: keys, Payload: raw}, ledger.WaitPublished); err != nil {
		tb.Fatal(err)
	}
}

func TestMisfiledEvidence(t *testing.T) {
	b := newBench(t)
	said := b.allowable(t)
	_ = said
	// n: a model with a training run, no result; approved only for staging.
	b.say(t, "training-run", "n", m{"inputs": []any{m{"digest": r256("d"), "role": "training"}}}, "developer")
	staging := b.Sign(b.stmt("approval", "n", m{"environment": "staging", "stage": "deploy", "decision": "approved", "model": r256("n"), "actions": []string{"deploy"},
		"log_origin": evidencetest.Origin, "valid_until": b.Clock.Now().Add(48 * time.Hour).UTC().Format(time.RFC3339)}), "approver")
	goodOfM := b.Sign(b.stmt("eval-result", "m", result(0.9)), "evaluator")
	b.misfile(t, goodOfM, "eval-result", ledger.MakeKey("subject", r256("n")))
	b.misfile(t, staging, "approval", ledger.MakeKey("deployment", system+"\nproduction"))
	q := qm
	q.Subject = attest.RefOf("n")
	a := b.question(t, q, gate.Options{})
	t.Logf("%s %s", a.Decision.Verdict, told(a))
	if a.Decision.Verdict != gate.Allow {
		return
	}
	raw, err := b.gate.ProofBundle(bg, a.Recorded.Index)
	if err != nil {
		t.Fatal(err)
	}
	v, err := gate.VerifyBundle(bg, raw, b.VKey)
	if err == nil && v.Holds() && v.Anchored {
		t.Errorf("model n, evaluated by nobody and approved for staging only, is allowed in production and the bundle verifies against the pinned key: notes %v", v.Notes)
	}
}

// backdated decisions.
func TestBackdatedDecisionVerifies(t *testing.T) {
	b := newBench(t)
	b.allowable(t)
	b.Clock.Advance(30 * 24 * time.Hour) // approval lapsed
	if a := b.ask(t, gate.Options{}); a.Decision.Verdict != gate.Deny {
		t.Fatal(told(a))
	}
	// evidence that came only now, judged at an instant before it existed
	b.say(t, "dataset-card", "d", m{"id": "d", "version": "2"}, "data-steward")
	back := gate.New(gate.Config{Locker: b.Locker, Signer: b.DecisionKey, Clock: func() time.Time { return b.Clock.Now().Add(-29 * 24 * time.Hour) }})
	a, err := back.Decide(bg, qm, gate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s recorded %+v decided_at %s", a.Decision.Verdict, a.Recorded, a.Decision.DecidedAt)
	if a.Recorded == nil {
		return
	}
	raw, err := b.gate.ProofBundle(bg, a.Recorded.Index)
	if err != nil {
		t.Fatal(err)
	}
	v, err := gate.VerifyBundle(bg, raw, b.VKey)
	if err == nil && v.Holds() && a.Decision.Verdict == gate.Allow {
		t.Errorf("an allow decided_at %s, 29 days before the log took it (%s) and before evidence it rests on, verifies; notes %v", a.Decision.DecidedAt, a.Recorded.Time, v.Notes)
	}
}

// VSA that contradicts its decision.
func TestVSASaysOtherwise(t *testing.T) {
	b := newBench(t)
	b.allowable(t)
	good := b.ask(t, gate.Options{})
	b.Clock.Advance(72 * time.Hour)
	bad := b.ask(t, gate.Options{})
	if bad.Decision.Verdict != gate.Deny {
		t.Fatal(told(bad))
	}
	_, g, _ := gate.ReadDecision(bg, b.Log, good.Recorded.Index)
	e, _ := b.Log.Read(bg, bad.Recorded.Index)
	var rec gate.Record
	if err := json.Unmarshal(e.Payload, &rec); err != nil {
		t.Fatal(err)
	}
	rec.VSA, rec.SVR = g.VSA, json.RawMessage(`{"junk":true}`)
	payload, err := attest.CanonicalJSON(rec)
	if err != nil {
		t.Fatal(err)
	}
	rc, err := b.Log.Append(bg, ledger.Entry{Kind: evidence.KindDecision, MediaType: gate.MediaType, Labels: e.Leaf.Labels, Keys: e.Leaf.Keys, Signer: e.Leaf.Signer, Payload: payload}, ledger.WaitPublished)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := b.gate.ProofBundle(bg, rc.Index)
	if err != nil {
		t.Fatal(err)
	}
	v, err := gate.VerifyBundle(bg, raw, b.VKey)
	if err == nil && v.Holds() {
		t.Errorf("a deny whose record carries a VSA saying PASSED and an SVR that is junk verifies")
	}
}

// nondeterministic reason of an untrusted waiver.
func TestWaiverReasonIsRandom(t *testing.T) {
	b := newBench(t)
	b.allowable(t)
	b.say(t, "waiver", "m", m{"environment": "production", "actions": []string{"deploy"}, "log_origin": evidencetest.Origin, "rules": []string{"EVL-01"}, "subjects": []string{r256("m")},
		"evidence": []string{strings.Repeat("0", 64)}, "reason": "x", "requested_by": attesttest.Principal("developer"), "approved_by": attesttest.Principal("risk"),
		"expires_at": b.Clock.Now().Add(time.Hour * 24).UTC().Format(time.RFC3339)}, "developer", "risk")
	b.Signer("developer").Principal, b.Signer("risk").Principal = "dev@new.example", "risk@new.example"
	b.Rebuild()
	b.ActivateTrust()
	seen := map[string]int{}
	for range 40 {
		a, err := b.fresh().Decide(bg, qm, gate.Options{DryRun: true})
		if err != nil {
			t.Fatal(err)
		}
		seen[a.Decision.Basis]++
	}
	if len(seen) > 1 {
		t.Errorf("the same evidence, rules, parameters, trust and instant have %d bases: %v", len(seen), seen)
	}
}

// unbounded recording with a gate for all systems.
func TestRandomSystemsGrowTheLedger(t *testing.T) {
	b := benchWith(t, nil, m{"gates": []any{m{"environment": "production", "systems": []string{"*"}, "actions": []string{"train", "deploy"},
		"packs": []string{"core"}, "blocks": []string{"critical", "high"}, "warns": []string{"medium", "low"}}}})
	b.allowable(t)
	raw := attesttest.Statement("slsa-provenance", m{"buildDefinition": m{"buildType": "https://build.example/v1", "externalParameters": m{}}, "runDetails": m{"builder": m{"id": "https://build.example"}}}, attesttest.Subject("m", hex("m")))
	b.Submit(raw, "builder")
	size := b.Size()
	for i := range 10 {
		q := qm
		q.System = fmt.Sprint("system:random", i)
		b.question(t, q, gate.Options{})
	}
	if b.Size() != size {
		t.Errorf("ten questions about systems nobody ever named grew the ledger by %d", b.Size()-size)
	}
}

// kind label hides an ancestor from rules that select by kind.
func TestKindLabelHides(t *testing.T) {
	extra := fstest.MapFS{"core/bas_01/bas_01.rego": rule("core.bas_01", "BAS-01", "high", `["deployment"]`, `[]`, `["eval-result"]`, `
low contains s.ref if {
	some s in input.related.subjects
	s.kind == "model"
	some r in s.evidence["eval-result"]
	some m in r.predicate.metrics
	m.value < 0.6
}
pass if {
	input.subject.known
	count(low) == 0
}
deny contains {"msg": s, "path": ""} if some s in low
`)}
	b := benchWith(t, extra, m{})
	b.allowable(t)
	b.say(t, "training-run", "m2", m{"inputs": []any{m{"digest": r256("d"), "role": "training"}}, "base_models": []any{m{"digest": r256("base")}}}, "developer")
	b.say(t, "eval-result", "m2", result(0.9), "evaluator")
	b.say(t, "eval-result", "base", result(0.2), "evaluator")
	q := qm
	q.Subject = attest.RefOf("m2")
	status := func() string {
		for _, f := range b.question(t, q, gate.Options{DryRun: true}).Decision.Findings {
			if f.Rule == "BAS-01" {
				return string(f.Status)
			}
		}
		return "?"
	}
	before := status()
	b.say(t, "dataset-card", "base", m{"id": "base", "version": "1"}, "data-steward")
	after := status()
	t.Logf("before %s after %s", before, after)
	if before == "fail" && after == "pass" {
		t.Errorf("a data steward called the base model a dataset, and a rule over models no longer sees it")
	}
}

// erased evidence of an ancestor is invisible to the rule that reads it there.
func TestErasedAncestorEvidence(t *testing.T) {
	extra := fstest.MapFS{"core/rig_01/rig_01.rego": rule("core.rig_01", "RIG-01", "high", `["model"]`, `["training-run"]`, `["data-quality"]`, `
bad contains n.ref if {
	some n in input.ancestors
	some q in n.evidence["data-quality"]
	some c in q.predicate.checks
	c.passed == false
}
pass if {
	count(input.evidence["training-run"]) > 0
	count(bad) == 0
}
deny contains {"msg": s, "path": ""} if some s in bad
`)}
	b := benchWith(t, extra, m{})
	b.allowable(t)
	dq := b.say(t, "data-quality", "d", m{"checks": []any{m{"name": "x", "passed": false}}}, "data-steward")
	status := func() string {
		a, err := b.fresh().Decide(bg, qm, gate.Options{DryRun: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range a.Decision.Findings {
			if f.Rule == "RIG-01" {
				return string(f.Status)
			}
		}
		return "?"
	}
	before := status()
	b.erase(t, dq.Index)
	after := status()
	t.Logf("before %s after %s", before, after)
	if after == "pass" {
		t.Errorf("a failing report about an ancestor was erased and the rule that reads that type passes (was %s)", before)
	}
}

// an incident closed by somebody else.
func TestIncidentClosedBySomebodyElse(t *testing.T) {
	extra := fstest.MapFS{"core/inc_01/inc_01.rego": rule("core.inc_01", "INC-01", "critical", `["deployment"]`, `[]`, `["incident"]`, `
pass if {
	input.subject.known
	count(input.related.incidents) == 0
}
deny contains {"msg": i.predicate.id, "path": ""} if some i in input.related.incidents
`)}
	b := benchWith(t, extra, m{})
	b.addSigner("operator2", "op2@bank.example", []string{"operator"}, system)
	b.allowable(t)
	inc := func(status, by string) {
		b.Submit(attesttest.Statement("incident", m{"stated_at": b.Clock.Now().UTC().Format(time.RFC3339), "systems": []string{system}, "id": "INC-1", "environment": "production", "status": status},
			m{"name": system, "digest": m{"sha256": hex(system)}}), by)
	}
	inc("open", "operator")
	if a := b.ask(t, gate.Options{}); a.Decision.Verdict != gate.Deny {
		t.Fatal(told(a))
	}
	b.Clock.Advance(time.Second)
	inc("closed", "operator2")
	if a := b.ask(t, gate.Options{}); a.Decision.Verdict == gate.Allow {
		t.Errorf("an operator who did not open the incident closed it with no word of the one who did")
	}
}

// an erased decision makes its basis unanswerable.
func TestErasedDecisionBlocks(t *testing.T) {
	b := newBench(t)
	b.allowable(t)
	a := b.ask(t, gate.Options{})
	b.erase(t, a.Recorded.Index)
	if _, err := b.fresh().Decide(bg, qm, gate.Options{}); err != nil {
		t.Errorf("after a decision was erased the question errors for ever: %v", err)
	}
}

// misplaced waiver is not told on the finding.
func TestMisplacedWaiverIsNotTold(t *testing.T) {
	for name, change := range map[string]m{"other action": {"actions": []string{"train"}}, "other environment": {"environment": "staging"}, "other log": {"log_origin": "elsewhere"}, "other system": {"systems": []string{"system:other"}}} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.allowable(t)
			res := b.say(t, "eval-result", "m", result(0.3), "evaluator")
			p := m{"environment": "production", "actions": []string{"deploy"}, "log_origin": evidencetest.Origin, "rules": []string{"EVL-01"}, "subjects": []string{r256("m")},
				"evidence": []string{res.ID}, "reason": "x", "requested_by": attesttest.Principal("developer"), "approved_by": attesttest.Principal("risk"),
				"expires_at": b.Clock.Now().Add(time.Hour * 24).UTC().Format(time.RFC3339)}
			for k, v := range change {
				p[k] = v
			}
			b.say(t, "waiver", "m", p, "developer", "risk")
			a := b.ask(t, gate.Options{})
			raw, _ := json.Marshal(a.Decision.Findings)
			if !strings.Contains(string(raw), "does not help") {
				t.Errorf("%s: no finding says why the waiver does not help", name)
			}
		})
	}
}

// revocation of a signer does not reach its undo.
func TestRevokedRevokerLifts(t *testing.T) {
	b := newBench(t)
	b.addSigner("revoker2", "rev2@bank.example", []string{"revoker"}, "*")
	b.allowable(t)
	b.say(t, "revocation", "d", m{"target": m{"kind": "subject", "id": r256("d")}, "reason": "consent_withdrawn"}, "data-steward")
	b.say(t, "revocation", "x", m{"target": m{"kind": "signer", "id": "revoker2"}, "reason": "key_compromise"}, "revoker")
	b.Clock.Advance(time.Second)
	b.say(t, "revocation", "d", m{"target": m{"kind": "subject", "id": r256("d")}, "undo": true}, "revoker2")
	if a := b.ask(t, gate.Options{}); a.Decision.Verdict == gate.Allow {
		t.Errorf("a revoker whose signer was revoked before lifted a revocation: %s", told(a))
	}
}

// org-evidence about an organisation is never found.
func TestOrgEvidence(t *testing.T) {
	extra := fstest.MapFS{"core/org_01/org_01.rego": rule("core.org_01", "ORG-01", "medium", `["deployment"]`, `["org-evidence"]`, `[]`, `
pass if count(input.evidence["org-evidence"]) > 0
`)}
	b := benchWith(t, extra, m{})
	b.allowable(t)
	b.Submit(attesttest.Statement("org-evidence", m{"stated_at": b.Clock.Now().UTC().Format(time.RFC3339), "systems": []string{system}, "topic": "qms"}, m{"name": "org:bank", "digest": m{"sha256": hex("org:bank")}}), "compliance")
	for _, f := range b.ask(t, gate.Options{}).Decision.Findings {
		if f.Rule == "ORG-01" && f.Status != policy.StatusPass {
			t.Errorf("org-evidence about org:bank for this system: %s %s", f.Status, f.Reason)
		}
	}
}

// rules that pass in silence and load.
func TestHiddenEvaluationData(t *testing.T) {
	b := newBench(t)
	b.allowable(t)
	full := m{"stated_at": b.Clock.Now().UTC().Format(time.RFC3339), "systems": []string{system}, "dataset": r256("d"), "split": "test", "category": "performance", "metrics": []any{m{"name": "auc", "value": 0.99}}}
	b.Submit(attesttest.Statement("eval-result", full, attesttest.Subject("q", hex("q")), attesttest.Subject("d", hex("d"))), "evaluator")
	trust, _ := b.Locker.ActiveTrust(bg)
	d, err := b.Locker.Gather(bg, evidence.NewReading(b.Log, b.Size()), trust, evidence.Query{Subject: attest.RefOf("q"), System: system, Action: "deploy", Environment: "production", Origin: evidencetest.Origin})
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Nodes[0].Parents) == 0 {
		t.Errorf("an evaluation of q on d that names d as a subject too leaves no evaluated-on edge: kinds %v", d.Nodes[0].Kinds)
	}
}
