package ledger

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"
)

// pending is an entry on its way through the sequencer. Its fields are written
// before it is queued; gone is set by a caller that stopped waiting.
type pending struct {
	*prepared
	wait    Wait
	targets []uint64 // entries to erase
	gone    atomic.Bool
	done    chan outcome // one answer, never blocks
}

// outcome is what the caller's goroutine makes a receipt of.
type outcome struct {
	index uint64
	time  time.Time
	leaf  Hash
	bytes []byte // of the leaf, if the entry is new
	salt  [32]byte
	dup   bool

	grown      *growth     // the tree that adds index, if this commit did
	checkpoint *Checkpoint // nil for WaitSequenced
	err        error
}

// Append adds an entry and waits until it has come as far as wait says. The
// errors are ErrTooLarge and ErrInvalid for the entry, ErrConflict for its
// guard, ErrErased if an entry of this identity was erased, ErrBusy, ErrClosed,
// ErrReadOnly, and ErrAmbiguous. If ctx ends first the entry may still be
// appended; sending it again is safe when it has an Identity.
func (l *Log) Append(ctx context.Context, e Entry, wait Wait) (Receipt, error) {
	p, err := prepare(e, nil, l.rand)
	if err != nil {
		return Receipt{}, fmt.Errorf("append: %w", err)
	}
	return l.submit(ctx, &pending{prepared: p, wait: wait})
}

// Erase removes the payload and salt of an entry and appends the tombstone in
// the same transaction. The leaf stays, and so does what it can be found by:
// its keys are part of the leaf. Its tombstone carries ErasureKey(index).
// ErrNotFound if there is no such entry, ErrErased if it was erased before.
func (l *Log) Erase(ctx context.Context, index uint64, tombstone Entry, wait Wait) (Receipt, error) {
	return l.EraseAll(ctx, []uint64{index}, tombstone, wait)
}

// EraseAll erases several entries with one tombstone, all or none. Of those that
// were erased before nothing is left to erase: ErrErased if that is all of them.
func (l *Log) EraseAll(ctx context.Context, indices []uint64, tombstone Entry, wait Wait) (Receipt, error) {
	keys := make([]Key, len(indices))
	for n, i := range indices {
		keys[n] = ErasureKey(i)
	}
	if len(keys) == 0 {
		return Receipt{}, fmt.Errorf("erase: no entry is named: %w", ErrInvalid)
	}
	p, err := prepare(tombstone, keys, l.rand)
	if err != nil {
		return Receipt{}, fmt.Errorf("erase %d: %w", indices, err)
	}
	return l.submit(ctx, &pending{prepared: p, wait: wait, targets: slices.Clone(indices)})
}

func (l *Log) submit(ctx context.Context, p *pending) (Receipt, error) {
	if p.wait == WaitWitnessed && l.witness == nil {
		return Receipt{}, fmt.Errorf("append: the log has no witnesses to wait for: %w", ErrWitness)
	}
	p.done = make(chan outcome, 1)
	if err := l.enqueue(p); err != nil {
		return Receipt{}, fmt.Errorf("append: %w", err)
	}
	select {
	case o := <-p.done:
		if o.err == nil && (p.wait == WaitWitnessed || p.wait == WaitPublished && l.witness.required()) {
			c, err := l.witness.await(ctx, o.index)
			if err != nil {
				return Receipt{}, fmt.Errorf("append: %w", err)
			}
			o.checkpoint = c
		}
		return l.receipt(ctx, o)
	case <-ctx.Done():
		p.gone.Store(true)
		return Receipt{}, fmt.Errorf("append: stopped waiting: %w", ctx.Err())
	}
}

func (l *Log) enqueue(p *pending) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return ErrClosed
	case l.readOnly != nil && (!l.passing || len(l.queue) > 0):
		return l.readOnly
	case len(l.queue) >= MaxQueue || l.queuedBytes+len(p.payload) > MaxQueueBytes:
		return fmt.Errorf("%d entries and %d bytes wait: %w", len(l.queue), l.queuedBytes, ErrBusy)
	}
	l.queue = append(l.queue, p)
	l.queuedBytes += len(p.payload)
	l.signal()
	return nil
}

// receipt runs in the caller's goroutine, so that proofs are computed beside
// the sequencer.
func (l *Log) receipt(ctx context.Context, o outcome) (Receipt, error) {
	if o.err != nil {
		return Receipt{}, fmt.Errorf("append: %w", o.err)
	}
	r := Receipt{Index: o.index, Time: o.time, LeafHash: o.leaf, Duplicate: o.dup, Leaf: o.bytes, Salt: o.salt}
	if o.dup {
		rec, err := l.Read(ctx, o.index)
		if err != nil {
			return Receipt{}, fmt.Errorf("append: read the entry of this identity: %w", err)
		}
		if rec.Erased {
			return Receipt{}, fmt.Errorf("append: entry %d has this identity, entry %d erased it: %w", o.index, rec.ErasedBy, ErrErased)
		}
		r.Time, r.LeafHash = rec.Leaf.Time, rec.LeafHash
	}
	if o.checkpoint == nil {
		return r, nil
	}
	r.Size, r.Checkpoint = o.checkpoint.Size, o.checkpoint.Note
	var err error
	if o.grown != nil && o.index >= o.grown.from && o.grown.edge.size == r.Size {
		r.Proof, err = o.grown.inclusion(o.index)
	} else {
		r.Proof, err = l.Inclusion(ctx, o.index, r.Size)
	}
	if err != nil {
		return Receipt{}, fmt.Errorf("append: %w", err)
	}
	return r, nil
}
