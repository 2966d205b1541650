package attest

import (
	"crypto/x509"
	"math/big"

	"github.com/sigstore/sigstore-go/pkg/root"
)

// ChainsKept is how many of n certificates a root remembers.
func ChainsKept(n int) int {
	var c chainCache
	for i := range n {
		c.keep(&x509.Certificate{Raw: big.NewInt(int64(i)).Bytes()}, nil, &root.FulcioCertificateAuthority{})
	}
	return len(c.seen)
}
