package keyrow_test

import (
	"slices"
	"strconv"
	"testing"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/keyrow"
)

// TestFilter: a key that was put in is never denied, and few others pass. A
// filter that denies one would let the same evidence into a log twice.
func TestFilter(t *testing.T) {
	const n = 20_000
	f := keyrow.NewFilter(n)
	for i := range n {
		k := ledger.MakeKey("in", strconv.Itoa(i))
		f.Add(k[:])
	}
	passed := 0
	for i := range n {
		in, out := ledger.MakeKey("in", strconv.Itoa(i)), ledger.MakeKey("out", strconv.Itoa(i))
		if !f.Has(in[:]) {
			t.Fatalf("key %d was put in and is denied", i)
		}
		if f.Has(out[:]) {
			passed++
		}
	}
	if passed > n/200 {
		t.Errorf("%d of %d keys that are not there pass, want about 1 in 500", passed, n)
	}
}

// TestSearch: rows sort by key, then by index.
func TestSearch(t *testing.T) {
	a, b := ledger.Key{1}, ledger.Key{2}
	var rows []byte
	for _, r := range []keyrow.Row{keyrow.Make(a, 1), keyrow.Make(a, 256), keyrow.Make(b, 0)} {
		rows = append(rows, r[:]...)
	}
	for i, want := range []uint64{1, 256, 0} {
		if got := keyrow.Index(rows[i*keyrow.Size:]); got != want {
			t.Errorf("index %d, want %d", got, want)
		}
	}
	var got []int
	for _, r := range []keyrow.Row{keyrow.Make(a, 0), keyrow.Make(a, 2), keyrow.Last(a), keyrow.Last(b)} {
		got = append(got, keyrow.Search(rows, r[:]))
	}
	if !slices.Equal(got, []int{0, 1, 2, 3}) {
		t.Errorf("positions %v", got)
	}
}
