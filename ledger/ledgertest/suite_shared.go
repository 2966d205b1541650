package ledgertest

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/assize-dev/assize/ledger"
)

// testSharedTime: entries carry the time of the store, whatever the clocks of
// the processes say, and a process whose clock is off is not ready.
func testSharedTime(t *testing.T, s ledger.Shared, open Opener, dir string) {
	ctx := context.Background()
	var last time.Time
	for i, off := range []time.Duration{0, time.Hour, -time.Hour, -ledger.MaxClockOff - time.Second} {
		other := open(t, dir)
		l := OpenConfig(t, dir, ledger.Config{Store: other, Clock: func() time.Time { return time.Now().Add(off) }})
		before, err := s.Clock(ctx)
		if err != nil {
			t.Fatal(err)
		}
		r := appendOne(t, l, entry(strconv.Itoa(i)))
		after, err := s.Clock(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if r.Time.Before(last) || r.Time.Before(before.Truncate(time.Microsecond)) || r.Time.After(after) {
			t.Errorf("with a clock off by %s: logged at %s, want between %s and %s and after %s", off, r.Time, before, after, last)
		}
		last = r.Time
		if err := l.Ready(ctx); (off == 0) != (err == nil) || off != 0 && !errors.Is(err, ledger.ErrClock) {
			t.Errorf("with a clock off by %s: ready says %v", off, err)
		}
		_ = l.Close()
		_ = other.Close()
	}
}

// testReplicas: several processes on one store and one fork guard make one log.
// A store that one process has to itself shows that it knows.
func testReplicas(t *testing.T, open Opener) {
	ctx := context.Background()
	dir := t.TempDir()
	first := open(t, dir)
	defer first.Close()
	if _, ok := first.(ledger.Shared); !ok {
		return // its own tests say that a second writer is refused
	}
	const replicas, same, own = 3, 40, 60
	var logs []*ledger.Log
	for range replicas {
		s := open(t, dir)
		t.Cleanup(func() { _ = s.Close() })
		logs = append(logs, Open(t, s, dir))
	}
	var mu sync.Mutex
	var receipts []ledger.Receipt
	fresh := make(map[int]int) // of each shared identity, how many were told it is new
	var wg sync.WaitGroup
	for n, l := range logs {
		for c := range 8 {
			wg.Go(func() {
				for i := c; i < same+own; i += 8 {
					e := entry("payload "+strconv.Itoa(i), ledger.MakeKey("i", strconv.Itoa(i)))
					e.Identity = identity(i)
					if i >= same {
						e.Identity = identity(1000*(n+1) + i)
					}
					r, err := l.Append(ctx, e, ledger.Wait(i%2))
					if err != nil {
						t.Errorf("replica %d, entry %d: %v", n, i, err)
						return
					}
					mu.Lock()
					receipts = append(receipts, r)
					if !r.Duplicate && i < same {
						fresh[i]++
					}
					mu.Unlock()
				}
			})
		}
	}
	wg.Wait()
	for i := range same {
		if fresh[i] != 1 {
			t.Errorf("identity %d was new %d times, want once", i, fresh[i])
		}
	}
	if h, err := first.Head(ctx); err != nil || h.Size != same+replicas*own {
		t.Errorf("size %d, %v: want %d", h.Size, err, same+replicas*own)
	}
	for _, r := range receipts {
		if r.Checkpoint != nil {
			verify(t, r)
		}
	}
	for n, l := range logs {
		if why := l.ReadOnlyReason(); why != "" {
			t.Errorf("replica %d is read-only: %s", n, why)
		}
		// Whoever appended, every replica comes to sign the newest head.
		for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			size, _, _, err := l.Head(ctx)
			if err == nil && size == same+replicas*own {
				break
			}
			if time.Now().After(deadline) {
				t.Errorf("replica %d shows size %d, %v", n, size, err)
				break
			}
		}
		for i := range same {
			if got, err := l.Lookup(ctx, ledger.MakeKey("i", strconv.Itoa(i)), 1<<40); err != nil || len(got) != 1 {
				t.Errorf("replica %d finds key %d at %v, %v", n, i, got, err)
			}
		}
	}
	check(t, first)
}
