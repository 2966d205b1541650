package evidence

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"

	"github.com/assize-dev/assize/ledger"
)

// Source is what a dossier is gathered from: entries of one log, found by key.
// Lookup returns ascending indices below the given size; every index it returns
// can be read. *ledger.Log is one, the items of a proof bundle are the other.
type Source interface {
	Lookup(ctx context.Context, key ledger.Key, below uint64) ([]uint64, error)
	Read(ctx context.Context, index uint64) (ledger.Record, error)
}

var _ Source = (*ledger.Log)(nil)

// Reading is one pass over a Source below a size. It remembers what was asked and
// what was found: the first tells whether a later leaf could matter, the second is
// what a proof bundle has to carry. It is not safe for concurrent use.
type Reading struct {
	src   Source
	below uint64
	past  bool
	asked map[ledger.Key][]uint64
	used  map[uint64]struct{}
}

// NewReading starts a pass below a size.
func NewReading(src Source, below uint64) *Reading {
	return &Reading{src: src, below: below, asked: map[ledger.Key][]uint64{}, used: map[uint64]struct{}{}}
}

// Past marks a reading below the head of a log. What was erased since is gone for
// it too, whatever is still held in memory.
func (r *Reading) Past() *Reading {
	r.past = true
	return r
}

// erasedSince reports whether an entry was erased at or after the size read.
func (r *Reading) erasedSince(ctx context.Context, index uint64) (bool, error) {
	if !r.past {
		return false, nil
	}
	found, err := r.src.Lookup(ctx, ledger.ErasureKey(index), math.MaxInt64)
	if err != nil {
		return false, fmt.Errorf("look up erasure of %d: %w", index, err)
	}
	return len(found) > 0, nil
}

// Source of the reading.
func (r *Reading) Source() Source { return r.src }

// Below is the size read.
func (r *Reading) Below() uint64 { return r.below }

// Lookup asks for a key and remembers the answer.
func (r *Reading) Lookup(ctx context.Context, key ledger.Key) ([]uint64, error) {
	if found, ok := r.asked[key]; ok {
		return found, nil
	}
	found, err := r.src.Lookup(ctx, key, r.below)
	if err != nil {
		return nil, fmt.Errorf("look up key %x below %d: %w", key, r.below, err)
	}
	if len(found) > MaxPerKey {
		return nil, fmt.Errorf("%w: %d entries under one key, the bound is %d; judge a narrower subject or split the evidence", ErrDossierTooLarge, len(found), MaxPerKey)
	}
	r.asked[key] = found
	for _, i := range found {
		r.used[i] = struct{}{}
	}
	return found, nil
}

// Keys are those asked for: a later leaf that carries none of them cannot change
// what was gathered.
func (r *Reading) Keys() iter.Seq[ledger.Key] { return maps.Keys(r.asked) }

// Used lists the entries that lookups found, ascending.
func (r *Reading) Used() []uint64 { return slices.Sorted(maps.Keys(r.used)) }
