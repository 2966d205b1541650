package sqlite_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/ledgertest"
	"github.com/assize-dev/assize/ledger/sqlite"
)

// TestDiskFull fills the disk below a log under load: it takes nothing more, says
// why, lost nothing, and goes on by itself once there is room.
func TestDiskFull(t *testing.T) {
	dir, ok := ledgertest.SmallDisk(t, 24<<20)
	if !ok {
		return
	}
	keys := t.TempDir() // the fork guard is not on that disk
	s := open(t, sqlite.Config{Path: filepath.Join(dir, "ledger.db")})
	l := ledgertest.OpenConfig(t, keys, ledger.Config{Store: s, Patience: time.Second})
	if _, err := l.Append(context.Background(), ledger.Entry{Kind: "test"}, ledger.WaitPublished); err != nil {
		t.Fatal(err)
	}
	ballast := ledgertest.Ballast(t, dir, 8<<20)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var mu sync.Mutex
	var acks []ledgertest.Ack
	acknowledged := func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(acks)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		err := ledgertest.Load(ctx, l, 8, func(a ledgertest.Ack) {
			mu.Lock()
			defer mu.Unlock()
			acks = append(acks, a)
		})
		if err != nil {
			t.Error(err)
		}
	})
	wait := func(what string, done func() bool) {
		t.Helper()
		for deadline := time.Now().Add(30 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s: never; reason %q", what, l.ReadOnlyReason())
			}
		}
	}
	wait("full", func() bool { return strings.Contains(l.ReadOnlyReason(), "full") })
	if err := l.Ready(ctx); !errors.Is(err, ledger.ErrFull) {
		t.Errorf("ready says %v", err)
	}
	before := acknowledged()
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	wait("going on", func() bool { return acknowledged() > before+20 })
	stop()
	wg.Wait()
	_ = l.Close() // what was only sequenced is signed then
	l = ledgertest.Open(t, s, keys)
	ledgertest.Inspect(t, s, l, acks, true)
	t.Logf("%d acknowledgements until it was full, %d after", before, len(acks)-before)
}
