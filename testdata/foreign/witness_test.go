package foreign_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	fnote "github.com/transparency-dev/formats/note"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	_ "modernc.org/sqlite"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/ledgertest"
)

// litewitness runs the witness of the torchwood module, which knows the log made
// by ledgertest. It returns its URL and verifier key.
func litewitness(t *testing.T) (url, vkey string) {
	t.Helper()
	dir := t.TempDir()
	bin := filepath.Join(dir, "litewitness")
	if out, err := exec.Command("go", "build", "-o", bin, "filippo.io/torchwood/cmd/litewitness").CombinedOutput(); err != nil {
		t.Fatalf("build litewitness: %v\n%s", err, out)
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ring := agent.NewKeyring()
	if err := ring.Add(agent.AddedKey{PrivateKey: key}); err != nil {
		t.Fatal(err)
	}
	pub, err := ssh.NewPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	sock, err := os.MkdirTemp("", "agent") // paths of sockets are short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(sock) })
	listener, err := net.Listen("unix", filepath.Join(sock, "s"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() { _ = agent.ServeAgent(ring, c) }()
		}
	}()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := free.Addr().String()
	_ = free.Close()
	logs, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin, "-name", "witness.example/litewitness", "-db", filepath.Join(dir, "w.db"),
		"-ssh-agent", filepath.Join(sock, "s"), "-key", ssh.FingerprintSHA256(pub), "-listen", addr)
	cmd.Stderr = logs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait(); _ = logs.Close() })
	for range 200 {
		b, _ := os.ReadFile(logs.Name())
		if m := regexp.MustCompile(`vkey="?([^\s"]+)`).FindSubmatch(b); m != nil {
			vkey = string(m[1])
		}
		c, err := net.Dial("tcp", addr)
		if err == nil && vkey != "" {
			_ = c.Close()
			break
		}
		time.Sleep(25 * time.Millisecond)
	}
	if vkey == "" {
		b, _ := os.ReadFile(logs.Name())
		t.Fatalf("litewitness does not come up:\n%s", b)
	}
	// What its own witnessctl writes, whose module cannot be had here.
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "w.db")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	empty, err := tlog.TreeHash(0, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range [][]any{
		{"INSERT INTO log (origin, tree_size, tree_hash) VALUES (?, 0, ?)", ledgertest.Origin, empty.String()},
		{"INSERT INTO key (origin, key) VALUES (?, ?)", ledgertest.Origin, ledgertest.Signer(t).VerifierKey()},
	} {
		if _, err := db.Exec(q[0].(string), q[1:]...); err != nil {
			t.Fatal(err)
		}
	}
	return "http://" + addr, vkey
}

// TestWitness: a witness that others wrote cosigns our checkpoints, the formats
// module verifies its cosignature, and it refuses a log that was rolled back.
func TestWitness(t *testing.T) {
	ctx := context.Background()
	url, vkey := litewitness(t)
	policy, err := ledger.ParsePolicy([]byte("log " + ledgertest.Signer(t).VerifierKey() + "\nwitness lite " + vkey + " " + url + "\nquorum lite\n"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	store, old := ledgertest.NewMemory(), ledgertest.NewMemory()
	l := ledgertest.OpenConfig(t, dir, ledger.Config{Store: store, Witnessing: &ledger.Witnessing{Policy: policy, Required: true}})
	var last ledger.Receipt
	for n := range 300 {
		wait := ledger.WaitSequenced
		if n%60 == 59 {
			wait = ledger.WaitWitnessed
		}
		r, err := l.Append(ctx, ledger.Entry{Kind: "attestation", Payload: fmt.Append(nil, n)}, wait)
		if err != nil {
			t.Fatal(err)
		}
		if n == 119 {
			if _, err := ledger.Import(ctx, old, store, ledgertest.Signer(t).VerifierKey(), ledger.ImportOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		last = r
	}
	v, err := fnote.NewVerifierForCosignatureV1(vkey)
	if err != nil {
		t.Fatal(err)
	}
	n, err := note.Open(last.Checkpoint, note.VerifierList(verifier(t), v))
	if err != nil || len(n.Sigs) != 2 {
		t.Fatalf("signatures of log and witness: %v\n%s", err, last.Checkpoint)
	}
	if at, err := fnote.CoSigV1Timestamp(n.Sigs[1]); err != nil || time.Since(at) > time.Minute {
		t.Errorf("time of the cosignature: %s, %v", at, err)
	}
	_ = l.Close()

	// The store is put back to an earlier state, and the mark with it: nothing here
	// would notice, but for the witness.
	back := ledgertest.OpenConfig(t, t.TempDir(), ledger.Config{Store: old, Guard: &noMark{}, Witnessing: &ledger.Witnessing{Policy: policy, Required: true, Wait: time.Second}})
	if err := back.Initialise(ctx); err != nil {
		t.Fatal(err)
	}
	_, err = back.Append(ctx, ledger.Entry{Kind: "attestation", Payload: []byte("after a rollback")}, ledger.WaitWitnessed)
	if err == nil {
		t.Error("a log that was rolled back got a cosignature")
	}
	for range 400 {
		if back.ReadOnlyReason() != "" {
			break
		}
		time.Sleep(25 * time.Millisecond)
	}
	if why := back.ReadOnlyReason(); !strings.Contains(why, "witness lite has cosigned 300 entries") {
		t.Errorf("the rolled back log goes on: %q", why)
	}
}

// noMark is a fork guard that was put back with its store.
type noMark struct {
	mu     sync.Mutex
	mark   ledger.Mark
	marked bool
}

func (g *noMark) Load(context.Context, string) (ledger.Mark, bool, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.mark, g.marked, nil
}

func (g *noMark) Advance(_ context.Context, _ string, m ledger.Mark, _ func(ledger.Mark) error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.mark, g.marked = m, true
	return nil
}
