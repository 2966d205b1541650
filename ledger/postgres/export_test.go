package postgres

import "context"

// What tests of the bounds have to see.
const (
	MaxReaders = maxReaders
	TailRows   = tailRows
	Fanout     = fanout
)

// FilterBytes is the memory that parts of the key index take.
func FilterBytes(s *Store) int {
	s.index.parts.mu.Lock()
	defer s.index.parts.mu.Unlock()
	return s.index.parts.bytes
}

// LimitFilters sets another bound and forgets what is in memory.
func LimitFilters(s *Store, n int) {
	s.index.parts.mu.Lock()
	defer s.index.parts.mu.Unlock()
	s.index.parts.limit, s.index.parts.bytes, s.index.parts.m = n, 0, make(map[partID]*part)
}

// Overtaken has the index follow a state that was read from an entry on, after its
// tail was made anew by who had seen less of the log.
func Overtaken(ctx context.Context, s *Store, less, from uint64) error {
	x := s.index
	whole, err := readState(ctx, s.read, 0)
	if err != nil {
		return err
	}
	var seen []commit
	for _, c := range whole.commits {
		if c.seq < less {
			seen = append(seen, c)
		}
	}
	next := &snapshot{gen: whole.gen, runs: x.current().runs, tail: newTail()}
	next.tail.add(seen, less)
	x.mu.Lock()
	x.snap = next
	x.mu.Unlock()
	st, err := readState(ctx, s.read, from)
	if err != nil {
		return err
	}
	_, err = x.follow(ctx, s.read, st)
	return err
}
