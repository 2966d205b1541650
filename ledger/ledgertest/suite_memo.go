package ledgertest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assize-dev/assize/ledger"
)

// RunMemos is the definition of a store that keeps memos beside the log.
func RunMemos(t *testing.T, open Opener) {
	ctx, place := t.Context(), t.TempDir()
	store := open(t, place)
	t.Cleanup(func() { _ = store.Close() })
	s := store.(ledger.Memos)
	then := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	keep := func(kind string, memos ...ledger.Memo) {
		t.Helper()
		if err := s.Keep(ctx, kind, memos); err != nil {
			t.Fatal(err)
		}
	}
	kept := func(kind string, after uint64, want ...string) uint64 {
		t.Helper()
		var got []string
		next, err := s.Kept(ctx, kind, after, func(m ledger.Memo) error {
			got = append(got, fmt.Sprintf("%s=%s %s", m.Key, m.Value, m.Time.Format("15:04")))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s after %d (-want +got):\n%s", kind, after, diff)
		}
		return next
	}
	one := func(key, value string, at time.Time) ledger.Memo {
		return ledger.Memo{Key: key, Value: []byte(value), Time: at}
	}
	kept("a", 0)
	keep("a", one("x", "1", then))
	keep("b", one("x", "other", then))
	rev := kept("a", 0, "x=1 00:00")
	keep("a", one("y", "2", then.Add(time.Minute)))
	rev = kept("a", rev, "y=2 00:01")
	kept("a", rev)
	keep("a", one("x", "3", then.Add(time.Hour)))
	rev = kept("a", rev, "x=3 01:00")

	// What was removed stays so, also what comes for the first time.
	keep("a", one("x", "", then.Add(2*time.Hour)), one("z", "", then.Add(3*time.Hour)))
	keep("a", one("x", "late", then), one("z", "late", then), one("w", "4", then))
	rev = kept("a", rev, "x= 02:00", "z= 03:00", "w=4 00:00")

	// A transaction that fails leaves nothing.
	for _, m := range []ledger.Memo{{Value: []byte("no key")}, one(strings.Repeat("k", ledger.MaxLabel+1), "1", then), one("large", strings.Repeat("x", ledger.MaxMemo+1), then)} {
		if err := s.Keep(ctx, "a", []ledger.Memo{one("beside", "1", then), m}); !errors.Is(err, ledger.ErrInvalid) && !errors.Is(err, ledger.ErrTooLarge) {
			t.Errorf("a memo over a bound: %v", err)
		}
	}
	kept("a", rev)
	keep("c", one(strings.Repeat("k", ledger.MaxLabel), strings.Repeat("x", ledger.MaxMemo), then))

	if err := s.Forget(ctx, "a", then.Add(3*time.Hour), false); err != nil {
		t.Fatal(err)
	}
	kept("a", 0, "y=2 00:01", "z= 03:00", "w=4 00:00")
	keep("a", one("x", "again", then))
	kept("a", rev, "x=again 00:00")
	if err := s.Forget(ctx, "a", time.Time{}, true); err != nil {
		t.Fatal(err)
	}
	kept("a", 0)
	kept("b", 0, "x=other 00:00")

	// Revisions go on after everything was forgotten, and after a restart.
	keep("a", one("x", "new", then))
	kept("a", rev, "x=new 00:00")
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	store = open(t, place)
	s = store.(ledger.Memos)
	keep("a", one("y", "newer", then))
	kept("a", rev, "x=new 00:00", "y=newer 00:00")

	// A reader that goes on from where it was misses nothing of writers beside it.
	var writers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() {
			for n := range 20 {
				if err := s.Keep(ctx, "d", []ledger.Memo{one(fmt.Sprint(w, n), "1", then)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	seen, at := map[string]bool{}, uint64(0)
	for end := time.Now().Add(20 * time.Second); len(seen) < 80 && time.Now().Before(end); {
		next, err := s.Kept(ctx, "d", at, func(m ledger.Memo) error { seen[m.Key] = true; return nil })
		if err != nil {
			t.Fatal(err)
		}
		at = next
	}
	writers.Wait()
	if len(seen) != 80 {
		t.Errorf("the reader saw %d of 80", len(seen))
	}
}
