package reports

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
)

// Changes is what is otherwise than at an earlier instant, and why.
type Changes struct {
	Since string `json:"since"`
	Size  uint64 `json:"size"` // entries logged by then
	// Note says why nothing could be compared; empty when it could.
	Note     string          `json:"note,omitempty"`
	Verdicts []VerdictChange `json:"verdicts"`
	Findings []FindingChange `json:"findings"`
	// Added and Withdrawn are ledger indices: new evidence, and evidence that
	// counted then and does not now.
	Added      []uint64      `json:"added"`
	Withdrawn  []uint64      `json:"withdrawn"`
	Set        *DigestChange `json:"set,omitempty"`
	Parameters *DigestChange `json:"parameters,omitempty"`
	Trust      *DigestChange `json:"trust,omitempty"`
}

// DigestChange is a document that was replaced.
type DigestChange struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// VerdictChange compares the answers to one question.
type VerdictChange struct {
	Subject Subject      `json:"subject"`
	Action  string       `json:"action"`
	From    gate.Verdict `json:"from"`
	To      gate.Verdict `json:"to"`
}

// Changed reports whether the verdict is another.
func (v VerdictChange) Changed() bool { return v.From != v.To }

// Kinds of finding changes.
const (
	ChangeNew       = "new"       // open now, not judged then
	ChangeFixed     = "fixed"     // open then, not now
	ChangeRegressed = "regressed" // open now, not then
	ChangeWaived    = "waived"    // open then, waived now: not fixed
	ChangeOther     = "changed"   // another status, open in both or neither
)

// FindingChange is a finding whose status is another.
type FindingChange struct {
	Change   string            `json:"change"`
	ID       string            `json:"id,omitempty"` // of the finding of this report
	Rule     string            `json:"rule"`
	Title    string            `json:"title"`
	Severity string            `json:"severity"`
	Subject  policy.SubjectRef `json:"subject"`
	System   string            `json:"system,omitempty"`
	Actions  []string          `json:"actions"`
	From     policy.Status     `json:"from,omitempty"` // empty: not judged then
	To       policy.Status     `json:"to,omitempty"`   // empty: not judged now
	Causes   []Cause           `json:"causes"`
}

// Causes of a change.
const (
	CauseTime       = "time"       // a date of law, an expiry, an age
	CauseRules      = "rule set"   //
	CauseParameters = "parameters" //
	CauseTrust      = "trust"      //
	CauseEvidence   = "evidence"   //
)

// Cause of a change, found by judging again with one thing replaced at a time:
// first the instant, then the rule set, then all the ledger holds.
type Cause struct {
	Kind      string   `json:"kind"`
	Text      string   `json:"text"`
	Added     []uint64 `json:"added,omitempty"` // ledger indices
	Withdrawn []uint64 `json:"withdrawn,omitempty"`
}

// changes compares with the earlier instant, question by question.
func (b *builder) changes(ctx context.Context) error {
	if b.q.Since.IsZero() {
		return nil
	}
	out := &Changes{Since: stamp(b.q.Since)}
	b.report.Changes = out
	var err error
	if out.Size, err = b.cfg.Locker.Log().SizeAt(ctx, b.q.Since); err != nil {
		return err
	}
	out.Size = min(out.Size, b.size)
	if out.Size == 0 {
		out.Note = "the ledger held nothing then"
		return nil
	}
	for _, a := range b.asked {
		if err := b.compare(ctx, a, out); err != nil {
			if notThere(err) {
				out.Note = "the ledger held no rules to judge by then"
				return nil
			}
			return err
		}
	}
	slices.Sort(out.Added)
	out.Added = slices.Compact(out.Added)
	slices.Sort(out.Withdrawn)
	out.Withdrawn = slices.Compact(out.Withdrawn)
	order := []string{ChangeRegressed, ChangeNew, ChangeWaived, ChangeFixed, ChangeOther}
	slices.SortStableFunc(out.Findings, func(x, y FindingChange) int {
		if d := slices.Index(order, x.Change) - slices.Index(order, y.Change); d != 0 {
			return d
		}
		if d := slices.Index(policy.Severities, x.Severity) - slices.Index(policy.Severities, y.Severity); d != 0 {
			return d
		}
		return strings.Compare(x.Rule+"\n"+x.Subject.Ref+"\n"+x.Subject.Kind, y.Rule+"\n"+y.Subject.Ref+"\n"+y.Subject.Kind)
	})
	return nil
}

// steps are the same question judged with one thing replaced at a time.
type steps struct {
	then, later, newRules, now map[string]*gate.Finding
}

func (b *builder) compare(ctx context.Context, a *asked, out *Changes) error {
	c, err := b.cfg.Gate.Case(ctx, a.question, gate.Options{KnownAt: &out.Size})
	if err != nil {
		return err
	}
	judge := func(c *gate.Case, later bool) (gate.Judgement, map[string]*gate.Finding, error) {
		at := b.q.Since
		if later {
			at = b.q.AsOf
		}
		j, err := c.Judge(ctx, at)
		if err == nil {
			err = whole(j)
		}
		found := map[string]*gate.Finding{}
		for i := range j.Findings {
			found[findingID(&j.Findings[i])] = &j.Findings[i]
		}
		return j, found, err
	}
	var s steps
	then, found, err := judge(c, false)
	if err != nil {
		return err
	}
	s.then = found
	if _, s.later, err = judge(c, true); err != nil {
		return err
	}
	s.newRules = s.later
	if c.SetDigest != a.c.SetDigest {
		again, err := b.cfg.Gate.Case(ctx, a.question, gate.Options{KnownAt: &out.Size, Set: a.c.Set})
		switch {
		case errors.Is(err, policy.ErrUnknownRule): // the old gates name rules the new set lacks: told with the rest
		case err != nil:
			return err
		default:
			if _, s.newRules, err = judge(again, true); err != nil {
				return err
			}
		}
	}
	s.now = map[string]*gate.Finding{}
	shown := map[string]string{}
	for i := range a.j.Findings {
		id := findingID(&a.j.Findings[i])
		s.now[id], shown[id] = &a.j.Findings[i], a.ids[i]
	}
	out.Verdicts = append(out.Verdicts, VerdictChange{Subject: a.subject, Action: a.question.Action, From: then.Verdict, To: a.j.Verdict})
	out.Set = replaced(c.SetDigest, a.c.SetDigest)
	out.Parameters = replaced(c.ParametersDigest, a.c.ParametersDigest)
	out.Trust = replaced(c.Trust.Digest(), a.c.Trust.Digest())
	states(c, a.c, out)
	s.list(a, shown, out)
	return nil
}

func replaced(from, to string) *DigestChange {
	if from == to {
		return nil
	}
	return &DigestChange{from, to}
}

// states compares what counted then with what counts now.
func states(then, now *gate.Case, out *Changes) {
	counted := func(c *gate.Case) map[uint64]bool {
		m := map[uint64]bool{}
		for _, d := range c.Dossiers {
			for _, it := range d.Items() {
				m[it.Index] = m[it.Index] || it.State == evidence.OK
			}
		}
		return m
	}
	was, is := counted(then), counted(now)
	for index := range is {
		if _, old := was[index]; !old && index >= then.Size {
			out.Added = append(out.Added, index)
		}
	}
	for index, ok := range was {
		if ok && !is[index] {
			out.Withdrawn = append(out.Withdrawn, index)
		}
	}
}

func (s *steps) list(a *asked, shown map[string]string, out *Changes) {
	ids := make([]string, 0, len(s.now)+len(s.then))
	for id := range s.now {
		ids = append(ids, id)
	}
	for id := range s.then {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		from, to := status(s.then[id]), status(s.now[id])
		if from == to {
			continue
		}
		f := s.now[id]
		if f == nil {
			f = s.then[id]
		}
		change := FindingChange{Change: kindOf(from, to), ID: shown[id], Rule: f.Rule, Title: f.Title, Severity: f.Severity, Subject: f.Subject,
			System: f.System, From: from, To: to, Causes: s.causes(id, out)}
		i := slices.IndexFunc(out.Findings, func(o FindingChange) bool {
			return o.Rule == f.Rule && o.System == f.System && o.Subject == f.Subject && o.From == from && o.To == to
		})
		if i < 0 {
			i = len(out.Findings)
			out.Findings = append(out.Findings, change)
		}
		if at := &out.Findings[i]; !slices.Contains(at.Actions, a.question.Action) {
			at.Actions = append(at.Actions, a.question.Action)
		}
	}
}

func status(f *gate.Finding) policy.Status {
	if f == nil {
		return ""
	}
	return f.Status
}

func kindOf(from, to policy.Status) string {
	open := func(s policy.Status) bool {
		return s == policy.StatusFail || s == policy.StatusMissing || s == policy.StatusUnassessable
	}
	switch {
	case from == "" && open(to):
		return ChangeNew
	case open(from) && to == policy.StatusWaived:
		return ChangeWaived
	case open(from) && !open(to):
		return ChangeFixed
	case !open(from) && open(to):
		return ChangeRegressed
	}
	return ChangeOther
}

// causes names each step at which the status became another.
func (s *steps) causes(id string, out *Changes) []Cause {
	var causes []Cause
	then, later, newRules, now := s.then[id], s.later[id], s.newRules[id], s.now[id]
	if status(then) != status(later) {
		causes = append(causes, Cause{Kind: CauseTime, Text: fmt.Sprintf("by the passing of time alone it became %s: a date of law, an age or an expiry was reached", word(status(later)))})
	}
	if status(later) != status(newRules) {
		causes = append(causes, Cause{Kind: CauseRules, Text: fmt.Sprintf("under the new rule set it became %s on the same evidence", word(status(newRules)))})
	}
	if status(newRules) == status(now) {
		return causes
	}
	if newRules != nil && now != nil && !sameParams(newRules.Params, now.Params) {
		causes = append(causes, Cause{Kind: CauseParameters, Text: "a number it is judged by is another"})
	}
	e := Cause{Kind: CauseEvidence}
	was, is := cited(newRules), cited(now)
	for _, index := range is {
		if !slices.Contains(was, index) {
			e.Added = append(e.Added, index)
		}
	}
	for _, index := range was {
		if !slices.Contains(is, index) {
			e.Withdrawn = append(e.Withdrawn, index)
		}
	}
	switch {
	case len(e.Added) > 0 && len(e.Withdrawn) > 0:
		e.Text = "evidence came, and other evidence no longer counts for it"
	case len(e.Added) > 0:
		e.Text = "evidence came"
	case len(e.Withdrawn) > 0:
		e.Text = "evidence it rested on no longer counts for it"
	case out.Trust != nil && len(causes) == 0:
		e = Cause{Kind: CauseTrust, Text: "who is trusted to say what is otherwise"}
	case len(causes) > 0:
		return causes
	default:
		e.Text = "other evidence about the subject or what it was made from is otherwise, such as a revocation"
	}
	return append(causes, e)
}

func cited(f *gate.Finding) []uint64 {
	if f == nil {
		return nil
	}
	of := Finding{Finding: f.Finding}
	return of.Cites()
}

func sameParams(a, b []policy.ParamUse) bool {
	return slices.EqualFunc(a, b, func(x, y policy.ParamUse) bool { return x.Name == y.Name && Text(x.Value) == Text(y.Value) })
}
