package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
)

// textWidth is the width decisions are written for.
const textWidth = 100

// decisionText writes an answer for a person at a terminal: the verdict in one
// sentence, what blocks it first, and where everything comes from.
type decisionText struct {
	w     io.Writer
	style style
}

func (t *decisionText) write(a gate.Answer) {
	d := &a.Decision
	t.verdict(a)
	t.section("BLOCKS", d, gate.Blocks)
	t.section("WARNS", d, gate.Warns)
	t.waived(d)
	t.notYet(d)
	t.quiet(d)
	t.facts(a)
}

// verdictSentence says the outcome in one line.
func verdictSentence(d *gate.Decision) string {
	q := d.Question
	s := fmt.Sprintf("%s of %s", q.Action, thing(subjectName(d), string(q.Subject)))
	if q.System != "" {
		s += " for " + q.System
	}
	return s + " in " + q.Environment
}

// subjectName is what the findings call the subject of the question.
func subjectName(d *gate.Decision) string {
	for _, f := range d.Findings {
		if f.Subject.Ref == string(d.Question.Subject) && f.Subject.Name != "" {
			return f.Subject.Name
		}
	}
	return ""
}

// thing names something by name and the beginning of its digest.
func thing(name, ref string) string {
	if name == "" || name == ref {
		return clean(shortRef(ref))
	}
	return clean(name) + " (" + shortRef(ref) + ")"
}

// shortRef keeps enough of a digest or id to find it by.
func shortRef(ref string) string {
	alg, digest, ok := strings.Cut(ref, ":")
	if !ok {
		alg, digest = "", ref
	} else {
		alg += ":"
	}
	if len(digest) > 12 && !strings.ContainsFunc(digest, func(r rune) bool { return !strings.ContainsRune("0123456789abcdef", r) }) {
		digest = digest[:12]
	}
	return alg + digest
}

func (t *decisionText) verdict(a gate.Answer) {
	d := &a.Decision
	fmt.Fprintf(t.w, "%s  %s\n", t.colour(string(d.Verdict), strings.ToUpper(string(d.Verdict))), t.style.bold(verdictSentence(d)))
	for _, why := range a.Inquiry {
		t.wrap(t.style.yellow("inquiry")+"  ", len("inquiry")+2, "not recorded and not enforceable: "+why)
	}
	for _, r := range d.Reasons {
		t.wrap("- ", 2, r)
	}
	t.wrap("", 0, countsSentence(d)+".")
}

// countsSentence counts findings by status; fail, missing and waived are never
// folded into anything else.
func countsSentence(d *gate.Decision) string {
	c := d.Counts()
	var parts []string
	for _, s := range []struct {
		status policy.Status
		always bool
	}{
		{policy.StatusFail, true}, {policy.StatusMissing, true}, {policy.StatusUnassessable, false}, {policy.StatusWaived, true},
		{policy.StatusPass, true}, {policy.StatusNotApplicable, false}, {policy.StatusNotYetApplicable, false},
	} {
		if n := c[string(s.status)]; n > 0 || s.always {
			parts = append(parts, fmt.Sprintf("%d %s", n, statusWord(s.status)))
		}
	}
	return count(len(d.Findings), "finding", "findings") + ": " + strings.Join(parts, ", ")
}

func statusWord(s policy.Status) string { return strings.ReplaceAll(string(s), "_", " ") }

func (t *decisionText) section(title string, d *gate.Decision, effect string) {
	first := true
	for _, f := range d.Findings {
		if f.Effect != effect {
			continue
		}
		if first {
			fmt.Fprintf(t.w, "\n%s\n", t.style.bold(title))
			first = false
		}
		t.finding(f)
	}
}

func (t *decisionText) finding(f gate.Finding) {
	t.heading(f, string(f.Status))
	if f.Subject.Ref != "" {
		t.line("about", f.Subject.Kind+" "+thing(f.Subject.Name, f.Subject.Ref)+forSystem(f))
	}
	if f.Foreign != "" {
		t.line("policy", "of another tool, judged as it stands ("+f.Foreign+")")
	}
	if f.Reason != "" {
		t.line("why", f.Reason)
	}
	for _, m := range f.Messages {
		t.line(messageWord(m, f), m.Msg)
		if b := bound(m); b != "" {
			t.line("", b)
		}
	}
	if p := params(f); p != "" {
		t.line("params", p)
	}
	for _, c := range citations(f.Evidence, "#") {
		t.line("read", c)
	}
	if f.Effect == gate.Blocks && f.Remediation != "" {
		t.line("remedy", f.Remediation)
	}
}

// heading opens a finding: status, rule, title, severity.
func (t *decisionText) heading(f gate.Finding, status string) {
	word := statusWord(policy.Status(status))
	fmt.Fprintf(t.w, "  %s%s %s  %s (%s)\n", t.colour(status, word), strings.Repeat(" ", max(0, 12-len(word))), t.style.bold(f.Rule), f.Title, f.Severity)
}

func forSystem(f gate.Finding) string {
	if f.System == "" {
		return ""
	}
	return " of " + f.System
}

func messageWord(m policy.Message, f gate.Finding) string {
	if m.Level == policy.LevelDeny || f.Status == policy.StatusUnassessable {
		return "found"
	}
	return m.Level
}

// shortIDs cuts the attestation ids in a text to what one finds them by.
func shortIDs(text string) string {
	words := strings.Split(text, " ")
	for i, w := range words {
		if len(w) == 64 {
			words[i] = shortRef(w)
		}
	}
	return strings.Join(words, " ")
}

// params lists the parameters a finding was judged by, each with its basis, and
// the plan that set it where one did.
func params(f gate.Finding) string {
	if f.Status == policy.StatusMissing {
		return "" // nothing was held against them
	}
	var out []string
	for _, p := range f.Params {
		basis := p.Basis
		if id, ok := strings.CutPrefix(p.Source, "plan:"); ok {
			basis += ", set by plan " + shortRef(id)
		}
		out = append(out, fmt.Sprintf("%s %s (%s)", p.Name, valueText(p.Value), basis))
	}
	return strings.Join(out, "; ")
}

// citations name the evidence by where it stands, what it is, who said it and
// when. Many of one kind by the same people share a line. mark stands before an
// index.
func citations(cites []policy.Cite, mark string) []string {
	var groups [][]policy.Cite
	for _, c := range cites {
		at := slices.IndexFunc(groups, func(g []policy.Cite) bool { return g[0].Type == c.Type && slices.Equal(g[0].Principals, c.Principals) })
		if at < 0 {
			groups = append(groups, []policy.Cite{c})
		} else {
			groups[at] = append(groups[at], c)
		}
	}
	var out []string
	for _, g := range groups {
		by := list(g[0].Principals, "nobody trusted")
		if len(g) <= 2 {
			for _, c := range g {
				out = append(out, fmt.Sprintf("%s%d %s %s, signed by %s, logged %s", mark, c.Index, c.Type, shortRef(c.ID), by, day(c.Proven)))
			}
			continue
		}
		var at []string
		for _, c := range g {
			at = append(at, fmt.Sprintf("%s%d", mark, c.Index))
		}
		out = append(out, fmt.Sprintf("%s: %d %s, signed by %s, logged %s to %s", strings.Join(at, " "), len(g), g[0].Type, by, day(g[0].Proven), day(g[len(g)-1].Proven)))
	}
	return out
}

func day(t time.Time) string { return t.UTC().Format("2006-01-02") }

func (t *decisionText) waived(d *gate.Decision) {
	first := true
	for _, f := range d.Findings {
		if f.Waiver == nil {
			continue
		}
		if first {
			fmt.Fprintf(t.w, "\n%s\n", t.style.bold("WAIVED"))
			first = false
		}
		u := f.Waiver
		t.heading(f, string(f.WouldBe))
		t.line("about", f.Subject.Kind+" "+thing(f.Subject.Name, f.Subject.Ref)+forSystem(f))
		for _, m := range f.Messages {
			t.line(messageWord(m, f), m.Msg)
		}
		t.line("waived", fmt.Sprintf("until %s, asked by %s, approved by %s, at index %d: %s", u.Expires, u.RequestedBy, u.ApprovedBy, u.Index, u.Reason))
	}
}

func (t *decisionText) notYet(d *gate.Decision) {
	first := true
	for _, f := range d.Findings {
		if f.Status != policy.StatusNotYetApplicable {
			continue
		}
		if first {
			fmt.Fprintf(t.w, "\n%s\n", t.style.bold("NOT IN FORCE YET"))
			first = false
		}
		s := f.Rule + "  " + f.Title + ": would be " + statusWord(f.WouldBe)
		if f.HoldsUntil != "" {
			s += "; from " + f.HoldsUntil
		}
		t.wrap("  ", 2, s)
	}
}

// quiet lists, by rule, what neither blocks nor warns.
func (t *decisionText) quiet(d *gate.Decision) {
	foreign := false
	for _, status := range []policy.Status{policy.StatusPass, policy.StatusNotApplicable, policy.StatusFail, policy.StatusMissing, policy.StatusUnassessable} {
		var ids []string
		for _, f := range d.Findings {
			id := f.Rule
			if f.Foreign != "" {
				id += "*"
			}
			if f.Status == status && f.Effect == gate.None && !slices.Contains(ids, id) {
				ids = append(ids, id)
				foreign = foreign || f.Foreign != ""
			}
		}
		if len(ids) == 0 {
			continue
		}
		slices.Sort(ids)
		title := strings.ToUpper(statusWord(status))
		if status != policy.StatusPass && status != policy.StatusNotApplicable {
			title += " (neither blocks nor warns here)"
		}
		fmt.Fprintf(t.w, "\n%s\n", t.style.bold(title))
		t.wrap("  ", 2, strings.Join(ids, " "))
	}
	if foreign {
		fmt.Fprintf(t.w, "\n* judged by a policy of another tool, as it stands\n")
	}
}

func (t *decisionText) facts(a gate.Answer) {
	d := &a.Decision
	rows := [][]string{{"decided", d.DecidedAt}, {"holds", interval(d.HoldsFrom, d.HoldsUntil)}}
	if d.FlipsAt != "" {
		rows = append(rows, []string{"flips", fmt.Sprintf("to %s at %s, if nothing new arrives", d.FlipsTo, d.FlipsAt)})
	}
	if r := a.Recorded; r != nil {
		rows = append(rows, []string{"decision", r.ID}, []string{"recorded", fmt.Sprintf("at index %d, %s", r.Index, r.Time)})
	}
	rows = append(rows, []string{"basis", d.Basis}, []string{"ledger", fmt.Sprintf("%s, %s judged", origin(d), count(d.JudgedSize, "entry", "entries"))}, []string{"rules", d.Set})
	fmt.Fprintln(t.w)
	for _, r := range rows {
		fmt.Fprintf(t.w, "%s%s\n", t.style.dim(fmt.Sprintf("%-10s", r[0])), r[1])
	}
}

// origin of the ledger that was judged: the first line of its checkpoint.
func origin(d *gate.Decision) string {
	o, _, _ := strings.Cut(d.Checkpoint, "\n")
	if o == "" {
		return "an earlier size of the ledger"
	}
	return o
}

func interval(from, until string) string {
	switch {
	case from == "" && until == "":
		return "at any time"
	case until == "":
		return "from " + from
	case from == "":
		return "until " + until
	}
	return "from " + from + " until " + until
}

// colour gives verdicts and statuses their colour; what does not pass is never
// green.
func (t *decisionText) colour(of, text string) string {
	switch of {
	case string(gate.Allow), string(policy.StatusPass):
		return t.style.green(text)
	case string(gate.Deny), string(policy.StatusFail), string(policy.StatusMissing):
		return t.style.red(text)
	}
	return t.style.yellow(text)
}

// line writes one fact of a finding, its name in a column of its own.
func (t *decisionText) line(name, text string) {
	t.wrap(fmt.Sprintf("      %s", t.style.dim(fmt.Sprintf("%-8s", name))), 14, text)
}

// wrap writes text behind a prefix that takes so many columns, broken at blanks
// and indented below itself.
func (t *decisionText) wrap(prefix string, columns int, text string) {
	width := textWidth - columns
	line := prefix
	used := 0
	for _, word := range strings.Fields(clean(text)) {
		if used > 0 && used+1+len([]rune(word)) > width {
			fmt.Fprintln(t.w, line)
			line, used = strings.Repeat(" ", columns), 0
		}
		if used > 0 {
			line += " "
			used++
		}
		line += word
		used += len([]rune(word))
	}
	fmt.Fprintln(t.w, line)
}
