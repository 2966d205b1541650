package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/ledgertest"
)

// fill makes a log with identities, two erasures and payloads of some size.
func fill(t *testing.T, l *ledger.Log, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		e := ledger.Entry{Kind: "attestation", Payload: bytes.Repeat([]byte{byte(i)}, i%700), Identity: id(i), Keys: []ledger.Key{ledger.MakeKey("n", fmt.Sprint(i%7))}}
		wait := ledger.WaitSequenced
		if i == to-1 {
			wait = ledger.WaitPublished
		}
		if _, err := l.Append(context.Background(), e, wait); err != nil {
			t.Fatal(err)
		}
	}
}

func id(i int) [32]byte { return [32]byte{byte(i >> 8), byte(i), 1} }

func eraseEntry(t *testing.T, l *ledger.Log, index uint64) {
	t.Helper()
	if _, err := l.Erase(context.Background(), index, ledger.Entry{Kind: "erasure", Payload: []byte("why")}, ledger.WaitPublished); err != nil {
		t.Fatal(err)
	}
}

// settled waits until the newest checkpoint is in the store, where copies are made
// from: it is put there after it is answered.
func settled(t *testing.T, s ledger.Copy) {
	t.Helper()
	r, ok := s.(ledger.Reader)
	if !ok {
		return
	}
	eventually(t, "the newest checkpoint is stored", func() bool {
		h, _ := r.Head(context.Background())
		b, _ := r.Checkpoint(context.Background())
		cp, err := ledger.ParseCheckpoint(b, ledgertest.Signer(t).VerifierKey())
		return err == nil && cp.Size == h.Size
	})
}

// same holds two stores of one log against each other, whole.
func same(t *testing.T, a, b ledger.Reader) {
	t.Helper()
	ctx := context.Background()
	ha, _ := a.Head(ctx)
	hb, _ := b.Head(ctx)
	if ha != hb {
		t.Fatalf("heads differ: %+v, %+v", ha, hb)
	}
	var entries []ledger.Stored
	_ = a.Entries(ctx, 0, ha.Size, true, func(s ledger.Stored) error {
		s.Leaf, s.Payload = bytes.Clone(s.Leaf), bytes.Clone(s.Payload)
		entries = append(entries, s)
		return nil
	})
	n := 0
	_ = b.Entries(ctx, 0, hb.Size, true, func(s ledger.Stored) error {
		w := entries[n]
		if !bytes.Equal(w.Leaf, s.Leaf) || w.Identity != s.Identity || w.State != s.State || w.Salt != s.Salt || !bytes.Equal(w.Payload, s.Payload) || w.ErasedBy != s.ErasedBy {
			t.Errorf("entry %d differs", s.Index)
		}
		n++
		return nil
	})
	if n != len(entries) {
		t.Errorf("%d entries of %d", n, len(entries))
	}
	rep, err := ledger.Check(ctx, b, ledgertest.Signer(t).VerifierKey(), ledger.CheckOptions{})
	if err != nil || !rep.OK() || rep.Signed == nil || rep.Signed.Size != hb.Size {
		t.Errorf("check of the copy: %+v, %v", rep, err)
	}
}

// copies are all the ways to take a copy of a log along.
func copies(t *testing.T, s ledger.Reader) map[string]func() ledger.Copy {
	t.Helper()
	ctx, vkey := context.Background(), ledgertest.Signer(t).VerifierKey()
	settled(t, s)
	exported := func() string {
		dir := filepath.Join(t.TempDir(), "export")
		settled(t, s)
		if _, err := ledger.Export(ctx, s, vkey, dir); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	return map[string]func() ledger.Copy{
		"store":     func() ledger.Copy { return s },
		"directory": func() ledger.Copy { return ledger.OpenMirror(exported(), nil) },
		"url": func() ledger.Copy {
			hs := httptest.NewServer(http.FileServer(http.Dir(exported())))
			t.Cleanup(hs.Close)
			return ledger.OpenMirror(hs.URL, nil)
		},
		"mirror of a url": func() ledger.Copy {
			hs := httptest.NewServer(http.FileServer(http.Dir(exported())))
			t.Cleanup(hs.Close)
			dir := filepath.Join(t.TempDir(), "mirror")
			if _, err := ledger.OpenMirror(hs.URL, nil).Follow(ctx, vkey, dir); err != nil {
				t.Fatal(err)
			}
			return ledger.OpenMirror(dir, nil)
		},
		"backup": func() ledger.Copy { return openBackup(t, backup(t, s)) },
	}
}

func backup(t *testing.T, s ledger.Copy) string {
	t.Helper()
	settled(t, s)
	path := filepath.Join(t.TempDir(), "backup")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = ledger.WriteBackup(context.Background(), s, ledgertest.Signer(t).VerifierKey(), f, nil)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func openBackup(t *testing.T, path string) *ledger.Backup {
	t.Helper()
	b, err := ledger.OpenBackup(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// TestImport: from every kind of copy a store can be made that is the same, entry
// by entry, with what was erased still erased.
func TestImport(t *testing.T) {
	ctx, vkey := context.Background(), ledgertest.Signer(t).VerifierKey()
	s, l := newLog(t)
	fill(t, l, 0, 600)
	eraseEntry(t, l, 3)
	fill(t, l, 600, 800)
	eraseEntry(t, l, 255)
	for name, open := range copies(t, s) {
		t.Run(name, func(t *testing.T) {
			dst := ledgertest.NewMemory()
			got, err := ledger.Import(ctx, dst, open(), vkey, ledger.ImportOptions{})
			if err != nil || got.From != 0 || got.To != 802 {
				t.Fatalf("%+v, %v", got, err)
			}
			same(t, s, dst)
			re := ledgertest.Open(t, dst, t.TempDir())
			if err := re.Initialise(ctx); err != nil {
				t.Fatal(err)
			}
			if r, err := re.Append(ctx, ledger.Entry{Kind: "attestation", Identity: id(5)}, ledger.WaitPublished); err != nil || !r.Duplicate || r.Index != 5 {
				t.Errorf("evidence that was there before is not known again: %+v, %v", r, err)
			}
			if _, err := re.Append(ctx, ledger.Entry{Kind: "attestation", Identity: id(3)}, ledger.WaitPublished); !errors.Is(err, ledger.ErrErased) {
				t.Errorf("evidence that was erased: %v, want ErrErased", err)
			}
		})
	}
}

// TestImportReplays: an old copy of a store gets what it lacks, and what was erased
// since goes with it.
func TestImportReplays(t *testing.T) {
	ctx, vkey := context.Background(), ledgertest.Signer(t).VerifierKey()
	s, l := newLog(t)
	fill(t, l, 0, 300)
	old := ledgertest.NewMemory()
	settled(t, s)
	if _, err := ledger.Import(ctx, old, s, vkey, ledger.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	stale := backup(t, s)
	eraseEntry(t, l, 7)
	fill(t, l, 300, 340)
	eraseEntry(t, l, 310)
	settled(t, s)
	got, err := ledger.Import(ctx, old, s, vkey, ledger.ImportOptions{})
	if err != nil || got.From != 300 || got.To != 342 || got.Erased != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	same(t, s, old)
	if got, err := ledger.Import(ctx, old, s, vkey, ledger.ImportOptions{}); err != nil || got.From != got.To {
		t.Errorf("a second time: %+v, %v", got, err)
	}
	if _, err := ledger.Import(ctx, old, openBackup(t, stale), vkey, ledger.ImportOptions{}); !errors.Is(err, ledger.ErrInvalid) {
		t.Errorf("from an older copy: %v, want ErrInvalid", err)
	}
	if rec, err := ledgertest.OpenConfig(t, "", ledger.Config{Store: old, ReadOnly: true}).Read(ctx, 7); err != nil || !rec.Erased {
		t.Errorf("entry 7: %+v, %v", rec, err)
	}
}

// TestImportRefuses: nothing of a copy that does not prove itself gets into a store.
func TestImportRefuses(t *testing.T) {
	ctx, vkey := context.Background(), ledgertest.Signer(t).VerifierKey()
	s, l := newLog(t)
	fill(t, l, 0, 300)
	forked := ledgertest.NewMemory()
	ol := ledgertest.Open(t, forked, t.TempDir())
	fill(t, ol, 1, 20)
	_, stranger, err := ledger.GenerateKey(nil, ledgertest.Origin)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "export")
	settled(t, s)
	if _, err := ledger.Export(ctx, s, vkey, dir); err != nil {
		t.Fatal(err)
	}
	bare := filepath.Join(t.TempDir(), "bare")
	if err := os.CopyFS(bare, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{"payload", "salt", "identity"} {
		if err := os.RemoveAll(filepath.Join(bare, d)); err != nil {
			t.Fatal(err)
		}
	}
	damaged := func(path string) string {
		to := filepath.Join(t.TempDir(), "damaged")
		if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(to, filepath.FromSlash(path))
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		b[len(b)/2] ^= 1
		if err := os.WriteFile(file, b, 0o666); err != nil {
			t.Fatal(err)
		}
		return to
	}
	lost := damaged("payload/200")
	if err := os.Remove(filepath.Join(lost, "payload", "200")); err != nil {
		t.Fatal(err)
	}
	settled(t, s)
	for _, test := range []struct {
		name string
		dst  ledger.Store
		src  ledger.Copy
		vkey string
		want error
		text string
	}{
		{"another key", ledgertest.NewMemory(), s, stranger, ledger.ErrProof, "no valid signature"},
		{"a fork", forked, s, vkey, ledger.ErrProof, "not the first of the log"},
		{"no payloads", ledgertest.NewMemory(), ledger.OpenMirror(bare, nil), vkey, ledger.ErrCorrupt, "has payloads beside"},
		{"a leaf altered", ledgertest.NewMemory(), ledger.OpenMirror(damaged("tile/entries/000"), nil), vkey, ledger.ErrCorrupt, ""},
		{"a payload altered", ledgertest.NewMemory(), ledger.OpenMirror(damaged("payload/299"), nil), vkey, ledger.ErrCorrupt, "entry 299"},
		{"a payload lost", ledgertest.NewMemory(), ledger.OpenMirror(lost, nil), vkey, ledger.ErrCorrupt, "entry 200 of the copy is MISSING"},
		{"an empty directory", ledgertest.NewMemory(), ledger.OpenMirror(t.TempDir(), nil), vkey, ledger.ErrNotFound, "checkpoint"},
	} {
		before, _ := test.dst.Head(ctx)
		_, err := ledger.Import(ctx, test.dst, test.src, test.vkey, ledger.ImportOptions{})
		if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: %v, want %v, %q", test.name, err, test.want, test.text)
		}
		if after, _ := test.dst.Head(ctx); after != before && !strings.Contains(test.name, "payload") {
			t.Errorf("%s: %d entries were written", test.name, after.Size)
		}
	}
}

// TestImportMark: a copy that is signed, and is not the tree that was marked, or
// ends before it, is not written over what is there.
func TestImportMark(t *testing.T) {
	ctx, vkey := context.Background(), ledgertest.Signer(t).VerifierKey()
	s, l := newLog(t)
	fill(t, l, 0, 20)
	settled(t, s)
	root, err := l.RootAt(ctx, 15)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		mark ledger.Mark
		want error
	}{
		{ledger.Mark{Size: 15, Root: root}, nil},
		{ledger.Mark{Size: 15, Root: ledger.Hash{1}}, ledger.ErrProof},
		{ledger.Mark{Size: 21, Root: root}, ledger.ErrInvalid},
	} {
		dst := ledgertest.NewMemory()
		if _, err := ledger.Import(ctx, dst, s, vkey, ledger.ImportOptions{Mark: &test.mark}); !errors.Is(err, test.want) {
			t.Errorf("mark %d: %v, want %v", test.mark.Size, err, test.want)
		}
		if h, _ := dst.Head(ctx); (h.Size > 0) != (test.want == nil) {
			t.Errorf("mark %d: %d entries were written", test.mark.Size, h.Size)
		}
	}
}

// TestMirror: a mirror catches up with a log, erases with it, and refuses one that
// does not extend what it has.
func TestMirror(t *testing.T) {
	ctx, vkey := context.Background(), ledgertest.Signer(t).VerifierKey()
	s, l := newLog(t)
	fill(t, l, 0, 300)
	export, mirror := filepath.Join(t.TempDir(), "export"), filepath.Join(t.TempDir(), "mirror")
	hs := httptest.NewServer(http.FileServer(http.Dir(export)))
	t.Cleanup(hs.Close)
	follow := func() error {
		t.Helper()
		settled(t, s)
		if _, err := ledger.Export(ctx, s, vkey, export); err != nil {
			t.Fatal(err)
		}
		_, err := ledger.OpenMirror(hs.URL, nil).Follow(ctx, vkey, mirror)
		return err
	}
	if err := follow(); err != nil {
		t.Fatal(err)
	}
	eraseEntry(t, l, 17)
	eraseEntry(t, l, 299)
	fill(t, l, 300, 700)
	if err := follow(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(mirror, "payload", "017")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the payload that was erased is still in the mirror: %v", err)
	}
	dst := ledgertest.NewMemory()
	if _, err := ledger.Import(ctx, dst, ledger.OpenMirror(mirror, nil), vkey, ledger.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	same(t, s, dst)

	forked := ledgertest.NewMemory()
	fill(t, ledgertest.Open(t, forked, t.TempDir()), 1, 900)
	other := filepath.Join(t.TempDir(), "forked")
	settled(t, forked)
	if _, err := ledger.Export(ctx, forked, vkey, other); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(filepath.Join(mirror, "checkpoint"))
	if _, err := ledger.OpenMirror(other, nil).Follow(ctx, vkey, mirror); !errors.Is(err, ledger.ErrCorrupt) || !strings.Contains(err.Error(), "forked") {
		t.Errorf("a fork: %v", err)
	}
	if after, _ := os.ReadFile(filepath.Join(mirror, "checkpoint")); !bytes.Equal(before, after) {
		t.Error("the checkpoint of the mirror was replaced by that of a fork")
	}
}

// TestMirrorLies: a tile or bundle that is not of the signed tree does not get into
// a mirror.
func TestMirrorLies(t *testing.T) {
	ctx, vkey := context.Background(), ledgertest.Signer(t).VerifierKey()
	s, l := newLog(t)
	fill(t, l, 0, 600)
	dir := filepath.Join(t.TempDir(), "export")
	settled(t, s)
	if _, err := ledger.Export(ctx, s, vkey, dir); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"tile/entries/000", "tile/entries/002.p/88", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2", "payload/500", "salt/001"} {
		bad := filepath.Join(t.TempDir(), "bad")
		if err := os.CopyFS(bad, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(bad, filepath.FromSlash(path))
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		b[len(b)/2] ^= 1
		if err := os.WriteFile(file, b, 0o666); err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(t.TempDir(), "to")
		if _, err := ledger.OpenMirror(bad, nil).Follow(ctx, vkey, to); !errors.Is(err, ledger.ErrCorrupt) {
			t.Errorf("a flipped bit in %s: %v, want ErrCorrupt", path, err)
		}
		if _, err := os.Stat(filepath.Join(to, "checkpoint")); err == nil {
			t.Errorf("a flipped bit in %s: the mirror has a checkpoint", path)
		}
	}
}
