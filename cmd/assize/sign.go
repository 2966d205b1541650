package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/sigstore"
)

// signWith is what a statement is signed with: keys, or an identity, and who
// witnesses it.
type signWith struct {
	keys                                      []string
	keyless, bundle                           bool
	token, fulcio, signingConfig, trustedRoot string
	rekor, timestamps                         []string
}

const signingHelp = `
--key takes a file, or the URI of a key that a key management service holds, such as
awskms:///alias/models or hashivault://models. --keyless takes an identity token in its
place, from GitHub Actions, GitLab (SIGSTORE_ID_TOKEN) or --identity-token, has Fulcio
certify a key that is used once, and writes a Sigstore bundle that a transparency log
and a timestamp authority witness. The services are named by --signing-config, or one by
one; with --trusted-root the bundle is verified before it is written. --rekor and
--timestamp with a --key witness that signature in the same way.`

func addSignWith(cmd *cobra.Command) *signWith {
	s := &signWith{}
	f := cmd.Flags()
	f.BoolVar(&s.keyless, "keyless", false, "sign with an identity token in place of a key")
	f.StringVar(&s.token, "identity-token", "", "file with the identity token, - for standard input (default that of the CI job)")
	f.StringVar(&s.signingConfig, "signing-config", "", "Sigstore signing config (JSON): which services to use")
	f.StringVar(&s.fulcio, "fulcio", "", "URL of the certificate authority")
	f.StringArrayVar(&s.rekor, "rekor", nil, "URL of a transparency log (Rekor v2); repeatable")
	f.StringArrayVar(&s.timestamps, "timestamp", nil, "URL of an RFC 3161 timestamp authority, with its path; repeatable")
	f.StringVar(&s.trustedRoot, "trusted-root", "", "trusted root (JSON) that the bundle must verify under")
	f.BoolVar(&s.bundle, "bundle", false, "write a Sigstore bundle, as cosign does, in place of a DSSE envelope")
	return s
}

// witnessed tells whether services take part.
func (s *signWith) witnessed() bool {
	return s.keyless || s.fulcio != "" || s.signingConfig != "" || len(s.rekor)+len(s.timestamps) > 0
}

// check refuses flags that do not go together. It comes before a statement is made:
// the figures of a large table take their time.
func (s *signWith) check() error {
	switch {
	case s.keyless && len(s.keys) > 0:
		return usage("--keyless and --key: it is the one or the other")
	case !s.witnessed() && (s.token != "" || s.trustedRoot != ""):
		return usage("--identity-token and --trusted-root go with --keyless, --rekor or --timestamp")
	case !s.keyless && (s.token != "" || s.fulcio != ""):
		return usage("--identity-token and --fulcio go with --keyless")
	case !s.witnessed() && len(s.keys) == 0:
		return errNoKey
	case !s.witnessed() && s.bundle && len(s.keys) != 1:
		return usage("--bundle: a bundle holds one signature, and %d keys are named", len(s.keys))
	case s.witnessed() && !s.keyless && len(s.keys) != 1:
		return usage("--rekor, --timestamp and --signing-config witness one signature: name one --key, or --keyless")
	}
	return nil
}

// sign signs a statement as the flags say.
func (a *app) sign(ctx context.Context, st []byte, s *signWith) ([]byte, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	if !s.witnessed() {
		signers, err := loadSigners(s.keys)
		if err != nil {
			return nil, err
		}
		if s.bundle {
			return attest.SignBundle(st, signers[0])
		}
		return attest.SignDSSE(st, signers...)
	}
	cfg, err := a.services(ctx, s)
	if err != nil {
		return nil, err
	}
	return sigstore.Sign(ctx, st, cfg)
}

// services collects what Sigstore's services need.
func (a *app) services(ctx context.Context, s *signWith) (sigstore.Config, error) {
	var cfg sigstore.Config
	if s.signingConfig != "" {
		text, err := readBounded(s.signingConfig, sigstore.MaxConfig)
		if err != nil {
			return cfg, err
		}
		if cfg, err = sigstore.Services(text, a.now()); err != nil {
			return cfg, fmt.Errorf("%s: %w", s.signingConfig, err)
		}
	}
	if s.fulcio != "" {
		cfg.Fulcio = s.fulcio
	}
	for _, url := range s.rekor {
		cfg.Logs = append(cfg.Logs, sigstore.Log{URL: url, Version: 2})
	}
	cfg.Timestamps = append(cfg.Timestamps, s.timestamps...)
	if s.trustedRoot != "" {
		var err error
		if cfg.TrustedRoot, err = readBounded(s.trustedRoot, attest.MaxTrustedRoot); err != nil {
			return cfg, err
		}
	}
	if !s.keyless {
		key, err := loadPrivate(s.keys[0])
		cfg.Key, cfg.Fulcio = key, ""
		return cfg, err
	}
	var err error
	if s.token == "" {
		cfg.Token, err = sigstore.Token(ctx, os.Getenv, nil)
		return cfg, err
	}
	text, err := a.read(s.token, sigstore.MaxToken+2)
	cfg.Token = strings.TrimSpace(string(text))
	return cfg, err
}
