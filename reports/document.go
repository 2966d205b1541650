package reports

import (
	"fmt"
	"strings"
)

// Model is a built report of any kind. Its JSON is the report itself, for
// programs and for rebuilding; its Document is what people read.
type Model interface {
	// About is what every kind has.
	About() *Head
	// Document arranges the model for reading. The same model gives the same
	// document.
	Document() *Document
}

// Head is what every report says of itself. All instants are RFC 3339 in UTC.
type Head struct {
	V        int    `json:"v"`
	Kind     string `json:"kind"`
	Title    string `json:"title"`
	Sentence string `json:"sentence"` // the answer in words
	AsOf     string `json:"as_of"`
	Ledger   Ledger `json:"ledger"`
	Rules    Rules  `json:"rules"`
	// Command rebuilds the report, without --format and --store.
	Command []string `json:"command"`
}

// About makes a Head a part of the Model it is embedded in.
func (h *Head) About() *Head { return h }

// Document is a report as one reads it, whatever its kind: renderers lay it out
// and know no kind.
type Document struct {
	Kind     string
	Title    string
	Sentence string
	// Tone colours the sentence: ToneGood, ToneBad, ToneOpen, ToneCalm.
	Tone     Tone
	Facts    []Fact
	Sections []Section
	// Main is the ID of the section whose first table is the report as a table, for
	// spreadsheets. Empty: it has none.
	Main string
	// Notice stands at the foot of every page, such as "Draft".
	Notice string
}

// Tone says how a thing is meant, beside the words that say it.
type Tone string

const (
	ToneCalm Tone = ""
	ToneGood Tone = "good"
	ToneBad  Tone = "bad"
	ToneOpen Tone = "open" // nobody can tell yet
	ToneNote Tone = "note"
)

// Section is a heading with what stands below it. Level is 1 to 3.
type Section struct {
	// ID is the anchor, unique in the document, of letters, digits, . and -.
	ID     string
	Title  string
	Level  int
	Tone   Tone
	Blocks []Block
}

// Block is one of Paragraph, List, Facts, *Table, *Chart and Code.
type Block interface{ block() }

type (
	// Paragraph of plain text.
	Paragraph string
	// List is a list of short texts.
	List []string
	// Facts are labels with values.
	Facts []Fact
	// Code is a line to be typed, shown as it is.
	Code string
)

// Fact is a label with its value. Link, where set, is the ID of a section.
type Fact struct {
	Label, Value string
	Link         string
}

// Table has a head and rows of as many cells.
type Table struct {
	Columns []Column
	Rows    []Row
	// Empty stands in place of a table without rows.
	Empty string
}

// Column of a table. Share is its part of the width, 1 when zero.
type Column struct {
	Title   string
	Numeric bool
	Share   float64
}

// Row of a table; ID, where set, is an anchor.
type Row struct {
	ID    string
	Cells []Cell
}

// Cell of a row. Link, where set, is the ID of a section or row.
type Cell struct {
	Text string
	Link string
	Tone Tone
}

// Chart is a line chart over equal steps, such as windows of monitoring. A value
// that is not there is NaN and leaves a gap.
type Chart struct {
	Title  string
	Unit   string
	Steps  []string
	Lines  []Line
	Bounds []Bound
}

// Line of a chart, a value for each step.
type Line struct {
	Name   string
	Values []float64
}

// Bound is a value a line is held to.
type Bound struct {
	Name  string
	Value float64
	Tone  Tone
}

func (Paragraph) block() {}
func (List) block()      {}
func (Facts) block()     {}
func (Code) block()      {}
func (*Table) block()    {}
func (*Chart) block()    {}

// Plainly makes cells of texts.
func Plainly(texts ...string) Row {
	r := Row{Cells: make([]Cell, len(texts))}
	for i, t := range texts {
		r.Cells[i].Text = t
	}
	return r
}

// Columns makes columns of equal width.
func Columns(titles ...string) []Column {
	out := make([]Column, len(titles))
	for i, t := range titles {
		out[i].Title = t
	}
	return out
}

// ToneOf is the tone of a status, verdict or kind of change.
func ToneOf(v any) Tone {
	switch fmt.Sprint(v) {
	case "fail", "deny", "regressed", "revoked", "critical", "blocks", "gap", "late":
		return ToneBad
	case "missing", "unassessable", "indeterminate", "new", "untrusted", "erased", "warns", "misplaced", "open":
		return ToneOpen
	case "waived":
		return ToneNote
	case "pass", "allow", "fixed", "ok", "met":
		return ToneGood
	}
	return ToneCalm
}

// Check holds a document to its own rules: unique anchors, links that lead
// somewhere, rows as wide as their tables, lines as long as their steps.
func (d *Document) Check() error {
	anchors, links := map[string]bool{}, map[string]string{}
	anchor := func(id string) error {
		if id == "" {
			return nil
		}
		if anchors[id] {
			return fmt.Errorf("document %s: the anchor %q stands twice", d.Kind, id)
		}
		anchors[id] = true
		return nil
	}
	link := func(where, to string) {
		if to != "" {
			links[to] = where
		}
	}
	for _, f := range d.Facts {
		link("facts", f.Link)
	}
	for _, s := range d.Sections {
		if s.ID == "" || s.Level < 1 || s.Level > 3 {
			return fmt.Errorf("document %s: section %q has the id %q and level %d", d.Kind, s.Title, s.ID, s.Level)
		}
		if err := anchor(s.ID); err != nil {
			return err
		}
		for _, b := range s.Blocks {
			switch b := b.(type) {
			case Facts:
				for _, f := range b {
					link(s.Title, f.Link)
				}
			case *Table:
				for _, r := range b.Rows {
					if len(r.Cells) != len(b.Columns) {
						return fmt.Errorf("document %s, section %q: a row of %d cells in a table of %d columns", d.Kind, s.Title, len(r.Cells), len(b.Columns))
					}
					if err := anchor(r.ID); err != nil {
						return err
					}
					for _, c := range r.Cells {
						link(s.Title, c.Link)
					}
				}
			case *Chart:
				for _, l := range b.Lines {
					if len(l.Values) != len(b.Steps) {
						return fmt.Errorf("document %s, section %q: line %q has %d values for %d steps", d.Kind, s.Title, l.Name, len(l.Values), len(b.Steps))
					}
				}
			}
		}
	}
	for to, where := range links {
		if !anchors[to] {
			return fmt.Errorf("document %s, section %q: the link %q leads nowhere", d.Kind, where, to)
		}
	}
	return nil
}

// Made is the section that says how to make a report again.
func (h *Head) Made(format string) Section {
	facts := Facts{
		{Label: "Ledger", Value: fmt.Sprintf("%s, %s, the newest of %s", h.Ledger.Origin, count(int(h.Ledger.Size), "entry", "entries"), Instant(h.Ledger.Newest))},
		{Label: "Root", Value: h.Ledger.Root + ", as a checkpoint of this size signs it"},
	}
	for _, f := range []Fact{{Label: "Rule set", Value: h.Rules.Set}, {Label: "Parameters", Value: h.Rules.Parameters}, {Label: "Trust", Value: h.Rules.Trust},
		{Label: "Control texts", Value: h.Rules.Frameworks}, {Label: "Law as of", Value: strings.Join(h.Rules.LegalVersions, "; ")}} {
		if f.Value != "" {
			facts = append(facts, f)
		}
	}
	if e := h.Rules.Engine; e.Name != "" {
		facts = append(facts, Fact{Label: "Engine", Value: fmt.Sprintf("%s %s, OPA %s", e.Name, e.Version, e.OPA)})
	}
	return Section{ID: "made", Title: "How to make it again", Level: 1, Blocks: []Block{
		Paragraph("The same ledger at this size, rule set and instant give the same bytes:"), Code(CommandLine(h.Command, "--format", format)), facts}}
}
