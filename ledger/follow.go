package ledger

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// follower is a Tx of a store that several processes write. What they appended
// comes with the lock, so that nothing has to be read while others wait for it.
type follower interface {
	// Since returns the leaf hashes from an index on, one run of 32-byte hashes
	// for each commit of another process. ok is false if it does not know them
	// all.
	Since(size uint64) (commits [][]byte, ok bool)
}

// timed is a Tx of a store with a clock of its own, which all its writers go by.
type timed interface{ Now() time.Time }

// Shared is a Store that several processes write.
type Shared interface {
	Store
	// Clock returns the time that entries are logged with.
	Clock(ctx context.Context) (time.Time, error)
}

// followEvery is how often the log looks for what others appended.
const followEvery = 250 * time.Millisecond

// resolveEvery is how often a store is asked again that does not answer.
const resolveEvery = 100 * time.Millisecond

// follow has the sequencer take in, and the publisher sign, what other processes
// appended, those among them that died before they could sign.
func (l *Log) follow() {
	t := time.NewTicker(followEvery)
	defer t.Stop()
	for {
		select {
		case <-l.closing:
			return
		case <-t.C:
		}
		h, err := l.store.Head(context.Background())
		if p := l.published.Load(); err != nil || p == nil || h.Size == p.Size {
			continue
		}
		l.mu.Lock()
		l.behind = (l.readOnly == nil || l.passing) && !l.closed && l.inFlight == 0
		l.mu.Unlock()
		l.signal()
	}
}

// catchUp brings the right edge to the head under lock. What others appended has
// to extend what is known here, and what was signed anywhere.
func (l *Log) catchUp(ctx context.Context, tx Tx) error {
	head := tx.Head()
	if l.edge != nil && l.edge.size == head.Size && l.edge.root == head.Root {
		return nil
	}
	if f, ok := tx.(follower); ok && l.edge != nil && head.Size > l.edge.size {
		if commits, ok := f.Since(l.edge.size); ok {
			e, err := l.growBy(commits)
			if err != nil {
				return err
			}
			if e.size == head.Size && e.root == head.Root {
				l.edge = e
				l.newest.Store(e)
				return nil
			}
		}
	}
	// Another writer was here, or a commit of ours failed.
	l.edge = nil
	if reason, err := l.checkMark(ctx, head); err != nil {
		return err
	} else if reason != "" {
		return l.setReadOnly(reason, nil, false)
	}
	e, err := loadEdge(ctx, l.store, head)
	if err != nil {
		return err
	}
	l.edge = e
	l.newest.Store(e)
	return nil
}

// growBy extends the edge by the commits of others.
func (l *Log) growBy(commits [][]byte) (*edge, error) {
	e := l.edge
	for _, c := range commits {
		leaves := make([][]byte, 0, len(c)/32)
		for i := 0; i+32 <= len(c); i += 32 {
			leaves = append(leaves, c[i:i+32])
		}
		g, err := e.grow(leaves)
		if err != nil {
			return nil, err
		}
		e = g.edge
		l.roots.add(Head{Size: e.size, Root: e.root})
	}
	return e, nil
}

// now is the time that the entries of a transaction are logged with.
func (l *Log) now(tx Tx) (time.Time, error) {
	head := tx.Head()
	now := l.clock()
	if t, ok := tx.(timed); ok {
		now = t.Now()
	}
	now = now.UTC().Truncate(time.Microsecond)
	if head.Time.Sub(now) > MaxAhead {
		return now, l.setReadOnly(fmt.Sprintf("the newest entry was logged at %s and the clock says %s: one of the two is wrong; set the clock", head.Time.Format(time.RFC3339), now.Format(time.RFC3339)), nil, true)
	}
	if now.Before(head.Time) {
		now = head.Time
	}
	if y := now.Year(); y < 0 || y > 9999 {
		return now, fmt.Errorf("the clock says the year %d, a leaf holds 0 to 9999: %w", y, ErrInvalid)
	}
	return now, nil
}

// extends says whether the store holds what a mark is of. It is called for the
// marks of other processes.
func (l *Log) extends(ctx context.Context, m Mark) error {
	if l.roots.has(m) {
		return nil
	}
	h, err := l.store.Head(ctx)
	if err != nil {
		return err
	}
	reason, err := l.compareMark(ctx, m, h)
	if err == nil && reason != "" {
		err = fmt.Errorf("another process signs with this key: %s: %w", reason, ErrInvalid)
	}
	return err
}

// recentRoots remembers the heads of the newest commits, of all processes.
type recentRoots struct {
	mu   sync.Mutex
	ring [256]Mark
	at   int
}

func (r *recentRoots) add(h Head) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ring[r.at] = Mark{Size: h.Size, Root: h.Root}
	r.at = (r.at + 1) % len(r.ring)
}

func (r *recentRoots) has(m Mark) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.ring {
		if r.ring[i] == m {
			return m.Size > 0
		}
	}
	return false
}

// Ready says why the service should not be sent to: it takes no entries, or its
// clock is not that of the log.
func (l *Log) Ready(ctx context.Context) error {
	l.mu.Lock()
	why := l.readOnly
	l.mu.Unlock()
	if why != nil {
		return why
	}
	s, ok := l.store.(Shared)
	if !ok {
		return nil
	}
	before := l.clock()
	theirs, err := s.Clock(ctx)
	if err != nil {
		return err
	}
	after := l.clock()
	// The database read its clock at some time between the two.
	off := max(before.Sub(theirs), theirs.Sub(after), 0)
	if off > MaxClockOff {
		return fmt.Errorf("the clock here says %s, the one of the database %s; at most %s between them; set both by the same time server: %w", after.UTC().Format(time.RFC3339), theirs.UTC().Format(time.RFC3339), MaxClockOff, ErrClock)
	}
	return nil
}
