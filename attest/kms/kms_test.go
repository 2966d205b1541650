package kms_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sigstore/sigstore/pkg/signature/kms/fake"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/attesttest"
	"github.com/assize-dev/assize/attest/kms"
	_ "github.com/assize-dev/assize/attest/kms/aws"
	_ "github.com/assize-dev/assize/attest/kms/azure"
	_ "github.com/assize-dev/assize/attest/kms/gcp"
	_ "github.com/assize-dev/assize/attest/kms/hashivault"
)

// transit speaks the part of Vault's transit engine that signing takes
// (https://developer.hashicorp.com/vault/api-docs/secret/transit): read a key, sign
// with its latest version.
type transit struct {
	token string
	keys  map[string]crypto.Signer
}

func (v *transit) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	refuse := func(code int, text string) {
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(map[string]any{"errors": []string{text}})
	}
	if r.Header.Get("X-Vault-Token") != v.token {
		refuse(http.StatusForbidden, "permission denied")
		return
	}
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/v1/transit/"), "/")
	key := v.keys[parts[min(1, len(parts)-1)]]
	if key == nil {
		refuse(http.StatusNotFound, "encryption key not found")
		return
	}
	data := map[string]any{}
	switch parts[0] {
	case "keys":
		version := map[string]any{"name": "ecdsa"}
		if pub, ok := key.Public().(ed25519.PublicKey); ok {
			version["name"], version["public_key"] = "ed25519", base64.StdEncoding.EncodeToString(pub)
		} else {
			pem, err := attest.MarshalPublicKey(key.Public())
			if err != nil {
				refuse(http.StatusInternalServerError, err.Error())
				return
			}
			version["public_key"] = string(pem)
		}
		data["latest_version"], data["keys"] = 1, map[string]any{"1": version}
	case "sign":
		var in struct {
			Input     []byte `json:"input"`
			Prehashed bool   `json:"prehashed"`
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			refuse(http.StatusBadRequest, err.Error())
			return
		}
		_, edwards := key.Public().(ed25519.PublicKey)
		if in.Prehashed == edwards {
			refuse(http.StatusBadRequest, "prehashed does not go with the key")
			return
		}
		var opts crypto.SignerOpts = crypto.Hash(0)
		if len(parts) > 2 {
			opts = map[string]crypto.Hash{"sha2-256": crypto.SHA256, "sha2-384": crypto.SHA384, "sha2-512": crypto.SHA512}[parts[2]]
		}
		sig, err := key.Sign(rand.Reader, in.Input, opts)
		if err != nil {
			refuse(http.StatusBadRequest, err.Error())
			return
		}
		data["signature"] = "vault:v1:" + base64.StdEncoding.EncodeToString(sig)
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"data": data})
}

// vault starts a transit engine on loopback and points the provider at it.
func vault(t *testing.T, keys map[string]crypto.Signer) *transit {
	t.Helper()
	v := &transit{"s.token", keys}
	srv := httptest.NewServer(v)
	t.Cleanup(srv.Close)
	t.Setenv("VAULT_ADDR", srv.URL)
	t.Setenv("VAULT_TOKEN", v.token)
	return v
}

func statement() []byte {
	return attesttest.Statement("https://example.test/thing/v1", map[string]any{}, attesttest.Subject("model", ""))
}

// If this fails, evidence cannot be signed by a key that stays in the service.
func TestVault(t *testing.T) {
	keys := map[string]crypto.Signer{}
	for _, alg := range []attest.Algorithm{attest.ECDSAP256, attest.ECDSAP384, attest.ECDSAP521, attest.Ed25519} {
		keys[string(alg)] = attesttest.Key(t, alg, "vault")
	}
	v := vault(t, keys)
	for name := range keys {
		k, err := kms.Open(t.Context(), "hashivault://"+name)
		if err != nil {
			t.Fatal(err)
		}
		want, err := attest.KeyID(keys[name].Public())
		if err != nil {
			t.Fatal(err)
		}
		if got, err := attest.KeyID(k.Public()); err != nil || got != want || k.URI() != "hashivault://"+name {
			t.Fatalf("%s: opened another key: %v", name, err)
		}
		pem, err := attest.MarshalPublicKey(k.Public())
		if err != nil {
			t.Fatal(err)
		}
		raw, err := attest.SignDSSE(statement(), k)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := attest.VerifyService(raw, []string{string(pem)}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := k.Sign(nil, make([]byte, 20), crypto.SHA1); !errors.Is(err, attest.ErrUnsupported) {
			t.Errorf("%s: signed with SHA-1: %v", name, err)
		}
	}
	k, err := kms.Open(t.Context(), "hashivault://ecdsa-p256")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Sign(nil, make([]byte, 31), crypto.SHA256); !errors.Is(err, attest.ErrMalformed) {
		t.Errorf("a digest cut short: %v", err)
	}
	v.keys["ecdsa-p256"] = attesttest.Key(t, attest.ECDSAP256, "rotated")
	if _, err := attest.SignDSSE(statement(), k); !errors.Is(err, kms.ErrKeyChanged) {
		t.Errorf("a key that was rotated under its holder: %v", err)
	}
	v.token = "revoked"
	if _, err := attest.SignDSSE(statement(), k); !errors.Is(err, kms.ErrService) || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("a token that was revoked: %v", err)
	}
}

// If this fails, a key that cannot be used says so at its first signature only, or
// not at all.
func TestOpenRefuses(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	small, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	vault(t, map[string]crypto.Signer{"rsa": rsaKey, "p224": small})
	for uri, want := range map[string]struct {
		kind error
		word string
	}{
		"models":        {kms.ErrURI, "SCHEME://KEY"},
		"hashivault://": {kms.ErrURI, "SCHEME://KEY"},
		"../evil://key": {kms.ErrURI, "SCHEME://KEY"},
		"Vault://key":   {kms.ErrURI, "SCHEME://KEY"},
		"hashivault://" + strings.Repeat("k", kms.MaxURI): {kms.ErrURI, "1024"},
		"nosuchservice://key":                             {kms.ErrNoProvider, "sigstore-kms-nosuchservice is on PATH; put one there"},
		"hashivault://absent":                             {kms.ErrService, "absent"},
		"hashivault://a b":                                {kms.ErrService, "hashivault"},
		"hashivault://rsa":                                {attest.ErrUnsupported, "ECDSA"},
		"hashivault://p224":                               {attest.ErrUnsupported, "P-224"},
		"azurekms://no-vault-name":                        {kms.ErrService, "azurekms"},
		"gcpkms://not/a/key":                              {kms.ErrService, "gcpkms"},
		"awskms://localhost:1/what":                       {kms.ErrService, "awskms"},
	} {
		k, err := kms.Open(t.Context(), uri)
		if k != nil || !errors.Is(err, want.kind) || !strings.Contains(err.Error(), want.word) {
			t.Errorf("%.40s: %v, want %v saying %q", uri, err, want.kind, want.word)
		}
	}
	for text, want := range map[string]bool{"awskms:///alias/x": true, "key.pem": false, "/a/b.pem": false, "c:\\key": false, "../x://y": false} {
		if kms.IsURI(text) != want {
			t.Errorf("IsURI(%q) = %v", text, !want)
		}
	}
	for _, scheme := range []string{"awskms", "azurekms", "gcpkms", "hashivault"} {
		if !slices.Contains(kms.Schemes(), scheme) {
			t.Errorf("%s is not among %v", scheme, kms.Schemes())
		}
	}
}

// If this fails, a service that hangs hangs its callers.
func TestTimeout(t *testing.T) {
	release := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer srv.Close()
	defer close(release)
	t.Setenv("VAULT_ADDR", srv.URL)
	t.Setenv("VAULT_TOKEN", "x")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := kms.Open(ctx, "hashivault://models"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := kms.OpenWithin(t.Context(), "hashivault://models", 50*time.Millisecond); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "no answer within 50ms") {
		t.Errorf("got %v", err)
	}
}

// The provider that the sigstore library keeps for tests: another implementation
// of the same contract.
func TestFakeProvider(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	k, err := kms.Open(context.WithValue(t.Context(), fake.KmsCtxKey{}, key), "fakekms://key")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := attest.SignBundle(statement(), k)
	if err != nil {
		t.Fatal(err)
	}
	pem, err := attest.MarshalPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := attest.VerifyService(raw, []string{string(pem)}); err != nil {
		t.Error(err)
	}
}

// A plugin is a program of its own: this one is built and run for real.
func TestPlugin(t *testing.T) {
	dir := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(dir, "sigstore-kms-assizetest"), "./testdata/plugin")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	key := attesttest.Key(t, attest.ECDSAP384, "plugin")
	pem, err := attest.MarshalPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "key.pem")
	if err := os.WriteFile(path, pem, 0o600); err != nil {
		t.Fatal(err)
	}
	k, err := kms.Open(t.Context(), "assizetest://"+path)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := attest.SignDSSE(statement(), k)
	if err != nil {
		t.Fatal(err)
	}
	pub, err := attest.MarshalPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := attest.VerifyService(raw, []string{string(pub)}); err != nil {
		t.Error(err)
	}
	if _, err := kms.Open(t.Context(), "assizetest://"+path+".missing"); !errors.Is(err, kms.ErrService) {
		t.Errorf("a key that is not there: %v", err)
	}
}

// FuzzIsURI: what looks like a URI never names a program elsewhere.
func FuzzIsURI(f *testing.F) {
	for _, seed := range []string{"awskms:///alias/x", "a://", "../x://y", "key.pem", "A://b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !kms.IsURI(text) {
			return
		}
		scheme, _, _ := strings.Cut(text, "://")
		if bytes.ContainsAny([]byte(scheme), "/\\. :") || scheme == "" {
			t.Errorf("%q is taken for a service", scheme)
		}
	})
}
