package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"gopkg.in/yaml.v3"
)

// ForeignUse is custom.foreign.
type ForeignUse struct {
	Package  string `json:"package" yaml:"package"`
	Document string `json:"document" yaml:"document"`   // evidence type whose predicates it judges
	Rego     string `json:"rego,omitempty" yaml:"rego"` // v0 where their files are; absent: v1
	// Collections are those of Conforma whose rules count; absent: all do.
	Collections []string `json:"collections,omitempty" yaml:"collections"`
	// Clock is pinned where time.now_ns is to be the instant judged at; a finding then
	// holds for that instant alone.
	Clock string `json:"clock,omitempty" yaml:"clock"`
	// Params are parameters that their code looks up by computed names, which a
	// decision could not list otherwise. Names written out need no word here.
	Params []string `json:"params,omitzero" yaml:"params"`
	// Data is what else their code finds as data; {} says of a root that it is empty.
	Data map[string]any `json:"data,omitempty" yaml:"-"`

	Written yaml.Node `json:"-" yaml:"data"` // Data, as it stands in the file
	row     int       // of the declaration in its file
}

// read takes in a declaration and says what is wrong with it. text is the METADATA
// block whose first line is in row.
func (u *ForeignUse) read(r *Rule, m *ast.Module, text []byte, row int) (why []string) {
	say := func(format string, args ...any) { why = append(why, fmt.Sprintf(format, args...)) }
	var at struct {
		Custom struct {
			Foreign yaml.Node `yaml:"foreign"`
		} `yaml:"custom"`
	}
	if err := yaml.Unmarshal(text, &at); err == nil { // it was decoded before
		u.row = row + at.Custom.Foreign.Line
	}
	if u.Package == "" || !foreignName(u.Package) {
		say("package %q is none of another tool: name the package of the policy, which lies outside assize", clip(u.Package))
	}
	required := slices.ContainsFunc(r.Requires, func(group []string) bool { return len(group) == 1 && group[0] == u.Document })
	if !required {
		say("document %q is no evidence type of requires: without the statement there is nothing to judge", clip(u.Document))
	}
	if u.Rego != "" && u.Rego != "v0" && u.Rego != "v1" {
		say("rego %q is neither v0 nor v1", clip(u.Rego))
	}
	if u.Clock != "" && u.Clock != "pinned" {
		say("clock %q is not pinned, which gives time.now_ns the instant judged at; leave it out where the policy asks for no time", clip(u.Clock))
	}
	if u.Collections != nil && len(u.Collections) == 0 {
		say("collections is empty; name at least one, or leave it out, and all rules count")
	}
	for name, list := range map[string][]string{"collections": u.Collections, "params": u.Params} {
		for i, v := range list {
			if strings.TrimSpace(v) == "" || slices.Contains(list[:i], v) {
				say("%s: %q is empty, or there twice", name, clip(v))
			}
		}
	}
	if u.Written.Kind != 0 {
		shift(&u.Written, row)
		data, err := yamlTree(&u.Written, "data", 0)
		if err != nil {
			say("%s", err)
		} else if u.Data, _ = data.(map[string]any); len(u.Data) == 0 {
			say("data is no object with members; leave it out, or name what the policy looks for below data")
		} else if _, both := u.Data["params"]; both {
			say("data: data.params are the parameters; their values stand under thresholds in the parameters, not here")
		}
	}
	if len(m.Rules) > 0 {
		say("the file declares a policy of another tool and holds code of its own; a rule does one of the two")
	}
	return why
}

// shift makes lines of a block lines of the file it stands in.
func shift(n *yaml.Node, rows int) {
	n.Line += rows
	for _, c := range n.Content {
		shift(c, rows)
	}
}

var ruleDataRef = ast.MustParseRef("data.rule_data")

// params are the parameters that the one package names, helpers included, and those
// that the declaration names for what is looked up by computed names.
func (f *Foreign) params(use *ForeignUse, faults []Fault) ([]string, []Fault) {
	names := append([]string{}, use.Params...)
	c := f.set.compiler
	var roots []ast.Ref // below which parameters are looked for
	for _, root := range []ast.Ref{paramsRef, ruleDataRef} {
		name, _ := root[1].Value.(ast.String)
		if _, given := use.Data[string(name)]; !given && len(c.GetRulesWithPrefix(root)) == 0 { // else a package of theirs
			roots = append(roots, root)
		}
	}
	for _, rule := range newReferences(c).closure(c.GetRulesWithPrefix(ast.MustParseRef("data." + f.packages[0].rule.Package))) {
		walkRefs(rule, func(ref ast.Ref) {
			if !slices.ContainsFunc(roots, ref.HasPrefix) {
				return
			}
			if len(ref) > len(paramsRef) {
				if name, ok := ref[len(paramsRef)].Value.(ast.String); ok {
					names = appendNew(names, string(name))
					return
				}
			}
			if use.Params == nil {
				at := cmp.Or(ref[0].Location, rule.Location)
				faults = append(faults, Fault{at.File, at.Row, fmt.Sprintf("%s: it looks parameters up by computed names, which a decision could not list; name them where the package is declared (custom.foreign, params: [NAME, ...]; [] for none)", ref)})
			}
		})
	}
	slices.Sort(names)
	return names, faults
}

// document is what their code finds as data: the parameters, and what the declaration
// gives besides.
func (u *ForeignUse) document(t *paramsTxn) (ast.Value, error) {
	values := ast.NewObject()
	for name, v := range t.values {
		values.Insert(ast.StringTerm(name), v)
	}
	root := ast.NewObject([2]*ast.Term{ast.StringTerm("params"), ast.NewTerm(values)}, [2]*ast.Term{ast.StringTerm("rule_data"), ast.NewTerm(values)})
	for name, v := range u.Data {
		value, err := ast.InterfaceToValue(v)
		if err != nil {
			return nil, fmt.Errorf("%w: data.%s: %w", ErrInput, name, err)
		}
		root.Insert(ast.StringTerm(name), ast.NewTerm(value))
	}
	return root, nil
}
