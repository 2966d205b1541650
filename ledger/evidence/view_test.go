package evidence_test

import (
	"context"
	"errors"
	"testing"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/ledger/evidence/evidencetest"
)

// A view of the past shows what counted then: evidence that came later is not
// there, a revocation that came later revokes nothing.
func TestViewOfThePast(t *testing.T) {
	ctx := context.Background()
	r := evidencetest.New(t)
	first := r.Submit(card(r, "d"), "data-steward")
	r.Submit(trained(r, "m", nil, "d"), "developer")
	then := r.Size()
	r.Submit(revoke(r, "subject", string(ref("d")), nil), "revoker")
	r.Submit(card(r, "later"), "data-steward")

	for name, c := range map[string]struct {
		view    evidence.View
		tainted bool
	}{
		"then":            {r.Locker.At(then), false},
		"now":             {r.Locker.Now(), true},
		"beyond the head": {r.Locker.At(r.Size() + 7), true},
	} {
		g, err := c.view.Lineage(ctx, ref("m"), evidence.Up)
		if err != nil {
			t.Fatal(err)
		}
		if len(g.Nodes) != 2 || g.Nodes[0].Tainted != c.tainted {
			t.Errorf("%s: %d things, tainted %v, want 2 and %v", name, len(g.Nodes), g.Nodes[0].Tainted, c.tainted)
		}
		if items, err := c.view.About(ctx, ref("later")); err != nil || (len(items) == 1) != c.tainted {
			t.Errorf("%s: %d statements about what came later, %v", name, len(items), err)
		}
	}
	if _, err := r.Locker.At(first.Index).Find(ctx, first.ID); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("before it was appended it was found: %v", err)
	}
	if items, err := r.Locker.At(first.Index+1).Find(ctx, first.ID); err != nil || items[0].State != evidence.OK {
		t.Errorf("once it was appended: %v, %v", items, err)
	}
}

// What was erased is gone from the views of the time before its erasure too.
func TestViewShowsNothingErased(t *testing.T) {
	ctx := context.Background()
	r := evidencetest.New(t)
	sub := r.Submit(card(r, "d"), "data-steward")
	then := r.Size()
	view := r.Locker.At(then)
	if items, err := view.Find(ctx, sub.ID); err != nil || items[0].State != evidence.OK {
		t.Fatalf("before: %v, %v", items, err)
	}
	if _, err := r.Log.Erase(ctx, sub.Index, ledger.Entry{Kind: evidence.KindErasure, MediaType: "application/json", Payload: []byte("{}")}, ledger.WaitPublished); err != nil {
		t.Fatal(err)
	}
	items, err := view.Find(ctx, sub.ID)
	if err != nil || len(items) != 1 || items[0].State != evidence.Erased || items[0].Statement != nil {
		t.Errorf("after: %+v, %v", items, err)
	}
}
