package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// published names the folder of published cases.
func published(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("ASSIZE_REALDATA")
	if dir == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("ASSIZE_REALDATA is not set")
		}
		t.Skip("ASSIZE_REALDATA is not set: nothing that others published to read")
	}
	return dir
}

// If this fails, provenance that GitHub's builders and npm sign is not verified, or
// the one whose signature does not hold is.
func TestPublishedProvenance(t *testing.T) {
	dir := published(t)
	s := newFolder(t)
	files := map[string]int{}
	copied := func(name string, b []byte, code int) {
		s.file(name, b)
		files[name] = code
	}
	for _, name := range []string{"gha-container-based-v2.1.0-push-v14.2.sigstore.json", "gha-generic-v2.1.0-push-v14.2.intoto.jsonl"} {
		b, err := os.ReadFile(filepath.Join(dir, "slsa", name))
		if err != nil {
			t.Fatal(err)
		}
		copied(name, b, exitOK)
	}
	for name, code := range map[string]int{"npm-provenance-test-ossf.tgz.json": exitOK, "npm-provenance-test-ossf-invalidsigprov.tgz.json": exitRefused} {
		b, err := os.ReadFile(filepath.Join(dir, "slsa", name))
		if err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Attestations []struct {
				PredicateType string
				Bundle        json.RawMessage
			}
		}
		if err := json.Unmarshal(b, &doc); err != nil {
			t.Fatal(err)
		}
		for _, a := range doc.Attestations {
			if strings.HasPrefix(a.PredicateType, "https://slsa.dev/") {
				copied(name, a.Bundle, code)
			}
		}
	}
	if len(files) != 4 {
		t.Fatalf("%d provenances, want 4", len(files))
	}
	root := filepath.Join(dir, "sigstore-bundles", "trusted_root.public-good.json")
	for name, code := range files {
		args := []string{"verify", "attestation", name, "--trusted-root", root, "--issuer", "https://token.actions.githubusercontent.com"}
		out := s.run(code, append(args, "--identity", `^https://github\.com/slsa-framework/slsa-github-generator/\.github/workflows/[a-z0-9_-]+\.yml@refs/tags/v[0-9.]+$`)...)
		if code == exitOK && !strings.Contains(out, "slsa-provenance") {
			t.Errorf("%s: %s", name, out)
		}
		s.run(exitRefused, append(args, "--identity", "https://github.com/somebody/else")...)
	}
}

// If this fails, bills of materials of the standard's own examples cannot be signed,
// or a metric that is no text is taken.
func TestPublishedBills(t *testing.T) {
	dir := published(t)
	s := newImageStory(t)
	s.trust("builder", "builder")
	bills, err := filepath.Glob(filepath.Join(dir, "cyclonedx", "*.json"))
	if err != nil || len(bills) < 4 {
		t.Fatalf("%d bills, %v", len(bills), err)
	}
	s.file("model.bin", []byte("weights"))
	signed := []string{"submit"}
	for _, path := range bills {
		signed = append(signed, filepath.Base(path)+".dsse.json")
		s.run(exitOK, "attest", "cyclonedx", "--subject", "model.bin", "--predicate", path, "--key", "builder.pem", "--out", signed[len(signed)-1])
	}
	s.run(exitOK, signed...)
	s.file("wrong.json", []byte(`{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"type": "machine-learning-model", "name": "x", "modelCard": {"quantitativeAnalysis": {"performanceMetrics": [{"type": "auc", "value": 0.9}]}}}]}`))
	if out := s.run(exitRefused, "attest", "cyclonedx", "--subject", "model.bin", "--predicate", "wrong.json", "--key", "builder.pem"); !strings.Contains(out, "$.predicate.components[0].modelCard.quantitativeAnalysis.performanceMetrics[0].value") {
		t.Errorf("the place is not named: %s", out)
	}
}

// If this fails, a model of others verifies although a byte was changed or a file
// was added, or does not although nothing was.
func TestPublishedModelsChanged(t *testing.T) {
	dir := filepath.Join(published(t), "oms")
	folders, err := filepath.Glob(filepath.Join(dir, "v*"))
	if err != nil || len(folders) < 7 {
		t.Fatalf("%d models, %v", len(folders), err)
	}
	s := newFolder(t)
	for _, folder := range folders {
		flags := []string{"--key", filepath.Join(dir, "keys", "signing-key-pub.pem"), "--ignore", "ignore-me"}
		if strings.HasSuffix(folder, "certificate") {
			flags = []string{"--cert-chain", filepath.Join(dir, "keys", "ca-cert.pem"), "--at", "2025-06-01", "--ignore", "ignore-me"}
		}
		for change, code := range map[string]int{"nothing": exitOK, "byte": exitRefused, "file": exitRefused} {
			model := filepath.Base(folder) + "-" + change
			if err := os.CopyFS(filepath.Join(s.dir, model), os.DirFS(folder)); err != nil {
				t.Fatal(err)
			}
			switch change {
			case "byte":
				b := s.read(model + "/signme-1")
				b[len(b)/2] ^= 1
				if err := os.Chmod(filepath.Join(s.dir, model, "signme-1"), 0o600); err != nil {
					t.Fatal(err)
				}
				s.file(model+"/signme-1", b)
			case "file":
				s.file(model+"/unlisted", []byte("x"))
			}
			s.run(code, append([]string{"verify", "attestation", model + "/model.sig", "--artifact", model}, flags...)...)
		}
	}
}

// If this fails, cards and dataset descriptions that people publish are misread on
// the command line, or a template is taken for a card.
func TestPublishedDescriptions(t *testing.T) {
	dir := published(t)
	s := newFolder(t)
	s.file("thing", []byte("thing"))
	s.run(exitOK, "keygen", "--out", "importer")
	sign := func(code int, format, path string) string {
		return s.run(code, "import", format, path, "--subject", "thing", "--system", "system:credit", "--key", "importer.pem", "--out", "statement.json")
	}
	found, err := filepath.Glob(filepath.Join(dir, "croissant", "*", "metadata.json"))
	if err != nil || len(found) < 6 {
		t.Fatalf("%d descriptions, %v", len(found), err)
	}
	for _, path := range found {
		sign(exitOK, "croissant", path)
		if out := s.run(exitOK, "verify", "attestation", "statement.json", "--key", "importer.pub.pem"); !strings.Contains(out, "dataset-card") {
			t.Errorf("%s: %s", path, out)
		}
	}
	cards := filepath.Join(dir, "model-cards")
	out := s.run(exitOK, "import", "hf-model-card", filepath.Join(cards, "whisper.md"), "--subject", "thing", "--system", "system:credit", "--dry-run")
	if !strings.Contains(out, "out_of_scope") || !strings.Contains(out, "TRA-04") {
		t.Errorf("Whisper's advice against high-risk use is lost: %s", out)
	}
	for name, says := range map[string]string{"sample_template.md": "sample_template.md", "sample_no_metadata.md": "sample_no_metadata.md"} {
		if out := sign(exitRefused, "hf-model-card", filepath.Join(cards, name)); !strings.Contains(out, says) {
			t.Errorf("%s: %s", name, out)
		}
	}
	s.file("notyaml.md", []byte("---\nlicense: [mit\n---\n# A\n"))
	if out := sign(exitRefused, "hf-model-card", "notyaml.md"); !strings.Contains(out, "notyaml.md: malformed: not YAML: line") {
		t.Errorf("front matter that is not YAML: %s", out)
	}
}
