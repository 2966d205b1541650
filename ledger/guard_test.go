package ledger_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/ledgertest"
)

func mark(size uint64) ledger.Mark { return ledger.Mark{Size: size, Root: ledger.Hash{byte(size)}} }

func TestFileGuard(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "mark")
	g := ledger.NewFileGuard(path)
	if _, ok, err := g.Load(ctx, "o"); ok || err != nil {
		t.Fatalf("a guard without file: %v, %v", ok, err)
	}
	for _, size := range []uint64{0, 1, 5, 5, 900} {
		if err := g.Advance(ctx, "o", mark(size), nil); err != nil {
			t.Fatal(err)
		}
		m, ok, err := ledger.NewFileGuard(path).Load(ctx, "o")
		if err != nil || !ok || m != mark(size) {
			t.Fatalf("after %d the file says %+v, %v, %v", size, m, ok, err)
		}
	}
	for name, err := range map[string]error{
		"going back":       g.Advance(ctx, "o", mark(5), nil),
		"another root":     g.Advance(ctx, "o", ledger.Mark{Size: 900}, nil),
		"another origin":   g.Advance(ctx, "p", mark(901), nil),
		"without a load":   ledger.NewFileGuard(path).Advance(ctx, "o", mark(1000), nil),
		"loading as other": func() error { _, _, err := ledger.NewFileGuard(path).Load(ctx, "p"); return err }(),
	} {
		if !errors.Is(err, ledger.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		}
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestFileGuardTorn damages every byte of the file: the mark read then is the
// newest, the one before it, or none with an error. Never another.
func TestFileGuardTorn(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "mark")
	g := ledger.NewFileGuard(path)
	for _, size := range []uint64{7, 8, 9} {
		if err := g.Advance(ctx, "o", mark(size), nil); err != nil {
			t.Fatal(err)
		}
	}
	_ = g.Close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	fell := false
	for i := range whole {
		bad := append([]byte(nil), whole...)
		bad[i] ^= 0x11
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		m, ok, err := ledger.NewFileGuard(path).Load(ctx, "o")
		if err != nil || !ok || (m != mark(9) && m != mark(8)) {
			t.Errorf("byte %d damaged: %+v, %v, %v", i, m, ok, err)
		}
		fell = fell || m == mark(8)
	}
	if !fell {
		t.Error("damage to the newest slot was never noticed")
	}
	for _, b := range [][]byte{nil, whole[:100], whole[:256], append(whole, 'x'), make([]byte, len(whole))} {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := ledger.NewFileGuard(path).Load(ctx, "o"); !errors.Is(err, ledger.ErrInvalid) {
			t.Errorf("a file of %d bytes: %v, want ErrInvalid: a damaged mark is not a missing one", len(b), err)
		}
	}
}

// FuzzFileGuard: whatever is in the file, it is a mark with its checksum, or
// an error.
func FuzzFileGuard(f *testing.F) {
	dir := f.TempDir()
	g := ledger.NewFileGuard(filepath.Join(dir, "seed"))
	if err := g.Advance(context.Background(), "o", mark(3), nil); err != nil {
		f.Fatal(err)
	}
	_ = g.Close()
	seed, err := os.ReadFile(filepath.Join(dir, "seed"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add([]byte(strings.Repeat(" ", 512)))
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(dir, "mark")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, ok, err := ledger.NewFileGuard(path).Load(context.Background(), "o"); !ok && err == nil {
			t.Errorf("%q reads as no mark", b)
		}
	})
}

// open opens a log over s with the guard file of dir.
func openLog(t *testing.T, s ledger.Store, dir string) *ledger.Log {
	t.Helper()
	return ledgertest.Open(t, s, dir)
}

// TestForkGuard plays what can happen to a store behind the service's back. In
// each case nothing may be signed, and reading goes on.
func TestForkGuard(t *testing.T) {
	ctx := context.Background()
	build := func(t *testing.T, dir, seed string, n int) *ledgertest.Memory {
		s := ledgertest.NewMemory()
		l := openLog(t, s, dir)
		for i := range n {
			if _, err := l.Append(ctx, ledger.Entry{Kind: "test", Payload: []byte(seed + string(rune(i)))}, ledger.WaitPublished); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		return s
	}
	for _, test := range []struct {
		name   string
		play   func(t *testing.T, dir string) ledger.Store
		reason string // empty: opens for writing
	}{
		{"nothing happened", func(t *testing.T, dir string) ledger.Store { return build(t, dir, "a", 5) }, ""},
		{"an empty store and no mark", func(t *testing.T, _ string) ledger.Store { return ledgertest.NewMemory() }, ""},
		{"restored from an old copy", func(t *testing.T, dir string) ledger.Store {
			build(t, dir, "a", 5)
			return build(t, t.TempDir(), "a", 3)
		}, "old copy"},
		{"deleted", func(t *testing.T, dir string) ledger.Store {
			build(t, dir, "a", 5)
			return ledgertest.NewMemory()
		}, "old copy"},
		{"exchanged for a longer log", func(t *testing.T, dir string) ledger.Store {
			build(t, dir, "a", 5)
			return build(t, t.TempDir(), "b", 9)
		}, "not this log"},
		{"the mark is gone", func(t *testing.T, dir string) ledger.Store {
			s := build(t, dir, "a", 5)
			if err := os.Remove(filepath.Join(dir, "mark")); err != nil {
				t.Fatal(err)
			}
			return s
		}, "initialise"},
		{"the mark is damaged", func(t *testing.T, dir string) ledger.Store {
			s := build(t, dir, "a", 5)
			if err := os.Truncate(filepath.Join(dir, "mark"), 10); err != nil {
				t.Fatal(err)
			}
			return s
		}, "fork guard"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			s := test.play(t, dir)
			before, _ := s.Checkpoint(ctx)
			l := openLog(t, s, dir)
			why := l.ReadOnlyReason()
			if test.reason == "" {
				if why != "" {
					t.Fatalf("read-only: %s", why)
				}
				return
			}
			if !strings.Contains(why, test.reason) {
				t.Fatalf("reason %q does not name %q", why, test.reason)
			}
			_, err := l.Append(ctx, ledger.Entry{Kind: "test"}, ledger.WaitSequenced)
			var readOnly *ledger.ReadOnlyError
			if !errors.Is(err, ledger.ErrReadOnly) || !errors.As(err, &readOnly) || readOnly.Reason != why {
				t.Errorf("append: %v", err)
			}
			if after, _ := s.Checkpoint(ctx); string(after) != string(before) {
				t.Error("something was signed")
			}
			if h, _ := s.Head(ctx); h.Size > 0 {
				if _, err := l.Read(ctx, 0); err != nil {
					t.Errorf("reading ended too: %v", err)
				}
			}
		})
	}
}

func TestInitialise(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	s := ledgertest.NewMemory()
	l := openLog(t, s, dir)
	appendN(t, l, 3)
	if err := l.Initialise(ctx); !errors.Is(err, ledger.ErrInvalid) {
		t.Errorf("initialise over a mark: %v, want ErrInvalid: it would allow a fork", err)
	}
	_ = l.Close()
	l = openLog(t, s, t.TempDir()) // the mark is elsewhere
	if l.ReadOnlyReason() == "" {
		t.Fatal("a log without a mark opened for writing")
	}
	if err := l.Initialise(ctx); err != nil {
		t.Fatal(err)
	}
	if r := appendN(t, l, 1)[0]; r.Index != 3 {
		t.Errorf("index %d after initialising, want 3", r.Index)
	}
}

// brokenGuard cannot be advanced.
type brokenGuard struct{ ledger.ForkGuard }

func (brokenGuard) Advance(context.Context, string, ledger.Mark, func(ledger.Mark) error) error {
	return errors.New("disk is gone")
}

// TestMarkBeforeSignature: an entry whose mark cannot be made durable gets no
// signature, and the log stops.
func TestMarkBeforeSignature(t *testing.T) {
	ctx := context.Background()
	guard := &switchGuard{ForkGuard: ledger.NewFileGuard(filepath.Join(t.TempDir(), "mark"))}
	s := ledgertest.NewMemory()
	l := ledgertest.OpenConfig(t, "", ledger.Config{Store: s, Guard: guard})
	appendN(t, l, 2)
	guard.broken = true
	if _, err := l.Append(ctx, ledger.Entry{Kind: "test"}, ledger.WaitPublished); !errors.Is(err, ledger.ErrReadOnly) {
		t.Errorf("append without a durable mark: %v", err)
	}
	if size, _, _, err := l.Head(ctx); err != nil || size != 2 {
		t.Errorf("signed size %d, %v: want 2, the last with a mark", size, err)
	}
	if !strings.Contains(l.ReadOnlyReason(), "disk is gone") {
		t.Errorf("reason %q", l.ReadOnlyReason())
	}
	_ = l.Close()
	guard.broken = false
	l = ledgertest.OpenConfig(t, "", ledger.Config{Store: s, Guard: guard})
	if size, _, _, err := l.Head(ctx); err != nil || size != 3 {
		t.Errorf("opened again: signed size %d, %v: want 3", size, err)
	}
}

// TestMarkNotSynced: a mark that was written and could not be synced is made durable
// before it counts, also by who finds it in the file.
func TestMarkNotSynced(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "mark")
	gone := errors.New("disk is gone")
	syncs := 0
	var fault error
	sync := func(f *os.File) error {
		syncs++
		return errors.Join(fault, f.Sync())
	}
	open := func() *ledger.FileGuard {
		g := ledger.NewFileGuard(path)
		t.Cleanup(func() { _ = g.Close() })
		ledger.Syncing(g, sync)
		return g
	}
	g := open()
	if err := g.Advance(ctx, "o", mark(1), nil); err != nil {
		t.Fatal(err)
	}
	fault = gone
	for range 2 {
		if err := g.Advance(ctx, "o", mark(2), nil); !errors.Is(err, gone) {
			t.Errorf("a mark that is not synced: %v", err)
		}
	}
	again := open()
	if m, _, err := again.Load(ctx, "o"); err != nil || m != mark(2) {
		t.Fatal(m, err)
	}
	if err := again.Advance(ctx, "o", mark(2), nil); !errors.Is(err, gone) {
		t.Errorf("a mark that another process did not sync: %v", err)
	}
	fault = nil
	for _, g := range []*ledger.FileGuard{g, again} {
		if err := g.Advance(ctx, "o", mark(2), nil); err != nil {
			t.Fatal(err)
		}
		before := syncs
		if err := g.Advance(ctx, "o", mark(2), nil); err != nil || syncs != before {
			t.Errorf("what is durable was synced again, %v", err)
		}
	}
}

type switchGuard struct {
	ledger.ForkGuard
	broken bool
}

func (g *switchGuard) Advance(ctx context.Context, origin string, m ledger.Mark, extends func(ledger.Mark) error) error {
	if g.broken {
		return brokenGuard{}.Advance(ctx, origin, m, extends)
	}
	return g.ForkGuard.Advance(ctx, origin, m, extends)
}

func TestOpenRefuses(t *testing.T) {
	ctx := context.Background()
	s, l := newLog(t)
	appendN(t, l, 1)
	_ = l.Close()
	skey, _, err := ledger.GenerateKey(nil, "example.com/other")
	if err != nil {
		t.Fatal(err)
	}
	other, err := ledger.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	guard := ledger.NewFileGuard(filepath.Join(t.TempDir(), "mark"))
	for name, c := range map[string]ledger.Config{
		"no store":           {Signer: other, Guard: guard},
		"no signer":          {Store: s, Guard: guard},
		"no guard":           {Store: s, Signer: other},
		"another log's name": {Store: s, Signer: other, Guard: guard},
	} {
		if _, err := ledger.Open(ctx, c); !errors.Is(err, ledger.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		}
	}
	for _, origin := range []string{"", "a b", "a+b"} {
		if _, _, err := ledger.GenerateKey(nil, origin); err == nil {
			t.Errorf("origin %q is accepted", origin)
		}
	}
	for _, key := range []string{"", "x", ledgertest.TestKey[:60], strings.Replace(ledgertest.TestKey, "73df", "73de", 1)} {
		if _, err := ledger.NewSigner(key); !errors.Is(err, ledger.ErrInvalid) {
			t.Errorf("key %q: %v", key, err)
		}
	}
}
