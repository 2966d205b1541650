package ledgertest

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assize-dev/assize/ledger"
)

func testExclusive(t *testing.T, open Opener) {
	ctx := context.Background()
	s := open(t, t.TempDir())
	defer s.Close()
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 10 {
				err := s.Append(ctx, func(tx ledger.Tx) error {
					return tx.Write(next(t, s, tx.Head(), strconv.Itoa(g*10+i)))
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if h, err := s.Head(ctx); err != nil || h.Size != 80 {
		t.Errorf("size %d after 80 transactions of one entry, %v: one was lost", h.Size, err)
	}
}

func testReopen(t *testing.T, open Opener) {
	ctx := context.Background()
	dir := t.TempDir()
	var receipts []ledger.Receipt
	for range 3 {
		s := open(t, dir)
		l := Open(t, s, dir)
		if why := l.ReadOnlyReason(); why != "" {
			t.Fatal(why)
		}
		receipts = append(receipts, appendMany(t, l, 150, ledger.WaitPublished, func(i int) ledger.Entry {
			return entry(strconv.Itoa(i))
		})...)
		size, root, cp, err := l.Head(ctx)
		if err != nil || size != uint64(len(receipts)) {
			t.Fatalf("head of size %d, %v: want %d", size, err, len(receipts))
		}
		if c, err := ledger.ParseCheckpoint(cp, Signer(t).VerifierKey()); err != nil || c.Size != size || c.Root != root {
			t.Errorf("checkpoint: %v", err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := l.Append(ctx, entry("late"), ledger.WaitSequenced); !errors.Is(err, ledger.ErrClosed) {
			t.Errorf("append after close: %v", err)
		}
		stored, err := s.Checkpoint(ctx)
		if err != nil || string(stored) != string(cp) {
			t.Errorf("the store's checkpoint is not the newest after close: %q, %v", stored, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, dir)
	defer s.Close()
	l := OpenConfig(t, dir, ledger.Config{Store: s, ReadOnly: true})
	for i, r := range receipts {
		rec, err := l.Read(ctx, r.Index)
		if err != nil || r.Index != uint64(i) || rec.LeafHash != r.LeafHash {
			t.Fatalf("entry %d after opening again: %v", r.Index, err)
		}
	}
	if _, err := l.Append(ctx, entry("x"), ledger.WaitSequenced); !errors.Is(err, ledger.ErrReadOnly) {
		t.Errorf("append without a key: %v", err)
	}
	if rep := check(t, s); rep.Size != 450 {
		t.Errorf("check saw %d entries", rep.Size)
	}
}

func testConcurrent(t *testing.T, open Opener) {
	s, l := start(t, open)
	receipts := appendMany(t, l, 1000, ledger.WaitPublished, func(i int) ledger.Entry {
		e := entry(strconv.Itoa(i), ledger.MakeKey("i", strconv.Itoa(i)))
		e.Identity = identity(i)
		return e
	})
	for i, r := range receipts {
		if r.Index != uint64(i) || r.Duplicate {
			t.Fatalf("receipt %d: index %d, duplicate %v", i, r.Index, r.Duplicate)
		}
		if i > 0 && r.Time.Before(receipts[i-1].Time) {
			t.Errorf("entry %d is older than the one before it", i)
		}
		verify(t, r)
	}
	check(t, s)
}

func testDuplicates(t *testing.T, open Opener) {
	ctx := context.Background()
	dir := t.TempDir()
	s := open(t, dir)
	l := Open(t, s, dir)
	const same, copies = 20, 16
	receipts := appendMany(t, l, same*copies, ledger.WaitPublished, func(i int) ledger.Entry {
		e := entry("copy " + strconv.Itoa(i))
		e.Identity = identity(i % same)
		return e
	})
	first := 0
	for _, r := range receipts {
		verify(t, r)
		if !r.Duplicate {
			first++
		}
	}
	if h, _ := s.Head(ctx); first != same || h.Size != same {
		t.Errorf("%d first receipts and %d entries, want %d", first, h.Size, same)
	}
	for _, wait := range []ledger.Wait{ledger.WaitPublished, ledger.WaitSequenced} {
		e := entry("again")
		e.Identity = identity(3)
		r, err := l.Append(ctx, e, wait)
		i, ok, err2 := l.LookupIdentity(ctx, e.Identity)
		if err != nil || err2 != nil || !ok || !r.Duplicate || r.Index != i {
			t.Errorf("repetition: %+v, %v, %v; stored at %d", r, err, err2, i)
		}
		if rec, err := l.Read(ctx, i); err != nil || rec.LeafHash != r.LeafHash || !rec.Leaf.Time.Equal(r.Time) {
			t.Errorf("the receipt is not that of the stored entry: %v", err)
		}
	}
	if _, ok, err := l.LookupIdentity(ctx, identity(999)); ok || err != nil {
		t.Errorf("unknown identity: %v, %v", ok, err)
	}
	_ = l.Close()
	_ = s.Close()
	s = open(t, dir)
	defer s.Close()
	l = Open(t, s, dir)
	e := entry("after opening again")
	e.Identity = identity(3)
	if r := appendOne(t, l, e); !r.Duplicate || r.Size != same {
		t.Errorf("after opening again: %+v", r)
	}
	// Entries without identity are never repetitions.
	a, b := appendOne(t, l, entry("same")), appendOne(t, l, entry("same"))
	if a.Index == b.Index || b.Duplicate {
		t.Error("an entry without identity was taken for a repetition")
	}
}

func testGuard(t *testing.T, open Opener) {
	ctx := context.Background()
	_, l := start(t, open)
	key := ledger.MakeKey("active", "trust")
	guarded := func(from uint64) ledger.Entry {
		e := entry("activation", key)
		e.Guard, e.GuardFrom = []ledger.Key{key}, from
		return e
	}
	appendOne(t, l, entry("before", key))
	var wg sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for range 20 {
		wg.Go(func() {
			_, err := l.Append(ctx, guarded(1), ledger.WaitPublished)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won++
			} else if !errors.Is(err, ledger.ErrConflict) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won != 1 {
		t.Errorf("%d of 20 guarded entries got in, want one", won)
	}
	if _, err := l.Append(ctx, guarded(1), ledger.WaitSequenced); !errors.Is(err, ledger.ErrConflict) {
		t.Errorf("guard from 1: %v, want ErrConflict", err)
	}
	appendOne(t, l, guarded(2))
}

func testTime(t *testing.T, open Opener) {
	dir := t.TempDir()
	s := open(t, dir)
	if shared, ok := s.(ledger.Shared); ok {
		testSharedTime(t, shared, open, dir)
		_ = s.Close()
		return
	}
	base := time.Date(2026, 1, 2, 3, 4, 5, 123456789, time.FixedZone("", 3600))
	clock := NewClock(base)
	l := OpenConfig(t, dir, ledger.Config{Store: s, Clock: clock.Now})
	first := appendOne(t, l, entry("1"))
	if want := base.Truncate(time.Microsecond); !first.Time.Equal(want) {
		t.Errorf("time %v, want %v", first.Time, want)
	}
	clock.Set(base.Add(-time.Hour))
	if r := appendOne(t, l, entry("2")); !r.Time.Equal(first.Time) {
		t.Errorf("with the clock an hour back: %v, want %v", r.Time, first.Time)
	}
	_ = l.Close()
	_ = s.Close()
	s = open(t, dir)
	defer s.Close()
	l = OpenConfig(t, dir, ledger.Config{Store: s, Clock: clock.Now})
	if r := appendOne(t, l, entry("3")); !r.Time.Equal(first.Time) {
		t.Errorf("opened again with the clock an hour back: %v, want %v", r.Time, first.Time)
	}
	clock.Set(base.Add(time.Hour))
	if r := appendOne(t, l, entry("4")); !r.Time.Equal(base.Add(time.Hour).Truncate(time.Microsecond)) {
		t.Errorf("with the clock ahead: %v", r.Time)
	}
}

func testErase(t *testing.T, open Opener) {
	ctx := context.Background()
	s, l := start(t, open)
	key := ledger.MakeKey("subject", "x")
	for i := range 5 {
		e := entry("payload "+strconv.Itoa(i), key)
		e.Identity = identity(i)
		appendOne(t, l, e)
	}
	tombstone := entry("reason: Art 17")
	tombstone.Kind = "erasure"
	r, err := l.Erase(ctx, 2, tombstone, ledger.WaitPublished)
	if err != nil || r.Index != 5 {
		t.Fatal(r, err)
	}
	verify(t, r)
	rec, err := l.Read(ctx, 2)
	if err != nil || !rec.Erased || rec.ErasedBy != 5 || rec.Payload != nil || rec.Salt != [32]byte{} {
		t.Errorf("erased entry: %+v, %v", rec, err)
	}
	if got, err := l.Lookup(ctx, key, 100); err != nil || len(got) != 5 {
		t.Errorf("lookup after erasure: %v, %v: an erased entry must still be named", got, err)
	}
	if got, err := l.Lookup(ctx, ledger.ErasureKey(2), 100); err != nil || len(got) != 1 || got[0] != 5 {
		t.Errorf("tombstone is not found by its erasure key: %v, %v", got, err)
	}
	if rec, err := l.Read(ctx, 3); err != nil || string(rec.Payload) != "payload 3" {
		t.Errorf("another entry: %q, %v", rec.Payload, err)
	}
	e := entry("payload 2", key)
	e.Identity = identity(2)
	if _, err := l.Append(ctx, e, ledger.WaitPublished); !errors.Is(err, ledger.ErrErased) {
		t.Errorf("the erased bytes sent again: %v, want ErrErased", err)
	}
	for index, want := range map[uint64]error{2: ledger.ErrErased, 6: ledger.ErrNotFound, 1 << 40: ledger.ErrNotFound} {
		if _, err := l.Erase(ctx, index, tombstone, ledger.WaitPublished); !errors.Is(err, want) {
			t.Errorf("erase %d: %v, want %v", index, err, want)
		}
	}
	if rep := check(t, s); rep.Erased != 1 || rep.Present != 5 || rep.Size != 6 {
		t.Errorf("report %+v", rep)
	}
}

func testReceipts(t *testing.T, open Opener) {
	ctx := context.Background()
	_, l := start(t, open)
	var kept []ledger.Receipt
	for i := range 300 {
		kept = append(kept, appendOne(t, l, entry(strconv.Itoa(i))))
	}
	size, root, _, err := l.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range kept {
		b, err := r.MarshalProof()
		if err != nil {
			t.Fatal(err)
		}
		p, err := ledger.ParseProof(b)
		if err != nil {
			t.Fatal(err)
		}
		c, err := p.Verify(r.LeafHash, Signer(t).VerifierKey())
		if err != nil {
			t.Fatal(err)
		}
		proof, err := l.Consistency(ctx, c.Size, size)
		if err != nil {
			t.Fatal(err)
		}
		if err := ledger.VerifyConsistency(c.Size, c.Root, size, root, proof); err != nil {
			t.Errorf("the log forked between %d and %d: %v", c.Size, size, err)
		}
	}
}

// testComesErased: a copy of a log takes in what was erased before it was made.
func testComesErased(t *testing.T, open Opener) {
	ctx := context.Background()
	place := t.TempDir()
	s := open(t, place)
	err := s.Append(ctx, func(tx ledger.Tx) error {
		b := next(t, s, tx.Head(), "personal")
		b.Entries[0].Identity, b.Entries[0].Salt, b.Entries[0].Payload, b.Entries[0].ErasedBy = identity(1), [32]byte{}, nil, 1
		return tx.Write(b)
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Append(ctx, func(tx ledger.Tx) error {
		if i, ok, err := tx.Find(identity(1)); err != nil || !ok || i != 0 {
			t.Errorf("identity of an entry that came erased: %d, %v, %v", i, ok, err)
		}
		if err := tx.Erase(0, 1); !errors.Is(err, ledger.ErrErased) {
			t.Errorf("erasing it again: %v, want ErrErased", err)
		}
		return tx.Write(next(t, s, tx.Head(), "tombstone", ledger.ErasureKey(0)))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, place)
	defer s.Close()
	var got []ledger.Stored
	err = s.Entries(ctx, 0, 2, true, func(e ledger.Stored) error {
		got = append(got, ledger.Stored{Index: e.Index, State: e.State, ErasedBy: e.ErasedBy, Identity: e.Identity})
		return nil
	})
	want := []ledger.Stored{{State: ledger.Erased, ErasedBy: 1, Identity: identity(1)}, {Index: 1, State: ledger.Present}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	rep, err := ledger.Check(ctx, s, "", ledger.CheckOptions{})
	if err != nil || !rep.OK() || rep.Erased != 1 || rep.Present != 1 {
		t.Errorf("check: %+v, %v", rep, err)
	}
}
