package attesttest

import (
	"crypto"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/assize-dev/assize/attest"
)

// SignJWS signs a statement as JWS: compact with one key, general JSON with
// several. header adds members to the protected header, or replaces typ.
func SignJWS(tb testing.TB, statement []byte, header map[string]any, keys ...crypto.Signer) []byte {
	tb.Helper()
	var signing []jose.SigningKey
	for _, key := range keys {
		alg, err := attest.AlgorithmOf(key.Public())
		if err != nil {
			tb.Fatalf("attesttest: %v", err)
		}
		name := map[attest.Algorithm]jose.SignatureAlgorithm{attest.ECDSAP256: jose.ES256, attest.ECDSAP384: jose.ES384, attest.ECDSAP521: jose.ES512,
			attest.Ed25519: jose.EdDSA, attest.RSAPSS: jose.PS256}[alg]
		signing = append(signing, jose.SigningKey{Algorithm: name, Key: key})
	}
	opts := (&jose.SignerOptions{}).WithType(attest.PayloadInToto)
	for name, v := range header {
		opts = opts.WithHeader(jose.HeaderKey(name), v)
	}
	signer, err := jose.NewMultiSigner(signing, opts)
	if err != nil {
		tb.Fatalf("attesttest: %v", err)
	}
	jws, err := signer.Sign(statement)
	if err != nil {
		tb.Fatalf("attesttest: %v", err)
	}
	if len(keys) > 1 {
		return []byte(jws.FullSerialize())
	}
	text, err := jws.CompactSerialize()
	if err != nil {
		tb.Fatalf("attesttest: %v", err)
	}
	return []byte(text)
}
