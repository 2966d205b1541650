package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
)

// decisionMarkdown writes an answer for a job summary or a review comment.
func decisionMarkdown(w io.Writer, a gate.Answer) {
	d := &a.Decision
	fmt.Fprintf(w, "## %s: %s\n\n", strings.ToUpper(string(d.Verdict)), escapeMarkdown(verdictSentence(d)))
	for _, why := range a.Inquiry {
		fmt.Fprintf(w, "> **Inquiry**, not recorded and not enforceable: %s\n\n", escapeMarkdown(why))
	}
	for _, r := range d.Reasons {
		fmt.Fprintf(w, "- %s\n", escapeMarkdown(r))
	}
	if len(d.Reasons) > 0 {
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "%s.\n\n", countsSentence(d))
	var rows []gate.Finding
	for _, f := range d.Findings {
		if f.Effect != gate.None || f.Waiver != nil || f.Status == policy.StatusNotYetApplicable {
			rows = append(rows, f)
		}
	}
	if len(rows) > 0 {
		fmt.Fprint(w, "| Rule | Status | Effect | About | Finding | Evidence |\n|---|---|---|---|---|---|\n")
		for _, f := range rows {
			fmt.Fprintf(w, "| **%s** %s (%s) | %s | %s | %s | %s | %s |\n", f.Rule, cell(f.Title), f.Severity, cell(statusMarkdown(f)), effectMarkdown(f),
				cell(f.Subject.Kind+" "+thing(f.Subject.Name, f.Subject.Ref)), said(f), cited(f))
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "Decided %s; holds %s", d.DecidedAt, interval(d.HoldsFrom, d.HoldsUntil))
	if d.FlipsAt != "" {
		fmt.Fprintf(w, "; flips to %s at %s if nothing new arrives", d.FlipsTo, d.FlipsAt)
	}
	fmt.Fprint(w, ".\n\n")
	if r := a.Recorded; r != nil {
		fmt.Fprintf(w, "Decision `%s`, index %d of `%s`. ", r.ID, r.Index, origin(d))
	}
	fmt.Fprintf(w, "Basis `%s`.\n", d.Basis)
}

func statusMarkdown(f gate.Finding) string {
	s := statusWord(f.Status)
	if f.WouldBe != "" {
		s += ", would be " + statusWord(f.WouldBe)
	}
	return s
}

func effectMarkdown(f gate.Finding) string {
	if f.Effect == gate.None {
		return "-"
	}
	return f.Effect
}

func said(f gate.Finding) string {
	var parts []string
	if f.Foreign != "" {
		parts = append(parts, cell("judged by a policy of another tool, as it stands ("+f.Foreign+")"))
	}
	if f.Reason != "" {
		parts = append(parts, cell(f.Reason))
	}
	for _, m := range f.Messages {
		s := cell(m.Msg)
		if b := bound(m); b != "" {
			s += " (" + cell(b) + ")"
		}
		parts = append(parts, s)
	}
	if u := f.Waiver; u != nil {
		parts = append(parts, cell(fmt.Sprintf("waived until %s by %s and %s: %s", u.Expires, u.RequestedBy, u.ApprovedBy, u.Reason)))
	}
	return strings.Join(parts, "<br>")
}

func cited(f gate.Finding) string {
	var parts []string
	for _, c := range citations(f.Evidence, "index ") { // a "#" would link to an issue
		parts = append(parts, cell(c))
	}
	return strings.Join(parts, "<br>")
}

// cell is text that cannot leave its table cell: what evidence says is somebody
// else's text.
func cell(s string) string {
	return escapeMarkdown(strings.Join(strings.Fields(s), " "))
}

func escapeMarkdown(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "|", "\\|", "`", "\\`", "*", "\\*", "_", "\\_", "[", "\\[", "]", "\\]", "@", "&#64;", "\\", "\\\\").Replace(clean(s))
}
