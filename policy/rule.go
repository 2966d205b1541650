package policy

import (
	"slices"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Enumerations of rule metadata.
var (
	Severities = []string{"critical", "high", "medium", "low"}
	Kinds      = []string{"dataset", "model", "deployment"}
	Actions    = []string{"train", "release", "deploy", "continue"}
	Bases      = []string{"law", "standard", "guidance", "convention", "default"}
)

// Rule is one rule: its metadata, and what the engine found out about its code.
type Rule struct {
	ID           string     `json:"id"`
	Package      string     `json:"package"` // assize.data.dq_01
	Pack         string     `json:"pack"`    // data
	File         string     `json:"file"`
	Title        string     `json:"title"`
	Description  string     `json:"description"`
	Severity     string     `json:"severity"`
	Kinds        []string   `json:"kinds"`
	Actions      []string   `json:"actions"`
	Requires     [][]string `json:"requires"` // all of; each an any-of
	Reads        []string   `json:"reads"`
	Controls     []string   `json:"controls"`
	Basis        string     `json:"basis"`
	AppliesFrom  string     `json:"applies_from,omitempty"`  // YYYY-MM-DD
	AppliesUntil string     `json:"applies_until,omitempty"` // YYYY-MM-DD, first day it no longer applies
	LegalVersion string     `json:"legal_version,omitempty"`
	Remediation  string     `json:"remediation"`
	// Params are the parameters the code names, directly or through library
	// functions it calls.
	Params []string `json:"params"`
	// Foreign names the policy, not written for this contract, that judges in place of
	// exports of the rule's own.
	Foreign *ForeignUse `json:"foreign,omitempty"`

	types                   typeSet // requires and reads, sorted
	sections                section // parts of input the code refers to
	asksAction, asksClock   bool    // the code refers to input.action, or to the clock
	appliesFrom, appliesEnd time.Time
	exports                 []export
	judge, applies          compiledQuery
	set                     *compiled
	foreign                 *Foreign // of the one package Foreign names
}

// Types returns the short evidence types the rule declares, sorted.
func (r *Rule) Types() []string { return slices.Clone(r.types) }

// Judges reports whether the rule is of the kind and for the action.
func (r *Rule) Judges(kind, action string) bool {
	return slices.Contains(r.Kinds, kind) && slices.Contains(r.Actions, action)
}

// export is a name the engine asks of a rule package.
type export string

const (
	exportPass          export = "pass"
	exportDeny          export = "deny"
	exportWarn          export = "warn"
	exportNotApplicable export = "not_applicable"
	exportAppliesFrom   export = "applies_from"
	exportNotAssessable export = "not_assessable"
)

// compiledQuery is one query, compiled once; nil body: nothing to ask.
type compiledQuery struct {
	body    ast.Body
	query   ast.QueryCompiler
	exports []export
	cells   []cell // of each export; nil: all in the variable cells, in an array each
}

// cell is the variable of a query that holds an export: itself where it is always
// defined, else in an array that is empty when it is not.
type cell struct {
	name   ast.Var
	always bool
}
