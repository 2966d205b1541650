package policy

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/assize-dev/assize/attest"
)

// Parameters says which rules judge what (gates) and by which numbers
// (thresholds). It is a document activated in the ledger.
type Parameters struct {
	// Set is the digest of the rule set, "" for the one built into the program.
	Set        string
	Thresholds map[string]Threshold
	Gates      []Gate

	caps      map[string]int64 // severity -> days
	remedies  map[string]int64 // severity -> days
	canonical []byte
	digest    string
}

// Threshold is the default of one rule parameter.
type Threshold struct {
	Value  any    `json:"value"` // json.Number, string or []any of them
	Unit   string `json:"unit,omitempty"`
	Basis  string `json:"basis"`
	Source string `json:"source"` // where the number comes from, in words
	// Limits bound what a signed plan may say instead; without them no plan may
	// say anything.
	Limits *Limit `json:"limits,omitempty"`
}

// Limit is an interval with its ends.
type Limit struct {
	Min json.Number `json:"min"`
	Max json.Number `json:"max"`
}

// Gate is what one environment asks before it lets something in.
type Gate struct {
	Environment string   `json:"environment"`
	Systems     []string `json:"systems"` // URIs, or "*" alone
	Actions     []string `json:"actions"`
	Packs       []string `json:"packs,omitempty"`
	Rules       []string `json:"rules,omitempty"` // besides those of the packs
	Blocks      []string `json:"blocks"`          // severities; critical always does
	Warns       []string `json:"warns,omitempty"`
	// Set is the digest of the rule set this gate judges by, "" for that of the
	// document.
	Set string `json:"set,omitempty"`
}

// BreakGlassDays is the longest a waiver given in an emergency counts, whatever the
// parameters allow others.
const BreakGlassDays = 7

// DefaultWaiverDays holds where the document is silent.
const DefaultWaiverDays = 90

var (
	parameterName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)
	plainName     = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)
	digestPattern = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	systemPattern = regexp.MustCompile(`^(\*|system:[^\s]+)$`)
	knownSeverity = func(s string) bool { return slices.Contains(Severities, s) }
)

// ParseParameters reads parameters.yaml (or JSON). Unknown members, names given
// twice, values outside their own limits and severities, actions or bases that
// do not exist are refused with their path. Check holds it against a set.
func ParseParameters(text []byte) (*Parameters, error) {
	if len(text) > maxParametersSource {
		return nil, fmt.Errorf("%w: %d bytes are more than %d", ErrParameters, len(text), maxParametersSource)
	}
	tree, err := readDocument(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrParameters, err)
	}
	var fault error
	root := member{"$", tree, true, &fault}.object("v", "set", "thresholds", "gates", "waivers", "remedy_days")
	p := &Parameters{Thresholds: map[string]Threshold{}, caps: map[string]int64{}, remedies: map[string]int64{}}
	root["v"].required().integer(1, 1)
	if p.Set = root["set"].text(); p.Set != "" && !digestPattern.MatchString(p.Set) {
		root["set"].refuse("%q is no digest sha256:HEX", clip(p.Set))
	}
	names, values := root["thresholds"].entries()
	for i, name := range names {
		if !parameterName.MatchString(name) {
			values[i].refuse("a parameter is named in lower case with underscores, such as auc_min")
		}
		p.Thresholds[name] = readThreshold(values[i])
	}
	for _, m := range root["gates"].elements() {
		g := readGate(m)
		if p.Gate(g.Environment) != nil {
			m.refuse("environment %q has two gates; join them", g.Environment)
		}
		p.Gates = append(p.Gates, g)
	}
	names, values = root["waivers"].entries()
	for i, severity := range names {
		switch {
		case severity == "critical":
			values[i].refuse("critical findings are never waived; remove it")
		case !knownSeverity(severity):
			values[i].refuse("unknown severity; it is one of high, medium, low")
		}
		p.caps[severity] = values[i].integer(1, 3650)
	}
	names, values = root["remedy_days"].entries()
	for i, severity := range names {
		if !knownSeverity(severity) {
			values[i].refuse("unknown severity; it is one of %s", strings.Join(Severities, ", "))
		}
		p.remedies[severity] = values[i].integer(1, 3650)
	}
	if fault != nil {
		return nil, fmt.Errorf("%w: %w", ErrParameters, fault)
	}
	if p.canonical, err = attest.CanonicalJSON(tree); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrParameters, err)
	}
	sum := sha256.Sum256(p.canonical)
	p.digest = "sha256:" + hex.EncodeToString(sum[:])
	return p, nil
}

func readThreshold(m member) Threshold {
	o := m.object("value", "unit", "basis", "source", "limits")
	t := Threshold{Value: o["value"].required().value, Unit: o["unit"].text(), Basis: o["basis"].required().text(), Source: o["source"].required().text()}
	scalarValue := func(v any) bool {
		switch v.(type) {
		case string, json.Number:
			return true
		}
		return false
	}
	list, isList := t.Value.([]any)
	if !scalarValue(t.Value) && (!isList || slices.ContainsFunc(list, func(v any) bool { return !scalarValue(v) })) {
		o["value"].refuse("not a number, a string or a list of them")
	}
	if !slices.Contains(Bases, t.Basis) {
		o["basis"].refuse("%q is none of %s", clip(t.Basis), strings.Join(Bases, ", "))
	}
	if strings.TrimSpace(t.Source) == "" {
		o["source"].refuse("empty; say where the value comes from")
	}
	if o["limits"].there {
		l := o["limits"].object("min", "max")
		t.Limits = &Limit{Min: l["min"].required().number(), Max: l["max"].required().number()}
		n, ok := t.Value.(json.Number)
		switch {
		case !ok:
			o["limits"].refuse("only a number has limits")
		case compareNumbers(t.Limits.Min, t.Limits.Max) > 0:
			o["limits"].refuse("min %s is greater than max %s", t.Limits.Min, t.Limits.Max)
		case !t.Limits.holds(n):
			o["value"].refuse("%s lies outside its own limits %s to %s", n, t.Limits.Min, t.Limits.Max)
		}
	}
	return t
}

func readGate(m member) Gate {
	o := m.object("environment", "systems", "actions", "packs", "rules", "blocks", "warns", "set")
	g := Gate{
		Environment: o["environment"].required().text(),
		Systems:     o["systems"].required().texts(`system URI "system:NAME" or "*"`, systemPattern.MatchString),
		Actions:     o["actions"].required().texts("action ("+strings.Join(Actions, ", ")+")", func(s string) bool { return slices.Contains(Actions, s) }),
		Packs:       o["packs"].texts("pack name", plainName.MatchString),
		Rules:       o["rules"].texts("rule id", ruleIDPattern.MatchString),
		Blocks:      o["blocks"].required().texts("severity ("+strings.Join(Severities, ", ")+")", knownSeverity),
		Warns:       o["warns"].texts("severity ("+strings.Join(Severities, ", ")+")", knownSeverity),
	}
	if g.Set = o["set"].text(); g.Set != "" && !digestPattern.MatchString(g.Set) {
		o["set"].refuse("%q is no digest sha256:HEX", clip(g.Set))
	}
	if !plainName.MatchString(g.Environment) {
		o["environment"].refuse("%q is no environment name", clip(g.Environment))
	}
	if len(g.Systems) == 0 || len(g.Actions) == 0 {
		m.refuse("name at least one system and one action")
	}
	if slices.Contains(g.Systems, "*") && len(g.Systems) > 1 {
		o["systems"].refuse(`"*" stands alone`)
	}
	if len(g.Packs)+len(g.Rules) == 0 {
		m.refuse("name packs or rules; a gate without rules would let everything in")
	}
	for _, s := range g.Warns {
		if slices.Contains(g.Blocks, s) {
			o["warns"].refuse("%q is also in blocks", s)
		}
	}
	return g
}

// holds reports whether the number lies in the interval.
func (l *Limit) holds(n json.Number) bool {
	return compareNumbers(l.Min, n) <= 0 && compareNumbers(n, l.Max) <= 0
}

// compareNumbers compares as float64, which is how rules compute with them.
func compareNumbers(a, b json.Number) int {
	x, _ := a.Float64() // the parse refused what no float64 holds
	y, _ := b.Float64()
	return cmp.Compare(x, y)
}

// Canonical is the document as RFC 8785 JSON, which ParseParameters reads back.
func (p *Parameters) Canonical() []byte { return slices.Clone(p.canonical) }

// Digest is "sha256:" of Canonical.
func (p *Parameters) Digest() string { return p.digest }

// RemedyDays is how long a finding of the severity may stand open, for the due
// dates of reports; no verdict depends on it. False where the document is silent.
func (p *Parameters) RemedyDays(severity string) (int64, bool) {
	days, ok := p.remedies[severity]
	return days, ok
}

// WaiverDays is the longest a waiver of a finding of the severity counts.
func (p *Parameters) WaiverDays(severity string) int64 {
	if d, ok := p.caps[severity]; ok {
		return d
	}
	return DefaultWaiverDays
}

// Environments lists the environments that have a gate, sorted.
func (p *Parameters) Environments() []string {
	names := make([]string, len(p.Gates))
	for i, g := range p.Gates {
		names[i] = g.Environment
	}
	slices.Sort(names)
	return names
}

// Gate is the gate of an environment, nil when there is none.
func (p *Parameters) Gate(environment string) *Gate {
	for i := range p.Gates {
		if p.Gates[i].Environment == environment {
			return &p.Gates[i]
		}
	}
	return nil
}

// SetFor is the digest of the set the gate of an environment judges by: its own,
// or that of the document.
func (p *Parameters) SetFor(environment string) string {
	if g := p.Gate(environment); g != nil && g.Set != "" {
		return g.Set
	}
	return p.Set
}

// Sets lists the digests of the sets that gates name besides that of the
// document, sorted.
func (p *Parameters) Sets() []string {
	var out []string
	for i := range p.Gates {
		if s := p.Gates[i].Set; s != "" && s != p.Set && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return out
}

// Accepts reports whether the gate answers for the system.
func (g *Gate) Accepts(system string) bool {
	return slices.Contains(g.Systems, system) || len(g.Systems) == 1 && g.Systems[0] == "*"
}
