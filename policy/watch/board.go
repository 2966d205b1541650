package watch

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy/gate"
)

// Board is the state of all systems. It is safe for concurrent use.
type Board struct {
	locker  *evidence.Locker
	bound   bool          // it stands still at below
	below   uint64        // of a board of the past
	folding chan struct{} // held by who reads the ledger

	mu      sync.RWMutex // over all that follows
	next    uint64       // the cursor: entries below it are on the board
	systems map[string]*system
	order   []string // URIs as they came
	terms   map[uint64]*term
	rules   []string
	numbers map[string]uint16
	changes []Change
	growth  []Month
	left    Left
	erased  int // tombstones read
}

// Left counts what the board leaves out, by reason.
type Left struct {
	Systems    int `json:"systems"`    // beyond MaxSystems
	Terms      int `json:"terms"`      // beyond MaxTerms
	Unverified int `json:"unverified"` // decisions that no decision key of the trust signed
	Unreadable int `json:"unreadable"` // decisions of another version of this program
	Erased     int `json:"erased"`     // decisions that were erased
}

// Month is how many entries the ledger took in a month.
type Month struct {
	Month                            string // 2025-06
	Attestations, Decisions, Reports int
	All                              int
}

// New returns an empty board over a locker; CatchUp fills it.
func New(l *evidence.Locker) *Board {
	return &Board{locker: l, folding: make(chan struct{}, 1), systems: map[string]*system{}, terms: map[uint64]*term{}, numbers: map[string]uint16{}}
}

// At returns an empty board that will stand still at a size.
func At(l *evidence.Locker, size uint64) *Board {
	b := New(l)
	b.bound, b.below = true, size
	return b
}

// Read says how far the board has come.
func (b *Board) Read() uint64 {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.next
}

// view is what the board may see of the ledger.
func (b *Board) view() evidence.View {
	if b.bound {
		return b.locker.At(b.below)
	}
	return b.locker.Now()
}

// CatchUp reads what the ledger took since the last time. What was read stays when
// ctx ends, so that the next call goes on from there. Only one call works at a time;
// another waits for it, or until its own ctx ends.
func (b *Board) CatchUp(ctx context.Context) error {
	select {
	case b.folding <- struct{}{}:
		defer func() { <-b.folding }()
	case <-ctx.Done():
		return ctx.Err()
	}
	log := b.locker.Log()
	size, _, _, err := log.Head(ctx)
	if errors.Is(err, ledger.ErrNotFound) {
		return nil // nothing was appended yet
	}
	if err != nil {
		return fmt.Errorf("catch up: %w", err)
	}
	if b.bound {
		size = min(size, b.below)
	}
	for from := b.Read(); from < size; from = b.Read() {
		if err := b.fold(ctx, from, min(size, from+chunk)); err != nil {
			return fmt.Errorf("catch up from %d: %w", from, err)
		}
	}
	return nil
}

// read is one entry the board has a use for.
type read struct {
	index    uint64
	decision *gate.Answer
	term     *term
	profile  *profile
}

// fold takes a stretch of the ledger in.
func (b *Board) fold(ctx context.Context, from, to uint64) error {
	type leaf struct {
		index       uint64
		kind, label string
		at          time.Time
	}
	var leaves []leaf
	tombs := map[ledger.Key]bool{}
	err := b.locker.Log().Leaves(ctx, from, to, func(i uint64, l ledger.Leaf) error {
		x := leaf{index: i, kind: l.Kind, at: l.Time}
		if len(l.Labels) > 0 {
			x.label = l.Labels[0]
		}
		if l.Kind == evidence.KindErasure {
			for _, k := range l.Keys {
				tombs[k] = true
			}
		}
		leaves = append(leaves, x)
		return nil
	})
	if err != nil {
		return err
	}
	var found []read
	var left Left
	again := false // whether what was verified before may count otherwise now
	for _, x := range leaves {
		r := read{index: x.index}
		switch {
		case x.kind == evidence.KindDecision:
			if r.decision, err = b.decision(ctx, x.index, &left); err != nil {
				return err
			}
		case x.kind == evidence.KindTrust, x.kind == evidence.KindErasure:
			again = true
		case x.kind == evidence.KindAttestation:
			switch x.label {
			case attest.TypeURI("revocation"):
				again = true
			case attest.TypeURI("system-profile"), attest.TypeURI("waiver"), attest.TypeURI("approval"):
				if r.profile, r.term, err = b.statement(ctx, x.index); err != nil {
					return err
				}
			}
		}
		if r.decision != nil || r.term != nil || r.profile != nil {
			found = append(found, r)
		}
	}
	var changed []func()
	if again {
		if changed, err = b.reconsider(ctx); err != nil {
			return err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, apply := range changed {
		apply()
	}
	for _, r := range found {
		switch {
		case r.decision != nil:
			b.take(r.decision)
		case r.profile != nil:
			b.describe(r.profile)
		case len(b.terms) < MaxTerms:
			b.terms[r.index] = r.term
		default:
			left.Terms++
		}
	}
	b.forget(tombs)
	for _, x := range leaves {
		b.count(x.kind, x.at)
		if x.kind == evidence.KindErasure {
			b.erased++
		}
	}
	b.left.Terms += left.Terms
	b.left.Unverified += left.Unverified
	b.left.Unreadable += left.Unreadable
	b.left.Erased += left.Erased
	b.next = to
	return nil
}

// decision reads a recorded decision and holds it to the decision keys of the trust
// it was judged under.
func (b *Board) decision(ctx context.Context, index uint64, left *Left) (*gate.Answer, error) {
	log := b.locker.Log()
	a, rec, err := gate.ReadDecision(ctx, log, index)
	switch {
	case errors.Is(err, ledger.ErrErased):
		left.Erased++
		return nil, nil
	case errors.Is(err, gate.ErrNoDecision), errors.Is(err, attest.ErrMalformed):
		left.Unreadable++
		return nil, nil
	case err != nil:
		return nil, err
	}
	trust, _, err := b.locker.TrustAt(ctx, log, a.Decision.JudgedSize)
	if err != nil {
		return nil, err
	}
	if _, err := attest.VerifyService(rec.Decision, trust.Service.DecisionKeys); err != nil || a.Decision.JudgedSize > index {
		left.Unverified++
		return nil, nil
	}
	return &a, nil
}

// count adds an entry to its month.
func (b *Board) count(kind string, at time.Time) {
	month := at.UTC().Format("2006-01")
	n := len(b.growth)
	if n == 0 || b.growth[n-1].Month != month {
		b.growth = append(b.growth, Month{Month: month})
		n++
	}
	m := &b.growth[n-1]
	m.All++
	switch kind {
	case evidence.KindAttestation:
		m.Attestations++
	case evidence.KindDecision:
		m.Decisions++
	case evidence.KindReport:
		m.Reports++
	}
}

// Growth is how many entries the ledger took, month by month, the newest last.
// Months without any are left out.
func (b *Board) Growth() []Month {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return append([]Month{}, b.growth...)
}

// Erasures counts the tombstones the board has read. A board of the past knows of
// those before its size only: once this board has read more of them, an older one
// may show what was erased since, and is to be made anew.
func (b *Board) Erasures() int {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.erased
}

// Left counts what the board leaves out.
func (b *Board) Left() Left {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.left
}
