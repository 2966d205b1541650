package postgres_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/ledgertest"
	"github.com/assize-dev/assize/ledger/postgres"
	"github.com/assize-dev/assize/ledger/postgres/postgrestest"
)

// connectTimeout, commitTimeout and settleTimeout are met by the tests in
// crash_test.go, in which servers do not answer.

// TestReaders meets maxReaders: more readers than connections wait, and all get
// their answer.
func TestReaders(t *testing.T) {
	s := open(t, postgrestest.Schema(t, postgrestest.URL(t)))
	l := ledgertest.Open(t, s, t.TempDir())
	fill(t, l, 20)
	var wg sync.WaitGroup
	for range 10 * postgres.MaxReaders {
		wg.Go(func() {
			n := 0
			err := l.Range(context.Background(), 0, 20, func(r ledger.Record) error {
				n++
				_, err := l.Inclusion(context.Background(), r.Index, 20)
				return err
			})
			if err != nil || n != 20 {
				t.Errorf("%d entries, %v", n, err)
			}
		})
	}
	wg.Wait()
}

// TestHeld meets lockTimeout and idleTimeout with shorter ones: a writer that
// hangs with the head in its hands makes others answer that they are busy, and is
// cut off by the server.
func TestHeld(t *testing.T) {
	ctx := context.Background()
	u := postgrestest.Schema(t, postgrestest.URL(t))
	s := open(t, u+"&lock_timeout=200")
	l := ledgertest.Open(t, s, t.TempDir())
	fill(t, l, 1)
	conn, err := pgx.Connect(ctx, u+"&idle_in_transaction_session_timeout=1000")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "BEGIN; SELECT * FROM head FOR UPDATE", pgx.QueryExecModeSimpleProtocol); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if _, err := l.Append(ctx, ledger.Entry{Kind: "test"}, ledger.WaitSequenced); !errors.Is(err, ledger.ErrBusy) {
		t.Errorf("append while another holds the head: %v, want ErrBusy", err)
	}
	for {
		_, err := l.Append(ctx, ledger.Entry{Kind: "test"}, ledger.WaitSequenced)
		if err == nil {
			break
		}
		if !errors.Is(err, ledger.ErrBusy) || time.Since(start) > 10*time.Second {
			t.Fatal(err)
		}
	}
	if took := time.Since(start); took < 500*time.Millisecond {
		t.Errorf("the head was free after %s", took)
	}
}

// TestIndexBounds meets tailRows, fanout, blockRows, partBlocks and, with a smaller
// one, maxFilterBytes: rows become runs, runs are merged, and everything is found
// by a process that saw it happen and by one that did not.
func TestIndexBounds(t *testing.T) {
	ctx := context.Background()
	u := postgrestest.Schema(t, postgrestest.URL(t))
	s := open(t, u)
	l := ledgertest.Open(t, s, t.TempDir())
	entries := 2 * postgres.Fanout * postgres.TailRows / (ledger.MaxKeys - 1)
	shared := ledger.MakeKey("shared", "")
	conn, err := pgx.Connect(ctx, u)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	// settle waits until the tail is a run and, from a level on, runs are merged: a
	// keeper that falls behind makes fewer and longer runs of the same rows.
	settle := func(level int) {
		t.Helper()
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
			var runs, levels, tail int // of the fullest level, the highest, and in rows
			err := conn.QueryRow(ctx, `SELECT (SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM key_run GROUP BY level) AS full_levels), (SELECT coalesce(max(level), -1) FROM key_run),
				(SELECT coalesce(sum(length(rows)), 0) / 24 FROM key_tail)`).Scan(&runs, &levels, &tail)
			if err == nil && runs < postgres.Fanout && levels >= level && tail < postgres.TailRows {
				return
			}
			if err != nil || time.Now().After(deadline) {
				t.Fatalf("%d runs of a level, up to level %d, %d rows in the tail, %v", runs, levels, tail, err)
			}
		}
	}
	for i := range entries {
		if i%(postgres.TailRows/ledger.MaxKeys) == 0 {
			settle(-1)
		}
		e := ledger.Entry{Kind: "test", Keys: []ledger.Key{shared}}
		for k := range ledger.MaxKeys - 1 {
			e.Keys = append(e.Keys, ledger.MakeKey("k", strconv.Itoa(i*ledger.MaxKeys+k)))
		}
		if _, err := l.Append(ctx, e, ledger.WaitSequenced); err != nil {
			t.Fatal(err)
		}
	}
	settle(1)
	other := open(t, u)
	postgres.LimitFilters(other, 1<<12)
	for _, s := range []*postgres.Store{s, other} {
		for i := 0; i < entries; i += 7 {
			got, err := s.Lookup(ctx, ledger.MakeKey("k", strconv.Itoa(i*ledger.MaxKeys+i%100)), 1<<40)
			if err != nil || len(got) != 1 || got[0] != uint64(i) {
				t.Fatalf("a key of entry %d is found at %v, %v", i, got, err)
			}
		}
		if got, err := s.Lookup(ctx, shared, 1<<40); err != nil || len(got) != entries {
			t.Errorf("the key of all entries is found %d times, %v: want %d", len(got), err, entries)
		}
	}
	if n := postgres.FilterBytes(other); n > 1<<17 {
		t.Errorf("%d bytes of filters with a bound of %d and one part", n, 1<<12)
	}
	rep, err := ledger.Check(ctx, s, ledgertest.Signer(t).VerifierKey(), ledger.CheckOptions{})
	if err != nil || !rep.OK() {
		t.Fatalf("check: %v, %v", rep.Findings, err)
	}
	if err := s.Reindex(ctx); err != nil {
		t.Fatal(err)
	}
	rep, err = ledger.Check(ctx, other, ledgertest.Signer(t).VerifierKey(), ledger.CheckOptions{})
	if err != nil || !rep.OK() {
		t.Fatalf("check after making the index again: %v, %v", rep.Findings, err)
	}
	for _, s := range []*postgres.Store{s, other} {
		if got, err := s.Lookup(ctx, shared, 1<<40); err != nil || len(got) != entries {
			t.Errorf("after making the index again: found %d times, %v: want %d", len(got), err, entries)
		}
	}
}
