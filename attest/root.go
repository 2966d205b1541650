package attest

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"
	"gopkg.in/yaml.v3"
)

// TrustRoot is a Sigstore trusted root that a trust carries: the certificate
// authorities, transparency logs, certificate transparency logs and timestamp
// authorities of one Sigstore instance, each with the time it was in use
// (https://github.com/sigstore/protobuf-specs, sigstore_trustroot.proto). What it
// lists is what is asked for: a root with transparency logs wants an entry in one
// of them, a root with certificate transparency logs wants a certificate they
// promised to list.
type TrustRoot struct {
	ID       string
	Document []byte // canonical JSON
}

// Digest is the lower-case hex SHA-256 of the canonical document, by which a root
// is recognised wherever it is written down.
func (r TrustRoot) Digest() string {
	sum := sha256.Sum256(r.Document)
	return hex.EncodeToString(sum[:])
}

// tree is the document as the value it was canonicalised from.
func (r TrustRoot) tree() any {
	v, err := ParseJSON(r.Document)
	if err != nil {
		return nil // not reached: the document is the outcome of CanonicalJSON
	}
	return v
}

// ParseTrustedRoot reads a TrustedRoot document, as `trusted_root.json` of a
// Sigstore instance holds it, and returns its canonical JSON.
func ParseTrustedRoot(text []byte) ([]byte, error) {
	if len(text) > MaxTrustedRoot {
		return nil, fmt.Errorf("trusted root: %w: %d bytes, at most %d", ErrTooLarge, len(text), MaxTrustedRoot)
	}
	v, err := ParseJSON(text)
	if err != nil {
		return nil, fmt.Errorf("trusted root: %w", err)
	}
	doc, _, err := readRoot(v)
	return doc, err
}

// readRoot checks the tree of a root and compiles it.
func readRoot(v any) ([]byte, *trustRoot, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return nil, nil, fmt.Errorf("trusted root: %w: want a JSON object", ErrMalformed)
	}
	// The same set of members the protocol buffer has; its reader takes other
	// spellings as well, and two spellings are two documents.
	if err := (object{m, "$"}).closed("mediaType", "tlogs", "certificateAuthorities", "ctlogs", "timestampAuthorities"); err != nil {
		return nil, nil, fmt.Errorf("trusted root: %w", err)
	}
	// null is what some writers make of a member that is not there.
	doc, err := CanonicalJSON(withoutNull(v))
	if err != nil {
		return nil, nil, fmt.Errorf("trusted root: %w", err)
	}
	if len(doc) > MaxTrustedRoot {
		return nil, nil, fmt.Errorf("trusted root: %w: %d bytes, at most %d", ErrTooLarge, len(doc), MaxTrustedRoot)
	}
	r := &trustRoot{}
	if err := guarded(func() (err error) {
		r.TrustedRoot, err = root.NewTrustedRootFromJSON(doc)
		return err
	}); err != nil {
		return nil, nil, fmt.Errorf("trusted root: %w: %v", ErrMalformed, err)
	}
	if err := r.compile(); err != nil {
		return nil, nil, fmt.Errorf("trusted root: %w", err)
	}
	sum := sha256.Sum256(doc)
	r.digest = hex.EncodeToString(sum[:])
	return doc, r, nil
}

func withoutNull(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, member := range v {
			if member != nil {
				out[name] = withoutNull(member)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = withoutNull(e)
		}
		return out
	}
	return v
}

// trustRoot is a root made ready for verification.
type trustRoot struct {
	*root.TrustedRoot
	id, digest  string
	authorities []*x509.Certificate // of every certificate authority, intermediates and roots
	chains      chainCache
}

func (r *trustRoot) compile() error {
	if len(r.FulcioCertificateAuthorities())+len(r.RekorLogs())+len(r.TimestampingAuthorities()) == 0 {
		return fmt.Errorf("%w: it lists no certificate authority, no log and no timestamp authority", ErrMalformed)
	}
	if n := len(r.FulcioCertificateAuthorities()) + len(r.RekorLogs()) + len(r.CTLogs()) + len(r.TimestampingAuthorities()); n > MaxAuthorities {
		return fmt.Errorf("%w: %d authorities and logs, at most %d", ErrTooLarge, n, MaxAuthorities)
	}
	for i, a := range r.FulcioCertificateAuthorities() {
		ca, ok := a.(*root.FulcioCertificateAuthority)
		if !ok || ca.Root == nil {
			return fmt.Errorf("%w: certificateAuthorities[%d] has no root certificate", ErrMalformed, i)
		}
		for _, c := range append(slices.Clone(ca.Intermediates), ca.Root) {
			if !c.IsCA || !c.BasicConstraintsValid {
				return fmt.Errorf("%w: certificateAuthorities[%d]: %s is no certificate authority", ErrMalformed, i, c.Subject)
			}
			r.authorities = append(r.authorities, c)
		}
	}
	for i, a := range r.TimestampingAuthorities() {
		if tsa, ok := a.(*root.SigstoreTimestampingAuthority); !ok || tsa.Root == nil {
			return fmt.Errorf("%w: timestampAuthorities[%d] has no root certificate", ErrMalformed, i)
		}
	}
	return nil
}

// lists tells whether a certificate is one of the root's authorities.
func (r *trustRoot) lists(c *x509.Certificate) bool {
	return slices.ContainsFunc(r.authorities, func(a *x509.Certificate) bool { return bytes.Equal(a.Raw, c.Raw) })
}

// guarded turns a panic of a parser of others, over bytes of others, into a
// refusal: whoever sends evidence must not be able to end the service.
func guarded(read func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: its reader gave up: %v", ErrMalformed, p)
		}
	}()
	return read()
}

// readRoots reads the member "roots" of a trust.
func readRoots(n yamlNode, t *Trust) error {
	items, err := n.sequence(MaxRoots)
	if err != nil {
		return err
	}
	for _, item := range items {
		m, err := item.mapping("id", "trusted_root")
		if err != nil {
			return err
		}
		for _, name := range []string{"id", "trusted_root"} {
			if _, ok := m[name]; !ok {
				return item.fail("member %q is missing", name)
			}
		}
		r := TrustRoot{}
		if r.ID, err = m["id"].identifier(); err != nil {
			return err
		}
		if slices.ContainsFunc(t.Roots, func(other TrustRoot) bool { return other.ID == r.ID }) {
			return m["id"].fail("the id %q is taken; ids are unique", r.ID)
		}
		tree, err := m["trusted_root"].tree()
		if err != nil {
			return err
		}
		if r.Document, _, err = readRoot(tree); err != nil {
			return m["trusted_root"].wrap(err)
		}
		t.Roots = append(t.Roots, r)
	}
	return nil
}

// tree is a node as the JSON value it stands for. A timestamp is the text it is
// written as.
func (y yamlNode) tree() (any, error) {
	switch y.n.Kind {
	case yaml.MappingNode:
		members, err := y.mapping()
		if err != nil {
			return nil, err
		}
		m := make(map[string]any, len(members))
		for name, member := range members {
			if m[name], err = member.tree(); err != nil {
				return nil, err
			}
		}
		return m, nil
	case yaml.SequenceNode:
		items, err := y.sequence(MaxTrustedRoot)
		if err != nil {
			return nil, err
		}
		list := make([]any, len(items))
		for i, item := range items {
			if list[i], err = item.tree(); err != nil {
				return nil, err
			}
		}
		return list, nil
	}
	tag := y.n.ShortTag()
	if tag == "!!null" {
		return nil, nil
	}
	if y.n.Kind != yaml.ScalarNode || tag != "!!str" && tag != "!!timestamp" {
		return nil, y.fail("want text; put it in quotes")
	}
	return y.n.Value, nil
}

// WitnessedUnder verifies a Sigstore bundle under a trusted root, whoever signed it,
// and tells who did. pub is the key it is signed with, when no certificate came
// along. It serves whoever made the bundle: to trust somebody takes a Trust.
func WitnessedUnder(raw, trustedRoot []byte, pub crypto.PublicKey, at time.Time) (Signer, error) {
	e, err := Parse(raw)
	if err != nil {
		return Signer{}, err
	}
	v, err := ParseJSON(trustedRoot)
	if err != nil {
		return Signer{}, fmt.Errorf("trusted root: %w", err)
	}
	_, r, err := readRoot(v)
	if err != nil {
		return Signer{}, err
	}
	r.id = "given"
	by := signedBy{entry: &signerEntry{TrustSigner: &TrustSigner{}}}
	if e.sigs[0].keyless {
		pub = e.sigs[0].chain[0].PublicKey
		if by.identity, err = identityOf(e.sigs[0].chain[0]); err == nil {
			by.proof, err = e.underRoot(0, r)
		}
	} else if by.keyID, err = KeyID(pub); err == nil {
		if entry := (&signerEntry{pub: pub, keyID: by.keyID}); !e.verifies(0, entry) {
			err = ErrSignature
		} else {
			by.proof, err = e.vouched(0, r, pub, by.keyID)
		}
	}
	if err == nil {
		by.when, err = by.proof.instant(at)
	}
	if err != nil {
		return Signer{}, fmt.Errorf("verify %s: %w", e.sigs[0].place, err)
	}
	by.keyID, err = KeyID(pub)
	return by.signer(), err
}
