package policy

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// A set may hold policies that were not written for this contract beside its rules:
// files of any package but assize. They judge nothing by themselves. A rule file whose
// METADATA has custom.foreign, and no code, declares when, of what and how gravely one
// of their packages judges:
//
//	foreign: {package: main, document: deployment}
//
// The package sees the predicate of each statement of that type which counts as its
// input, one after the other, and data.params; each has to come out well. Such a finding
// is marked as foreign. What an undefined allow, an unknown import or a broken shape
// does is what [Foreign] says; that nothing was denied where nothing had to hold is
// said in the finding.

// ForeignUse is custom.foreign.
type ForeignUse struct {
	Package  string `json:"package" yaml:"package"`
	Document string `json:"document" yaml:"document"`   // evidence type whose predicates it judges
	Rego     string `json:"rego,omitempty" yaml:"rego"` // v0 where their files are; absent: v1
}

// faults are what is wrong with a declaration.
func (u *ForeignUse) faults(r *Rule, m *ast.Module) (why []string) {
	if u == nil {
		return nil
	}
	if u.Package == "" || !foreignName(u.Package) {
		why = append(why, fmt.Sprintf("package %q is none of another tool: name the package of the policy, which lies outside assize", clip(u.Package)))
	}
	required := slices.ContainsFunc(r.Requires, func(group []string) bool { return len(group) == 1 && group[0] == u.Document })
	if !required {
		why = append(why, fmt.Sprintf("document %q is no evidence type of requires: without the statement there is nothing to judge", clip(u.Document)))
	}
	if u.Rego != "" && u.Rego != "v0" && u.Rego != "v1" {
		why = append(why, fmt.Sprintf("rego %q is neither v0 nor v1", clip(u.Rego)))
	}
	if len(m.Rules) > 0 {
		why = append(why, "the file declares a policy of another tool and holds code of its own; a rule does one of the two")
	}
	return why
}

func foreignName(pkg string) bool { return pkg != "assize" && !strings.HasPrefix(pkg, "assize.") }

func foreignModule(m *ast.Module) bool { return m != nil && foreignName(packageName(m)) }

// foreignSource reports whether a file is of a policy of another tool, in either
// version of Rego.
func foreignSource(file, source string) bool {
	for _, v0 := range []bool{false, true} {
		if m, err := ast.ParseModuleWithOpts(file, source, foreignOptions(capabilities(), v0)); err == nil {
			return foreignModule(m)
		}
	}
	return false
}

// foreignFiles are the files of a set that are of other tools.
type foreignFiles struct {
	modules map[string]*ast.Module
	legacy  map[string]*ast.Module // that are Rego v0 only
	faults  []Fault                // what they are as Rego v1
}

// old takes in a file that is no Rego v1, if it is one of theirs in v0.
func (t *foreignFiles) old(file, source string, caps *ast.Capabilities, err error) bool {
	m, other := ast.ParseModuleWithOpts(file, source, foreignOptions(caps, true))
	if other != nil || !foreignModule(m) {
		return false
	}
	t.legacy[file] = m
	t.faults = append(t.faults, astFaults(file, err)...)
	t.faults = append(t.faults, Fault{File: file, Msg: "it is Rego v0: the rule that declares its package says so (custom.foreign, rego: v0)"})
	return true
}

// compile gives each declaration its package. Files outside assize that no declaration
// asks for are refused: a mistyped package would leave a rule out.
func (t *foreignFiles) compile(declared []*Rule, caps *ast.Capabilities) ([]Fault, error) {
	var faults []Fault
	if !slices.ContainsFunc(declared, func(r *Rule) bool { return r.Foreign.Rego == "v0" }) {
		faults = append(faults, t.faults...)
	}
	if len(declared) == 0 {
		for _, file := range slices.Sorted(maps.Keys(t.modules)) {
			m := t.modules[file]
			faults = append(faults, Fault{file, m.Package.Location.Row, fmt.Sprintf("package %s: a rule belongs in package assize.<pack>.<id>; a policy of another tool needs a rule that declares it (custom.foreign)", packageName(m))})
		}
		return faults, nil
	}
	for _, r := range declared {
		own := map[string]*ast.Module{}
		for file, m := range t.modules {
			own[file] = m.Copy()
		}
		if r.Foreign.Rego == "v0" {
			for file, m := range t.legacy {
				own[file] = m.Copy()
			}
		}
		if len(own) == 0 {
			faults = append(faults, Fault{File: r.File, Msg: fmt.Sprintf("METADATA: custom.foreign: the set has no file of package %s", r.Foreign.Package)})
			continue
		}
		f, err := compileForeign(own, caps, ForeignConfig{Packages: []string{r.Foreign.Package}})
		if err != nil {
			faults = append(faults, Fault{File: r.File, Msg: "METADATA: custom.foreign: " + strings.TrimPrefix(err.Error(), ErrRuleSet.Error()+": ")})
			continue
		}
		r.foreign, r.set = f, f.set
		r.Params = f.params()
	}
	return faults, nil
}

// params are the parameters that the one package names, helpers included.
func (f *Foreign) params() []string {
	names := []string{}
	c := f.set.compiler
	for _, rule := range newReferences(c).closure(c.GetRulesWithPrefix(ast.MustParseRef("data." + f.packages[0].rule.Package))) {
		walkRefs(rule, func(ref ast.Ref) {
			if ref.HasPrefix(paramsRef) && len(ref) > len(paramsRef) {
				if name, ok := ref[len(paramsRef)].Value.(ast.String); ok && !slices.Contains(names, string(name)) {
					names = append(names, string(name))
				}
			}
		})
	}
	slices.Sort(names)
	return names
}

// document is the parameters as data.
func (t *paramsTxn) document() ast.Value {
	values := ast.NewObject()
	for name, v := range t.values {
		values.Insert(ast.StringTerm(name), v)
	}
	return ast.NewObject([2]*ast.Term{ast.StringTerm("params"), ast.NewTerm(values)})
}

// judgeForeign judges each document by the package; the worst of them is the finding.
func (j *judgement) judgeForeign(ctx context.Context, p *Effective) error {
	f, r := j.finding, j.rule
	pkg := &r.foreign.packages[0]
	f.Foreign, f.Status = pkg.style, StatusUnassessable
	params, problems := p.bind(r, f)
	if missing := j.missing(); missing != "" {
		f.Status, f.Reason = StatusMissing, missing
		return nil
	}
	if erased := j.erased(); erased != "" {
		f.Reason = erased
		return nil
	}
	if len(problems) > 0 {
		f.Reason = strings.Join(problems, "; ")
		return nil
	}
	unknown := r.foreign.unknown(params.document())
	worst := StatusPass
	var reasons []string
	for _, it := range j.in.Evidence[r.Foreign.Document] {
		one := Finding{Status: StatusUnassessable}
		scratch := *j
		scratch.finding = &one
		cells, broken, err := scratch.ask(ctx, pkg.query, it.Parsed.term, params)
		if err != nil {
			return err
		}
		if one.Reason = broken; broken == "" {
			pkg.weigh(&one, cells, j.clock, nil)
		}
		if unknown != "" && one.Status == StatusPass {
			one.Status, one.Reason = StatusUnassessable, unknown
		}
		f.CutOff = f.CutOff || one.CutOff
		for _, m := range one.Messages {
			if m.Members == nil {
				m.Members = map[string]any{}
			}
			m.Members["evidence"] = it.ID
			f.Messages = append(f.Messages, m)
		}
		if one.Reason != "" && !slices.Contains(reasons, one.Reason) {
			reasons = append(reasons, one.Reason)
		}
		if one.Status == StatusFail || one.Status == StatusUnassessable && worst == StatusPass {
			worst = one.Status
		}
	}
	f.Status, f.Reason = worst, strings.Join(reasons, "; ")
	return nil
}
