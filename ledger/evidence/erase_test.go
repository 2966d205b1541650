package evidence_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/ledger/evidence/evidencetest"
)

// TestParseErasure meets the bounds of an erasure, and refuses one whose statement
// does not say what its predicate says.
func TestParseErasure(t *testing.T) {
	r := evidencetest.New(t)
	leaf := strings.Repeat("0", 64)
	entries := func(n int) []evidence.ErasedEntry {
		out := make([]evidence.ErasedEntry, n)
		for i := range out {
			out[i] = evidence.ErasedEntry{Index: uint64(i), Leaf: leaf}
		}
		return out
	}
	for _, test := range []struct {
		name    string
		entries []evidence.ErasedEntry
		reason  string
		want    error
	}{
		{"MaxErased and MaxReason", entries(evidence.MaxErased), strings.Repeat("x", evidence.MaxReason), nil},
		{"over MaxErased", entries(evidence.MaxErased + 1), "x", attest.ErrTooLarge},
		{"over MaxReason", entries(1), strings.Repeat("x", evidence.MaxReason+1), attest.ErrMalformed},
		{"no reason", entries(1), "", attest.ErrMalformed},
		{"one entry twice", append(entries(1), entries(1)...), "x", attest.ErrMalformed},
	} {
		raw, err := evidence.NewErasure(test.entries, test.reason, evidencetest.Origin, r.Clock.Now(), r.Signer("admin").Key)
		if err != nil {
			t.Fatal(err)
		}
		e, err := evidence.ParseErasure(raw)
		if !errors.Is(err, test.want) || err == nil && len(e.Indices()) != len(test.entries) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
	for name, raw := range map[string][]byte{
		"no envelope": []byte("{}"), "another type": r.Activation(evidence.KindTrust, r.TrustFile(), "admin"),
	} {
		if _, err := evidence.ParseErasure(raw); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
