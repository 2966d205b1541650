package admission

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// ErrCertificate: there is no certificate to serve with.
var ErrCertificate = errors.New("certificate")

// Files is a certificate kept in two files. They are read again when they change,
// and while they do not go together the certificate before is served.
type Files struct {
	cert, key string
	logger    *slog.Logger

	mu      sync.Mutex
	current *tls.Certificate
	seen    [2]time.Time // of the files that current, or the last fault, came from
	looked  time.Time
}

// NewFiles reads a certificate and its key.
func NewFiles(cert, key string, logger *slog.Logger) (*Files, error) {
	f := &Files{cert: cert, key: key, logger: logger}
	if f.logger == nil {
		f.logger = slog.New(slog.DiscardHandler)
	}
	var err error
	if f.seen, err = f.changed(); err != nil {
		return nil, err
	}
	if f.current, err = f.read(); err != nil {
		return nil, err
	}
	return f, nil
}

func (f *Files) changed() (at [2]time.Time, err error) {
	for i, path := range []string{f.cert, f.key} {
		info, err := os.Stat(path)
		if err != nil {
			return at, fmt.Errorf("%w: %w", ErrCertificate, err)
		}
		at[i] = info.ModTime()
	}
	return at, nil
}

func (f *Files) read() (*tls.Certificate, error) {
	c, err := tls.LoadX509KeyPair(f.cert, f.key)
	if err != nil {
		return nil, fmt.Errorf("%w: %s and %s: %w", ErrCertificate, f.cert, f.key, err)
	}
	return &c, nil
}

// lookEvery is how often the files are looked at.
const lookEvery = time.Second

// Get is a tls.Config's GetCertificate.
func (f *Files) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.looked) < lookEvery {
		return f.current, nil
	}
	f.looked = time.Now()
	seen, err := f.changed()
	if err == nil && seen == f.seen {
		return f.current, nil
	}
	if err == nil {
		var c *tls.Certificate
		if c, err = f.read(); err == nil {
			f.current, f.seen = c, seen
			f.logger.Info("certificate", "file", f.cert, "serial", c.Leaf.SerialNumber.String(), "not_after", c.Leaf.NotAfter)
			return f.current, nil
		}
	}
	// Half written: the pair before is good until the next look.
	f.logger.Warn("certificate", "file", f.cert, "err", err)
	return f.current, nil
}

// TLSConfig is how the listener of a Server speaks: callers may show a certificate,
// and check says whether it counts.
func TLSConfig(get func(*tls.ClientHelloInfo) (*tls.Certificate, error)) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: get, ClientAuth: tls.RequestClientCert}
}

// expiry of a certificate.
func expiry(c *tls.Certificate) time.Time {
	if c.Leaf == nil && len(c.Certificate) > 0 {
		if leaf, err := x509.ParseCertificate(c.Certificate[0]); err == nil {
			return leaf.NotAfter
		}
		return time.Time{}
	}
	return c.Leaf.NotAfter
}
