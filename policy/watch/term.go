package watch

import (
	"cmp"
	"slices"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy/gate"
)

// term is a statement that ends by itself: a waiver or an approval.
type term struct {
	Term
	supersedes []string
	stated     time.Time
}

// Term is a waiver or approval with its end.
type Term struct {
	Type        string // waiver, approval
	ID          string
	Index       uint64
	State       evidence.State
	Reason      string // why it does not count
	Systems     []string
	Subjects    []attest.Ref
	Environment string
	Actions     []string
	Rules       []string // of a waiver
	Why         string   // of a waiver
	RequestedBy string
	ApprovedBy  string
	BreakGlass  bool
	// Ends is when it says it ends; of a waiver in use, when the gate says so, which
	// may be earlier. Zero: it does not say.
	Ends time.Time
	// SupersededBy is the id of the statement in its place.
	SupersededBy string
	// Uses are the findings of newest decisions that rest on it.
	Uses []Use
	// Asked: a newest decision about its systems and environment came after it, so
	// that one without uses is of no use.
	Asked bool
}

// Use is a finding under a waiver.
type Use struct {
	System, Environment, Action, Rule string
	Decision                          uint64
}

// Standing of a term.
const (
	InForce   = "in force" // findings rest on it, or nobody has asked since
	Orphaned  = "orphaned" // in time, but no newest decision rests on it
	Ended     = "ended"
	Withheld  = "withheld" // it does not count: revoked, untrusted, erased
	Succeeded = "superseded"
)

// Standing says how a waiver stands at an instant. An approval is never orphaned:
// decisions do not name the approvals that were of no use.
func (t *Term) Standing(at time.Time) string {
	switch {
	case t.State != evidence.OK:
		return Withheld
	case t.SupersededBy != "":
		return Succeeded
	case !t.Ends.IsZero() && !at.Before(t.Ends):
		return Ended
	case t.Type == "waiver" && t.Asked && len(t.Uses) == 0:
		return Orphaned
	}
	return InForce
}

func termOf(it *evidence.Item) *term {
	t := &term{Term: Term{Type: it.Type, ID: it.ID, Index: it.Index, State: it.State, Reason: it.Reason, Systems: it.Facts.Systems, Environment: it.Facts.Environment},
		supersedes: it.Facts.Supersedes, stated: it.Claimed}
	if it.Facts.Binding != nil {
		t.Actions = it.Facts.Binding.Actions
	}
	if it.Statement == nil {
		return t
	}
	t.Subjects = it.Statement.Refs()
	if w := it.Facts.Waiver; w != nil {
		t.Environment, t.Actions, t.Rules, t.Subjects = w.Environment, w.Actions, w.Rules, w.Subjects
		t.Why, t.RequestedBy, t.ApprovedBy, t.Ends = w.Reason, w.RequestedBy, w.ApprovedBy, w.ExpiresAt.UTC()
		t.BreakGlass = w.BreakGlass != nil && *w.BreakGlass
		if t.BreakGlass && !w.ReviewBy.IsZero() && w.ReviewBy.Before(t.Ends) {
			t.Ends = w.ReviewBy.UTC()
		}
		return t
	}
	p := it.Statement.Predicate
	approver, _ := p["approver"].(map[string]any)
	t.ApprovedBy = text(approver, "name")
	if text(p, "decision") != "rejected" {
		t.Ends = instant(text(p, "valid_until"))
	}
	return t
}

// Terms lists waivers or approvals, those that end first foremost, those without an
// end last.
func (b *Board) Terms(kind string) []Term {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.termsOf(kind)
}

func (b *Board) termsOf(kind string) []Term {
	byID := map[string]string{}
	for _, t := range b.terms {
		if t.State == evidence.OK && t.Type == kind {
			for _, id := range t.supersedes {
				byID[id] = t.ID
			}
		}
	}
	uses, ends := map[uint64][]Use{}, map[uint64]time.Time{}
	decided := map[[2]string]uint64{} // system and environment: the newest decision
	for _, uri := range b.order {
		for _, s := range b.systems[uri].standings {
			decided[[2]string{uri, s.Environment}] = max(decided[[2]string{uri, s.Environment}], s.Index)
			for _, w := range s.waived {
				uses[w.index] = append(uses[w.index], Use{uri, s.Environment, s.Action, b.rules[w.rule], s.Index})
				ends[w.index] = w.expires
			}
		}
	}
	var out []Term
	for _, t := range b.speaking() {
		if t.Type != kind {
			continue
		}
		one := t.Term
		one.SupersededBy, one.Uses = byID[t.ID], uses[t.Index]
		for _, uri := range t.Systems {
			one.Asked = one.Asked || decided[[2]string{uri, t.Environment}] > t.Index
		}
		if e := ends[t.Index]; !e.IsZero() && (one.Ends.IsZero() || e.Before(one.Ends)) {
			one.Ends = e
		}
		out = append(out, one)
	}
	slices.SortFunc(out, func(a, b Term) int {
		if a.Ends.IsZero() != b.Ends.IsZero() {
			if a.Ends.IsZero() {
				return 1
			}
			return -1
		}
		return cmp.Or(a.Ends.Compare(b.Ends), cmp.Compare(a.Index, b.Index))
	})
	return out
}

// speaking is, for each statement, the signature of it that speaks: the first that
// counts, or else the first.
func (b *Board) speaking() map[string]*term {
	out := map[string]*term{}
	for _, t := range b.terms {
		o := out[t.ID]
		if counts := t.State == evidence.OK; o == nil || counts && o.State != evidence.OK || counts == (o.State == evidence.OK) && t.Index < o.Index {
			out[t.ID] = t
		}
	}
	return out
}

// Event is something that happens by the passing of time alone.
type Event struct {
	At          time.Time
	Kind        string // flip, waiver, approval
	System      string
	Environment string
	Action      string
	Name        string
	From, To    gate.Verdict // of a flip
	Rules       []string     // of a waiver
	ID          string       // of the decision, waiver or approval
}

// Upcoming lists what happens after an instant, the nearest first, at most n.
func (b *Board) Upcoming(after time.Time, n int) []Event {
	b.mu.RLock()
	defer b.mu.RUnlock()
	var out []Event
	for _, uri := range b.order {
		for _, s := range b.systems[uri].standings {
			if s.FlipsAt.After(after) {
				out = append(out, Event{At: s.FlipsAt, Kind: "flip", System: uri, Environment: s.Environment, Action: s.Action, Name: s.Name, From: s.Verdict, To: s.FlipsTo, ID: s.ID})
			}
		}
	}
	for _, kind := range []string{"waiver", "approval"} {
		for _, t := range b.termsOf(kind) {
			if st := t.Standing(after); t.Ends.After(after) && (st == InForce || st == Orphaned) {
				e := Event{At: t.Ends, Kind: kind, Environment: t.Environment, Rules: t.Rules, ID: t.ID}
				if len(t.Systems) > 0 {
					e.System = t.Systems[0]
				}
				out = append(out, e)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Event) int { return a.At.Compare(b.At) })
	return out[:min(n, len(out))]
}

// Changes lists the newest changes of verdict, the newest first, at most n.
func (b *Board) Changes(n int) []Change {
	b.mu.RLock()
	defer b.mu.RUnlock()
	out := slices.Clone(b.changes)
	slices.Reverse(out)
	return out[:min(n, len(out))]
}
