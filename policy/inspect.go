package policy

import (
	"fmt"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/types"
)

// findExports notes which exports a rule package has and refuses shapes that
// could never be judged. Partial rules are told from complete ones here, by
// syntax; the types of values after compilation.
func findExports(r *Rule, m *ast.Module) []Fault {
	var faults []Fault
	for _, rule := range m.Rules {
		head, ok := rule.Head.Ref()[0].Value.(ast.Var)
		if !ok {
			continue
		}
		e := export(head)
		say := func(format string, args ...any) {
			faults = append(faults, Fault{r.File, rule.Location.Row, fmt.Sprintf(format, args...)})
		}
		kind := rule.Head.RuleKind()
		switch e {
		case exportPass, exportNotApplicable:
			if kind != ast.SingleValue || len(rule.Head.Args) > 0 || len(rule.Head.Ref()) > 1 {
				say("%s must be a condition (`%s if { ... }`)", e, e)
			}
		case exportAppliesFrom:
			if kind != ast.SingleValue || len(rule.Head.Args) > 0 || len(rule.Head.Ref()) > 1 {
				say("applies_from must be one instant (`applies_from := \"2028-08-02\" if { ... }`)")
			}
			if r.AppliesFrom == "" {
				say("applies_from can only put off the date of the metadata, and there is none; name the earliest date there")
			}
		case exportDeny, exportWarn:
			if kind != ast.MultiValue || len(rule.Head.Args) > 0 || len(rule.Head.Ref()) > 1 {
				say("%s must be a set of objects (`%s contains {\"msg\": ...} if { ... }`)", e, e)
			}
		case exportNotAssessable:
			if len(rule.Head.Args) > 0 || len(rule.Head.Ref()) > 1 {
				say("not_assessable must be a condition or a set of objects with \"msg\"")
			}
		default:
			continue
		}
		if !slices.Contains(r.exports, e) {
			r.exports = append(r.exports, e)
		}
	}
	if !slices.Contains(r.exports, exportPass) {
		faults = append(faults, Fault{r.File, m.Package.Location.Row, "the rule does not export pass; nothing it could see would ever pass"})
	}
	slices.Sort(r.exports)
	return faults
}

// inspect checks what a compiled rule refers to. It fills in Params, the parts of input
// it uses, and whether it asks for the action or the clock.
func inspect(r *Rule, g *references) []Fault {
	var faults []Fault
	root := ast.MustParseRef("data." + r.Package)
	for _, rule := range g.closure(g.compiler.GetRulesWithPrefix(root)) {
		for _, made := range g.of(rule).made {
			ref := made.ref
			say := func(format string, args ...any) {
				f := Fault{File: r.File, Msg: fmt.Sprintf(format, args...)}
				if loc := ref[0].Location; loc != nil {
					f.File, f.Row = loc.File, loc.Row
				} else if rule.Location != nil {
					f.File, f.Row = rule.Location.File, rule.Location.Row
				}
				faults = append(faults, f)
			}
			switch {
			case ref.HasPrefix(ast.InputRootRef):
				name, ok := ast.String(""), false
				if len(ref) > 1 {
					name, ok = ref[1].Value.(ast.String)
				}
				if !ok {
					r.sections, r.asksAction = sectionAll, true
					continue
				}
				r.sections |= sectionByName[string(name)]
				if refersToRollbacks(ref) {
					r.sections |= sectionRollbacks
				}
				r.asksAction = r.asksAction || name == "action"
			case ref.HasPrefix(paramsRef):
				name, ok := ast.String(""), false
				if len(ref) > len(paramsRef) {
					name, ok = ref[len(paramsRef)].Value.(ast.String)
				}
				if !ok {
					say("%s: parameters are named statically (data.params.NAME), so that a decision can list those it used", ref)
					continue
				}
				if !slices.Contains(r.Params, string(name)) {
					r.Params = append(r.Params, string(name))
				}
			case ref.HasPrefix(ast.DefaultRootRef):
				ground := ref.GroundPrefix()
				switch {
				case len(ground) < 4 && !ground.HasPrefix(libraryRef):
					say("%s: rules do not look around in data; name a library function, an export of this rule or data.params.NAME", ref)
				case !ground.HasPrefix(root) && !ground.HasPrefix(libraryRef):
					say("%s is neither of this rule (%s) nor of a library (assize.lib); a rule judges for itself", ref, r.Package)
				case !made.defined:
					say("%s is undefined: no rule or function of that name", ref)
				}
			default:
				r.asksClock = r.asksClock || made.clock
			}
		}
	}
	slices.Sort(r.Params)
	return faults
}

// checkExports checks what pass leans on and the types of the exports.
func checkExports(r *Rule, g *references) []Fault {
	var faults []Fault
	c, root := g.compiler, ast.MustParseRef("data."+r.Package)
	pass := g.closure(c.GetRulesExact(root.Append(ast.StringTerm(string(exportPass)))))
	for _, e := range []export{exportDeny, exportWarn, exportNotAssessable, exportNotApplicable, exportAppliesFrom} {
		for _, rule := range c.GetRulesExact(root.Append(ast.StringTerm(string(e)))) {
			if slices.Contains(pass, rule) {
				faults = append(faults, Fault{r.File, rule.Location.Row, fmt.Sprintf("pass leans on %s; pass must be a condition of its own, so that an undefined path cannot empty both", e)})
			}
		}
	}
	return append(faults, checkExportTypes(r, c, root)...)
}

var (
	paramsRef  = ast.MustParseRef("data.params")
	libraryRef = ast.MustParseRef("data.assize.lib")
)

// references is what the rules of a compiler refer to, looked up once: rules share
// the library.
type references struct {
	compiler *ast.Compiler
	known    map[*ast.Rule]*referred
}

// referred is what one definition refers to, without its else branch.
type referred struct {
	made []reference
	deps []*ast.Rule
}

type reference struct {
	ref     ast.Ref
	defined bool // of data: there is a rule or function of that name
	clock   bool // a call of the clock
}

func newReferences(c *ast.Compiler) *references {
	return &references{compiler: c, known: map[*ast.Rule]*referred{}}
}

func (g *references) of(rule *ast.Rule) *referred {
	if out, ok := g.known[rule]; ok {
		return out
	}
	out := &referred{}
	walkRefs(rule, func(ref ast.Ref) {
		made := reference{ref: ref}
		switch {
		case ref.HasPrefix(ast.InputRootRef):
		case ref.HasPrefix(ast.DefaultRootRef):
			if !ref.HasPrefix(paramsRef) && len(ref) > 1 {
				out.deps = append(out.deps, g.compiler.GetRulesDynamicWithOpts(ref, ast.RulesOptions{})...)
				made.defined = len(g.compiler.GetRules(ref)) > 0
			}
		default:
			made.clock = ref.String() == clockName
		}
		out.made = append(out.made, made)
	})
	if rule.Else != nil {
		out.deps = append(out.deps, rule.Else)
	}
	g.known[rule] = out
	return out
}

// closure is the rules with everything they depend on, else branches included.
func (g *references) closure(rules []*ast.Rule) []*ast.Rule {
	var all []*ast.Rule
	seen := map[*ast.Rule]bool{}
	var visit func(*ast.Rule)
	visit = func(rule *ast.Rule) {
		if seen[rule] {
			return
		}
		seen[rule] = true
		all = append(all, rule)
		for _, dep := range g.of(rule).deps {
			visit(dep)
		}
	}
	for _, rule := range rules {
		visit(rule)
	}
	return all
}

func walkRefs(x any, fn func(ast.Ref)) {
	ast.WalkRefs(x, func(ref ast.Ref) bool {
		fn(ref)
		return false
	})
}

// checkExportTypes refuses exports whose inferred type can never be judged.
func checkExportTypes(r *Rule, c *ast.Compiler, root ast.Ref) []Fault {
	var faults []Fault
	for _, e := range r.exports {
		ref := root.Append(ast.StringTerm(string(e)))
		say := func(format string, args ...any) {
			row := 0
			if rules := c.GetRulesExact(ref); len(rules) > 0 {
				row = rules[0].Location.Row
			}
			faults = append(faults, Fault{r.File, row, fmt.Sprintf(format, args...)})
		}
		t := c.TypeEnv.GetByRef(ref)
		switch e {
		case exportPass, exportNotApplicable:
			if !couldBe(t, func(t types.Type) bool { _, ok := t.(types.Boolean); return ok }) || !onlyBoolean(t) {
				say("%s is %s, not a condition", e, typeName(t))
			}
		case exportAppliesFrom:
			if !couldBe(t, func(t types.Type) bool { _, ok := t.(types.String); return ok }) {
				say("%s is %s, not an instant", e, typeName(t))
			}
		case exportDeny, exportWarn:
			if set, ok := t.(*types.Set); ok {
				if why := messageType(set.Of()); why != "" {
					say("%s: %s", e, why)
				}
			}
		case exportNotAssessable:
			if set, ok := t.(*types.Set); ok {
				if why := messageType(set.Of()); why != "" {
					say("%s: %s", e, why)
				}
			} else if !onlyBoolean(t) {
				say("%s is %s, neither a condition nor a set of objects", e, typeName(t))
			}
		}
	}
	return faults
}

func typeName(t types.Type) string {
	if t == nil {
		return "undefined"
	}
	return types.Sprint(t)
}

func couldBe(t types.Type, is func(types.Type) bool) bool {
	if any, ok := t.(types.Any); ok {
		return len(any) == 0 || slices.ContainsFunc(any, is)
	}
	return t != nil && is(t)
}

// onlyBoolean is false for types that include anything but booleans; an
// unknown type is left to the evaluation.
func onlyBoolean(t types.Type) bool {
	if any, ok := t.(types.Any); ok {
		return !slices.ContainsFunc(any, func(t types.Type) bool { _, ok := t.(types.Boolean); return !ok })
	}
	_, ok := t.(types.Boolean)
	return ok
}

// messageType says why values of a type are no messages; "" when they are or
// may be.
func messageType(t types.Type) string {
	switch t := t.(type) {
	case types.Any:
		for _, alt := range t {
			if why := messageType(alt); why != "" {
				return why
			}
		}
		return ""
	case *types.Object:
		msg := t.Select("msg")
		if msg == nil {
			return "an object without \"msg\" is no message"
		}
		if !couldBe(msg, func(t types.Type) bool { _, ok := t.(types.String); return ok }) {
			return fmt.Sprintf("\"msg\" is %s, not a string", types.Sprint(msg))
		}
		return ""
	case nil:
		return ""
	}
	return fmt.Sprintf("a message is an object with \"msg\", not %s", types.Sprint(t))
}
