package policy

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// checkModule refuses what no rule or library file may hold.
func checkModule(file string, m *ast.Module) []Fault {
	var faults []Fault
	say := func(loc *ast.Location, format string, args ...any) {
		f := Fault{File: file, Msg: fmt.Sprintf(format, args...)}
		if loc != nil {
			f.Row = loc.Row
		}
		faults = append(faults, f)
	}
	ast.WalkExprs(m, func(e *ast.Expr) bool {
		if member := negatedMember(e); member != nil {
			say(e.Location, "`not` over a comparison with %s is undefined, not true, where that is absent: compare in a function that takes the whole element (`enough(x) if x.n >= bound`) and negate that", member)
		}
		if len(e.With) > 0 {
			say(e.Location, "`with` belongs in tests; a rule judges the evidence and the clock it is given")
		}
		return false
	})
	ast.WalkTerms(m, func(t *ast.Term) bool {
		if n, ok := t.Value.(ast.Number); ok && !finiteNumber(n) {
			say(t.Location, "%s is a number no float64 holds", clip(n.String()))
		}
		return false
	})
	for _, rule := range m.Rules {
		everyChecks(rule, say)
	}
	return faults
}

// negatedMember is the member compared in `not x.n >= bound`, nil when e is nothing of
// the kind. The compiler looks members up before it negates, so where one is absent
// the whole expression is undefined, and whoever counts the offenders counts none.
func negatedMember(e *ast.Expr) *ast.Term {
	if !e.Negated || !e.IsCall() || !slices.Contains([]string{"lt", "lte", "gt", "gte", "equal", "neq", "eq"}, e.Operator().String()) {
		return nil
	}
	for _, o := range e.Operands() {
		if ref, ok := o.Value.(ast.Ref); ok && len(ref) > 1 && !ref.HasPrefix(ast.DefaultRootRef) {
			return o
		}
	}
	return nil
}

// checkLibrary refuses input in a library: the declared types of a rule bound
// what it sees only if everything it reads is named in its own file.
func checkLibrary(file string, m *ast.Module) []Fault {
	var faults []Fault
	ast.WalkRefs(m, func(ref ast.Ref) bool {
		if ref.HasPrefix(ast.InputRootRef) {
			faults = append(faults, Fault{file, ref[0].Location.Row, fmt.Sprintf("a library does not read %s; pass it to the function as an argument", ref)})
		}
		return false
	})
	ast.WalkTerms(m, func(t *ast.Term) bool {
		if v, ok := t.Value.(ast.Var); ok && v.Equal(ast.InputRootDocument.Value) {
			faults = append(faults, Fault{file, t.Location.Row, "a library does not read input; pass what it judges as an argument"})
		}
		return false
	})
	return faults
}

// everyChecks refuses `every x in D` without a check beside it that D is not
// empty: over an empty collection it is true, which is how silence would pass.
// Beside means in the same body or in one around it. What counts is count(D)
// compared with something (directly or through a variable it was assigned to),
// or D compared as unequal with an empty collection. `count(D) >= 0` counts: it
// says in the code that none is fine.
func everyChecks(rule *ast.Rule, say func(*ast.Location, string, ...any)) {
	var body func(b ast.Body, around []ast.Body)
	visit := func(x any, around []ast.Body) {
		v := ast.NewGenericVisitor(func(node any) bool {
			switch node := node.(type) {
			case *ast.Every:
				return true // reached through its expression
			case ast.Body:
				body(node, around)
				return true
			}
			return false
		})
		v.Walk(x)
	}
	body = func(b ast.Body, around []ast.Body) {
		scope := append(append([]ast.Body(nil), around...), b)
		for _, e := range b {
			if every, ok := e.Terms.(*ast.Every); ok {
				if !nonEmpty(every.Domain, scope) {
					say(e.Location, "`every` over %s is true when there is none: put `count(%s) > 0` beside it, or `>= 0` if none is fine", every.Domain, every.Domain)
				}
				visit(every.Domain, scope)
				body(every.Body, scope)
				continue
			}
			visit(e, scope)
		}
	}
	for r := rule; r != nil; r = r.Else {
		visit(r.Head, nil)
		body(r.Body, nil)
	}
}

func nonEmpty(domain *ast.Term, scope []ast.Body) bool {
	switch d := domain.Value.(type) {
	case *ast.Array:
		return d.Len() > 0
	case ast.Set:
		return d.Len() > 0
	case ast.Object:
		return d.Len() > 0
	}
	// counts are the terms that stand for count(domain).
	isCount := func(t *ast.Term) bool {
		call, ok := t.Value.(ast.Call)
		return ok && len(call) == 2 && call[0].Value.String() == ast.Count.Name && call[1].Equal(domain)
	}
	var vars []*ast.Term
	for _, b := range scope {
		for _, e := range b {
			if e.IsAssignment() || e.IsEquality() {
				l, r := e.Operand(0), e.Operand(1)
				if isCount(r) {
					vars = append(vars, l)
				} else if isCount(l) {
					vars = append(vars, r)
				}
			}
			// count(D, n) as a call with its result captured.
			if e.IsCall() && len(e.Operands()) == 2 && e.Operator().String() == ast.Count.Name && e.Operand(0).Equal(domain) {
				vars = append(vars, e.Operand(1))
			}
		}
	}
	stands := func(t *ast.Term) bool {
		if t == nil {
			return false
		}
		if isCount(t) {
			return true
		}
		for _, v := range vars {
			if v.Equal(t) {
				return true
			}
		}
		return false
	}
	for _, b := range scope {
		for _, e := range b {
			if e.Negated || !e.IsCall() || len(e.Operands()) != 2 {
				continue
			}
			if comparesNonEmpty(e.Operator().String(), e.Operand(0), e.Operand(1), domain, stands) {
				return true
			}
		}
	}
	return false
}

// comparesNonEmpty reports whether `l op r` settles what an empty domain means,
// taking bounds that are no literals for positive.
func comparesNonEmpty(op string, l, r, domain *ast.Term, stands func(*ast.Term) bool) bool {
	switch {
	case stands(l):
	case stands(r):
		r = l
		op = map[string]string{"gt": "lt", "lt": "gt", "gte": "lte", "lte": "gte"}[op] + map[string]string{"neq": "neq", "equal": "equal", "eq": "eq"}[op]
	case op == "neq" && (l.Equal(domain) && emptyCollection(r) || r.Equal(domain) && emptyCollection(l)):
		return true
	default:
		return false
	}
	n, literal := 0, false
	if num, ok := r.Value.(ast.Number); ok {
		n, literal = num.Int()
		if !literal {
			// No whole number: only its sign matters. Above zero asks for an
			// element, below zero is met by none.
			f, _ := num.Float64()
			n, literal = cmp.Compare(f, 0), true
		}
	}
	switch op {
	case "gt":
		return !literal || n >= 0
	case "gte":
		// >= 0 always holds: the author says that none is fine, where a
		// reader sees it.
		return !literal || n >= 0
	case "equal", "eq":
		return !literal || n >= 1
	case "neq":
		return literal && n == 0
	}
	return false
}

func emptyCollection(t *ast.Term) bool {
	switch v := t.Value.(type) {
	case *ast.Array:
		return v.Len() == 0
	case ast.Set:
		return v.Len() == 0
	case ast.Object:
		return v.Len() == 0
	}
	return false
}
