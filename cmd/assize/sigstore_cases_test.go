package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The verification cases of other people's clients (sigstore-conformance and
// sigstore-go), through the command a person types. A folder that ends in _fail must
// be refused and say why; any other must hold.
func TestSigstoreCases(t *testing.T) {
	dir := filepath.Join(realdata(t), "sigstore-bundles")
	folders, err := filepath.Glob(filepath.Join(dir, "*", "bundle.sigstore.json"))
	if err != nil || len(folders) != 35 {
		t.Fatalf("%d cases, want 35: %v", len(folders), err)
	}
	for _, bundle := range folders {
		folder := filepath.Dir(bundle)
		file := func(name, otherwise string) string {
			if path := filepath.Join(folder, name); exists(path) {
				return path
			}
			return otherwise
		}
		text := func(name, otherwise string) string {
			b, err := os.ReadFile(filepath.Join(folder, name))
			if err != nil {
				return otherwise
			}
			return strings.TrimSpace(string(b))
		}
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			args := []string{"verify", "attestation", bundle, "--artifact", file("artifact", filepath.Join(dir, "a.txt")),
				"--trusted-root", file("trusted_root.json", filepath.Join(dir, "trusted_root.public-good.json"))}
			if key := file("key.pub", ""); key != "" {
				args = append(args, "--key", key)
			} else {
				args = append(args, "--issuer", text("issuer", "https://token.actions.githubusercontent.com"), "--identity", text("identity",
					"https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main"))
			}
			var out, errs bytes.Buffer
			err := run(context.Background(), args, strings.NewReader(""), &out, &errs)
			want := exitOK
			if strings.HasSuffix(folder, "_fail") {
				want = exitRefused
			}
			if code := exitCode(err); code != want {
				t.Errorf("exit %d, want %d: %v\n%s", code, want, err, out.String())
			}
			t.Log(out.String(), err)
		})
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// realdata is the folder of real cases.
func realdata(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("ASSIZE_REALDATA")
	if dir == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("ASSIZE_REALDATA is not set")
		}
		t.Skip("ASSIZE_REALDATA is not set: no real cases to verify")
	}
	return dir
}
