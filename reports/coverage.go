package reports

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/predicate"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
)

// Standings of a requirement.
const (
	Met           = "met"            // every rule that serves it passed, or was waived
	Gap           = "gap"            // a rule failed or its evidence is missing, or would once its law applies
	Open          = "open"           // nobody can tell: unassessable
	Elsewhere     = "elsewhere"      // documented outside the ledger, by digest
	NotApplicable = "not applicable" // signed, or proven from evidence
	NoRule        = "no rule"        // nothing in the rule set looks at it
)

// Coverage is how one system stands to the requirements of a framework: the kinds
// annex-iv, ai-rmf and iso-42001-soa.
type Coverage struct {
	Head
	Scope        Scope          `json:"scope"`
	System       *System        `json:"system,omitempty"`
	Framework    string         `json:"framework"`
	Version      string         `json:"version"`
	Requirements []Requirement  `json:"requirements"`
	Counts       map[string]int `json:"counts"` // by standing
	Findings     []Finding      `json:"findings"`
	Evidence     []Evidence     `json:"evidence"`
}

// Requirement is one control or point and how the system stands to it.
type Requirement struct {
	ID        string `json:"id"`
	Text      string `json:"text"`
	Provision string `json:"provision"`
	// Target says whether the requirement is to be met: true unless a signed
	// statement takes it out, which TargetBy then cites.
	Target       bool     `json:"target"`
	TargetReason string   `json:"target_reason,omitempty"`
	TargetBy     *uint64  `json:"target_by,omitempty"`
	Implemented  *bool    `json:"implemented,omitempty"` // as the same statement claims
	Owner        string   `json:"owner,omitempty"`
	Standing     string   `json:"standing"`
	Why          []string `json:"why"`
	// Priority is the severity of the worst finding that makes a gap.
	Priority string   `json:"priority,omitempty"`
	Findings []string `json:"findings"` // ids
	Evidence []uint64 `json:"evidence"` // ledger indices
	// Content is what the evidence says, where the kind documents the system.
	Content []Said `json:"content,omitempty"`
}

// Said is a member of a statement, in words.
type Said struct {
	Evidence uint64 `json:"evidence"` // ledger index
	Type     string `json:"type"`
	Member   string `json:"member"`
	Value    string `json:"value"`
}

// plan of a kind that covers a framework.
type coverage struct {
	kind, framework, title string
	takes                  func(id string) bool
	// stand settles what the rules alone do not: decisions signed by people.
	stand func(b *builder, c *Coverage) error
}

// served groups the rules of a set that serve the requirements by the action they
// are judged for: what they would say of the running system first.
func served(set *policy.Set, framework string, takes func(string) bool) map[string][]string {
	out := map[string][]string{}
	for _, r := range set.Rules() {
		serves := slices.ContainsFunc(r.Controls, func(c string) bool {
			id, ok := strings.CutPrefix(c, framework+"/")
			return ok && takes(id)
		})
		if !serves {
			continue
		}
		for _, action := range []string{"continue", "deploy", "release", "train"} {
			if slices.Contains(r.Actions, action) {
				out[action] = append(out[action], r.ID)
				break
			}
		}
	}
	return out
}

// build judges one system by every rule of the active set that serves the
// framework, whatever the gate names.
func (k coverage) build(ctx context.Context, cfg Config, q Request) (Model, error) {
	o, err := open(ctx, cfg, q)
	if err != nil {
		return nil, fmt.Errorf("build report: %w", err)
	}
	c, err := cfg.Gate.Case(ctx, gate.Question{Subject: attest.RefOf(q.System), System: q.System, Action: "deploy", Environment: q.Environment}, gate.Options{KnownAt: &o.size})
	if err != nil {
		return nil, fmt.Errorf("build report: %w", err)
	}
	books, digest, err := readBooks(cfg.Frameworks)
	if err != nil {
		return nil, fmt.Errorf("build report: %w", err)
	}
	at := slices.IndexFunc(books, func(f policy.Framework) bool { return f.ID == k.framework })
	if at < 0 {
		return nil, fmt.Errorf("%w: no framework file describes %s", ErrRequest, k.framework)
	}
	b := &builder{cfg: cfg, q: q, byItem: map[uint64]*Evidence{}, only: served(c.Set, k.framework, k.takes), report: &Report{Head: Head{V: Version, Kind: k.kind, AsOf: stamp(q.AsOf)}}}
	for _, step := range []func(context.Context) error{b.ledger, b.scope, b.judge} {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("build report: %w", err)
		}
	}
	b.finish()
	out := &Coverage{Head: o.head(k.kind), Scope: b.report.Scope, System: b.report.System, Framework: books[at].Title, Version: books[at].Version, Counts: map[string]int{}}
	out.Rules = b.report.Rules
	out.Rules.Frameworks = digest
	for _, control := range books[at].Controls {
		if k.takes(control.ID) {
			out.Requirements = append(out.Requirements, b.requirement(k.framework, control))
		}
	}
	if err := k.stand(b, out); err != nil {
		return nil, fmt.Errorf("build report: %w", err)
	}
	for i := range out.Requirements {
		out.Counts[out.Requirements[i].Standing]++
	}
	out.cite(b.report)
	out.Title = fmt.Sprintf("%s: %s in %s", k.title, b.report.systemName(), q.Environment)
	out.Sentence = out.sentence()
	return out, nil
}

// requirement takes its standing from the findings of the rules that serve it.
func (b *builder) requirement(framework string, c policy.Control) Requirement {
	out := Requirement{ID: c.ID, Text: c.Text, Provision: c.Provision, Target: true, Why: []string{}, Findings: []string{}, Evidence: []uint64{}}
	var these []*Finding
	for i := range b.report.Findings {
		if f := &b.report.Findings[i]; slices.Contains(f.Controls, framework+"/"+c.ID) {
			these = append(these, f)
		}
	}
	out.settle(these)
	return out
}

// settle stands a requirement by findings.
func (q *Requirement) settle(these []*Finding) {
	q.Standing = NoRule
	rank := map[string]int{NoRule: 0, NotApplicable: 1, Met: 2, Open: 3, Gap: 4}
	for _, f := range these {
		standing := Met
		status, from := f.Status, ""
		if status == policy.StatusNotYetApplicable {
			status, from = f.WouldBe, " (the law applies from "+f.AppliesFrom+")"
		}
		switch status {
		case policy.StatusFail, policy.StatusMissing:
			standing = Gap
		case policy.StatusUnassessable:
			standing = Open
		case policy.StatusNotApplicable:
			standing = NotApplicable
		}
		if rank[standing] > rank[q.Standing] {
			q.Standing = standing
		}
		if standing == Gap || standing == Open {
			q.Why = append(q.Why, f.Rule+" "+word(status)+": "+f.First()+from)
			if q.Priority == "" || slices.Index(policy.Severities, f.Severity) < slices.Index(policy.Severities, q.Priority) {
				q.Priority = f.Severity
			}
			if q.Owner == "" {
				q.Owner = f.Owner
			}
		}
		q.Findings = append(q.Findings, f.ID)
		for _, i := range f.Cites() {
			if !slices.Contains(q.Evidence, i) {
				q.Evidence = append(q.Evidence, i)
			}
		}
	}
	slices.Sort(q.Evidence)
}

// cite keeps the findings and evidence that requirements name.
func (c *Coverage) cite(r *Report) {
	c.Findings, c.Evidence = []Finding{}, []Evidence{}
	named, read := map[string]bool{}, map[uint64]bool{}
	for i := range c.Requirements {
		q := &c.Requirements[i]
		for _, id := range q.Findings {
			named[id] = true
		}
		for _, index := range q.Evidence {
			read[index] = true
		}
		if q.TargetBy != nil {
			read[*q.TargetBy] = true
		}
	}
	for _, f := range r.Findings {
		if named[f.ID] {
			c.Findings = append(c.Findings, f)
		}
	}
	for _, e := range r.Evidence {
		if read[e.Index] {
			e.CitedBy = slices.DeleteFunc(slices.Clone(e.CitedBy), func(id string) bool { return !named[id] })
			c.Evidence = append(c.Evidence, e)
		}
	}
}

func (c *Coverage) sentence() string {
	target := len(c.Requirements) - c.Counts[NotApplicable]
	out := fmt.Sprintf("Of %s that apply, %d are met", count(target, "requirement", "requirements"), c.Counts[Met]+c.Counts[Elsewhere])
	for _, s := range []struct{ standing, what string }{{Gap, "have a gap"}, {Open, "cannot be told yet"}, {NoRule, "no rule looks at"}} {
		if n := c.Counts[s.standing]; n > 0 {
			out += fmt.Sprintf(", %d %s", n, s.what)
		}
	}
	return out + "."
}

// items lists the statements of a type that count, newest first, over the system's
// dossiers.
func (b *builder) items(short string) []*evidence.Item {
	var out []*evidence.Item
	for _, a := range b.asked {
		for _, d := range a.c.Dossiers {
			for _, it := range d.Items() {
				if it.Type == short && it.State == evidence.OK && !slices.ContainsFunc(out, func(o *evidence.Item) bool { return o.Index == it.Index }) {
					out = append(out, it)
				}
			}
		}
	}
	slices.SortFunc(out, func(x, y *evidence.Item) int { return cmp.Compare(y.Index, x.Index) })
	return out
}

// read decodes the predicate of an item into its type: all of it, or of a long list
// of items the members that are wanted.
func read[T any](it *evidence.Item, members ...string) (T, error) {
	var out T
	tree := it.Statement.Predicate
	if len(members) > 0 {
		tree = map[string]any{}
		for _, name := range members {
			if v, ok := it.Statement.Predicate[name]; ok {
				tree[name] = v
			}
		}
	}
	raw, err := attest.CanonicalJSON(tree)
	if err != nil {
		return out, err
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		return out, fmt.Errorf("entry %d, %s: %w", it.Index, it.Type, err)
	}
	return out, nil
}

// applied takes the decisions of an organisation on single controls, the newest
// statement of the topic first, into the requirements they name.
func (b *builder) applied(c *Coverage, topic string) error {
	for _, it := range b.items("org-evidence") {
		o, err := read[predicate.OrgEvidence](it)
		if err != nil {
			return err
		}
		if o.Topic != topic || len(o.Controls) == 0 {
			continue
		}
		for _, d := range o.Controls {
			i := slices.IndexFunc(c.Requirements, func(q Requirement) bool { return q.ID == d.ID })
			if i < 0 {
				continue
			}
			q := &c.Requirements[i]
			index := it.Index
			q.TargetReason, q.TargetBy, q.Implemented, q.Owner = d.Reason, &index, d.Implemented, cmp.Or(d.Owner, q.Owner)
			if d.Applicable != nil && !*d.Applicable {
				q.Target = false
				if q.Standing == NoRule || q.Standing == NotApplicable {
					q.Standing = NotApplicable
				}
			}
		}
		return nil
	}
	return nil
}
