package sqlite_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/ledgertest"
	"github.com/assize-dev/assize/ledger/sqlite"
)

func TestMain(m *testing.M) {
	ledgertest.Hammering(func(dir string) (ledger.Store, error) {
		return sqlite.Open(context.Background(), sqlite.Config{Path: filepath.Join(dir, "ledger.db")})
	})
	os.Exit(m.Run())
}

// TestKilled kills a process that appends at random instants, again and again.
// Whatever it acknowledged must be there, once, provable and found; what it signed
// must be a prefix of what there is.
func TestKilled(t *testing.T) {
	const lanes = 4
	for range lanes {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			killed(t, t.TempDir(), ledgertest.KillRounds(t, 120)/lanes)
		})
	}
}

func killed(t *testing.T, dir string, rounds int) {
	ctx := context.Background()
	var acks []ledgertest.Ack
	for round := range rounds {
		before := len(acks)
		acks = append(acks, ledgertest.Killed(t, dir, 120*time.Millisecond)...)
		if t.Failed() {
			return
		}
		last := round == rounds-1
		if round%5 != 0 && !last {
			continue // killed again before anybody looked
		}
		s, err := sqlite.Open(ctx, sqlite.Config{Path: filepath.Join(dir, "ledger.db")})
		if err != nil {
			t.Fatal(err)
		}
		guard := ledger.NewFileGuard(filepath.Join(dir, "mark"))
		l := ledgertest.OpenConfig(t, dir, ledger.Config{Store: s, Guard: guard})
		if why := l.ReadOnlyReason(); why != "" {
			t.Fatalf("round %d: read-only after a kill: %s", round, why)
		}
		if last {
			before = 0
		}
		ledgertest.Inspect(t, s, l, acks[before:], round%10 == 0 || last)
		_ = l.Close()
		_ = guard.Close()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if len(acks) < 3*rounds {
		t.Errorf("only %d acknowledgements: the process was killed before it did anything", len(acks))
	}
	t.Logf("%d acknowledgements over %d kills", len(acks), rounds)
}

// TestSoak is short here, and as long as wanted in make soak.
func TestSoak(t *testing.T) {
	dir := t.TempDir()
	s := open(t, sqlite.Config{Path: filepath.Join(dir, "ledger.db")})
	ledgertest.Soak(t, s, []*ledger.Log{ledgertest.Open(t, s, dir)})
}
