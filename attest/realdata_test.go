package attest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/attesttest"
)

// realdata is the folder of real cases.
func realdata(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("ASSIZE_REALDATA")
	if dir == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("ASSIZE_REALDATA is not set")
		}
		t.Skip("ASSIZE_REALDATA is not set: no published bundles to read")
	}
	return dir
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// later is when the real bundles are looked at: after all of them were made.
var later = time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)

const (
	github = "https://token.actions.githubusercontent.com"
	beacon = "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main"
)

// rootedFile is a trust that lists one root and one signer held to it; member is
// keyless, key or ca.
func rootedFile(t testing.TB, root []byte, member map[string]any, more ...map[string]any) []byte {
	t.Helper()
	signer := map[string]any{"id": "real", "principal": "anybody", "roles": []string{"builder"}, "about": []string{"*"}, "root": "instance"}
	for name, v := range member {
		signer[name] = v
	}
	signers := []any{signer}
	for _, m := range more {
		signers = append(signers, m)
	}
	text, err := json.Marshal(map[string]any{
		"v": 1, "signers": signers, "roots": []any{map[string]any{"id": "instance", "trusted_root": json.RawMessage(root)}},
		"predicates": map[string]any{"slsa-provenance": []string{"builder"}, "https://github.com/npm/attestation/tree/main/specs/publish/v0.1": []string{"builder"}, "model-card": []string{"builder"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func keyless(issuer, identity string) map[string]any {
	return map[string]any{"keyless": map[string]any{"issuer": issuer, "identity": "^" + regexp.QuoteMeta(identity) + "$"}}
}

// realBundle is a published bundle with a trust under which it verifies.
type realBundle struct {
	name          string
	raw, artifact []byte // artifact: of a bundle over a bare digest
	trust         *attest.Trust
}

func (b realBundle) verify(raw []byte) (id string, st []byte, signers []attest.Signer, err error) {
	if b.artifact != nil {
		m, err := attest.ParseMessage(raw)
		if err != nil {
			return "", nil, nil, err
		}
		by, err := m.Verify(bytes.NewReader(b.artifact), b.trust, later)
		return "", nil, []attest.Signer{by}, err
	}
	v, err := attest.Verify(raw, b.trust, later)
	return v.ID(), v.Statement().Raw, v.Signers(), err
}

// published lists every real bundle that verifies: the conformance cases, and
// provenance made by builders on GitHub and by npm.
func published(t testing.TB) []realBundle {
	t.Helper()
	dir := realdata(t)
	cases := filepath.Join(dir, "sigstore-bundles")
	good := readFile(t, filepath.Join(cases, "trusted_root.public-good.json"))
	var out []realBundle
	folders, err := filepath.Glob(filepath.Join(cases, "*", "bundle.sigstore.json"))
	if err != nil || len(folders) != 35 {
		t.Fatalf("%d cases, %v", len(folders), err)
	}
	for _, file := range folders {
		folder := filepath.Dir(file)
		if strings.HasSuffix(folder, "_fail") {
			continue
		}
		root := good
		if own := filepath.Join(folder, "trusted_root.json"); exists(own) {
			root = readFile(t, own)
		}
		member := keyless(github, beacon)
		if key := filepath.Join(folder, "key.pub"); exists(key) {
			member = map[string]any{"key": string(readFile(t, key))}
		}
		b := realBundle{name: filepath.Base(folder), raw: readFile(t, file), trust: trustOf(t, rootedFile(t, root, member))}
		if _, err := attest.Parse(b.raw); errors.Is(err, attest.ErrNoStatement) {
			b.artifact = readFile(t, filepath.Join(cases, "a.txt"))
		}
		out = append(out, b)
	}
	add := func(name string, raw []byte, identity string) {
		out = append(out, realBundle{name: name, raw: raw, trust: trustOf(t, rootedFile(t, good, keyless(github, identity)))})
	}
	const builder = "https://github.com/slsa-framework/slsa-github-generator/.github/workflows/builder_container-based_slsa3.yml@refs/tags/v2.1.0"
	add("GitHub, container", readFile(t, filepath.Join(dir, "slsa", "gha-container-based-v2.1.0-push-v14.2.sigstore.json")), builder)
	line, _, _ := bytes.Cut(readFile(t, filepath.Join(dir, "slsa", "gha-generic-v2.1.0-push-v14.2.intoto.jsonl")), []byte("\n"))
	add("GitHub, generic", line, "https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml@refs/tags/v2.1.0")
	add("npm", readFile(t, filepath.Join(cases, "npm-sigstore-js-2.0.0-provenance.sigstore.json")), "https://github.com/sigstore/sigstore-js/.github/workflows/release.yml@refs/heads/main")
	return out
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// If this fails, bundles that other people's tools made and verify do not verify
// here, or by another name or time than they were made.
func TestPublishedBundles(t *testing.T) {
	all := published(t)
	for _, b := range all {
		_, _, signers, err := b.verify(b.raw)
		if err != nil {
			t.Errorf("%s: %v", b.name, err)
			continue
		}
		s := signers[0]
		if s.Witnessed.IsZero() || s.By == "" || b.name != "managed-key-and-trusted-root" && (s.Identity == "" || s.Issuer != github) {
			t.Errorf("%s: signed by %+v", b.name, s)
		}
	}
	if len(all) != 13 {
		t.Errorf("%d bundles only", len(all))
	}
}

// If this fails, a Sigstore bundle that needs more than a key or a chain to be
// believed (a log, an identity, a timestamp) is believed without it.
func TestSigstoreBundlesNeedMore(t *testing.T) {
	w := attesttest.NewWorld(t)
	for _, b := range published(t) {
		b.trust = w.Trust
		if _, _, _, err := b.verify(b.raw); !errors.Is(err, attest.ErrUnknownSigner) {
			t.Errorf("%s: %v", b.name, err)
		}
	}
}

// npm publishes the attestations of a package in one document: a provenance that
// was tampered with must not verify, the one it was made from must.
func TestPublishedPackage(t *testing.T) {
	dir := realdata(t)
	good := readFile(t, filepath.Join(dir, "sigstore-bundles", "trusted_root.public-good.json"))
	for file, want := range map[string]error{"npm-provenance-test-ossf.tgz.json": nil, "npm-provenance-test-ossf-invalidsigprov.tgz.json": attest.ErrSignature} {
		var doc struct {
			Attestations []struct {
				PredicateType string          `json:"predicateType"`
				Bundle        json.RawMessage `json:"bundle"`
			} `json:"attestations"`
		}
		if err := json.Unmarshal(readFile(t, filepath.Join(dir, "slsa", file)), &doc); err != nil {
			t.Fatal(err)
		}
		checked := 0
		for _, a := range doc.Attestations {
			if !strings.HasPrefix(a.PredicateType, "https://slsa.dev/provenance/") {
				continue
			}
			checked++
			trust := trustOf(t, rootedFile(t, good, map[string]any{"keyless": map[string]any{"issuer": github, "identity": `^https://github\.com/.+$`,
				"extensions": map[string]any{"github_workflow_repository": `^[a-z0-9-]+/[a-z0-9-]+$`}}}))
			if _, err := attest.Verify(a.Bundle, trust, later); !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", file, err, want)
			}
		}
		if checked != 1 {
			t.Errorf("%s: %d provenances", file, checked)
		}
	}
}

// The first promise over every real bundle: a flip in payload, signature or
// certificate is refused; any other is refused or leaves the identical statement by
// the identical signer. One bit of every protected byte and of every few others is
// flipped, a different one from byte to byte.
func TestPublishedBitFlips(t *testing.T) {
	for _, b := range published(t) {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			id, st, signers, err := b.verify(b.raw)
			if err != nil {
				t.Fatal(err)
			}
			secret := protectedAnywhere(t, b.raw)
			same, stride := 0, 1+len(b.raw)/2000
			for i := range b.raw {
				if !secret[i] && i%stride != 0 {
					continue
				}
				flipped := bytes.Clone(b.raw)
				flipped[i] ^= 1 << ((i * 5) % 8)
				gotID, gotSt, gotSigners, err := b.verify(flipped)
				if err != nil {
					continue
				}
				same++
				if secret[i] {
					t.Fatalf("byte %d: accepted, though it is signed content, signature or certificate", i)
				}
				if gotID != id || !bytes.Equal(gotSt, st) || !equalSigners(gotSigners, signers) || gotSigners[0].Identity != signers[0].Identity {
					t.Fatalf("byte %d: accepted as something else", i)
				}
			}
			t.Logf("%d bytes, %d flips accepted as the identical statement", len(b.raw), same)
		})
	}
}

// protectedAnywhere is protected for bundles with white space between members.
// Log entries and timestamps are witnesses, not what is witnessed.
func protectedAnywhere(t testing.TB, raw []byte) []bool {
	t.Helper()
	mark := make([]bool, len(raw))
	marked := 0
	for _, at := range regexp.MustCompile(`"(payload|sig|signature|rawBytes)"\s*:\s*"([^"]*)"`).FindAllSubmatchIndex(raw, -1) {
		for i := at[4]; i < at[5]; i++ {
			mark[i] = true
			marked++
		}
	}
	if marked == 0 {
		t.Fatal("nothing to protect was found")
	}
	return mark
}
