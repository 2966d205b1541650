package policy

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// inlineCalls puts the builtin in the place of a function that only calls one, as
// text.meaningful does: to enter a function costs more than most builtins take. It is
// done to what judges, once all is checked; tests run, and coverage counts, what is
// written. What fails then stands at the place of the call.
func (c *compiled) inlineCalls() {
	only := map[string]*ast.Rule{}
	c.inlined = map[*ast.Rule]bool{}
	for _, m := range c.compiler.Modules {
		for _, r := range m.Rules {
			if c.onlyCalls(r) && len(c.compiler.GetRulesExact(r.Ref())) == 1 {
				only[r.Ref().String()] = r
			}
		}
	}
	for _, m := range c.compiler.Modules {
		ast.WalkExprs(m, func(e *ast.Expr) bool {
			if !e.IsCall() || !e.Operator().HasPrefix(ast.DefaultRootRef) {
				return false
			}
			call := e.Terms.([]*ast.Term)
			if r := only[e.Operator().String()]; r != nil && givesResult(r) == (len(call) == len(r.Head.Args)+2) {
				e.Terms = calledBy(call, r)
				c.inlined[r] = true
			}
			return false
		})
	}
}

// onlyCalls reports whether a definition is one call of a builtin on its arguments and
// constants, and gives the result of that or true.
func (c *compiled) onlyCalls(r *ast.Rule) bool {
	if len(r.Head.Args) == 0 || len(r.Body) != 1 || r.Default || r.Else != nil {
		return false
	}
	args := ast.NewSet(r.Head.Args...)
	if args.Len() != len(r.Head.Args) || slices.ContainsFunc(r.Head.Args, func(t *ast.Term) bool { return !isVar(t) }) {
		return false
	}
	e := r.Body[0]
	if !e.IsCall() || e.IsEquality() || e.Negated || len(e.With) > 0 {
		return false
	}
	name := e.Operator().String()
	decl := ast.BuiltinMap[name]
	if ours, ok := c.builtins[name]; ok {
		decl = ours.Decl
	}
	if decl == nil || decl.Relation {
		return false
	}
	operands := e.Operands()
	if given := operands[min(decl.Decl.Arity(), len(operands)):]; givesResult(r) {
		if len(given) != 1 || !given[0].Equal(r.Head.Value) || args.Contains(given[0]) {
			return false
		}
		operands = operands[:len(operands)-1]
	} else if len(given) != 0 || !r.Head.Value.Equal(ast.InternedTerm(true)) {
		return false
	}
	return !slices.ContainsFunc(operands, func(t *ast.Term) bool { return !args.Contains(t) && !ast.IsConstant(t.Value) })
}

func isVar(t *ast.Term) bool { _, ok := t.Value.(ast.Var); return ok }

// givesResult reports whether a function gives what it calls gives, not true.
func givesResult(r *ast.Rule) bool { return isVar(r.Head.Value) }

// calledBy is the call of the builtin that a call of the function stands for.
func calledBy(call []*ast.Term, r *ast.Rule) []*ast.Term {
	terms := slices.Clone(r.Body[0].Terms.([]*ast.Term))
	for i, t := range terms {
		if at := slices.IndexFunc(r.Head.Args, t.Equal); at >= 0 {
			terms[i] = call[1+at]
		}
	}
	if givesResult(r) {
		terms[len(terms)-1] = call[len(call)-1]
	}
	return terms
}
