package ledger_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/ledgertest"
)

// TestExport reads an export back with nothing but files: each leaf's payload
// and salt give its commitment. Exporting again adds what came since.
func TestExport(t *testing.T) {
	ctx := context.Background()
	s, l := newLog(t)
	vkey := ledgertest.Signer(t).VerifierKey()
	dir := filepath.Join(t.TempDir(), "a", "export")
	appendN(t, l, 1001)
	if _, err := ledger.Export(ctx, s, vkey, dir); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Erase(ctx, 7, ledger.Entry{Kind: "erasure", Payload: []byte("why")}, ledger.WaitPublished); err != nil {
		t.Fatal(err)
	}
	appendN(t, l, 300)
	_ = l.Close()
	c, err := ledger.Export(ctx, s, vkey, dir)
	if err != nil || c.Size != 1302 {
		t.Fatal(c.Size, err)
	}
	if b := readFile(t, dir, "log.vkey"); string(b) != vkey+"\n" {
		t.Errorf("log.vkey is %q", b)
	}
	if cp, err := ledger.ParseCheckpoint(readFile(t, dir, "checkpoint"), vkey); err != nil || cp.Size != c.Size {
		t.Errorf("checkpoint: %v", err)
	}
	err = s.Entries(ctx, 0, c.Size, false, func(e ledger.Stored) error {
		tile := ledger.Tile{Entries: true, Index: e.Index / 256, Width: 256}
		if tile.Index == c.Size/256 {
			tile.Width = int(c.Size % 256)
		}
		bundle := readFile(t, dir, tile.Path())
		if !bytes.Contains(bundle, e.Leaf) {
			t.Errorf("leaf %d is not in %s", e.Index, tile.Path())
		}
		salts := readFile(t, dir, "salt"+tile.Path()[len("tile/entries"):])
		salt := [32]byte(salts[e.Index%256*32:])
		group := ledger.Tile{Entries: true, Index: e.Index, Width: 256}
		payload, err := os.ReadFile(filepath.Join(dir, "payload"+group.Path()[len("tile/entries"):]))
		if e.Index == 7 {
			if !errors.Is(err, os.ErrNotExist) || salt != ([32]byte{}) {
				t.Errorf("the erased payload is still exported: %v, salt %x", err, salt)
			}
			return nil
		}
		if err != nil {
			return err
		}
		leaf, err := ledger.ParseLeaf(e.Leaf)
		if err != nil {
			return err
		}
		commitment := ledger.Commit(salt, payload)
		if hex.EncodeToString(commitment[:]) != leaf.Commitment {
			t.Errorf("files of entry %d do not give its commitment", e.Index)
		}
		return ledger.VerifyPayload(leaf, salt, payload)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestExportEmptyFiles: files that a loss of power left empty are written again.
func TestExportEmptyFiles(t *testing.T) {
	ctx := context.Background()
	s, l := newLog(t)
	vkey, dir := ledgertest.Signer(t).VerifierKey(), t.TempDir()
	appendN(t, l, 300)
	_ = l.Close()
	if _, err := ledger.Export(ctx, s, vkey, dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"tile/0/000", "tile/entries/000", "payload/005"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		want := readFile(t, dir, name)
		if err := os.Truncate(path, 0); err != nil {
			t.Fatal(err)
		}
		if _, err := ledger.Export(ctx, s, vkey, dir); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(readFile(t, dir, name), want) {
			t.Errorf("%s is still empty", name)
		}
	}
}

func readFile(t *testing.T, dir, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestExportRefuses: nothing that is not an earlier state of this log is
// written over.
func TestExportRefuses(t *testing.T) {
	ctx := context.Background()
	s, l := newLog(t)
	appendN(t, l, 5)
	vkey := ledgertest.Signer(t).VerifierKey()
	good := filepath.Join(t.TempDir(), "export")
	if _, err := ledger.Export(ctx, s, vkey, good); err != nil {
		t.Fatal(err)
	}
	foreign := t.TempDir()
	if err := os.WriteFile(filepath.Join(foreign, "thesis.docx"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, otherKey, err := ledger.GenerateKey(nil, ledgertest.Origin)
	if err != nil {
		t.Fatal(err)
	}
	shorter, sl := newLog(t)
	appendN(t, sl, 3)
	forked, fl := newLog(t)
	appendN(t, fl, 9)
	for _, test := range []struct {
		name  string
		store ledger.Store
		vkey  string
		dir   string
		want  error
	}{
		{"a directory of other files", s, vkey, foreign, ledger.ErrInvalid},
		{"another key", s, otherKey, filepath.Join(t.TempDir(), "x"), ledger.ErrProof},
		{"a key that is none", s, "x", filepath.Join(t.TempDir(), "x"), ledger.ErrInvalid},
		{"a shorter log", shorter, vkey, good, ledger.ErrInvalid},
		{"a forked log", forked, vkey, good, ledger.ErrCorrupt},
		{"a log without checkpoint", ledgertest.NewMemory(), vkey, filepath.Join(t.TempDir(), "x"), ledger.ErrNotFound},
	} {
		if _, err := ledger.Export(ctx, test.store, test.vkey, test.dir); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
	if b := readFile(t, good, "payload/000"); len(b) != 1 {
		t.Error("a refused export changed the directory")
	}
}
