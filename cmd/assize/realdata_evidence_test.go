package main

import (
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/oci"
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

// If this fails, evidence that cosign attached to an image without a long-lived key
// no longer verifies once it was found: npm's provenance, laid beside an image as
// cosign would, comes back as a bundle that holds under the public-good root.
func TestPublishedProvenanceBesideAnImage(t *testing.T) {
	dir := published(t)
	s := newFolder(t)
	b, err := os.ReadFile(filepath.Join(dir, "slsa", "npm-provenance-test-ossf.tgz.json"))
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Attestations []struct {
			Bundle struct {
				DSSEEnvelope         json.RawMessage
				VerificationMaterial struct {
					X509CertificateChain struct{ Certificates []struct{ RawBytes []byte } }
					TlogEntries          []struct {
						LogIndex, IntegratedTime string
						LogID                    struct{ KeyID []byte } `json:"logId"`
						InclusionPromise         struct{ SignedEntryTimestamp []byte }
						CanonicalizedBody        []byte
					}
				}
			}
		}
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	bundle := doc.Attestations[1].Bundle
	entry := bundle.VerificationMaterial.TlogEntries[0]
	certificates := ""
	annotations := map[string]string{}
	for i, c := range bundle.VerificationMaterial.X509CertificateChain.Certificates {
		text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.RawBytes}))
		if i == 0 {
			annotations["dev.sigstore.cosign/certificate"] = text
		} else {
			certificates += text
		}
	}
	annotations["dev.sigstore.cosign/chain"] = certificates
	kept, err := json.Marshal(map[string]any{"SignedEntryTimestamp": entry.InclusionPromise.SignedEntryTimestamp, "Payload": map[string]any{
		"body": entry.CanonicalizedBody, "integratedTime": json.Number(entry.IntegratedTime), "logIndex": json.Number(entry.LogIndex), "logID": hex.EncodeToString(entry.LogID.KeyID),
	}})
	if err != nil {
		t.Fatal(err)
	}
	annotations["dev.sigstore.cosign/bundle"] = string(kept)

	client, layout := oci.Client{}, "oci:"+filepath.Join(s.dir, "layout")
	image, err := client.Push(t.Context(), layout+":v1", &oci.Artefact{Type: "application/vnd.example", Layers: []oci.Layer{{MediaType: "text/plain", Data: []byte("x")}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = client.Push(t.Context(), layout+":"+strings.Replace(string(image), ":", "-", 1)+".att", &oci.Artefact{Layers: []oci.Layer{
		{MediaType: attest.MediaDSSE, Data: bundle.DSSEEnvelope, Annotations: annotations},
	}}); err != nil {
		t.Fatal(err)
	}
	found, err := client.Attestations(t.Context(), layout+":v1")
	if err != nil || len(found) != 1 || found[0].Err != nil || !found[0].Repacked {
		t.Fatalf("found %+v, %v", found, err)
	}
	s.file("found.json", found[0].Data)
	out := s.run(exitOK, "verify", "attestation", "found.json", "--trusted-root", filepath.Join(dir, "sigstore-bundles", "trusted_root.public-good.json"),
		"--issuer", "https://token.actions.githubusercontent.com", "--identity", `^https://github\.com/slsa-framework/slsa-github-generator/.+$`)
	if !strings.Contains(out, "slsa-provenance") || !strings.Contains(out, "transparency log") {
		t.Errorf("%s", out)
	}
}

// If this fails, a terminal is told something else than how far a table was read.
func TestMeteredTable(t *testing.T) {
	s := newFolder(t)
	s.file("t.csv", []byte("a\n"+strings.Repeat("1\n", 100_000)))
	var done, total, told uint64
	table := tables{bytes: func(d, n uint64) {
		if d < done || d > n {
			t.Errorf("%d of %d after %d", d, n, done)
		}
		done, total, told = d, n, told+1
	}}
	f, err := table.open("t.csv")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, f); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if done != 200_002 || total != done || told == 0 || told > 101 {
		t.Errorf("told %d times, at last %d of %d", told, done, total)
	}
	a := &app{stderr: io.Discard}
	if a.progress("bytes") != nil {
		t.Error("something that is no terminal is told")
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
