package gate

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
)

// Replayed is one recorded decision judged again.
type Replayed struct {
	Index       uint64   `json:"index"`
	Decision    Decision `json:"-"`
	Verdict     Verdict  `json:"verdict"`
	Notes       []string `json:"notes,omitempty"`
	Differences []string `json:"differences,omitempty"`
	// Erased is the evidence that was erased since the decision, when it does not
	// come out the same without, or the decision itself: then nobody can tell any
	// more whether it would.
	Erased []Erased `json:"erased,omitempty"`
}

// Erased is an entry and the tombstone that erased it.
type Erased struct {
	Index uint64 `json:"index"`
	By    uint64 `json:"by"`
}

// erasedSince lists what a case read that was erased after it was judged.
func erasedSince(ctx context.Context, log *ledger.Log, c *Case) ([]Erased, error) {
	var out []Erased
	for _, i := range c.Reading.Used() {
		found, err := log.Lookup(ctx, ledger.ErasureKey(i), math.MaxInt64)
		if err != nil {
			return nil, fmt.Errorf("look up erasure of %d: %w", i, err)
		}
		if len(found) > 0 && found[0] >= c.Size {
			out = append(out, Erased{i, found[0]})
		}
	}
	return out, nil
}

// Replay judges every recorded decision from an index on again, from the log as
// it was, at the instant it was decided. each is called in ledger order.
func (g *Gate) Replay(ctx context.Context, from uint64, each func(Replayed) error) error {
	log := g.cfg.Locker.Log()
	head, err := headOf(ctx, log)
	if err != nil {
		return fmt.Errorf("read head: %w", err)
	}
	var indices []uint64
	err = log.Leaves(ctx, from, head.Size, func(index uint64, leaf ledger.Leaf) error {
		if leaf.Kind == evidence.KindDecision {
			indices = append(indices, index)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read leaves: %w", err)
	}
	for _, i := range indices {
		r, err := g.replay(ctx, i)
		if errors.Is(err, ErrBundle) || errors.Is(err, ErrNoDecision) || errors.Is(err, attest.ErrMalformed) {
			r, err = Replayed{Index: i, Differences: []string{err.Error()}}, nil
		}
		if err != nil {
			return fmt.Errorf("replay decision at index %d: %w", i, err)
		}
		if err := each(r); err != nil {
			return err
		}
	}
	return nil
}

// erasedDecision is what can be said of a decision that is not there any more.
func erasedDecision(ctx context.Context, log *ledger.Log, index uint64) (Replayed, error) {
	r := Replayed{Index: index, Notes: []string{"the decision quoted erased evidence and was erased with it"}}
	found, err := log.Lookup(ctx, ledger.ErasureKey(index), math.MaxInt64)
	if err != nil {
		return r, fmt.Errorf("look up erasure of %d: %w", index, err)
	}
	if len(found) > 0 {
		r.Erased = []Erased{{index, found[0]}}
	}
	return r, nil
}

func (g *Gate) replay(ctx context.Context, index uint64) (Replayed, error) {
	log := g.cfg.Locker.Log()
	a, rec, err := ReadDecision(ctx, log, index)
	if errors.Is(err, ledger.ErrErased) {
		return erasedDecision(ctx, log, index)
	}
	if err != nil {
		return Replayed{}, err
	}
	at, err := time.Parse(time.RFC3339Nano, a.Decision.DecidedAt)
	if err != nil {
		return Replayed{}, fmt.Errorf("decided_at: %w", err)
	}
	c, err := g.caseOf(ctx, log, &a.Decision)
	if err != nil {
		return Replayed{}, err
	}
	if err := signedByService(rec.Decision, c.Trust); err != nil {
		return Replayed{}, err
	}
	c.as(a.Decision.Engine)
	j, err := c.Judge(ctx, at)
	if err != nil {
		return Replayed{}, err
	}
	if err := c.Flip(ctx, &j); err != nil {
		return Replayed{}, err
	}
	r := Replayed{Index: index, Decision: a.Decision, Verdict: j.Verdict}
	r.Differences, r.Notes = compare(&a.Decision, &j.Decision, nil)
	if len(r.Differences) == 0 {
		return r, nil
	}
	if r.Erased, err = erasedSince(ctx, log, c); err != nil || len(r.Erased) == 0 {
		return r, err
	}
	for _, e := range r.Erased {
		r.Notes = append(r.Notes, fmt.Sprintf("it used the evidence at index %d, which entry %d erased since: it cannot be judged again", e.Index, e.By))
	}
	r.Differences = nil
	return r, nil
}
