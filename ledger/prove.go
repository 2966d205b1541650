package ledger

import (
	"context"
	"fmt"

	"github.com/transparency-dev/merkle/proof"
)

// TileReader reads tiles of a tree (c2sp.org/tlog-tiles): the first width hashes
// of one, 32 bytes each.
type TileReader interface {
	Tile(ctx context.Context, level int, index uint64, width int) ([]byte, error)
}

// ProveInclusion builds the proof that an entry is in the tree of a size from
// tiles that nobody vouches for. VerifyInclusion, or VerifyConsistency for the
// other, tells whether the tiles were right.
func ProveInclusion(ctx context.Context, r TileReader, index, size uint64) ([]Hash, error) {
	if index >= size {
		return nil, fmt.Errorf("prove index %d in size %d: want an index below the size: %w", index, size, ErrNotFound)
	}
	ns, err := proof.Inclusion(index, size)
	if err != nil {
		return nil, fmt.Errorf("prove index %d in size %d: %v: %w", index, size, err, ErrInvalid)
	}
	hs, err := proveFrom(ctx, r, size, ns)
	if err != nil {
		return nil, fmt.Errorf("prove index %d in size %d: %w", index, size, err)
	}
	return hs, nil
}

// ProveConsistency builds the proof that the tree of the first size is a prefix of
// the tree of the second, from tiles that nobody vouches for.
func ProveConsistency(ctx context.Context, r TileReader, from, to uint64) ([]Hash, error) {
	ns, err := proof.Consistency(from, to)
	if err != nil {
		return nil, fmt.Errorf("prove size %d consistent with %d: %v: %w", from, to, err, ErrInvalid)
	}
	hs, err := proveFrom(ctx, r, to, ns)
	if err != nil {
		return nil, fmt.Errorf("prove size %d consistent with %d: %w", from, to, err)
	}
	return hs, nil
}

func proveFrom(ctx context.Context, r TileReader, size uint64, ns proof.Nodes) ([]Hash, error) {
	hashes, err := fetchNodes(ctx, r, size, ns.IDs)
	if err != nil {
		return nil, err
	}
	return rehash(ns, hashes)
}

// Column returns what an export keeps beside an entry bundle, 32 bytes for each
// entry: "salt", with zeros for one that was erased, or "identity", with zeros for
// one that has none.
func (l *Log) Column(ctx context.Context, name string, t Tile) ([]byte, error) {
	size, _, _, err := l.Head(ctx)
	if err != nil {
		return nil, err
	}
	if !t.Entries || t.Width < 1 || t.Width > tileWidth(0, t.Index, size) || name != "salt" && name != "identity" {
		return nil, fmt.Errorf("read %s: the log of %d entries does not hold it: %w", columnPath(name, t), size, ErrNotFound)
	}
	var b []byte
	from := t.Index * TileWidth
	err = l.store.Entries(ctx, from, from+uint64(t.Width), true, func(s Stored) error {
		switch {
		case name == "identity":
			b = append(b, s.Identity[:]...)
		case s.State == Missing:
			return fmt.Errorf("the payload of entry %d is MISSING: %w", s.Index, ErrCorrupt)
		default:
			b = append(b, s.Salt[:]...)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", columnPath(name, t), err)
	}
	return b, nil
}
