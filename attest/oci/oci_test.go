package oci_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/attesttest"
	"github.com/assize-dev/assize/attest/oci"
)

const (
	ociManifest = "application/vnd.oci.image.manifest.v1+json"
	ociIndex    = "application/vnd.oci.image.index.v1+json"
)

// world is a registry on the loopback interface with one image in it.
type world struct {
	t      *testing.T
	server *httptest.Server
	host   string
	image  attest.Ref
	oci.Client
}

func newWorld(t *testing.T, wrap func(http.Handler) http.Handler, options ...registry.Option) *world {
	t.Helper()
	h := registry.New(append(options, registry.Logger(log.New(io.Discard, "", 0)))...)
	if wrap != nil {
		h = wrap(h)
	}
	w := &world{t: t, server: httptest.NewServer(h), Client: oci.Client{Anonymous: true, Timeout: 20 * time.Second}}
	t.Cleanup(w.server.Close)
	w.host = strings.TrimPrefix(w.server.URL, "http://")
	w.image = w.push("model:v1", &oci.Artefact{Type: "application/vnd.example.image", Layers: []oci.Layer{{MediaType: "text/plain", Data: []byte("weights")}}})
	return w
}

func (w *world) ref(name string) string { return w.host + "/bank/" + name }

func (w *world) push(name string, a *oci.Artefact) attest.Ref {
	w.t.Helper()
	d, err := w.Push(w.t.Context(), w.ref(name), a)
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

// put stores a manifest as it is written.
func (w *world) put(repo, id, mediaType string, doc any) attest.Ref {
	w.t.Helper()
	raw, err := json.Marshal(doc)
	if err != nil {
		w.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPut, w.server.URL+"/v2/bank/"+repo+"/manifests/"+id, strings.NewReader(string(raw)))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", mediaType)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		b, _ := io.ReadAll(resp.Body)
		w.t.Fatalf("put %s: %s: %s", id, resp.Status, b)
	}
	return digest(raw)
}

func digest(b []byte) attest.Ref {
	sum := sha256.Sum256(b)
	return attest.Ref("sha256:" + hex.EncodeToString(sum[:]))
}

func attTag(d attest.Ref) string { return strings.Replace(string(d), ":", "-", 1) + ".att" }

// envelope is a signed statement about an image.
func envelope(t *testing.T, about attest.Ref, text string) []byte {
	st := attesttest.Statement("https://in-toto.io/attestation/release/v0.1", map[string]any{"purl": "pkg:oci/" + text},
		attesttest.Subject("model", strings.TrimPrefix(string(about), "sha256:")))
	return attesttest.NewWorld(t).Sign(st, "builder")
}

// outcome is a Found without what the registry chooses.
type outcome struct {
	Type, Data string
	Why        error
}

func outcomes(found []oci.Found) []outcome {
	out := []outcome{}
	for _, f := range found {
		o := outcome{Type: f.MediaType, Data: string(f.Data)}
		for _, err := range []error{oci.ErrNotEvidence, oci.ErrMalformed, oci.ErrTooLarge, oci.ErrNotFound} {
			if errors.Is(f.Err, err) {
				o.Why = err
			}
		}
		if o.Why == nil {
			o.Why = f.Err
		}
		out = append(out, o)
	}
	return out
}

var sameError = cmp.Comparer(func(a, b error) bool { return errors.Is(a, b) || errors.Is(b, a) })

// If this fails, evidence attached to an image is lost, or something that is none
// is dropped without a word: with the referrers API and with the tag in its place.
func TestAttestations(t *testing.T) {
	for name, options := range map[string][]registry.Option{"referrers API": {registry.WithReferrersSupport(true)}, "fallback tag": nil} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil, options...)
			first, second := envelope(t, w.image, "one"), envelope(t, w.image, "two")
			w.push("model:"+attTag(w.image), &oci.Artefact{Layers: []oci.Layer{
				{MediaType: attest.MediaDSSE, Data: first},
				{MediaType: "application/vnd.dev.cosign.simplesigning.v1+json", Data: []byte("{}")},
			}})
			w.push("model", &oci.Artefact{Type: oci.TypeSigstoreBundle, Subject: w.image, Layers: []oci.Layer{{MediaType: oci.TypeSigstoreBundle, Data: second}}})
			w.push("model", &oci.Artefact{Type: "application/spdx+json", Subject: w.image, Layers: []oci.Layer{{MediaType: "application/spdx+json", Data: []byte("{}")}}})
			w.push("model", &oci.Artefact{Type: "application/vnd.in-toto+json", Subject: w.image, Layers: []oci.Layer{
				{MediaType: "application/vnd.in-toto+json", Data: []byte(`{"_type":"https://in-toto.io/Statement/v1"}`)},
			}})

			found, err := w.Attestations(t.Context(), w.ref("model:v1"))
			if err != nil {
				t.Fatal(err)
			}
			want := []outcome{
				{attest.MediaDSSE, string(first), nil},
				{"application/vnd.dev.cosign.simplesigning.v1+json", "", oci.ErrNotEvidence},
				{"application/spdx+json", "", oci.ErrNotEvidence},
				{oci.TypeSigstoreBundle, string(second), nil},
				{"application/vnd.in-toto+json", "", oci.ErrNotEvidence},
			}
			got := outcomes(found) // the order of referrers is the registry's
			byType := func(a, b outcome) int { return strings.Compare(a.Type, b.Type) }
			slices.SortFunc(want, byType)
			slices.SortFunc(got, byType)
			if diff := cmp.Diff(want, got, sameError); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, f := range found {
				if f.Subject != w.image || f.Source == "" {
					t.Errorf("found %+v: want its subject and source", f)
				}
			}
			image, err := w.Resolve(t.Context(), w.ref("model:v1"))
			if err != nil || image != w.image {
				t.Errorf("resolve: %s, %v; want %s", image, err, w.image)
			}
		})
	}
}

// If this fails, what is attached to one platform of an image is not seen from the
// image, or BuildKit's unsigned statements look like nothing at all.
func TestAttestationsOfAnIndex(t *testing.T) {
	w := newWorld(t, nil, registry.WithReferrersSupport(true))
	signed := envelope(t, w.image, "amd64")
	w.push("model", &oci.Artefact{Type: attest.MediaDSSE, Subject: w.image, Layers: []oci.Layer{{MediaType: attest.MediaDSSE, Data: signed}}})
	buildkit := w.push("model:buildkit", &oci.Artefact{Layers: []oci.Layer{{MediaType: "application/vnd.in-toto+json", Data: []byte("{}")}}})
	entry := func(d attest.Ref, annotations map[string]string) map[string]any {
		return map[string]any{"mediaType": ociManifest, "digest": d, "size": 1, "annotations": annotations}
	}
	index := w.put("model", "all", ociIndex, map[string]any{"schemaVersion": 2, "mediaType": ociIndex, "manifests": []any{
		entry(w.image, nil),
		entry(buildkit, map[string]string{"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": string(w.image)}),
	}})
	found, err := w.Attestations(t.Context(), w.ref("model:all"))
	if err != nil {
		t.Fatal(err)
	}
	want := []outcome{{attest.MediaDSSE, string(signed), nil}, {ociManifest, "", oci.ErrNotEvidence}}
	if diff := cmp.Diff(want, outcomes(found), sameError); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := w.Pull(t.Context(), w.ref("model@"+string(index))); !errors.Is(err, oci.ErrMalformed) {
		t.Errorf("pull of an index: %v, want ErrMalformed", err)
	}
}

// If this fails, the certificate that stands beside cosign's envelope is lost on
// the way, and nothing signed without a long-lived key could be taken in.
func TestCosignAnnotations(t *testing.T) {
	w := newWorld(t, nil)
	ca := attesttest.NewCA(t, "fulcio")
	key := attesttest.Key(t, attest.ECDSAP256, "builder")
	leaf := ca.Issue(key.Public(), "builder", nil)
	raw := envelope(t, w.image, "keyless")
	annotations := map[string]string{
		"dev.sigstore.cosign/certificate": attesttest.PEM(leaf),
		"dev.sigstore.cosign/chain":       attesttest.PEM(ca.Intermediate) + attesttest.PEM(ca.Root),
	}
	broken := map[string]string{"dev.sigstore.cosign/certificate": attesttest.PEM(leaf), "dev.sigstore.cosign/bundle": `{"Payload":{"body":"!"}}`}
	w.push("model:"+attTag(w.image), &oci.Artefact{Layers: []oci.Layer{
		{MediaType: attest.MediaDSSE, Data: raw, Annotations: annotations},
		{MediaType: attest.MediaDSSE, Data: envelope(t, w.image, "other"), Annotations: broken},
	}})
	found, err := w.Attestations(t.Context(), w.ref("model:v1"))
	if err != nil || len(found) != 2 || !found[0].Repacked || !errors.Is(found[1].Err, oci.ErrMalformed) {
		t.Fatalf("found %+v, %v; want one repacked, one malformed", found, err)
	}
	e, err := attest.Parse(found[0].Data)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := attest.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	if e.ID() != plain.ID() {
		t.Errorf("the repacked envelope has id %s, the signed one %s", e.ID(), plain.ID())
	}
}

// If this fails, an artefact does not come back as it was stored.
func TestPullGivesWhatPushStored(t *testing.T) {
	w := newWorld(t, nil)
	a := &oci.Artefact{Type: "application/vnd.example.rules", Annotations: map[string]string{"a": "b"}, Layers: []oci.Layer{
		{MediaType: "application/vnd.example.set", Data: []byte("rules"), Annotations: map[string]string{"org.opencontainers.image.title": "set.tar"}},
		{MediaType: "application/vnd.example.signature", Data: []byte("signature")},
	}}
	for _, ref := range []string{w.ref("rules:1"), "oci:" + filepath.Join(t.TempDir(), "rules") + ":1"} {
		d, err := w.Push(t.Context(), ref, a)
		if err != nil {
			t.Fatalf("%s: %v", ref, err)
		}
		for _, at := range []string{ref, strings.TrimSuffix(ref, ":1") + "@" + string(d)} {
			got, err := w.Pull(t.Context(), at)
			if err != nil {
				t.Fatalf("%s: %v", at, err)
			}
			want := *a
			want.Digest = d
			if diff := cmp.Diff(&want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", at, diff)
			}
		}
		got, err := w.Pull(t.Context(), ref, "application/vnd.example.set")
		if err != nil || len(got.Layers) != 1 || len(got.Left) != 1 {
			t.Errorf("%s, one type: %+v, %v; want one layer and one left", ref, got, err)
		}
		if _, err := w.Pull(t.Context(), ref, "text/plain"); !errors.Is(err, oci.ErrNotFound) {
			t.Errorf("%s, no such type: %v, want ErrNotFound", ref, err)
		}
	}
}

// If this fails, a layout copied from a registry loses its evidence, or files
// outside of it are read.
func TestLayout(t *testing.T) {
	var c oci.Client
	dir := filepath.Join(t.TempDir(), "image")
	ref := "oci:" + dir
	image, err := c.Push(t.Context(), ref+":v1", &oci.Artefact{Type: "application/vnd.example", Layers: []oci.Layer{{MediaType: "text/plain", Data: []byte("x")}}})
	if err != nil {
		t.Fatal(err)
	}
	signed, other := envelope(t, image, "layout"), envelope(t, image, "tag")
	for at, a := range map[string]*oci.Artefact{
		ref:                       {Type: attest.MediaDSSE, Subject: image, Layers: []oci.Layer{{MediaType: attest.MediaDSSE, Data: signed}}},
		ref + ":" + attTag(image): {Layers: []oci.Layer{{MediaType: attest.MediaDSSE, Data: other}}},
	} {
		if _, err := c.Push(t.Context(), at, a); err != nil {
			t.Fatal(err)
		}
	}
	found, err := c.Attestations(t.Context(), ref+":v1")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]outcome{{attest.MediaDSSE, string(other), nil}, {attest.MediaDSSE, string(signed), nil}}, outcomes(found), sameError); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for name, want := range map[string]error{ref + ":v2": oci.ErrNotFound, "oci:" + dir + "/none": oci.ErrNotFound, "oci:": oci.ErrReference, ref + "@sha256:1": oci.ErrReference} {
		if _, err := c.Resolve(t.Context(), name); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	// A link out of the layout is not followed.
	outside := filepath.Join(t.TempDir(), "index.json")
	if err := os.Rename(filepath.Join(dir, "index.json"), outside); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "index.json")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Resolve(t.Context(), ref+":v1"); err == nil {
		t.Error("an index.json outside the layout is read")
	}
}
