package ui

import (
	"encoding/json"
	"fmt"
	"html/template"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/watch"
)

func funcs() template.FuncMap {
	return template.FuncMap{
		"short": short, "instant": instant, "iso": iso, "join": join, "text": text, "path": url.PathEscape,
		"status": status, "tone": tone, "verdict": verdict, "source": sourceOf, "lower": strings.ToLower,
		"statuses": func() []policy.Status { return watch.Statuses }, "count": count, "sentence": sentenceOf, "day": day, "words": words, "figure": func(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }, "ask": ask, "less": func(b, a int) int { return a - b },
	}
}

// short is a digest or id cut to what tells it apart on a page.
func short(v any) string {
	s := fmt.Sprint(v)
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

// instant writes a time for people. What is no time is left as it is.
func instant(v any) string {
	t, ok := timeOf(v)
	if !ok {
		return fmt.Sprint(v)
	}
	layout := "2 Jan 2006, 15:04:05 UTC"
	if t = t.UTC(); t.Second() == 0 && t.Nanosecond() == 0 {
		layout = "2 Jan 2006, 15:04 UTC"
	}
	return t.Format(layout)
}

// day writes the day of a time.
func day(v any) string {
	t, ok := timeOf(v)
	if !ok {
		return fmt.Sprint(v)
	}
	return t.UTC().Format("2 Jan 2006")
}

// words writes a name of a schema for people.
func words(s string) string { return strings.ReplaceAll(s, "_", " ") }

// iso writes a time for machines.
func iso(v any) string {
	t, ok := timeOf(v)
	if !ok {
		return fmt.Sprint(v)
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func timeOf(v any) (time.Time, bool) {
	switch v := v.(type) {
	case time.Time:
		return v, true
	case *time.Time:
		return *v, true
	case string:
		t, err := time.Parse(time.RFC3339Nano, v)
		return t, err == nil
	}
	return time.Time{}, false
}

func join(v any) string {
	switch v := v.(type) {
	case []string:
		return strings.Join(v, ", ")
	case []attest.Ref:
		out := make([]string, len(v))
		for i, r := range v {
			out[i] = short(r)
		}
		return strings.Join(out, ", ")
	}
	return fmt.Sprint(v)
}

// text is a value of a message or parameter, cut to MaxText.
func text(v any) string {
	var s string
	switch v := v.(type) {
	case string:
		s = v
	case json.Number:
		s = number(v)
	case float64:
		s = number(json.Number(strconv.FormatFloat(v, 'g', -1, 64)))
	case nil:
		s = "none"
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = text(e)
		}
		s = strings.Join(parts, ", ")
	default:
		b, err := json.Marshal(v)
		if err != nil {
			return fmt.Sprint(v)
		}
		s = string(b)
	}
	if len(s) > MaxText {
		s = strings.ToValidUTF8(s[:MaxText], "") + "…"
	}
	return s
}

// number writes a number with at most four significant decimals; the decision
// itself has them all.
func number(n json.Number) string {
	f, err := n.Float64()
	if err != nil || len(n) <= 7 || f >= 1e6 || f <= -1e6 {
		return n.String()
	}
	return strconv.FormatFloat(f, 'g', 4, 64)
}

// status says a status in words.
func status(s any) string {
	switch policy.Status(fmt.Sprint(s)) {
	case policy.StatusFail:
		return "failed"
	case policy.StatusMissing:
		return "evidence missing"
	case policy.StatusUnassessable:
		return "cannot be assessed"
	case policy.StatusWaived:
		return "waived"
	case policy.StatusPass:
		return "passed"
	case policy.StatusNotApplicable:
		return "not applicable"
	case policy.StatusNotYetApplicable:
		return "not yet in force"
	}
	return fmt.Sprint(s)
}

// tone is the colour class of a status, verdict, state or severity.
func tone(s any) string {
	switch fmt.Sprint(s) {
	case "fail", "deny", "revoked", "critical", "untrusted":
		return "bad"
	case "missing", "unassessable", "lapsed", "indeterminate", "erased", "misplaced", "high":
		return "open"
	case "waived", "warn":
		return "note"
	case "pass", "allow", "ok":
		return "good"
	}
	return "calm"
}

func verdict(v any) string {
	switch fmt.Sprint(v) {
	case "allow":
		return "Allowed"
	case "deny":
		return "Denied"
	case "indeterminate":
		return "Undecided"
	case "lapsed":
		return "Lapsed"
	case "none":
		return "Without a decision"
	}
	return fmt.Sprint(v)
}

// sourceOf splits where a parameter comes from: the plan's attestation id, or "".
func sourceOf(s string) string {
	id, ok := strings.CutPrefix(s, "plan:")
	if !ok {
		return ""
	}
	return id
}

// count writes a number of things.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// sentenceOf makes a sentence of what a message says.
func sentenceOf(s string) string {
	s = strings.TrimSpace(s)
	first, _, _ := strings.Cut(s, " ")
	if s == "" || strings.ContainsAny(first, "_/:.0123456789") {
		return s // a name is spelt as it is
	}
	r := []rune(s)
	return strings.ToUpper(string(r[:1])) + string(r[1:])
}
