package watch_test

import (
	"testing"
	"time"

	"github.com/assize-dev/assize/policy/watch"
)

// terms are the waivers after all that happened.
func (b *bench) terms() []watch.Term {
	b.t.Helper()
	b.system()
	return b.board.Terms("waiver")
}

func TestWaiversStandAsTheyAreUsed(t *testing.T) {
	b := newBench(t)
	b.profile("Credit scoring", "high_annex_iii")
	bad := b.result(0.6)
	b.approval(1000 * time.Hour)
	b.ask()
	used := b.waiver(24*time.Hour, nil, bad.ID)
	if w := b.terms(); len(w) != 1 || w[0].Asked || w[0].Standing(b.Clock.Now()) != watch.InForce || w[0].Rules[0] != "EVL-01" || w[0].RequestedBy == "" || w[0].ApprovedBy == "" || w[0].Why != "until retrained" {
		t.Fatalf("before anybody asked: %+v", w)
	}
	b.ask()
	w := b.terms()
	if !w[0].Asked || len(w[0].Uses) != 1 || w[0].Uses[0].System != system || w[0].Standing(b.Clock.Now()) != watch.InForce {
		t.Errorf("in use: %+v", w[0])
	}
	if got := w[0].Standing(w[0].Ends); got != watch.Ended {
		t.Errorf("at its end it is %s", got)
	}
	next := b.waiver(48*time.Hour, m{"supersedes": []string{used.ID}}, bad.ID)
	b.result(0.8)
	b.say("revocation", "m", m{"target": m{"kind": "attestation", "id": bad.ID}, "reason": "wrong_data"}, "evaluator")
	b.ask()
	emergency := b.waiver(72*time.Hour, m{"break_glass": true, "review_by": b.in(2 * time.Hour)}, bad.ID)
	w = b.terms()
	if len(w) != 3 {
		t.Fatalf("%d waivers", len(w))
	}
	for _, one := range w {
		want := map[string]string{used.ID: watch.Succeeded, next.ID: watch.Orphaned, emergency.ID: watch.InForce}[one.ID]
		if got := one.Standing(b.Clock.Now()); got != want {
			t.Errorf("%s is %s, want %s: %+v", one.ID, got, want, one)
		}
	}
	if w[0].ID != emergency.ID || !w[0].BreakGlass || w[0].Ends.Sub(b.Clock.Now()) > 2*time.Hour {
		t.Errorf("a waiver of an emergency ends with its review: %+v", w[0])
	}
	b.say("revocation", "m", m{"target": m{"kind": "attestation", "id": emergency.ID}, "reason": "wrong_data"}, "revoker")
	for _, one := range b.terms() {
		if one.ID == emergency.ID && one.Standing(b.Clock.Now()) != watch.Withheld {
			t.Errorf("revoked: %+v", one)
		}
	}
}

// A statement signed again is one statement.
func TestTermsAreCountedOnce(t *testing.T) {
	b := newBench(t)
	bad := b.result(0.6)
	id := b.waiver(24*time.Hour, nil, bad.ID).ID
	rec, err := b.Log.Read(t.Context(), b.Size()-1)
	if err != nil {
		t.Fatal(err)
	}
	items, err := b.Locker.Find(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	again := b.Submit(items[0].Statement.Raw, "developer", "risk", "compliance")
	if rec.Index == again.Index || again.ID != id {
		t.Fatalf("it is not a further leaf of the same: %+v", again)
	}
	if err := b.board.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if w := b.board.Terms("waiver"); len(w) != 1 || w[0].Index != rec.Index {
		t.Errorf("%+v", w)
	}
}
