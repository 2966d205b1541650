package oci

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// repository is one repository of a registry, logged in.
type repository struct {
	name   name.Repository
	http   *http.Client
	scheme string
	write  []remote.Option
}

func (c *Client) openRepository(ctx context.Context, repo name.Repository, write bool) (*repository, error) {
	inner := c.Transport
	if inner == nil {
		inner = http.DefaultTransport
	}
	guarded := loopbackOnly{inner}
	auth, err := c.Logins.Resolve(repo)
	if err != nil {
		return nil, fmt.Errorf("credentials for %s: %w", repo.RegistryStr(), err)
	}
	if auth == authn.Anonymous && !c.Anonymous {
		if auth, err = authn.Resolve(ctx, authn.DefaultKeychain, repo); err != nil {
			return nil, fmt.Errorf("credentials for %s: %w", repo.RegistryStr(), err)
		}
	}
	scope := transport.PullScope
	if write {
		scope = transport.PushScope
	}
	rt, err := transport.NewWithContext(ctx, repo.Registry, auth, transport.NewRetry(guarded), []string{repo.Scope(scope)})
	if err != nil {
		return nil, fmt.Errorf("registry %s: %w", repo.RegistryStr(), refused(err))
	}
	return &repository{
		name: repo, scheme: repo.Scheme(),
		http:  &http.Client{Transport: rt, CheckRedirect: checkRedirect},
		write: []remote.Option{remote.WithTransport(rt), remote.WithContext(ctx)},
	}, nil
}

func (r *repository) String() string { return r.name.Name() }

// loopbackOnly lets plain HTTP through to the loopback interface alone. The
// registry client would also speak it with private networks.
type loopbackOnly struct{ inner http.RoundTripper }

func (t loopbackOnly) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme != "https" && !loopback(req.URL.Hostname()) {
		if req.Body != nil {
			req.Body.Close()
		}
		return nil, fmt.Errorf("%s: %w", req.URL.Host, ErrInsecure)
	}
	return t.inner.RoundTrip(req)
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// checkRedirect follows a registry to its storage, never into the network it is
// asked from: not to addresses of this machine or of private networks.
func checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) > MaxRedirects {
		return fmt.Errorf("%w: more than %d redirects", ErrTooLarge, MaxRedirects)
	}
	from, to := via[0].URL.Hostname(), req.URL.Hostname()
	if from == to {
		return nil
	}
	ip := net.ParseIP(to)
	inside := to == "localhost" || ip != nil && (ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsUnspecified())
	if inside && !loopback(from) {
		return fmt.Errorf("redirect from %s to %s: %w: it leads into the local network", from, to, ErrMalformed)
	}
	return nil
}

// refused gives an answer of a registry the sentinel of this package.
func refused(err error) error {
	var t *transport.Error
	if !errors.As(err, &t) {
		return err
	}
	switch t.StatusCode {
	case http.StatusNotFound:
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Errorf("%w: %w; log in with `docker login` or check the name", ErrDenied, err)
	}
	return err
}

// answer is a response read whole.
type answer struct {
	body   []byte
	header http.Header
	status int
}

// get asks the registry. Statuses other than 200 are errors unless listed in also.
func (r *repository) get(ctx context.Context, u *url.URL, accept []string, max int64, also ...int) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return answer{}, err
	}
	if len(accept) > 0 {
		req.Header.Set("Accept", strings.Join(accept, ","))
	}
	resp, err := r.http.Do(req)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = fmt.Errorf("%w: %w", cause, err)
		}
		return answer{}, err
	}
	defer resp.Body.Close()
	if err := transport.CheckError(resp, append(also, http.StatusOK)...); err != nil {
		return answer{}, refused(err)
	}
	if resp.StatusCode != http.StatusOK {
		_, err := io.Copy(io.Discard, io.LimitReader(resp.Body, 4<<10)) // so that the connection is used again
		return answer{status: resp.StatusCode}, err
	}
	body, err := readBounded(resp.Body, max, u.Path)
	return answer{body, resp.Header, resp.StatusCode}, err
}

func (r *repository) url(kind, id string) *url.URL {
	return &url.URL{Scheme: r.scheme, Host: r.name.RegistryStr(), Path: fmt.Sprintf("/v2/%s/%s/%s", r.name.RepositoryStr(), kind, id)}
}

func (r *repository) manifest(ctx context.Context, id string) (manifest, error) {
	a, err := r.get(ctx, r.url("manifests", id), manifestTypes, MaxManifest)
	if err != nil {
		return manifest{}, err
	}
	asked := ""
	if strings.Contains(id, ":") {
		asked = id
	}
	return parseManifest(a.body, a.header.Get("Content-Type"), asked)
}

func (r *repository) blob(ctx context.Context, d v1.Descriptor) ([]byte, error) {
	if err := checkSize(d); err != nil {
		return nil, err
	}
	a, err := r.get(ctx, r.url("blobs", d.Digest.String()), nil, d.Size)
	if err != nil {
		return nil, fmt.Errorf("layer %s: %w", d.Digest, err)
	}
	return a.body, checkBlob(a.body, d)
}

// referrers asks the API, page by page, and reads the tag that older clients and
// registries keep in its place (OCI distribution specification 1.1, "Listing
// referrers" and "Referrers tag schema").
func (r *repository) referrers(ctx context.Context, digest v1.Hash) ([]v1.Descriptor, error) {
	var list []v1.Descriptor
	next := r.url("referrers", digest.String())
	for page := 0; next != nil; page++ {
		if page == MaxPages {
			return nil, fmt.Errorf("referrers of %s: %w: more than %d pages", digest, ErrTooLarge, MaxPages)
		}
		a, err := r.get(ctx, next, []string{string(types.OCIImageIndex)}, MaxManifest, http.StatusNotFound, http.StatusBadRequest, http.StatusMethodNotAllowed, http.StatusNotAcceptable)
		if err != nil {
			return nil, fmt.Errorf("referrers of %s: %w", digest, err)
		}
		kind, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
		if a.status != http.StatusOK || err != nil || kind != string(types.OCIImageIndex) {
			if page > 0 {
				return nil, fmt.Errorf("referrers of %s: %w: page %d is missing (status %d)", digest, ErrMalformed, page+1, a.status)
			}
			break // a registry without the API
		}
		m, err := parseManifest(a.body, kind, "")
		if err != nil {
			return nil, fmt.Errorf("referrers of %s: %w", digest, err)
		}
		if m.index == nil {
			return nil, fmt.Errorf("referrers of %s: %w: want an index", digest, ErrMalformed)
		}
		list = append(list, m.index.Manifests...)
		if next, err = nextPage(next, a.header); err != nil {
			return nil, fmt.Errorf("referrers of %s: %w", digest, err)
		}
	}
	m, err := r.manifest(ctx, fallbackTag(digest))
	switch {
	case errors.Is(err, ErrNotFound):
		return list, nil
	case err != nil:
		return nil, fmt.Errorf("tag %s: %w", fallbackTag(digest), err)
	case m.index == nil:
		return nil, fmt.Errorf("tag %s: %w: want an index of referrers", fallbackTag(digest), ErrMalformed)
	}
	return append(list, m.index.Manifests...), nil
}

// nextPage reads the Link header (RFC 8288) of a page; the next one is on the same
// host.
func nextPage(at *url.URL, h http.Header) (*url.URL, error) {
	for _, link := range h.Values("Link") {
		target, params, ok := strings.Cut(link, ">")
		if !ok || !strings.HasPrefix(target, "<") || !strings.Contains(strings.ReplaceAll(params, `"`, ""), "rel=next") {
			continue
		}
		u, err := at.Parse(target[1:])
		if err != nil {
			return nil, fmt.Errorf("%w: Link %.200q: %w", ErrMalformed, link, err)
		}
		if u.Scheme != at.Scheme || u.Host != at.Host {
			return nil, fmt.Errorf("%w: Link %.200q leads to another host", ErrMalformed, link)
		}
		return u, nil
	}
	return nil, nil
}

// fallbackTag is where referrers are listed by registries without the API.
func fallbackTag(digest v1.Hash) string { return digest.Algorithm + "-" + digest.Hex }

func (r *repository) put(ctx context.Context, tag string, m manifest, blobs map[v1.Hash][]byte) error {
	options := append([]remote.Option{remote.WithJobs(2)}, r.write...)
	for digest, b := range blobs {
		if err := remote.WriteLayer(r.name, static.NewLayer(b, types.OCIUncompressedLayer), options...); err != nil {
			return fmt.Errorf("push layer %s to %s: %w", digest, r, refused(err))
		}
	}
	var ref name.Reference = r.name.Digest(m.digest.String())
	if tag != "" {
		ref = r.name.Tag(tag)
	}
	if err := remote.Put(ref, taggable(m), options...); err != nil {
		return fmt.Errorf("push manifest to %s: %w", ref, refused(err))
	}
	return nil
}

// taggable hands the registry client a manifest to store.
type taggable manifest

func (t taggable) RawManifest() ([]byte, error)        { return json.RawMessage(t.raw), nil }
func (t taggable) MediaType() (types.MediaType, error) { return types.MediaType(t.mediaType), nil }
