package ledger_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/ledgertest"
)

// TestMirrorCutOff: rounds of a mirror that were cut off leave nothing that a later
// round takes for more than it is, nor anything it stumbles over.
func TestMirrorCutOff(t *testing.T) {
	ctx, vkey := context.Background(), ledgertest.Signer(t).VerifierKey()
	s, l := newLog(t)
	export, mirror := filepath.Join(t.TempDir(), "export"), filepath.Join(t.TempDir(), "mirror")
	hidden, broken := false, "none" // payloads are not served; what is not answered
	files := http.FileServer(http.Dir(export))
	hs := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, broken):
			http.Error(w, "broken", http.StatusInternalServerError)
		case hidden && !strings.HasPrefix(r.URL.Path, "/tile/") && r.URL.Path != "/checkpoint":
			http.NotFound(w, r)
		default:
			files.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(hs.Close)
	round := func() error {
		t.Helper()
		settled(t, s)
		if _, err := ledger.Export(ctx, s, vkey, export); err != nil {
			t.Fatal(err)
		}
		_, err := ledger.OpenMirror(hs.URL, nil).Follow(ctx, vkey, mirror)
		return err
	}
	whole := func(when string) {
		t.Helper()
		if err := round(); err != nil {
			t.Fatalf("%s: %v", when, err)
		}
		dst := ledgertest.NewMemory()
		if _, err := ledger.Import(ctx, dst, ledger.OpenMirror(mirror, nil), vkey, ledger.ImportOptions{}); err != nil {
			t.Fatalf("%s: %v", when, err)
		}
		same(t, s, dst)
	}

	fill(t, l, 0, 700)
	hidden = true
	if err := round(); err != nil {
		t.Fatal(err)
	}
	hidden, broken = false, "/payload/400"
	if err := round(); err == nil {
		t.Fatal("the round was not cut off")
	}
	broken = "none"
	whole("payloads came for the first time")

	rec, err := l.Read(ctx, 650)
	if err != nil {
		t.Fatal(err)
	}
	eraseEntry(t, l, 650)
	fill(t, l, 701, 1100)
	broken = "/payload/900"
	if err := round(); err == nil {
		t.Fatal("the round was not cut off")
	}
	broken = "none"
	whole("an entry was erased")
	if in := holding(t, mirror, rec.Salt[:]); len(in) > 0 {
		t.Errorf("the salt of what was erased is still in %v", in)
	}

	if rec, err = l.Read(ctx, 3); err != nil {
		t.Fatal(err)
	}
	eraseEntry(t, l, 3)
	hidden = true
	if err := round(); err != nil {
		t.Fatal(err)
	}
	if in := holding(t, mirror, rec.Salt[:]); len(in) > 0 {
		t.Errorf("erased where payloads are not served any more, the salt is still in %v", in)
	}
	hidden = false
	whole("payloads are served again")
}

// TestMirrorCutOffAtRotation: between key and checkpoint of a log whose key was
// rotated, whichever of the two could not be written.
func TestMirrorCutOffAtRotation(t *testing.T) {
	ctx, before := context.Background(), ledgertest.Signer(t)
	skey, vkey, err := ledger.GenerateKey(rand.Reader, ledgertest.Origin)
	if err != nil {
		t.Fatal(err)
	}
	next, err := ledger.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"log.vkey", "checkpoint"} {
		s, keys, dir := ledgertest.NewMemory(), t.TempDir(), filepath.Join(t.TempDir(), "mirror")
		l := ledgertest.Open(t, s, keys)
		fill(t, l, 0, 10)
		_ = l.Close()
		if _, err := ledger.Export(ctx, s, before.VerifierKey(), dir); err != nil {
			t.Fatal(err)
		}
		l = ledgertest.OpenConfig(t, keys, ledger.Config{Store: s, Signer: next})
		fill(t, l, 10, 20)
		_ = l.Close()
		inTheWay := filepath.Join(dir, file+".tmp")
		if err := os.Mkdir(inTheWay, 0o700); err != nil {
			t.Fatal(err)
		}
		if _, err := ledger.Export(ctx, s, vkey, dir); err == nil {
			t.Fatalf("%s could be written", file)
		}
		if err := os.Remove(inTheWay); err != nil {
			t.Fatal(err)
		}
		if _, err := ledger.Export(ctx, s, vkey, dir); err != nil {
			t.Errorf("%s could not be written once: %v", file, err)
		}
		if b := readFile(t, dir, "log.vkey"); !bytes.Equal(b, []byte(vkey+"\n")) {
			t.Errorf("%s could not be written once: the key is %s", file, b)
		}
	}
}
