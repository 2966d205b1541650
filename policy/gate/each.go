package gate

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/assize-dev/assize/ledger"
)

// Each is the answer to one of several questions, or why there is none.
type Each struct {
	Answer Answer
	Err    error
}

// DecideEach answers questions that are put together, by one reading of the head:
// nothing that was acknowledged anywhere before the call is overlooked. Equal
// questions are judged once, also among calls that see the same head. With dryRun
// nothing is recorded.
func (g *Gate) DecideEach(ctx context.Context, questions []Question, dryRun bool) []Each {
	out := make([]Each, len(questions))
	m, err := g.moment(ctx)
	if err != nil {
		for i := range out {
			out[i].Err = err
		}
		return out
	}
	first := map[Question]int{}
	var todo []int
	for i, q := range questions {
		if _, twice := first[q]; twice {
			continue
		}
		first[q] = i
		if !dryRun {
			if a, ok, err := g.again(ctx, q, m.at(g.cfg.Clock()), m.head); err != nil || ok {
				out[i] = Each{a, err}
				continue
			}
		}
		todo = append(todo, i)
	}
	var wg sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for _, i := range todo {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			out[i].Answer, out[i].Err = g.once(ctx, flightKey{questions[i], m.head.Size, dryRun})
		})
	}
	wg.Wait()
	for i, q := range questions {
		out[i] = out[first[q]]
	}
	return out
}

// moment is one reading of the head.
type moment struct {
	head      head // published
	committed ledger.Head
}

// at is the instant to judge at: now, and never before the newest entry, whose time
// the log took from its own clock.
func (m moment) at(now time.Time) time.Time {
	if now.After(m.committed.Time) {
		return now
	}
	return m.committed.Time
}

// moment reads the head. Where entries are committed that are not published yet,
// by another process for instance, it waits for them: they were acknowledged.
func (g *Gate) moment(ctx context.Context) (moment, error) {
	log := g.cfg.Locker.Log()
	committed, err := log.Committed(ctx)
	if err != nil {
		return moment{}, fmt.Errorf("read head: %w", err)
	}
	for wait := time.Millisecond; ; wait = min(2*wait, 50*time.Millisecond) {
		h, err := headOf(ctx, log)
		if err != nil {
			return moment{}, fmt.Errorf("read head: %w", err)
		}
		if h.Size >= committed.Size {
			return moment{h, committed}, nil
		}
		select {
		case <-ctx.Done():
			return moment{}, fmt.Errorf("read head: %d entries are committed, %d of them published: %w", committed.Size, h.Size, context.Cause(ctx))
		case <-time.After(wait):
		}
	}
}

// flightKey is what makes two questions one: whoever asks after something new was
// acknowledged has another size, and never joins a judgement begun before it.
type flightKey struct {
	Question
	size   uint64
	dryRun bool
}

type flight struct {
	done   chan struct{}
	answer Answer
	err    error
}

// once judges a question of several callers for all of them.
func (g *Gate) once(ctx context.Context, k flightKey) (Answer, error) {
	for {
		g.mu.Lock()
		f, joined := g.flights[k]
		if !joined {
			f = &flight{done: make(chan struct{})}
			g.flights[k] = f
		}
		g.mu.Unlock()
		if !joined {
			f.err = recovered("judge "+string(k.Subject), func() (err error) {
				f.answer, err = g.Decide(ctx, k.Question, Options{DryRun: k.dryRun})
				return err
			})
			g.mu.Lock()
			delete(g.flights, k)
			g.mu.Unlock()
			close(f.done)
			return f.answer, f.err
		}
		select {
		case <-ctx.Done():
			return Answer{}, fmt.Errorf("judge %s: %w", k.Subject, context.Cause(ctx))
		case <-f.done:
		}
		// Whoever judged may have run out of his own time, which is not this caller's.
		if ended := errors.Is(f.err, context.Canceled) || errors.Is(f.err, context.DeadlineExceeded); ended && ctx.Err() == nil {
			continue
		}
		if f.err != nil || holds(&f.answer.Decision, g.cfg.Clock()) {
			return f.answer, f.err
		}
	}
}

// recovered turns a panic into an error, for goroutines of a judgement: it would end the
// process, since nobody above them recovers.
func recovered(what string, f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%w: %s: %v\n%s", ErrPanic, what, v, debug.Stack())
		}
	}()
	return f()
}

// ErrPanic: the engine failed while it judged.
var ErrPanic = errors.New("judgement panicked")
