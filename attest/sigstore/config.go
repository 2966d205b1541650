package sigstore

import (
	"fmt"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/sign"

	"github.com/assize-dev/assize/attest"
)

// Services reads a SigningConfig document (sigstore_trustroot.proto) and returns
// what it has a client use at an instant.
func Services(text []byte, at time.Time) (Config, error) {
	fail := func(err error) (Config, error) { return Config{}, fmt.Errorf("signing config: %w: %v", ErrConfig, err) }
	if len(text) > MaxConfig {
		return fail(fmt.Errorf("%d bytes, at most %d", len(text), MaxConfig))
	}
	if _, err := attest.ParseJSON(text); err != nil {
		return fail(err)
	}
	sc, err := root.NewSigningConfigFromJSON(text)
	if err != nil {
		return fail(err)
	}
	var cfg Config
	if len(sc.FulcioCertificateAuthorityURLs()) > 0 {
		ca, err := root.SelectService(sc.FulcioCertificateAuthorityURLs(), sign.FulcioAPIVersions, at)
		if err != nil {
			return fail(fmt.Errorf("certificate authority: %w", err))
		}
		cfg.Fulcio = ca.URL
	}
	if len(sc.RekorLogURLs()) > 0 {
		logs, err := root.SelectServices(sc.RekorLogURLs(), sc.RekorLogURLsConfig(), sign.RekorAPIVersions, at)
		if err != nil {
			return fail(fmt.Errorf("transparency log: %w", err))
		}
		for _, l := range logs {
			cfg.Logs = append(cfg.Logs, Log{l.URL, l.MajorAPIVersion})
		}
	}
	if len(sc.TimestampAuthorityURLs()) > 0 {
		list, err := root.SelectServices(sc.TimestampAuthorityURLs(), sc.TimestampAuthorityURLsConfig(), sign.TimestampAuthorityAPIVersions, at)
		if err != nil {
			return fail(fmt.Errorf("timestamp authority: %w", err))
		}
		for _, s := range list {
			cfg.Timestamps = append(cfg.Timestamps, s.URL)
		}
	}
	if cfg.Fulcio == "" && len(cfg.Logs) == 0 && len(cfg.Timestamps) == 0 {
		return fail(fmt.Errorf("it names no service"))
	}
	return cfg, nil
}
