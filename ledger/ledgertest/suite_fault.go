package ledgertest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/assize-dev/assize/ledger"
)

func startFaulty(t *testing.T, open Opener) (*Faulty, *ledger.Log) {
	t.Helper()
	dir := t.TempDir()
	s := open(t, dir)
	t.Cleanup(func() { _ = s.Close() })
	f := &Faulty{Store: s}
	return f, OpenConfig(t, dir, ledger.Config{Store: f, Patience: 100 * time.Millisecond})
}

func testFailedCommit(t *testing.T, open Opener) {
	ctx := context.Background()
	f, l := startFaulty(t, open)
	appendOne(t, l, entry("1"))
	f.Inject(FailBefore)
	if _, err := l.Append(ctx, entry("2"), ledger.WaitPublished); !errors.Is(err, ErrInjected) {
		t.Errorf("append: %v, want the store's error", err)
	}
	if r := appendOne(t, l, entry("3")); r.Index != 1 {
		t.Errorf("index %d after a failed commit, want 1", r.Index)
	}
	check(t, f)
}

func testAmbiguous(t *testing.T, open Opener) {
	ctx := context.Background()
	f, l := startFaulty(t, open)
	e := entry("1")
	e.Identity = identity(1)
	f.Inject(LostAnswer)
	if r := appendOne(t, l, e); r.Index != 0 || r.Duplicate {
		t.Errorf("the commit took place and its answer was lost: %+v", r)
	}
	f.Inject(LostCommit)
	e2 := entry("2")
	e2.Identity = identity(2)
	if _, err := l.Append(ctx, e2, ledger.WaitPublished); err == nil || errors.Is(err, ledger.ErrAmbiguous) {
		t.Errorf("the commit did not take place: %v", err)
	}
	if r := appendOne(t, l, e2); r.Index != 1 || r.Duplicate {
		t.Errorf("sent again: %+v", r)
	}
	f.Inject(LostBoth)
	e3 := entry("3")
	e3.Identity = identity(3)
	_, err := l.Append(ctx, e3, ledger.WaitPublished)
	if !errors.Is(err, ledger.ErrAmbiguous) || !errors.Is(err, ledger.ErrReadOnly) {
		t.Errorf("neither commit nor store could be seen: %v, want ErrAmbiguous and ErrReadOnly", err)
	}
	if why := l.ReadOnlyReason(); why == "" {
		t.Error("the store cannot be read, and the log gives no reason")
	}
	f.Mend()
	if r := appendOne(t, l, e3); r.Index != 2 || !r.Duplicate {
		t.Errorf("sent again once the store can be read: %+v, want the entry that took place", r)
	}
	check(t, f)
}

func testFull(t *testing.T, open Opener) {
	ctx := context.Background()
	f, l := startFaulty(t, open)
	first := appendOne(t, l, entry("1"))
	f.Inject(FailFull, FailFull)
	for range 2 {
		if _, err := l.Append(ctx, entry("2"), ledger.WaitPublished); !errors.Is(err, ledger.ErrReadOnly) || !errors.Is(err, ledger.ErrFull) {
			t.Errorf("append to a full store: %v, want ErrReadOnly for ErrFull", err)
		}
		if why := l.ReadOnlyReason(); why == "" {
			t.Error("a full store gives no reason")
		}
		if rec, err := l.Read(ctx, first.Index); err != nil || rec.LeafHash != first.LeafHash {
			t.Errorf("a full store lost an acknowledged entry: %v", err)
		}
	}
	if r := appendOne(t, l, entry("3")); r.Index != 1 {
		t.Errorf("index %d once there is room, want 1", r.Index)
	}
	if why := l.ReadOnlyReason(); why != "" {
		t.Errorf("there is room, and the log says %q", why)
	}
	check(t, f)
}
