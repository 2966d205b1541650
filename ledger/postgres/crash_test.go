package postgres_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/ledgertest"
	"github.com/assize-dev/assize/ledger/postgres"
	"github.com/assize-dev/assize/ledger/postgres/postgrestest"
)

// hammerURL names the database of a process that is killed.
const hammerURL = "ASSIZE_TEST_HAMMER_URL"

func TestMain(m *testing.M) {
	ledgertest.Hammering(func(string) (ledger.Store, error) {
		return postgres.Open(context.Background(), postgres.Config{URL: os.Getenv(hammerURL), Create: true})
	})
	os.Exit(m.Run())
}

func open(t testing.TB, u string) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(context.Background(), postgres.Config{URL: u, Create: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// replica is a log over a store of its own, and its mark shared with all others
// of dir.
func replica(t testing.TB, u, dir string) (*postgres.Store, *ledger.Log) {
	t.Helper()
	s := open(t, u)
	return s, ledgertest.OpenConfig(t, dir, ledger.Config{Store: s, Patience: 30 * time.Second})
}

// load runs replicas under load while play does what it does to them, and
// returns what was acknowledged.
func load(t *testing.T, u, dir string, replicas int, play func()) []ledgertest.Ack {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var mu sync.Mutex
	var acks []ledgertest.Ack
	var wg sync.WaitGroup
	for range replicas {
		_, l := replica(t, u, dir)
		if why := l.ReadOnlyReason(); why != "" {
			t.Fatal(why)
		}
		wg.Go(func() {
			err := ledgertest.Load(ctx, l, 12, func(a ledgertest.Ack) {
				mu.Lock()
				defer mu.Unlock()
				acks = append(acks, a)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	play()
	mu.Lock()
	before := len(acks)
	mu.Unlock()
	// Whatever happened, the replicas go on by themselves.
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		mu.Lock()
		n := len(acks)
		mu.Unlock()
		if n > before+20 {
			break
		}
		if time.Now().After(deadline) {
			t.Errorf("%d acknowledgements, and none since: the replicas did not go on", n)
			break
		}
	}
	stop()
	wg.Wait()
	return acks
}

// inspect opens the log anew and holds it against what was acknowledged.
func inspect(t *testing.T, u, dir string, acks []ledgertest.Ack) {
	t.Helper()
	s, l := replica(t, u, dir)
	if why := l.ReadOnlyReason(); why != "" {
		t.Fatalf("read-only: %s", why)
	}
	ledgertest.Inspect(t, s, l, acks, true)
	t.Logf("%d acknowledgements", len(acks))
}

// TestReplicasKilled kills processes that append to one database, three at a
// time, at random instants.
func TestReplicasKilled(t *testing.T) {
	const lanes = 3
	dir, u := t.TempDir(), postgrestest.URL(t)
	u = postgrestest.Schema(t, u)
	open(t, u)
	var mu sync.Mutex
	var acks []ledgertest.Ack
	var wg sync.WaitGroup
	rounds := ledgertest.KillRounds(t, 120)
	for range lanes {
		wg.Go(func() {
			for range rounds / lanes {
				got := ledgertest.Killed(t, dir, 150*time.Millisecond, hammerURL+"="+u)
				mu.Lock()
				acks = append(acks, got...)
				mu.Unlock()
				if t.Failed() {
					return
				}
			}
		})
	}
	wg.Wait()
	if len(acks) < 3*rounds {
		t.Errorf("only %d acknowledgements: the processes were killed before they did anything", len(acks))
	}
	inspect(t, u, dir, acks)
}

// TestServerKilled kills the database itself under load.
func TestServerKilled(t *testing.T) {
	dir, server := t.TempDir(), postgrestest.New(t)
	u := postgrestest.Schema(t, server.URL())
	acks := load(t, u, dir, 2, func() {
		for range 3 {
			time.Sleep(300*time.Millisecond + rand.N(300*time.Millisecond))
			server.Kill()
			time.Sleep(rand.N(200 * time.Millisecond))
			if err := server.Start(); err != nil {
				t.Error(err)
				return
			}
		}
	})
	inspect(t, u, dir, acks)
}

// TestBackendsTerminated ends connections while they are in the middle of
// everything; commits are made long, so that many are met in one.
func TestBackendsTerminated(t *testing.T) {
	ctx := context.Background()
	dir, server := t.TempDir(), postgrestest.New(t, "commit_delay=20000", "commit_siblings=0")
	u := postgrestest.Schema(t, server.URL())
	ended := 0
	acks := load(t, u, dir, 2, func() {
		conn, err := pgx.Connect(ctx, server.URL())
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close(ctx)
		for stop := time.Now().Add(3 * time.Second); time.Now().Before(stop); time.Sleep(rand.N(40 * time.Millisecond)) {
			var n int
			if err := conn.QueryRow(ctx, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'assize' AND query = 'COMMIT' AND state = 'active'").Scan(&n); err != nil {
				t.Error(err)
				return
			}
			if ended += n; n > 0 {
				time.Sleep(50 * time.Millisecond)
			}
		}
	})
	if ended < 3 {
		t.Errorf("%d connections were ended in the middle of COMMIT", ended)
	}
	t.Logf("%d connections ended in the middle of COMMIT", ended)
	inspect(t, u, dir, acks)
}

// TestAnswerLost cuts connections when COMMIT went over them: before it reaches
// the server, or after it and before the answer.
func TestAnswerLost(t *testing.T) {
	dir, server := t.TempDir(), postgrestest.New(t)
	u := postgrestest.Schema(t, server.URL())
	open(t, u)
	p := newCutter(t, server.Socket())
	acks := load(t, p.url(u), dir, 2, func() {
		for range 25 {
			p.arm()
			time.Sleep(80 * time.Millisecond)
		}
	})
	if p.cuts.Load() < 5 {
		t.Errorf("%d connections were cut", p.cuts.Load())
	}
	t.Logf("%d connections cut", p.cuts.Load())
	inspect(t, u, dir, acks)
}

// TestFailover kills a primary whose standby is synchronous, and makes that the
// primary: nothing acknowledged is missing, and the replicas go on by themselves.
func TestFailover(t *testing.T) {
	dir := t.TempDir()
	primary, standby := pair(t, "synchronous_standby_names=second")
	u := both(t, primary, standby)
	acks := load(t, u, dir, 2, func() {
		time.Sleep(700*time.Millisecond + rand.N(300*time.Millisecond))
		primary.Kill()
		if err := standby.Promote(); err != nil {
			t.Error(err)
		}
	})
	inspect(t, u, dir, acks)
}

// pair is a primary and a standby that follows it.
func pair(t *testing.T, settings ...string) (primary, standby *postgrestest.Server) {
	t.Helper()
	primary = postgrestest.New(t)
	standby, err := primary.Standby(t, "second")
	if err == nil {
		err = standby.Start()
	}
	if err == nil {
		err = primary.Set(settings...)
	}
	if err != nil {
		t.Fatal(err)
	}
	return primary, standby
}

// both is the URL of whichever of two takes writes, as libpq spells it.
func both(t *testing.T, a, b *postgrestest.Server) string {
	return postgrestest.Schema(t, fmt.Sprintf("postgres://assize@/postgres?host=%s,%s&port=5432,5432&target_session_attrs=read-write", a.Dir, b.Dir))
}

// TestFailoverWithLoss promotes a standby that had fallen behind: what was signed
// is not there, and nothing may be signed over it, neither by a replica that is
// running nor by a new one.
func TestFailoverWithLoss(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	primary, standby := pair(t)
	u := both(t, primary, standby)
	_, running := replica(t, u, dir)
	for range 5 {
		if _, err := running.Append(ctx, ledger.Entry{Kind: "test"}, ledger.WaitPublished); err != nil {
			t.Fatal(err)
		}
	}
	if err := primary.CaughtUp(); err != nil {
		t.Fatal(err)
	}
	standby.Stop()
	for range 3 {
		if _, err := running.Append(ctx, ledger.Entry{Kind: "test"}, ledger.WaitPublished); err != nil {
			t.Fatal(err)
		}
	}
	primary.Kill()
	if err := standby.Start(); err != nil {
		t.Fatal(err)
	}
	if err := standby.Promote(); err != nil {
		t.Fatal(err)
	}
	refuses(t, u, dir, running, "old copy")
}

// refuses: neither a running replica nor a new one writes or signs.
func refuses(t *testing.T, u, dir string, running *ledger.Log, why string) {
	t.Helper()
	ctx := context.Background()
	before, err := open(t, u).Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); running != nil; {
		_, err := running.Append(ctx, ledger.Entry{Kind: "test"}, ledger.WaitPublished)
		if err == nil {
			t.Fatal("a running replica wrote over a loss")
		}
		if strings.Contains(running.ReadOnlyReason(), why) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the running replica: %v; reason %q", err, running.ReadOnlyReason())
		}
	}
	s, l := replica(t, u, dir)
	if got := l.ReadOnlyReason(); !strings.Contains(got, why) {
		t.Fatalf("a new replica: reason %q, want %q", got, why)
	}
	after, err := s.Head(ctx)
	if err != nil || after != before {
		t.Errorf("the head moved from %d to %d, %v", before.Size, after.Size, err)
	}
	m, ok, err := ledger.NewFileGuard(filepath.Join(dir, "mark")).Load(ctx, ledgertest.Origin)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	rep, err := ledger.Check(ctx, s, ledgertest.Signer(t).VerifierKey(), ledger.CheckOptions{Mark: &m})
	if err != nil || len(rep.Findings) != 1 || !strings.Contains(rep.Findings[0].String(), "fork guard: the store ends at") {
		t.Errorf("check with the mark: %v, %v: want one finding, that the store is behind what was signed", rep.Findings, err)
	}
}

// TestRestored brings back a backup from before the last checkpoint.
func TestRestored(t *testing.T) {
	ctx := context.Background()
	dir, server := t.TempDir(), postgrestest.New(t)
	_, l := replica(t, server.URL(), dir)
	put := func() {
		if _, err := l.Append(ctx, ledger.Entry{Kind: "test"}, ledger.WaitPublished); err != nil {
			t.Fatal(err)
		}
	}
	put()
	backup, err := server.Backup(t)
	if err != nil {
		t.Fatal(err)
	}
	put()
	server.Kill()
	if err := backup.Start(); err != nil {
		t.Fatal(err)
	}
	refuses(t, backup.URL(), dir, nil, "old copy")
}

// TestSoak is short here, and as long as wanted in make soak.
func TestSoak(t *testing.T) {
	dir, u := t.TempDir(), postgrestest.Schema(t, postgrestest.URL(t))
	s, first := replica(t, u, dir)
	logs := []*ledger.Log{first}
	for range 2 {
		_, l := replica(t, u, dir)
		logs = append(logs, l)
	}
	ledgertest.Soak(t, s, logs)
}
