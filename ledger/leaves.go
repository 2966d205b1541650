package ledger

import (
	"context"
	"fmt"
	"time"
)

// Origin is the log's name: that of its signer, or for a log opened without a
// key that of its newest checkpoint. Empty when there is neither.
func (l *Log) Origin() string {
	if l.signer != nil {
		return l.signer.Name()
	}
	if c := l.published.Load(); c != nil {
		return c.Origin
	}
	b, err := l.store.Checkpoint(context.Background())
	if err != nil || b == nil {
		return ""
	}
	c, err := peekCheckpoint(b)
	if err != nil {
		return ""
	}
	return c.Origin
}

// Leaves calls fn for the leaves from <= index < to in order, without reading
// payloads, and stops quietly at the end of the log.
func (l *Log) Leaves(ctx context.Context, from, to uint64, fn func(index uint64, leaf Leaf) error) error {
	for from < to {
		next := from
		err := l.store.Entries(ctx, from, min(to, from+rangeChunk), false, func(s Stored) error {
			next = s.Index + 1
			leaf, err := ParseLeaf(s.Leaf)
			if err != nil {
				return fmt.Errorf("entry %d: %v: %w", s.Index, err, ErrCorrupt)
			}
			return fn(s.Index, leaf)
		})
		if err != nil {
			return fmt.Errorf("read leaves from %d: %w", from, err)
		}
		if next == from {
			return nil
		}
		from = next
	}
	return nil
}

// SizeAt counts the published entries that were logged by an instant; their times
// never run backwards.
func (l *Log) SizeAt(ctx context.Context, at time.Time) (uint64, error) {
	size, _, _, err := l.Head(ctx)
	if err != nil {
		return 0, fmt.Errorf("read head: %w", err)
	}
	low, high := uint64(0), size
	for low < high {
		mid := low + (high-low)/2
		t, err := l.LoggedAt(ctx, mid)
		if err != nil {
			return 0, err
		}
		if t.After(at) {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return low, nil
}

// LoggedAt is when an entry was logged.
func (l *Log) LoggedAt(ctx context.Context, index uint64) (at time.Time, err error) {
	err = l.Leaves(ctx, index, index+1, func(_ uint64, leaf Leaf) error {
		at = leaf.Time
		return nil
	})
	return at, err
}
