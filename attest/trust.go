package attest

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"regexp"
	"slices"
	"time"
)

// Roles a signer may hold, in the order the documentation lists them.
func Roles() []string {
	return []string{"data-steward", "developer", "builder", "evaluator", "validator", "risk", "compliance",
		"approver", "operator", "revoker", "importer", "admin"}
}

// RoleImporter marks what is said through it as imported: the signer vouches for
// the conversion, not for the content.
const RoleImporter = "importer"

// AnySystem in a signer's about lets it speak of every system.
const AnySystem = "*"

// Trust says who may sign what, about which systems, and when. It is made by
// ParseTrust, is read-only afterwards and safe for concurrent use. One assembled
// by hand trusts nobody.
type Trust struct {
	V          int
	Service    Service
	Roots      []TrustRoot // Sigstore instances, sorted by id
	Signers    []TrustSigner
	Predicates map[string][]string // short name or full URI to the roles that may say it

	index     *trustIndex
	canonical []byte
}

// Service lists the keys this service itself signs with, each in the form its
// reader takes: note verifier keys for logs, PEM for decisions.
type Service struct {
	LogKeys, DecisionKeys []string
}

// TrustSigner is one signer of a trust file. Exactly one of Key, KMS, CA and
// Keyless is set.
type TrustSigner struct {
	ID      string
	Key     string   // PEM SubjectPublicKeyInfo
	KMS     string   // URI of a key held by a key management service
	CA      *CA      // certificate authority
	Keyless *Keyless // Sigstore identity

	// Root is the id of the trusted root the signer is held to: of a keyless signer
	// the instance it comes from; of a key or authority the instance in whose log
	// or by whose timestamps each signature must be witnessed. RootDigest is that
	// root's, so that whoever records an entry records its root.
	Root, RootDigest string `json:",omitempty"`

	Principal string // the person or machine behind the key
	Roles     []string
	About     []string // system URIs, or "*" for all

	ValidFrom, ValidUntil, CompromisedAt time.Time // zero when absent; [from, until)
}

// CA trusts whoever holds a certificate that chains to one of these.
type CA struct {
	Certificates string // PEM; self-signed ones are roots, others intermediates
	Identity     string // optional anchored pattern, see identities for the names it is held against
}

// Keyless trusts a Sigstore identity.
type Keyless struct {
	Issuer     string            // exact OIDC issuer URL
	Identity   string            // anchored pattern
	Extensions map[string]string `json:",omitempty"` // anchored patterns by name, see Extensions
}

// trustIndex is what Verify looks things up in.
type trustIndex struct {
	byKey   map[string]*signerEntry // key id
	byHint  map[string]*signerEntry // signer id and other names keys go by
	keys    []*signerEntry          // signers with a key, in order
	cas     []*signerEntry
	keyless []*signerEntry
	roots   map[string]*trustRoot
	named   map[string]*signerEntry // signer id, of every kind
	allowed map[string][]string     // predicate type URI or short name to roles
}

type signerEntry struct {
	*TrustSigner
	keyID string
	pub   crypto.PublicKey
	alg   Algorithm

	roots, intermediates *x509.CertPool
	identity             *regexp.Regexp
	claims               []claimPattern
	root                 *trustRoot
	fulcio               bool // the key of a certificate of Sigstore
}

// Canonical is the trust as canonical JSON; ParseTrust reads it back.
func (t *Trust) Canonical() []byte { return slices.Clone(t.canonical) }

// Digest is the lower-case hex SHA-256 of Canonical.
func (t *Trust) Digest() string {
	sum := sha256.Sum256(t.canonical)
	return hex.EncodeToString(sum[:])
}

// Permitted are the roles that may make statements of a predicate type: those
// listed for its URI, else those for its short name. Empty means nobody.
func (t *Trust) Permitted(predicateType string) []string {
	if t == nil || t.index == nil {
		return nil
	}
	if roles, ok := t.index.allowed[predicateType]; ok {
		return roles
	}
	return t.index.allowed[ShortName(predicateType)]
}

// covers tells whether the signer may speak about a system.
func (s *TrustSigner) covers(system string) bool {
	return slices.Contains(s.About, system) || slices.Contains(s.About, AnySystem)
}

// tree is the trust as the value whose canonical JSON is its digest's preimage.
func (t *Trust) tree() map[string]any {
	list := func(in []string) []any {
		out := make([]any, len(in))
		for i, s := range in {
			out[i] = s
		}
		return out
	}
	service := map[string]any{}
	if len(t.Service.LogKeys) > 0 {
		service["log_keys"] = list(t.Service.LogKeys)
	}
	if len(t.Service.DecisionKeys) > 0 {
		service["decision_keys"] = list(t.Service.DecisionKeys)
	}
	signers := make([]any, len(t.Signers))
	for i, s := range t.Signers {
		m := map[string]any{"id": s.ID, "principal": s.Principal, "roles": list(s.Roles), "about": list(s.About)}
		switch {
		case s.Key != "":
			m["key"] = s.Key
		case s.KMS != "":
			m["kms"] = s.KMS
		case s.CA != nil:
			ca := map[string]any{"certificates": s.CA.Certificates}
			if s.CA.Identity != "" {
				ca["identity"] = s.CA.Identity
			}
			m["ca"] = ca
		case s.Keyless != nil:
			k := map[string]any{"issuer": s.Keyless.Issuer, "identity": s.Keyless.Identity}
			if len(s.Keyless.Extensions) > 0 {
				claims := map[string]any{}
				for name, pattern := range s.Keyless.Extensions {
					claims[name] = pattern
				}
				k["extensions"] = claims
			}
			m["keyless"] = k
		}
		if s.Root != "" {
			m["root"] = s.Root
		}
		for name, at := range map[string]time.Time{"valid_from": s.ValidFrom, "valid_until": s.ValidUntil, "compromised_at": s.CompromisedAt} {
			if !at.IsZero() {
				m[name] = at.UTC().Format(time.RFC3339Nano)
			}
		}
		signers[i] = m
	}
	predicates := map[string]any{}
	for name, roles := range t.Predicates {
		predicates[name] = list(roles)
	}
	tree := map[string]any{"v": 1, "service": service, "signers": signers, "predicates": predicates}
	if len(t.Roots) > 0 { // absent, so that trusts without any keep their digest
		roots := make([]any, len(t.Roots))
		for i, r := range t.Roots {
			roots[i] = map[string]any{"id": r.ID, "trusted_root": r.tree()}
		}
		tree["roots"] = roots
	}
	return tree
}
