package gate

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/assize-dev/assize/ledger"
)

// held is a recorded answer with the trace of what it was gathered from.
type held struct {
	answer   Answer
	asked    []ledger.Key // sorted
	erasure  ledger.Key   // of the decision itself
	caughtUp uint64
	weight   int
}

// weigh estimates what a held answer takes, in bytes. Titles and remedies are the
// rule's own and weigh nothing.
func (h *held) weigh() int {
	d := &h.answer.Decision
	n := 1024 + len(d.Checkpoint) + len(h.asked)*len(ledger.Key{})
	for i := range d.Findings {
		n += weigh(&d.Findings[i].Finding)
	}
	return n
}

// touches reports whether a leaf with the key could change the answer.
func (h *held) touches(k ledger.Key) bool {
	_, asked := slices.BinarySearchFunc(h.asked, k, compareKeys)
	return asked || k == h.erasure
}

func compareKeys(a, b ledger.Key) int { return bytes.Compare(a[:], b[:]) }

// hold remembers a recorded answer for Again.
func (g *Gate) hold(q Question, a Answer, c *Case) {
	g.mu.Lock()
	defer g.mu.Unlock()
	h := &held{answer: a, caughtUp: c.Size}
	if c.Reading != nil {
		h.asked = slices.SortedFunc(c.Reading.Keys(), compareKeys)
	}
	if a.Recorded != nil {
		h.erasure = ledger.ErasureKey(a.Recorded.Index)
	}
	if h.weight = h.weigh(); h.weight > MaxCachedAnswerBytes {
		return
	}
	drop := func(old Question) {
		if was, ok := g.held[old]; ok {
			g.weight -= was.weight
			delete(g.held, old)
		}
	}
	drop(q)
	for old := range g.held { // any: what is asked again is held again
		if len(g.held) < MaxCachedAnswers && g.weight+h.weight <= MaxCachedAnswerBytes {
			break
		}
		drop(old)
	}
	g.held[q], g.weight = h, g.weight+h.weight
}

// again returns a held answer if nothing that could matter came since. This is
// no verdict cache: every key the case was gathered by is known, and every leaf
// since was looked at; one that carries any of those keys ends it.
func (g *Gate) again(ctx context.Context, q Question, at time.Time, head head) (Answer, bool, error) {
	g.mu.Lock()
	h := g.held[q]
	var from uint64
	if h != nil {
		from = h.caughtUp
	}
	g.mu.Unlock()
	if h == nil || !holds(&h.answer.Decision, at) {
		return Answer{}, false, nil
	}
	log := g.cfg.Locker.Log()
	if head.Size > from && head.Size-from > MaxCatchUp {
		return Answer{}, false, nil
	}
	if head.Size > from {
		touched := false
		err := log.Leaves(ctx, from, head.Size, func(_ uint64, leaf ledger.Leaf) error {
			for _, k := range leaf.Keys {
				touched = touched || h.touches(k)
			}
			return nil
		})
		if err != nil {
			return Answer{}, false, fmt.Errorf("read leaves %d to %d: %w", from, head.Size, err)
		}
		if touched {
			return Answer{}, false, nil
		}
		g.mu.Lock()
		if h.caughtUp < head.Size {
			h.caughtUp = head.Size
		}
		g.mu.Unlock()
	}
	return h.answer, true, nil
}

// holds reports whether the decision was proven for the instant.
func holds(d *Decision, at time.Time) bool {
	if from, err := time.Parse(time.RFC3339Nano, d.HoldsFrom); d.HoldsFrom != "" && (err != nil || at.Before(from)) {
		return false
	}
	if until, err := time.Parse(time.RFC3339Nano, d.HoldsUntil); d.HoldsUntil != "" && (err != nil || !at.Before(until)) {
		return false
	}
	return true
}
