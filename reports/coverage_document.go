package reports

import (
	"fmt"
	"strings"
)

// Document arranges the coverage: what stands and what does not in one table, then
// the requirements one by one with what the evidence says, then the evidence.
func (c *Coverage) Document() *Document {
	d := &Document{Kind: c.Kind, Title: c.Title, Sentence: c.Sentence, Tone: ToneGood, Main: "requirements", Facts: []Fact{
		{Label: "As of", Value: Instant(c.AsOf)}, {Label: "Ledger", Value: fmt.Sprintf("%s, %s", c.Ledger.Origin, count(int(c.Ledger.Size), "entry", "entries"))},
		{Label: "Framework", Value: c.Framework + ", " + c.Version}, {Label: "System", Value: c.Scope.System}, {Label: "Environment", Value: c.Scope.Environment}}}
	switch {
	case c.Counts[Gap] > 0:
		d.Tone = ToneBad
	case c.Counts[Open]+c.Counts[NoRule] > 0:
		d.Tone = ToneOpen
	}
	if s := c.System; s != nil {
		for _, f := range []Fact{{Label: "Owner", Value: s.Owner}, {Label: "Purpose", Value: s.IntendedPurpose}} {
			if f.Value != "" {
				d.Facts = append(d.Facts, f)
			}
		}
	}
	d.Sections = append(d.Sections, c.gapSection(), c.tableSection())
	if c.Kind == KindAnnexIV || c.Kind == KindGPAI {
		d.Sections = append(d.Sections, c.pointSections()...)
	}
	d.Sections = append(d.Sections, c.findingSection(), evidenceTable(c.Evidence), c.Made("pdf"), blankSignOff())
	return d
}

func standingTone(s string) Tone {
	switch s {
	case Met, Elsewhere:
		return ToneGood
	case Gap:
		return ToneBad
	case Open, NoRule:
		return ToneOpen
	}
	return ToneCalm
}

// gapSection lists the gaps by priority.
func (c *Coverage) gapSection() Section {
	t := &Table{Columns: []Column{{Title: "Requirement", Share: 1.2}, {Title: "Priority", Share: 0.9}, {Title: "What is missing", Share: 4.5}, {Title: "Owner", Share: 1.4}}, Empty: "None."}
	for _, severity := range []string{"critical", "high", "medium", "low", ""} {
		for i := range c.Requirements {
			q := &c.Requirements[i]
			if q.Standing != Gap || q.Priority != severity {
				continue
			}
			row := Plainly(q.Provision, orNone(q.Priority), strings.Join(q.Why, ". "), orNone(q.Owner))
			row.Cells[0].Link = "r-" + q.ID
			t.Rows = append(t.Rows, row)
		}
	}
	return Section{ID: "gaps", Title: "Gaps", Level: 1, Blocks: []Block{t}}
}

func (c *Coverage) tableSection() Section {
	t := &Table{Columns: []Column{{Title: "Requirement", Share: 1.3}, {Title: "In our words", Share: 3}, {Title: "Target", Share: 1.6}, {Title: "Current", Share: 1.1}, {Title: "Rules", Share: 1.5}, {Title: "Evidence", Share: 1}}}
	rules := map[string]string{}
	for i := range c.Findings {
		rules[c.Findings[i].ID] = c.Findings[i].Rule
	}
	for i := range c.Requirements {
		q := &c.Requirements[i]
		target := "to be met"
		if !q.Target {
			target = "not applicable"
		}
		if q.TargetReason != "" {
			target += ": " + q.TargetReason
		}
		if q.Implemented != nil {
			target += map[bool]string{true: "; claimed to be in place", false: "; not in place yet"}[*q.Implemented]
		}
		var names []string
		for _, id := range q.Findings {
			if n := len(names); n == 0 || names[n-1] != rules[id] {
				names = append(names, rules[id])
			}
		}
		row := Plainly(q.Provision, q.Text, target, q.Standing, strings.Join(names, ", "), indices(q.Evidence))
		row.ID, row.Cells[3].Tone = "r-"+q.ID, standingTone(q.Standing)
		t.Rows = append(t.Rows, row)
	}
	return Section{ID: "requirements", Title: "Requirement by requirement", Level: 1, Blocks: []Block{t}}
}

// pointSections document the system point by point.
func (c *Coverage) pointSections() []Section {
	out := []Section{{ID: "points", Title: "The documentation", Level: 1}}
	for i := range c.Requirements {
		q := &c.Requirements[i]
		s := Section{ID: "p-" + q.ID, Title: q.Provision + ": " + q.Text, Level: 2}
		switch q.Standing {
		case Gap:
			s.Tone = ToneBad
			s.Blocks = append(s.Blocks, Paragraph("Gap. "+strings.Join(q.Why, ". ")))
		case NotApplicable, Elsewhere:
			s.Blocks = append(s.Blocks, Paragraph(upperFirst(q.Standing)+". "+q.TargetReason))
		case Open, NoRule:
			s.Blocks = append(s.Blocks, Paragraph("It cannot be told whether this point is covered. "+strings.Join(q.Why, ". ")))
		}
		var facts Facts
		last := ""
		for _, said := range q.Content {
			if label := said.label(); label != last {
				if len(facts) > 0 {
					s.Blocks = append(s.Blocks, facts)
				}
				facts, last = Facts{{Label: said.Type, Value: fmt.Sprintf("signed statement, entry %d", said.Evidence), Link: fmt.Sprintf("e-%d", said.Evidence)}}, label
			}
			facts = append(facts, Fact{Label: strings.ReplaceAll(said.Member, "_", " "), Value: said.Value})
		}
		if len(facts) > 0 {
			s.Blocks = append(s.Blocks, facts)
		} else if len(s.Blocks) == 0 {
			s.Blocks = append(s.Blocks, Paragraph("Nothing in the ledger speaks of this point."))
		}
		out = append(out, s)
	}
	return out
}

func (c *Coverage) findingSection() Section {
	t := &Table{Columns: []Column{{Title: "Rule", Share: 0.9}, {Title: "Status", Share: 1.1}, {Title: "Requirement, and what was found", Share: 4}, {Title: "About", Share: 1.4}, {Title: "Remedy", Share: 2.4}},
		Empty: "No rule of the set serves this framework."}
	for i := range c.Findings {
		f := &c.Findings[i]
		remedy := ""
		if f.Open() {
			remedy = f.Remediation
		}
		row := Plainly(f.Rule, word(f.Status), strings.TrimSuffix(f.Title+": "+f.First(), ": "), f.Subject.Kind+" "+f.Subject.Name, remedy)
		row.ID, row.Cells[1].Tone = "f-"+f.ID, ToneOf(f.Status)
		t.Rows = append(t.Rows, row)
	}
	return Section{ID: "findings", Title: "Findings", Level: 1, Blocks: []Block{t}}
}

// evidenceTable lists signed statements by their index.
func evidenceTable(list []Evidence) Section {
	t := &Table{Columns: []Column{{Title: "Index", Numeric: true, Share: 0.6}, {Title: "Statement", Share: 1.6}, {Title: "Signed by", Share: 2}, {Title: "Logged", Share: 1.6}, {Title: "Identity", Share: 3.4}},
		Empty: "No evidence was there."}
	for _, e := range list {
		what := e.Type
		if e.State != "ok" {
			what += " (" + e.State + ")"
		}
		row := Plainly(num(int(e.Index)), what, strings.Join(e.Principals, ", "), Instant(e.Proven), e.ID)
		row.ID = fmt.Sprintf("e-%d", e.Index)
		t.Rows = append(t.Rows, row)
	}
	return Section{ID: "evidence", Title: "Evidence", Level: 1, Blocks: []Block{
		Paragraph("Each is a signed statement at this index of the ledger. `assize show attestation ID` prints it; a receipt proves that it is there."), t}}
}

func blankSignOff() Section {
	return Section{ID: "sign-off", Title: "Sign-off", Level: 1, Blocks: []Block{Facts{{Label: "Name"}, {Label: "Role"}, {Label: "Decision"}, {Label: "Date"}, {Label: "Signature"}}}}
}

// Cited is the evidence the report rests on.
func (c *Coverage) Cited() []Evidence { return c.Evidence }
