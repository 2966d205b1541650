package policy

import (
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// compact writes the compiled rules out anew, so that what evaluation reads of a rule
// lies together, and lets go of what only compiling needed. Evaluation waits for memory
// more than it computes: what the stages of a compiler leave of their terms lies far
// apart, and each place holds a copy of the same names.
//
// Rules keep their identity, which indices know them by, and so do comprehensions.
func compact(c *ast.Compiler) {
	w := compaction{}
	for _, m := range c.Modules {
		for _, r := range m.Rules {
			w.rule(r)
		}
	}
	c.TypeEnv, c.Graph = nil, nil
}

// compaction holds each name, text and number once.
type compaction map[ast.Value]*ast.Term

func (w compaction) rule(r *ast.Rule) {
	for ; r != nil; r = r.Else {
		h := *r.Head
		h.Reference, h.Args, h.Key, h.Value = w.terms(h.Reference), w.terms(h.Args), w.term(h.Key), w.term(h.Value)
		r.Head, r.Body = &h, w.body(r.Body)
	}
}

func (w compaction) body(b ast.Body) ast.Body {
	out := make(ast.Body, len(b))
	for i, e := range b {
		out[i] = w.expr(e)
	}
	return out
}

// expr leaves out which expressions the compiler made from which.
func (w compaction) expr(e *ast.Expr) *ast.Expr {
	out := &ast.Expr{Terms: e.Terms, With: e.With, Index: e.Index, Generated: e.Generated, Negated: e.Negated, Location: e.Location}
	switch x := e.Terms.(type) {
	case *ast.Term:
		out.Terms = w.term(x)
	case []*ast.Term:
		out.Terms = w.terms(x)
	case *ast.Every:
		every := *x
		every.Key, every.Value, every.Domain, every.Body = w.term(x.Key), w.term(x.Value), w.term(x.Domain), w.body(x.Body)
		out.Terms = &every
	}
	return out
}

func (w compaction) terms(list []*ast.Term) []*ast.Term {
	if list == nil {
		return nil
	}
	out := make([]*ast.Term, len(list))
	for i, t := range list {
		out[i] = w.term(t)
	}
	return out
}

func (w compaction) term(t *ast.Term) *ast.Term {
	if t == nil {
		return nil
	}
	value := t.Value
	switch v := value.(type) {
	case ast.String, ast.Var, ast.Number, ast.Boolean, ast.Null:
		return w.leaf(t)
	case *ast.ArrayComprehension:
		v.Term, v.Body = w.term(v.Term), w.body(v.Body)
		return t
	case *ast.SetComprehension:
		v.Term, v.Body = w.term(v.Term), w.body(v.Body)
		return t
	case *ast.ObjectComprehension:
		v.Key, v.Value, v.Body = w.placed(v.Key), w.term(v.Value), w.body(v.Body)
		return t
	case ast.Ref:
		ref := ast.Ref(w.terms(v))
		ref[0] = w.placed(v[0])
		value = ref
	case ast.Call:
		value = ast.Call(w.terms(v))
	case *ast.Array:
		elements := make([]*ast.Term, 0, v.Len())
		v.Foreach(func(e *ast.Term) { elements = append(elements, w.term(e)) })
		value = ast.NewArray(elements...)
	case ast.Set:
		elements := make([]*ast.Term, 0, v.Len())
		v.Foreach(func(e *ast.Term) { elements = append(elements, w.term(e)) })
		value = ast.NewSet(elements...)
	case ast.Object:
		members := make([][2]*ast.Term, 0, v.Len())
		v.Foreach(func(k, e *ast.Term) { members = append(members, [2]*ast.Term{w.term(k), w.term(e)}) })
		value = ast.NewObject(members...)
	default:
		return t
	}
	return &ast.Term{Value: value, Location: t.Location}
}

// placed keeps the place of a term, which errors name.
func (w compaction) placed(t *ast.Term) *ast.Term {
	return &ast.Term{Value: w.term(t).Value, Location: t.Location}
}

// leaf is where all places share one term. Its text is a copy, since the source it is
// part of would be read and kept with it.
func (w compaction) leaf(t *ast.Term) *ast.Term {
	if held, ok := w[t.Value]; ok {
		return held
	}
	value := t.Value
	switch v := value.(type) {
	case ast.String:
		value = ast.String(strings.Clone(string(v)))
	case ast.Var:
		value = ast.Var(strings.Clone(string(v)))
	case ast.Number:
		value = ast.Number(strings.Clone(string(v)))
	}
	held := &ast.Term{Value: value, Location: t.Location}
	w[value] = held
	return held
}
