package oci_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/oci"
)

// resolving is a registry whose answers can be held up, and a Resolver of it.
type resolving struct {
	*world
	*oci.Resolver
	manifests atomic.Int64
	wrong     atomic.Int64 // status of every answer; 0: none
	hold      chan struct{}
	auth      atomic.Value
	now       atomic.Int64
}

func newResolving(t *testing.T) *resolving {
	t.Helper()
	r := &resolving{hold: make(chan struct{})}
	close(r.hold)
	r.world = newWorld(t, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if strings.Contains(req.URL.Path, "/manifests/") && req.Method == http.MethodGet {
				r.manifests.Add(1)
			}
			if req.Header.Get("Authorization") != "" {
				r.auth.Store(req.Header.Get("Authorization"))
			}
			<-r.hold
			if status := r.wrong.Load(); status != 0 {
				w.WriteHeader(int(status))
				return
			}
			h.ServeHTTP(w, req)
		})
	})
	r.Resolver = &oci.Resolver{Client: oci.Client{Anonymous: true}, Keep: time.Minute, Timeout: 5 * time.Second, Clock: func() time.Time { return time.Unix(r.now.Load(), 0) }}
	return r
}

func (r *resolving) resolve(t *testing.T, ref string) (attest.Ref, error) {
	t.Helper()
	return r.Resolver.Resolve(t.Context(), ref, oci.Logins{})
}

// TestResolver: a digest asks nobody, a tag is asked for once while it is held, by
// however many, and again when it is not.
func TestResolver(t *testing.T) {
	r := newResolving(t)
	tag := r.ref("model:v1")
	if d, err := r.resolve(t, r.ref("model@"+string(r.image))); err != nil || d != r.image || r.manifests.Load() != 0 {
		t.Errorf("by digest: %s, %v, %d requests", d, err, r.manifests.Load())
	}
	r.hold = make(chan struct{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if d, err := r.resolve(t, tag); err != nil || d != r.image {
				t.Errorf("%s, %v", d, err)
			}
		})
	}
	time.Sleep(50 * time.Millisecond)
	close(r.hold)
	wg.Wait()
	if n := r.manifests.Load(); n != 1 {
		t.Errorf("eight at once took %d requests", n)
	}
	r.now.Store(59)
	if _, err := r.resolve(t, tag); err != nil || r.manifests.Load() != 1 {
		t.Errorf("while held: %v, %d requests", err, r.manifests.Load())
	}
	r.now.Store(60)
	if _, err := r.resolve(t, tag); err != nil || r.manifests.Load() != 2 {
		t.Errorf("afterwards: %v, %d requests", err, r.manifests.Load())
	}
}

// TestResolverKeepsNoFailure: what a registry did not say is asked again at once.
func TestResolverKeepsNoFailure(t *testing.T) {
	r := newResolving(t)
	tag := r.ref("model:v1")
	for _, status := range []int64{http.StatusForbidden, http.StatusNotFound} {
		r.wrong.Store(status)
		if _, err := r.resolve(t, tag); err == nil {
			t.Errorf("%d: resolved", status)
		}
	}
	r.wrong.Store(0)
	if d, err := r.resolve(t, tag); err != nil || d != r.image {
		t.Errorf("%s, %v", d, err)
	}
}

// TestResolverCaller: who goes away does not take the answer from those who wait.
func TestResolverCaller(t *testing.T) {
	r := newResolving(t)
	r.hold = make(chan struct{})
	ctx, leave := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() {
		_, err := r.Resolver.Resolve(ctx, r.ref("model:v1"), oci.Logins{})
		gone <- err
	}()
	time.Sleep(20 * time.Millisecond)
	stayed := make(chan error, 1)
	go func() {
		_, err := r.resolve(t, r.ref("model:v1"))
		stayed <- err
	}()
	leave()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("who left: %v", err)
	}
	close(r.hold)
	if err := <-stayed; err != nil {
		t.Errorf("who stayed: %v", err)
	}
}

// TestResolverMirrors: mirrors are asked first, and one that does not know the image
// is passed over.
func TestResolverMirrors(t *testing.T) {
	mirror, empty := newResolving(t), newResolving(t)
	empty.wrong.Store(http.StatusNotFound)
	r := oci.Resolver{Client: oci.Client{Anonymous: true}, Mirrors: map[string][]string{"docker.io": {empty.host, mirror.host}}, Timeout: 5 * time.Second}
	if d, err := r.Resolve(t.Context(), "docker.io/bank/model:v1", oci.Logins{}); err != nil || d != mirror.image || empty.manifests.Load() == 0 && empty.wrong.Load() == 0 {
		t.Errorf("%s, %v", d, err)
	}
	r.Mirrors = map[string][]string{mirror.host: {empty.host}}
	if d, err := r.Resolve(t.Context(), mirror.ref("model:v1"), oci.Logins{}); err != nil || d != mirror.image {
		t.Errorf("past the mirrors: %s, %v", d, err)
	}
}

// TestResolverLogins: a pull secret is shown to the registry it is for, and to no other.
func TestResolverLogins(t *testing.T) {
	r := newResolving(t)
	logins, err := oci.ParseLogins([]byte(`{"auths": {"https://` + r.host + `/v1/": {"auth": "bWU6c2VjcmV0"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	other := newResolving(t)
	for _, w := range []*resolving{r, other} {
		if _, err := w.Resolver.Resolve(t.Context(), w.ref("model:v1"), logins); err != nil {
			t.Fatal(err)
		}
	}
	if other.auth.Load() != nil {
		t.Error("another registry was shown the secret")
	}
	for name, raw := range map[string]string{"no JSON": "{", "no base64": `{"auths": {"a": {"auth": "?"}}}`, "too large": strings.Repeat(" ", oci.MaxLogins+1)} {
		if _, err := oci.ParseLogins([]byte(raw)); !errors.Is(err, oci.ErrMalformed) && !errors.Is(err, oci.ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestResolverBound: no more than MaxHeldTags are held.
func TestResolverBound(t *testing.T) {
	if held := oci.HoldTags(oci.MaxHeldTags + 10); held != oci.MaxHeldTags {
		t.Errorf("%d held", held)
	}
	if _, err := oci.FullName(strings.Repeat("a", oci.MaxReference+1)); !errors.Is(err, oci.ErrTooLarge) {
		t.Errorf("a reference past the bound: %v", err)
	}
	if _, err := oci.FullName("Not An Image"); !errors.Is(err, oci.ErrReference) {
		t.Errorf("no reference: %v", err)
	}
	if full, err := oci.FullName("nginx"); err != nil || full != "index.docker.io/library/nginx:latest" {
		t.Error(fmt.Sprint(full, err))
	}
}
