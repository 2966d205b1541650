package sigstore

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	commonpb "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	"github.com/sigstore/sigstore-go/pkg/sign"

	"github.com/assize-dev/assize/attest"
)

// keypair lends a key to sigstore-go.
type keypair struct {
	crypto.Signer
	alg  attest.Algorithm
	pem  []byte
	hint string
}

var _ sign.Keypair = (*keypair)(nil)

// newKeypair takes a key, or makes one for a single signature.
func newKeypair(key crypto.Signer) (*keypair, error) {
	if key == nil {
		var err error
		if key, err = attest.GenerateKey(attest.ECDSAP256, nil); err != nil {
			return nil, err
		}
	}
	k := &keypair{Signer: key}
	var err error
	if k.alg, err = attest.AlgorithmOf(key.Public()); err != nil {
		return nil, err
	}
	if k.alg == attest.RSAPSS {
		return nil, fmt.Errorf("%w: clients of Sigstore expect RSA signatures under other padding than this project accepts; use an ECDSA key", attest.ErrUnsupported)
	}
	if k.pem, err = attest.MarshalPublicKey(key.Public()); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(k.pem) // as attest.SignBundle and model signing have it
	k.hint = hex.EncodeToString(sum[:])
	return k, nil
}

func (k *keypair) GetHashAlgorithm() commonpb.HashAlgorithm {
	return map[crypto.Hash]commonpb.HashAlgorithm{
		crypto.SHA256: commonpb.HashAlgorithm_SHA2_256, crypto.SHA384: commonpb.HashAlgorithm_SHA2_384, crypto.SHA512: commonpb.HashAlgorithm_SHA2_512,
	}[k.alg.Hash()]
}

func (k *keypair) GetSigningAlgorithm() commonpb.PublicKeyDetails {
	return map[attest.Algorithm]commonpb.PublicKeyDetails{
		attest.ECDSAP256: commonpb.PublicKeyDetails_PKIX_ECDSA_P256_SHA_256, attest.ECDSAP384: commonpb.PublicKeyDetails_PKIX_ECDSA_P384_SHA_384,
		attest.ECDSAP521: commonpb.PublicKeyDetails_PKIX_ECDSA_P521_SHA_512, attest.Ed25519: commonpb.PublicKeyDetails_PKIX_ED25519,
	}[k.alg]
}

func (k *keypair) GetHint() []byte                  { return []byte(k.hint) }
func (k *keypair) GetPublicKey() crypto.PublicKey   { return k.Public() }
func (k *keypair) GetPublicKeyPem() (string, error) { return string(k.pem), nil }

// GetKeyAlgorithm is the name Fulcio's first request format has for it.
func (k *keypair) GetKeyAlgorithm() string {
	if k.alg == attest.Ed25519 {
		return "ED25519"
	}
	return "ECDSA"
}

func (k *keypair) SignData(_ context.Context, data []byte) (sig, digest []byte, err error) {
	digest = data
	if hash := k.alg.Hash(); hash != 0 {
		h := hash.New()
		h.Write(data)
		digest = h.Sum(nil)
	}
	sig, err = k.Sign(rand.Reader, digest, k.alg.Hash())
	return sig, digest, err
}
