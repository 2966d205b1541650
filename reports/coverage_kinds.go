package reports

import (
	"slices"
	"strings"

	"github.com/assize-dev/assize/attest/predicate"
	"github.com/assize-dev/assize/policy"
)

// Kinds that cover a framework.
const (
	KindAnnexIV = "annex-iv"
	KindAIRMF   = "ai-rmf"
	KindSoA     = "iso-42001-soa"
	KindGPAI    = "gpai"
)

// annexIV is the technical documentation of AI Act Art 11. Its points stand by
// REG-05, the one rule that looks at each, and by what compliance signed of it.
var annexIV = coverage{kind: KindAnnexIV, framework: "eu-ai-act", title: "Technical documentation (AI Act Annex IV)",
	takes: func(id string) bool { return strings.HasPrefix(id, "annex-iv-") }, stand: standByPoint}

// aiRMF is a profile: current against target, by subcategory.
var aiRMF = coverage{kind: KindAIRMF, framework: "nist-ai-rmf", title: "NIST AI RMF profile", takes: func(string) bool { return true },
	stand: func(b *builder, c *Coverage) error { return b.applied(c, "ai_rmf_profile") }}

// soa is the statement of applicability of ISO/IEC 42001 6.1.3.
var soa = coverage{kind: KindSoA, framework: "iso-42001", title: "Statement of applicability (ISO/IEC 42001 Annex A)",
	takes: func(id string) bool { return strings.HasPrefix(id, "A.") }, stand: func(b *builder, c *Coverage) error {
		if err := b.applied(c, "soa"); err != nil {
			return err
		}
		for i := range c.Requirements {
			if q := &c.Requirements[i]; q.TargetBy == nil {
				q.Standing = Gap
				q.Why = append(q.Why, "no signed statement of applicability decides on this control")
			}
		}
		return nil
	}}

// gpai is the model documentation of AI Act Annexes XI and XII.
var gpai = coverage{kind: KindGPAI, framework: "eu-ai-act", title: "General-purpose model documentation (AI Act Annexes XI and XII)",
	takes: func(id string) bool { return strings.HasPrefix(id, "annex-xi-") || strings.HasPrefix(id, "annex-xii-") },
	stand: func(b *builder, c *Coverage) error {
		for i := range c.Requirements {
			b.content(&c.Requirements[i], contents[c.Requirements[i].ID])
		}
		return nil
	}}

// standByPoint stands the points of Annex IV by REG-05: it names each point that
// nothing shows. What is kept elsewhere or does not apply says so.
func standByPoint(b *builder, c *Coverage) error {
	open := map[string]string{}
	var rule []*Finding
	for i := range b.report.Findings {
		f := &b.report.Findings[i]
		if f.Rule != "REG-05" {
			continue
		}
		rule = append(rule, f)
		for _, m := range f.Messages {
			if point, ok := m.Members["value"].(string); ok && m.Level == policy.LevelDeny {
				open[point] = m.Msg
			}
		}
	}
	for i := range c.Requirements {
		q := &c.Requirements[i]
		point := strings.TrimPrefix(q.ID, "annex-iv-")
		b.content(q, contents[q.ID])
		if len(rule) == 0 || !looked(rule[0]) {
			continue // the point stands as its rules do
		}
		q.Standing, q.Why, q.Priority = Met, []string{}, ""
		if why, ok := open[point]; ok {
			q.Standing, q.Why, q.Priority = Gap, []string{why}, rule[0].Severity
		}
	}
	for _, it := range slices.Backward(b.items("conformity")) { // the newest has the last word
		said, err := read[predicate.Conformity](it)
		if err != nil {
			return err
		}
		for _, p := range said.TechnicalFile {
			j := slices.IndexFunc(c.Requirements, func(q Requirement) bool { return q.ID == "annex-iv-"+p.Point })
			if j < 0 || c.Requirements[j].Standing == Gap {
				continue
			}
			index := it.Index
			c.Requirements[j].TargetBy = &index
			if p.NotApplicable != "" {
				c.Requirements[j].Target, c.Requirements[j].TargetReason, c.Requirements[j].Standing = false, p.NotApplicable, NotApplicable
			} else if p.Document != nil {
				c.Requirements[j].TargetReason, c.Requirements[j].Standing = "kept elsewhere: "+p.Document.URI, Elsewhere
			}
		}
	}
	return nil
}

// looked reports whether a rule got as far as looking at each point.
func looked(f *Finding) bool {
	status := f.Status
	if status == policy.StatusNotYetApplicable {
		status = f.WouldBe
	}
	return status == policy.StatusPass || status == policy.StatusFail || status == policy.StatusWaived
}
