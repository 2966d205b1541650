package evidence

import (
	"context"
	"fmt"
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
	keys  map[ledger.Key][]uint32
	types map[string][]uint32 // predicate type -> indices of attestations
	label []string            // predicate type by index; empty for other kinds
}

var _ Source = (*Index)(nil)

// NewIndex reads the leaves below a size. ErrDossierTooLarge above MaxIndexed
// leaves.
func NewIndex(ctx context.Context, log *ledger.Log, size uint64) (*Index, error) {
	if size > MaxIndexed {
		return nil, fmt.Errorf("%w: %d entries, a pass over the whole ledger takes at most %d; name a system", ErrDossierTooLarge, size, MaxIndexed)
	}
	x := &Index{log: log, keys: map[ledger.Key][]uint32{}, types: map[string][]uint32{}, label: make([]string, size)}
	names := map[string]string{} // one string for each type
	err := log.Leaves(ctx, 0, size, func(index uint64, leaf ledger.Leaf) error {
		for _, k := range leaf.Keys {
			x.keys[k] = append(x.keys[k], uint32(index))
		}
		if leaf.Kind == KindAttestation && len(leaf.Labels) > 0 {
			name, ok := names[leaf.Labels[0]]
			if !ok {
				name = leaf.Labels[0]
				names[name] = name
			}
			x.types[name] = append(x.types[name], uint32(index))
			x.label[index] = name
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read leaves: %w", err)
	}
	return x, nil
}

// Lookup finds the entries under a key.
func (x *Index) Lookup(_ context.Context, key ledger.Key, below uint64) ([]uint64, error) {
	all := x.keys[key]
	n := len(all)
	if below <= uint64(len(x.label)) {
		n, _ = slices.BinarySearch(all, uint32(below))
	}
	out := make([]uint64, n)
	for i := range out {
		out[i] = uint64(all[i])
	}
	return out, nil
}

// Read reads an entry from the log.
func (x *Index) Read(ctx context.Context, index uint64) (ledger.Record, error) {
	return x.log.Read(ctx, index)
}

// Size is the size that was read.
func (x *Index) Size() uint64 { return uint64(len(x.label)) }

// OfType lists the attestations of a predicate type in ledger order.
func (x *Index) OfType(predicateType string) []uint64 {
	out := make([]uint64, len(x.types[predicateType]))
	for i, n := range x.types[predicateType] {
		out[i] = uint64(n)
	}
	return out
}

// under lists the attestations of a type under a key, newest first.
func (x *Index) under(key ledger.Key, predicateType string) []uint64 {
	var out []uint64
	for _, i := range slices.Backward(x.keys[key]) {
		if x.label[i] == predicateType {
			out = append(out, uint64(i))
		}
	}
	return out
}
