package reports

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
)

// judge asks every question of the scope.
func (b *builder) judge(ctx context.Context) error {
	for _, s := range b.report.Scope.Subjects {
		for _, action := range b.report.Scope.Actions {
			a := &asked{subject: s, question: gate.Question{Subject: attest.Ref(s.Ref), System: b.q.System, Action: action, Environment: b.q.Environment}}
			var err error
			if a.c, err = b.cfg.Gate.Case(ctx, a.question, gate.Options{KnownAt: &b.size, Rules: b.only[action]}); err != nil {
				return err
			}
			if a.j, err = a.c.Judge(ctx, b.q.AsOf); err != nil {
				return err
			}
			if err := a.c.Flip(ctx, &a.j); err != nil {
				return err
			}
			if err := whole(a.j); err != nil {
				return err
			}
			b.asked = append(b.asked, a)
			b.collect(a.c)
		}
	}
	if err := b.merge(); err != nil {
		return err
	}
	for _, a := range b.asked {
		b.report.Verdicts = append(b.report.Verdicts, verdictOf(a))
	}
	b.rules()
	return nil
}

func whole(j gate.Judgement) error {
	if len(j.CutOff) == 0 {
		return nil
	}
	slices.Sort(j.CutOff)
	return fmt.Errorf("%w by a bound of time or memory in %v: the report would not come out the same again; build it on a machine with less to do", ErrCutOff, slices.Compact(j.CutOff))
}

func verdictOf(a *asked) Verdict {
	v := Verdict{Subject: a.subject, Action: a.question.Action, Environment: a.question.Environment, Verdict: a.j.Verdict, Reasons: a.j.Reasons, Findings: a.ids,
		HoldsFrom: a.j.HoldsFrom, HoldsUntil: a.j.HoldsUntil, FlipsAt: a.j.FlipsAt, FlipsTo: a.j.FlipsTo, FlipsSearched: a.j.FlipsSearched, Basis: a.j.Basis}
	for i := range a.j.Findings {
		v.Count.add(&a.j.Findings[i].Finding)
		if a.j.Findings[i].Effect == gate.Blocks {
			v.Blocking++
		}
	}
	v.Sentence = sentence(&v)
	return v
}

func (c *Count) add(f *policy.Finding) {
	switch f.Status {
	case policy.StatusFail:
		c.Fail++
	case policy.StatusMissing:
		c.Missing++
	case policy.StatusUnassessable:
		c.Unassessable++
	case policy.StatusWaived:
		c.Waived++
	case policy.StatusPass:
		c.Pass++
		if f.Has(policy.LevelWarn) {
			c.Warned++
		}
	case policy.StatusNotYetApplicable:
		c.NotYetApplicable++
	case policy.StatusNotApplicable:
		c.NotApplicable++
	}
}

// merge writes every finding once, with the actions for which it is the same.
func (b *builder) merge() error {
	at := map[string]int{}
	named := map[string]int{}
	var findings []Finding
	for _, a := range b.asked {
		for i := range a.j.Findings {
			f := a.j.Findings[i]
			raw, err := json.Marshal(f.Finding)
			if err != nil {
				return fmt.Errorf("encode finding %s: %w", f.Rule, err)
			}
			key := f.System + "\n" + string(raw)
			n, ok := at[key]
			if !ok {
				n = len(findings)
				at[key] = n
				id := findingID(&f)
				if named[id]++; named[id] > 1 {
					id = fmt.Sprintf("%s-%d", id, named[id])
				}
				findings = append(findings, b.finding(a, f, id))
			}
			m := &findings[n]
			if !slices.Contains(m.Actions, a.question.Action) {
				m.Actions = append(m.Actions, a.question.Action)
			}
			if effectRank(f.Effect) < effectRank(m.Effect) {
				m.Effect = f.Effect
			}
			a.ids = append(a.ids, m.ID)
		}
	}
	slices.SortStableFunc(findings, compareFindings)
	b.report.Findings = findings
	for i := range findings {
		if f := &findings[i]; f.Open() && len(b.report.Top) < MaxTop {
			b.report.Top = append(b.report.Top, f.ID)
		}
	}
	return nil
}

func (b *builder) finding(a *asked, f gate.Finding, id string) Finding {
	out := Finding{ID: id, System: f.System, Effect: f.Effect, Finding: f.Finding}
	if r, ok := a.c.Set.Rule(f.Rule); ok {
		out.AppliesFrom, out.AppliesUntil, out.LegalVersion, out.Description = r.AppliesFrom, r.AppliesUntil, r.LegalVersion, r.Description
	}
	for _, d := range a.c.Dossiers {
		if p := profile(d); d.System == f.System && p != nil {
			out.Owner = p.Owner
		}
	}
	return out
}

// findingID is the same wherever the rule judges the subject of the system.
func findingID(f *gate.Finding) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{"assize/finding/v1", f.Rule, f.System, f.Subject.Ref, f.Subject.Kind}, "\n")))
	return f.Rule + "." + hex.EncodeToString(sum[:5])
}

func effectRank(e string) int { return slices.Index([]string{gate.Blocks, gate.Warns, gate.None}, e) }

// statusOrder puts first what asks for somebody to act.
var statusOrder = []policy.Status{policy.StatusFail, policy.StatusMissing, policy.StatusUnassessable, policy.StatusWaived,
	policy.StatusPass, policy.StatusNotYetApplicable, policy.StatusNotApplicable}

func statusRank(s policy.Status) int { return slices.Index(statusOrder, s) }

func compareFindings(a, b Finding) int {
	for _, by := range []int{
		effectRank(a.Effect) - effectRank(b.Effect),
		statusRank(a.Status) - statusRank(b.Status),
		slices.Index(policy.Severities, a.Severity) - slices.Index(policy.Severities, b.Severity),
		strings.Compare(a.Rule, b.Rule),
		strings.Compare(a.System, b.System),
		strings.Compare(a.Subject.Ref, b.Subject.Ref),
		strings.Compare(a.Subject.Kind, b.Subject.Kind),
	} {
		if by != 0 {
			return by
		}
	}
	return strings.Compare(a.ID, b.ID)
}

// rules names what was judged by, and which rules of the set were not asked.
func (b *builder) rules() {
	c := b.asked[0].c
	r := Rules{Set: c.SetDigest, Parameters: c.ParametersDigest, Trust: "sha256:" + c.Trust.Digest(), Engine: b.asked[0].j.Engine}
	judged := map[string]bool{}
	for _, a := range b.asked {
		for _, rule := range a.c.Rules {
			judged[rule.ID] = true
			if rule.LegalVersion != "" {
				r.LegalVersions = append(r.LegalVersions, rule.LegalVersion)
			}
		}
	}
	slices.Sort(r.LegalVersions)
	r.LegalVersions = slices.Compact(r.LegalVersions)
	b.report.Rules = r
	for _, rule := range c.Set.Rules() {
		if judged[rule.ID] {
			continue
		}
		why := fmt.Sprintf("the gate of %s does not ask for it", b.q.Environment)
		if !slices.ContainsFunc(rule.Actions, func(a string) bool { return slices.Contains(b.report.Scope.Actions, a) }) {
			why = "it judges " + strings.Join(rule.Actions, ", ") + " only"
		}
		b.report.Limits.Rules = append(b.report.Limits.Rules, NotAsked{Rule: rule.ID, Title: rule.Title, Why: why})
	}
}

// finish fills in what follows from the rest.
func (b *builder) finish() {
	r := b.report
	for _, severity := range append(slices.Clone(policy.Severities), "") {
		c := Count{Severity: severity}
		for i := range r.Findings {
			if severity == "" || r.Findings[i].Severity == severity {
				c.add(&r.Findings[i].Finding)
			}
		}
		r.Counts = append(r.Counts, c)
	}
	b.waivers()
	b.flips()
	b.evidence()
	b.series()
	b.due()
	r.Sentence = overall(r.Verdicts)
	r.Title = title(r)
	r.Command = b.command()
	r.fillEmpty()
}

// waivers groups the findings by the waiver that stands over them.
func (b *builder) waivers() {
	at := map[uint64]int{}
	for i := range b.report.Findings {
		f := &b.report.Findings[i]
		if f.Waiver == nil {
			continue
		}
		n, ok := at[f.Waiver.Index]
		if !ok {
			n = len(b.report.Waivers)
			at[f.Waiver.Index] = n
			b.report.Waivers = append(b.report.Waivers, Waiver{WaiverUse: *f.Waiver})
		}
		w := &b.report.Waivers[n]
		w.Findings = append(w.Findings, f.ID)
		if compareInstants(f.Waiver.Expires, w.Expires) < 0 {
			w.Expires = f.Waiver.Expires // a cap by severity may end it sooner for one finding
		}
		if !slices.Contains(w.Rules, f.Rule) {
			w.Rules = append(w.Rules, f.Rule)
		}
	}
	slices.SortFunc(b.report.Waivers, func(x, y Waiver) int {
		return cmp.Or(compareInstants(x.Expires, y.Expires), cmpIndex(x.Index, y.Index))
	})
}

// flips lists the instants ahead at which a verdict turns or a finding may.
func (b *builder) flips() {
	at := map[string]*Flip{}
	on := func(instant string) *Flip {
		if at[instant] == nil {
			at[instant] = &Flip{At: instant}
		}
		return at[instant]
	}
	for _, v := range b.report.Verdicts {
		if v.FlipsAt != "" {
			f := on(v.FlipsAt)
			f.Verdicts = append(f.Verdicts, Turning{v.Subject, v.Action, v.Verdict, v.FlipsTo})
		}
	}
	for i := range b.report.Findings {
		if f := &b.report.Findings[i]; f.HoldsUntil != "" {
			on(f.HoldsUntil).Findings = append(on(f.HoldsUntil).Findings, f.ID)
		}
	}
	for _, f := range at {
		b.report.Flips = append(b.report.Flips, *f)
	}
	slices.SortFunc(b.report.Flips, func(x, y Flip) int { return compareInstants(x.At, y.At) })
}

func (b *builder) command() []string {
	out := []string{"assize", "report", b.report.Kind}
	if b.q.Subject != "" {
		out = append(out, "--subject", string(b.q.Subject))
	}
	if b.q.System != "" {
		out = append(out, "--system", b.q.System)
	}
	out = append(out, "--environment", b.q.Environment)
	for _, a := range b.report.Scope.Actions {
		out = append(out, "--action", a)
	}
	out = append(out, "--as-of", stamp(b.q.AsOf), "--known-at", fmt.Sprint(b.size))
	if !b.q.Since.IsZero() {
		out = append(out, "--since", stamp(b.q.Since))
	}
	return out
}

// notThere reports whether an error says that the ledger was not in use yet.
func notThere(err error) bool { return errors.Is(err, evidence.ErrNotSeeded) }
