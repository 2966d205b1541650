package policy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/metrics"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// Evaluate judges one subject by one rule of the set. What goes wrong inside
// the rule is the finding's (unassessable); an error is the caller's: a
// cancelled context, or an input that breaks the contract. Waivers are applied
// to findings afterwards (ApplyWaivers).
//
// Every date that bears on the finding is asked of the clock, which stands at
// judgement time and may be shared by all rules of a question.
func (s *Set) Evaluate(ctx context.Context, r *Rule, in *Input, p *Effective, c *Clock) (Finding, error) {
	if own, ok := s.byID[r.ID]; !ok || own != r {
		return Finding{}, fmt.Errorf("%w: %s is not a rule of this set", ErrUnknownRule, r.ID)
	}
	if err := checkInput(in); err != nil {
		return Finding{}, err
	}
	own := NewClock(c.At())
	f := r.newFinding(SubjectRef{Ref: in.Subject.Ref, Name: in.Subject.Name, Kind: in.Subject.Kind})
	eachItem(r, in, func(it *Item) { f.Evidence = append(f.Evidence, it.cite()) })
	eachNode(r, in, func(n *Node) {
		for _, rev := range n.Revoked {
			f.Evidence = append(f.Evidence, rev.cite())
		}
	})
	if r.ReadsRollbacks() {
		f.rollbacks(in.Related.Rollbacks, own)
	}
	j := judgement{rule: r, in: in, limits: s.limits, clock: own, finding: &f}
	judge := j.judge
	if r.foreign != nil {
		judge = j.judgeForeign
	}
	if err := judge(ctx, p); err != nil {
		return Finding{}, err
	}
	r.date(&f, own, j.from)
	f.settle()
	c.Merge(own)
	f.HoldsFrom, f.HoldsUntil = own.Interval()
	return f, nil
}

// MissingSubject is the finding of a selected rule that found no subject of
// any of its kinds.
func (s *Set) MissingSubject(r *Rule, c *Clock) Finding {
	own := NewClock(c.At())
	f := r.newFinding(SubjectRef{})
	f.Status = StatusMissing
	f.Reason = "no " + strings.Join(r.Kinds, " or ") + " was found to judge"
	r.date(&f, own, time.Time{})
	c.Merge(own)
	f.HoldsFrom, f.HoldsUntil = own.Interval()
	return f
}

func (r *Rule) newFinding(subject SubjectRef) Finding {
	return Finding{
		Rule: r.ID, Title: r.Title, Severity: r.Severity, Basis: r.Basis, Subject: subject,
		Remediation: r.Remediation, Controls: slices.Clone(r.Controls),
	}
}

// date lays the dates of the rule over the finding. from is the later date that the
// evidence puts this subject under, zero when there is none.
func (r *Rule) date(f *Finding, c *Clock, from time.Time) {
	if !r.appliesFrom.IsZero() && !c.ReachedTime(r.appliesFrom) {
		f.WouldBe, f.Status = f.Status, StatusNotYetApplicable
		f.Reason = joinReason("applies from "+r.AppliesFrom, f.Reason)
		return
	}
	if !from.IsZero() && !c.ReachedTime(from) {
		f.WouldBe, f.Status = f.Status, StatusNotYetApplicable
		f.Reason = joinReason("applies from "+from.Format(time.DateOnly)+" to what the evidence shows", f.Reason)
		return
	}
	if !r.appliesEnd.IsZero() && c.ReachedTime(r.appliesEnd) {
		f.WouldBe, f.Status = f.Status, StatusNotApplicable
		f.Reason = joinReason("no longer applies since "+r.AppliesUntil, f.Reason)
	}
}

func joinReason(a, b string) string {
	if b == "" {
		return a
	}
	return a + "; " + b
}

func (it *Item) cite() Cite {
	return Cite{ID: it.ID, Type: it.Type, Index: it.Index, Leaf: it.Leaf, Principals: slices.Clone(it.Principals), Proven: it.Proven.UTC()}
}

// judgement is one rule over one input, from nothing to a status.
type judgement struct {
	rule    *Rule
	in      *Input
	limits  Limits
	clock   *Clock
	finding *Finding
	from    time.Time // later than the date of the metadata, by applies_from
	tracer  *tracer   // nil unless somebody asks why
	pinned  bool      // time.now_ns, where it compiles, is the judgement instant
}

// judge goes through the statuses in their order: not_applicable, missing,
// unassessable, fail, pass.
func (j *judgement) judge(ctx context.Context, p *Effective) error {
	f, r := j.finding, j.rule
	params, problems := p.bind(r, f)
	input := compose(r, j.in)

	var brokenApplies string
	if r.applies.body != nil && len(problems) == 0 {
		cells, broken, err := j.ask(ctx, r.applies, input, params)
		if err != nil {
			return err
		}
		if broken != "" {
			brokenApplies = "not_applicable: " + broken
		} else {
			if v := cells[exportNotApplicable]; v != nil {
				switch yes, ok := v.Value.(ast.Boolean); {
				case !ok:
					brokenApplies = "not_applicable is no boolean but " + ast.ValueName(v.Value)
				case bool(yes):
					f.Status, f.Reason = StatusNotApplicable, "the rule says so from the evidence"
					return nil
				}
			}
			if why := j.postpone(cells[exportAppliesFrom]); why != "" {
				brokenApplies = why
			}
		}
	}
	if missing := j.missing(); missing != "" {
		f.Status, f.Reason = StatusMissing, missing
		return nil
	}
	f.Status = StatusUnassessable
	switch erased := j.erased(); {
	case erased != "":
		f.Reason = erased
		return nil
	case len(problems) > 0:
		f.Reason = strings.Join(problems, "; ")
		return nil
	case brokenApplies != "":
		f.Reason = brokenApplies
		return nil
	}
	cells, broken, err := j.ask(ctx, r.judge, input, params)
	if err != nil {
		return err
	}
	if broken != "" {
		f.Reason = broken
		return nil
	}
	return j.weigh(cells)
}

// postpone takes in the date from which the law binds this subject, where the law
// has several: a rule's own date is the earliest of them and can only be put off.
func (j *judgement) postpone(v *ast.Term) string {
	if v == nil {
		return ""
	}
	at, err := instantArg(v)
	switch {
	case err != nil:
		return "applies_from: " + err.Error()
	case at.Before(j.rule.appliesFrom):
		return fmt.Sprintf("applies_from is %s, before the %s of the rule's metadata", FormatInstant(at), j.rule.AppliesFrom)
	}
	j.from = at
	return ""
}

// weigh turns what the rule exported into a status.
func (j *judgement) weigh(cells map[export]*ast.Term) error {
	f := j.finding
	var shape []string
	take := func(e export, level string) int {
		v := cells[e]
		if v == nil {
			return 0
		}
		list, faults := messages(level, v)
		f.Messages = append(f.Messages, list...)
		for _, why := range faults {
			shape = append(shape, string(e)+": "+why)
		}
		return len(list)
	}
	denied := take(exportDeny, LevelDeny)
	take(exportWarn, LevelWarn)
	notAssessable := false
	if v := cells[exportNotAssessable]; v != nil {
		if yes, ok := v.Value.(ast.Boolean); ok {
			notAssessable = bool(yes)
		} else {
			notAssessable = take(exportNotAssessable, LevelInfo) > 0
		}
	}
	passed := false
	if v := cells[exportPass]; v != nil {
		yes, ok := v.Value.(ast.Boolean)
		if !ok {
			shape = append(shape, "pass is no boolean but "+ast.ValueName(v.Value))
		}
		passed = bool(yes)
	}
	switch {
	case len(shape) > 0:
		slices.Sort(shape)
		f.Status, f.Reason = StatusUnassessable, "the rule is broken: "+strings.Join(shape, "; ")
	case notAssessable:
		f.Status, f.Reason = StatusUnassessable, "the rule says that the evidence cannot be judged"
	case denied > 0:
		f.Status = StatusFail
	case passed:
		f.Status = StatusPass
	default:
		f.Status, f.Reason = StatusUnassessable, "the rule neither passes nor denies: something it looks for is not in the evidence"
	}
	return nil
}

// missing says which required types are wanting, "" when none is. Erased
// evidence was there; it makes a rule unassessable, not its evidence missing.
func (j *judgement) missing() string {
	var wanting []string
	for _, group := range j.rule.Requires {
		there := slices.ContainsFunc(group, func(t string) bool {
			return len(j.in.Evidence[t]) > 0 ||
				slices.ContainsFunc(j.in.Withheld[t], func(it *Item) bool { return it.State == StateErased })
		})
		if there {
			continue
		}
		text := "no " + strings.Join(group, " or ")
		var held []string
		for _, t := range group {
			for _, it := range j.in.Withheld[t] {
				held = append(held, fmt.Sprintf("%s %d is %s: %s", t, it.Index, it.State, it.Reason))
				j.finding.Messages = append(j.finding.Messages, Message{
					Level: LevelInfo, Msg: fmt.Sprintf("%s at index %d does not count: %s: %s", t, it.Index, it.State, it.Reason),
					Members: map[string]any{"id": it.ID, "type": t, "state": it.State},
				})
			}
		}
		if len(held) > 0 {
			text += " that counts (" + strings.Join(held, "; ") + ")"
		}
		wanting = append(wanting, text)
	}
	return strings.Join(wanting, ", ")
}

// erased lists evidence of the declared types that the rule would have read and
// that was erased: at its home, or about a node the rule looks at.
func (j *judgement) erased() string {
	var list []string
	in := func(withheld map[string][]*Item) {
		for _, t := range j.rule.types {
			for _, it := range withheld[t] {
				if it.State == StateErased {
					list = append(list, fmt.Sprintf("%s at index %d was erased: %s", t, it.Index, it.Reason))
				}
			}
		}
	}
	in(j.in.Withheld)
	eachNode(j.rule, j.in, func(n *Node) { in(n.Withheld) })
	slices.Sort(list)
	list = slices.Compact(list)
	j.finding.erased = len(list) > 0
	return strings.Join(list, "; ")
}

// ask evaluates one query. broken says why the rule could not be evaluated; an
// error is the caller's cancellation.
func (j *judgement) ask(ctx context.Context, q compiledQuery, input *ast.Term, params *paramsTxn) (cells map[export]*ast.Term, broken string, err error) {
	if err := ctx.Err(); err != nil {
		return nil, "", err
	}
	m := &meter{ctx: ctx, deadline: time.Now().Add(j.limits.Time), limits: j.limits}
	evalCtx := context.WithValue(ctx, runKey{}, &run{clock: j.clock})
	query := topdown.NewQuery(q.body).
		WithQueryCompiler(q.query).
		WithCompiler(j.rule.set.compiler).
		WithBuiltins(j.rule.set.builtins).
		WithStore(paramsStore{}).
		WithTransaction(params).
		WithMetrics(metrics.NoOp()).
		WithInput(input).
		WithCancel(m).
		WithStrictBuiltinErrors(true)
	if j.pinned {
		query = query.WithTime(j.clock.At())
	}
	if j.tracer != nil {
		// the index would leave out definitions without a word
		query = query.WithQueryTracer(j.tracer).WithIndexing(false)
	}
	err = query.Iter(evalCtx, func(qr topdown.QueryResult) error {
		cells, err = q.read(qr)
		return err
	})
	if m.cause != causeNone {
		if parent := ctx.Err(); parent != nil {
			return nil, "", parent
		}
		j.finding.CutOff = true
		return nil, m.reason(), nil
	}
	if err != nil {
		return nil, errorReason(err), nil
	}
	if cells == nil {
		return nil, "the query gave no result", nil
	}
	return cells, "", nil
}

// read takes the exports out of what the query gave.
func (q compiledQuery) read(qr topdown.QueryResult) (map[export]*ast.Term, error) {
	held := make([]*ast.Term, len(q.exports))
	for i, c := range q.cells {
		held[i] = qr[c.name]
	}
	if q.cells == nil {
		if v := qr[ast.Var("cells")]; v != nil {
			if list, ok := v.Value.(*ast.Array); ok && list.Len() == len(q.exports) {
				for i := range held {
					held[i] = list.Elem(i)
				}
			}
		}
	}
	out := make(map[export]*ast.Term, len(q.exports))
	for i, e := range q.exports {
		if held[i] == nil {
			return nil, fmt.Errorf("the query gave no cell of %s", e)
		}
		if q.cells != nil && q.cells[i].always {
			out[e] = held[i]
			continue
		}
		list, ok := held[i].Value.(*ast.Array)
		if !ok || list.Len() > 1 {
			return nil, fmt.Errorf("%s gave more than one value", e)
		}
		if list.Len() == 1 {
			out[e] = list.Elem(0)
		}
	}
	return out, nil
}

// errorReason words an evaluation error with its place in the rule.
func errorReason(err error) string {
	var e *topdown.Error
	if errors.As(err, &e) {
		if e.Location != nil && e.Location.File != "" {
			return fmt.Sprintf("evaluation error: %s (%s:%d)", e.Message, e.Location.File, e.Location.Row)
		}
		return "evaluation error: " + e.Message
	}
	return "evaluation error: " + err.Error()
}
