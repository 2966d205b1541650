package ledger_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/ledgertest"
)

// lying signs with another key than the one it names, as a service does whose key
// was replaced.
type lying struct{ ed25519.PrivateKey }

func (l lying) Sign(r io.Reader, msg []byte, o crypto.SignerOpts) ([]byte, error) {
	_, other, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, err
	}
	return other.Sign(r, msg, o)
}

// TestSignerElsewhere: a key that is held elsewhere signs what any reader verifies;
// one that readers cannot verify, or that answers with another's signature, does
// not sign.
func TestSignerElsewhere(t *testing.T) {
	ctx := context.Background()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := ledger.NewSignerFrom("example.com/elsewhere", key)
	if err != nil {
		t.Fatal(err)
	}
	l := ledgertest.OpenConfig(t, t.TempDir(), ledger.Config{Store: ledgertest.NewMemory(), Signer: s})
	r, err := l.Append(ctx, ledger.Entry{Kind: "test"}, ledger.WaitPublished)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.VerifyInclusion(r.LeafHash, r.Index, r.Proof, r.Checkpoint, s.VerifierKey()); err != nil {
		t.Error(err)
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.NewSignerFrom("example.com/elsewhere", ec); !errors.Is(err, ledger.ErrInvalid) || !strings.Contains(err.Error(), "Ed25519") {
		t.Errorf("an ECDSA key: %v", err)
	}
	if _, err := ledger.NewSignerFrom("no spaces", key); !errors.Is(err, ledger.ErrInvalid) {
		t.Errorf("an origin with a space: %v", err)
	}
	bad, err := ledger.NewSignerFrom("example.com/elsewhere", lying{key})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.Open(ctx, ledger.Config{Store: ledgertest.NewMemory(), Signer: bad, Guard: &freshGuard{}}); !errors.Is(err, ledger.ErrInvalid) {
		t.Errorf("a signature of another key: %v, want ErrInvalid", err)
	}
	if _, err := s.Beside(ledgertest.Signer(t)); !errors.Is(err, ledger.ErrInvalid) {
		t.Errorf("beside a key of another log: %v", err)
	}
}
