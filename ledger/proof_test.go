package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/ledgertest"
)

// newLog opens a log in memory.
func newLog(t testing.TB) (*ledgertest.Memory, *ledger.Log) {
	s := ledgertest.NewMemory()
	return s, ledgertest.Open(t, s, t.TempDir())
}

func appendN(t testing.TB, l *ledger.Log, n int) []ledger.Receipt {
	t.Helper()
	var rs []ledger.Receipt
	for i := range n {
		r, err := l.Append(context.Background(), ledger.Entry{Kind: "test", Payload: []byte{byte(i)}}, ledger.WaitPublished)
		if err != nil {
			t.Fatal(err)
		}
		rs = append(rs, r)
	}
	return rs
}

// TestProofBitFlips: no receipt holds after any single bit of it was changed,
// except in signatures by others, of which there are none here.
func TestProofBitFlips(t *testing.T) {
	_, l := newLog(t)
	r := appendN(t, l, 5)[4]
	vkey := ledgertest.Signer(t).VerifierKey()
	good, err := r.MarshalProof()
	if err != nil {
		t.Fatal(err)
	}
	p, err := ledger.ParseProof(good)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Verify(r.LeafHash, vkey); err != nil {
		t.Fatal(err)
	}
	for i := range len(good) * 8 {
		bad := bytes.Clone(good)
		bad[i/8] ^= 1 << (i % 8)
		p, err := ledger.ParseProof(bad)
		if err != nil {
			continue
		}
		if _, err := p.Verify(r.LeafHash, vkey); err == nil {
			t.Errorf("a proof with bit %d of byte %d flipped holds:\n%s", i%8, i/8, bad)
		} else if !errors.Is(err, ledger.ErrProof) && !errors.Is(err, ledger.ErrInvalid) {
			t.Errorf("byte %d: %v, want ErrProof or ErrInvalid", i/8, err)
		}
	}
	other := r.LeafHash
	other[0] ^= 1
	if _, err := p.Verify(other, vkey); !errors.Is(err, ledger.ErrProof) || !strings.Contains(err.Error(), "leads to root") {
		t.Errorf("another leaf: %v", err)
	}
}

// TestConsistencyFromEmpty: the module below accepts any root for size 0.
func TestConsistencyFromEmpty(t *testing.T) {
	empty := ledger.EmptyHead().Root
	other := ledger.Hash{1}
	for name, err := range map[string]error{
		"another root for size 0":      ledger.VerifyConsistency(0, other, 5, other, nil),
		"a proof from size 0":          ledger.VerifyConsistency(0, empty, 5, other, []ledger.Hash{other}),
		"two roots for size 0":         ledger.VerifyConsistency(0, empty, 0, other, nil),
		"a smaller second tree":        ledger.VerifyConsistency(5, other, 4, other, nil),
		"two roots of one size":        ledger.VerifyConsistency(5, other, 5, empty, nil),
		"no proof between two sizes":   ledger.VerifyConsistency(4, other, 5, empty, nil),
		"a proof between equal trees":  ledger.VerifyConsistency(5, other, 5, other, []ledger.Hash{other}),
		"a proof of hashes too little": ledger.VerifyConsistency(3, other, 7, empty, []ledger.Hash{other}),
	} {
		if !errors.Is(err, ledger.ErrProof) {
			t.Errorf("%s: %v, want ErrProof", name, err)
		}
	}
	if err := ledger.VerifyConsistency(0, empty, 5, other, nil); err != nil {
		t.Errorf("the empty tree is a prefix of every tree: %v", err)
	}
}

func TestSequencedReceiptHasNoProof(t *testing.T) {
	_, l := newLog(t)
	r, err := l.Append(context.Background(), ledger.Entry{Kind: "test"}, ledger.WaitSequenced)
	if err != nil || r.Checkpoint != nil || r.Proof != nil || r.Size != 0 {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := r.MarshalProof(); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("proof of a sequenced receipt: %v", err)
	}
}

func FuzzParseProof(f *testing.F) {
	_, l := newLog(f)
	for _, r := range appendN(f, l, 3) {
		b, err := r.MarshalProof()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := ledger.ParseProof(b)
		if err == nil && !bytes.Equal(p.Marshal(), b) {
			t.Errorf("%q is written again as %q", b, p.Marshal())
		}
		if err == nil {
			_, _ = p.Verify(ledger.Hash{}, ledgertest.Signer(t).VerifierKey())
		}
	})
}

func FuzzParseCheckpoint(f *testing.F) {
	_, l := newLog(f)
	for _, r := range appendN(f, l, 2) {
		f.Add(r.Checkpoint)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := ledger.ParseCheckpoint(b, ledgertest.Signer(t).VerifierKey())
		if err == nil && c.Origin != ledgertest.Origin {
			t.Errorf("origin %q is accepted", c.Origin)
		}
	})
}
