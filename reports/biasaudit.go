package reports

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/predicate"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
	"github.com/assize-dev/assize/policy/stat"
)

// KindLL144 is the public summary of a bias audit, 6 RCNY 5-303 (New York City
// Local Law 144).
const KindLL144 = "ll144"

// BiasAudit is what the newest bias audit of a system counted, with the impact
// ratios recomputed from its counts.
type BiasAudit struct {
	Head
	Scope    Scope         `json:"scope"`
	System   *System       `json:"system,omitempty"`
	Audit    *AuditFacts   `json:"audit,omitempty"` // nil: no audit counts
	Tables   []ImpactTable `json:"tables"`
	Findings []Finding     `json:"findings"` // of the nyc-ll144 pack
	Evidence []Evidence    `json:"evidence"`
}

// AuditFacts is what the summary has to say beside the figures (6 RCNY 5-303(a)).
type AuditFacts struct {
	Auditor      string `json:"auditor"`
	Independent  *bool  `json:"independent,omitempty"`
	Date         string `json:"date,omitempty"`
	Distribution string `json:"distribution,omitempty"`
	Source       string `json:"source,omitempty"`
	Kind         string `json:"kind,omitempty"`
	Why          string `json:"why,omitempty"`
	Period       string `json:"period,omitempty"`
	UnknownN     *int64 `json:"unknown_n,omitempty"`
	URL          string `json:"url,omitempty"`
}

// ImpactTable compares the categories of one kind: sex, race or ethnicity, or both.
type ImpactTable struct {
	Title string      `json:"title"`
	Rows  []ImpactRow `json:"rows"`
	// Note says why nothing could be recomputed.
	Note string `json:"note,omitempty"`
}

// ImpactRow is one category. Rate and Ratio are recomputed; ClaimedRatio is the
// statement's.
type ImpactRow struct {
	Category     string   `json:"category"`
	N            int64    `json:"n"`
	Selected     int64    `json:"selected"`
	Rate         *float64 `json:"rate,omitempty"`
	Ratio        *float64 `json:"ratio,omitempty"`
	ClaimedRatio *float64 `json:"claimed_ratio,omitempty"`
	Excluded     string   `json:"excluded,omitempty"` // why
	// Differs: the claimed ratio is not the one of the counts.
	Differs bool `json:"differs"`
}

// ratioTolerance is how far a claimed ratio may lie from the one of the counts:
// published ratios have three decimals.
const ratioTolerance = 0.5e-3 + 1e-9

func buildBiasAudit(ctx context.Context, cfg Config, q Request) (Model, error) {
	o, err := open(ctx, cfg, q)
	if err != nil {
		return nil, fmt.Errorf("build report: %w", err)
	}
	c, err := cfg.Gate.Case(ctx, gate.Question{Subject: attest.RefOf(q.System), System: q.System, Action: "deploy", Environment: q.Environment}, gate.Options{KnownAt: &o.size})
	if err != nil {
		return nil, fmt.Errorf("build report: %w", err)
	}
	b := &builder{cfg: cfg, q: q, byItem: map[uint64]*Evidence{}, only: byPack(c.Set, "nyc-ll144"), report: &Report{Head: Head{V: Version, Kind: KindLL144, AsOf: stamp(q.AsOf)}}}
	for _, step := range []func(context.Context) error{b.ledger, b.scope, b.judge} {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("build report: %w", err)
		}
	}
	b.finish()
	out := &BiasAudit{Head: o.head(KindLL144), Scope: b.report.Scope, System: b.report.System, Tables: []ImpactTable{}, Findings: b.report.Findings, Evidence: []Evidence{}}
	out.Rules = b.report.Rules
	out.Title = "Bias audit summary: " + b.report.systemName()
	out.Sentence = "No bias audit of this system counts."
	if items := b.items("bias-audit"); len(items) > 0 {
		said, err := read[predicate.BiasAudit](items[0])
		if err != nil {
			return nil, fmt.Errorf("build report: %w", err)
		}
		out.take(&said)
		if e := b.byItem[items[0].Index]; e != nil {
			out.Evidence = append(out.Evidence, *e)
		}
	}
	return out, nil
}

func byPack(set *policy.Set, pack string) map[string][]string {
	out := map[string][]string{}
	for _, r := range set.Rules() {
		if r.Pack == pack && len(r.Actions) > 0 {
			action := "deploy"
			if !slices.Contains(r.Actions, action) {
				action = r.Actions[0]
			}
			out[action] = append(out[action], r.ID)
		}
	}
	return out
}

func (r *BiasAudit) take(said *predicate.BiasAudit) {
	f := &AuditFacts{Date: day(said.AuditDate), Distribution: day(said.AEDTDistributionDate), UnknownN: said.UnknownN, URL: said.SummaryURL}
	if a := said.Auditor; a != nil {
		f.Auditor, f.Independent = a.Org, a.Independent
	}
	if d := said.Data; d != nil {
		f.Source, f.Kind, f.Why = d.Source, d.Kind, d.Why
		if !d.PeriodStart.IsZero() && !d.PeriodEnd.IsZero() {
			f.Period = day(d.PeriodStart) + " to " + day(d.PeriodEnd)
		}
	}
	r.Audit = f
	kinds := []struct {
		title string
		takes func(predicate.AuditCategory) bool
	}{
		{"Sex", func(c predicate.AuditCategory) bool { return c.Sex != "" && c.RaceEthnicity == "" }},
		{"Race or ethnicity", func(c predicate.AuditCategory) bool { return c.Sex == "" && c.RaceEthnicity != "" }},
		{"Sex and race or ethnicity together", func(c predicate.AuditCategory) bool { return c.Sex != "" && c.RaceEthnicity != "" }},
	}
	least, differ := math.Inf(1), 0
	for _, k := range kinds {
		t := impactTable(k.title, said.Categories, k.takes)
		r.Tables = append(r.Tables, t)
		for _, row := range t.Rows {
			if row.Ratio != nil {
				least = min(least, *row.Ratio)
			}
			if row.Differs {
				differ++
			}
		}
	}
	r.Sentence = "Nothing could be recomputed: the audit gives no counts."
	if !math.IsInf(least, 1) {
		r.Sentence = fmt.Sprintf("The smallest impact ratio, recomputed from the counts, is %.3f.", least)
	}
	if differ > 0 {
		r.Sentence += fmt.Sprintf(" %s not what the counts give.", count(differ, "claimed ratio is", "claimed ratios are"))
	}
}

func impactTable(title string, all []predicate.AuditCategory, takes func(predicate.AuditCategory) bool) ImpactTable {
	t := ImpactTable{Title: title, Rows: []ImpactRow{}}
	var groups []stat.Group
	for _, c := range all {
		if !takes(c) {
			continue
		}
		row := ImpactRow{Category: categoryName(c), ClaimedRatio: c.ImpactRatio}
		if c.Counts != nil {
			row.N, row.Selected = c.Counts.N, c.Counts.Selected
		} else if c.N != nil {
			row.N = *c.N
		}
		if c.Excluded != nil && *c.Excluded {
			row.Excluded = cmp.Or(c.ExcludedWhy, "less than 2 % of the data")
		} else if c.Counts != nil {
			groups = append(groups, stat.Group{Name: row.Category, Counts: map[string]float64{"n": float64(c.Counts.N), "selected": float64(c.Counts.Selected)}})
		}
		t.Rows = append(t.Rows, row)
	}
	if len(groups) == 0 {
		t.Note = "No category of this kind comes with counts."
		return t
	}
	impact, err := stat.ImpactRatios(groups, 1)
	if err != nil {
		t.Note = upperFirst(err.Error()) + "."
		return t
	}
	for _, g := range impact.Groups {
		i := slices.IndexFunc(t.Rows, func(r ImpactRow) bool { return r.Category == g.Group })
		rate, ratio := g.Rate, g.Ratio
		t.Rows[i].Rate, t.Rows[i].Ratio = &rate, &ratio
		if claimed := t.Rows[i].ClaimedRatio; claimed != nil {
			t.Rows[i].Differs = math.Abs(*claimed-ratio) > ratioTolerance
		}
	}
	return t
}

func categoryName(c predicate.AuditCategory) string {
	if c.Sex != "" && c.RaceEthnicity != "" {
		return c.Sex + ", " + c.RaceEthnicity
	}
	return c.Sex + c.RaceEthnicity
}

// Document is the summary as it is published.
func (r *BiasAudit) Document() *Document {
	d := &Document{Kind: r.Kind, Title: r.Title, Sentence: r.Sentence, Main: "figures", Facts: []Fact{{Label: "As of", Value: Instant(r.AsOf)}, {Label: "System", Value: r.Scope.System}}}
	if a := r.Audit; a != nil {
		independent := "not stated"
		if a.Independent != nil {
			independent = map[bool]string{true: "yes", false: "no"}[*a.Independent]
		}
		unknown := "not stated"
		if a.UnknownN != nil {
			unknown = fmt.Sprint(*a.UnknownN)
		}
		for _, f := range []Fact{{Label: "Date of audit", Value: a.Date}, {Label: "Auditor", Value: a.Auditor}, {Label: "Independent", Value: independent}, {Label: "In use since", Value: a.Distribution},
			{Label: "Data", Value: a.Kind}, {Label: "Source", Value: a.Source}, {Label: "Why", Value: a.Why}, {Label: "Period", Value: a.Period}, {Label: "Unknown category", Value: unknown}, {Label: "Published at", Value: a.URL}} {
			if f.Value != "" {
				d.Facts = append(d.Facts, f)
			}
		}
	} else {
		d.Tone = ToneOpen
	}
	figures := &Table{Columns: []Column{{Title: "Kind", Share: 1.4}, {Title: "Category", Share: 2}, {Title: "Persons", Numeric: true}, {Title: "Selected", Numeric: true}, {Title: "Rate", Numeric: true},
		{Title: "Impact ratio", Numeric: true}, {Title: "Claimed", Numeric: true}, {Title: "Note", Share: 2}}, Empty: "No audit, no figures."}
	for _, t := range r.Tables {
		for _, x := range t.Rows {
			note := x.Excluded
			if x.Differs {
				note, d.Tone = "the claimed ratio is not the one of the counts", ToneBad
			}
			row := Plainly(t.Title, x.Category, fmt.Sprint(x.N), fmt.Sprint(x.Selected), decimals(x.Rate), decimals(x.Ratio), decimals(x.ClaimedRatio), note)
			if x.Differs {
				row.Cells[6].Tone = ToneBad
			}
			figures.Rows = append(figures.Rows, row)
		}
	}
	s := Section{ID: "figures", Title: "Selection rates and impact ratios", Level: 1, Blocks: []Block{figures,
		Paragraph("Rates and impact ratios are recomputed from the counts: the rate of a category divided by that of the category most selected (6 RCNY 5-300). The law asks that they are published; it sets no ratio to pass.")}}
	for _, t := range r.Tables {
		if t.Note != "" {
			s.Blocks = append(s.Blocks, Paragraph(t.Title+": "+t.Note))
		}
	}
	rules := &Table{Columns: []Column{{Title: "Rule", Share: 0.8}, {Title: "Status", Share: 1}, {Title: "Requirement, and what was found", Share: 5}}, Empty: "The rule set has no rule of Local Law 144."}
	for i := range r.Findings {
		f := &r.Findings[i]
		row := Plainly(f.Rule, word(f.Status), f.Title+": "+f.First())
		row.Cells[1].Tone = ToneOf(f.Status)
		rules.Rows = append(rules.Rows, row)
	}
	d.Sections = []Section{s, {ID: "findings", Title: "What the rules say", Level: 1, Blocks: []Block{rules}}, evidenceTable(r.Evidence), r.Made("pdf"), blankSignOff()}
	return d
}

func decimals(v *float64) string {
	if v == nil {
		return ""
	}
	return fmt.Sprintf("%.3f", *v)
}
