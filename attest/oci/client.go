package oci

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/assize-dev/assize/attest"
)

// Client reads and writes registries and layouts. Its zero value is ready: it logs
// in with what `docker login` stored, anonymously where that says nothing.
type Client struct {
	// Transport carries the requests; nil is one of net/http with the usual
	// proxies. Plain HTTP outside the loopback interface is refused whatever it is.
	Transport http.RoundTripper
	// Anonymous leaves stored credentials alone.
	Anonymous bool
	// Logins are tried before stored credentials.
	Logins Logins
	// Timeout bounds each call; zero is MaxTime.
	Timeout time.Duration
}

// place is where manifests and blobs lie: a repository of a registry or a layout.
type place interface {
	// manifest reads a manifest by tag or digest; no id is the one a layout has.
	// ErrNotFound when there is none.
	manifest(ctx context.Context, id string) (manifest, error)
	// blob reads a layer that a manifest describes, whole and checked.
	blob(ctx context.Context, d v1.Descriptor) ([]byte, error)
	// referrers lists what says it is attached to the digest, in every way there is.
	referrers(ctx context.Context, digest v1.Hash) ([]v1.Descriptor, error)
	// put stores blobs and then the manifest, under tag when it is not empty.
	put(ctx context.Context, tag string, m manifest, blobs map[v1.Hash][]byte) error
	String() string
}

// target is a parsed reference.
type target struct {
	place place
	id    string // tag or digest; "" for the only image of a layout
	tag   string // "" when the reference is by digest
}

// open parses a reference: [REGISTRY/]REPOSITORY[:TAG][@DIGEST], or
// oci:DIRECTORY[:TAG][@DIGEST] for an image layout.
func (c *Client) open(ctx context.Context, ref string, write bool) (target, error) {
	if len(ref) > MaxReference {
		return target{}, fmt.Errorf("image reference: %w: %d bytes, at most %d", ErrTooLarge, len(ref), MaxReference)
	}
	if dir, ok := strings.CutPrefix(ref, "oci:"); ok {
		return openLayout(dir, write)
	}
	// A tag beside a digest says nothing more; the digest decides.
	r, err := name.ParseReference(ref)
	if err != nil {
		return target{}, fmt.Errorf("image reference %.200q: %w: %s; want REGISTRY/REPOSITORY:TAG or @sha256:..., or oci:DIRECTORY", ref, ErrReference, err)
	}
	t := target{id: r.Identifier()}
	if d, ok := r.(name.Digest); ok {
		if _, err := attest.ParseRef(d.DigestStr()); err != nil {
			return target{}, fmt.Errorf("image reference %.200q: %w: %w", ref, ErrReference, err)
		}
		if write {
			return target{}, fmt.Errorf("image reference %.200q: %w: a digest cannot be chosen; push to a tag", ref, ErrReference)
		}
	} else {
		t.tag = t.id
	}
	t.place, err = c.openRepository(ctx, r.Context(), write)
	return t, err
}

// bound gives a call its time.
func (c *Client) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	d := c.Timeout
	if d <= 0 {
		d = MaxTime
	}
	return context.WithTimeoutCause(ctx, d, fmt.Errorf("the registry took longer than %s", d))
}

// Resolve tells the digest a reference stands for now: the SHA-256 of the manifest,
// or of the index of an image for several platforms.
func (c *Client) Resolve(ctx context.Context, ref string) (attest.Ref, error) {
	ctx, cancel := c.bound(ctx)
	defer cancel()
	m, _, err := c.resolve(ctx, ref)
	if err != nil {
		return "", err
	}
	return attest.Ref(m.digest.String()), nil
}

func (c *Client) resolve(ctx context.Context, ref string) (manifest, place, error) {
	t, err := c.open(ctx, ref, false)
	if err != nil {
		return manifest{}, nil, err
	}
	m, err := t.place.manifest(ctx, t.id)
	if err != nil {
		return manifest{}, nil, fmt.Errorf("image %s: %w", ref, err)
	}
	return m, t.place, nil
}
