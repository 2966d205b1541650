package attest_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/attesttest"
)

// If this fails, a key written is not the key read, or fixtures change by run.
func TestKeys(t *testing.T) {
	for _, alg := range []attest.Algorithm{attest.ECDSAP256, attest.ECDSAP384, attest.ECDSAP521, attest.Ed25519} {
		key, err := attest.GenerateKey(alg, nil)
		if err != nil {
			t.Fatal(err)
		}
		private, err := attest.MarshalPrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		back, err := attest.LoadPrivateKey(private)
		if err != nil {
			t.Fatal(err)
		}
		public, err := attest.MarshalPublicKey(key.Public())
		if err != nil {
			t.Fatal(err)
		}
		pub, err := attest.LoadPublicKey(public)
		if err != nil {
			t.Fatal(err)
		}
		id, err := attest.KeyID(key.Public())
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range []crypto.PublicKey{back.Public(), pub} {
			if got, err := attest.KeyID(p); err != nil || got != id || len(id) != 64 {
				t.Errorf("%s: id %s became %s, %v", alg, id, got, err)
			}
		}
		if got, err := attest.AlgorithmOf(pub); err != nil || got != alg {
			t.Errorf("%s became %s, %v", alg, got, err)
		}
		one, _ := attest.KeyID(attesttest.Key(t, alg, "a").Public())
		two, _ := attest.KeyID(attesttest.Key(t, alg, "a").Public())
		other, _ := attest.KeyID(attesttest.Key(t, alg, "b").Public())
		if one != two || one == other {
			t.Errorf("%s: keys do not follow from their randomness", alg)
		}
	}
	// SEC 1 is what "openssl ecparam -genkey" writes.
	der, err := x509.MarshalECPrivateKey(attesttest.Key(t, attest.ECDSAP256, "a").(*ecdsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := attest.LoadPrivateKey(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})); err != nil {
		t.Error(err)
	}
}

func pkcs8(t *testing.T, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// If this fails, a key too weak, or two keys in one file, is taken.
func TestKeysRefused(t *testing.T) {
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	long := &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), attest.MaxRSA), E: 65537}
	if _, err := attest.AlgorithmOf(long); !errors.Is(err, attest.ErrUnsupported) || !strings.Contains(err.Error(), "4097 bits") {
		t.Errorf("RSA too long: %v", err)
	}
	rare := &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), attest.MinRSA), E: 3}
	if _, err := attest.AlgorithmOf(rare); !errors.Is(err, attest.ErrUnsupported) || !strings.Contains(err.Error(), "exponent 3") {
		t.Errorf("RSA with exponent 3: %v", err)
	}
	p224, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := pkcs8(t, attesttest.Key(t, attest.Ed25519, "a"))
	for name, tc := range map[string]struct {
		text []byte
		want error
		word string
	}{
		"RSA":        {pkcs8(t, weak), attest.ErrUnsupported, "1024 bits"},
		"P-224":      {pkcs8(t, p224), attest.ErrUnsupported, "P-521"},
		"two keys":   {slices.Concat(good, good), attest.ErrMalformed, "more than one"},
		"no PEM":     {[]byte("x"), attest.ErrMalformed, "no PEM"},
		"public key": {publicPEM(t, "a"), attest.ErrMalformed, "PUBLIC KEY"},
		"encrypted":  {pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte{1}}), attest.ErrUnsupported, "openssl"},
		"broken":     {pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte{1}}), attest.ErrMalformed, "private key"},
	} {
		if _, err := attest.LoadPrivateKey(tc.text); !errors.Is(err, tc.want) || !strings.Contains(err.Error(), tc.word) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := attest.LoadPublicKey(good); !errors.Is(err, attest.ErrMalformed) {
		t.Errorf("a private key as public key: %v", err)
	}
	if _, err := attest.GenerateKey("rsa", nil); !errors.Is(err, attest.ErrUnsupported) {
		t.Errorf("generate RSA: %v", err)
	}
	if _, err := attest.GenerateKey(attest.ECDSAP256, bytes.NewReader(nil)); !errors.Is(err, io.EOF) {
		t.Errorf("no randomness: %v", err)
	}
	if _, err := attest.GenerateKey(attest.ECDSAP256, zeros{}); !errors.Is(err, attest.ErrMalformed) {
		t.Errorf("only zeros: %v", err)
	}
	for name, sign := range map[string]func() ([]byte, error){
		"DSSE with weak RSA":   func() ([]byte, error) { return attest.SignDSSE(card(), weak) },
		"bundle with weak RSA": func() ([]byte, error) { return attest.SignBundle(card(), weak) },
		"nobody":               func() ([]byte, error) { return attest.SignDSSE(card()) },
		"no statement":         func() ([]byte, error) { return attest.SignDSSE([]byte("{}"), attesttest.Key(t, attest.Ed25519, "a")) },
		"no statement, bundle": func() ([]byte, error) { return attest.SignBundle([]byte("{}"), attesttest.Key(t, attest.Ed25519, "a")) },
	} {
		if _, err := sign(); err == nil {
			t.Errorf("%s: signed", name)
		}
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// If this fails, things are known by names that are not theirs.
func TestRefsAndNames(t *testing.T) {
	if got, want := attest.RefOf("system:credit-scoring"), attest.Ref("sha256:"+attesttest.Subject("system:credit-scoring", "")["digest"].(map[string]any)["sha256"].(string)); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for in, ok := range map[string]bool{
		string(attest.RefOf("x")): true, "sha512:" + strings.Repeat("0", 128): true, "sha384:" + strings.Repeat("f", 96): true,
		"": false, "sha256": false, "sha256:": false, "md5:" + strings.Repeat("0", 32): false, "sha256:" + strings.Repeat("0", 63): false,
		"sha256:" + strings.Repeat("A", 64): false, "SHA256:" + strings.Repeat("a", 64): false, "sha1:" + strings.Repeat("0", 40): false,
	} {
		if ref, err := attest.ParseRef(in); (err == nil) != ok || ok && string(ref) != in || !ok && !errors.Is(err, attest.ErrMalformed) {
			t.Errorf("%q: %q, %v", in, ref, err)
		}
	}
	st, err := attest.ParseStatement(attesttest.Statement("link", nil, map[string]any{"digest": map[string]any{
		"sha512": strings.Repeat("b", 128), "sha256": strings.Repeat("a", 64), "sha1": "00", "gitCommit": "11"}}))
	if err != nil || len(st.Refs()) != 2 || st.Refs()[0][:7] != "sha256:" || st.Subjects[0].Digest["sha1"] != "00" {
		t.Errorf("refs %v, %v", st, err)
	}
	for short, uri := range map[string]string{
		"model-card": "https://assize.dev/attestation/model-card/v0.1", "slsa-provenance": "https://slsa.dev/provenance/v1",
		"model-signature": "https://model_signing/signature/v1.0", "svr": "https://in-toto.io/attestation/svr/v0.2",
	} {
		if attest.TypeURI(short) != uri || attest.ShortName(uri) != short {
			t.Errorf("%s: %s, %s", short, attest.TypeURI(short), attest.ShortName(uri))
		}
	}
	if attest.ShortName("https://model_signing/Digests/v0.1") != "model-signature" || attest.ShortName("x") != "" || attest.TypeURI("x") != "" || attest.ShortName("") != "" {
		t.Error("unknown or older types")
	}
	for uri, ok := range map[string]bool{"system:a": true, "system:": false, "system": false, "system:a b": false, "System:a": false, "system:\n": false, "system:" + strings.Repeat("x", attest.MaxText): false} {
		if attest.IsSystem(uri) != ok {
			t.Errorf("IsSystem(%.20q) is %v", uri, !ok)
		}
	}
}

// If this fails, what the service did not sign passes for its own word.
func TestVerifyService(t *testing.T) {
	w := attesttest.NewWorld(t)
	pem, err := attest.MarshalPublicKey(w.Signer("risk").Key.Public())
	if err != nil {
		t.Fatal(err)
	}
	one := w.Sign(card(), "risk")
	if _, err := attest.VerifyService(one, []string{string(publicPEM(t, "x")), string(pem)}); err != nil {
		t.Errorf("a key of the service: %v", err)
	}
	if _, err := attest.VerifyService(w.Sign(card(), "risk", "developer"), []string{string(pem)}); !errors.Is(err, attest.ErrSignature) {
		t.Errorf("one of two signatures by the service: %v", err)
	}
	if _, err := attest.VerifyService(one, nil); !errors.Is(err, attest.ErrSignature) {
		t.Errorf("a service without keys: %v", err)
	}
	narrowed := w.Trust.Permitting(attest.TypeURI("model-card"), "risk")
	if _, err := attest.Verify(one, narrowed, attesttest.Now); err != nil {
		t.Errorf("permitted: %v", err)
	}
	refuses(t, w.Sign(card(), "developer"), narrowed, attest.ErrRole)
}
