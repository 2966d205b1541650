package keyrow

import (
	"bytes"
	"encoding/binary"
	"math"
	"sort"

	"github.com/assize-dev/assize/ledger"
)

// Size is the length of one row: key, then index of the entry, big-endian, so
// that bytes sort as rows do.
const Size = 24

// Row is one row.
type Row [Size]byte

// Make makes the row of a key at an index.
func Make(k ledger.Key, index uint64) (r Row) {
	copy(r[:16], k[:])
	binary.BigEndian.PutUint64(r[16:], index)
	return r
}

// Last is at or above every row of a key.
func Last(k ledger.Key) Row { return Make(k, math.MaxUint64) }

// Index returns the index of the entry.
func Index(row []byte) uint64 { return binary.BigEndian.Uint64(row[16:Size]) }

// Search returns the position of the first row at or above r in sorted rows.
func Search(rows []byte, r []byte) int {
	return sort.Search(len(rows)/Size, func(i int) bool {
		return bytes.Compare(rows[i*Size:(i+1)*Size], r) >= 0
	})
}

// Filter is a Bloom filter over keys (Bloom 1970) with 14 bits for each row
// and 7 probes: about 1 in 500 keys that are not there is let through. An append
// asks every run for its identity, so that a miss has to be rare in all of them
// together.
type Filter []byte

const (
	filterBits   = 14
	filterProbes = 7
)

// NewFilter returns an empty filter for so many rows.
func NewFilter(rows int) Filter { return make(Filter, (max(rows, 1)*filterBits+63)/64*8) }

// Add puts a key of 16 bytes in.
func (f Filter) Add(k []byte) {
	h, d, n := filterHash(k, len(f))
	for range filterProbes {
		p := h % n
		f[p/8] |= 1 << (p % 8)
		h += d
	}
}

// Has is true for every key that was put in, and for a few others.
func (f Filter) Has(k []byte) bool {
	h, d, n := filterHash(k, len(f))
	for range filterProbes {
		p := h % n
		if f[p/8]&(1<<(p%8)) == 0 {
			return false
		}
		h += d
	}
	return true
}

// filterHash gives start and step of the probes (Kirsch and Mitzenmacher 2006).
// Keys are hashes already; they are mixed so that made-up ones spread as well.
func filterHash(k []byte, size int) (h, d, n uint64) {
	const odd = 0x9e3779b97f4a7c15
	a, b := binary.LittleEndian.Uint64(k), binary.LittleEndian.Uint64(k[8:])
	h = (a ^ b>>29) * odd
	h ^= h >> 32
	d = (b ^ a>>31) * odd
	d ^= d >> 29
	return h, d | 1, uint64(size) * 8
}
