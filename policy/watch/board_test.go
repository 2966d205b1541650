package watch_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/attesttest"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/ledger/evidence/evidencetest"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
	"github.com/assize-dev/assize/policy/watch"
)

const system = "system:credit-scoring"

type m = map[string]any

func hex(s string) string { return strings.TrimPrefix(string(attest.RefOf(s)), "sha256:") }

// A result has a floor, and an approval an end.
var rules = fstest.MapFS{
	"core/evl_01/evl_01.rego": rule("core.evl_01", "EVL-01", "high", "model", "eval-result", `
low contains m if {
	some r in input.evidence["eval-result"]
	some m in r.predicate.metrics
	m.value < 0.7
}

pass if {
	count(input.evidence["eval-result"]) > 0
	count(low) == 0
}

deny contains {"msg": sprintf("%s is %v", [m.name, m.value]), "path": "metrics"} if some m in low
`),
	"core/app_01/app_01.rego": rule("core.app_01", "APP-01", "critical", "deployment", "approval", `
pass if {
	some a in input.evidence.approval
	a.predicate.decision == "approved"
	not assize.reached(a.predicate.valid_until)
}
`),
}

func rule(pkg, id, severity, kind, requires, body string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte(fmt.Sprintf(`# METADATA
# title: Rule %[2]s
# description: A rule of the board's tests.
# custom:
#   id: %[2]s
#   severity: %[3]s
#   kinds: ["%[4]s"]
#   actions: ["deploy"]
#   requires: ["%[5]s"]
#   controls: ["test/1"]
#   basis: default
#   remediation: Mend the evidence and sign it again.
package assize.%[1]s

import rego.v1
%[6]s`, pkg, id, severity, kind, requires, body))}
}

// bench is a ledger with rules, a gate and a board over it.
type bench struct {
	*evidencetest.Rig
	t     *testing.T
	gate  *gate.Gate
	board *watch.Board
}

func newBench(t *testing.T) *bench {
	t.Helper()
	ctx := context.Background()
	b := &bench{Rig: evidencetest.New(t), t: t}
	set, err := policy.LoadSet(rules)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Locker.PublishSet(ctx, set.Digest(), set.Archive()); err != nil {
		t.Fatal(err)
	}
	b.gate = gate.New(gate.Config{Locker: b.Locker, Signer: b.DecisionKey, Clock: b.Clock.Now})
	raw, err := json.Marshal(m{"v": 1, "set": set.Digest(), "waivers": m{"high": 90}, "thresholds": m{},
		"gates": []any{m{"environment": "production", "systems": []string{"*"}, "actions": []string{"deploy"}, "packs": []string{"core"}, "blocks": []string{"critical", "high"}, "warns": []string{"medium", "low"}}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.gate.Activate(ctx, b.Activation(evidence.KindParameters, raw, "admin")); err != nil {
		t.Fatal(err)
	}
	b.board = watch.New(b.Locker)
	return b
}

func (b *bench) say(typ, subject string, p m, signers ...string) evidence.Accepted {
	b.t.Helper()
	b.Clock.Advance(time.Second)
	full := m{"stated_at": b.Clock.Now().UTC().Format(time.RFC3339), "systems": []string{system}}
	for k, v := range p {
		full[k] = v
	}
	return b.Submit(attesttest.Statement(typ, full, attesttest.Subject(subject, hex(subject))), signers...)
}

func (b *bench) in(d time.Duration) string { return b.Clock.Now().Add(d).UTC().Format(time.RFC3339) }

func (b *bench) profile(name, tier string) evidence.Accepted {
	b.t.Helper()
	return b.say("system-profile", system, m{"system_id": system, "name": name, "owner": "risk office", "risk_tier": tier}, "compliance")
}

func (b *bench) result(value float64) evidence.Accepted {
	b.t.Helper()
	return b.say("eval-result", "m", m{"category": "performance", "metrics": []any{m{"name": "auc", "value": value}}}, "evaluator")
}

func (b *bench) approval(d time.Duration) evidence.Accepted {
	b.t.Helper()
	return b.say("approval", "m", m{"environment": "production", "stage": "deploy", "decision": "approved", "model": string(attest.RefOf("m")),
		"actions": []string{"deploy"}, "log_origin": evidencetest.Origin, "valid_until": b.in(d)}, "approver")
}

func (b *bench) waiver(d time.Duration, change m, evidence ...string) evidence.Accepted {
	b.t.Helper()
	p := m{"environment": "production", "actions": []string{"deploy"}, "log_origin": evidencetest.Origin, "rules": []string{"EVL-01"}, "subjects": []string{string(attest.RefOf("m"))},
		"evidence": evidence, "reason": "until retrained", "requested_by": attesttest.Principal("developer"), "approved_by": attesttest.Principal("risk"), "expires_at": b.in(d)}
	for k, v := range change {
		p[k] = v
	}
	return b.say("waiver", "m", p, "developer", "risk")
}

func (b *bench) ask() gate.Answer {
	b.t.Helper()
	a, err := b.gate.Decide(context.Background(), gate.Question{Subject: attest.RefOf("m"), System: system, Action: "deploy", Environment: "production"}, gate.Options{})
	if err != nil {
		b.t.Fatal(err)
	}
	return a
}

// system is how the board shows the system of the tests now.
func (b *bench) system() watch.System {
	b.t.Helper()
	if err := b.board.CatchUp(context.Background()); err != nil {
		b.t.Fatal(err)
	}
	s, ok := b.board.System(system, b.Clock.Now())
	if !ok {
		b.t.Fatal("the board does not know the system")
	}
	return s
}

func TestBoardFollowsDecisionsAndProfiles(t *testing.T) {
	b := newBench(t)
	if err := b.board.CatchUp(context.Background()); err != nil || b.board.List(watch.Query{Limit: 10}, b.Clock.Now()).Total != 0 {
		t.Fatalf("an empty ledger: %v", err)
	}
	b.profile("Credit scoring", "high_annex_iii")
	b.result(0.8)
	b.approval(48 * time.Hour)
	first := b.ask()
	s := b.system()
	if s.Name != "Credit scoring" || s.Owner != "risk office" || s.Tier != "high_annex_iii" || !s.Profiled || len(s.Environments) != 1 {
		t.Fatalf("%+v", s)
	}
	w := s.Environments[0].Worst()
	if w.Verdict != gate.Allow || w.ID != first.Recorded.ID || w.FlipsTo != gate.Deny && w.FlipsTo != gate.Indeterminate || w.Lapsed(b.Clock.Now()) || !w.Lapsed(w.FlipsAt) {
		t.Errorf("%+v", w)
	}
	l := b.board.List(watch.Query{Limit: 10}, w.FlipsAt.Add(time.Second))
	if l.Verdicts["lapsed"] != 1 || l.Counts[1][4] == 0 {
		t.Errorf("after it flips: %+v", l)
	}
	up := b.board.Upcoming(b.Clock.Now(), 10)
	if len(up) != 2 || up[0].Kind != "flip" || up[1].Kind != "approval" || !up[0].At.Equal(up[1].At) {
		t.Errorf("upcoming: %+v", up)
	}
	b.result(0.6)
	second := b.ask()
	s = b.system()
	if w = s.Environments[0].Worst(); w.Verdict != gate.Deny || w.Before != gate.Allow || w.ID != second.Recorded.ID || w.Counts.Of(policy.StatusFail) != 1 {
		t.Errorf("after a bad result: %+v", w)
	}
	if c := b.board.Changes(5); len(c) != 1 || c[0].From != gate.Allow || c[0].To != gate.Deny || c[0].System != system {
		t.Errorf("changes: %+v", c)
	}
	if open, n := b.board.Failing("EVL-01", 5); n != 1 || open[0].Status != policy.StatusFail || open[0].Effect != gate.Blocks {
		t.Errorf("failing: %+v", open)
	}
	if cols, n := b.board.Matrix("production", "CREDIT", 0, 5); n != 1 || cols[0].Rules["EVL-01"] != policy.StatusFail || cols[0].Rules["APP-01"] != policy.StatusPass {
		t.Errorf("matrix: %+v", cols)
	}
	g := b.board.Growth()
	if len(g) != 1 || g[0].Decisions != 2 || g[0].All != int(b.Size()) || b.board.Read() != b.Size() {
		t.Errorf("growth: %+v of %d, read %d", g, b.Size(), b.board.Read())
	}
}

func TestBoardIsBuiltAgainTheSame(t *testing.T) {
	b := newBench(t)
	b.profile("Credit scoring", "high_annex_iii")
	bad := b.result(0.6)
	b.approval(48 * time.Hour)
	b.ask()
	b.waiver(240*time.Hour, nil, bad.ID)
	b.ask()
	followed := b.system() // some of it read earlier would be the same
	fresh := watch.New(b.Locker)
	if err := fresh.CatchUp(context.Background()); err != nil {
		t.Fatal(err)
	}
	again, _ := fresh.System(system, b.Clock.Now())
	if x, y := fmt.Sprintf("%+v", followed), fmt.Sprintf("%+v", again); x == y {
		return
	}
	t.Errorf("%+v\n%+v", followed, again)
}

// The past stands still: what came later is not on its board.
func TestBoardOfThePast(t *testing.T) {
	b := newBench(t)
	b.profile("Credit scoring", "high_annex_iii")
	b.result(0.8)
	b.approval(48 * time.Hour)
	first := b.ask()
	then := b.Size()
	b.result(0.6)
	b.ask()
	b.profile("Another name", "minimal")
	past := watch.At(b.Locker, then)
	for range 2 {
		if err := past.CatchUp(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	s, _ := past.System(system, b.Clock.Now())
	if past.Read() != then || s.Name != "Credit scoring" || s.Environments[0].Worst().ID != first.Recorded.ID || len(past.Changes(9)) != 0 {
		t.Errorf("read %d of %d: %+v", past.Read(), then, s)
	}
}

// What does not count is not shown as if it did, and what was erased is gone.
func TestBoardLeavesOutWhatDoesNotCount(t *testing.T) {
	b := newBench(t)
	first := b.profile("Credit scoring", "high_annex_iii")
	b.result(0.8)
	b.approval(48 * time.Hour)
	a := b.ask()
	b.system()
	b.say("revocation", system, m{"target": m{"kind": "attestation", "id": first.ID}, "reason": "wrong_data"}, "revoker")
	if s := b.system(); s.Profiled || s.Name != "" || !strings.Contains(s.Why, "revoked") {
		t.Errorf("after its profile was revoked: %+v", s)
	}
	second := b.profile("Renamed", "high_annex_iii")
	if s := b.system(); s.Name != "Renamed" || s.Profile != second.Index {
		t.Errorf("after a new one: %+v", s)
	}
	b.result(0.6)
	b.ask()
	b.system()
	size := b.Size()
	for _, index := range []uint64{second.Index, b.board.Changes(1)[0].Index} {
		b.erase(index)
	}
	s := b.system()
	if s.Profiled || s.Name != "" || len(s.Environments) != 0 || len(b.board.Changes(9)) != 0 {
		t.Errorf("after profile and decision were erased: %+v, changes %+v", s, b.board.Changes(9))
	}
	past := watch.At(b.Locker, size)
	if err := past.CatchUp(context.Background()); err != nil {
		t.Fatal(err)
	}
	if s, _ := past.System(system, b.Clock.Now()); s.Name != "" || s.Environments[0].Worst().ID != a.Recorded.ID || past.Left().Erased != 1 || b.board.Erasures() != 2 || past.Erasures() != 0 {
		t.Errorf("on the board of before: %+v, left out %+v, erasures %d", s, past.Left(), b.board.Erasures())
	}
}

func (b *bench) erase(index uint64) {
	b.t.Helper()
	rec, err := b.Log.Read(context.Background(), index)
	if err != nil {
		b.t.Fatal(err)
	}
	raw, err := evidence.NewErasure([]evidence.ErasedEntry{evidence.EntryOf(rec)}, "GDPR Art 17(1)(b)", b.Log.Origin(), b.Clock.Now(), b.Signer("compliance").Key)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, _, err := b.gate.Erase(context.Background(), raw); err != nil {
		b.t.Fatal(err)
	}
}

// A decision that no key of the trust signed is counted and not shown.
func TestBoardBelievesNobodyElsesDecisions(t *testing.T) {
	b := newBench(t)
	b.result(0.8)
	b.approval(48 * time.Hour)
	stranger := gate.New(gate.Config{Locker: b.Locker, Signer: attesttest.Key(t, attest.ECDSAP256, "stranger"), Clock: b.Clock.Now})
	a, err := stranger.Decide(context.Background(), gate.Question{Subject: attest.RefOf("m"), System: system, Action: "deploy", Environment: "production"}, gate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.board.CatchUp(context.Background()); err != nil {
		t.Fatal(err)
	}
	_, known := b.board.System(system, b.Clock.Now())
	if left := b.board.Left(); known || a.Recorded != nil && left.Unverified != 1 {
		t.Errorf("known %v, recorded %v, left out %+v", known, a.Recorded, left)
	}
}
