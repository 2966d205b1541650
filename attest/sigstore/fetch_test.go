package sigstore_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/theupdateframework/go-tuf/v2/metadata"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/attesttest"
	"github.com/assize-dev/assize/attest/sigstore"
	"github.com/assize-dev/assize/attest/sigstore/sigstoretest"
)

// repository serves a TUF repository with one target, signed by one key for all
// roles, and returns its files to tamper with.
func repository(t *testing.T, target []byte, expires time.Time) (files map[string][]byte, url string) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	private := attesttest.Key(t, attest.Ed25519, "tuf")
	signer, err := signature.LoadSigner(private, crypto.Hash(0))
	must(err)
	key, err := metadata.KeyFromPublicKey(private.Public().(ed25519.PublicKey))
	must(err)

	root, targets, snapshot, timestamp := metadata.Root(expires), metadata.Targets(expires), metadata.Snapshot(expires), metadata.Timestamp(expires)
	for _, role := range []string{"root", "targets", "snapshot", "timestamp"} {
		must(root.Signed.AddKey(key, role))
	}
	file, err := metadata.TargetFile().FromBytes(sigstore.DefaultTarget, target, "sha256")
	must(err)
	targets.Signed.Targets[sigstore.DefaultTarget] = file
	files = map[string][]byte{"/targets/" + hex.EncodeToString(file.Hashes["sha256"]) + "." + sigstore.DefaultTarget: target}
	write := func(name string, sign func() error, text func(bool) ([]byte, error)) {
		t.Helper()
		must(sign())
		b, err := text(false)
		must(err)
		files[name] = b
	}
	write("/1.root.json", func() error { _, err := root.Sign(signer); return err }, root.ToBytes)
	write("/1.targets.json", func() error { _, err := targets.Sign(signer); return err }, targets.ToBytes)
	write("/1.snapshot.json", func() error { _, err := snapshot.Sign(signer); return err }, snapshot.ToBytes)
	write("/timestamp.json", func() error { _, err := timestamp.Sign(signer); return err }, timestamp.ToBytes)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, ok := files[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(text)
	}))
	t.Cleanup(srv.Close)
	return files, srv.URL
}

// If this fails, a trusted root comes from somebody else than the repository's keys.
func TestFetch(t *testing.T) {
	want := sigstoretest.New(t).TrustedRoot()
	canonical, err := attest.ParseTrustedRoot(want)
	if err != nil {
		t.Fatal(err)
	}
	next := time.Now().Add(24 * time.Hour)
	files, url := repository(t, want, next)
	root := files["/1.root.json"]
	got, err := sigstore.Fetch(t.Context(), sigstore.Repository{URL: url, Root: root})
	if err != nil || !bytes.Equal(got, canonical) {
		t.Fatalf("fetched another root: %v", err)
	}

	fails := func(name string, want error, r sigstore.Repository, words ...string) {
		t.Helper()
		doc, err := sigstore.Fetch(t.Context(), r)
		if doc != nil || !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
			return
		}
		for _, word := range words {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%s: %q does not say %q", name, err, word)
			}
		}
	}
	fails("no root.json", sigstore.ErrConfig, sigstore.Repository{URL: url}, "root.json")
	fails("another target", sigstore.ErrService, sigstore.Repository{URL: url, Root: root, Target: "other.json"}, "other.json")
	fails("nobody there", sigstore.ErrService, sigstore.Repository{URL: "http://127.0.0.1:1", Root: root}, "127.0.0.1:1")
	fails("a root of another", sigstore.ErrService, sigstore.Repository{URL: url, Root: []byte("{}")})

	_, expired := repository(t, want, time.Now().Add(-time.Hour))
	fails("expired", sigstore.ErrService, sigstore.Repository{URL: expired, Root: root}, "expired")
	_, other := repository(t, []byte(`{"mediaType":"x"}`), next)
	fails("a target that is no trusted root", attest.ErrMalformed, sigstore.Repository{URL: other, Root: root}, "media type")
	for name := range files {
		if strings.HasPrefix(name, "/targets/") {
			files[name] = bytes.Replace(files[name], []byte("rekor.localhost"), []byte("rekor.evil.host"), 1)
		}
	}
	fails("target replaced", sigstore.ErrService, sigstore.Repository{URL: url, Root: root})

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := sigstore.Fetch(ctx, sigstore.Repository{URL: url, Root: root}); err == nil {
		t.Error("fetched after the caller gave up")
	}
}
