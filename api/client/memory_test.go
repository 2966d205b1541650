package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/assize-dev/assize/api"
	"github.com/assize-dev/assize/api/client"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/ledger/ledgertest"
	"github.com/assize-dev/assize/policy/gate"
)

// served is a log of so many entries behind the real service. Logs of one salt are
// one log, those of another a fork of it under the same key.
func served(t *testing.T, salt string, size int) (*ledger.Log, string) {
	t.Helper()
	l := ledgertest.Open(t, ledgertest.NewMemory(), t.TempDir())
	grow(t, l, salt, size)
	return l, serve(t, l)
}

func serve(t *testing.T, l *ledger.Log) string {
	t.Helper()
	locker := evidence.New(evidence.Config{Log: l, IdentityKey: make([]byte, 32)})
	s, err := api.New(api.Config{Gate: gate.New(gate.Config{Locker: locker}), Locker: locker, LogKey: ledgertest.Signer(t).VerifierKey()})
	if err != nil {
		t.Fatal(err)
	}
	hs := httptest.NewServer(s)
	t.Cleanup(hs.Close)
	return hs.URL
}

func grow(t *testing.T, l *ledger.Log, salt string, n int) {
	t.Helper()
	for i := range n {
		wait := ledger.WaitSequenced
		if i == n-1 {
			wait = ledger.WaitPublished
		}
		if _, err := l.Append(context.Background(), ledger.Entry{Kind: "test", Payload: []byte(fmt.Sprint(salt, i))}, wait); err != nil {
			t.Fatal(err)
		}
	}
}

func remembering(t *testing.T, url, dir, logKey string) *client.Client {
	t.Helper()
	c, err := client.New(client.Config{Server: url, Memory: client.NewMemory(dir), LogKey: logKey})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestSplitView: a log that grows is fine, by whichever service it is shown; one
// that forked, or shrank, is told, and both checkpoints are kept.
func TestSplitView(t *testing.T) {
	ctx, vkey := context.Background(), ledgertest.Signer(t).VerifierKey()
	honest, url := served(t, "a", 300)
	_, forked := served(t, "b", 400)
	_, forkedSame := served(t, "b", 340)
	_, shrunk := served(t, "a", 10)
	dir := filepath.Join(t.TempDir(), "state")
	for range 2 {
		if err := remembering(t, url, dir, "").Observe(ctx); err != nil {
			t.Fatal(err)
		}
		grow(t, honest, "more", 20)
	}
	if err := remembering(t, serve(t, honest), dir, vkey).Observe(ctx); err != nil { // a second replica
		t.Fatal(err)
	}
	for name, other := range map[string]string{"forked": forked, "forked at the same size": forkedSame, "shrunk": shrunk} {
		err := remembering(t, other, dir, "").Observe(ctx)
		var split *client.SplitViewError
		if !errors.Is(err, client.ErrSplitView) || !errors.As(err, &split) {
			t.Errorf("%s: %v, want ErrSplitView", name, err)
			continue
		}
		for _, f := range []string{"remembered.checkpoint", "shown.checkpoint"} {
			b, err := os.ReadFile(filepath.Join(split.Dir, f))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := ledger.ParseCheckpoint(b, vkey); err != nil {
				t.Errorf("%s: %s proves nothing: %v", name, f, err)
			}
		}
	}
	if err := remembering(t, url, dir, "").Observe(ctx); err != nil {
		t.Errorf("the honest log after it was told apart: %v", err)
	}
	grow(t, honest, "end", 1)
	if err := remembering(t, url, dir, "").Observe(ctx); err != nil {
		t.Errorf("and when it went on: %v", err)
	}
}

// TestMemoryTakesTurns: many processes that look at a growing log at once remember
// the newest of it, and nobody sees a half-written file.
func TestMemoryTakesTurns(t *testing.T) {
	ctx := context.Background()
	l, url := served(t, "a", 5)
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 8 {
		c := remembering(t, url, dir, "")
		wg.Go(func() {
			for range 8 {
				if err := c.Observe(ctx); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 20 {
		grow(t, l, "x", 1)
	}
	wg.Wait()
	if err := remembering(t, url, dir, "").Observe(ctx); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	var v struct{ Checkpoint string }
	if err := json.Unmarshal(b, &v); err != nil || !strings.Contains(v.Checkpoint, "\n25\n") {
		t.Errorf("remembered is %s, %v", b, err)
	}
}

// TestMemoryRefuses: another key, a file that was tampered with, one that is too
// large.
func TestMemoryRefuses(t *testing.T) {
	ctx := context.Background()
	_, url := served(t, "a", 5)
	_, other, err := ledger.GenerateKey(nil, ledgertest.Origin)
	if err != nil {
		t.Fatal(err)
	}
	if err := remembering(t, url, t.TempDir(), other).Observe(ctx); !errors.Is(err, ledger.ErrProof) {
		t.Errorf("another key is pinned: %v, want ErrProof", err)
	}
	dir := t.TempDir()
	if err := remembering(t, url, dir, "").Observe(ctx); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.json"))
	whole, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"cut off":            whole[:len(whole)/2],
		"another version":    []byte(strings.Replace(string(whole), `"v": 1`, `"v": 2`, 1)),
		"a size made up":     []byte(strings.Replace(string(whole), `\n5\n`, `\n4\n`, 1)),
		"over MaxRemembered": append(append([]byte{}, whole...), make([]byte, client.MaxRemembered)...),
	} {
		if err := os.WriteFile(files[0], b, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := remembering(t, url, dir, "").Observe(ctx); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// TestVerifyEntry: a client proves an entry from tiles alone, and finds out a leaf
// that is not there.
func TestVerifyEntry(t *testing.T) {
	ctx, vkey := context.Background(), ledgertest.Signer(t).VerifierKey()
	l, url := served(t, "a", 600)
	c := remembering(t, url, t.TempDir(), vkey)
	signed, err := c.Checkpoint(ctx)
	if err != nil {
		t.Fatal(err)
	}
	cp, err := ledger.ParseCheckpoint(signed, vkey)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []uint64{0, 255, 256, 511, 599} {
		rec, err := l.Read(ctx, i)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.VerifyEntry(ctx, rec.LeafHash, i, cp, vkey); err != nil {
			t.Error(err)
		}
		if err := c.VerifyEntry(ctx, ledger.Hash{1}, i, cp, vkey); !errors.Is(err, ledger.ErrProof) {
			t.Errorf("a made-up leaf at %d: %v", i, err)
		}
	}
}

// TestMemoryFollowsRotation: a client learns the new key from the log itself while
// both sign, goes on under it when the old one is gone, and learns no key that the
// log does not name.
func TestMemoryFollowsRotation(t *testing.T) {
	ctx := context.Background()
	store, guard := ledgertest.NewMemory(), t.TempDir()
	old := ledgertest.Signer(t)
	skey, vkey, err := ledger.GenerateKey(nil, ledgertest.Origin)
	if err != nil {
		t.Fatal(err)
	}
	next, err := ledger.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	both, err := next.Beside(old)
	if err != nil {
		t.Fatal(err)
	}
	open := func(s *ledger.Signer) (*ledger.Log, string) {
		l := ledgertest.OpenConfig(t, guard, ledger.Config{Store: store, Signer: s})
		return l, serve(t, l)
	}
	dir := t.TempDir()
	l, url := open(old)
	grow(t, l, "a", 3)
	if err := remembering(t, url, dir, "").Observe(ctx); err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	l, url = open(both) // nothing hands over yet: the second signature is a stranger's
	if err := remembering(t, url, dir, "").Observe(ctx); err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	l, url = open(next)
	if err := remembering(t, url, dir, "").Observe(ctx); !errors.Is(err, ledger.ErrProof) || !strings.Contains(err.Error(), "--log-key") {
		t.Errorf("a key that the log does not name: %v", err)
	}
	_ = l.Close()
	l, url = open(both)
	_, err = l.Append(ctx, ledger.Entry{Kind: evidence.KindRotation, Labels: []string{evidence.RotationType, vkey}, Keys: []ledger.Key{evidence.KeyKind(evidence.KindRotation)}}, ledger.WaitPublished)
	if err != nil {
		t.Fatal(err)
	}
	if err := remembering(t, url, dir, "").Observe(ctx); err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	l, url = open(next)
	grow(t, l, "b", 3)
	if err := remembering(t, url, dir, "").Observe(ctx); err != nil {
		t.Errorf("after the overlap: %v", err)
	}
	if err := remembering(t, url, t.TempDir(), vkey).Observe(ctx); err != nil {
		t.Errorf("a client that pinned the new key: %v", err)
	}
}

// TestForkTeachesNoKey: a key that only a fork of the log names is not remembered when
// the fork was refused.
func TestForkTeachesNoKey(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	skey, vkey, err := ledger.GenerateKey(nil, ledgertest.Origin)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := ledger.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	both, err := ledgertest.Signer(t).Beside(theirs)
	if err != nil {
		t.Fatal(err)
	}
	store, guard := ledgertest.NewMemory(), t.TempDir()
	honest := ledgertest.Open(t, store, guard)
	grow(t, honest, "a", 3)
	if err := remembering(t, serve(t, honest), dir, "").Observe(ctx); err != nil {
		t.Fatal(err)
	}
	fork := ledgertest.OpenConfig(t, t.TempDir(), ledger.Config{Store: ledgertest.NewMemory(), Signer: both})
	grow(t, fork, "b", 3)
	_, err = fork.Append(ctx, ledger.Entry{Kind: evidence.KindRotation, Labels: []string{evidence.RotationType, vkey}, Keys: []ledger.Key{evidence.KeyKind(evidence.KindRotation)}}, ledger.WaitPublished)
	if err != nil {
		t.Fatal(err)
	}
	if err := remembering(t, serve(t, fork), dir, "").Observe(ctx); !errors.Is(err, client.ErrSplitView) {
		t.Fatalf("a fork: %v", err)
	}
	_ = honest.Close()
	other := ledgertest.OpenConfig(t, guard, ledger.Config{Store: store, Signer: theirs})
	grow(t, other, "c", 1)
	if err := remembering(t, serve(t, other), dir, "").Observe(ctx); !errors.Is(err, ledger.ErrProof) {
		t.Errorf("signed by the key of the fork alone: %v", err)
	}
}

// TestServiceIsACopy: a store can be made from a running service, whole: what lies
// beside the tree comes along, and what was erased is not there.
func TestServiceIsACopy(t *testing.T) {
	ctx, vkey := context.Background(), ledgertest.Signer(t).VerifierKey()
	l, url := served(t, "a", 300)
	if _, err := l.Append(ctx, ledger.Entry{Kind: "test", Identity: [32]byte{7}, Payload: []byte("known")}, ledger.WaitPublished); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Erase(ctx, 3, ledger.Entry{Kind: "erasure"}, ledger.WaitPublished); err != nil {
		t.Fatal(err)
	}
	dst := ledgertest.NewMemory()
	got, err := ledger.Import(ctx, dst, ledger.OpenMirror(url, nil), vkey, ledger.ImportOptions{})
	if err != nil || got.To != 302 {
		t.Fatal(got, err)
	}
	rep, err := ledger.Check(ctx, dst, vkey, ledger.CheckOptions{})
	if err != nil || !rep.OK() || rep.Erased != 1 || rep.Present != 301 {
		t.Errorf("%+v, %v", rep, err)
	}
	if at, err := dst.Lookup(ctx, ledger.IdentityKey([32]byte{7}), 302); err != nil || len(at) != 1 || at[0] != 300 {
		t.Errorf("the identity of entry 300 is found at %v, %v", at, err)
	}
}
