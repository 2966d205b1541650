package attest

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/sigstore/sigstore/pkg/cryptoutils"
)

// validAt checks the entry's validity window and compromise at an instant.
func (s *signerEntry) validAt(at time.Time) error {
	const layout = time.RFC3339
	fail := func(kind error, what string, bound time.Time) error {
		return fmt.Errorf("%w: signer %s: %s %s, the evidence is of %s", kind, s.ID, what, bound.Format(layout), at.UTC().Format(layout))
	}
	switch {
	case !s.ValidFrom.IsZero() && at.Before(s.ValidFrom):
		return fail(ErrExpiredSigner, "valid from", s.ValidFrom)
	case !s.ValidUntil.IsZero() && !at.Before(s.ValidUntil):
		return fail(ErrExpiredSigner, "valid until", s.ValidUntil)
	case !s.CompromisedAt.IsZero() && !at.Before(s.CompromisedAt):
		return fail(ErrCompromised, "compromised at", s.CompromisedAt)
	}
	return nil
}

// signedBy is who made a signature, and when it is proven to have existed.
type signedBy struct {
	entry    *signerEntry
	keyID    string
	identity identity // of a keyless signer
	proof    proof
	when     time.Time
}

// signer finds the trust entry that made signature i.
func (e *Envelope) signer(i int, t *Trust, at time.Time) (signedBy, error) {
	s := &e.sigs[i]
	switch {
	case s.keyless:
		return e.identified(i, t, at)
	case len(s.chain) > 0:
		return e.certified(i, t, at)
	}
	entry, keyID, err := e.keyed(i, t)
	if err != nil {
		return signedBy{}, err
	}
	by := signedBy{entry: entry, keyID: keyID, when: at}
	if entry.root != nil {
		if by.proof, err = e.vouched(i, entry.root, entry.pub, keyID); err == nil {
			by.when, err = by.proof.instant(at)
		}
		if err != nil {
			return signedBy{}, fmt.Errorf("signer %s: %w", entry.ID, err)
		}
	}
	return by, nil
}

// keyed finds the trust entry whose key made signature i.
func (e *Envelope) keyed(i int, t *Trust) (*signerEntry, string, error) {
	s := &e.sigs[i]
	if s.keyID != "" {
		entry := t.index.byKey[s.keyID]
		if entry == nil {
			return nil, "", fmt.Errorf("%w: key %s is not in the trust", ErrUnknownSigner, s.keyID)
		}
		if !e.verifies(i, entry) {
			return nil, "", fmt.Errorf("%w under the key of signer %s", ErrSignature, entry.ID)
		}
		return entry, entry.keyID, nil
	}
	// A key that verified it before verifies it still.
	e.mu.Lock()
	known := e.verified[i]
	e.mu.Unlock()
	if entry := t.index.byKey[known]; entry != nil {
		return entry, known, nil
	}
	hinted := t.index.byHint[s.hint]
	if hinted != nil && e.verifies(i, hinted) {
		return hinted, hinted.keyID, nil
	}
	for _, entry := range t.index.keys {
		if entry != hinted && e.verifies(i, entry) {
			return entry, entry.keyID, nil
		}
	}
	if hinted != nil {
		return nil, "", fmt.Errorf("%w under the key of signer %s, nor under any other in the trust", ErrSignature, hinted.ID)
	}
	if entry := t.index.named[s.hint]; entry != nil && entry.KMS != "" {
		return nil, "", fmt.Errorf("%w: signer %s is a key of a key management service, which verification does not ask, so that it gives the same answer offline; list its public key as key (assize trust resolve)", ErrUnsupported, entry.ID)
	}
	if s.hint != "" {
		return nil, "", fmt.Errorf("%w: key %.80q: no key in the trust verifies it", ErrUnknownSigner, s.hint)
	}
	return nil, "", fmt.Errorf("%w: no key in the trust verifies it", ErrUnknownSigner)
}

// certified finds the one authority that vouches for the certificate of
// signature i, and checks the signature with the certificate's key.
func (e *Envelope) certified(i int, t *Trust, at time.Time) (signedBy, error) {
	s := &e.sigs[i]
	leaf, err := e.leaf(i, false)
	if err != nil {
		return signedBy{}, err
	}
	var found *signerEntry
	var reason error
	by := signedBy{keyID: leaf.keyID}
	for _, entry := range t.index.cas {
		var p proof
		when, err := at, error(nil)
		if entry.root != nil {
			if p, err = e.vouched(i, entry.root, nil, leaf.keyID); err == nil {
				when, err = p.instant(at)
			}
		}
		if err == nil {
			err = entry.vouches(s.chain, when)
		}
		switch {
		case err != nil:
			// An authority that knows the certificate says more than one that
			// does not.
			if reason == nil || errors.Is(reason, ErrUnknownSigner) {
				reason = fmt.Errorf("signer %s: %w", entry.ID, err)
			}
		case found != nil:
			return signedBy{}, fmt.Errorf("%w: signers %s and %s both account for the certificate of %s; narrow their identity patterns", ErrTrust, found.ID, entry.ID, s.chain[0].Subject)
		default:
			found = entry
			by.entry, by.proof, by.when = entry, p, when
		}
	}
	if found == nil {
		if reason == nil {
			reason = fmt.Errorf("%w: the trust lists no certificate authority", ErrUnknownSigner)
		}
		return signedBy{}, reason
	}
	return by, t.index.pinned(leaf.keyID, found, by.when)
}

// leaf is the key of the certificate that came with signature i, once the
// signature has verified under it; fulcio, when the certificate is one of Sigstore.
func (e *Envelope) leaf(i int, fulcio bool) (*signerEntry, error) {
	cert := e.sigs[i].chain[0]
	alg, err := AlgorithmOf(cert.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("certificate of %s: %w", holder(cert), err)
	}
	keyID, err := KeyID(cert.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("certificate of %s: %w", holder(cert), err)
	}
	// crypto/x509 passes over what may follow the parameters of the algorithm. Each
	// key has one id, or what is known of it could be shaken off.
	if sum := sha256.Sum256(cert.RawSubjectPublicKeyInfo); hex.EncodeToString(sum[:]) != keyID {
		return nil, fmt.Errorf("%w: certificate of %s: its key is not in the one spelling DER has for it", ErrSignature, holder(cert))
	}
	entry := &signerEntry{pub: cert.PublicKey, alg: alg, keyID: keyID, fulcio: fulcio}
	if !e.verifies(i, entry) {
		return nil, fmt.Errorf("%w under the certificate of %s", ErrSignature, holder(cert))
	}
	return entry, nil
}

// holder names a certificate for people. Those of Sigstore have no subject.
func holder(cert *x509.Certificate) string {
	if name := cert.Subject.String(); name != "" {
		return name
	}
	if names := cryptoutils.GetSubjectAlternateNames(cert); len(names) > 0 {
		return names[0]
	}
	return "serial number " + cert.SerialNumber.String()
}

// verifies checks signature i under one key and remembers a success.
func (e *Envelope) verifies(i int, entry *signerEntry) bool {
	s := &e.sigs[i]
	e.mu.Lock()
	known := e.verified[i] == entry.keyID
	e.mu.Unlock()
	if known {
		return true
	}
	ok := false
	switch {
	case s.jws != "":
		ok = s.alg == entry.alg && checkJWS(entry.pub, entry.alg, s.jws)
	case s.hash != 0:
		ok = checkPrehashed(entry, s.hash, s.digest, s.sig)
	case entry.fulcio:
		ok = checkCertified(entry.pub, s.message, s.sig)
	default:
		ok = checkMessage(entry.pub, s.message, s.sig, false)
		if !ok && s.legacy {
			ok = checkMessage(entry.pub, legacyMessage(e.statement.Raw), s.sig, true)
		}
	}
	if ok {
		e.mu.Lock()
		e.verified[i] = entry.keyID
		e.mu.Unlock()
	}
	return ok
}
