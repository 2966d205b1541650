package reports

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
)

// done is what an action does, after "may be".
var done = map[string]string{"train": "used for training", "release": "released", "deploy": "deployed", "continue": "kept running"}

// sentence says one verdict in words.
func sentence(v *Verdict) string {
	where := place([]string{v.Action}, v.Environment)
	name := subjectName(v.Subject)
	switch v.Verdict {
	case gate.Allow:
		out := fmt.Sprintf("%s may be %s: none of %s stands in the way", name, where, count(v.Count.total(), "finding", "findings"))
		if v.Count.Waived > 0 {
			out += fmt.Sprintf(", %d of them by waiver", v.Count.Waived)
		}
		return out + "."
	case gate.Deny:
		return fmt.Sprintf("%s may not be %s: %s.", name, where, because(v))
	}
	return fmt.Sprintf("It cannot be told whether %s may be %s: %s.", name, where, because(v))
}

func because(v *Verdict) string {
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{{v.Count.Fail, "failed"}, {v.Count.Missing, "missing"}, {v.Count.Unassessable, "unassessable"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	out := strings.Join(parts, ", ")
	if out != "" {
		out += fmt.Sprintf(" of %s, %d of them blocking", count(v.Count.total(), "finding", "findings"), v.Blocking)
	}
	if len(v.Reasons) > 0 {
		out = strings.Join(append(v.Reasons, nonEmpty(out)...), "; ")
	}
	return out
}

// overall says all verdicts in words, those of one subject that agree together.
func overall(vs []Verdict) string {
	var out []string
	for i, v := range vs {
		if i > 0 && vs[i-1].Subject.Ref == v.Subject.Ref && vs[i-1].Verdict == v.Verdict {
			continue // told with the one before
		}
		var actions []string
		for _, w := range vs[i:] {
			if w.Subject.Ref != v.Subject.Ref || w.Verdict != v.Verdict {
				break
			}
			actions = append(actions, w.Action)
		}
		if len(actions) == 1 {
			out = append(out, v.Sentence)
			continue
		}
		where := place(actions, v.Environment)
		switch v.Verdict {
		case gate.Allow:
			out = append(out, fmt.Sprintf("%s may be %s.", subjectName(v.Subject), where))
		case gate.Deny:
			out = append(out, fmt.Sprintf("%s may not be %s.", subjectName(v.Subject), strings.Replace(where, " and ", " or ", 1)))
		default:
			out = append(out, fmt.Sprintf("It cannot be told whether %s may be %s.", subjectName(v.Subject), strings.Replace(where, " and ", " or ", 1)))
		}
	}
	return strings.Join(out, " ")
}

func place(actions []string, environment string) string {
	words := make([]string, len(actions))
	for i, a := range actions {
		words[i] = done[a]
	}
	out := words[len(words)-1]
	if len(words) > 1 {
		out = strings.Join(words[:len(words)-1], ", ") + " and " + out
	}
	return out + " in " + environment
}

func subjectName(s Subject) string {
	kind := ""
	if s.Kind != "" {
		kind = "The " + s.Kind + " "
	}
	if s.Name != "" {
		return kind + s.Name
	}
	return kind + Short(s.Ref)
}

func title(r *Report) string {
	about := ""
	switch {
	case r.Scope.System == "" || len(r.Scope.Subjects) == 1 && !strings.HasPrefix(r.Scope.How, "No evidence"):
		about = r.Scope.Subjects[0].Name
		if about == "" {
			about = Short(r.Scope.Subjects[0].Ref)
		}
		if r.Scope.System != "" {
			about = r.systemName() + ", " + about
		}
	default:
		about = r.systemName()
	}
	return "Audit of " + about + " in " + r.Scope.Environment
}

func (r *Report) systemName() string {
	if r.System != nil && r.System.Name != "" {
		return r.System.Name
	}
	return r.Scope.System
}

func (c *Count) total() int {
	return c.Fail + c.Missing + c.Unassessable + c.Waived + c.Pass + c.NotYetApplicable + c.NotApplicable
}

// Total of all findings counted.
func (c Count) Total() int { return c.total() }

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func nonEmpty(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

func word(s policy.Status) string {
	if s == "" {
		return "no longer judged"
	}
	return strings.ReplaceAll(string(s), "_", " ")
}

// Short is a digest cut to what tells it apart on a page.
func Short(s string) string {
	alg, hex, ok := strings.Cut(s, ":")
	if !ok {
		alg, hex = "", s
	} else {
		alg += ":"
	}
	if len(hex) > 16 && !strings.ContainsAny(hex, "/ ") {
		hex = hex[:12] + "…"
	}
	return alg + hex
}

// Instant writes a time of the model for people. What is no time is left as it is.
func Instant(s string) string {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return s
	}
	layout := "2 Jan 2006, 15:04:05 UTC"
	if t = t.UTC(); t.Second() == 0 {
		layout = "2 Jan 2006, 15:04 UTC"
	}
	return t.Format(layout)
}

// day is the date of an instant of a statement; empty for none.
func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

// Day is the date of a time of the model.
func Day(s string) string {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return s
	}
	return t.UTC().Format("2 Jan 2006")
}

// Text is a value of a message or parameter as people read it.
func Text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case nil:
		return "none"
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = Text(e)
		}
		return strings.Join(parts, ", ")
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

// Line joins the command of the report, with what a renderer adds.
func (r *Report) Line(more ...string) string { return CommandLine(r.Command, more...) }

// CommandLine joins a command, quoted for a POSIX shell, with what a renderer adds.
func CommandLine(command []string, more ...string) string {
	var out []string
	for _, a := range append(append([]string{}, command...), more...) {
		if a == "" || strings.ContainsFunc(a, func(c rune) bool {
			return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=@%+,", c)
		}) {
			a = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
		out = append(out, a)
	}
	return strings.Join(out, " ")
}

// fillEmpty makes every list a list in JSON, never null.
func (r *Report) fillEmpty() {
	fill(&r.Scope.Subjects)
	fill(&r.Rules.LegalVersions)
	fill(&r.Top)
	fill(&r.Findings)
	fill(&r.Waivers)
	fill(&r.Flips)
	fill(&r.Frameworks)
	fill(&r.Evidence)
	fill(&r.Series)
	for i := range r.Series {
		fill(&r.Series[i].Bounds)
	}
	fill(&r.Limits.Rules)
	fill(&r.Limits.Controls)
	fill(&r.Limits.Subjects)
	fill(&r.Limits.Withheld)
	for i := range r.Verdicts {
		fill(&r.Verdicts[i].Reasons)
		fill(&r.Verdicts[i].Findings)
	}
	for i := range r.Flips {
		fill(&r.Flips[i].Verdicts)
		fill(&r.Flips[i].Findings)
	}
	for i := range r.Frameworks {
		for n := range r.Frameworks[i].Controls {
			fill(&r.Frameworks[i].Controls[n].Evidence)
		}
	}
	for i := range r.Evidence {
		fill(&r.Evidence[i].Subjects)
		fill(&r.Evidence[i].Principals)
		fill(&r.Evidence[i].Roles)
		fill(&r.Evidence[i].CitedBy)
	}
	if c := r.Changes; c != nil {
		fill(&c.Verdicts)
		fill(&c.Findings)
		fill(&c.Added)
		fill(&c.Withdrawn)
		for i := range c.Findings {
			fill(&c.Findings[i].Causes)
		}
	}
}

func fill[T any](s *[]T) {
	if *s == nil {
		*s = []T{}
	}
}

// Plain is a text on one line without control characters, and without format
// characters that change how its neighbours are read.
func Plain(s string) string {
	s = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || unicode.Is(unicode.Cf, c) || c == '\u2028' || c == '\u2029' {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(s, "\ufffd"))
	return strings.Join(strings.Fields(s), " ")
}

func num(n int) string { return fmt.Sprint(n) }

func indices(list []uint64) string {
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = fmt.Sprint(n)
	}
	return strings.Join(out, " ")
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func judged(s policy.Status) string {
	if s == "" {
		return "not judged"
	}
	return word(s)
}

// inSentence writes a subject inside a sentence; a name keeps its letters.
func inSentence(s Subject) string {
	name := subjectName(s)
	if rest, ok := strings.CutPrefix(name, "The "); ok && s.Kind != "" {
		return "the " + rest
	}
	return name
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
