package gate

import (
	"context"
	"fmt"
	"sync"

	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy"
)

// heldSets compiles each rule set once, as long as it is held.
type heldSets struct {
	mu      sync.Mutex
	sets    map[string]*policy.Set
	checked []string // digests, not changed
}

func (h *heldSets) Set(ctx context.Context, r *evidence.Reading, digest string) (*policy.Set, error) {
	found, err := r.Lookup(ctx, evidence.KeySet(digest))
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%w: rule set %s is not in the ledger below size %d; publish it before the parameters name it", evidence.ErrNotSeeded, digest, r.Below())
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if s, ok := h.sets[digest]; ok {
		return s, nil
	}
	rec, err := r.Source().Read(ctx, found[0])
	if err != nil {
		return nil, fmt.Errorf("read entry %d: %w", found[0], err)
	}
	s, err := policy.LoadArchive(rec.Payload, h.checked...)
	if err != nil {
		return nil, fmt.Errorf("rule set at index %d: %w", found[0], err)
	}
	if s.Digest() != digest {
		return nil, fmt.Errorf("rule set at index %d has digest %s, the parameters name %s", found[0], s.Digest(), digest)
	}
	h.keep(digest, s)
	return s, nil
}

// keep holds a set in the place of any other where MaxHeldSets are; h.mu is held.
func (h *heldSets) keep(digest string, s *policy.Set) {
	if h.sets == nil {
		h.sets = map[string]*policy.Set{}
	}
	for old := range h.sets {
		if len(h.sets) < MaxHeldSets {
			break
		}
		delete(h.sets, old)
	}
	h.sets[digest] = s
}

// Set is the compiled rule set of a digest that the ledger holds.
func (g *Gate) Set(ctx context.Context, digest string) (*policy.Set, error) {
	head, err := headOf(ctx, g.cfg.Locker.Log())
	if err != nil {
		return nil, fmt.Errorf("read head: %w", err)
	}
	return g.sets.Set(ctx, evidence.NewReading(g.cfg.Locker.Log(), head.Size), digest)
}
