package ledger

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math"

	"github.com/transparency-dev/merkle/compact"
)

// Range reads this many entries, or payload bytes, with one query.
const (
	rangeChunk = 256
	rangeBytes = 4 << 20
)

// Head returns the newest published checkpoint with its size and root. For a
// log without a key it is the one found in the store, unverified: check it with
// ParseCheckpoint. ErrNotFound if there is none yet.
func (l *Log) Head(ctx context.Context) (size uint64, root Hash, checkpoint []byte, err error) {
	if c := l.shown(); c != nil {
		return c.Size, c.Root, c.Note, nil
	}
	if l.witness.required() {
		return 0, Hash{}, nil, fmt.Errorf("read checkpoint: none was cosigned yet%s: %w", l.witness.why(), ErrWitness)
	}
	b, err := l.store.Checkpoint(ctx)
	if err != nil {
		return 0, Hash{}, nil, fmt.Errorf("read checkpoint: %w", err)
	}
	if b == nil {
		return 0, Hash{}, nil, fmt.Errorf("read checkpoint: none was published yet; open the log once for writing: %w", ErrNotFound)
	}
	c, err := peekCheckpoint(b)
	if err != nil {
		return 0, Hash{}, nil, fmt.Errorf("read checkpoint: %w", err)
	}
	return c.Size, c.Root, c.Note, nil
}

// Checkpoint returns the newest published checkpoint as it is served.
func (l *Log) Checkpoint(ctx context.Context) ([]byte, error) {
	_, _, b, err := l.Head(ctx)
	return b, err
}

// Committed returns the newest committed head. It may be ahead of the
// published one for the time a signature takes.
func (l *Log) Committed(ctx context.Context) (Head, error) { return l.store.Head(ctx) }

// Read returns the entry at an index, with its payload unless it was erased.
// ErrNotFound beyond the end. ErrCorrupt if the leaf does not parse, or if the
// payload is gone without having been erased, or is not what the leaf commits
// to.
func (l *Log) Read(ctx context.Context, index uint64) (Record, error) {
	var rec Record
	found := false
	if index < math.MaxUint64 {
		err := l.store.Entries(ctx, index, index+1, true, func(s Stored) error {
			var err error
			rec, err = recordOf(s)
			found = true
			return err
		})
		if err != nil {
			return Record{}, fmt.Errorf("read entry %d: %w", index, err)
		}
	}
	if !found {
		return Record{}, fmt.Errorf("read entry %d: the log ends before it: %w", index, ErrNotFound)
	}
	return rec, nil
}

// Range calls fn for the entries from <= index < to in order, with payloads,
// and stops quietly at the end of the log. It does not check the payloads
// against their leaves, which Read and Check do. fn may read the log.
func (l *Log) Range(ctx context.Context, from, to uint64, fn func(Record) error) error {
	for from < to {
		records, err := l.chunk(ctx, from, to)
		if err != nil {
			return fmt.Errorf("read entries from %d: %w", from, err)
		}
		if len(records) == 0 {
			return nil
		}
		for _, r := range records {
			if err := fn(r); err != nil {
				return err
			}
		}
		from += uint64(len(records))
	}
	return nil
}

// chunk reads some entries: nothing of the store is held open while they are
// looked at.
func (l *Log) chunk(ctx context.Context, from, to uint64) ([]Record, error) {
	var records []Record
	bytes, enough := 0, errors.New("enough")
	err := l.store.Entries(ctx, from, min(to, from+min(rangeChunk, math.MaxUint64-from)), true, func(s Stored) error {
		r, err := parseStored(s)
		if err != nil {
			return fmt.Errorf("entry %d: %w", s.Index, err)
		}
		records = append(records, r)
		if bytes += len(s.Payload); bytes >= rangeBytes {
			return enough
		}
		return nil
	})
	if err != nil && !errors.Is(err, enough) {
		return nil, err
	}
	return records, nil
}

// parseStored turns a stored row into a record of its own memory, without
// checking the payload.
func parseStored(s Stored) (Record, error) {
	s.Leaf = bytes.Clone(s.Leaf)
	leaf, err := ParseLeaf(s.Leaf)
	if err != nil {
		return Record{}, fmt.Errorf("%v: %w", err, ErrCorrupt)
	}
	r := Record{Index: s.Index, Leaf: leaf, LeafBytes: s.Leaf, LeafHash: HashLeaf(s.Leaf), Identity: s.Identity}
	switch s.State {
	case Present:
		r.Salt, r.Payload = s.Salt, append([]byte{}, s.Payload...)
	case Erased:
		r.Erased, r.ErasedBy = true, s.ErasedBy
	default:
		return Record{}, fmt.Errorf("payload is MISSING: it is not there and was not erased: %w", ErrCorrupt)
	}
	return r, nil
}

func recordOf(s Stored) (Record, error) {
	r, err := parseStored(s)
	if err != nil || r.Erased {
		return r, err
	}
	if err := VerifyPayload(r.Leaf, r.Salt, r.Payload); err != nil {
		return Record{}, fmt.Errorf("%v: %w", err, ErrCorrupt)
	}
	return r, nil
}

// Lookup returns the indices below the bound of the entries that carry the key,
// ascending. Erased entries are among them.
func (l *Log) Lookup(ctx context.Context, key Key, below uint64) ([]uint64, error) {
	return l.store.Lookup(ctx, key, below)
}

// LookupIdentity returns the index of the entry with this identity.
func (l *Log) LookupIdentity(ctx context.Context, id [32]byte) (index uint64, ok bool, err error) {
	indices, err := l.store.Lookup(ctx, IdentityKey(id), math.MaxInt64)
	if err != nil {
		return 0, false, fmt.Errorf("look up identity %s: %w", hex.EncodeToString(id[:]), err)
	}
	for _, i := range indices {
		err := l.store.Entries(ctx, i, i+1, false, func(s Stored) error {
			if s.Identity == id {
				index, ok = i, true
			}
			return nil
		})
		if err != nil || ok {
			return index, ok, err
		}
	}
	return 0, false, nil
}

// Inclusion proves the entry at an index in the tree of a size.
func (l *Log) Inclusion(ctx context.Context, index, size uint64) ([]Hash, error) {
	if err := l.holds(ctx, size); err != nil {
		return nil, fmt.Errorf("prove index %d in size %d: %w", index, size, err)
	}
	return ProveInclusion(ctx, l.tiles(), index, size)
}

// Consistency proves that the tree of the first size is a prefix of the tree of
// the second. The proof from size 0 is empty.
func (l *Log) Consistency(ctx context.Context, from, to uint64) ([]Hash, error) {
	if err := l.holds(ctx, to); err != nil {
		return nil, fmt.Errorf("prove size %d consistent with %d: %w", from, to, err)
	}
	return ProveConsistency(ctx, l.tiles(), from, to)
}

// holds makes sure that the log has come as far as a size.
func (l *Log) holds(ctx context.Context, size uint64) error {
	h, err := l.store.Head(ctx)
	if err == nil && size > h.Size {
		err = fmt.Errorf("the log has %d entries: %w", h.Size, ErrNotFound)
	}
	return err
}

// Tile returns the bytes of a tile or entry bundle as it is served. ErrNotFound
// if the published tree does not hold it: what is not yet signed is not shown.
func (l *Log) Tile(ctx context.Context, t Tile) ([]byte, error) {
	size, _, _, err := l.Head(ctx)
	if err != nil {
		return nil, err
	}
	if t.Width < 1 || t.Width > tileWidth(t.Level, t.Index, size) {
		return nil, fmt.Errorf("read %s: the log of %d entries does not hold it: %w", t.Path(), size, ErrNotFound)
	}
	if !t.Entries {
		return l.tiles().Tile(ctx, t.Level, t.Index, t.Width)
	}
	return ReadTile(ctx, l.store, t)
}

// tiles is the tree as the store has it, with the newest edge from memory.
func (l *Log) tiles() TileReader { return edgeSource{l.store, l.newest.Load()} }

// RootAt returns the root of the tree of an earlier size.
func (l *Log) RootAt(ctx context.Context, size uint64) (Hash, error) {
	return rootAt(ctx, l.tiles(), size)
}

func rootAt(ctx context.Context, r TileReader, size uint64) (Hash, error) {
	nodes, err := fetchNodes(ctx, r, size, compact.RangeNodes(0, size, nil))
	if err != nil {
		return Hash{}, fmt.Errorf("read root of size %d: %w", size, err)
	}
	root, err := rootOf(size, nodes)
	if err != nil {
		return Hash{}, fmt.Errorf("read root of size %d: %w", size, err)
	}
	return root, nil
}
