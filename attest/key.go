package attest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	_ "crypto/sha512" // for SHA-384 and SHA-512, see Algorithm.Hash
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
)

// Algorithm names a key type evidence may be signed with, and with it the hash:
// SHA-256 on P-256, SHA-384 on P-384, SHA-512 on P-521, none apart from its own on
// Ed25519. RSA keys sign with PSS padding, SHA-256 and a salt of its length, as
// PS256 of RFC 7518 and rsassa-pss-sha256 of in-toto do.
type Algorithm string

const (
	ECDSAP256 Algorithm = "ecdsa-p256"
	ECDSAP384 Algorithm = "ecdsa-p384"
	ECDSAP521 Algorithm = "ecdsa-p521"
	Ed25519   Algorithm = "ed25519"
	RSAPSS    Algorithm = "rsa-pss"
)

// Hash is what is signed with the algorithm: a digest of this kind, or for 0 the
// message itself.
func (a Algorithm) Hash() crypto.Hash {
	switch a {
	case ECDSAP256, RSAPSS:
		return crypto.SHA256
	case ECDSAP384:
		return crypto.SHA384
	case ECDSAP521:
		return crypto.SHA512
	}
	return 0
}

// pss is how RSA keys sign.
var pss = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}

// GenerateKey makes an elliptic-curve signing key from random, crypto/rand when
// nil. The same bytes give the same key.
func GenerateKey(alg Algorithm, random io.Reader) (crypto.Signer, error) {
	if random == nil {
		random = rand.Reader
	}
	seed := func(n int) ([]byte, error) {
		b := make([]byte, n)
		if _, err := io.ReadFull(random, b); err != nil {
			return nil, fmt.Errorf("generate key: read randomness: %w", err)
		}
		return b, nil
	}
	// The standard library's generators ignore their reader since Go 1.26, so
	// keys are made from raw bytes here.
	ec := func(curve elliptic.Curve, size int) (crypto.Signer, error) {
		for range 128 {
			b, err := seed(size)
			if err != nil {
				return nil, err
			}
			if curve == elliptic.P521() {
				b[0] &= 1 // 521 bits in 66 bytes
			}
			// Refused only for zero and for values not below the group order,
			// which is rejection sampling.
			if key, err := ecdsa.ParseRawPrivateKey(curve, b); err == nil {
				return key, nil
			}
		}
		return nil, fmt.Errorf("generate key: %w: the random source gives no usable scalar", ErrMalformed)
	}
	switch alg {
	case ECDSAP256:
		return ec(elliptic.P256(), 32)
	case ECDSAP384:
		return ec(elliptic.P384(), 48)
	case ECDSAP521:
		return ec(elliptic.P521(), 66)
	case Ed25519:
		b, err := seed(ed25519.SeedSize)
		if err != nil {
			return nil, err
		}
		return ed25519.NewKeyFromSeed(b), nil
	}
	return nil, fmt.Errorf("generate key: %w: algorithm %q, want %s, %s, %s or %s", ErrUnsupported, alg, ECDSAP256, ECDSAP384, ECDSAP521, Ed25519)
}

// AlgorithmOf is the algorithm of a public key, an error for a kind that may not
// sign evidence (other curves, RSA that is too short or too slow).
func AlgorithmOf(pub crypto.PublicKey) (Algorithm, error) {
	switch k := pub.(type) {
	case *ecdsa.PublicKey:
		switch k.Curve {
		case elliptic.P256():
			return ECDSAP256, nil
		case elliptic.P384():
			return ECDSAP384, nil
		case elliptic.P521():
			return ECDSAP521, nil
		}
		return "", fmt.Errorf("key: %w: curve %s, want P-256, P-384 or P-521", ErrUnsupported, k.Params().Name)
	case *rsa.PublicKey:
		if bits := k.N.BitLen(); bits < MinRSA || bits > MaxRSA || k.E != 65537 {
			return "", fmt.Errorf("key: %w: RSA of %d bits with exponent %d, want %d to %d bits and 65537", ErrUnsupported, bits, k.E, MinRSA, MaxRSA)
		}
		return RSAPSS, nil
	case ed25519.PublicKey:
		if len(k) == ed25519.PublicKeySize {
			return Ed25519, nil
		}
	}
	return "", fmt.Errorf("key: %w: %T, want ECDSA on P-256, P-384 or P-521, Ed25519 or RSA", ErrUnsupported, pub)
}

// KeyID is the lower-case hex SHA-256 of the key's SubjectPublicKeyInfo.
func KeyID(pub crypto.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return "", fmt.Errorf("key id: %w", err)
	}
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:]), nil
}

// MarshalPrivateKey writes a key as PKCS #8 PEM.
func MarshalPrivateKey(key crypto.Signer) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("marshal private key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// MarshalPublicKey writes a key as SubjectPublicKeyInfo PEM, the form a trust
// file takes.
func MarshalPublicKey(pub crypto.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return nil, fmt.Errorf("marshal public key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}

// LoadPrivateKey reads one unencrypted key in PEM: PKCS #8 or SEC 1.
func LoadPrivateKey(text []byte) (crypto.Signer, error) {
	block, err := onePEM(text)
	if err != nil {
		return nil, fmt.Errorf("private key: %w", err)
	}
	var key any
	switch block.Type {
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	case "ENCRYPTED PRIVATE KEY":
		return nil, fmt.Errorf("private key: %w: it is encrypted; decrypt it first, e.g. openssl pkcs8 -in KEY -out PLAIN", ErrUnsupported)
	default:
		return nil, fmt.Errorf("private key: %w: PEM block %.40q, want PRIVATE KEY", ErrMalformed, block.Type)
	}
	if err != nil {
		return nil, fmt.Errorf("private key: %w: %v", ErrMalformed, err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("private key: %w: %T cannot sign", ErrUnsupported, key)
	}
	if _, err := AlgorithmOf(signer.Public()); err != nil {
		return nil, fmt.Errorf("private %w", err)
	}
	return signer, nil
}

// LoadPublicKey reads one key in PEM (SubjectPublicKeyInfo).
func LoadPublicKey(text []byte) (crypto.PublicKey, error) {
	block, err := onePEM(text)
	if err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	if block.Type != "PUBLIC KEY" {
		return nil, fmt.Errorf("public key: %w: PEM block %.40q, want PUBLIC KEY", ErrMalformed, block.Type)
	}
	pub, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("public key: %w: %v", ErrMalformed, err)
	}
	if _, err := AlgorithmOf(pub); err != nil {
		return nil, fmt.Errorf("public %w", err)
	}
	return pub, nil
}

// onePEM takes text as exactly one PEM block.
func onePEM(text []byte) (*pem.Block, error) {
	block, rest := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%w: no PEM block", ErrMalformed)
	}
	if len(bytes.TrimSpace(rest)) > 0 {
		return nil, fmt.Errorf("%w: more than one PEM block", ErrMalformed)
	}
	return block, nil
}

// signMessage signs with the hash that belongs to the key. Keys held in memory
// sign deterministically (RFC 6979 for ECDSA), so that fixtures are reproducible;
// RSA-PSS is random by its nature.
func signMessage(key crypto.Signer, message []byte) ([]byte, error) {
	alg, err := AlgorithmOf(key.Public())
	if err != nil {
		return nil, err
	}
	var opts crypto.SignerOpts = alg.Hash()
	if alg == RSAPSS {
		opts = pss
	}
	var random io.Reader = rand.Reader
	switch key.(type) {
	case *ecdsa.PrivateKey, ed25519.PrivateKey:
		random = nil
	}
	return key.Sign(random, digestOf(alg.Hash(), message), opts)
}

// digestOf hashes a message; 0 leaves it as it is.
func digestOf(hash crypto.Hash, message []byte) []byte {
	if hash == 0 {
		return message
	}
	h := hash.New()
	h.Write(message)
	return h.Sum(nil)
}

// checkMessage verifies sig over message. sha256Only is for the one format that
// used SHA-256 on P-384 (see legacyMessage).
func checkMessage(pub crypto.PublicKey, message, sig []byte, sha256Only bool) bool {
	alg, err := AlgorithmOf(pub)
	if err != nil {
		return false
	}
	hash := alg.Hash()
	if sha256Only && hash != 0 {
		hash = crypto.SHA256
	}
	return checkDigest(pub, hash, digestOf(hash, message), sig)
}

// checkDigest verifies sig over a digest, or a message for Ed25519.
func checkDigest(pub crypto.PublicKey, hash crypto.Hash, digest, sig []byte) bool {
	switch k := pub.(type) {
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(k, digest, sig)
	case ed25519.PublicKey:
		return hash == 0 && ed25519.Verify(k, digest, sig)
	case *rsa.PublicKey:
		return hash == pss.Hash && rsa.VerifyPSS(k, hash, digest, sig, pss) == nil
	}
	return false
}
