package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/assize-dev/assize/attest/attesttest"
	"github.com/assize-dev/assize/attest/sigstore/sigstoretest"
)

// What people do with identities, roots and keys held by services, with the real
// program. A Sigstore instance in memory made the bundles; a plugin program holds
// the key.
func TestKeylessStories(t *testing.T) {
	in, other := sigstoretest.New(t), sigstoretest.New(t)
	programs := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(programs, "sigstore-kms-filekms"), "../../attest/kms/testdata/plugin")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	card := attesttest.Statement("model-card", map[string]any{"systems": []string{"system:credit"}, "stated_at": time.Now().UTC().Add(-time.Minute).Format(time.RFC3339),
		"name": "scorer", "limitations": []string{"one region only"}, "out_of_scope": []any{map[string]any{"id": "jobs", "text": "judging applicants for work"}}}, attesttest.Subject("model", ""))
	digest := map[string]any{"sha256": "1111111111111111111111111111111111111111111111111111111111111111"}
	reference := attesttest.Statement("reference", map[string]any{"attester": map[string]any{"id": "https://bank.example/ci"},
		"references": []any{map[string]any{"downloadLocation": "https://bank.example/a", "digest": digest, "mediaType": "text/plain"}}}, attesttest.Subject("model", ""))
	testscript.Run(t, testscript.Params{
		Dir: "testdata/keyless",
		Setup: func(e *testscript.Env) error {
			e.Setenv("NO_COLOR", "1")
			e.Setenv("PATH", programs+string(os.PathListSeparator)+e.Getenv("PATH"))
			for name, text := range map[string][]byte{
				"trusted_root.json": in.TrustedRoot(), "other_root.json": other.TrustedRoot(),
				"card.sigstore.json": in.Attest(card, sigstoretest.Signing{}), "reference.sigstore.json": in.Attest(reference, sigstoretest.Signing{}),
				"eve.sigstore.json": in.Attest(reference, sigstoretest.Signing{Identity: "eve@bank.example"}),
			} {
				if err := os.WriteFile(filepath.Join(e.WorkDir, name), text, 0o600); err != nil {
					return err
				}
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exitsWith, "append": appendFile, "substitute": substitute},
	})
}
