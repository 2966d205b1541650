package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/ledgertest"
)

// TestForkGuardShared: two processes open two copies of one store with the same
// key and guard. Whoever comes second would sign another tree of a size that was
// signed, and stops instead.
func TestForkGuardShared(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	instant := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	// The same salts and times make the same tree.
	replica := func() *ledgertest.Memory {
		s := ledgertest.NewMemory()
		l := ledgertest.OpenConfig(t, t.TempDir(), ledger.Config{
			Store: s, Clock: func() time.Time { return instant }, Rand: bytes.NewReader(make([]byte, 1<<10)),
		})
		appendN(t, l, 3)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		return s
	}
	first := openLog(t, replica(), dir)
	if why := first.ReadOnlyReason(); !strings.Contains(why, "no mark") {
		t.Fatalf("reason %q", why)
	}
	if err := first.Initialise(ctx); err != nil {
		t.Fatal(err)
	}
	copied := replica()
	second := openLog(t, copied, dir)
	if why := second.ReadOnlyReason(); why != "" {
		t.Fatal(why)
	}
	if _, err := first.Append(ctx, ledger.Entry{Kind: "test", Payload: []byte("a")}, ledger.WaitPublished); err != nil {
		t.Fatal(err)
	}
	r, err := second.Append(ctx, ledger.Entry{Kind: "test", Payload: []byte("b")}, ledger.WaitPublished)
	if !errors.Is(err, ledger.ErrReadOnly) || !strings.Contains(second.ReadOnlyReason(), "another process") {
		t.Errorf("a fork: %v, %q; reason %q", err, r.Checkpoint, second.ReadOnlyReason())
	}
	if size, _, _, err := second.Head(ctx); err != nil || size != 3 {
		t.Errorf("the second signed size %d, %v", size, err)
	}
	if why := openLog(t, copied, dir).ReadOnlyReason(); !strings.Contains(why, "not this log") {
		t.Errorf("opened again: reason %q", why)
	}
	if _, err := first.Append(ctx, ledger.Entry{Kind: "test", Payload: []byte("c")}, ledger.WaitPublished); err != nil {
		t.Errorf("the first: %v", err)
	}
}

// TestFileGuardReplaced: a mark that goes into a file nobody will find is none.
func TestFileGuardReplaced(t *testing.T) {
	ctx := context.Background()
	for name, play := range map[string]func(path string) error{
		"removed": os.Remove,
		"a copy in its place": func(path string) error {
			b, err := os.ReadFile(path)
			return errors.Join(err, os.WriteFile(path+".new", b, 0o600), os.Rename(path+".new", path))
		},
		"an old copy in it": func(path string) error {
			g := ledger.NewFileGuard(path + ".old")
			err := errors.Join(g.Advance(ctx, "o", mark(1), nil), g.Close())
			b, err2 := os.ReadFile(path + ".old")
			return errors.Join(err, err2, os.WriteFile(path, b, 0o600))
		},
	} {
		path := filepath.Join(t.TempDir(), "mark")
		g := ledger.NewFileGuard(path)
		if err := errors.Join(g.Advance(ctx, "o", mark(3), nil), g.Advance(ctx, "o", mark(4), nil), play(path)); err != nil {
			t.Fatal(err)
		}
		if err := g.Advance(ctx, "o", mark(5), nil); err == nil {
			t.Errorf("%s: advanced", name)
		}
		_ = g.Close()
	}
}

// TestFileGuardReplicas: two processes on one store share the file. Each takes
// the other's marks if its store holds them, and only then.
func TestFileGuardReplicas(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "mark")
	holds := func(ledger.Mark) error { return nil }
	a, b := ledger.NewFileGuard(path), ledger.NewFileGuard(path)
	for i, step := range []struct {
		g    *ledger.FileGuard
		size uint64
		want uint64 // in the file afterwards
	}{{a, 0, 0}, {b, 0, 0}, {a, 3, 3}, {b, 2, 3}, {b, 5, 5}, {a, 4, 5}, {a, 9, 9}, {b, 9, 9}} {
		if err := step.g.Advance(ctx, "o", mark(step.size), holds); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
		if m, _, err := ledger.NewFileGuard(path).Load(ctx, "o"); err != nil || m != mark(step.want) {
			t.Errorf("step %d: the file says %d, %v: want %d", i, m.Size, err, step.want)
		}
	}
	misses := func(ledger.Mark) error { return ledger.ErrInvalid }
	if err := b.Advance(ctx, "o", mark(12), holds); err != nil {
		t.Fatal(err)
	}
	for _, m := range []ledger.Mark{mark(11), mark(13)} {
		if err := a.Advance(ctx, "o", m, misses); !errors.Is(err, ledger.ErrInvalid) {
			t.Errorf("mark %d over one that the store does not hold: %v", m.Size, err)
		}
	}
	if err := a.Advance(ctx, "o", ledger.Mark{Size: 12}, holds); !errors.Is(err, ledger.ErrInvalid) {
		t.Errorf("another root of the size that was signed: %v", err)
	}
}
