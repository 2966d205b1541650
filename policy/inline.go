package policy

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// inlineNames makes the compiler put what a name stands for where it is named: a place
// of the input, such as plans := input.evidence["eval-plan"], a constant, or a function
// that is one call of a builtin. To look up a rule or to enter a function costs several
// times what the one expression in it does.
//
// It comes after all checks, so that they speak of the source, and changes no outcome:
// such a name has one definition, without iteration, whose value does not depend on who
// asks. Nothing can put another value in the place of a name, since `with` is refused
// (checkModule). Tests of rules and `policy check` compile without: they are about what
// is written.
func inlineNames(c *ast.Compiler) {
	c.WithStageAfterID(ast.StageCheckDeprecatedBuiltins, ast.CompilerStageDefinition{
		Name: "InlineNames", MetricName: "compile_stage_inline_names", Stage: func(c *ast.Compiler) *ast.Error {
			in := inlining{tree: c.RuleTree, known: map[*ast.Rule]meaning{}}
			for _, m := range c.Modules {
				for _, r := range m.Rules {
					if m := meaningOf(r); m.place != nil || m.constant != nil {
						in.known[r] = m
					}
				}
			}
			for _, m := range c.Modules {
				for _, r := range m.Rules {
					if m := in.callOf(r); m.call != nil {
						in.known[r] = m
					}
				}
			}
			for _, m := range c.Modules {
				for _, r := range m.Rules {
					in.definition(r)
				}
			}
			return nil
		},
	})
}

type inlining struct {
	tree  *ast.TreeNode
	known map[*ast.Rule]meaning // as the source has them, whatever is rewritten first
}

// meaning is what may be put in the place of a name: one of place, constant and call.
type meaning struct {
	place    ast.Ref   // in the input
	constant ast.Value // no reference
	call     []*ast.Term
	params   ast.Args // of the call
	gives    bool     // the call's last operand is its result; else it holds or not
}

// definition puts meanings into the bodies of one definition and its else branches.
func (in *inlining) definition(r *ast.Rule) {
	ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case *ast.Head: // names the rule itself
			return true
		case *ast.Expr:
			if terms, ok := x.Terms.([]*ast.Term); ok {
				x.Terms = in.called(terms)
			}
		case *ast.Term:
			x.Value = in.named(x.Value)
		}
		return false
	}).Walk(r)
}

// named is the value in whose place a reference stands, or the reference.
func (in *inlining) named(v ast.Value) ast.Value {
	ref, ok := v.(ast.Ref)
	if !ok {
		return v
	}
	r, n := in.find(ref)
	if r == nil {
		return v
	}
	switch m := in.known[r]; {
	case m.place != nil:
		return m.place.Concat(ref[n:])
	case m.constant != nil && n == len(ref):
		return m.constant
	}
	return v
}

// called is the call in whose place another stands, or that other.
func (in *inlining) called(terms []*ast.Term) []*ast.Term {
	op, ok := terms[0].Value.(ast.Ref)
	if !ok {
		return terms
	}
	r, n := in.find(op)
	if r == nil || n != len(op) {
		return terms
	}
	m := in.known[r]
	given, result := terms[1:], []*ast.Term(nil)
	if len(given) > len(m.params) {
		given, result = given[:len(m.params)], given[len(m.params):]
	}
	if m.call == nil || len(result) > 0 && !m.gives {
		return terms
	}
	operands := m.call[1:]
	if m.gives {
		operands = operands[:len(operands)-1]
	}
	out := m.call[:1:1]
	for _, o := range operands {
		if i := slices.IndexFunc(m.params, o.Equal); i >= 0 {
			o = given[i]
		}
		out = append(out, o)
	}
	return append(out, result...)
}

// find looks a reference up in the tree of rules: the only definition of what the first
// n parts of it name.
func (in *inlining) find(ref ast.Ref) (r *ast.Rule, n int) {
	node := in.tree
	for i, t := range ref {
		if node = node.Child(t.Value); node == nil {
			return nil, 0
		}
		if len(node.Values) > 0 {
			if len(node.Values) > 1 || len(node.Children) > 0 {
				return nil, 0
			}
			return node.Values[0], i + 1
		}
	}
	return nil, 0
}

func plainRule(r *ast.Rule) bool {
	return !r.Default && r.Else == nil && r.Head.RuleKind() != ast.MultiValue && r.Ref().IsGround() &&
		!slices.ContainsFunc(r.Body, func(e *ast.Expr) bool { return e.Negated })
}

// constant is what a term names, nil of another.
func (in *inlining) constant(t *ast.Term) *ast.Term {
	ref, ok := t.Value.(ast.Ref)
	if !ok {
		return nil
	}
	r, n := in.find(ref)
	if r == nil || n != len(ref) || in.known[r].constant == nil {
		return nil
	}
	return ast.NewTerm(in.known[r].constant)
}

func meaningOf(r *ast.Rule) meaning {
	if !plainRule(r) || len(r.Head.Args) > 0 || len(r.Body) != 1 {
		return meaning{}
	}
	e, value := r.Body[0], r.Head.Value
	if e.Equal(ast.NewExpr(ast.BooleanTerm(true))) {
		if _, ref := value.Value.(ast.Ref); !ref && value.IsGround() {
			return meaning{constant: value.Value}
		}
		return meaning{}
	}
	if e.IsEquality() && e.Operand(0).Equal(value) {
		if place, ok := e.Operand(1).Value.(ast.Ref); ok && place.HasPrefix(ast.InputRootRef) && place.IsGround() {
			return meaning{place: place}
		}
	}
	return meaning{}
}

// callOf is the meaning of a function that does nothing but call a builtin with each of
// its parameters, and with constants, written there or named.
func (in *inlining) callOf(r *ast.Rule) meaning {
	if !plainRule(r) || len(r.Head.Args) == 0 {
		return meaning{}
	}
	var constants []*ast.Expr
	for _, e := range r.Body[:len(r.Body)-1] {
		if !e.IsEquality() || in.constant(e.Operand(1)) == nil {
			return meaning{}
		}
		constants = append(constants, e)
	}
	terms, ok := r.Body[len(r.Body)-1].Terms.([]*ast.Term)
	if !ok {
		return meaning{}
	}
	op, ok := terms[0].Value.(ast.Ref)
	if !ok || op.HasPrefix(ast.DefaultRootRef) || op.Equal(ast.WalkBuiltin.Ref()) {
		return meaning{} // walk gives many results, of which a function refuses all but one
	}
	terms = slices.Clone(terms)
	for i, t := range terms {
		for _, e := range constants {
			if e.Operand(0).Equal(t) {
				terms[i] = in.constant(e.Operand(1))
			}
		}
	}
	m := meaning{call: terms, params: r.Head.Args}
	operands := terms[1:]
	if !r.Head.Value.Equal(ast.BooleanTerm(true)) {
		last := len(operands) - 1
		_, made := r.Head.Value.Value.(ast.Var)
		if !made || last < 0 || !operands[last].Equal(r.Head.Value) || slices.ContainsFunc(m.params, r.Head.Value.Equal) || op.Equal(ast.Equality.Ref()) {
			return meaning{}
		}
		m.gives, operands = true, operands[:last]
	}
	used := map[ast.Value]bool{}
	for _, o := range operands {
		switch v := o.Value.(type) {
		case ast.Var:
			used[v] = true
		case ast.Ref:
			return meaning{}
		default:
			if !o.IsGround() {
				return meaning{}
			}
		}
	}
	for i, p := range m.params {
		if _, ok := p.Value.(ast.Var); !ok || !used[p.Value] || slices.ContainsFunc(m.params[:i], p.Equal) {
			return meaning{}
		}
	}
	if len(used) != len(m.params) {
		return meaning{} // something else, which the body binds
	}
	return m
}
