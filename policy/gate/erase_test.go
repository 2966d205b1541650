package gate_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/attesttest"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy/gate"
)

// erasure signs an erasure of entries.
func (b *bench) erasure(t *testing.T, entries []evidence.ErasedEntry, signer string) []byte {
	t.Helper()
	raw, err := evidence.NewErasure(entries, "GDPR Art 17(1)(b): consent was withdrawn", b.Log.Origin(), b.Clock.Now(), b.Signer(signer).Key)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// replayed judges one recorded decision again.
func (b *bench) replayed(t *testing.T, index uint64) gate.Replayed {
	t.Helper()
	var out gate.Replayed
	err := b.gate.Replay(bg, index, func(r gate.Replayed) error {
		if r.Index == index {
			out = r
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestErasure: evidence goes with every signing of it and every decision that
// quotes it; a decision that used it stays and says so; the bytes are not taken
// again.
func TestErasure(t *testing.T) {
	b := newBench(t)
	b.addSigner("officer", "officer@bank.example", []string{"compliance"}, system)
	said := b.allowable(t)
	allowed := b.ask(t, gate.Options{})
	if allowed.Decision.Verdict != gate.Allow || allowed.Recorded == nil {
		t.Fatal(told(allowed))
	}
	card := said["card"]
	rec, err := b.Log.Read(bg, card.Index)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := b.gate.PlanErasure(bg, card.ID)
	if err != nil || !slices.Contains(plan.Entries, evidence.EntryOf(rec)) {
		t.Fatalf("plan %+v, %v", plan, err)
	}
	if !slices.Contains(slices.Concat(plan.Using, plan.Quoting), allowed.Recorded.Index) {
		t.Errorf("the decision at %d rests on the card and is not in the plan %+v", allowed.Recorded.Index, plan)
	}
	for _, test := range []struct {
		name string
		raw  []byte
		want error
	}{
		{"not by a data steward", b.erasure(t, plan.Entries, "data-steward"), evidence.ErrNotEraser},
		{"another leaf", b.erasure(t, []evidence.ErasedEntry{{Index: card.Index, Leaf: strings.Repeat("0", 64)}}, "officer"), evidence.ErrStale},
		{"trust", b.erasure(t, []evidence.ErasedEntry{entryAt(t, b, 0)}, "admin"), evidence.ErrNotErasable},
		{"beyond the end", b.erasure(t, []evidence.ErasedEntry{{Index: 1 << 40, Leaf: strings.Repeat("0", 64)}}, "officer"), ledger.ErrNotFound},
		{"no erasure", b.Sign(attesttest.Statement("dataset-card", m{"id": "d", "version": "1"}, attesttest.Subject("d", "")), "data-steward"), attest.ErrMalformed},
	} {
		if _, _, err := b.gate.Erase(bg, test.raw); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
	before, err := b.gate.ProofBundle(bg, allowed.Recorded.Index)
	if err != nil {
		t.Fatal(err)
	}
	raw := b.erasure(t, plan.Entries, "officer")
	rc, _, err := b.gate.Erase(bg, raw)
	if err != nil {
		t.Fatal(err)
	}
	again, _, err := b.gate.Erase(bg, raw)
	if err != nil || again.Index != rc.Index || !again.Duplicate {
		t.Errorf("the same erasure again: %+v, %v", again, err)
	}
	for _, e := range plan.Entries {
		if rec, err := b.Log.Read(bg, e.Index); err != nil || !rec.Erased || rec.ErasedBy != rc.Index || rec.Payload != nil {
			t.Errorf("entry %d: %+v, %v", e.Index, rec, err)
		}
	}
	if _, err := b.Locker.Submit(bg, rec.Payload, ledger.WaitPublished); !errors.Is(err, evidence.ErrErased) {
		t.Errorf("the same bytes again: %v, want ErrErased", err)
	}
	if _, err := b.gate.PlanErasure(bg, card.ID); !errors.Is(err, evidence.ErrErased) {
		t.Errorf("a plan for what is erased: %v", err)
	}
	for _, i := range plan.Using {
		r := b.replayed(t, i)
		if len(r.Differences) > 0 || len(r.Erased) != 1 || r.Erased[0] != (gate.Erased{Index: card.Index, By: rc.Index}) || !strings.Contains(strings.Join(r.Notes, " "), "erased since") {
			t.Errorf("replay of %d: %+v", i, r)
		}
	}
	if v, err := gate.VerifyBundle(bg, before, b.VKey); err != nil || !v.Holds() {
		t.Errorf("a proof bundle from before the erasure: %v, %+v", err, v)
	}
	if slices.Contains(plan.Using, allowed.Recorded.Index) {
		after, err := b.gate.ProofBundle(bg, allowed.Recorded.Index)
		if err != nil {
			t.Fatal(err)
		}
		if v, err := gate.VerifyBundle(bg, after, b.VKey); err == nil && !v.Holds() && !strings.Contains(strings.Join(v.Notes, " "), "was erased at") ||
			err != nil && !strings.Contains(err.Error(), "was erased at") {
			t.Errorf("a proof bundle from after it does not say why: %v, %+v", err, v)
		}
	}
	for _, i := range plan.Quoting {
		if r := b.replayed(t, i); len(r.Differences) > 0 || len(r.Erased) != 1 || r.Erased[0] != (gate.Erased{Index: i, By: rc.Index}) || !strings.Contains(strings.Join(r.Notes, " "), "erased with it") {
			t.Errorf("replay of %d, which was erased: %+v", i, r)
		}
	}
	if a := b.ask(t, gate.Options{}); a.Decision.Verdict == gate.Allow {
		t.Errorf("allowed without the card: %s", told(a))
	}
	if rep, err := ledger.Check(bg, b.Store, b.VKey, ledger.CheckOptions{}); err != nil || !rep.OK() || rep.Erased != uint64(len(plan.Entries)) {
		t.Errorf("check: %+v, %v", rep, err)
	}
}

// TestErasureOfRevocation: a revocation cannot be got rid of by erasing it.
func TestErasureOfRevocation(t *testing.T) {
	b := newBench(t)
	said := b.allowable(t)
	rev := b.Submit(attesttest.Statement("revocation", m{"target": m{"kind": "attestation", "id": said["card"].ID}, "reason": "wrong_data", "systems": []string{system},
		"stated_at": b.Clock.Now().UTC().Format("2006-01-02T15:04:05Z")}, m{"name": system, "digest": m{"sha256": hex(system)}}), "data-steward")
	if _, err := b.gate.PlanErasure(bg, rev.ID); !errors.Is(err, evidence.ErrNotErasable) {
		t.Errorf("plan: %v, want ErrNotErasable", err)
	}
	if _, _, err := b.gate.Erase(bg, b.erasure(t, []evidence.ErasedEntry{entryAt(t, b, rev.Index)}, "admin")); !errors.Is(err, evidence.ErrNotErasable) {
		t.Errorf("erase: %v, want ErrNotErasable", err)
	}
}

// TestErasureTakesAllSignings: who erases evidence erases every copy that somebody
// else signed too.
func TestErasureTakesAllSignings(t *testing.T) {
	b := newBench(t)
	b.addSigner("steward2", "s2@bank.example", []string{"data-steward"}, system)
	st := attesttest.Statement("dataset-card", m{"id": "d", "version": "1"}, attesttest.Subject("d", ""))
	one, two := b.Submit(st, "data-steward"), b.Submit(st, "steward2")
	if one.ID != two.ID || one.Index == two.Index {
		t.Fatal("not two signings of one statement")
	}
	if _, _, err := b.gate.Erase(bg, b.erasure(t, []evidence.ErasedEntry{entryAt(t, b, one.Index)}, "admin")); !errors.Is(err, evidence.ErrStale) {
		t.Errorf("one signing only: %v, want ErrStale", err)
	}
	plan, err := b.gate.PlanErasure(bg, one.ID)
	if err != nil || len(plan.Entries) != 2 {
		t.Fatal(plan, err)
	}
	if _, _, err := b.gate.Erase(bg, b.erasure(t, plan.Entries, "admin")); err != nil {
		t.Error(err)
	}
}

func entryAt(t *testing.T, b *bench, index uint64) evidence.ErasedEntry {
	t.Helper()
	rec, err := b.Log.Read(bg, index)
	if err != nil {
		t.Fatal(err)
	}
	return evidence.EntryOf(rec)
}

// TestErasureTakesWhatQuotes: a decision that repeats what evidence says goes with
// it, and an erasure that leaves it is refused.
func TestErasureTakesWhatQuotes(t *testing.T) {
	b := newBench(t)
	b.allowable(t)
	bad := b.say(t, "eval-result", "m", m{"category": "performance", "metrics": []any{m{"name": "auc", "value": 0.5}}}, "evaluator")
	denied := b.ask(t, gate.Options{})
	if denied.Decision.Verdict != gate.Deny || denied.Recorded == nil {
		t.Fatal(told(denied))
	}
	plan, err := b.gate.PlanErasure(bg, bad.ID)
	if err != nil || !slices.Contains(plan.Quoting, denied.Recorded.Index) || len(plan.Entries) != 2 {
		t.Fatalf("%+v, %v", plan, err)
	}
	if _, _, err := b.gate.Erase(bg, b.erasure(t, plan.Entries[:1], "admin")); !errors.Is(err, evidence.ErrStale) {
		t.Errorf("without the decision that quotes it: %v, want ErrStale", err)
	}
	if _, _, err := b.gate.Erase(bg, b.erasure(t, plan.Entries, "admin")); err != nil {
		t.Fatal(err)
	}
	if r := b.replayed(t, denied.Recorded.Index); len(r.Differences) > 0 {
		t.Errorf("%+v", r)
	}
}

// TestErasureScope: compliance erases what concerns its own systems.
func TestErasureScope(t *testing.T) {
	b := newBench(t)
	b.addSigner("elsewhere", "e@bank.example", []string{"compliance"}, "system:other")
	card := b.allowable(t)["card"]
	if _, _, err := b.gate.Erase(bg, b.erasure(t, []evidence.ErasedEntry{entryAt(t, b, card.Index)}, "elsewhere")); !errors.Is(err, attest.ErrScope) {
		t.Errorf("%v, want ErrScope", err)
	}
}
