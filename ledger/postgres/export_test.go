package postgres

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
