package gate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy"
)

// rollback is a model that deployments of the question name as their rollback
// target: a case of its own, whether it may be deployed in their place by the
// critical rules of the same gate. It is judged by the same Judge, at the same
// instant, and no further: its own rollback target is not asked about.
type rollback struct {
	target attest.Ref
	c      *Case

	mu sync.Mutex // rules of one question are judged in parallel
}

// rollbacks assembles the rollback targets of a dossier, for rules that read them.
func (a assembly) rollbacks(ctx context.Context, r *evidence.Reading, c *Case, d *evidence.Dossier) error {
	if !slices.ContainsFunc(c.Rules, (*policy.Rule).ReadsRollbacks) {
		return nil
	}
	rules, err := c.Params.Select(c.Set, c.Question.Environment, "deploy")
	if err != nil && !errors.Is(err, policy.ErrNoRules) {
		return err
	}
	rules = slices.DeleteFunc(rules, func(r *policy.Rule) bool { return r.Severity != "critical" })
	out := []*rollback{}
	for _, target := range targets(d) {
		t := &Case{
			Question: Question{Subject: target, System: d.System, Action: "deploy", Environment: d.Environment},
			Origin:   c.Origin, Size: c.Size, Checkpoint: c.Checkpoint, Trust: c.Trust, TrustIndex: c.TrustIndex, Params: c.Params,
			ParametersDigest: c.ParametersDigest, ParametersIndex: c.ParametersIndex, Set: c.Set, SetDigest: c.SetDigest, Gate: c.Gate,
			Rules: rules, Reading: r, engine: c.engine, caches: c.caches,
		}
		if len(rules) == 0 {
			t.refuse("the gate of %s has no critical rule for deploy to hold a rollback target against", d.Environment)
		}
		of, err := a.locker.Gather(ctx, r, c.Trust, evidence.Query{
			Subject: target, System: d.System, Action: "deploy", Environment: d.Environment, Origin: a.origin})
		if err != nil {
			return fmt.Errorf("gather evidence about the rollback target %s: %w", target, err)
		}
		t.Dossiers = []*evidence.Dossier{of}
		out = append(out, &rollback{target: target, c: t})
	}
	if c.fallbacks == nil {
		c.fallbacks = map[*evidence.Dossier][]*rollback{}
	}
	c.fallbacks[d] = out
	return nil
}

// targets are the models that the deployments of a dossier name, those of the newest
// first. Of more than MaxRollbacks the rest stays unjudged, which passes nothing.
func targets(d *evidence.Dossier) []attest.Ref {
	items := slices.Clone(d.Deployment)
	slices.SortFunc(items, func(a, b *evidence.Item) int { return int(b.Index) - int(a.Index) })
	var out []attest.Ref
	for _, it := range items {
		if it.Type != "deployment" || it.State != evidence.OK {
			continue
		}
		named, _ := it.Statement.Predicate["rollback_target"].(string)
		target, err := attest.ParseRef(named)
		if err == nil && !slices.Contains(out, target) && len(out) < MaxRollbacks {
			out = append(out, target)
		}
	}
	return out
}

// at is the answer about a rollback target at an instant.
func (b *rollback) at(ctx context.Context, at time.Time) (*policy.Rollback, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	j, err := b.c.Judge(ctx, at)
	if err != nil {
		return nil, fmt.Errorf("judge the rollback target %s: %w", b.target, err)
	}
	subject := b.c.Dossiers[0].Nodes[0]
	out := &policy.Rollback{Ref: string(b.target), Known: subject.Known(), Revoked: revocations(subject), Verdict: string(j.Verdict), Reasons: j.Reasons}
	for _, f := range j.Findings {
		out.Findings = append(out.Findings, f.Finding)
	}
	out.From, out.Until = j.from, j.to
	return out, nil
}

// inputAt is what the run's rule sees at an instant: the input of its view, and for a
// rule that reads them the rollback targets as they are judged then.
func (r *run) inputAt(ctx context.Context, c *Case, at time.Time) (*policy.Input, error) {
	list, ok := c.fallbacks[r.dossier]
	if !ok || !r.rule.ReadsRollbacks() {
		return r.input, nil
	}
	in := *r.input
	in.Related.Rollbacks = []*policy.Rollback{}
	for _, b := range list {
		judged, err := b.at(ctx, at)
		if err != nil {
			return nil, err
		}
		in.Related.Rollbacks = append(in.Related.Rollbacks, judged)
	}
	return &in, nil
}

// Beside are the dossiers of rollback targets: evidence that findings cite and that is
// about none of the subjects asked about.
func (c *Case) Beside() []*evidence.Dossier {
	var out []*evidence.Dossier
	for _, d := range c.Dossiers {
		for _, b := range c.fallbacks[d] {
			out = append(out, b.c.Dossiers...)
		}
	}
	return out
}

// basis waits for a rule that is asking for an answer about the target.
func (b *rollback) basis() (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.c.Basis()
}

// rollbackBases are the bases of the rollback targets of a dossier: all that the
// answers about them depend on but the instant.
func (c *Case) rollbackBases(d *evidence.Dossier) ([]string, error) {
	var out []string
	for _, b := range c.fallbacks[d] {
		basis, err := b.basis()
		if err != nil {
			return nil, err
		}
		out = append(out, basis)
	}
	return out, nil
}
