package sqlite_test

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/ledgertest"
	"github.com/assize-dev/assize/ledger/sqlite"
)

// wideEntry carries many keys: 3 of them shared with its neighbours.
func wideEntry(i int) ledger.Entry {
	e := ledger.Entry{Kind: "x", Identity: [32]byte{9, byte(i), byte(i >> 8)}}
	for j := range 400 {
		e.Keys = append(e.Keys, ledger.MakeKey("own", strconv.Itoa(i)+"/"+strconv.Itoa(j)))
	}
	for j := range 3 {
		e.Keys = append(e.Keys, ledger.MakeKey("shared", strconv.Itoa(i/10+j)))
	}
	return e
}

// wantShared is which entries below n carry MakeKey("shared", s).
func wantShared(s, n int) (want []uint64) {
	for i := max((s-2)*10, 0); i < min((s+1)*10, n); i++ {
		want = append(want, uint64(i))
	}
	return want
}

func compareShared(t *testing.T, r ledger.Reader, n int) {
	t.Helper()
	for s := range n/10 + 5 {
		got, err := r.Lookup(context.Background(), ledger.MakeKey("shared", strconv.Itoa(s)), uint64(n))
		if err != nil {
			t.Fatal(err)
		}
		want := wantShared(s, n)
		if len(got) != len(want) || len(got) > 0 && (got[0] != want[0] || got[len(got)-1] != want[len(want)-1]) {
			t.Fatalf("key %d of %d entries: %v, want %v", s, n, got, want)
		}
	}
}

// TestIndexGrows appends enough rows for three levels of runs, one commit after
// the other, with failing transactions, readers in this process and another
// store of the file, and openings in between.
func TestIndexGrows(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	path := filepath.Join(dir, "ledger.db")
	n := 0
	for range 5 {
		s := open(t, sqlite.Config{Path: path})
		l := ledgertest.Open(t, s, dir)
		reader := open(t, sqlite.Config{Path: path, ReadOnly: true})
		for step := range 100 {
			e := wideEntry(n)
			r, err := l.Append(ctx, e, ledger.WaitSequenced)
			if err != nil || r.Index != uint64(n) {
				t.Fatal(r, err)
			}
			n++
			if step%10 == 3 {
				// Merges ran ahead in a transaction that fails.
				err := s.Append(ctx, func(tx ledger.Tx) error {
					b := &ledger.Batch{Head: tx.Head()}
					b.Head.Size++
					b.Entries = []ledger.NewEntry{{Leaf: []byte("lost"), Keys: wideEntry(-1).Keys}}
					return errors.Join(tx.Write(b), errLost)
				})
				if !errors.Is(err, errLost) {
					t.Fatal(err)
				}
				if r, err := l.Append(ctx, wideEntry(n-1), ledger.WaitSequenced); err != nil || !r.Duplicate || r.Index != uint64(n-1) {
					t.Fatal(r, err)
				}
			}
			if step%33 == 0 {
				compareShared(t, s, n)
				compareShared(t, reader, n)
			}
		}
		_ = l.Close()
		_ = reader.Close()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	levels := 0
	if err := raw(t, path).QueryRow("SELECT max(level) FROM key_run").Scan(&levels); err != nil || levels < 2 {
		t.Errorf("runs of level %d, %v: the test does not reach what it is for", levels, err)
	}
	checkFindings(t, open(t, sqlite.Config{Path: path, ReadOnly: true}))
}

var errLost = errors.New("lost on purpose")

// TestIndexReaders reads while runs are sealed and merged.
func TestIndexReaders(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	path := filepath.Join(dir, "ledger.db")
	s := open(t, sqlite.Config{Path: path})
	l := ledgertest.Open(t, s, dir)
	other := open(t, sqlite.Config{Path: path, ReadOnly: true})
	done := make(chan struct{})
	var wg sync.WaitGroup
	for _, r := range []ledger.Reader{s, other} {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				h, err := r.Head(ctx)
				if err != nil {
					t.Error(err)
					return
				}
				n := int(h.Size)
				for k := max(n/10-3, 0); k < n/10+3; k++ {
					got, err := r.Lookup(ctx, ledger.MakeKey("shared", strconv.Itoa(k)), h.Size)
					if want := wantShared(k, n); err != nil || len(got) != len(want) {
						t.Errorf("key %d of %d entries: %v, %v, want %v", k, n, got, err, want)
						return
					}
				}
			}
		})
	}
	for i := range 100 {
		if _, err := l.Append(ctx, wideEntry(i), ledger.WaitSequenced); err != nil {
			t.Fatal(err)
		}
	}
	close(done)
	wg.Wait()
}

// TestIndexFollowsWholeOrNot: a reader that is cut off leaves the index in memory as
// it was. With the runs of a new generation and without its tail, a commit of that
// generation would have added its own rows to nothing, and those of the commits
// before it would not have been found any more.
func TestIndexFollowsWholeOrNot(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	path := filepath.Join(dir, "ledger.db")
	s := open(t, sqlite.Config{Path: path})
	l := ledgertest.Open(t, s, dir)
	other := open(t, sqlite.Config{Path: path, ReadOnly: true})
	for i := range 50 { // two runs and a tail
		if _, err := l.Append(ctx, wideEntry(i), ledger.WaitSequenced); err != nil {
			t.Fatal(err)
		}
	}
	if gen, err := sqlite.Follow(ctx, other, true); !errors.Is(err, context.Canceled) || gen != 0 {
		t.Fatalf("cut off, the index is of generation %d, %v", gen, err)
	}
	if gen, err := sqlite.Follow(ctx, other, false); err != nil || gen == 0 {
		t.Fatalf("the index is of generation %d, %v", gen, err)
	}
	compareShared(t, other, 50)
}

// TestReindex makes a damaged index whole again, and goes on from there.
func TestReindex(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	path := filepath.Join(dir, "ledger.db")
	s := open(t, sqlite.Config{Path: path})
	l := ledgertest.Open(t, s, dir)
	for i := range 100 {
		if _, err := l.Append(ctx, wideEntry(i), ledger.WaitSequenced); err != nil {
			t.Fatal(err)
		}
	}
	_ = l.Close()
	_ = s.Close()
	if _, err := raw(t, path).Exec("DELETE FROM key_block WHERE id % 3 = 0; DELETE FROM key_tail"); err != nil {
		t.Fatal(err)
	}
	s = open(t, sqlite.Config{Path: path})
	reader := open(t, sqlite.Config{Path: path, ReadOnly: true})
	rep, err := ledger.Check(ctx, s, ledgertest.Signer(t).VerifierKey(), ledger.CheckOptions{})
	if err != nil || rep.OK() || !strings.Contains(rep.Findings[0].What, "index") {
		t.Fatalf("a damaged index is not found: %+v, %v", rep.Findings, err)
	}
	if err := s.Reindex(ctx); err != nil {
		t.Fatal(err)
	}
	checkFindings(t, s)
	checkFindings(t, reader)
	l = ledgertest.Open(t, s, dir)
	for i := 90; i < 200; i++ { // ten of them again
		r, err := l.Append(ctx, wideEntry(i), ledger.WaitSequenced)
		if err != nil || r.Index != uint64(i) || r.Duplicate != (i < 100) {
			t.Fatal(r, err)
		}
	}
	compareShared(t, s, 200)
	compareShared(t, reader, 200)
	checkFindings(t, s)
	if err := reader.Reindex(ctx); err == nil {
		t.Error("a reader made the index again")
	}
}
