package api

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/assize-dev/assize/policy/watch"
)

// boards are the board of now and a few of the past.
type boards struct {
	now *watch.Board
	// catchUp is (*watch.Board).CatchUp.
	catchUp func(*watch.Board, context.Context) error

	mu   sync.Mutex
	past []*pastBoard // used last comes last; at most MaxPastBoards
}

type pastBoard struct {
	board    *watch.Board
	size     uint64
	erasures int // that the board of now knew of when it was made
}

// Reading says that a board has not read all of the ledger yet.
type Reading struct {
	Read, Size uint64
}

// board is the board of a moment, read as far as BoardTime lets it; not nil is how
// far that was, if not to the end.
func (s *Server) board(ctx context.Context, m Moment) (*watch.Board, *Reading, error) {
	b := s.boards.now
	if m.Past {
		b = s.boards.at(m.Size, func(size uint64) *watch.Board { return watch.At(s.cfg.Locker, size) })
	}
	bounded, cancel := context.WithTimeout(ctx, BoardTime)
	defer cancel()
	err := s.boards.catchUp(b, bounded)
	if err != nil && (!errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil) {
		return nil, nil, err
	}
	if read := b.Read(); read < m.Size {
		return b, &Reading{read, m.Size}, nil
	}
	return b, nil, nil
}

// at finds or makes the board of a past size. One from before an erasure is made
// anew: it may show what was erased.
func (s *boards) at(size uint64, open func(uint64) *watch.Board) *watch.Board {
	s.mu.Lock()
	defer s.mu.Unlock()
	erasures := s.now.Erasures()
	s.past = slices.DeleteFunc(s.past, func(p *pastBoard) bool { return p.erasures != erasures })
	if i := slices.IndexFunc(s.past, func(p *pastBoard) bool { return p.size == size }); i >= 0 {
		p := s.past[i]
		s.past = append(slices.Delete(s.past, i, i+1), p)
		return p.board
	}
	if len(s.past) == MaxPastBoards {
		s.past = slices.Delete(s.past, 0, 1)
	}
	p := &pastBoard{open(size), size, erasures}
	s.past = append(s.past, p)
	return p.board
}

// Follow keeps the board of now up with the ledger until ctx ends, so that a page
// seldom has to wait for it.
func (s *Server) Follow(ctx context.Context) {
	tick := time.NewTicker(FollowEvery)
	defer tick.Stop()
	told := ""
	for {
		err := s.boards.now.CatchUp(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			told = ""
		case err.Error() != told: // once, not every time
			told = err.Error()
			s.cfg.Logger.WarnContext(ctx, "follow the ledger for the pages", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
