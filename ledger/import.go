package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Imported says what Import did.
type Imported struct {
	From, To uint64 // the entries From <= index < To were added
	Root     Hash   // of the tree afterwards
	// Erased counts payloads that tombstones among the new entries removed from
	// the store.
	Erased int
}

// ImportOptions of Import.
type ImportOptions struct {
	// Mark is what the fork guard says was signed: entries that do not make that
	// tree are not written, whoever signed them. Nil: there is none.
	Mark *Mark
	// Progress is called after each transaction.
	Progress func(done, total uint64)
}

// Import appends to a store the entries that a copy of its log holds beyond it,
// exactly as they are: same leaves, same times, same identities, same tree. The
// store may be empty, or an old state of the log.
//
// Nothing is written before it is proven that the entries of the store followed by
// those of the copy make the tree that the copy's checkpoint signs, under the log's
// verifier key. Every payload is held against its leaf. What a tombstone of the
// copy erases is erased in the transaction that writes the tombstone, and is never
// written if it is among the new entries: a restored backup does not bring back
// what was erased since.
//
// No log may be open on the store for writing. ErrProof if the copy does not
// extend the store, ErrCorrupt if it is damaged, ErrInvalid if it ends before the
// store does.
func Import(ctx context.Context, dst Store, src Copy, vkey string, o ImportOptions) (Imported, error) {
	im := &importer{dst: dst, src: src, o: o}
	if err := im.run(ctx, vkey); err != nil {
		return Imported{}, fmt.Errorf("import entries: %w", err)
	}
	return im.out, nil
}

type importer struct {
	dst Store
	src Copy
	o   ImportOptions
	out Imported

	signed Checkpoint
	edge   *edge // of dst, as it grows
	last   time.Time
	// chunks are digests of the leaf hashes of importChunk entries each, so that
	// what is written is what was proven.
	chunks [][32]byte
	// tombs says which new entry erases another, by ErasureKey.
	tombs map[Key]uint64
	// erase lists entries of dst to erase, by the new entry that says so.
	erase map[uint64][]uint64
}

// importChunk is how many entries one transaction writes at most.
const importChunk = MaxBatch

func (im *importer) run(ctx context.Context, vkey string) error {
	signed, err := im.src.Checkpoint(ctx)
	if err != nil {
		return err
	}
	if signed == nil {
		return fmt.Errorf("the copy has no checkpoint: nothing proves its entries: %w", ErrNotFound)
	}
	if im.signed, err = ParseCheckpoint(signed, vkey); err != nil {
		return err
	}
	stored, err := im.dst.Checkpoint(ctx)
	if err != nil {
		return err
	}
	if stored != nil {
		if c, err := peekCheckpoint(stored); err == nil && c.Origin != im.signed.Origin {
			return fmt.Errorf("the store holds the log %q, the copy is of %q: %w", clip(c.Origin), clip(im.signed.Origin), ErrInvalid)
		}
	}
	h, err := im.dst.Head(ctx)
	if err != nil {
		return err
	}
	if m := im.o.Mark; m != nil && im.signed.Size < m.Size {
		return fmt.Errorf("the copy ends at %d entries, %d were signed: the log could not go on from it; a newer copy is needed: %w", im.signed.Size, m.Size, ErrInvalid)
	}
	if h.Size > im.signed.Size {
		return fmt.Errorf("the store holds %d entries, the copy %d: a newer copy is needed: %w", h.Size, im.signed.Size, ErrInvalid)
	}
	if im.edge, err = loadEdge(ctx, im.dst, h); err != nil {
		return err
	}
	im.last = h.Time
	im.out = Imported{From: h.Size, To: im.signed.Size, Root: im.signed.Root}
	if err := im.prove(ctx, h); err != nil {
		return err
	}
	if err := im.targets(ctx, h.Size); err != nil {
		return err
	}
	for n := range im.chunks {
		if err := ctx.Err(); err != nil {
			return err
		}
		from := h.Size + uint64(n)*importChunk
		if err := im.chunk(ctx, from, min(from+importChunk, im.signed.Size), im.chunks[n]); err != nil {
			return err
		}
		if im.o.Progress != nil {
			im.o.Progress(min(from+importChunk, im.signed.Size)-h.Size, im.signed.Size-h.Size)
		}
	}
	return im.dst.Publish(ctx, im.signed.Size, im.signed.Note)
}

// prove derives the tree of the store and the copy together.
func (im *importer) prove(ctx context.Context, h Head) error {
	rng, err := ranges().NewRange(0, h.Size, slices.Clone(im.edge.nodes))
	if err != nil {
		return err
	}
	im.tombs = make(map[Key]uint64)
	digest, n := sha256.New(), 0
	last := im.last
	var backwards, strays error // told once it is sure that the entries are of this log
	next := h.Size
	err = im.src.Entries(ctx, h.Size, im.signed.Size, false, func(s Stored) error {
		if s.Index != next {
			return fmt.Errorf("entry %d of the copy is not there, entry %d follows: %w", next, s.Index, ErrCorrupt)
		}
		l, err := ParseLeaf(s.Leaf)
		if err != nil {
			return fmt.Errorf("entry %d of the copy: %v: %w", s.Index, err, ErrCorrupt)
		}
		if l.Time.Before(last) && backwards == nil {
			backwards = fmt.Errorf("entry %d of the copy: its time %s is before that of the entry before it: %w", s.Index, l.Time.Format(timeLayout), ErrCorrupt)
		}
		last = l.Time
		if l.Kind == tombstoneKind {
			for _, k := range l.Keys {
				if _, ok := im.tombs[k]; !ok {
					im.tombs[k] = s.Index
				}
			}
		}
		hash := HashLeaf(s.Leaf)
		digest.Write(hash[:])
		next++
		if n++; n == importChunk {
			im.chunks = append(im.chunks, [32]byte(digest.Sum(nil)))
			digest.Reset()
			n = 0
		}
		if err := rng.Append(hash[:], nil); err != nil || im.o.Mark == nil || next != im.o.Mark.Size {
			return err
		}
		root, err := rng.GetRootHash(nil)
		if err == nil && !bytes.Equal(root, im.o.Mark.Root[:]) {
			strays = fmt.Errorf("the first %d entries of the copy hash to %x, signed was %x: the copy is of another tree under the same key; keep both as evidence: %w", next, root, im.o.Mark.Root, ErrProof)
		}
		return err
	})
	if err != nil {
		return err
	}
	if next != im.signed.Size {
		return fmt.Errorf("the copy ends at entry %d, its checkpoint signs %d: %w", next, im.signed.Size, ErrCorrupt)
	}
	if n > 0 {
		im.chunks = append(im.chunks, [32]byte(digest.Sum(nil)))
	}
	root := emptyRoot()
	if im.signed.Size > 0 {
		b, err := rng.GetRootHash(nil)
		if err != nil {
			return err
		}
		root = Hash(b)
	}
	if root == im.signed.Root {
		return errors.Join(strays, backwards)
	}
	return im.blame(ctx, h)
}

// blame tells whether the copy is damaged or the store is not of its log.
func (im *importer) blame(ctx context.Context, h Head) error {
	rng := ranges().NewEmptyRange(0)
	same := h.Size == 0
	err := im.src.Entries(ctx, 0, im.signed.Size, false, func(s Stored) error {
		hash := HashLeaf(s.Leaf)
		if err := rng.Append(hash[:], nil); err != nil {
			return err
		}
		if s.Index+1 == h.Size {
			root, err := rng.GetRootHash(nil)
			same = bytes.Equal(root, h.Root[:])
			return err
		}
		return nil
	})
	if err != nil {
		return err
	}
	root, err := rng.GetRootHash(nil)
	if err != nil {
		return err
	}
	if !bytes.Equal(root, im.signed.Root[:]) {
		return fmt.Errorf("the copy is damaged: its %d entries hash to %x, its checkpoint signs %x; take another copy: %w", im.signed.Size, root, im.signed.Root, ErrCorrupt)
	}
	if same {
		return fmt.Errorf("the copy changed while it was read; try again: %w", ErrCorrupt)
	}
	return fmt.Errorf("the %d entries of the store are not the first of the log that was signed: nothing can be added to them; keep the store as evidence and restore the copy into a new one: %w", h.Size, ErrProof)
}

// targets finds what the new tombstones erase.
func (im *importer) targets(ctx context.Context, below uint64) error {
	im.erase = make(map[uint64][]uint64)
	if len(im.tombs) == 0 {
		return nil
	}
	for i := range below {
		if i%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if by, ok := im.tombs[ErasureKey(i)]; ok {
			im.erase[by] = append(im.erase[by], i)
		}
	}
	return nil
}

// chunk writes entries, in as many transactions as their payloads need. It reads
// the leaves once more, to hold each entry against what was proven.
func (im *importer) chunk(ctx context.Context, from, to uint64, proven [32]byte) error {
	changed := fmt.Errorf("the copy changed while it was read, among the entries from %d on; try again: %w", from, ErrCorrupt)
	want := make([][]byte, 0, to-from)
	digest := sha256.New()
	err := im.src.Entries(ctx, from, to, false, func(s Stored) error {
		hash := HashLeaf(s.Leaf)
		digest.Write(hash[:])
		want = append(want, hash[:])
		return nil
	})
	if err != nil {
		return err
	}
	if uint64(len(want)) != to-from || [32]byte(digest.Sum(nil)) != proven {
		return changed
	}
	var batch []NewEntry
	begin, size := 0, 0
	flush := func() error {
		end := begin + len(batch)
		if begin == end {
			return nil
		}
		err := im.write(ctx, batch, want[begin:end])
		batch, begin, size = nil, end, 0
		return err
	}
	err = im.src.Entries(ctx, from, to, true, func(s Stored) error {
		e, err := im.entry(s)
		if err != nil {
			return err
		}
		n := begin + len(batch)
		if hash := HashLeaf(e.Leaf); s.Index != from+uint64(n) || n >= len(want) || !bytes.Equal(hash[:], want[n]) {
			return changed
		}
		if len(batch) > 0 && size+len(e.Payload) > MaxBatchBytes {
			if err := flush(); err != nil {
				return err
			}
		}
		batch = append(batch, e)
		size += len(e.Payload)
		return nil
	})
	if err == nil && begin+len(batch) != len(want) {
		err = changed
	}
	if err != nil {
		return err
	}
	return flush()
}

// entry takes over one entry of the copy.
func (im *importer) entry(s Stored) (NewEntry, error) {
	l, err := ParseLeaf(s.Leaf)
	if err != nil {
		return NewEntry{}, fmt.Errorf("entry %d of the copy: %v: %w", s.Index, err, ErrCorrupt)
	}
	e := NewEntry{Leaf: bytes.Clone(s.Leaf), Keys: l.Keys, Identity: s.Identity}
	by, erased := im.tombs[ErasureKey(s.Index)]
	switch {
	case erased && by <= s.Index:
		return NewEntry{}, fmt.Errorf("entry %d of the copy: entry %d below it says that it was erased: %w", s.Index, by, ErrCorrupt)
	case erased:
		e.ErasedBy = by // even if the copy still has the payload
	case s.State == Present:
		if err := VerifyPayload(l, s.Salt, s.Payload); err != nil {
			return NewEntry{}, fmt.Errorf("entry %d of the copy: %v: %w", s.Index, err, ErrCorrupt)
		}
		e.Salt, e.Payload = s.Salt, append([]byte{}, s.Payload...)
	case s.State == Erased:
		return NewEntry{}, fmt.Errorf("the payload of entry %d of the copy is MISSING: it has none, and no entry says that it was erased: %w", s.Index, ErrCorrupt)
	default:
		return NewEntry{}, fmt.Errorf("the payload of entry %d of the copy is MISSING; name a copy that has payloads beside the tree, such as an export: %w", s.Index, ErrCorrupt)
	}
	return e, nil
}

// write appends a batch in one transaction.
func (im *importer) write(ctx context.Context, batch []NewEntry, hashes [][]byte) error {
	at := im.last
	if l, err := ParseLeaf(batch[len(batch)-1].Leaf); err == nil {
		at = l.Time
	}
	g, err := im.edge.grow(hashes)
	if err != nil {
		return err
	}
	b := &Batch{Entries: batch, Tiles: g.tiles, Head: Head{Size: g.edge.size, Root: g.edge.root, Time: at}}
	if g.edge.size == im.signed.Size {
		b.Checkpoint, b.CheckpointSize = im.signed.Note, im.signed.Size
	}
	erased := 0
	err = im.dst.Append(ctx, func(tx Tx) error {
		if h := tx.Head(); h.Size != im.edge.size || h.Root != im.edge.root {
			return fmt.Errorf("somebody else wrote to the store, it has %d entries now: %w", h.Size, ErrConflict)
		}
		for n := range batch {
			tombstone := im.edge.size + uint64(n)
			for _, target := range im.erase[tombstone] {
				switch err := tx.Erase(target, tombstone); {
				case err == nil:
					erased++
				case !errors.Is(err, ErrErased): // by an earlier one
					return err
				}
			}
		}
		return tx.Write(b)
	})
	if err != nil {
		return err
	}
	im.edge, im.last = g.edge, at
	im.out.Erased += erased
	return nil
}
