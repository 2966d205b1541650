package reports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/assize-dev/assize/policy/gate"
)

// Document arranges the audit: the verdict first, then what to act on, then the
// controls, every finding, the evidence, and what the report does not say.
func (r *Report) Document() *Document {
	d := &Document{Kind: r.Kind, Title: r.Title, Sentence: r.Sentence, Tone: r.tone(), Facts: r.facts()}
	add := func(s ...Section) { d.Sections = append(d.Sections, s...) }
	add(r.verdictSection(), r.countSection(), r.topSection())
	if r.Changes != nil {
		add(r.changeSection())
	}
	add(r.waiverSection(), r.flipSection())
	if len(r.Series) > 0 {
		s := Section{ID: "series", Title: "What monitoring saw", Level: 1}
		for i := range r.Series {
			s.Blocks = append(s.Blocks, r.Series[i].Chart())
		}
		add(s)
	}
	add(r.controlSections()...)
	add(r.findingSections()...)
	add(r.evidenceSection(), r.limitSection(), r.Made("pdf"), blankSignOff())
	return d
}

func (r *Report) tone() Tone {
	tone := ToneGood
	for _, v := range r.Verdicts {
		switch v.Verdict {
		case gate.Deny:
			return ToneBad
		case gate.Indeterminate:
			tone = ToneOpen
		}
	}
	return tone
}

func (r *Report) facts() []Fact {
	out := []Fact{{Label: "As of", Value: Instant(r.AsOf)}, {Label: "Ledger", Value: fmt.Sprintf("%s, %s", r.Ledger.Origin, count(int(r.Ledger.Size), "entry", "entries"))}}
	add := func(label, value string) {
		if value != "" {
			out = append(out, Fact{Label: label, Value: value})
		}
	}
	add("System", r.Scope.System)
	add("Environment", r.Scope.Environment)
	if s := r.System; s != nil {
		add("Owner", s.Owner)
		add("Purpose", s.IntendedPurpose)
		tier := strings.ReplaceAll(s.RiskTier, "_", " ")
		if s.AnnexIIIPoint != "" {
			tier += ", Annex III point " + s.AnnexIIIPoint
		}
		add("Risk class", tier)
		add("Used in", strings.Join(s.Jurisdictions, ", "))
		add("Source", fmt.Sprintf("system profile, entry %d", s.Evidence))
	} else {
		add("Profile", "no system profile counts")
	}
	for _, s := range r.Scope.Subjects {
		running := ""
		if s.Running {
			running = ", running"
		}
		add("Judged", inSentence(s)+running+", "+Short(s.Ref))
	}
	return out
}

func (r *Report) verdictSection() Section {
	t := &Table{Columns: []Column{{Title: "Question", Share: 3}, {Title: "Verdict", Share: 1.4}, {Title: "Failed", Numeric: true}, {Title: "Missing", Numeric: true},
		{Title: "Unass.", Numeric: true}, {Title: "Waived", Numeric: true}, {Title: "Passed", Numeric: true}, {Title: "Turns by itself", Share: 2}}}
	for _, v := range r.Verdicts {
		turns := "never"
		if v.FlipsAt != "" {
			turns = fmt.Sprintf("to %s on %s", v.FlipsTo, Day(v.FlipsAt))
		} else if v.FlipsSearched != "" {
			turns = "not before " + Day(v.FlipsSearched)
		}
		row := Plainly(strings.Join(append([]string{v.Action + ", " + v.Environment + ": " + inSentence(v.Subject)}, v.Reasons...), "; "), string(v.Verdict),
			num(v.Count.Fail), num(v.Count.Missing), num(v.Count.Unassessable), num(v.Count.Waived), num(v.Count.Pass), turns)
		row.Cells[1].Tone = ToneOf(v.Verdict)
		t.Rows = append(t.Rows, row)
	}
	return Section{ID: "verdicts", Title: "Verdicts", Level: 1, Blocks: []Block{t, Paragraph(r.Scope.How)}}
}

func (r *Report) countSection() Section {
	t := &Table{Columns: []Column{{Title: "Severity", Share: 1.4}}}
	for _, c := range []string{"Failed", "Missing", "Unass.", "Waived", "Passed", "Not yet", "N/A"} {
		t.Columns = append(t.Columns, Column{Title: c, Numeric: true})
	}
	for _, c := range r.Counts {
		name := c.Severity
		if name == "" {
			name = "all"
		}
		row := Plainly(name, num(c.Fail), num(c.Missing), num(c.Unassessable), num(c.Waived), num(c.Pass), num(c.NotYetApplicable), num(c.NotApplicable))
		if c.Fail > 0 {
			row.Cells[1].Tone = ToneBad
		}
		if c.Missing > 0 {
			row.Cells[2].Tone = ToneOpen
		}
		t.Rows = append(t.Rows, row)
	}
	return Section{ID: "counts", Title: "Findings by severity", Level: 1, Blocks: []Block{t,
		Paragraph("A finding that is the same for several actions is counted once here. Unass.: unassessable. Not yet: the law is not in force yet. N/A: not applicable.")}}
}

func (r *Report) topSection() Section {
	t := &Table{Columns: []Column{{Title: "Rule", Share: 0.9}, {Title: "Status", Share: 1.1}, {Title: "Requirement, and what is wrong", Share: 4}, {Title: "Owner", Share: 1.6},
		{Title: "Due", Share: 1.1}, {Title: "Evidence", Share: 1}}, Empty: "Nothing: no finding is open."}
	for _, id := range r.Top {
		f := r.Finding(id)
		owner := f.Owner
		if owner == "" {
			owner = "none named"
		}
		row := Plainly(f.Rule, word(f.Status), f.Title+": "+f.First(), owner, f.DueText(), indices(f.Cites()))
		row.Cells[0].Link, row.Cells[1].Tone = "f-"+f.ID, ToneOf(f.Status)
		if f.Overdue {
			row.Cells[4].Tone = ToneBad
		}
		t.Rows = append(t.Rows, row)
	}
	return Section{ID: "top", Title: "To act on first", Level: 1, Blocks: []Block{t}}
}

// First says what is wrong in one sentence.
func (f *Finding) First() string {
	if f.Reason != "" {
		return f.Reason
	}
	for _, m := range f.Messages {
		return m.Msg
	}
	return ""
}

// DueText is the due date in words.
func (f *Finding) DueText() string {
	switch {
	case f.Due == "":
		return "no limit set"
	case f.Overdue:
		return Day(f.Due) + ", overdue"
	}
	return Day(f.Due)
}

func (r *Report) changeSection() Section {
	c := r.Changes
	s := Section{ID: "changes", Title: "What changed since " + Instant(c.Since), Level: 1}
	if c.Note != "" {
		s.Blocks = []Block{Paragraph("Nothing can be compared: " + c.Note + ".")}
		return s
	}
	var verdicts List
	for _, v := range c.Verdicts {
		line := fmt.Sprintf("%s: %s as before", v.Action, v.To)
		if v.Changed() {
			line = fmt.Sprintf("%s: %s became %s", v.Action, v.From, v.To)
		}
		verdicts = append(verdicts, line)
	}
	t := &Table{Columns: []Column{{Title: "Change"}, {Title: "Rule", Share: 2}, {Title: "Status", Share: 1.6}, {Title: "Why", Share: 3}}, Empty: "No finding has another status."}
	for _, f := range c.Findings {
		var why []string
		for _, x := range f.Causes {
			text := x.Kind + ": " + x.Text
			if len(x.Added) > 0 {
				text += ", new: " + indices(x.Added)
			}
			if len(x.Withdrawn) > 0 {
				text += "; no longer: " + indices(x.Withdrawn)
			}
			why = append(why, text)
		}
		row := Plainly(f.Change, f.Rule+" "+f.Title, judged(f.From)+" → "+judged(f.To), strings.Join(why, ". "))
		row.Cells[0].Tone = ToneOf(f.Change)
		if f.ID != "" {
			row.Cells[1].Link = "f-" + f.ID
		}
		t.Rows = append(t.Rows, row)
	}
	facts := Facts{{Label: "New evidence", Value: orNone(indices(c.Added))}, {Label: "No longer counts", Value: orNone(indices(c.Withdrawn))}}
	for _, x := range []struct {
		label string
		d     *DigestChange
	}{{"Rule set", c.Set}, {"Parameters", c.Parameters}, {"Trust", c.Trust}} {
		value := "the same"
		if x.d != nil {
			value = Short(x.d.From) + " → " + Short(x.d.To)
		}
		facts = append(facts, Fact{Label: x.label, Value: value})
	}
	s.Blocks = []Block{verdicts, t, facts}
	return s
}

func (r *Report) waiverSection() Section {
	t := &Table{Columns: []Column{{Title: "Covers"}, {Title: "Until"}, {Title: "Asked by"}, {Title: "Approved by"}, {Title: "Reason", Share: 3}, {Title: "Entry", Numeric: true, Share: 0.6}},
		Empty: "No waiver stands over a finding of this report."}
	for _, w := range r.Waivers {
		row := Plainly(strings.Join(w.Rules, ", "), Day(w.Expires), w.RequestedBy, w.ApprovedBy, w.Reason, num(int(w.Index)))
		row.Cells[0].Tone = ToneNote
		t.Rows = append(t.Rows, row)
	}
	return Section{ID: "waivers", Title: "Waivers in force", Level: 1, Blocks: []Block{t}}
}

func (r *Report) flipSection() Section {
	t := &Table{Columns: []Column{{Title: "At", Share: 1.4}, {Title: "Verdicts", Share: 2}, {Title: "Findings proven until then", Share: 3}},
		Empty: "Nothing: dates of law, expiries and ages ahead change none of these findings."}
	for _, f := range r.Flips {
		var turns, rules []string
		for _, v := range f.Verdicts {
			turns = append(turns, fmt.Sprintf("%s: %s to %s", v.Action, v.From, v.To))
		}
		for _, id := range f.Findings {
			x := r.Finding(id)
			rules = append(rules, x.Rule+" ("+word(x.Status)+")")
		}
		if len(turns) == 0 {
			turns = []string{"as now"}
		}
		t.Rows = append(t.Rows, Plainly(Instant(f.At), strings.Join(turns, "; "), strings.Join(rules, ", ")))
	}
	return Section{ID: "flips", Title: "What may change by itself, and when", Level: 1, Blocks: []Block{t}}
}

func (r *Report) evidenceSection() Section {
	t := &Table{Columns: []Column{{Title: "Index", Numeric: true, Share: 0.6}, {Title: "Statement", Share: 2}, {Title: "Signed by", Share: 2}, {Title: "Logged", Share: 1.7},
		{Title: "Identity", Share: 1.6}, {Title: "Read by", Share: 1.6}}, Empty: "No evidence was there."}
	for _, e := range r.Evidence {
		what := e.Type
		if e.State != "ok" {
			what += " (" + e.State + ": " + e.Reason + ")"
		}
		var names, rules []string
		for _, s := range e.Subjects {
			names = append(names, r.Named(s))
		}
		for _, id := range e.CitedBy {
			if rule := r.Finding(id).Rule; !slices.Contains(rules, rule) {
				rules = append(rules, rule)
			}
		}
		who := strings.Join(e.Principals, ", ")
		if len(e.Roles) > 0 {
			who += " (" + strings.Join(e.Roles, ", ") + ")"
		}
		if e.SelfAttested {
			who += "; self-attested"
		}
		if e.Assurance == "imported" {
			who += "; imported"
		}
		row := Plainly(num(int(e.Index)), strings.TrimSpace(what+" about "+strings.Join(names, ", ")), who, Instant(e.Proven), Short(e.ID), strings.Join(rules, ", "))
		row.ID, row.Cells[1].Tone = fmt.Sprintf("e-%d", e.Index), ToneOf(e.State)
		if e.State == "ok" {
			row.Cells[1].Tone = ToneCalm
		}
		t.Rows = append(t.Rows, row)
	}
	return Section{ID: "evidence", Title: "Evidence", Level: 1, Blocks: []Block{
		Paragraph("Each is a signed statement at this index of the ledger. `assize show attestation ID` prints it; a receipt proves that it is there."), t}}
}

func (r *Report) limitSection() Section {
	l := &r.Limits
	all := r.Counts[len(r.Counts)-1]
	var rules, subjects []string
	for _, n := range l.Rules {
		rules = append(rules, n.Rule+" "+n.Title+" ("+n.Why+")")
	}
	for _, s := range l.Subjects {
		subjects = append(subjects, inSentence(s))
	}
	return Section{ID: "limits", Title: "What this report does not say", Level: 1, Blocks: []Block{Facts{
		{Label: "Own word", Value: fmt.Sprintf("Of %s that count, %d were signed only by those who make or run what they speak of, and %d were imported, which vouches for the conversion and not for the content.",
			count(l.Counted, "statement", "statements"), l.SelfAttested, l.Imported)},
		{Label: "Not settled", Value: fmt.Sprintf("%d missing, %d unassessable: of these nothing is known but the gap.", all.Missing, all.Unassessable)},
		{Label: "Withheld", Value: orNone(indices(l.Withheld))},
		{Label: "Rules not asked", Value: orNone(strings.Join(rules, "; "))},
		{Label: "Controls not served", Value: orNone(strings.Join(l.Controls, ", "))},
		{Label: "Not judged", Value: orNone(strings.Join(subjects, ", "))},
	}}}
}
