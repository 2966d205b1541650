package api

import (
	"context"
	"errors"

	"github.com/assize-dev/assize/policy/watch"
)

// boards is the board of now; those of the past are made for the page that asks.
type boards struct {
	now *watch.Board
}

// Reading says that a board has not read all of the ledger yet.
type Reading struct {
	Read, Size uint64
}

// board is the board of a moment, read as far as JudgingTime lets it; not nil is how
// far that was, if not to the end.
func (s *Server) board(ctx context.Context, m Moment) (*watch.Board, *Reading, error) {
	b := s.boards.now
	if m.Past {
		b = watch.At(s.cfg.Locker, m.Size)
	}
	bounded, cancel := context.WithTimeout(ctx, JudgingTime)
	defer cancel()
	err := b.CatchUp(bounded)
	if err != nil && (!errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil) {
		return nil, nil, err
	}
	if read := b.Read(); read < m.Size {
		return b, &Reading{read, m.Size}, nil
	}
	return b, nil, nil
}
