package gate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy"
)

// run is one rule over one subject of one system.
type run struct {
	dossier  *evidence.Dossier
	view     *view
	rule     *policy.Rule
	node     *evidence.Node // nil: none of the rule's kinds is there
	kind     string
	input    *policy.Input
	finding  policy.Finding // of the last judgement
	from, to time.Time      // between which it cannot differ; zero is unbounded
	judged   bool
}

// Judgement is a decision before it is recorded.
type Judgement struct {
	Decision
	// CutOff names rules that were ended by a bound of time or memory. Such an
	// answer is never recorded.
	CutOff []string

	from, to time.Time // holds_from and holds_until; zero is unbounded
}

// Judge judges the case at an instant.
func (c *Case) Judge(ctx context.Context, at time.Time) (Judgement, error) {
	at = at.UTC()
	var (
		beside sync.WaitGroup
		basis  string
		based  error
	)
	beside.Go(func() {
		based = recovered("take the basis", func() (err error) {
			basis, err = c.Basis()
			return err
		})
	})
	err := c.judgeRuns(ctx, at)
	beside.Wait()
	if err = cmp.Or(err, based); err != nil {
		return Judgement{}, err
	}
	j := Judgement{Decision: Decision{
		V: 1, Question: c.Question, Findings: []Finding{}, Reasons: slices.Clone(nonNil(c.reasons)), JudgedSize: c.Size, Checkpoint: c.Checkpoint,
		Set: c.SetDigest, Parameters: c.ParametersDigest, Trust: "sha256:" + c.Trust.Digest(), Engine: c.engine, DecidedAt: at.Format(time.RFC3339Nano), Basis: basis,
	}}
	var from, to time.Time
	findings := make([]*Finding, len(c.runs)) // sorted by what they point to, which is large
	for i, r := range c.runs {
		if r.finding.CutOff {
			j.CutOff = append(j.CutOff, r.rule.ID)
		}
		if r.from.After(from) {
			from = r.from
		}
		if !r.to.IsZero() && (to.IsZero() || r.to.Before(to)) {
			to = r.to
		}
		findings[i] = &Finding{System: r.dossier.System, Effect: c.effect(r.finding), Finding: r.finding}
	}
	slices.SortStableFunc(findings, compareFindings)
	j.Findings = make([]Finding, len(findings))
	for i, f := range findings {
		j.Findings[i] = *f
	}
	j.from, j.to = from, to
	j.HoldsFrom, j.HoldsUntil = instant(from), instant(to)
	c.verdict(&j.Decision)
	return j, nil
}

// plan lists what has to be judged: rules of kind dataset and model once per such
// thing of a dossier, rules of kind deployment once for the question.
func (c *Case) plan() error {
	runs := []*run{}
	for _, d := range c.Dossiers {
		v, err := c.view(d)
		if err != nil {
			return err
		}
		for _, rule := range c.Rules {
			before := len(runs)
			for _, n := range d.Nodes {
				for _, kind := range n.Kinds {
					if kind != "deployment" && slices.Contains(rule.Kinds, kind) {
						runs = append(runs, &run{dossier: d, view: v, rule: rule, node: n, kind: kind})
					}
				}
			}
			if slices.Contains(rule.Kinds, "deployment") {
				runs = append(runs, &run{dossier: d, view: v, rule: rule, node: d.Nodes[0], kind: "deployment"})
			}
			if len(runs) == before {
				runs = append(runs, &run{dossier: d, view: v, rule: rule})
			}
		}
	}
	for _, r := range runs {
		if r.node != nil {
			r.input = r.view.input(r.node, r.kind)
		}
	}
	c.runs = runs // all of them or none
	return nil
}

// judgeRuns judges every run on the processors there are. Runs share nothing they
// write, so the order in which they end changes nothing.
func (c *Case) judgeRuns(ctx context.Context, at time.Time) error {
	if c.runs == nil {
		if err := c.plan(); err != nil {
			return err
		}
	}
	workers := min(runtime.GOMAXPROCS(0), len(c.runs))
	if workers <= 1 {
		for _, r := range c.runs {
			if err := r.judge(ctx, c, at); err != nil {
				return err
			}
		}
		return nil
	}
	errs := make([]error, len(c.runs))
	var next atomic.Int64
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for {
				// a few at a time: most take microseconds
				end := int(next.Add(runsAtOnce))
				for i := end - runsAtOnce; i < min(end, len(c.runs)); i++ {
					r := c.runs[i]
					errs[i] = recovered("judge "+r.rule.ID, func() error { return r.judge(ctx, c, at) })
				}
				if end >= len(c.runs) {
					return
				}
			}
		})
	}
	group.Wait()
	return errors.Join(errs...)
}

// runsAtOnce is how many runs one worker takes up together.
const runsAtOnce = 4

// judge evaluates the run unless the instant lies where the last outcome holds.
func (r *run) judge(ctx context.Context, c *Case, at time.Time) error {
	if r.judged && !at.Before(r.from) && (r.to.IsZero() || at.Before(r.to)) {
		return nil
	}
	clock := policy.NewClock(at)
	if r.node == nil {
		r.finding = c.Set.MissingSubject(r.rule, clock)
	} else {
		in, err := r.inputAt(ctx, c, at)
		if err != nil {
			return err
		}
		id, known := c.Set.Identity(r.rule, in, r.view.effective)
		f, held := policy.Finding{}, false
		if known {
			f, held = c.caches.finding(id, clock)
		}
		if !held {
			if f, err = c.Set.Evaluate(ctx, r.rule, in, r.view.effective, clock); err != nil {
				return fmt.Errorf("evaluate %s on %s: %w", r.rule.ID, r.node.Ref, err)
			}
			if known {
				c.caches.keep(id, f)
			}
		}
		r.finding = f
		r.finding.Subject.Kind = r.kind // a deployment is judged by the name of its subject
	}
	policy.ApplyWaiver(&r.finding, r.rule, r.view.waivers, c.waiverScope(r), c.Params, clock)
	r.from, r.to = clock.Bounds()
	r.judged = true
	return nil
}

func (c *Case) waiverScope(r *run) policy.WaiverScope {
	var path []string
	if r.node != nil {
		path = refStrings(r.node.Path)
	}
	return policy.WaiverScope{Path: path, System: r.dossier.System, Action: c.Question.Action, Environment: c.Question.Environment, Origin: c.Origin, Subject: string(c.Question.Subject)}
}

// effect says what a finding does in this gate. Critical rules block everywhere.
func (c *Case) effect(f policy.Finding) string {
	bad := f.Status == policy.StatusFail || f.Status == policy.StatusMissing || f.Status == policy.StatusUnassessable
	warned := f.Has(policy.LevelWarn)
	switch {
	case bad && (f.Severity == "critical" || slices.Contains(c.Gate.Blocks, f.Severity)):
		return Blocks
	case bad && slices.Contains(c.Gate.Warns, f.Severity), warned && f.Status == policy.StatusPass:
		return Warns
	}
	return None
}

// verdict applies the table of DESIGN, Decisions, to each system; the worst wins.
func (c *Case) verdict(d *Decision) {
	d.Verdict = Allow
	for _, dossier := range c.Dossiers {
		v, passed := Allow, false
		for _, f := range d.Findings {
			if f.System != dossier.System {
				continue
			}
			passed = passed || f.Status == policy.StatusPass
			switch {
			case f.Effect != Blocks:
			case f.Status == policy.StatusUnassessable:
				v = worse(v, Indeterminate)
			default:
				v = Deny
			}
		}
		if !passed && !c.refused {
			d.Reasons = append(d.Reasons, "no rule passed for "+dossier.System)
			v = worse(v, Indeterminate)
		}
		d.Verdict = worse(d.Verdict, v)
	}
	if c.refused {
		d.Verdict = Deny
	}
}

// compareFindings puts what blocks first, then severity, rule and subject.
func compareFindings(a, b *Finding) int {
	switch {
	case a.System != b.System:
		return strings.Compare(a.System, b.System)
	case a.Effect != b.Effect:
		return rank(a.Effect, Blocks, Warns, None) - rank(b.Effect, Blocks, Warns, None)
	case a.Severity != b.Severity:
		return rank(a.Severity, policy.Severities...) - rank(b.Severity, policy.Severities...)
	case a.Rule != b.Rule:
		return strings.Compare(a.Rule, b.Rule)
	case a.Subject.Ref != b.Subject.Ref:
		return strings.Compare(a.Subject.Ref, b.Subject.Ref)
	}
	return strings.Compare(a.Subject.Kind, b.Subject.Kind)
}

func rank(s string, order ...string) int { return slices.Index(order, s) }

func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// Flip looks for the first instant at which the verdict is another, by judging
// again where the judgement says it may change. Only instants that evidence, rules
// and waivers name can change anything, so the search ends by itself; where there
// are more than MaxFlipSteps of them, or a pinned clock makes the answer one of its
// instant alone, it says how far it looked.
func (c *Case) Flip(ctx context.Context, j *Judgement) error {
	next := j.HoldsUntil
	for range MaxFlipSteps {
		if next == "" {
			return nil
		}
		if j.Momentary() {
			break
		}
		t, err := time.Parse(time.RFC3339Nano, next)
		if err != nil {
			return fmt.Errorf("parse holds_until: %w", err)
		}
		later, err := c.Judge(ctx, t)
		if err != nil {
			return err
		}
		j.CutOff = append(j.CutOff, later.CutOff...)
		if later.Verdict != j.Verdict {
			j.FlipsAt, j.FlipsTo = next, later.Verdict
			return nil
		}
		next = later.HoldsUntil
	}
	j.FlipsSearched = next
	return nil
}
