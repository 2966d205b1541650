package policy

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"gopkg.in/yaml.v3"

	"github.com/assize-dev/assize/attest"
)

// ruleIDPattern: DQ-01, ACME-SEC-007. The last part of the package is the id
// in lower case with underscores.
var ruleIDPattern = regexp.MustCompile(`^[A-Z][A-Z0-9]{0,15}(-[A-Z0-9]{1,16}){1,3}$`)

// unknownField is how the YAML reader words a member nobody listed.
var unknownField = regexp.MustCompile(`^field (.+) not found in type \S+$`)

// metadataBlock is the METADATA comment of a rule package. The names of the
// outer members are OPA's (docs "Annotations"); what a rule must not carry is
// not listed and so refused.
type metadataBlock struct {
	Scope            string         `yaml:"scope"`
	Title            string         `yaml:"title"`
	Description      string         `yaml:"description"`
	RelatedResources []yaml.Node    `yaml:"related_resources"`
	Authors          []yaml.Node    `yaml:"authors"`
	Organizations    []string       `yaml:"organizations"`
	Custom           customMetadata `yaml:"custom"`
}

type customMetadata struct {
	ID           string      `yaml:"id"`
	Severity     string      `yaml:"severity"`
	Kinds        []string    `yaml:"kinds"`
	Actions      []string    `yaml:"actions"`
	Requires     []yaml.Node `yaml:"requires"`
	Reads        []string    `yaml:"reads"`
	Controls     []string    `yaml:"controls"`
	Basis        string      `yaml:"basis"`
	AppliesFrom  yaml.Node   `yaml:"applies_from"`
	AppliesUntil yaml.Node   `yaml:"applies_until"`
	LegalVersion string      `yaml:"legal_version"`
	Remediation  string      `yaml:"remediation"`
	Foreign      *ForeignUse `yaml:"foreign"`
}

// readMetadata reads and checks the METADATA block of a rule module. known
// reports whether a short evidence type exists.
func readMetadata(file string, source []byte, m *ast.Module, known func(string) bool) (*Rule, []Fault) {
	var faults []Fault
	say := func(row int, format string, args ...any) {
		faults = append(faults, Fault{File: file, Row: row, Msg: fmt.Sprintf(format, args...)})
	}
	var block *ast.Annotations
	for _, a := range m.Annotations {
		if a.Scope == "package" {
			block = a
		} else if len(a.Schemas) > 0 || a.Compile != nil {
			say(a.Location.Row, "METADATA with schemas or compile: the engine types every rule itself; remove the member")
		}
	}
	if block == nil {
		say(m.Package.Location.Row, "no METADATA block above the package; write one as docs/rule-contract.md shows")
		return nil, faults
	}
	row := block.Location.Row
	text := commentText(source, row)
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	var md metadataBlock
	if err := dec.Decode(&md); err != nil {
		var fields *yaml.TypeError
		if !errors.As(err, &fields) {
			say(row, "METADATA: %s", attest.YAMLFault(err, row))
			return nil, faults
		}
		for _, text := range fields.Errors {
			at := row
			if n, _ := fmt.Sscanf(text, "line %d:", &at); n == 1 {
				_, text, _ = strings.Cut(text, ": ")
				at += row
			}
			say(at, "METADATA: %s", unknownField.ReplaceAllString(text, `unknown member "$1"; docs/rule-contract.md lists those there are`))
		}
		return nil, faults
	}
	c := md.Custom
	r := &Rule{
		ID: c.ID, File: file, Title: strings.TrimSpace(md.Title), Description: strings.TrimSpace(md.Description),
		Severity: c.Severity, Kinds: c.Kinds, Actions: c.Actions, Reads: c.Reads, Controls: c.Controls,
		Basis: c.Basis, LegalVersion: c.LegalVersion, Remediation: strings.TrimSpace(c.Remediation),
		Package: packageName(m), Foreign: c.Foreign,
	}
	for _, f := range []struct{ name, value string }{{"title", r.Title}, {"description", r.Description}, {"custom.remediation", r.Remediation}} {
		if f.value == "" {
			say(row, "METADATA: %s is missing or empty", f.name)
		}
	}
	if !ruleIDPattern.MatchString(r.ID) {
		say(row, "METADATA: custom.id %q is no rule id such as DQ-01", clip(r.ID))
	}
	path := strings.Split(r.Package, ".")
	want := strings.ToLower(strings.ReplaceAll(r.ID, "-", "_"))
	if len(path) != 3 || path[0] != "assize" || path[1] == "lib" || path[2] != want {
		say(m.Package.Location.Row, "package %s: rule %s belongs in package assize.<pack>.%s", r.Package, r.ID, want)
	} else {
		r.Pack = strings.ReplaceAll(path[1], "_", "-") // eu_ai_act is the pack eu-ai-act
	}
	one := func(name, value string, of []string) {
		if !slices.Contains(of, value) {
			say(row, "METADATA: custom.%s %q is none of %s", name, clip(value), strings.Join(of, ", "))
		}
	}
	some := func(name string, values, of []string) {
		if len(values) == 0 {
			say(row, "METADATA: custom.%s is empty; name at least one of %s", name, strings.Join(of, ", "))
		}
		for i, v := range values {
			one(name, v, of)
			if slices.Contains(values[:i], v) {
				say(row, "METADATA: custom.%s names %q twice", name, v)
			}
		}
	}
	one("severity", r.Severity, Severities)
	one("basis", r.Basis, Bases)
	some("kinds", r.Kinds, Kinds)
	some("actions", r.Actions, Actions)
	declare := func(name, t string) {
		if !known(t) {
			say(row, "METADATA: custom.%s names the unknown evidence type %q", name, clip(t))
		}
		if slices.Contains(r.types, t) {
			say(row, "METADATA: evidence type %q is named twice in requires and reads", clip(t))
		}
		r.types = append(r.types, t)
	}
	for _, n := range c.Requires {
		var group []string
		switch n.Kind {
		case yaml.ScalarNode:
			group = []string{n.Value}
		case yaml.SequenceNode:
			if err := n.Decode(&group); err != nil || len(group) < 2 {
				say(row+n.Line, "METADATA: custom.requires: a nested list is an any-of of at least two types")
			}
		default:
			say(row+n.Line, "METADATA: custom.requires holds neither a type nor a list of types")
		}
		for _, t := range group {
			declare("requires", t)
		}
		r.Requires = append(r.Requires, group)
	}
	for _, t := range r.Reads {
		declare("reads", t)
	}
	slices.Sort(r.types)
	if c.Foreign != nil {
		for _, why := range c.Foreign.read(r, m, text, row) {
			say(c.Foreign.row, "METADATA: custom.foreign: %s", why)
		}
	}
	for i, ref := range r.Controls {
		if framework, control, ok := strings.Cut(ref, "/"); !ok || framework == "" || control == "" {
			say(row, "METADATA: custom.controls: %q is not framework/control", clip(ref))
		}
		if slices.Contains(r.Controls[:i], ref) {
			say(row, "METADATA: custom.controls names %q twice", ref)
		}
	}
	date := func(name string, n yaml.Node) (string, time.Time) {
		if n.Kind == 0 {
			return "", time.Time{}
		}
		t, err := time.Parse("2006-01-02", n.Value)
		if n.Kind != yaml.ScalarNode || n.Tag != "!!str" || err != nil {
			say(row+n.Line, "METADATA: custom.%s must be a quoted date \"YYYY-MM-DD\"", name)
			return "", time.Time{}
		}
		return n.Value, t
	}
	r.AppliesFrom, r.appliesFrom = date("applies_from", c.AppliesFrom)
	r.AppliesUntil, r.appliesEnd = date("applies_until", c.AppliesUntil)
	if !r.appliesFrom.IsZero() && !r.appliesEnd.IsZero() && !r.appliesFrom.Before(r.appliesEnd) {
		say(row, "METADATA: custom.applies_until %s does not come after applies_from %s", r.AppliesUntil, r.AppliesFrom)
	}
	return r, faults
}

// commentText returns the lines of the comment block whose first line is the
// METADATA line at row (from 1), without the comment marks.
func commentText(source []byte, row int) []byte {
	var out bytes.Buffer
	lines := bytes.Split(source, []byte("\n"))
	for i := row; i < len(lines); i++ {
		rest, ok := bytes.CutPrefix(bytes.TrimLeft(lines[i], " \t"), []byte("#"))
		if !ok {
			break
		}
		out.Write(bytes.TrimPrefix(rest, []byte(" ")))
		out.WriteByte('\n')
	}
	return out.Bytes()
}

// packageName returns the package without the leading "data.".
func packageName(m *ast.Module) string {
	return strings.TrimPrefix(m.Package.Path.String(), "data.")
}
