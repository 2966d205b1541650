package sqlite

import (
	"context"
	"database/sql"
	"strings"
)

// What tests of the bounds have to see.
const (
	MaxReaders = maxReaders
	WALMax     = walMax
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
	s.index.parts.limit, s.index.parts.bytes, s.index.parts.m = n, 0, make(map[int64]*part)
}

// Follow brings the key index in memory to what is committed; cut: it is cut off
// between runs and tail. It returns the generation that memory is of then.
func Follow(ctx context.Context, s *Store, cut bool) (int64, error) {
	var q queryer = s.read
	if cut {
		q = noTail{s.read}
	}
	err := s.index.load(ctx, q)
	return s.index.current().gen, err
}

// noTail is cut off when the tail is asked for.
type noTail struct{ *sql.DB }

func (q noTail) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if strings.Contains(query, "FROM key_tail") {
		return nil, context.Canceled
	}
	return q.DB.QueryContext(ctx, query, args...)
}
