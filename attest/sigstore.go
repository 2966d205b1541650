package attest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"
	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/tlog"
	"github.com/sigstore/sigstore-go/pkg/verify"
	sigs "github.com/sigstore/sigstore/pkg/signature"
)

// Who says when something was signed, besides this service's own log.
const (
	ByTimestamp = "rfc3161" // an RFC 3161 timestamp authority
	ByLog       = "log"     // a transparency log that signs the time of an entry
)

// proof is what the witnesses of a signature prove once they verified under a
// root: the instant by which it existed, and who says so. The zero value: they say
// no time.
type proof struct {
	at time.Time
	by string
}

// entity lends a signature to sigstore-go. It is what its bundle package would
// read from the same bytes, made from the one strict parse instead.
type entity struct {
	version string
	signed  verify.SignatureContent
	by      verify.VerificationContent
	entries []*tlog.Entry
	stamps  [][]byte
}

var _ verify.SignedEntity = (*entity)(nil)

func (e *entity) Version() (string, error)                                 { return e.version, nil }
func (e *entity) SignatureContent() (verify.SignatureContent, error)       { return e.signed, nil }
func (e *entity) VerificationContent() (verify.VerificationContent, error) { return e.by, nil }
func (e *entity) TlogEntries() ([]*tlog.Entry, error)                      { return e.entries, nil }
func (e *entity) Timestamps() ([][]byte, error)                            { return e.stamps, nil }
func (e *entity) HasInclusionPromise() bool {
	return slices.ContainsFunc(e.entries, (*tlog.Entry).HasInclusionPromise)
}
func (e *entity) HasInclusionProof() bool {
	return slices.ContainsFunc(e.entries, (*tlog.Entry).HasInclusionProof)
}

// keyContent is the public key a signature verified under. The validity of a key
// is the trust's business (valid_from, valid_until), so here it is always valid.
type keyContent struct{ pub crypto.PublicKey }

func (k keyContent) ValidAtTime(time.Time, root.TrustedMaterial) bool { return true }
func (k keyContent) Certificate() *x509.Certificate                   { return nil }
func (k keyContent) Intermediates() []*x509.Certificate               { return nil }
func (k keyContent) PublicKey() verify.PublicKeyProvider              { return k }
func (k keyContent) Hint() string                                     { return "" }
func (k keyContent) CompareKey(key any, _ root.TrustedMaterial) bool {
	pub, ok := k.pub.(interface{ Equal(crypto.PublicKey) bool })
	return ok && pub.Equal(key)
}

// withKey is a root that also knows the one key.
type withKey struct {
	root.TrustedMaterial
	pub crypto.PublicKey
}

func (m withKey) PublicKeyVerifier(string) (root.TimeConstrainedVerifier, error) {
	v, err := sigs.LoadDefaultVerifier(m.pub)
	return root.NewExpiringKey(v, time.Time{}, time.Time{}), err
}

// entity reads what the witnesses of signature i signed. pub is the key it
// verified under, when no certificate came along.
func (e *Envelope) entity(i int, pub crypto.PublicKey) (*entity, error) {
	s := &e.sigs[i]
	out := &entity{version: s.version, stamps: s.wit.stamps, by: keyContent{pub}}
	if len(s.chain) > 0 {
		out.by = bundle.NewCertificate(s.chain[0])
	}
	if s.hash != 0 {
		out.signed = bundle.NewMessageSignature(s.digest, hashNames[s.hash], s.sig)
	} else {
		out.signed = &bundle.Envelope{Envelope: &dsse.Envelope{
			PayloadType: PayloadInToto, Payload: base64.StdEncoding.EncodeToString(e.statement.Raw),
			Signatures: []dsse.Signature{{KeyID: s.hint, Sig: base64.StdEncoding.EncodeToString(s.sig)}},
		}}
	}
	for n, pb := range s.wit.entries {
		err := guarded(func() error {
			entry, err := tlog.ParseTransparencyLogEntry(pb)
			out.entries = append(out.entries, entry)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("at $.verificationMaterial.tlogEntries[%d]: %w: %v", n, ErrMalformed, err)
		}
	}
	// sigstore_bundle.proto: 0.1 wants the log's promise, later versions its proof.
	if len(out.entries) > 0 && (s.version == "v0.1" && !out.HasInclusionPromise() || s.version != "v0.1" && !out.HasInclusionProof()) {
		return nil, malformed("$.verificationMaterial.tlogEntries", "no entry has the inclusion promise that version 0.1 of the bundle asks for, or the inclusion proof that later ones do")
	}
	return out, nil
}

// witnessed verifies the log entries and timestamps of signature i under a root
// and returns every instant they vouch for, the timestamps of authorities first.
func (e *Envelope) witnessed(i int, r *trustRoot, pub crypto.PublicKey) (stamps, logged []time.Time, err error) {
	ent, err := e.entity(i, pub)
	if err != nil {
		return nil, nil, err
	}
	var material root.TrustedMaterial = r.TrustedRoot
	if pub != nil {
		material = withKey{r.TrustedRoot, pub}
	}
	if len(r.RekorLogs()) > 0 {
		if len(ent.entries) == 0 {
			return nil, nil, fmt.Errorf("at $.verificationMaterial: %w: there is no transparency log entry, and root %s asks for one", ErrSignature, r.id)
		}
		err := guarded(func() error {
			times, err := verify.VerifyTlogEntry(ent, material, 1, true)
			for _, t := range times {
				logged = append(logged, t.Time.UTC())
			}
			return err
		})
		if err != nil {
			return nil, nil, fmt.Errorf("at $.verificationMaterial.tlogEntries: %w: under root %s: %s", ErrSignature, r.id, oneLine(err))
		}
	}
	var failed []error
	err = guarded(func() error {
		times, errs, err := verify.VerifySignedTimestamp(ent, material)
		for _, t := range times {
			stamps = append(stamps, t.Time.UTC())
		}
		failed = errs
		return err
	})
	if err == nil && len(stamps) == 0 {
		err = errors.Join(failed...)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("at $.verificationMaterial.timestampVerificationData: %w: under root %s: %s", ErrSignature, r.id, oneLine(err))
	}
	return stamps, logged, nil
}

// proofOf is the earliest instant of the kind that counts most.
func proofOf(stamps, logged []time.Time) proof {
	if len(stamps) > 0 {
		return proof{slices.MinFunc(stamps, time.Time.Compare), ByTimestamp}
	}
	if len(logged) > 0 {
		return proof{slices.MinFunc(logged, time.Time.Compare), ByLog}
	}
	return proof{}
}

// underRoot verifies signature i and its Fulcio certificate under a root: the
// signature, the log entry, the timestamps, the certificate at every instant they
// vouch for, and the promise of a certificate transparency log.
func (e *Envelope) underRoot(i int, r *trustRoot) (proof, error) {
	memo := r.digest
	if p, ok := e.remembered(i, memo); ok {
		return p, nil
	}
	s := &e.sigs[i]
	if _, err := e.leaf(i, true); err != nil {
		return proof{}, err
	}
	for n, c := range s.chain[1:] {
		// Bundles of version 0.1 and 0.2 may bring the chain along. It is the root's
		// to tell: one that the root does not list could say anything.
		if !r.lists(c) {
			return proof{}, fmt.Errorf("at $.verificationMaterial, certificate %d (%s): %w: root %s does not list it", n+1, c.Subject, ErrSignature, r.id)
		}
	}
	stamps, logged, err := e.witnessed(i, r, nil)
	if err != nil {
		return proof{}, err
	}
	p := proofOf(stamps, logged)
	if p.at.IsZero() {
		return proof{}, fmt.Errorf("at $.verificationMaterial: %w: nobody that root %s trusts says when it was signed; an identity certificate lives for minutes, so a timestamp (RFC 3161) or a log's signed time is needed", ErrSignature, r.id)
	}
	for _, at := range append(stamps, logged...) {
		if err := r.certifies(s.chain[0], at); err != nil {
			return proof{}, fmt.Errorf("certificate: %w", err)
		}
	}
	e.remember(i, memo, p)
	return p, nil
}

// vouched verifies the witnesses of a signature by a key of the trust that names a
// root.
func (e *Envelope) vouched(i int, r *trustRoot, pub crypto.PublicKey, keyID string) (proof, error) {
	memo := r.digest + " " + keyID
	if p, ok := e.remembered(i, memo); ok {
		return p, nil
	}
	if w := e.sigs[i].wit; len(w.entries)+len(w.stamps) == 0 {
		return proof{}, fmt.Errorf("%w: the signer is trusted with a log entry or timestamp under root %s only, and none came along; sign into a Sigstore bundle", ErrSignature, r.id)
	}
	stamps, logged, err := e.witnessed(i, r, pub)
	if err != nil {
		return proof{}, err
	}
	p := proofOf(stamps, logged)
	if len(r.RekorLogs()) == 0 && p.at.IsZero() {
		return proof{}, fmt.Errorf("at $.verificationMaterial: %w: no timestamp that root %s trusts", ErrSignature, r.id)
	}
	e.remember(i, memo, p)
	return p, nil
}

func (e *Envelope) remembered(i int, memo string) (proof, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	p, ok := e.proofs[i][memo]
	return p, ok
}

func (e *Envelope) remember(i int, memo string, p proof) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.proofs[i] == nil || len(e.proofs[i]) >= MaxRoots {
		e.proofs[i] = map[string]proof{}
	}
	e.proofs[i][memo] = p
}

// certifies verifies a Fulcio certificate at an instant, and that a certificate
// transparency log of the root promised to list it.
func (r *trustRoot) certifies(leaf *x509.Certificate, at time.Time) error {
	if r.chains.holds(leaf, at) {
		return nil
	}
	var expired, other error
	for _, a := range r.FulcioCertificateAuthorities() {
		ca, ok := a.(*root.FulcioCertificateAuthority)
		if !ok {
			continue
		}
		chains, err := ca.Verify(withoutSAN(leaf), at)
		if err != nil {
			if invalid := (x509.CertificateInvalidError{}); errors.As(err, &invalid) && invalid.Reason == x509.Expired {
				expired = err
			} else if unknown := (x509.UnknownAuthorityError{}); !errors.As(err, &unknown) {
				other = err
			}
			continue
		}
		if len(r.CTLogs()) > 0 {
			if err := guarded(func() error { return verify.VerifySignedCertificateTimestamp(chains, 1, r.TrustedRoot) }); err != nil {
				return fmt.Errorf("%w: certificate transparency, under root %s: %v", ErrSignature, r.id, err)
			}
		}
		r.chains.keep(leaf, chains, ca)
		return nil
	}
	stamp := at.UTC().Format(time.RFC3339)
	switch {
	case expired != nil:
		return fmt.Errorf("%w: signed at %s: %v", ErrExpiredSigner, stamp, expired)
	case other != nil:
		return fmt.Errorf("%w: at %s no certificate authority of root %s stands behind it: %v", ErrSignature, stamp, r.id, other)
	}
	return fmt.Errorf("%w: no certificate authority of root %s issued it; is it of another Sigstore instance?", ErrUnknownSigner, r.id)
}

// withoutSAN marks the alternative name as handled: Fulcio makes it critical when
// it is of a kind crypto/x509 does not read (a user name), and identity reads it.
func withoutSAN(leaf *x509.Certificate) *x509.Certificate {
	san := asn1.ObjectIdentifier{2, 5, 29, 17}
	if !slices.ContainsFunc(leaf.UnhandledCriticalExtensions, san.Equal) {
		return leaf
	}
	c := *leaf
	c.UnhandledCriticalExtensions = slices.DeleteFunc(slices.Clone(leaf.UnhandledCriticalExtensions), san.Equal)
	return &c
}

// oneLine puts what others say in several lines into one, and lists of bytes, as which
// they print roots of a log, into hexadecimal.
func oneLine(err error) string {
	text := strings.Join(strings.Fields(err.Error()), " ")
	return byteList.ReplaceAllStringFunc(text, func(list string) string {
		var digits strings.Builder
		for b := range strings.FieldsSeq(strings.Trim(list, "[]")) {
			n, err := strconv.ParseUint(b, 10, 8)
			if err != nil {
				return list
			}
			fmt.Fprintf(&digits, "%02x", n)
		}
		return digits.String()
	})
}

var byteList = regexp.MustCompile(`\[\d{1,3}( \d{1,3}){31}\]`)

// chainCache remembers certificates that verified under a root, each with the
// window in which the answer cannot differ: the validity of every certificate on
// its paths and of the authority's listing. Signers of a batch share a certificate.
type chainCache struct {
	mu   sync.Mutex
	seen map[[32]byte]window
}

type window struct{ from, until time.Time } // both inclusive

func (c *chainCache) holds(leaf *x509.Certificate, at time.Time) bool {
	key := sha256.Sum256(leaf.Raw)
	c.mu.Lock()
	defer c.mu.Unlock()
	w, ok := c.seen[key]
	return ok && !at.Before(w.from) && !at.After(w.until)
}

func (c *chainCache) keep(leaf *x509.Certificate, chains [][]*x509.Certificate, ca *root.FulcioCertificateAuthority) {
	w := window{ca.ValidityPeriodStart, ca.ValidityPeriodEnd}
	for _, chain := range chains {
		for _, cert := range chain {
			if cert.NotBefore.After(w.from) {
				w.from = cert.NotBefore
			}
			if w.until.IsZero() || cert.NotAfter.Before(w.until) {
				w.until = cert.NotAfter
			}
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen == nil || len(c.seen) >= MaxChains {
		c.seen = make(map[[32]byte]window)
	}
	c.seen[sha256.Sum256(leaf.Raw)] = w
}

// checkCertified verifies a signature under the key of a Fulcio certificate, as
// clients of Sigstore sign: with the hash of the key, or SHA-256 as older clients
// had it for every curve, and RSA with PKCS #1 v1.5 padding.
func checkCertified(pub crypto.PublicKey, message, sig []byte) bool {
	switch k := pub.(type) {
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(k, crypto.SHA256, digestOf(crypto.SHA256, message), sig) == nil
	case *ecdsa.PublicKey:
		return checkMessage(k, message, sig, false) || checkMessage(k, message, sig, true)
	}
	return checkMessage(pub, message, sig, false)
}
