package ui

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/assize-dev/assize/api"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
	"github.com/assize-dev/assize/policy/watch"
)

// overviewView is all systems as they are read.
type overviewView struct {
	api.Overview
	Narrowed   bool
	Verdicts   []verdictLink
	Severities []severityRow
	Statuses   []string
	Rows       []systemRow
	Sorts      []option
	// AllVerdicts are those the list may be narrowed to.
	AllVerdicts []string
	Last        int // number of the last system on this page
}

// verdictLink narrows the list to a verdict.
type verdictLink struct {
	Label, Tone, Query string
	N                  int
	Chosen             bool
}

type severityRow struct {
	Severity string
	Cells    []chip // in the order of Statuses
}

type option struct {
	Value, Label string
	Chosen       bool
}

// systemRow is a system in the list.
type systemRow struct {
	watch.System
	Title        string
	Tone         string // of its worst verdict
	Environments []environmentCell
}

// environmentCell is what a system's worst question in an environment came to.
type environmentCell struct {
	Name, Verdict, Tone, Summary string
	Standing                     *watch.Standing
	More                         int // further questions there
	Lapsed                       bool
}

// shownStatuses are the columns of the findings table: what passed comes last.
var shownStatuses = []policy.Status{policy.StatusFail, policy.StatusMissing, policy.StatusUnassessable, policy.StatusWaived, policy.StatusPass}

func viewOverview(o api.Overview, at time.Time) overviewView {
	v := overviewView{Overview: o, Last: o.First + len(o.Page.Systems) - 1, AllVerdicts: watch.Verdicts}
	q := o.Query
	v.Narrowed = q.Text != "" || q.Verdict != "" || q.Environment != "" || q.Tier != ""
	all := 0
	for _, n := range o.Page.Verdicts {
		all += n
	}
	v.Verdicts = append(v.Verdicts, verdictLink{Label: "all", Tone: "calm", Query: narrowed(q, ""), N: all, Chosen: q.Verdict == ""})
	for _, name := range watch.Verdicts {
		if n := o.Page.Verdicts[name]; n > 0 || q.Verdict == name {
			v.Verdicts = append(v.Verdicts, verdictLink{Label: strings.ToLower(verdict(name)), Tone: tone(name), Query: narrowed(q, name), N: n, Chosen: q.Verdict == name})
		}
	}
	for _, s := range shownStatuses {
		v.Statuses = append(v.Statuses, shortStatus[s])
	}
	for i, severity := range policy.Severities {
		if i >= len(o.Page.Counts) {
			break
		}
		row := severityRow{Severity: severity}
		for j := range shownStatuses {
			row.Cells = append(row.Cells, chip{N: o.Page.Counts[i][j], Tone: tone(string(shownStatuses[j]))})
		}
		v.Severities = append(v.Severities, row)
	}
	for _, s := range []option{{"attention", "what needs attention", false}, {"name", "name", false}, {"owner", "owner", false}, {"tier", "risk tier", false},
		{"decided", "newest decision", false}, {"flips", "what flips first", false}, {"failed", "open findings", false}} {
		s.Chosen = s.Value == q.Sort
		v.Sorts = append(v.Sorts, s)
	}
	for _, s := range o.Page.Systems {
		v.Rows = append(v.Rows, viewRow(s, at))
	}
	return v
}

// narrowed is the list for one verdict; the page begins anew.
func narrowed(q api.OverviewQuery, verdict string) string {
	v := url.Values{}
	for name, s := range map[string]string{"q": q.Text, "verdict": verdict, "environment": q.Environment, "tier": q.Tier, "sort": q.Sort} {
		if s != "" {
			v.Set(name, s)
		}
	}
	if len(v) == 0 {
		return "/"
	}
	return "/?" + v.Encode()
}

func viewRow(s watch.System, at time.Time) systemRow {
	r := systemRow{System: s, Title: s.Name, Tone: "calm"}
	if r.Title == "" {
		r.Title = s.URI
	}
	worst := -1
	for _, e := range s.Environments {
		w := e.Worst()
		c := environmentCell{Name: e.Name, Standing: w, More: len(e.Standings) - 1, Lapsed: w.Lapsed(at), Verdict: verdict(w.Verdict), Tone: tone(w.Verdict), Summary: openCounts(&w.Counts)}
		if c.Lapsed && w.Verdict == gate.Allow {
			c.Verdict, c.Tone = "Lapsed", "open"
		}
		r.Environments = append(r.Environments, c)
		if rank := toneRank[c.Tone]; rank > worst {
			worst, r.Tone = rank, c.Tone
		}
	}
	return r
}

// shortStatus are the statuses as heads of narrow columns.
var shortStatus = map[policy.Status]string{policy.StatusFail: "failed", policy.StatusMissing: "missing", policy.StatusUnassessable: "unclear", policy.StatusWaived: "waived", policy.StatusPass: "passed"}

// ask says what the gate was asked, about a thing or in general.
func ask(action, name, environment string) string {
	switch action {
	case "train":
		return joined("train on", name, "for", environment)
	case "deploy":
		return joined("deploy", name, "to", environment)
	case "continue":
		return joined("continue", name, "in", environment)
	}
	return joined(action, name, "for", environment)
}

func joined(words ...string) string {
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), " ")
}

var toneRank = map[string]int{"good": 1, "open": 2, "bad": 3}

// openCounts says what did not pass.
func openCounts(c *watch.Counts) string {
	var parts []string
	for _, s := range shownStatuses[:4] {
		if n := c.Of(s); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, status(s)))
		}
	}
	if len(parts) == 0 {
		return "nothing open"
	}
	return strings.Join(parts, ", ")
}
