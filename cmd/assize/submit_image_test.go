package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/attesttest"
	"github.com/assize-dev/assize/attest/oci"
)

// imageStory runs the program in a directory of its own, with a ledger in it.
type imageStory struct {
	t   *testing.T
	dir string
}

// newFolder is a story without a ledger.
func newFolder(t *testing.T) *imageStory {
	s := &imageStory{t, t.TempDir()}
	t.Chdir(s.dir)
	return s
}

func newImageStory(t *testing.T) *imageStory {
	s := newFolder(t)
	t.Setenv("ASSIZE_STORE", "sqlite:assize.db")
	s.run(exitOK, "ledger", "init", "--origin", "bank.example/log")
	return s
}

// run wants an exit code and gives what was printed.
func (s *imageStory) run(code int, args ...string) string {
	s.t.Helper()
	var out, messages bytes.Buffer
	err := run(s.t.Context(), args, strings.NewReader(""), &out, &messages)
	if got := exitCode(err); got != code {
		s.t.Fatalf("assize %v exits %d, want %d: %v\n%s%s", args, got, code, err, out.String(), messages.String())
	}
	if err != nil {
		out.WriteString(err.Error())
	}
	return out.String()
}

func (s *imageStory) file(name string, b []byte) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), b, 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *imageStory) read(name string) []byte {
	s.t.Helper()
	b, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

// trust lets a key speak in a role.
func (s *imageStory) trust(name, role string) {
	s.t.Helper()
	s.run(exitOK, "keygen", "--out", name)
	s.file("trust.yaml", []byte(s.run(exitOK, "trust", "show")+
		s.run(exitOK, "trust", "entry", "--key", name+".pub.pem", "--principal", name+"@bank.example", "--role", role, "--about", "system:credit")))
	s.run(exitOK, "activate", "trust.yaml")
}

// If this fails, evidence attached to an image is lost on its way into the ledger,
// or one bad piece keeps the good ones out.
func TestSubmitImage(t *testing.T) {
	s := newImageStory(t)
	s.trust("builder", "builder")
	s.run(exitOK, "keygen", "--out", "stranger")
	server := httptest.NewServer(registry.New(registry.WithReferrersSupport(true), registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	client := oci.Client{Anonymous: true}
	for _, repo := range []string{strings.TrimPrefix(server.URL, "http://") + "/bank/scorer", "oci:" + filepath.Join(s.dir, "layout")} {
		push := func(at string, a *oci.Artefact) attest.Ref {
			d, err := client.Push(t.Context(), at, a)
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		image := push(repo+":v1", &oci.Artefact{Type: "application/vnd.example", Layers: []oci.Layer{{MediaType: "text/plain", Data: []byte(repo)}}})
		if out := s.run(exitBroken, "submit", "--image", repo+":v1"); !strings.Contains(out, "no signed statement is attached") {
			t.Errorf("an image with nothing attached: %s", out)
		}
		signed := func(key, purl string) []byte {
			st := attesttest.Statement("https://in-toto.io/attestation/release/v0.1", map[string]any{"purl": purl}, attesttest.Subject("scorer", strings.TrimPrefix(string(image), "sha256:")))
			k, err := attest.LoadPrivateKey(s.read(key + ".pem"))
			if err != nil {
				t.Fatal(err)
			}
			raw, err := attest.SignDSSE(st, k)
			if err != nil {
				t.Fatal(err)
			}
			return raw
		}
		push(repo+":"+strings.Replace(string(image), ":", "-", 1)+".att", &oci.Artefact{Layers: []oci.Layer{
			{MediaType: attest.MediaDSSE, Data: signed("stranger", "pkg:oci/other@1")},
			{MediaType: attest.MediaDSSE, Data: signed("builder", "pkg:oci/scorer@1")},
		}})
		push(repo, &oci.Artefact{Type: "application/spdx+json", Subject: image, Layers: []oci.Layer{{MediaType: "application/spdx+json", Data: []byte("{}")}}})

		for _, first := range []string{"new", "known"} {
			out := s.run(exitRefused, "submit", "--image", repo+":v1", "-o", "json", "--receipts", "receipts")
			out = out[:strings.LastIndex(out, "}")+1]
			var got struct {
				Digest   attest.Ref
				Attached []struct {
					Outcome, Reason string
					Elsewhere       bool
				}
			}
			if err := json.Unmarshal([]byte(out), &got); err != nil {
				t.Fatalf("%v in %s", err, out)
			}
			var outcomes []string
			for _, a := range got.Attached {
				outcomes = append(outcomes, a.Outcome)
				if a.Elsewhere || (a.Reason == "") != (a.Outcome == first) {
					t.Errorf("%+v: want a reason where nothing was taken, and the subject it is attached to", a)
				}
			}
			if want := []string{"refused", first, "left"}; !slices.Equal(outcomes, want) || got.Digest != image {
				t.Errorf("%s is %s with %v, want %s with %v", repo, got.Digest, outcomes, image, want)
			}
		}
		if out := s.run(exitRefused, "submit", "--image", repo+":v1"); !strings.Contains(out, "unknown signer") || !strings.Contains(out, "release") || !strings.Contains(out, "left") {
			t.Errorf("the lines do not tell each outcome:\n%s", out)
		}
	}
	s.run(exitBroken, "submit", "--image", strings.TrimPrefix(server.URL, "http://")+"/bank/none:v1")
	s.run(exitBroken, "submit", "--image", "x", "file.json")
	s.run(exitBroken, "submit")
}
