package ui

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/assize-dev/assize/api"
	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
)

// decisionView is a decision in the order in which a person reads it.
type decisionView struct {
	api.Decision
	Title    string
	Headline string
	Sentence string
	Name     string // of the subject
	Kind     string
	Chips    []chip
	Sections []section
	// Account tells a person who was not there what was done.
	Account string
	ToPass  []remedy
}

// remedy is what would take a blocking finding out of the way.
type remedy struct {
	Rule, Title, Do string
	About           []string // the subjects it is open for
}

// chip is a count with its colour.
type chip struct {
	Label, Tone string
	N           int
}

// section is a group of findings.
type section struct {
	Title, Note, Tone string
	Closed            bool
	Findings          []findingView
}

type findingView struct {
	gate.Finding
	Said []messageView
	More []messageView // beyond what is said at first
}

// messageView is a message with its numbers taken apart.
type messageView struct {
	Level, Text, Path string
	Figures           []figure
	Gauge             *gauge
}

// figure is a value by its name. Link is the attestation id that the value names,
// which Value then leaves out; Refs are the things a path names.
type figure struct {
	Name, Value, Link string
	Refs              []string
}

func viewDecision(d api.Decision) decisionView {
	v := decisionView{Decision: d}
	q := d.Decision.Question
	for _, f := range d.Decision.Findings {
		if f.Subject.Ref != string(q.Subject) {
			continue
		}
		if v.Name == "" {
			v.Name = f.Subject.Name
		}
		if v.Kind == "" && f.Subject.Kind != "deployment" {
			v.Kind = f.Subject.Kind
		}
	}
	if v.Name == "" {
		v.Name = short(q.Subject)
	}
	v.Headline = headline(d.Decision.Verdict, q.Action, q.Environment)
	v.Title = v.Headline + ": " + v.Name
	v.Sentence = sentence(&d.Decision, v.Kind, v.Name)
	v.Chips = chips(&d.Decision)
	v.Sections = sections(d.Decision.Findings)
	v.Account = account(&d.Decision)
	v.ToPass = toPass(d.Decision.Findings)
	return v
}

// account is how the verdict came about, in figures that the page bears out.
func account(d *gate.Decision) string {
	rules, pieces, people := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, f := range d.Findings {
		rules[f.Rule] = true
		for _, e := range f.Evidence {
			pieces[e.ID] = true
			for _, p := range e.Principals {
				people[p] = true
			}
		}
	}
	const named = 8
	who := slices.Sorted(maps.Keys(people))
	if len(who) > named+1 {
		who = append(who[:named:named], fmt.Sprintf("%d others", len(who)-named))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "On %s the gate of %s was asked. It judged by %s, on %s", instant(d.DecidedAt), d.Question.Environment,
		count(len(rules), "rule", "rules"), count(len(pieces), "piece of evidence", "pieces of evidence"))
	if len(who) > 0 {
		fmt.Fprintf(&b, ", signed by %s", strings.Join(who, ", "))
	}
	fmt.Fprintf(&b, ". It saw the first %s of the ledger; what was logged later does not count here.", count(int(min(d.JudgedSize, 1<<31)), "entry", "entries")) //nolint:gosec // bounded
	return b.String()
}

// toPass are the remedies of what blocks, each rule once.
func toPass(findings []gate.Finding) []remedy {
	var out []remedy
	for _, f := range findings {
		if f.Effect != gate.Blocks {
			continue
		}
		about := f.Subject.Name
		if about == "" {
			about = short(f.Subject.Ref)
		}
		i := slices.IndexFunc(out, func(r remedy) bool { return r.Rule == f.Rule })
		if i < 0 {
			out = append(out, remedy{Rule: f.Rule, Title: f.Title, Do: f.Remediation})
			i = len(out) - 1
		}
		if !slices.Contains(out[i].About, about) {
			out[i].About = append(out[i].About, about)
		}
	}
	return out
}

func headline(verdict gate.Verdict, action, environment string) string {
	what := map[string]string{
		"train": "Training", "release": "Release", "deploy": "Deployment to " + environment, "continue": "Continued operation in " + environment,
	}[action]
	switch verdict {
	case gate.Allow:
		return what + " allowed"
	case gate.Deny:
		return what + " denied"
	}
	return what + " undecided"
}

// sentence is the verdict as one would say it.
func sentence(d *gate.Decision, kind, name string) string {
	thing := strings.TrimSpace(kind + " " + name)
	may := map[string]string{
		"train": "be used for training", "release": "be released", "deploy": "be deployed to " + d.Question.Environment, "continue": "continue to run in " + d.Question.Environment,
	}[d.Question.Action]
	system := ""
	if d.Question.System != "" {
		system = " for " + d.Question.System
	}
	var b strings.Builder
	switch d.Verdict {
	case gate.Allow:
		fmt.Fprintf(&b, "The %s may %s%s.", thing, may, system)
	case gate.Deny:
		fmt.Fprintf(&b, "The %s may not %s%s.", thing, may, system)
	default:
		fmt.Fprintf(&b, "Whether the %s may %s%s cannot be told from the evidence.", thing, may, system)
	}
	blocking := map[policy.Status]int{}
	for _, f := range d.Findings {
		if f.Effect == gate.Blocks {
			blocking[f.Status]++
		}
	}
	var why []string
	for _, s := range []struct {
		status    policy.Status
		one, many string
	}{
		{policy.StatusFail, "finding failed", "findings failed"},
		{policy.StatusMissing, "lacks its evidence", "lack their evidence"},
		{policy.StatusUnassessable, "cannot be assessed", "cannot be assessed"},
	} {
		if n := blocking[s.status]; n > 0 {
			why = append(why, count(n, s.one, s.many))
		}
	}
	if len(why) > 0 {
		fmt.Fprintf(&b, " In its way: %s.", strings.Join(why, ", "))
	}
	if n := d.Counts()[string(policy.StatusWaived)]; n > 0 {
		fmt.Fprintf(&b, " %s.", count(n, "finding is waived", "findings are waived"))
	}
	return b.String()
}

// chips are the counts, missing and waived apart from failed and passed.
func chips(d *gate.Decision) []chip {
	n := d.Counts()
	out := []chip{}
	for _, s := range []policy.Status{policy.StatusFail, policy.StatusMissing, policy.StatusUnassessable, policy.StatusWaived, policy.StatusPass,
		policy.StatusNotYetApplicable, policy.StatusNotApplicable} {
		always := s == policy.StatusFail || s == policy.StatusMissing || s == policy.StatusWaived || s == policy.StatusPass
		if always || n[string(s)] > 0 {
			out = append(out, chip{Label: status(s), Tone: tone(string(s)), N: n[string(s)]})
		}
	}
	if w := d.Warnings(); w > 0 {
		out = append(out, chip{Label: "with a warning", Tone: "note", N: w})
	}
	return out
}

func sections(findings []gate.Finding) []section {
	out := []section{
		{Title: "What stands in the way", Tone: "bad"},
		{Title: "Waived", Note: "These did not pass. Somebody answers for letting them through, until the day named.", Tone: "note"},
		{Title: "Warnings", Note: "These do not block in this environment.", Tone: "note"},
		{Title: "Not passed, without effect in this environment", Tone: "calm"},
		{Title: "Not yet in force", Note: "Judged all the same: what each would say is shown.", Tone: "calm", Closed: true},
		{Title: "Passed", Tone: "good", Closed: true},
		{Title: "Not applicable", Tone: "calm", Closed: true},
	}
	for _, f := range findings {
		i := 3
		switch {
		case f.Effect == gate.Blocks:
			i = 0
		case f.Status == policy.StatusWaived:
			i = 1
		case f.Effect == gate.Warns:
			i = 2
		case f.Status == policy.StatusNotYetApplicable:
			i = 4
		case f.Status == policy.StatusPass:
			i = 5
		case f.Status == policy.StatusNotApplicable:
			i = 6
		}
		out[i].Findings = append(out[i].Findings, viewFinding(f))
	}
	return slices.DeleteFunc(out, func(s section) bool { return len(s.Findings) == 0 })
}

func viewFinding(f gate.Finding) findingView {
	v := findingView{Finding: f}
	const first = 6
	for i, m := range f.Messages {
		said := viewMessage(m)
		if i < first {
			v.Said = append(v.Said, said)
		} else {
			v.More = append(v.More, said)
		}
	}
	return v
}

// viewMessage takes value, bound, interval and basis out of a message; whatever
// else the rule told follows under its own name.
func viewMessage(m policy.Message) messageView {
	v := messageView{Level: m.Level, Text: sentenceOf(m.Msg), Path: m.Path}
	rest := maps.Clone(m.Members)
	take := func(label, name string) {
		if x, ok := rest[name]; ok && x != nil {
			v.Figures = append(v.Figures, newFigure(label, text(x)))
		}
		delete(rest, name)
	}
	low, hasLow := num(rest["ci_low"])
	high, hasHigh := num(rest["ci_high"])
	value, hasValue := num(rest["value"])
	bound, hasBound := num(rest["bound"])
	take("Value", "value")
	if hasLow && hasHigh {
		level := "Interval"
		if l, ok := num(rest["ci_level"]); ok {
			level = fmt.Sprintf("%g %% interval", l*100)
		}
		v.Figures = append(v.Figures, figure{Name: level, Value: text(rest["ci_low"]) + " to " + text(rest["ci_high"])})
		for _, name := range []string{"ci_low", "ci_high", "ci_level"} {
			delete(rest, name)
		}
		if hasValue && hasBound {
			v.Gauge = newGauge(value, low, high, bound)
		}
	}
	take("Bound", "bound")
	take("Basis", "basis")
	take("n", "n")
	for _, name := range slices.Sorted(maps.Keys(rest)) {
		switch x := rest[name].(type) {
		case string, json.Number, float64, bool:
			take(strings.ReplaceAll(name, "_", " "), name)
		case []any:
			if refs := refsOf(x); refs != nil {
				v.Figures = append(v.Figures, figure{Name: strings.ReplaceAll(name, "_", " "), Refs: refs})
				continue
			}
			if !slices.ContainsFunc(x, func(e any) bool { _, object := e.(map[string]any); return object }) {
				take(strings.ReplaceAll(name, "_", " "), name)
			}
		}
	}
	return v
}

// namesAttestation is how rules name one: its type, then its id.
var namesAttestation = regexp.MustCompile(`^([a-z][a-z-]*) ([0-9a-f]{64})$`)

func newFigure(name, value string) figure {
	if m := namesAttestation.FindStringSubmatch(value); m != nil {
		return figure{Name: name, Value: m[1], Link: m[2]}
	}
	return figure{Name: name, Value: value}
}

// refsOf are the elements of a list when each is a reference.
func refsOf(list []any) []string {
	var out []string
	for _, e := range list {
		s, ok := e.(string)
		if !ok {
			return nil
		}
		if _, err := attest.ParseRef(s); err != nil {
			return nil
		}
		out = append(out, s)
	}
	return out
}

func num(v any) (float64, bool) {
	switch v := v.(type) {
	case json.Number:
		f, err := v.Float64()
		return f, err == nil
	case float64:
		return v, true
	}
	return 0, false
}

// gauge is an interval with its point beside the bound, in units of a drawing
// 400 wide.
type gauge struct {
	Low, High, Point, Bound float64
	Label                   string
	LowText, HighText       string
	BoundText, PointText    string
	BoundEnd                string // text anchor of the bound's label
}

func newGauge(value, low, high, bound float64) *gauge {
	least, most := min(value, low, bound), max(value, high, bound)
	if !(most > least) {
		return nil
	}
	at := func(x float64) float64 { return 30 + 340*(x-least)/(most-least) }
	g := &gauge{Low: at(low), High: at(high), Point: at(value), Bound: at(bound),
		LowText: fmt.Sprintf("%.3g", low), HighText: fmt.Sprintf("%.3g", high), BoundText: fmt.Sprintf("bound %.3g", bound), PointText: fmt.Sprintf("%.3g", value), BoundEnd: "middle"}
	if g.Bound > 330 {
		g.BoundEnd = "end"
	} else if g.Bound < 70 {
		g.BoundEnd = "start"
	}
	g.Label = fmt.Sprintf("value %.3g, interval %.3g to %.3g, bound %.3g", value, low, high, bound)
	return g
}
