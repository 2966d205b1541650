package attest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"
)

// hashNames are the digests a bundle over a bare digest may name, as HashAlgorithm
// of sigstore_common.proto spells them.
var hashNames = map[crypto.Hash]string{crypto.SHA256: "SHA2_256", crypto.SHA384: "SHA2_384", crypto.SHA512: "SHA2_512"}

// Message is a Sigstore bundle over the bare digest of an artifact, as "cosign
// sign-blob" makes them. It says who signed which bytes and nothing about them: it
// is no evidence and cannot be ingested.
type Message struct {
	env *Envelope
}

// ParseMessage reads a Sigstore bundle over a bare digest. ErrUnsupported: it holds
// a statement, which Parse reads.
func ParseMessage(raw []byte) (*Message, error) {
	fail := func(err error) (*Message, error) { return nil, fmt.Errorf("Sigstore bundle: %w", err) }
	if len(raw) > MaxEnvelope {
		return fail(fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(raw), MaxEnvelope))
	}
	v, err := ParseJSON(raw)
	if err != nil {
		return fail(err)
	}
	o, err := objectAt(v, "$")
	if err != nil {
		return fail(err)
	}
	if _, ok := o.m["dsseEnvelope"]; ok {
		return fail(fmt.Errorf("at $.dsseEnvelope: %w: it holds a statement, not a bare digest", ErrUnsupported))
	}
	if err := o.closed("mediaType", "verificationMaterial", "messageSignature"); err != nil {
		return fail(err)
	}
	mediaType, version, err := bundleVersion(o)
	if err != nil {
		return fail(err)
	}
	e := &Envelope{raw: raw, mediaType: mediaType, statement: &Statement{}}
	s := signature{place: "$.messageSignature", version: version}
	if err := readMessage(o, &s); err != nil {
		return fail(err)
	}
	if err := readMaterial(o.m["verificationMaterial"], &s); err != nil {
		return fail(err)
	}
	e.add(s)
	return &Message{e}, nil
}

func readMessage(o object, s *signature) error {
	m, ok, err := o.child("messageSignature", "messageDigest", "signature")
	if err != nil {
		return err
	}
	if !ok {
		return malformed("$", "neither dsseEnvelope nor messageSignature")
	}
	if s.sig, err = m.bytes("signature", MaxSignature); err != nil {
		return err
	}
	if len(s.sig) == 0 {
		return malformed(m.path, "member \"signature\" is missing")
	}
	d, ok, err := m.child("messageDigest", "algorithm", "digest")
	if err != nil {
		return err
	}
	if !ok {
		return malformed(m.path, "member \"messageDigest\" is missing")
	}
	name, err := d.text("algorithm")
	if err != nil {
		return err
	}
	for hash, known := range hashNames {
		if known == name {
			s.hash = hash
		}
	}
	if s.hash == 0 {
		return malformed(d.path+".algorithm", "%.40q, want SHA2_256, SHA2_384 or SHA2_512", name)
	}
	if s.digest, err = d.bytes("digest", s.hash.Size()); err != nil {
		return err
	}
	if len(s.digest) != s.hash.Size() {
		return malformed(d.path+".digest", "%d bytes, %s has %d", len(s.digest), name, s.hash.Size())
	}
	return nil
}

// MediaType is the media type of the bundle.
func (m *Message) MediaType() string { return m.env.mediaType }

// Verify reads the artifact and tells who of the trust signed it, by the instant
// at. Roles and systems do not come into it: a digest makes no statement.
func (m *Message) Verify(artifact io.Reader, t *Trust, at time.Time) (Signer, error) {
	h := m.env.sigs[0].hash.New()
	if _, err := io.Copy(h, artifact); err != nil {
		return Signer{}, fmt.Errorf("read artifact: %w", err)
	}
	return m.verify(h.Sum(nil), t, at)
}

// VerifyDigest is Verify for an artifact known by its digest, which must be of the
// kind the bundle is over.
func (m *Message) VerifyDigest(artifact Ref, t *Trust, at time.Time) (Signer, error) {
	alg, text, _ := strings.Cut(string(artifact), ":")
	digest, err := hex.DecodeString(text)
	want := m.env.sigs[0].hash
	if hash := map[string]crypto.Hash{"sha256": crypto.SHA256, "sha384": crypto.SHA384, "sha512": crypto.SHA512}[alg]; err != nil || hash != want {
		return Signer{}, fmt.Errorf("%w: the bundle is over %s of the artifact, got %.20s...", ErrUnsupported, hashNames[want], artifact)
	}
	return m.verify(digest, t, at)
}

func (m *Message) verify(digest []byte, t *Trust, at time.Time) (Signer, error) {
	s := &m.env.sigs[0]
	if !bytes.Equal(digest, s.digest) {
		return Signer{}, fmt.Errorf("verify %s: %w: the artifact has %s %x, the bundle is over %x", s.place, ErrSignature, hashNames[s.hash], digest, s.digest)
	}
	if t == nil || t.index == nil || len(t.Signers) == 0 {
		return Signer{}, fmt.Errorf("verify %s: %w: the trust lists no signer", s.place, ErrUnknownSigner)
	}
	if at.IsZero() {
		return Signer{}, fmt.Errorf("verify %s: %w: the instant is not given", s.place, ErrExpiredSigner)
	}
	by, err := m.env.signer(0, t, at)
	if err == nil {
		err = by.entry.validAt(by.when)
	}
	if err != nil {
		return Signer{}, fmt.Errorf("verify %s: %w", s.place, err)
	}
	return by.signer(), nil
}

// checkPrehashed verifies a signature over the digest of an artifact. Ed25519 keys
// sign such as Ed25519ph (RFC 8032, section 5.1), as Rekor asks.
func checkPrehashed(entry *signerEntry, hash crypto.Hash, digest, sig []byte) bool {
	switch k := entry.pub.(type) {
	case *ecdsa.PublicKey:
		return (hash == entry.alg.Hash() || hash == crypto.SHA256) && ecdsa.VerifyASN1(k, digest, sig)
	case ed25519.PublicKey:
		return hash == crypto.SHA512 && ed25519.VerifyWithOptions(k, digest, sig, &ed25519.Options{Hash: crypto.SHA512}) == nil
	case *rsa.PublicKey:
		if entry.fulcio {
			return hash == crypto.SHA256 && rsa.VerifyPKCS1v15(k, hash, digest, sig) == nil
		}
		return checkDigest(k, hash, digest, sig)
	}
	return false
}
