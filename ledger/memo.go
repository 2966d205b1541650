package ledger

import (
	"context"
	"fmt"
	"time"
)

// Memo is something a service has to remember and nobody has to prove. It lies
// beside the log: in no leaf, in no export and in no backup of the log.
type Memo struct {
	Key   string
	Value []byte    // empty: removed
	Time  time.Time // of whoever wrote it
}

// Check says whether a store takes the memo.
func (m Memo) Check() error {
	if m.Key == "" || len(m.Key) > MaxLabel {
		return fmt.Errorf("memo %.40q: want a key of 1 to %d bytes: %w", m.Key, MaxLabel, ErrInvalid)
	}
	if len(m.Value) > MaxMemo {
		return fmt.Errorf("memo %q: %d bytes, at most %d: %w", m.Key, len(m.Value), MaxMemo, ErrTooLarge)
	}
	return nil
}

// Memos keeps memos of several kinds, for every replica that shares the store.
type Memos interface {
	// Keep writes memos in one durable transaction. A key that was removed stays
	// so, whatever comes for it later, until Forget: what speaks of a thing that is
	// gone may arrive after the word that it went.
	Keep(ctx context.Context, kind string, memos []Memo) error
	// Kept calls fn for the memos that were written after a revision, removed ones
	// too, and returns the revision to go on from. What is committed later has a
	// greater one.
	Kept(ctx context.Context, kind string, after uint64, fn func(Memo) error) (uint64, error)
	// Forget takes out for good what was removed before an instant, or with all
	// whatever there is of the kind. Kept does not tell of it.
	Forget(ctx context.Context, kind string, before time.Time, all bool) error
}
