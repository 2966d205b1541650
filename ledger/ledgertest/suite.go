package ledgertest

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assize-dev/assize/ledger"
)

// Store is what the suite needs: closing, so that it can open again.
type Store interface {
	ledger.Store
	io.Closer
}

// Opener opens the store of a place. The same place gives the same store
// again, once the one before is closed.
type Opener func(t *testing.T, place string) Store

// Run is the definition of a correct store.
func Run(t *testing.T, open Opener) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, Opener)
	}{
		{"empty", testEmpty},
		{"round trip", testRoundTrip},
		{"nothing is written when the transaction fails", testAtomic},
		{"writes that do not continue the head are refused", testHeadMoves},
		{"readers see committed data only", testIsolation},
		{"transactions are exclusive", testExclusive},
		{"tiles", testTiles},
		{"publish keeps the newest", testPublish},
		{"lookup", testLookup},
		{"reopen", testReopen},
		{"concurrent appends", testConcurrent},
		{"repetitions", testDuplicates},
		{"guard keys", testGuard},
		{"time never goes back", testTime},
		{"many processes", testReplicas},
		{"erasure", testErase},
		{"entries that come erased", testComesErased},
		{"receipts stay valid", testReceipts},
		{"a failed commit loses nothing", testFailedCommit},
		{"an unseen commit is found by reading", testAmbiguous},
		{"a full store is read-only", testFull},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open) })
	}
}

func start(t *testing.T, open Opener) (ledger.Store, *ledger.Log) {
	t.Helper()
	dir := t.TempDir()
	s := open(t, dir)
	t.Cleanup(func() { _ = s.Close() })
	return s, Open(t, s, dir)
}

// entry makes a small entry without identity.
func entry(payload string, keys ...ledger.Key) ledger.Entry {
	return ledger.Entry{Kind: "attestation", MediaType: "text/plain", Labels: []string{"test"}, Keys: keys, Payload: []byte(payload)}
}

func identity(n int) (id [32]byte) {
	binary.BigEndian.PutUint64(id[:], uint64(n)+1)
	return id
}

func appendOne(t *testing.T, l *ledger.Log, e ledger.Entry) ledger.Receipt {
	t.Helper()
	r, err := l.Append(context.Background(), e, ledger.WaitPublished)
	if err != nil {
		t.Fatal(err)
	}
	verify(t, r)
	return r
}

func verify(t *testing.T, r ledger.Receipt) {
	t.Helper()
	if _, err := ledger.VerifyInclusion(r.LeafHash, r.Index, r.Proof, r.Checkpoint, Signer(t).VerifierKey()); err != nil {
		t.Errorf("receipt of entry %d: %v", r.Index, err)
	}
}

func check(t *testing.T, s ledger.Store) ledger.Report {
	t.Helper()
	rep, err := ledger.Check(context.Background(), s, Signer(t).VerifierKey(), ledger.CheckOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range rep.Findings {
		t.Errorf("check: %s", f)
	}
	return rep
}

func testEmpty(t *testing.T, open Opener) {
	ctx := context.Background()
	s := open(t, t.TempDir())
	defer s.Close()
	h, err := s.Head(ctx)
	if diff := cmp.Diff(ledger.EmptyHead(), h); err != nil || diff != "" {
		t.Errorf("head: %v %s", err, diff)
	}
	if b, err := s.Checkpoint(ctx); b != nil || err != nil {
		t.Errorf("checkpoint %q, %v: want none", b, err)
	}
	if _, err := s.Tile(ctx, 0, 0, 1); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("tile: %v, want ErrNotFound", err)
	}
	if got, err := s.Lookup(ctx, ledger.Key{1}, math.MaxUint64); len(got) != 0 || err != nil {
		t.Errorf("lookup: %v, %v", got, err)
	}
	err = s.Entries(ctx, 0, math.MaxUint64, true, func(e ledger.Stored) error { return fmt.Errorf("entry %d", e.Index) })
	if err != nil {
		t.Error(err)
	}
}

func testRoundTrip(t *testing.T, open Opener) {
	ctx := context.Background()
	_, l := start(t, open)
	payloads := [][]byte{nil, {}, []byte("x"), bytes.Repeat([]byte{0, 0xff, '\''}, 50_000)}
	for i, p := range payloads {
		e := entry("", ledger.MakeKey("n", strconv.Itoa(i)), ledger.MakeKey("all", ""))
		e.Payload, e.Identity = p, identity(i)
		e.Labels = []string{`quote " and \`, "ü\u2028<>&"}
		r := appendOne(t, l, e)
		if r.Index != uint64(i) || r.Duplicate || r.Size != uint64(i)+1 {
			t.Errorf("receipt %+v for entry %d", r, i)
		}
		rec, err := l.Read(ctx, r.Index)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(rec.Payload, p) || rec.LeafHash != r.LeafHash || rec.Identity != e.Identity || rec.Erased || !rec.Leaf.Time.Equal(r.Time) {
			t.Errorf("record of entry %d differs from what was appended: %+v", i, rec)
		}
		if diff := cmp.Diff(e.Labels, rec.Leaf.Labels); diff != "" {
			t.Error(diff)
		}
	}
	var seen []uint64
	err := l.Range(ctx, 1, 100, func(r ledger.Record) error { seen = append(seen, r.Index); return nil })
	if diff := cmp.Diff([]uint64{1, 2, 3}, seen); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if _, err := l.Read(ctx, 4); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("read beyond the end: %v", err)
	}
}

var errStop = errors.New("stop")

func testAtomic(t *testing.T, open Opener) {
	ctx := context.Background()
	s, l := start(t, open)
	appendOne(t, l, entry("first", ledger.MakeKey("k", "1")))
	before, _ := s.Head(ctx)
	err := s.Append(ctx, func(tx ledger.Tx) error {
		return errors.Join(tx.Erase(0, 1), tx.Write(next(t, s, tx.Head(), "lost", ledger.MakeKey("k", "2"))), errStop)
	})
	if !errors.Is(err, errStop) {
		t.Errorf("append: %v, want the error of fn", err)
	}
	after, _ := s.Head(ctx)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Error(diff)
	}
	if got, _ := s.Lookup(ctx, ledger.MakeKey("k", "2"), 10); len(got) != 0 {
		t.Errorf("a key of the failed transaction is found at %v", got)
	}
	if rec, err := l.Read(ctx, 0); err != nil || string(rec.Payload) != "first" {
		t.Errorf("after a failed erasure: %q, %v", rec.Payload, err)
	}
	appendOne(t, l, entry("second"))
	check(t, s)
}

// next makes a batch of one entry that continues a log of fewer than 255.
func next(t *testing.T, s ledger.Store, h ledger.Head, payload string, keys ...ledger.Key) *ledger.Batch {
	t.Helper()
	var hashes []ledger.Hash
	if h.Size > 0 {
		b, err := s.Tile(context.Background(), 0, 0, int(h.Size))
		if err != nil {
			t.Error(err)
		}
		for i := range int(h.Size) {
			hashes = append(hashes, ledger.Hash(b[i*32:(i+1)*32]))
		}
	}
	c := ledger.Commit([32]byte{}, []byte(payload))
	at := h.Time
	if h.Size == 0 {
		at = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	}
	l := ledger.Leaf{V: 1, Kind: "test", Commitment: fmt.Sprintf("%x", c), Size: int64(len(payload)), Keys: keys, Time: at}
	leaf, err := l.MarshalCanonical()
	if err != nil {
		t.Error(err)
	}
	hashes = append(hashes, ledger.HashLeaf(leaf))
	return &ledger.Batch{
		Entries: []ledger.NewEntry{{Leaf: leaf, Keys: keys, Payload: []byte(payload)}},
		Head:    ledger.Head{Size: h.Size + 1, Root: treeRoot(hashes), Time: at},
	}
}

func testHeadMoves(t *testing.T, open Opener) {
	ctx := context.Background()
	s, l := start(t, open)
	appendOne(t, l, entry("first"))
	for _, off := range []uint64{0, 2, math.MaxUint64} {
		err := s.Append(ctx, func(tx ledger.Tx) error {
			b := next(t, s, tx.Head(), "second")
			b.Head.Size = tx.Head().Size + off
			return tx.Write(b)
		})
		if err == nil {
			t.Errorf("a batch of one entry that adds %d to the size was written", int64(off))
		}
	}
	if h, _ := s.Head(ctx); h.Size != 1 {
		t.Errorf("size %d after refused writes, want 1", h.Size)
	}
}

func testIsolation(t *testing.T, open Opener) {
	ctx := context.Background()
	s, l := start(t, open)
	appendOne(t, l, entry("first"))
	k := ledger.MakeKey("k", "")
	err := s.Append(ctx, func(tx ledger.Tx) error {
		if err := tx.Write(next(t, s, tx.Head(), "second", k)); err != nil {
			return err
		}
		if h, err := s.Head(ctx); err != nil || h.Size != 1 {
			t.Errorf("before the commit a reader sees size %d, %v", h.Size, err)
		}
		if got, err := s.Lookup(ctx, k, 10); err != nil || len(got) != 0 {
			t.Errorf("before the commit a reader finds %v, %v", got, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if h, err := s.Head(ctx); err != nil || h.Size != 2 {
		t.Errorf("after the commit a reader sees size %d, %v", h.Size, err)
	}
	if got, err := s.Lookup(ctx, k, 10); err != nil || len(got) != 1 {
		t.Errorf("after the commit a reader finds %v, %v", got, err)
	}
}

func testPublish(t *testing.T, open Opener) {
	ctx := context.Background()
	s := open(t, t.TempDir())
	defer s.Close()
	for _, step := range []struct {
		size uint64
		note string
		want string
	}{{0, "zero", "zero"}, {5, "five", "five"}, {3, "three", "five"}, {5, "fivf", "five"}, {5, "five, signed by two", "five, signed by two"}, {5, "five again", "five, signed by two"}, {6, "six", "six"}} {
		if err := s.Publish(ctx, step.size, []byte(step.note)); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Checkpoint(ctx); string(got) != step.want || err != nil {
			t.Errorf("after publishing %q: %q, %v", step.note, got, err)
		}
	}
}
