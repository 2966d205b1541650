package evidence

import (
	"context"
	"fmt"
	"runtime"
	"slices"

	"github.com/assize-dev/assize/ledger"
)

// Index is a Source that has read every leaf below a size: keys are looked up in
// memory, entries are read from the log. It is for passes over the whole ledger,
// such as an inventory; a single question is answered faster by the log itself.
// It takes about 100 bytes for each key of each leaf and is safe for concurrent
// use.
type Index struct {
	log   *ledger.Log
	size  uint64
	parts []part // of the leaves, in ledger order
}

// part is a stretch of the leaves, read by one processor.
type part struct {
	from  uint64
	keys  map[ledger.Key][]uint32
	types map[string][]uint32 // predicate type -> indices of attestations
	label []string            // predicate type of each leaf from the first on; empty for other kinds
}

var _ Source = (*Index)(nil)

// NewIndex reads the leaves below a size on every processor. ErrDossierTooLarge
// above MaxIndexed leaves.
func NewIndex(ctx context.Context, log *ledger.Log, size uint64) (*Index, error) {
	if size > MaxIndexed {
		return nil, fmt.Errorf("%w: %d entries, a pass over the whole ledger takes at most %d; name a system", ErrDossierTooLarge, size, MaxIndexed)
	}
	n := uint64(runtime.GOMAXPROCS(0))
	x := &Index{log: log, size: size, parts: make([]part, n)}
	err := each(ctx, int(n), func(ctx context.Context, i int) error {
		return x.parts[i].read(ctx, log, size*uint64(i)/n, size*uint64(i+1)/n)
	})
	if err != nil {
		return nil, fmt.Errorf("read leaves: %w", err)
	}
	return x, nil
}

func (p *part) read(ctx context.Context, log *ledger.Log, from, to uint64) error {
	*p = part{from: from, keys: map[ledger.Key][]uint32{}, types: map[string][]uint32{}, label: make([]string, to-from)}
	names := map[string]string{} // one string for each type
	return log.Leaves(ctx, from, to, func(index uint64, leaf ledger.Leaf) error {
		for _, k := range leaf.Keys {
			p.keys[k] = append(p.keys[k], uint32(index))
		}
		if leaf.Kind == KindAttestation && len(leaf.Labels) > 0 {
			name, ok := names[leaf.Labels[0]]
			if !ok {
				name = leaf.Labels[0]
				names[name] = name
			}
			p.types[name] = append(p.types[name], uint32(index))
			p.label[index-from] = name
		}
		return nil
	})
}

// Lookup finds the entries under a key.
func (x *Index) Lookup(_ context.Context, key ledger.Key, below uint64) ([]uint64, error) {
	var out []uint64
	for _, p := range x.parts {
		for _, i := range p.keys[key] {
			if uint64(i) >= below {
				return out, nil
			}
			out = append(out, uint64(i))
		}
	}
	return out, nil
}

// Read reads an entry from the log.
func (x *Index) Read(ctx context.Context, index uint64) (ledger.Record, error) {
	return x.log.Read(ctx, index)
}

// Size is the size that was read.
func (x *Index) Size() uint64 { return x.size }

// OfType lists the attestations of a predicate type in ledger order.
func (x *Index) OfType(predicateType string) []uint64 {
	var out []uint64
	for _, p := range x.parts {
		for _, i := range p.types[predicateType] {
			out = append(out, uint64(i))
		}
	}
	return out
}

// under lists the attestations of a type under a key, newest first.
func (x *Index) under(key ledger.Key, predicateType string) []uint64 {
	var out []uint64
	for _, p := range slices.Backward(x.parts) {
		for _, i := range slices.Backward(p.keys[key]) {
			if p.label[uint64(i)-p.from] == predicateType {
				out = append(out, uint64(i))
			}
		}
	}
	return out
}
