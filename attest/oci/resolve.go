package oci

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/assize-dev/assize/attest"
)

// Resolver turns references into digests for callers who ask again and again and
// cannot wait. What a tag stands for is held for a bounded time; that a registry did
// not say is never held. It is safe for concurrent use.
type Resolver struct {
	Client Client
	// Mirrors of a registry are asked before it, in order: docker.io: [mirror:5000].
	// One that does not know the image, or does not answer, is passed over.
	Mirrors map[string][]string
	// Keep is how long a digest is held; zero asks every time.
	Keep time.Duration
	// Timeout bounds one resolution, whoever waits for it; zero is that of Client.
	Timeout time.Duration
	Clock   func() time.Time // nil: time.Now

	mu      sync.Mutex
	held    map[string]heldTag
	flights map[string]*resolution
}

type heldTag struct {
	digest attest.Ref
	until  time.Time
}

// resolution is one in flight, for all who wait for it.
type resolution struct {
	done   chan struct{}
	digest attest.Ref
	err    error
}

// Digest tells the digest of a reference that carries one, without asking anybody.
func Digest(ref string) (attest.Ref, bool) {
	_, digest, ok := strings.Cut(ref, "@")
	if !ok {
		return "", false
	}
	d, err := attest.ParseRef(digest)
	return d, err == nil
}

// FullName is a reference with its registry and repository written out, as in
// index.docker.io/library/nginx:1.27; ErrReference when it is none.
func FullName(ref string) (string, error) {
	if len(ref) > MaxReference {
		return "", fmt.Errorf("image reference: %w: %d bytes, at most %d", ErrTooLarge, len(ref), MaxReference)
	}
	r, err := name.ParseReference(ref)
	if err != nil {
		return "", fmt.Errorf("image reference %.200q: %w: %s; want REGISTRY/REPOSITORY:TAG or @sha256:HEX", ref, ErrReference, err)
	}
	return r.Name(), nil
}

// Resolve tells the digest of a reference, with logins beside those of Client.
func (r *Resolver) Resolve(ctx context.Context, ref string, logins Logins) (attest.Ref, error) {
	full, err := FullName(ref)
	if err != nil {
		return "", err
	}
	if d, ok := Digest(ref); ok {
		return d, nil
	}
	key := full + "\n" + logins.id
	r.mu.Lock()
	if h, ok := r.held[key]; ok {
		if r.now().Before(h.until) {
			r.mu.Unlock()
			return h.digest, nil
		}
		delete(r.held, key)
	}
	f, joined := r.flights[key]
	if !joined {
		f = &resolution{done: make(chan struct{})}
		if r.flights == nil {
			r.flights = map[string]*resolution{}
		}
		r.flights[key] = f
		// Whoever asked first may go away; the others still wait.
		go r.fly(context.WithoutCancel(ctx), key, full, logins, f)
	}
	r.mu.Unlock()
	select {
	case <-f.done:
		return f.digest, f.err
	case <-ctx.Done():
		return "", fmt.Errorf("image %s: the registry has not answered: %w", ref, context.Cause(ctx))
	}
}

func (r *Resolver) fly(ctx context.Context, key, full string, logins Logins, f *resolution) {
	c := r.Client
	c.Logins = logins
	if r.Timeout > 0 {
		c.Timeout = r.Timeout
	}
	ctx, cancel := c.bound(ctx)
	defer cancel()
	asked := r.now()
	f.digest, f.err = r.ask(ctx, &c, full)
	r.mu.Lock()
	delete(r.flights, key)
	if f.err == nil && r.Keep > 0 {
		r.hold(key, heldTag{f.digest, asked.Add(r.Keep)})
	}
	r.mu.Unlock()
	close(f.done)
}

func (r *Resolver) hold(key string, h heldTag) {
	if r.held == nil {
		r.held = map[string]heldTag{}
	}
	for k := range r.held { // any: who is asked for again comes back
		if len(r.held) < MaxHeldTags {
			break
		}
		delete(r.held, k)
	}
	r.held[key] = h
}

// ask goes through the mirrors of the registry and then to it. The digest counts
// only as what the manifest given hashes to.
func (r *Resolver) ask(ctx context.Context, c *Client, full string) (attest.Ref, error) {
	parsed, err := name.ParseReference(full)
	if err != nil {
		return "", fmt.Errorf("image reference %.200q: %w: %s", full, ErrReference, err)
	}
	registry := parsed.Context().RegistryStr()
	mirrors := r.Mirrors[registry]
	if registry == name.DefaultRegistry && mirrors == nil {
		mirrors = r.Mirrors["docker.io"]
	}
	var passed []error
	for _, mirror := range mirrors {
		m, _, err := c.resolve(ctx, mirror+strings.TrimPrefix(full, registry))
		if err == nil {
			return attest.Ref(m.digest.String()), nil
		}
		passed = append(passed, fmt.Errorf("mirror %s: %w", mirror, err))
	}
	m, _, err := c.resolve(ctx, full)
	if err != nil {
		return "", errors.Join(append([]error{err}, passed...)...)
	}
	return attest.Ref(m.digest.String()), nil
}

func (r *Resolver) now() time.Time {
	if r.Clock != nil {
		return r.Clock()
	}
	return time.Now()
}

// Logins are credentials by registry, as pull secrets of Kubernetes hold them.
type Logins struct {
	byHost map[string]authn.AuthConfig
	id     string // distinguishes them from others; empty for none
}

var _ authn.Keychain = Logins{}

// ParseLogins reads documents of the form of docker's config.json, the contents of
// pull secrets. The first that speaks of a registry counts.
func ParseLogins(documents ...[]byte) (Logins, error) {
	l := Logins{byHost: map[string]authn.AuthConfig{}}
	sum := sha256.New()
	for _, raw := range documents {
		if len(raw) > MaxLogins {
			return Logins{}, fmt.Errorf("pull secret: %w: %d bytes, at most %d", ErrTooLarge, len(raw), MaxLogins)
		}
		var doc struct {
			Auths map[string]struct{ Auth, Username, Password, IdentityToken, RegistryToken string } `json:"auths"`
		}
		if err := json.Unmarshal(raw, &doc); err != nil {
			return Logins{}, fmt.Errorf("pull secret: %w: no docker config.json", ErrMalformed) // what it says is secret
		}
		fmt.Fprintf(sum, "%d\n", len(raw))
		sum.Write(raw)
		for host, a := range doc.Auths {
			c := authn.AuthConfig{Username: a.Username, Password: a.Password, IdentityToken: a.IdentityToken, RegistryToken: a.RegistryToken}
			if a.Auth != "" {
				plain, err := base64.StdEncoding.DecodeString(a.Auth)
				user, password, ok := strings.Cut(string(plain), ":")
				if err != nil || !ok {
					return Logins{}, fmt.Errorf("pull secret: %w: auth of %.100s is no base64 of USER:PASSWORD", ErrMalformed, host)
				}
				c.Username, c.Password = user, password
			}
			host = registryHost(host)
			if _, ok := l.byHost[host]; !ok {
				l.byHost[host] = c
			}
		}
	}
	if len(l.byHost) > 0 {
		l.id = hex.EncodeToString(sum.Sum(nil))
	}
	return l, nil
}

// registryHost brings https://index.docker.io/v1/ and its like to a host.
func registryHost(s string) string {
	s = strings.TrimPrefix(strings.TrimPrefix(s, "https://"), "http://")
	s, _, _ = strings.Cut(s, "/")
	if s == "docker.io" {
		return name.DefaultRegistry
	}
	return s
}

// Resolve gives the credentials of a registry, as the registry client asks for them.
func (l Logins) Resolve(r authn.Resource) (authn.Authenticator, error) {
	if c, ok := l.byHost[r.RegistryStr()]; ok {
		return authn.FromConfig(c), nil
	}
	return authn.Anonymous, nil
}
