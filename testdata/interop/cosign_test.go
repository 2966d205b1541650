package interop_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// One statement of each side: any type is fine for them, ours must be one we write.
const (
	predicateType = "https://interop.test/note/v1"
	ourType       = "https://assize.dev/attestation/model-card/v0.1"
)

// folder holds what is signed: an artifact, a predicate, a key pair of each side.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"model.bin": "weights\n", "other.bin": "other\n", "predicate.json": `{"said":"so"}`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	example, err := os.ReadFile(filepath.Join("..", "predicates", "model-card.json"))
	if err != nil {
		t.Fatal(err)
	}
	var card struct {
		Predicate json.RawMessage `json:"predicate"`
	}
	if err := json.Unmarshal(example, &card); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "card.json"), card.Predicate, 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, dir, 0, "cosign", "generate-key-pair")
	run(t, dir, 0, "assize", "keygen", "--out", "ours")
	return dir
}

// tampered writes a bundle with one character of the payload changed.
func tampered(t *testing.T, dir, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(raw, []byte(`"payload":`)) + 40
	if at < 40 {
		t.Fatalf("%s has no payload", name)
	}
	raw[at] ^= 1
	out := "tampered-" + name
	if err := os.WriteFile(filepath.Join(dir, out), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return out
}

// With keys and without a network: what cosign signs verifies here, what is signed
// here verifies with cosign, and neither takes the other's word for anything else.
func TestKeys(t *testing.T) {
	dir := folder(t)
	run(t, dir, 0, "cosign", "attest-blob", "--use-signing-config=false", "--tlog-upload=false", "--key", "cosign.key", "--type", predicateType,
		"--predicate", "predicate.json", "--bundle", "theirs.json", "--yes", "model.bin")
	out := run(t, dir, 0, "assize", "verify", "attestation", "theirs.json", "--key", "cosign.pub", "--artifact", "model.bin")
	if !strings.Contains(out, "HOLDS") || !strings.Contains(out, predicateType) {
		t.Errorf("said %s", out)
	}
	run(t, dir, 2, "assize", "verify", "attestation", "theirs.json", "--key", "cosign.pub", "--artifact", "other.bin")
	run(t, dir, 2, "assize", "verify", "attestation", "theirs.json", "--key", "ours.pub.pem")
	run(t, dir, 2, "assize", "verify", "attestation", tampered(t, dir, "theirs.json"), "--key", "cosign.pub")

	run(t, dir, 0, "assize", "attest", "model-card", "--subject", "model.bin", "--predicate", "card.json", "--key", "ours.pem", "--bundle", "--out", "mine.json")
	verify := func(want int, bundle, artifact, key string) {
		t.Helper()
		run(t, dir, want, "cosign", "verify-blob-attestation", "--bundle", bundle, "--key", key, "--insecure-ignore-tlog", "--type", ourType, artifact)
	}
	verify(0, "mine.json", "model.bin", "ours.pub.pem")
	verify(-1, "mine.json", "other.bin", "ours.pub.pem")
	verify(-1, "mine.json", "model.bin", "cosign.pub")
	verify(-1, tampered(t, dir, "mine.json"), "model.bin", "ours.pub.pem")

	run(t, dir, 0, "cosign", "sign-blob", "--use-signing-config=false", "--tlog-upload=false", "--key", "cosign.key", "--bundle", "blob.json", "--yes", "model.bin")
	run(t, dir, 0, "assize", "verify", "attestation", "blob.json", "--key", "cosign.pub", "--artifact", "model.bin")
	run(t, dir, 2, "assize", "verify", "attestation", "blob.json", "--key", "cosign.pub", "--artifact", "other.bin")
}

// With a Sigstore instance: identities both ways, over one log and one authority.
func TestKeyless(t *testing.T) {
	dir, in := folder(t), start(t)
	identified := func(issuer, who string) []string {
		return []string{"--trusted-root", in.trustedRoot, "--issuer", issuer, "--identity", who}
	}
	ours := func(want int, bundle, artifact string, flags ...string) string {
		t.Helper()
		return run(t, dir, want, "assize", append([]string{"verify", "attestation", bundle, "--artifact", artifact}, flags...)...)
	}
	theirs := func(want int, verb, bundle, artifact, who string, flags ...string) {
		t.Helper()
		args := append([]string{verb, "--bundle", bundle, "--trusted-root", in.trustedRoot, "--use-signed-timestamps",
			"--certificate-oidc-issuer", in.issuer, "--certificate-identity", who}, flags...)
		run(t, dir, want, "cosign", append(args, artifact)...)
	}

	t.Run("theirs here", func(t *testing.T) {
		run(t, dir, 0, "cosign", "attest-blob", "--signing-config", in.signingConfig, "--trusted-root", in.trustedRoot, "--identity-token", in.tokenOf(t, workflow),
			"--type", predicateType, "--predicate", "predicate.json", "--bundle", "theirs.json", "--yes", "model.bin")
		out := ours(0, "theirs.json", "model.bin", identified(in.issuer, identity)...)
		if !strings.Contains(out, identity) || !strings.Contains(out, "timestamp authority") {
			t.Errorf("said %s", out)
		}
		ours(2, "theirs.json", "other.bin", identified(in.issuer, identity)...)
		ours(2, "theirs.json", "model.bin", identified("https://issuer.example", identity)...)
		ours(2, "theirs.json", "model.bin", identified(in.issuer, identity+"2")...)
		ours(2, tampered(t, dir, "theirs.json"), "model.bin", identified(in.issuer, identity)...)
		run(t, dir, 0, "cosign", "sign-blob", "--signing-config", in.signingConfig, "--trusted-root", in.trustedRoot, "--identity-token", in.tokenOf(t, workflow),
			"--bundle", "blob.json", "--yes", "model.bin")
		ours(0, "blob.json", "model.bin", identified(in.issuer, identity)...)
		ours(2, "blob.json", "other.bin", identified(in.issuer, identity)...)
	})

	t.Run("ours there", func(t *testing.T) {
		sign := []string{"--keyless", "--identity-token", in.tokenOf(t, workflow), "--signing-config", in.signingConfig, "--trusted-root", in.trustedRoot}
		run(t, dir, 0, "assize", append([]string{"attest", "model-card", "--subject", "model.bin", "--predicate", "card.json", "--out", "mine.json"}, sign...)...)
		ours(0, "mine.json", "model.bin", identified(in.issuer, identity)...)
		theirs(0, "verify-blob-attestation", "mine.json", "model.bin", identity, "--type", ourType)
		theirs(-1, "verify-blob-attestation", "mine.json", "other.bin", identity, "--type", ourType)
		theirs(-1, "verify-blob-attestation", "mine.json", "model.bin", identity+"2", "--type", ourType)
		theirs(-1, "verify-blob-attestation", tampered(t, dir, "mine.json"), "model.bin", identity, "--type", ourType)

		if err := os.MkdirAll(filepath.Join(dir, "model"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "model", "weights"), []byte("w"), 0o600); err != nil {
			t.Fatal(err)
		}
		run(t, dir, 0, "assize", append([]string{"attest", "model", "model"}, sign...)...)
		ours(0, "model/model.sig", "model", identified(in.issuer, identity)...)
		if err := os.WriteFile(filepath.Join(dir, "model", "weights"), []byte("v"), 0o600); err != nil {
			t.Fatal(err)
		}
		ours(2, "model/model.sig", "model", identified(in.issuer, identity)...)
	})

	t.Run("a key, witnessed", func(t *testing.T) {
		run(t, dir, 0, "assize", "attest", "model-card", "--subject", "model.bin", "--predicate", "card.json", "--out", "logged.json",
			"--key", "ours.pem", "--rekor", in.rekor, "--timestamp", in.tsa+"/api/v1/timestamp", "--trusted-root", in.trustedRoot)
		ours(0, "logged.json", "model.bin", "--key", "ours.pub.pem", "--trusted-root", in.trustedRoot)
		run(t, dir, 0, "cosign", "verify-blob-attestation", "--bundle", "logged.json", "--key", "ours.pub.pem", "--trusted-root", in.trustedRoot,
			"--use-signed-timestamps", "--type", ourType, "model.bin")
		run(t, dir, 0, "assize", "attest", "model-card", "--subject", "model.bin", "--predicate", "card.json", "--out", "unlogged.json", "--key", "ours.pem", "--bundle")
		ours(2, "unlogged.json", "model.bin", "--key", "ours.pub.pem", "--trusted-root", in.trustedRoot)
	})

	t.Run("refused", func(t *testing.T) {
		stale := in.write(t, "no-token", "a.b.c")
		run(t, dir, 1, "assize", "attest", "model-card", "--subject", "model.bin", "--predicate", "card.json", "--out", "none.json",
			"--keyless", "--identity-token", stale, "--signing-config", in.signingConfig)
		if _, err := os.Stat(filepath.Join(dir, "none.json")); err == nil {
			t.Error("a bundle was written without a certificate")
		}
		elsewhere := start(t)
		ours(2, "mine.json", "model.bin", "--trusted-root", elsewhere.trustedRoot, "--issuer", in.issuer, "--identity", identity)
		ours(0, "mine.json", "model.bin", append(identified(in.issuer, identity), "--trusted-root", elsewhere.trustedRoot)...)
		run(t, dir, 2, "assize", "attest", "model-card", "--subject", "model.bin", "--predicate", "card.json", "--out", "none.json",
			"--keyless", "--identity-token", in.tokenOf(t, workflow), "--signing-config", in.signingConfig, "--trusted-root", elsewhere.trustedRoot)
		if _, err := os.Stat(filepath.Join(dir, "none.json")); err == nil {
			t.Error("a bundle was written that does not verify under the trusted root")
		}
	})
}
