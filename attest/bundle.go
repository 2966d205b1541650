package attest

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
)

// oidFulcio opens the extensions a Fulcio certificate carries
// (https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md).
var oidFulcio = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1}

// parseBundle reads a Sigstore bundle v0.1-v0.3 that holds a DSSE envelope
// (https://github.com/sigstore/protobuf-specs, sigstore_bundle.proto). Its
// transparency log entries and timestamps count when the trust names a root for
// its signer; else when something was there is told by this service's own log.
func parseBundle(raw []byte, m map[string]any) (*Envelope, error) {
	e, err := readBundle(raw, m)
	if err != nil {
		return nil, fmt.Errorf("Sigstore bundle: %w", err)
	}
	return e, nil
}

func readBundle(raw []byte, m map[string]any) (*Envelope, error) {
	o := object{m, "$"}
	if _, ok := m["messageSignature"]; ok {
		return nil, fmt.Errorf("at $.messageSignature: %w: it signs a bare digest and makes no statement; send one holding a DSSE envelope", ErrNoStatement)
	}
	if err := o.closed("mediaType", "verificationMaterial", "dsseEnvelope"); err != nil {
		return nil, err
	}
	mediaType, version, err := bundleVersion(o)
	if err != nil {
		return nil, err
	}
	e, err := readDSSE(raw, mediaType, m["dsseEnvelope"], "$.dsseEnvelope")
	if err != nil {
		return nil, err
	}
	if len(e.sigs) != 1 {
		return nil, malformed("$.dsseEnvelope.signatures", "a bundle holds exactly one signature, this one %d", len(e.sigs))
	}
	s := &e.sigs[0]
	s.legacy, s.version = e.statement.PredicateType == legacyPredicate, version
	return e, readMaterial(m["verificationMaterial"], s)
}

// bundleVersion reads the media type of a bundle.
func bundleVersion(o object) (mediaType, version string, err error) {
	if mediaType, err = o.text("mediaType"); err != nil {
		return "", "", err
	}
	version, ok := map[string]string{
		"application/vnd.dev.sigstore.bundle+json;version=0.1": "v0.1",
		"application/vnd.dev.sigstore.bundle+json;version=0.2": "v0.2",
		"application/vnd.dev.sigstore.bundle+json;version=0.3": "v0.3",
		MediaBundle: "v0.3",
	}[mediaType]
	if !ok {
		return "", "", malformed("$.mediaType", "%.100q is no Sigstore bundle of version 0.1 to 0.3", mediaType)
	}
	return mediaType, version, nil
}

func readMaterial(v any, s *signature) error {
	const path = "$.verificationMaterial"
	o, err := objectAt(v, path)
	if err != nil {
		return err
	}
	if err := o.closed("publicKey", "x509CertificateChain", "certificate", "tlogEntries", "timestampVerificationData"); err != nil {
		return err
	}
	var certs []any
	kinds := 0
	if v, ok := o.m["publicKey"]; ok {
		kinds++
		if err := readPublicKey(v, path+".publicKey", s); err != nil {
			return err
		}
	}
	if v, ok := o.m["certificate"]; ok {
		kinds++
		certs = []any{v}
	}
	if v, ok := o.m["x509CertificateChain"]; ok {
		kinds++
		chain, err := objectAt(v, path+".x509CertificateChain")
		if err != nil {
			return err
		}
		if err := chain.closed("certificates"); err != nil {
			return err
		}
		if certs, err = chain.list("certificates"); err != nil {
			return err
		}
		if len(certs) == 0 {
			return malformed(chain.path, "the chain is empty")
		}
	}
	if kinds != 1 {
		return malformed(path, "want exactly one of publicKey, x509CertificateChain and certificate")
	}
	if len(certs) > MaxCertificates {
		return fmt.Errorf("at %s: %w: %d certificates, at most %d", path, ErrTooLarge, len(certs), MaxCertificates)
	}
	for i, v := range certs {
		cert, err := readCertificate(v, fmt.Sprintf("%s, certificate %d", path, i))
		if err != nil {
			return err
		}
		s.chain = append(s.chain, cert)
	}
	if len(s.chain) > 0 {
		for _, ext := range s.chain[0].Extensions {
			if len(ext.Id) == len(oidFulcio)+1 && ext.Id[:len(oidFulcio)].Equal(oidFulcio) {
				s.keyless = true
			}
		}
	}
	if _, chain := o.m["x509CertificateChain"]; s.keyless && chain && s.version == "v0.3" {
		return malformed(path+".x509CertificateChain", "version 0.3 of the bundle has an identity certificate under certificate, alone")
	}
	return readWitnesses(o, &s.wit)
}

// readPublicKey takes the hint of current bundles or the PEM of older ones,
// which must then be the key that verifies.
func readPublicKey(v any, path string, s *signature) error {
	o, err := objectAt(v, path)
	if err != nil {
		return err
	}
	if err := o.closed("hint", "rawBytes", "keyDetails"); err != nil {
		return err
	}
	if _, ok := o.m["hint"]; ok {
		if s.hint, err = o.text("hint"); err != nil {
			return err
		}
	}
	if _, ok := o.m["rawBytes"]; !ok {
		return nil
	}
	text, err := o.text("rawBytes")
	if err != nil {
		return err
	}
	b, ok := decodeBase64(text)
	if !ok {
		return malformed(path+".rawBytes", "not strict base64")
	}
	var pub any
	if bytes.HasPrefix(b, []byte("-----BEGIN")) {
		pub, err = LoadPublicKey(b)
	} else {
		pub, err = x509.ParsePKIXPublicKey(b)
	}
	if err != nil {
		return malformed(path+".rawBytes", "not a public key: %v", err)
	}
	s.keyID, err = KeyID(pub)
	return err
}

func readCertificate(v any, path string) (*x509.Certificate, error) {
	o, err := objectAt(v, path)
	if err != nil {
		return nil, err
	}
	if err := o.closed("rawBytes"); err != nil {
		return nil, err
	}
	text, err := o.text("rawBytes")
	if err != nil {
		return nil, err
	}
	der, ok := decodeBase64(text)
	if !ok {
		return nil, malformed(path+".rawBytes", "not strict base64")
	}
	if len(der) > MaxCertificate {
		return nil, fmt.Errorf("at %s.rawBytes: %w: %d bytes, at most %d", path, ErrTooLarge, len(der), MaxCertificate)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, malformed(path+".rawBytes", "not a certificate: %v", err)
	}
	return cert, nil
}
