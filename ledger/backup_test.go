package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/ledgertest"
)

// TestBackupDamage: a backup that was cut off or altered does not open.
func TestBackupDamage(t *testing.T) {
	s, l := newLog(t)
	fill(t, l, 0, 40)
	eraseEntry(t, l, 3)
	path := backup(t, s)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	try := func(b []byte) error {
		t.Helper()
		p := filepath.Join(t.TempDir(), "b")
		if err := os.WriteFile(p, b, 0o666); err != nil {
			t.Fatal(err)
		}
		b2, err := ledger.OpenBackup(p)
		if err == nil {
			_ = b2.Close()
		}
		return err
	}
	if err := try(whole); err != nil {
		t.Fatal(err)
	}
	for n := 0; n < len(whole); n += 1 + len(whole)/97 {
		if err := try(whole[:n]); !errors.Is(err, ledger.ErrCorrupt) && !errors.Is(err, ledger.ErrInvalid) {
			t.Errorf("cut off at byte %d: %v", n, err)
		}
		bad := bytes.Clone(whole)
		bad[n] ^= 1
		if err := try(bad); err == nil {
			t.Errorf("a flipped bit in byte %d: accepted", n)
		}
	}
	if err := try(append(bytes.Clone(whole), 'x')); err == nil {
		t.Error("bytes behind the end: accepted")
	}
}

// erasing erases an entry when a backup has read beyond it.
type erasing struct {
	ledger.Store
	at      uint64
	happens func()
}

func (e *erasing) Entries(ctx context.Context, from, to uint64, payloads bool, fn func(ledger.Stored) error) error {
	if payloads && from >= e.at && e.happens != nil {
		happens := e.happens
		e.happens = nil
		happens()
	}
	return e.Store.Entries(ctx, from, to, payloads, fn)
}

// TestBackupBesideErasure: what is erased while a backup is written is either in it
// with its payload and no tombstone, or erased with its tombstone; never erased
// without one.
func TestBackupBesideErasure(t *testing.T) {
	ctx, vkey := context.Background(), ledgertest.Signer(t).VerifierKey()
	s, l := newLog(t)
	fill(t, l, 0, 600)
	for _, target := range []uint64{10, 590} { // before and behind where the backup is
		src := &erasing{s, 256, func() { eraseEntry(t, l, target); fill(t, l, int(700+target), int(702+target)) }}
		dst := ledgertest.NewMemory()
		if _, err := ledger.Import(ctx, dst, openBackup(t, backup(t, src)), vkey, ledger.ImportOptions{}); err != nil {
			t.Fatal(err)
		}
		rep, err := ledger.Check(ctx, dst, vkey, ledger.CheckOptions{})
		if err != nil || !rep.OK() {
			t.Errorf("%+v, %v", rep, err)
		}
		if target == 590 {
			same(t, s, dst)
		}
	}
}

func FuzzBackup(f *testing.F) {
	f.Add([]byte("assize-backup/v1\nkey\n"))
	f.Add([]byte("assize-backup/v1\nkey\nE\x02{}" + strings.Repeat("\x00", 32) + "P" + strings.Repeat("\x01", 32) + "\x01xC\x00" + strings.Repeat("\x00", 32)))
	f.Fuzz(func(t *testing.T, b []byte) {
		p := filepath.Join(t.TempDir(), "b")
		if err := os.WriteFile(p, b, 0o666); err != nil {
			t.Fatal(err)
		}
		bk, err := ledger.OpenBackup(p)
		if err != nil {
			return
		}
		defer bk.Close()
		if err := bk.Entries(t.Context(), 0, 1<<40, true, func(ledger.Stored) error { return nil }); err != nil {
			t.Errorf("it opened, and then: %v", err)
		}
	})
}
