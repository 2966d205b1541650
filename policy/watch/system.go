package watch

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
)

// system is what is kept of one.
type system struct {
	uri       string
	profiles  []*profile // oldest first
	standings []*standing
	dropped   int // standings beyond the bound
}

// profile is a system profile, whether it counts or not.
type profile struct {
	index             uint64
	id                string
	systems           []string
	name, owner, tier string
	state             evidence.State
	reason            string
}

// standing is the newest decision on one question.
type standing struct {
	Standing
	findings []brief
	waived   []waived
}

// brief is what is kept of a finding.
type brief struct {
	rule   uint16
	status uint8
	effect uint8
}

// waived is a finding under a waiver.
type waived struct {
	rule    uint16
	index   uint64
	expires time.Time
}

// Statuses in the order of Counts.
var Statuses = []policy.Status{policy.StatusFail, policy.StatusMissing, policy.StatusUnassessable, policy.StatusWaived, policy.StatusPass,
	policy.StatusNotYetApplicable, policy.StatusNotApplicable}

var effects = []string{gate.None, gate.Warns, gate.Blocks}

// Counts of findings: by severity as in policy.Severities, then by status as in
// Statuses.
type Counts [4][7]uint16

// Of counts the findings of a status, over all severities.
func (c *Counts) Of(s policy.Status) int {
	n := 0
	if at := slices.Index(Statuses, s); at >= 0 {
		for _, row := range c {
			n += int(row[at])
		}
	}
	return n
}

// Standing is the newest recorded decision on a question.
type Standing struct {
	Environment string
	Action      string
	Subject     attest.Ref
	Name        string // of the subject
	Verdict     gate.Verdict
	Counts      Counts
	Blocking    int
	Index       uint64
	ID          string
	DecidedAt   time.Time
	HoldsUntil  time.Time
	FlipsAt     time.Time
	FlipsTo     gate.Verdict
	// Searched is how far ahead the decision looked for a flip; zero: to the end.
	Searched time.Time
	// Shared: the question named no system, and the verdict is the worst of all.
	Shared bool
	// Before is the verdict of the decision before it on the same question.
	Before gate.Verdict
}

// Lapsed reports whether the verdict is no longer proven at an instant: the decision
// says it flips by then, or did not look so far.
func (s *Standing) Lapsed(at time.Time) bool {
	return !s.FlipsAt.IsZero() && !at.Before(s.FlipsAt) || !s.Searched.IsZero() && !at.Before(s.Searched)
}

// Change is a question that was decided otherwise than before.
type Change struct {
	System, Environment, Action string
	Subject                     attest.Ref
	Name                        string
	From, To                    gate.Verdict
	At                          time.Time
	Index                       uint64
	ID                          string
}

// take puts a decision on the board.
func (b *Board) take(a *gate.Answer) {
	d := &a.Decision
	s := standing{Standing: Standing{Environment: d.Question.Environment, Action: d.Question.Action, Subject: d.Question.Subject, Verdict: d.Verdict,
		Index: a.Recorded.Index, ID: a.Recorded.ID, DecidedAt: instant(d.DecidedAt), HoldsUntil: instant(d.HoldsUntil), FlipsAt: instant(d.FlipsAt), FlipsTo: d.FlipsTo,
		Searched: instant(d.FlipsSearched), Shared: d.Question.System == ""}}
	systems := []string{d.Question.System}
	if s.Shared {
		systems = nil
		for _, f := range d.Findings {
			if f.System != "" && !slices.Contains(systems, f.System) {
				systems = append(systems, f.System)
			}
		}
	}
	for _, uri := range systems {
		one := s
		for _, f := range d.Findings {
			if f.System == uri || f.System == "" {
				b.add(&one, &f)
			}
		}
		b.stand(uri, &one)
	}
}

// add puts a finding into a standing.
func (b *Board) add(s *standing, f *gate.Finding) {
	if f.Subject.Ref == string(s.Subject) {
		s.Name = cmp.Or(s.Name, f.Subject.Name)
	}
	severity, status := slices.Index(policy.Severities, f.Severity), slices.Index(Statuses, f.Status)
	if severity < 0 || severity >= len(s.Counts) || status < 0 {
		return
	}
	s.Counts[severity][status]++
	if f.Effect == gate.Blocks {
		s.Blocking++
	}
	n, ok := b.numbers[f.Rule]
	if !ok {
		if len(b.rules) > 0xffff {
			return
		}
		n = uint16(len(b.rules))
		b.rules = append(b.rules, f.Rule)
		b.numbers[f.Rule] = n
	}
	s.findings = append(s.findings, brief{n, uint8(status), uint8(max(0, slices.Index(effects, f.Effect)))})
	if f.Waiver != nil {
		s.waived = append(s.waived, waived{n, f.Waiver.Index, instant(f.Waiver.Expires)})
	}
}

// stand replaces the decision before on the same question.
func (b *Board) stand(uri string, s *standing) {
	sys := b.system(uri)
	if sys == nil {
		return
	}
	s.findings = slices.Clip(s.findings)
	at := slices.IndexFunc(sys.standings, func(o *standing) bool {
		return o.Environment == s.Environment && o.Action == s.Action && o.Subject == s.Subject
	})
	if at >= 0 {
		s.Before = sys.standings[at].Verdict
		sys.standings = slices.Delete(sys.standings, at, at+1)
	}
	if s.Before != "" && s.Before != s.Verdict {
		b.changes = append(b.changes, Change{System: uri, Environment: s.Environment, Action: s.Action, Subject: s.Subject, Name: s.Name, From: s.Before, To: s.Verdict, At: s.DecidedAt, Index: s.Index, ID: s.ID})
		if len(b.changes) > MaxChanges {
			b.changes = slices.Clone(b.changes[len(b.changes)-MaxChanges:])
		}
	}
	if len(sys.standings) == MaxStandings {
		sys.standings = slices.Delete(sys.standings, 0, 1)
		sys.dropped++
	}
	sys.standings = append(sys.standings, s) // so the newest is last
}

// system finds or makes a place; nil when the board is full.
func (b *Board) system(uri string) *system {
	s := b.systems[uri]
	if s == nil {
		if len(b.systems) >= MaxSystems {
			b.left.Systems++
			return nil
		}
		s = &system{uri: uri}
		b.systems[uri] = s
		b.order = append(b.order, uri)
	}
	return s
}

// describe takes a profile in.
func (b *Board) describe(p *profile) {
	for _, uri := range p.systems {
		s := b.system(uri)
		if s == nil {
			continue
		}
		if s.profiles = append(s.profiles, p); len(s.profiles) > MaxProfiles {
			s.profiles = slices.Delete(s.profiles, 0, 1)
		}
	}
}

// statement reads a profile, waiver or approval with its state.
func (b *Board) statement(ctx context.Context, index uint64) (*profile, *term, error) {
	rec, err := b.locker.Log().Read(ctx, index)
	if err != nil {
		return nil, nil, err
	}
	if rec.Erased {
		return nil, nil, nil
	}
	env, err := attest.Parse(rec.Payload)
	if err != nil {
		return nil, nil, nil // the locker would not count it either
	}
	it, err := b.item(ctx, env.ID(), index)
	if err != nil || it == nil {
		return nil, nil, err
	}
	if it.Type == "system-profile" {
		return profileOf(it), nil, nil
	}
	return nil, termOf(it), nil
}

// forget takes decisions off the board that tombstones name. The one before on the
// same question does not come back.
func (b *Board) forget(tombs map[ledger.Key]bool) {
	if len(tombs) == 0 {
		return
	}
	for _, s := range b.systems {
		s.standings = slices.DeleteFunc(s.standings, func(st *standing) bool { return tombs[ledger.ErasureKey(st.Index)] })
	}
	b.changes = slices.DeleteFunc(b.changes, func(c Change) bool { return tombs[ledger.ErasureKey(c.Index)] })
}

// item is the piece of evidence that a leaf holds, as the locker counts it.
func (b *Board) item(ctx context.Context, id string, index uint64) (*evidence.Item, error) {
	items, err := b.view().Find(ctx, id)
	if errors.Is(err, ledger.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, it := range items {
		if it.Index == index {
			return it, nil
		}
	}
	return nil, nil
}

func profileOf(it *evidence.Item) *profile {
	p := &profile{index: it.Index, id: it.ID, state: it.State, reason: it.Reason}
	for _, uri := range it.Facts.Systems {
		if it.About(attest.RefOf(uri)) && it.CountsFor(uri) {
			p.systems = append(p.systems, uri)
		}
	}
	if it.Statement != nil {
		p.name, p.owner, p.tier = text(it.Statement.Predicate, "name"), text(it.Statement.Predicate, "owner"), text(it.Statement.Predicate, "risk_tier")
	}
	return p
}

// reconsider asks again what counts of all that was verified before: a trust or a
// revocation may change that. It returns what to change under the lock; only the
// caller of fold writes, so it reads without.
func (b *Board) reconsider(ctx context.Context) ([]func(), error) {
	var out []func()
	ask := func(id string, index uint64, state *evidence.State, reason *string, erase func()) error {
		it, err := b.item(ctx, id, index)
		if err != nil {
			return err
		}
		now, why := evidence.Erased, "it was erased"
		if it != nil {
			now, why = it.State, it.Reason
		}
		if now != *state || why != *reason {
			out = append(out, func() {
				*state, *reason = now, why
				if now == evidence.Erased {
					erase()
				}
			})
		}
		return nil
	}
	for _, uri := range b.order {
		for _, p := range b.systems[uri].profiles {
			if err := ask(p.id, p.index, &p.state, &p.reason, func() { p.name, p.owner, p.tier = "", "", "" }); err != nil {
				return nil, err
			}
		}
	}
	for _, t := range b.terms {
		if err := ask(t.ID, t.Index, &t.State, &t.Reason, func() { t.Why, t.RequestedBy, t.ApprovedBy = "", "", "" }); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// newest is the newest profile that counts.
func (s *system) newest() *profile {
	for _, p := range slices.Backward(s.profiles) {
		if p.state == evidence.OK {
			return p
		}
	}
	return nil
}

func text(m map[string]any, name string) string {
	s, _ := m[name].(string)
	return s
}

func instant(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}
