package gate

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy"
)

// ErasurePlan is what erasing an attestation means: the entries that go, and the
// decisions that stay and cannot be judged again.
type ErasurePlan struct {
	// Entries hold the attestation, and the decisions that quote it.
	Entries []evidence.ErasedEntry `json:"entries"`
	// Quoting are those of them that are decisions: a finding tells something it
	// read there.
	Quoting []uint64 `json:"quoting"`
	// Using are decisions that rest on it without telling what it says. They stay,
	// and say on replay that they cannot be judged again.
	Using []uint64 `json:"using"`
	// Reports were recorded of a state that holds the attestation. Of a report the
	// ledger keeps head and digest only; its file, wherever it is, may quote it.
	Reports []uint64 `json:"reports"`
}

// PlanErasure finds what has to be erased with an attestation. It reads every
// decision recorded after it.
func (g *Gate) PlanErasure(ctx context.Context, id string) (ErasurePlan, error) {
	entries, err := g.cfg.Locker.Erasable(ctx, id)
	if err != nil {
		return ErasurePlan{}, err
	}
	return g.planErasure(ctx, id, entries)
}

func (g *Gate) planErasure(ctx context.Context, id string, entries []evidence.ErasedEntry) (ErasurePlan, error) {
	log := g.cfg.Locker.Log()
	head, err := headOf(ctx, log)
	if err != nil {
		return ErasurePlan{}, fmt.Errorf("read head: %w", err)
	}
	p := ErasurePlan{Entries: slices.Clone(entries), Quoting: []uint64{}, Using: []uint64{}, Reports: []uint64{}}
	targets := make(map[uint64]bool)
	for _, e := range entries {
		targets[e.Index] = true
	}
	var decisions []evidence.ErasedEntry
	err = log.Leaves(ctx, entries[0].Index+1, head.Size, func(index uint64, leaf ledger.Leaf) error {
		switch leaf.Kind {
		case evidence.KindDecision:
			decisions = append(decisions, evidence.ErasedEntry{Index: index})
		case evidence.KindReport:
			p.Reports = append(p.Reports, index)
		}
		return nil
	})
	if err != nil {
		return ErasurePlan{}, fmt.Errorf("read leaves: %w", err)
	}
	for _, n := range decisions {
		a, _, err := ReadDecision(ctx, log, n.Index)
		if errors.Is(err, ledger.ErrErased) {
			continue
		}
		if err != nil {
			return ErasurePlan{}, err
		}
		uses, quotes := rests(&a.Decision, id, targets)
		switch {
		case quotes:
			p.Quoting = append(p.Quoting, n.Index)
			p.Entries = append(p.Entries, evidence.ErasedEntry{Index: n.Index, Leaf: a.Recorded.Leaf})
		case uses:
			p.Using = append(p.Using, n.Index)
		}
	}
	slices.SortFunc(p.Entries, func(a, b evidence.ErasedEntry) int { return int(int64(a.Index) - int64(b.Index)) })
	if len(p.Entries) > evidence.MaxErased {
		return p, fmt.Errorf("%w: %d entries hold or quote the attestation, one erasure takes %d; erase decisions that quote it first", ledger.ErrTooLarge, len(p.Entries), evidence.MaxErased)
	}
	return p, nil
}

// rests reports whether a decision uses an attestation, and whether it repeats
// anything of what it says: a message of a finding that could read it, a threshold
// of it, the reason of a waiver.
func rests(d *Decision, id string, targets map[uint64]bool) (uses, quotes bool) {
	for _, f := range d.Findings {
		cites := slices.ContainsFunc(f.Evidence, func(c policy.Cite) bool { return targets[c.Index] })
		uses = uses || cites
		quotes = quotes || cites && len(f.Messages) > 0
		if f.Waiver != nil && targets[f.Waiver.Index] {
			quotes = true
		}
		for _, p := range f.Params {
			if strings.TrimPrefix(p.Source, "plan:") == id {
				quotes = true
			}
		}
	}
	return uses || quotes, quotes
}

// Erase carries out a signed erasure. It is refused if a decision that quotes what
// is erased is not erased with it.
func (g *Gate) Erase(ctx context.Context, raw []byte) (ledger.Receipt, evidence.Erasure, error) {
	e, err := evidence.ParseErasure(raw)
	if err != nil {
		return ledger.Receipt{}, evidence.Erasure{}, err
	}
	if err := g.quotesToo(ctx, e); err != nil {
		return ledger.Receipt{}, evidence.Erasure{}, err
	}
	return g.cfg.Locker.Erase(ctx, raw, func(rec ledger.Record) ([]string, error) {
		if rec.Leaf.Kind != evidence.KindDecision {
			return nil, fmt.Errorf("%w: entry %d is of kind %s; attestations, and decisions that quote them, can be", evidence.ErrNotErasable, rec.Index, rec.Leaf.Kind)
		}
		a, _, err := ReadDecision(ctx, g.cfg.Locker.Log(), rec.Index)
		if err != nil {
			return nil, err
		}
		if a.Decision.Question.System == "" {
			return nil, nil
		}
		return []string{a.Decision.Question.System}, nil
	})
}

// quotesToo makes sure that everything that quotes what is erased is named too.
func (g *Gate) quotesToo(ctx context.Context, e evidence.Erasure) error {
	log := g.cfg.Locker.Log()
	for _, n := range e.Entries {
		rec, err := log.Read(ctx, n.Index)
		if err != nil {
			return err
		}
		if rec.Erased || rec.Leaf.Kind != evidence.KindAttestation {
			continue
		}
		id := evidence.IDOf(rec)
		plan, err := g.planErasure(ctx, id, []evidence.ErasedEntry{{Index: rec.Index, Leaf: hex.EncodeToString(rec.LeafHash[:])}})
		if err != nil {
			return err
		}
		for _, q := range plan.Entries {
			if !slices.Contains(e.Entries, q) {
				return fmt.Errorf("%w: entry %d, a decision, quotes entry %d and is not named; sign again with it", evidence.ErrStale, q.Index, n.Index)
			}
		}
	}
	return nil
}

// erasedSince says which evidence of a bundle was erased after it was judged: then
// the bundle cannot reproduce the decision, and that is no sign of a wrong one.
func (e *entries) erasedSince(judged uint64) []string {
	var out []string
	for index, rec := range e.byIndex {
		if by := e.byKey[ledger.ErasureKey(index)]; rec.Erased && len(by) > 0 && by[0] >= judged {
			out = append(out, fmt.Sprintf("the evidence at index %d was erased at %d, after the decision: without it the case cannot be judged again", index, by[0]))
		}
	}
	slices.Sort(out)
	return out
}

// because adds to a fault of a bundle what was erased of it since.
func (e *entries) because(judged uint64, err error) error {
	if erased := e.erasedSince(judged); len(erased) > 0 {
		return fmt.Errorf("%w; %s; a copy of the bundle from before still holds", err, strings.Join(erased, "; "))
	}
	return err
}
