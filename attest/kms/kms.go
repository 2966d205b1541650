package kms

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/sigstore/sigstore/pkg/signature"
	sigkms "github.com/sigstore/sigstore/pkg/signature/kms"
	"github.com/sigstore/sigstore/pkg/signature/options"

	"github.com/assize-dev/assize/attest"
)

// Sentinels a caller branches on.
var (
	// ErrURI: the text names no key of a key management service.
	ErrURI = errors.New("not a key URI")
	// ErrNoProvider: this program holds no client for the service, and no plugin
	// for it is on PATH.
	ErrNoProvider = errors.New("no client for this key management service")
	// ErrService: the service did not answer, or refused.
	ErrService = errors.New("key management service")
	// ErrKeyChanged: the service signed with another key than it opened with.
	ErrKeyChanged = errors.New("the key in the service is another one by now")
)

// Key is a key held by a service. It is safe for concurrent use as far as the
// provider is, which holds for all four.
type Key struct {
	uri     string
	alg     attest.Algorithm
	public  crypto.PublicKey
	service sigkms.SignerVerifier
	timeout time.Duration
}

var _ crypto.Signer = (*Key)(nil)

// IsURI tells whether a text is meant as a key URI rather than as a file name:
// it opens with SCHEME://.
func IsURI(text string) bool {
	_, _, ok := cut(text)
	return ok
}

func cut(uri string) (scheme, rest string, ok bool) {
	scheme, rest, ok = strings.Cut(uri, "://")
	// The scheme becomes part of a program's name, so it must not lead elsewhere.
	plain := strings.Trim(scheme, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
	return scheme, rest, ok && scheme != "" && plain
}

// Open connects to the service and reads the public key. ctx bounds that alone,
// not the life of the key. Keys are ECDSA on P-256, P-384 or P-521, or Ed25519.
func Open(ctx context.Context, uri string) (*Key, error) {
	return open(ctx, uri, Timeout)
}

func open(ctx context.Context, uri string, timeout time.Duration) (*Key, error) {
	if len(uri) > MaxURI {
		return nil, fmt.Errorf("open key %.60q...: %w: %d bytes, at most %d", uri, ErrURI, len(uri), MaxURI)
	}
	scheme, rest, ok := cut(uri)
	if !ok || rest == "" {
		return nil, fmt.Errorf("open key %q: %w: want SCHEME://KEY, such as hashivault://models or awskms:///alias/models", uri, ErrURI)
	}
	k := &Key{uri: uri, timeout: timeout}
	if err := k.connect(ctx, scheme, crypto.SHA256); err != nil {
		return nil, err
	}
	var err error
	if k.public, err = within(ctx, timeout, func(ctx context.Context) (crypto.PublicKey, error) {
		return k.service.PublicKey(options.WithContext(ctx))
	}); err != nil {
		return nil, fmt.Errorf("open key %s: %w: read its public key: %w", uri, ErrService, err)
	}
	if k.alg, err = attest.AlgorithmOf(k.public); err != nil {
		return nil, fmt.Errorf("open key %s: %w", uri, err)
	}
	if k.alg == attest.RSAPSS {
		return nil, fmt.Errorf("open key %s: %w: services sign with RSA keys under padding that is not accepted; make an ECDSA key there", uri, attest.ErrUnsupported)
	}
	// Providers take the hash when they connect, and only the key tells which.
	if hash := k.alg.Hash(); hash != crypto.SHA256 {
		err = k.connect(ctx, scheme, hash)
	}
	if err != nil {
		return nil, err
	}
	return k, nil
}

func (k *Key) connect(ctx context.Context, scheme string, hash crypto.Hash) error {
	service, err := within(ctx, k.timeout, func(context.Context) (sigkms.SignerVerifier, error) {
		// Clients outlive the call that made them, so they get no deadline.
		return sigkms.Get(context.WithoutCancel(ctx), k.uri, hash)
	})
	var none *sigkms.ProviderNotFoundError
	switch {
	case errors.As(err, &none):
		return fmt.Errorf("open key %s: %w: this program was built with %s, and no program sigstore-kms-%s is on PATH%s", k.uri, ErrNoProvider, built(), scheme, remedy(scheme))
	case err != nil:
		return fmt.Errorf("open key %s: %w: %w", k.uri, ErrService, err)
	}
	k.service = service
	return nil
}

// Schemes are the URI schemes this program holds clients for, sorted.
func Schemes() []string {
	list := sigkms.SupportedProviders()
	for i, ref := range list {
		list[i], _, _ = strings.Cut(ref, "://")
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// remedy names the build tag by which cmd/assize takes in the client of a scheme.
func remedy(scheme string) string {
	if tag, ok := strings.CutSuffix(scheme, "kms"); ok && slices.Contains([]string{"aws", "azure", "gcp"}, tag) {
		return "; build it with -tags kms_" + tag
	}
	if scheme == "hashivault" {
		return "; build it with -tags kms_hashivault"
	}
	return "; put one there, or name a key of another service"
}

func built() string {
	if list := Schemes(); len(list) > 0 {
		return "clients for " + strings.Join(list, ", ")
	}
	return "no client"
}

// URI is the name the key was opened by.
func (k *Key) URI() string { return k.uri }

// Public is the key read when it was opened.
func (k *Key) Public() crypto.PublicKey { return k.public }

// Sign has the service sign a digest, or for Ed25519 a message, as crypto.Signer
// says. The signature is checked before it is returned.
func (k *Key) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	hash := crypto.Hash(0)
	if opts != nil {
		hash = opts.HashFunc()
	}
	if want := k.alg.Hash(); hash != want {
		return nil, fmt.Errorf("sign with %s: %w: hash %v, its %s key takes %v", k.uri, attest.ErrUnsupported, hash, k.alg, want)
	}
	if hash != 0 && len(digest) != hash.Size() {
		return nil, fmt.Errorf("sign with %s: %w: digest of %d bytes, %v has %d", k.uri, attest.ErrMalformed, len(digest), hash, hash.Size())
	}
	sig, err := within(context.Background(), k.timeout, func(ctx context.Context) ([]byte, error) {
		with := []signature.SignOption{options.WithContext(ctx), options.WithCryptoSignerOpts(hash)}
		if hash != 0 {
			with = append(with, options.WithDigest(digest))
		}
		return k.service.SignMessage(bytes.NewReader(digest), with...)
	})
	if err != nil {
		return nil, fmt.Errorf("sign with %s: %w: %w", k.uri, ErrService, err)
	}
	if !k.verifies(digest, sig) {
		return nil, fmt.Errorf("sign with %s: %w: its signature does not verify under the public key read when it was opened; open it again and list the new key in the trust", k.uri, ErrKeyChanged)
	}
	return sig, nil
}

func (k *Key) verifies(digest, sig []byte) bool {
	switch pub := k.public.(type) {
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(pub, digest, sig)
	case ed25519.PublicKey:
		return ed25519.Verify(pub, digest, sig)
	}
	return false
}

// within runs one call to the service and gives up on it after the timeout: not
// every provider heeds its context.
func within[T any](ctx context.Context, timeout time.Duration, call func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	type answer struct {
		value T
		err   error
	}
	done := make(chan answer, 1)
	go func() {
		v, err := call(ctx)
		done <- answer{v, err}
	}()
	select {
	case a := <-done:
		return a.value, a.err
	case <-ctx.Done():
		var none T
		return none, fmt.Errorf("no answer within %v: %w", timeout, ctx.Err())
	}
}
