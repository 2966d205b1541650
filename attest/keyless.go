package attest

import (
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/sigstore/sigstore-go/pkg/fulcio/certificate"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
)

// extensions are the claims a Fulcio certificate carries besides issuer and
// identity, by the names Fulcio documents them under
// (https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md).
var extensions = map[string]func(certificate.Extensions) string{
	"build_config_digest":                     func(e certificate.Extensions) string { return e.BuildConfigDigest },
	"build_config_uri":                        func(e certificate.Extensions) string { return e.BuildConfigURI },
	"build_signer_digest":                     func(e certificate.Extensions) string { return e.BuildSignerDigest },
	"build_signer_uri":                        func(e certificate.Extensions) string { return e.BuildSignerURI },
	"build_trigger":                           func(e certificate.Extensions) string { return e.BuildTrigger },
	"github_workflow_name":                    func(e certificate.Extensions) string { return e.GithubWorkflowName },
	"github_workflow_ref":                     func(e certificate.Extensions) string { return e.GithubWorkflowRef },
	"github_workflow_repository":              func(e certificate.Extensions) string { return e.GithubWorkflowRepository },
	"github_workflow_sha":                     func(e certificate.Extensions) string { return e.GithubWorkflowSHA },
	"github_workflow_trigger":                 func(e certificate.Extensions) string { return e.GithubWorkflowTrigger },
	"run_invocation_uri":                      func(e certificate.Extensions) string { return e.RunInvocationURI },
	"runner_environment":                      func(e certificate.Extensions) string { return e.RunnerEnvironment },
	"source_repository_digest":                func(e certificate.Extensions) string { return e.SourceRepositoryDigest },
	"source_repository_identifier":            func(e certificate.Extensions) string { return e.SourceRepositoryIdentifier },
	"source_repository_owner_identifier":      func(e certificate.Extensions) string { return e.SourceRepositoryOwnerIdentifier },
	"source_repository_owner_uri":             func(e certificate.Extensions) string { return e.SourceRepositoryOwnerURI },
	"source_repository_ref":                   func(e certificate.Extensions) string { return e.SourceRepositoryRef },
	"source_repository_uri":                   func(e certificate.Extensions) string { return e.SourceRepositoryURI },
	"source_repository_visibility_at_signing": func(e certificate.Extensions) string { return e.SourceRepositoryVisibilityAtSigning },
}

// Extensions are the names of certificate extensions that a keyless signer may be
// narrowed by, sorted.
func Extensions() []string { return slices.Sorted(maps.Keys(extensions)) }

// identity is who a Fulcio certificate says signed.
type identity struct {
	issuer, name string
	claims       certificate.Extensions
}

// identityOf reads the one identity of a Fulcio certificate.
func identityOf(cert *x509.Certificate) (identity, error) {
	sum, err := certificate.SummarizeCertificate(cert)
	if err != nil {
		return identity{}, fmt.Errorf("%w: certificate: %v", ErrMalformed, err)
	}
	if names := cryptoutils.GetSubjectAlternateNames(cert); len(names) != 1 {
		return identity{}, fmt.Errorf("%w: certificate: %d alternative names, an identity is one", ErrMalformed, len(names))
	}
	if sum.Issuer == "" {
		return identity{}, fmt.Errorf("%w: certificate: it names no OIDC issuer", ErrMalformed)
	}
	return identity{sum.Issuer, sum.SubjectAlternativeName, sum.Extensions}, nil
}

// claimPattern is one extension a signer is narrowed by.
type claimPattern struct {
	name    string
	pattern *regexp.Regexp
}

// loadKeyless compiles the patterns of an entry.
func (s *signerEntry) loadKeyless() error {
	var err error
	if s.identity, err = anchored(s.Keyless.Identity); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(s.Keyless.Extensions)) {
		re, err := anchored(s.Keyless.Extensions[name])
		if err != nil {
			return err
		}
		s.claims = append(s.claims, claimPattern{name, re})
	}
	return nil
}

// accounts tells why an identity is not the entry's; "" when it is.
func (s *signerEntry) accounts(id identity) string {
	switch {
	case id.issuer != s.Keyless.Issuer:
		return fmt.Sprintf("issuer %q, want %s", id.issuer, s.Keyless.Issuer)
	case !s.identity.MatchString(id.name):
		return fmt.Sprintf("identity %q does not match %s", id.name, s.Keyless.Identity)
	}
	for _, c := range s.claims {
		if got := extensions[c.name](id.claims); got == "" || !c.pattern.MatchString(got) {
			return fmt.Sprintf("%s %q does not match %s", c.name, got, s.Keyless.Extensions[c.name])
		}
	}
	return ""
}

// identified finds the one keyless signer that accounts for the certificate of
// signature i, and verifies all that goes with it under the signer's root.
func (e *Envelope) identified(i int, t *Trust, at time.Time) (signedBy, error) {
	s := &e.sigs[i]
	id, err := identityOf(s.chain[0])
	if err != nil {
		return signedBy{}, err
	}
	var by signedBy
	var near []string
	var reason error
	for _, entry := range t.index.keyless {
		if why := entry.accounts(id); why != "" {
			near = append(near, entry.ID+": "+why)
			continue
		}
		p, when, err := e.keyless(i, entry, at)
		switch {
		case err != nil:
			// A root that knows the certificate says more than one that does not.
			if reason == nil || errors.Is(reason, ErrUnknownSigner) {
				reason = fmt.Errorf("signer %s: %w", entry.ID, err)
			}
		case by.entry != nil:
			return signedBy{}, fmt.Errorf("%w: signers %s and %s both account for %s; narrow their identity patterns or extensions", ErrTrust, by.entry.ID, entry.ID, id.name)
		default:
			by = signedBy{entry: entry, proof: p, when: when, identity: id}
		}
	}
	switch {
	case by.entry != nil:
	case reason != nil:
		return signedBy{}, reason
	case len(near) == 0:
		return signedBy{}, fmt.Errorf("%w: %s (by %s) signed with an identity certificate, and the trust lists no keyless signer", ErrUnknownSigner, id.name, id.issuer)
	default:
		if len(near) > 3 {
			near = append(near[:3], fmt.Sprintf("and %d more", len(near)-3))
		}
		return signedBy{}, fmt.Errorf("%w: %s (by %s) is no signer of the trust: %s", ErrUnknownSigner, id.name, id.issuer, strings.Join(near, "; "))
	}
	if by.keyID, err = KeyID(s.chain[0].PublicKey); err != nil {
		return signedBy{}, err
	}
	return by, t.index.pinned(by.keyID, by.entry, by.when)
}

// keyless verifies signature i under the root of one keyless signer.
func (e *Envelope) keyless(i int, entry *signerEntry, at time.Time) (proof, time.Time, error) {
	if entry.root == nil {
		return proof{}, at, fmt.Errorf("%w: it names no root, and without one a Sigstore identity (keyless) cannot be verified; list the instance's trusted root under roots and name it", ErrUnsupported)
	}
	p, err := e.underRoot(i, entry.root)
	if err != nil {
		return proof{}, at, err
	}
	when, err := p.instant(at)
	return p, when, err
}

// instant is when a signature is proven to have existed: what its witnesses say,
// else at, which no witness can be later than.
func (p proof) instant(at time.Time) (time.Time, error) {
	switch {
	case p.at.IsZero(), p.at.After(at) && !p.at.After(at.Add(MaxSkew)):
		return at, nil
	case p.at.After(at):
		return time.Time{}, fmt.Errorf("%w: it is stamped %s, which is after %s", ErrExpiredSigner, p.at.Format(time.RFC3339), at.UTC().Format(time.RFC3339))
	}
	return p.at, nil
}

// pinned holds a certified key that the trust lists by itself as well to what it
// says there: the same principal, and in time.
func (x *trustIndex) pinned(keyID string, found *signerEntry, when time.Time) error {
	entry := x.byKey[keyID]
	if entry == nil {
		return nil
	}
	if entry.Principal != found.Principal {
		return fmt.Errorf("%w: the certified key of %s is that of signer %s as well, who is %s; one key is one principal", ErrTrust, found.Principal, entry.ID, entry.Principal)
	}
	return entry.validAt(when)
}
