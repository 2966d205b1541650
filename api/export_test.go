package api

import (
	"context"
	"time"

	"github.com/assize-dev/assize/policy/watch"
)

// Turn waits for its turn to judge, as questions do.
func (s *Server) Turn(ctx context.Context) (func(), error) { return s.turn(ctx) }

// ReportTurn waits for its turn to build, as reports do.
func (s *Server) ReportTurn(ctx context.Context) (func(), error) { return s.reportTurn(ctx) }

// Limiter is the allowance of new decisions.
type Limiter struct{ l *limiter }

// NewLimiter makes one with the bounds of this package.
func NewLimiter(clock func() time.Time) *Limiter {
	return &Limiter{newLimiter(DecisionBurst, DecisionEvery, MaxCallers, clock)}
}

// Take uses a token of a caller up.
func (l *Limiter) Take(caller string) bool { return l.l.take(caller) == nil }

// Give puts one back.
func (l *Limiter) Give(caller string) { l.l.give(caller) }

// Callers is how many are told apart now.
func (l *Limiter) Callers() int { return len(l.l.buckets) }

// Caller is who a remote address is reckoned to.
func Caller(remote string) string { return caller(remote) }

// ParseQuestion reads a question as the gate's route does.
func ParseQuestion(raw []byte) (Question, error) { return parseQuestion(raw) }

// Quality is the weight an Accept header gives a media type.
func Quality(header, media string) float64 { return quality(header, media) }

// PastBoards is how many boards of the past are kept.
func (s *Server) PastBoards() int { return len(s.boards.past) }

// BoardRead is how far the board of now has come.
func (s *Server) BoardRead() uint64 { return s.boards.now.Read() }

// TooLarge says why a ledger of a size is not checked at a request.
func TooLarge(size uint64) string { return tooLarge(size) }

// HoldBoard keeps pages from reading their boards, for as long as they wait.
func (s *Server) HoldBoard() {
	s.boards.catchUp = func(_ *watch.Board, ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
}
