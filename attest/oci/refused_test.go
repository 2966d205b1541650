package oci_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/oci"
)

// answers is a registry that gives one body for every request of a path.
type answers func(path string) (int, string, []byte, http.Header)

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) {
	status, mediaType, body, header := a(r.URL.Path)
	if header == nil {
		header = http.Header{}
	}
	header.Set("Content-Type", mediaType)
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(bytes.NewReader(body)), Request: r, ContentLength: int64(len(body))}, nil
}

// If this fails, evidence is fetched where anybody on the way can change it.
func TestPlainHTTPIsForLoopback(t *testing.T) {
	asked := 0
	c := oci.Client{Anonymous: true, Transport: answers(func(string) (int, string, []byte, http.Header) {
		asked++
		return http.StatusOK, ociManifest, []byte(`{}`), nil
	})}
	plain := roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.URL.Scheme == "https" {
			return nil, errors.New("no TLS here")
		}
		return c.Transport.RoundTrip(r)
	})
	for _, ref := range []string{"10.1.2.3:5000/model:v1", "registry.example:5000/model:v1", "host.local/model:v1"} {
		client := oci.Client{Anonymous: true, Transport: plain}
		if _, err := client.Resolve(t.Context(), ref); err == nil || asked > 0 {
			t.Errorf("%s: asked %d times without TLS, %v", ref, asked, err)
		}
	}
	client := oci.Client{Anonymous: true, Transport: plain}
	if _, err := client.Resolve(t.Context(), "10.1.2.3:5000/model:v1"); !errors.Is(err, oci.ErrInsecure) {
		t.Errorf("%v, want ErrInsecure", err)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// If this fails, a registry can send the service to an address inside the network
// it runs in, or round and round.
func TestRedirects(t *testing.T) {
	for to, want := range map[string]error{"https://169.254.169.254/x": oci.ErrMalformed, "https://localhost/x": oci.ErrMalformed, "http://storage.example/x": oci.ErrInsecure, "https://registry.example/v2/m/manifests/v1": oci.ErrTooLarge} {
		c := oci.Client{Anonymous: true, Transport: answers(func(path string) (int, string, []byte, http.Header) {
			if path == "/v2/" {
				return http.StatusOK, "", nil, nil
			}
			return http.StatusFound, "", nil, http.Header{"Location": {to}}
		})}
		if _, err := c.Resolve(t.Context(), "registry.example/m:v1"); !errors.Is(err, want) {
			t.Errorf("redirect to %s: %v, want %v", to, err, want)
		}
	}
}

// If this fails, another manifest or layer can be put in the place of the one that
// was asked for.
func TestChangedOnTheWay(t *testing.T) {
	var change string
	w := newWorld(t, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if change == "" || !strings.Contains(r.URL.Path, change) {
				h.ServeHTTP(rw, r)
				return
			}
			rec := &recorder{ResponseWriter: rw}
			h.ServeHTTP(rec, r)
			rw.Header().Del("Content-Length")
			rw.WriteHeader(rec.status)
			_, _ = rw.Write(bytes.Replace(rec.body.Bytes(), []byte("e"), []byte("3"), 1))
		})
	})
	for _, change = range []string{"/manifests/sha256", "/blobs/"} {
		if _, err := w.Pull(t.Context(), w.ref("model@"+string(w.image))); !errors.Is(err, oci.ErrMalformed) {
			t.Errorf("changed %s: %v, want ErrMalformed", change, err)
		}
	}
}

type recorder struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }

// If this fails, a long list of referrers is cut at its first page.
func TestReferrersInPages(t *testing.T) {
	var entries []any
	w := newWorld(t, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if !strings.Contains(r.URL.Path, "/referrers/") {
				h.ServeHTTP(rw, r)
				return
			}
			page := 0
			_, _ = fmt.Sscan(r.URL.Query().Get("page"), &page)
			if page+1 < len(entries) {
				rw.Header().Set("Link", fmt.Sprintf(`<%s?page=%d>; rel="next"`, r.URL.Path, page+1))
			}
			rw.Header().Set("Content-Type", ociIndex)
			_ = json.NewEncoder(rw).Encode(map[string]any{"schemaVersion": 2, "mediaType": ociIndex, "manifests": entries[page : page+1]})
		})
	})
	entry := func(i int) any {
		return map[string]any{"mediaType": ociManifest, "digest": attest.RefOf(fmt.Sprint(i)), "size": 2, "artifactType": "application/spdx+json"}
	}
	for i := range oci.MaxPages {
		entries = append(entries, entry(i))
	}
	if found, err := w.Attestations(t.Context(), w.ref("model:v1")); err != nil || len(found) != oci.MaxPages {
		t.Errorf("%d pages: found %d, %v", oci.MaxPages, len(found), err)
	}
	entries = append(entries, entry(oci.MaxPages))
	if _, err := w.Attestations(t.Context(), w.ref("model:v1")); !errors.Is(err, oci.ErrTooLarge) {
		t.Errorf("one page more: %v, want ErrTooLarge", err)
	}
}

// If this fails, somebody can attach to an image what was attached to another.
func TestListedForAnotherSubject(t *testing.T) {
	w := newWorld(t, nil)
	other := w.push("model:other", &oci.Artefact{Type: "application/vnd.example", Layers: []oci.Layer{{MediaType: "text/plain", Data: []byte("other")}}})
	d := w.push("model", &oci.Artefact{Type: attest.MediaDSSE, Subject: other, Layers: []oci.Layer{{MediaType: attest.MediaDSSE, Data: envelope(t, other, "x")}}})
	w.put("model", strings.Replace(string(w.image), ":", "-", 1), ociIndex, map[string]any{"schemaVersion": 2, "mediaType": ociIndex, "manifests": []any{
		map[string]any{"mediaType": ociManifest, "digest": d, "size": 1, "artifactType": attest.MediaDSSE},
	}})
	found, err := w.Attestations(t.Context(), w.ref("model:v1"))
	if err != nil || len(found) != 1 || !errors.Is(found[0].Err, oci.ErrMalformed) {
		t.Errorf("found %+v, %v; want it told as malformed", found, err)
	}
}

// If this fails, the pull secret that `docker login` stored is not used, or a
// refusal does not say what to do.
func TestPullSecret(t *testing.T) {
	closed := false
	w := newWorld(t, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if user, password, _ := r.BasicAuth(); closed && user+":"+password != "anna:secret" {
				rw.Header().Set("WWW-Authenticate", `Basic realm="bank"`)
				rw.WriteHeader(http.StatusUnauthorized)
				return
			}
			h.ServeHTTP(rw, r)
		})
	}, registry.WithReferrersSupport(true))
	closed = true
	if _, err := w.Resolve(t.Context(), w.ref("model:v1")); !errors.Is(err, oci.ErrDenied) {
		t.Errorf("anonymous: %v, want ErrDenied", err)
	}
	dir := t.TempDir()
	t.Setenv("DOCKER_CONFIG", dir)
	config := fmt.Sprintf(`{"auths":{%q:{"auth":%q}}}`, w.host, base64.StdEncoding.EncodeToString([]byte("anna:secret")))
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	c := oci.Client{Timeout: 20 * time.Second}
	if got, err := c.Resolve(t.Context(), w.ref("model:v1")); err != nil || got != w.image {
		t.Errorf("logged in: %s, %v", got, err)
	}
}

// If this fails, a registry can fill memory or hold a call for ever.
func TestLimits(t *testing.T) {
	manifest := func(layers, size int) []byte {
		list := []any{}
		for range layers {
			list = append(list, map[string]any{"mediaType": "text/plain", "digest": attest.RefOf("x"), "size": size})
		}
		b, err := json.Marshal(map[string]any{"schemaVersion": 2, "mediaType": ociManifest, "config": map[string]any{}, "layers": list})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	index := func(n int, digest func(i int) attest.Ref) []byte {
		list := []any{}
		for i := range n {
			list = append(list, map[string]any{"mediaType": ociManifest, "digest": digest(i), "size": 1, "artifactType": "text/plain"})
		}
		b, err := json.Marshal(map[string]any{"schemaVersion": 2, "mediaType": ociIndex, "manifests": list})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	serve := func(bodies map[string][]byte) *oci.Client {
		return &oci.Client{Anonymous: true, Transport: answers(func(path string) (int, string, []byte, http.Header) {
			if path == "/v2/" {
				return http.StatusOK, "", nil, nil
			}
			for part, body := range bodies {
				if strings.Contains(path, part) {
					mediaType := ociManifest
					if part == "/referrers/" {
						mediaType = ociIndex
					}
					return http.StatusOK, mediaType, body, nil
				}
			}
			return http.StatusNotFound, "", nil, nil
		})}
	}
	numbered := func(i int) attest.Ref { return attest.RefOf(fmt.Sprint(i)) }
	ctx := t.Context()
	for name, err := range map[string]error{
		"MaxReference": second((&oci.Client{}).Resolve(ctx, strings.Repeat("a", oci.MaxReference+1))),
		"MaxManifest":  second(serve(map[string][]byte{"/manifests/v1": bytes.Repeat([]byte(" "), oci.MaxManifest+1)}).Resolve(ctx, "registry.example/m:v1")),
		"MaxLayers":    second(serve(map[string][]byte{"/manifests/v1": manifest(oci.MaxLayers+1, 1)}).Pull(ctx, "registry.example/m:v1")),
		"MaxBlob":      second(serve(map[string][]byte{"/manifests/v1": manifest(1, oci.MaxBlob+1)}).Pull(ctx, "registry.example/m:v1")),
		"MaxTotal":     second(serve(map[string][]byte{"/manifests/v1": manifest(1, oci.MaxTotal+1)}).Pull(ctx, "registry.example/m:v1")),
		"MaxManifests": second(serve(map[string][]byte{"/manifests/v1": index(oci.MaxManifests+1, numbered)}).Attestations(ctx, "registry.example/m:v1")),
		"MaxFound":     second(serve(map[string][]byte{"/manifests/v1": manifest(1, 1), "/referrers/": index(oci.MaxFound+1, numbered)}).Attestations(ctx, "registry.example/m:v1")),
	} {
		if !errors.Is(err, oci.ErrTooLarge) {
			t.Errorf("%s: %v, want ErrTooLarge", name, err)
		}
	}
	if found, err := serve(map[string][]byte{"/manifests/v1": manifest(oci.MaxLayers, 1), "/referrers/": index(oci.MaxFound, numbered)}).Attestations(ctx, "registry.example/m:v1"); err != nil || len(found) != oci.MaxFound {
		t.Errorf("at the bounds: %d, %v", len(found), err)
	}
	// MaxTime is what a zero Timeout stands for; a shorter one is met.
	slow := &oci.Client{Anonymous: true, Timeout: 30 * time.Millisecond, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	})}
	begun := time.Now()
	if _, err := slow.Resolve(ctx, "registry.example/m:v1"); err == nil || time.Since(begun) > oci.MaxTime/4 {
		t.Errorf("a registry that does not answer: %v after %s", err, time.Since(begun))
	}
}

func second[T any](_ T, err error) error { return err }

// FuzzManifest: whatever a registry says, there is an answer within the bounds and
// no panic.
func FuzzManifest(f *testing.F) {
	f.Add([]byte(`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2},"layers":[{"mediaType":"application/vnd.dsse.envelope.v1+json","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2,"annotations":{"dev.sigstore.cosign/certificate":"x","dev.sigstore.cosign/bundle":"{}"}}]}`))
	f.Add([]byte(`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2,"annotations":{"vnd.docker.reference.type":"attestation-manifest"}}]}`))
	f.Add([]byte(`{"layers":null,"manifests":null}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		c := oci.Client{Anonymous: true, Transport: answers(func(path string) (int, string, []byte, http.Header) {
			switch {
			case path == "/v2/":
				return http.StatusOK, "", nil, nil
			case strings.Contains(path, "/blobs/"):
				return http.StatusOK, "", []byte("{}"), nil
			}
			return http.StatusOK, ociIndex, body, nil
		})}
		found, err := c.Attestations(t.Context(), "registry.example/m:v1")
		if err != nil {
			return
		}
		for _, x := range found {
			if (x.Err == nil) == (x.Data == nil) {
				t.Fatalf("found %+v: want either bytes or a reason", x)
			}
		}
	})
}
