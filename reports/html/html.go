// Package html writes a report as one page that needs nothing else: no script, no
// font, no picture from elsewhere. It looks like the pages of the service, in light
// and dark, and prints on paper with the verdict on page one.
package html

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
	"github.com/assize-dev/assize/reports"
	"github.com/assize-dev/assize/reports/svg"
)

//go:embed report.html
var page string

//go:embed style.css
var style string

// Write writes the page.
func Write(w io.Writer, r *reports.Report) error {
	t, err := template.New("report").Funcs(funcs(r)).Parse(page)
	if err != nil {
		return fmt.Errorf("parse template: %w", err)
	}
	if err := t.Execute(w, view{r, template.CSS(style + svg.Style)}); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

type view struct {
	*reports.Report
	Style template.CSS
}

// Worst is the worst verdict of the report.
func (v view) Worst() gate.Verdict {
	worst := gate.Allow
	for _, x := range v.Verdicts {
		if x.Verdict == gate.Deny || worst == gate.Allow {
			worst = x.Verdict
		}
	}
	return worst
}

// group is a stretch of findings of one status.
type group struct {
	Status   policy.Status
	Title    string
	Detailed bool
	Findings []*reports.Finding
}

// Groups are the findings by status; those that want somebody to act in full.
func (v view) Groups() []group {
	out := []group{
		{Status: policy.StatusFail, Title: "Failed", Detailed: true}, {Status: policy.StatusMissing, Title: "Missing", Detailed: true},
		{Status: policy.StatusUnassessable, Title: "Unassessable", Detailed: true}, {Status: policy.StatusWaived, Title: "Waived", Detailed: true},
		{Status: policy.StatusPass, Title: "Passed"}, {Status: policy.StatusNotYetApplicable, Title: "Law not in force yet"},
		{Status: policy.StatusNotApplicable, Title: "Not applicable"},
	}
	for i := range v.Findings {
		for g := range out {
			if out[g].Status == v.Findings[i].Status {
				out[g].Findings = append(out[g].Findings, &v.Findings[i])
			}
		}
	}
	return slices.DeleteFunc(out, func(g group) bool { return len(g.Findings) == 0 })
}

// TopFindings are the findings to read first.
func (v view) TopFindings() []*reports.Finding {
	var out []*reports.Finding
	for _, id := range v.Top {
		out = append(out, v.Finding(id))
	}
	return out
}

// cell of the table of counts.
type cell struct {
	N    int
	Tone string
	Link string
}

// Cells of a row of counts, in the order of the heads.
func Cells(c reports.Count) []cell {
	var out []cell
	for _, x := range []struct {
		n      int
		status policy.Status
	}{{c.Fail, policy.StatusFail}, {c.Missing, policy.StatusMissing}, {c.Unassessable, policy.StatusUnassessable}, {c.Waived, policy.StatusWaived},
		{c.Pass, policy.StatusPass}, {c.NotYetApplicable, policy.StatusNotYetApplicable}, {c.NotApplicable, policy.StatusNotApplicable}} {
		out = append(out, cell{x.n, tone(x.status), "#status-" + string(x.status)})
	}
	return out
}

func funcs(r *reports.Report) template.FuncMap {
	known := map[uint64]bool{}
	for _, e := range r.Evidence {
		known[e.Index] = true
	}
	return template.FuncMap{
		"chart": func(s reports.Series) template.HTML { return svg.Chart(s.Chart()) },
		"short": reports.Short, "instant": reports.Instant, "day": reports.Day, "text": reports.Text, "plain": reports.Plain,
		"tone": func(v any) string { return tone(v) }, "word": word, "join": func(s []string) string { return strings.Join(s, ", ") }, "cells": Cells,
		"named": r.Named, "finding": r.Finding, "known": func(i uint64) bool { return known[i] }, "line": func() string { return r.Line("--format", "html") },
		"source": func(s string) string {
			if id, ok := strings.CutPrefix(s, "plan:"); ok {
				return "set by plan " + reports.Short(id)
			}
			if s == policy.SourceDefault {
				return "of the parameters"
			}
			return s
		},
		"first": func(f *reports.Finding) string {
			if f.Reason != "" {
				return f.Reason
			}
			for _, m := range f.Messages {
				return m.Msg
			}
			return ""
		},
		"plural": func(n int, one, many string) string {
			if n == 1 {
				return "1 " + one
			}
			return fmt.Sprintf("%d %s", n, many)
		},
	}
}

// tone is the colour class of a status, verdict or kind of change.
func tone(v any) string {
	switch fmt.Sprint(v) {
	case "fail", "deny", "deny!", "regressed", "revoked", "critical", "blocks":
		return "bad"
	case "missing", "unassessable", "indeterminate", "new", "untrusted", "erased", "warns", "misplaced":
		return "open"
	case "waived":
		return "note"
	case "pass", "allow", "fixed", "ok":
		return "good"
	}
	return "calm"
}

func word(v any) string { return strings.ReplaceAll(fmt.Sprint(v), "_", " ") }
