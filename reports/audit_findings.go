package reports

import (
	"fmt"
	"strings"

	"github.com/assize-dev/assize/policy"
)

func (r *Report) controlSections() []Section {
	out := []Section{{ID: "controls", Title: "Control by control", Level: 1}}
	if len(r.Frameworks) == 0 {
		out[0].Blocks = []Block{Paragraph("No judged rule serves a control.")}
	}
	for _, f := range r.Frameworks {
		t := &Table{Columns: []Column{{Title: "Control", Share: 1.4}, {Title: "Requirement", Share: 3}, {Title: "Status", Share: 1.1}, {Title: "Rules", Share: 1.4}, {Title: "Evidence", Share: 1.2}}}
		for _, c := range f.Controls {
			name := c.Provision
			if name == "" {
				name = c.ID
			}
			row := Plainly(name, c.Text, word(policy.Status(c.Status)), strings.Join(c.Rules, ", "), indices(c.Evidence))
			row.Cells[2].Tone = ToneOf(c.Status)
			t.Rows = append(t.Rows, row)
		}
		title := f.Title
		if title == "" {
			title = f.ID
		}
		s := Section{ID: "framework-" + f.ID, Title: title, Level: 2}
		if f.Version != "" {
			s.Blocks = append(s.Blocks, Paragraph(f.Version))
		}
		s.Blocks = append(s.Blocks, t)
		out = append(out, s)
	}
	return out
}

func (r *Report) findingSections() []Section {
	out := []Section{{ID: "findings", Title: "All findings", Level: 1}}
	for _, status := range statusOrder {
		var these []*Finding
		for i := range r.Findings {
			if r.Findings[i].Status == status {
				these = append(these, &r.Findings[i])
			}
		}
		if len(these) == 0 {
			continue
		}
		head := Section{ID: "status-" + string(status), Title: fmt.Sprintf("%s (%d)", upperFirst(word(status)), len(these)), Level: 2, Tone: ToneOf(status)}
		if !these[0].Open() && status != policy.StatusWaived {
			head.Blocks = []Block{briefly(these)}
			out = append(out, head)
			continue
		}
		out = append(out, head)
		for _, f := range these {
			out = append(out, r.inFull(f))
		}
	}
	return out
}

// briefly is a table of findings that ask nobody to act.
func briefly(these []*Finding) *Table {
	t := &Table{Columns: []Column{{Title: "Rule", Share: 0.9}, {Title: "Requirement", Share: 3.4}, {Title: "About", Share: 1.6}, {Title: "For", Share: 1.4},
		{Title: "Evidence", Share: 1.1}, {Title: "Until", Share: 1.1}}}
	for _, f := range these {
		title := f.Title
		if f.WouldBe != "" {
			title += " (would be " + word(f.WouldBe) + ")"
		}
		for _, m := range f.Messages {
			if m.Level == policy.LevelWarn {
				title += ". " + m.Msg
			}
		}
		until := "open"
		if f.HoldsUntil != "" {
			until = Day(f.HoldsUntil)
		}
		row := Plainly(f.Rule, title, f.Subject.Kind+" "+f.Subject.Name, strings.Join(f.Actions, ", "), indices(f.Cites()), until)
		row.ID = "f-" + f.ID
		t.Rows = append(t.Rows, row)
	}
	return t
}

// inFull is a finding that wants somebody to act.
func (r *Report) inFull(f *Finding) Section {
	s := Section{ID: "f-" + f.ID, Title: f.Rule + " " + f.Title, Level: 3, Tone: ToneOf(f.Status)}
	if f.Reason != "" {
		s.Blocks = append(s.Blocks, Paragraph(upperFirst(f.Reason)+"."))
	}
	var messages List
	for _, m := range f.Messages {
		text := m.Msg
		if m.Path != "" {
			text += " (" + m.Path + ")"
		}
		messages = append(messages, text)
	}
	if len(messages) > 0 {
		s.Blocks = append(s.Blocks, messages)
	}
	about := f.Subject.Name
	if about == "" {
		about = Short(f.Subject.Ref)
	}
	facts := Facts{{Label: "Status", Value: fmt.Sprintf("%s, %s; %s for %s", word(f.Status), f.Severity, f.Effect, strings.Join(f.Actions, ", "))}, {Label: "About", Value: f.Subject.Kind + " " + about}}
	add := func(label, value string) {
		if value != "" {
			facts = append(facts, Fact{Label: label, Value: value})
		}
	}
	if w := f.Waiver; w != nil {
		add("Waived", fmt.Sprintf("until %s, asked for by %s, approved by %s: %s (entry %d)", Day(w.Expires), w.RequestedBy, w.ApprovedBy, w.Reason, w.Index))
	}
	var bounds []string
	for _, p := range f.Params {
		bounds = append(bounds, strings.TrimSpace(p.Name+" "+Text(p.Value)+" "+p.Unit)+" ("+p.Basis+")")
	}
	add("Bounds", strings.Join(bounds, "; "))
	var evidence []string
	for _, c := range f.Evidence {
		evidence = append(evidence, fmt.Sprintf("%s at %d of %s", c.Type, c.Index, strings.Join(c.Principals, ", ")))
	}
	if len(evidence) == 0 {
		evidence = []string{"none was there to read"}
	}
	add("Evidence", strings.Join(evidence, "; "))
	add("Controls", strings.Join(f.Controls, ", "))
	rests := f.Basis
	if f.LegalVersion != "" {
		rests += "; " + f.LegalVersion
	}
	if f.AppliesFrom != "" {
		rests += "; applies from " + f.AppliesFrom
	}
	add("Rests on", rests)
	add("Owner", f.Owner)
	if f.Open() {
		add("Due", f.DueText())
	}
	add("Remedy", f.Remediation)
	s.Blocks = append(s.Blocks, facts)
	return s
}
