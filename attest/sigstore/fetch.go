package sigstore

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/sigstore/sigstore-go/pkg/tuf"
	"github.com/theupdateframework/go-tuf/v2/metadata/fetcher"

	"github.com/assize-dev/assize/attest"
)

// The TUF repository of the public-good instance, and the target that is its
// trusted root.
const (
	DefaultMirror = tuf.DefaultMirror
	DefaultTarget = "trusted_root.json"
)

// Repository is a TUF repository.
type Repository struct {
	URL    string       // DefaultMirror when empty
	Root   []byte       // its root.json, trusted already; that of the public-good instance when nil and URL is DefaultMirror
	Target string       // DefaultTarget when empty
	Client *http.Client // http.DefaultClient when nil
}

// Fetch follows the repository from the root it starts with to the newest trusted
// root that is signed under it, and returns its canonical JSON. Nothing is cached.
func Fetch(ctx context.Context, r Repository) ([]byte, error) {
	if r.URL == "" {
		r.URL = DefaultMirror
	}
	if r.Target == "" {
		r.Target = DefaultTarget
	}
	if r.Root == nil {
		if r.URL != DefaultMirror {
			return nil, fmt.Errorf("fetch trusted root: %w: a repository other than %s needs its root.json", ErrConfig, DefaultMirror)
		}
		r.Root = tuf.DefaultRoot()
	}
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	f := fetcher.NewDefaultFetcher()
	f.SetHTTPClient(&http.Client{Timeout: Timeout, Transport: bound{ctx, r.Client}})
	opts := (&tuf.Options{}).WithRoot(r.Root).WithRepositoryBaseURL(strings.TrimSuffix(r.URL, "/")).WithDisableLocalCache().WithFetcher(f).WithContext(ctx)
	client, err := tuf.New(opts)
	if err != nil {
		return nil, fmt.Errorf("fetch trusted root from %s: %w: %v", r.URL, ErrService, err)
	}
	text, err := client.GetTarget(r.Target)
	if err != nil {
		return nil, fmt.Errorf("fetch %s from %s: %w: %v", r.Target, r.URL, ErrService, err)
	}
	doc, err := attest.ParseTrustedRoot(text)
	if err != nil {
		return nil, fmt.Errorf("fetch %s from %s: %w", r.Target, r.URL, err)
	}
	return doc, nil
}

// bound gives every request of a client the caller's context.
type bound struct {
	ctx    context.Context
	client *http.Client
}

func (b bound) RoundTrip(req *http.Request) (*http.Response, error) {
	next := http.DefaultTransport
	if b.client != nil && b.client.Transport != nil {
		next = b.client.Transport
	}
	return next.RoundTrip(req.WithContext(b.ctx))
}
