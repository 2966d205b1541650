package sigstore

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/sigstore/sigstore-go/pkg/sign"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/assize-dev/assize/attest"
)

// Sentinels a caller branches on.
var (
	// ErrConfig: it is not said, or not sensibly, what to sign with.
	ErrConfig = errors.New("signing services")
	// ErrToken: there is no identity token, or it is none.
	ErrToken = errors.New("identity token")
	// ErrService: a service did not answer, or refused.
	ErrService = errors.New("Sigstore service")
)

// Log is a transparency log that entries are written to.
type Log struct {
	URL     string
	Version uint32 // major version of Rekor: 2, or 1
}

// Config says what to sign with. With Key nil, Fulcio and Token are needed.
type Config struct {
	Key        crypto.Signer // a key of the caller's, in place of a certificate
	Fulcio     string        // URL of the certificate authority
	Token      string        // OIDC identity token that Fulcio certifies
	Logs       []Log
	Timestamps []string // URLs of RFC 3161 authorities, with path

	// TrustedRoot is the instance's trusted root. When given, a bundle is handed out
	// only once it verified under it.
	TrustedRoot []byte
	// Transport makes the requests to Fulcio and timestamp authorities;
	// http.DefaultTransport when nil. The log's client has its own.
	Transport http.RoundTripper
}

// check refuses what could only make a bundle that nobody can verify.
func (c Config) check() error {
	switch {
	case c.Key == nil && c.Fulcio == "":
		return fmt.Errorf("%w: no certificate authority: name Fulcio's URL, or a signing config", ErrConfig)
	case c.Key == nil && c.Token == "":
		return fmt.Errorf("%w: there is none to show to %s", ErrToken, c.Fulcio)
	case len(c.Token) > MaxToken:
		return fmt.Errorf("%w: %d bytes, at most %d", ErrToken, len(c.Token), MaxToken)
	case c.Key == nil && strings.Count(c.Token, ".") != 2:
		return fmt.Errorf("%w: it is no JWT (three parts between dots)", ErrToken)
	case c.Key == nil && len(c.Logs)+len(c.Timestamps) == 0:
		return fmt.Errorf("%w: an identity certificate lives for minutes, so somebody must witness when it was used: name a log or a timestamp authority", ErrConfig)
	}
	v2 := false
	for _, l := range c.Logs {
		if l.Version != 1 && l.Version != 2 {
			return fmt.Errorf("%w: log %s: Rekor of version %d, want 1 or 2", ErrConfig, l.URL, l.Version)
		}
		v2 = v2 || l.Version == 2
	}
	if c.Key == nil && v2 && len(c.Timestamps) == 0 {
		return fmt.Errorf("%w: Rekor v2 signs no time: name a timestamp authority as well", ErrConfig)
	}
	return nil
}

// Sign signs an in-toto statement as a Sigstore bundle.
func Sign(ctx context.Context, statement []byte, cfg Config) ([]byte, error) {
	if _, err := attest.ParseStatement(statement); err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	pair, err := newKeypair(cfg.Key)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	if len(cfg.Logs) > 0 && pair.alg == attest.Ed25519 {
		return nil, fmt.Errorf("sign: %w: Rekor takes no Ed25519 signature over a statement; use an ECDSA key, or timestamps without a log", ErrConfig)
	}
	opts := sign.BundleOptions{Context: ctx}
	if cfg.Key == nil {
		opts.CertificateProvider = sign.NewFulcio(&sign.FulcioOptions{BaseURL: strings.TrimSuffix(cfg.Fulcio, "/"), Retries: 1, Transport: cfg.Transport})
		opts.CertificateProviderOptions = &sign.CertificateProviderOptions{IDToken: cfg.Token}
	}
	for _, url := range cfg.Timestamps {
		opts.TimestampAuthorities = append(opts.TimestampAuthorities,
			sign.NewTimestampAuthority(&sign.TimestampAuthorityOptions{URL: url, Retries: 1, Transport: cfg.Transport}))
	}
	for _, l := range cfg.Logs {
		opts.TransparencyLogs = append(opts.TransparencyLogs, sign.NewRekor(&sign.RekorOptions{BaseURL: strings.TrimSuffix(l.URL, "/"), Version: l.Version, Retries: 1}))
	}
	pb, err := sign.Bundle(&sign.DSSEData{Data: statement, PayloadType: attest.PayloadInToto}, pair, opts)
	if err != nil {
		return nil, fmt.Errorf("sign: %w: %s", ErrService, redact(err, cfg.Token))
	}
	raw, err := protojson.Marshal(pb)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	if cfg.TrustedRoot != nil {
		if _, err := attest.WitnessedUnder(raw, cfg.TrustedRoot, pair.Public(), time.Now()); err != nil {
			return nil, fmt.Errorf("sign: the services answered, and what they made does not verify under the trusted root: %w", err)
		}
	}
	return raw, nil
}

// redact takes a token out of what a service said about it.
func redact(err error, token string) string {
	text := err.Error()
	if token != "" {
		text = strings.ReplaceAll(text, token, "(token)")
	}
	return text
}
