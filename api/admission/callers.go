package admission

import (
	"bytes"
	"crypto/subtle"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
)

// callers tells who may ask.
type callers struct {
	cfg Callers
	ca  *x509.CertPool
}

// ErrCaller: the caller may not ask.
var ErrCaller = errors.New("caller not admitted")

func newCallers(cfg Callers) (*callers, error) {
	c := &callers{cfg: cfg}
	if cfg.ClientCA != "" {
		text, err := os.ReadFile(cfg.ClientCA)
		if err != nil {
			return nil, fmt.Errorf("%w: callers.client_ca: %w", ErrConfig, err)
		}
		if c.ca = x509.NewCertPool(); !c.ca.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("%w: callers.client_ca: %s holds no certificate in PEM", ErrConfig, cfg.ClientCA)
		}
	} else if len(cfg.Names) > 0 {
		return nil, fmt.Errorf("%w: callers.names are those of certificates; say client_ca", ErrConfig)
	}
	if cfg.TokenFile != "" {
		if _, err := c.token(); err != nil {
			return nil, fmt.Errorf("%w: callers.token_file: %w", ErrConfig, err)
		}
	}
	return c, nil
}

// token is read each time, since the file is replaced when it is renewed.
func (c *callers) token() ([]byte, error) {
	b, err := os.ReadFile(c.cfg.TokenFile)
	if err != nil {
		return nil, err
	}
	if b = bytes.TrimSpace(b); len(b) < 16 {
		return nil, fmt.Errorf("%s: a token has at least 16 bytes", c.cfg.TokenFile)
	}
	return b, nil
}

// check admits a certificate, a token, everybody where the configuration says so,
// and without configuration callers on loopback.
func (c *callers) check(r *http.Request) error {
	if c.cfg.Anyone {
		return nil
	}
	if !c.cfg.Guarded() {
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsLoopback() {
			return nil
		}
		return fmt.Errorf("%w: %s is not on loopback, and admission.callers names nobody", ErrCaller, host)
	}
	if c.ca != nil && r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
		leaf := r.TLS.PeerCertificates[0]
		between := x509.NewCertPool()
		for _, cert := range r.TLS.PeerCertificates[1:] {
			between.AddCert(cert)
		}
		_, err := leaf.Verify(x509.VerifyOptions{Roots: c.ca, Intermediates: between, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
		if err == nil && (len(c.cfg.Names) == 0 || slices.ContainsFunc(append(leaf.DNSNames, leaf.Subject.CommonName), func(n string) bool { return slices.Contains(c.cfg.Names, n) })) {
			return nil
		}
	}
	if c.cfg.TokenFile != "" {
		given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		want, err := c.token()
		if ok && err == nil && subtle.ConstantTimeCompare([]byte(given), want) == 1 {
			return nil
		}
	}
	return fmt.Errorf("%w: show a client certificate or the token that admission.callers names", ErrCaller)
}

func encode(v any) ([]byte, error) { return json.Marshal(v) }
