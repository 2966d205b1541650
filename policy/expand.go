package policy

import (
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// boundExpansion makes the compiler refuse what is too large for it. Tests of
// rules compile without: they are run by who wrote them.
func boundExpansion(c *ast.Compiler) {
	c.WithStageAfterID(ast.StageCheckRecursion, ast.CompilerStageDefinition{
		Name: "CheckExpansion", MetricName: "compile_stage_check_expansion", Stage: checkExpansion,
	})
}

// checkExpansion is a stage of the compiler that refuses values too large once
// every reference in them is written out. x1 := [x0, x0], x2 := [x1, x1] and so
// on is a few bytes a line; the type checker, which runs next, goes through what
// it stands for, and through each level of it twice, without a bound in time.
//
// The size of a value is reckoned as the type checker would meet it: a
// collection is one and twice its parts, a reference is what it names, a call
// what the function gives whatever its arguments are, several definitions twice
// their sum. Variables take the size of what binds them first, in the order of
// the body, which is the order of the checker.
func checkExpansion(c *ast.Compiler) *ast.Error {
	s := &expansion{compiler: c, rules: map[*ast.Rule]int64{}, closures: map[ast.Value]int64{}, arities: map[string]int{}}
	for _, b := range engineBuiltins() {
		s.arities[b.name] = b.decl.Arity()
	}
	for _, file := range slices.Sorted(maps.Keys(c.Modules)) {
		for _, rule := range c.Modules[file].Rules {
			if s.rule(rule); s.err != nil {
				return s.err
			}
		}
	}
	return nil
}

type expansion struct {
	compiler *ast.Compiler
	rules    map[*ast.Rule]int64 // 1 while at work: recursion is refused elsewhere
	closures map[ast.Value]int64 // comprehensions, gone through once
	arities  map[string]int      // of the builtins of the engine
	total    int64
	err      *ast.Error
}

// scope is the variables bound so far in one rule and the place at work.
type scope struct {
	vars map[ast.Var]int64
	loc  *ast.Location
}

// add keeps within a bound that no sum of two can overflow.
func add(a, b int64) int64 { return min(a+b, 2*maxExpansion) }

// rule is the size of what one definition, else branches included, gives.
func (s *expansion) rule(rule *ast.Rule) int64 {
	if n, ok := s.rules[rule]; ok {
		return n
	}
	s.rules[rule] = 1
	sc := &scope{vars: map[ast.Var]int64{}, loc: rule.Location}
	s.body(sc, rule.Body)
	if rule.Location != nil {
		sc.loc = rule.Location
	}
	var n int64 = 1
	if rule.Head.Value != nil {
		n = s.term(sc, rule.Head.Value)
	}
	if rule.Head.Key != nil || len(rule.Head.Ref()) > 1 {
		if rule.Head.Key != nil {
			n = add(n, s.term(sc, rule.Head.Key))
		}
		n = add(1, 2*n)
	}
	s.charge(sc, n)
	if rule.Else != nil && s.err == nil {
		n = add(n, s.rule(rule.Else))
	}
	s.rules[rule] = n
	return n
}

// charge takes a size from what the whole set may have and refuses one that is
// too large by itself.
func (s *expansion) charge(sc *scope, n int64) {
	if s.total += n; s.err != nil {
		return
	}
	switch {
	case n > maxExpansion:
		s.err = ast.NewError(ast.TypeErr, sc.loc, "a value stands for more than %d parts once every reference in it is written out; nest it less deeply, name it fewer times, or make it in a function", maxExpansion)
	case s.total > maxExpansionSet:
		s.err = ast.NewError(ast.TypeErr, sc.loc, "the values of the set together stand for more than %d parts once every reference in them is written out; split the set or nest them less deeply", maxExpansionSet)
	}
}

func (s *expansion) body(sc *scope, body ast.Body) {
	for _, e := range body {
		if s.err != nil {
			return
		}
		if e.Location != nil {
			sc.loc = e.Location
		}
		s.expr(sc, e)
	}
}

func (s *expansion) expr(sc *scope, e *ast.Expr) {
	for _, w := range e.With {
		s.charge(sc, s.term(sc, w.Value))
	}
	switch terms := e.Terms.(type) {
	case *ast.Term:
		s.charge(sc, s.term(sc, terms))
	case *ast.Every:
		n := s.term(sc, terms.Domain)
		s.charge(sc, n)
		bind(sc, terms.Key, n)
		bind(sc, terms.Value, n)
		s.body(sc, terms.Body)
	case []*ast.Term:
		if (e.IsEquality() || e.IsAssignment()) && len(terms) == 3 {
			s.unify(sc, terms[1], terms[2])
			return
		}
		result, arity := s.function(terms[0])
		for i, t := range terms[1:] {
			if i >= arity {
				bind(sc, t, result)
			}
			s.charge(sc, s.term(sc, t))
		}
	}
}

// unify binds what is unbound on one side to the size of the other.
func (s *expansion) unify(sc *scope, a, b *ast.Term) {
	x, ok := a.Value.(*ast.Array)
	y, both := b.Value.(*ast.Array)
	if ok && both && x.Len() == y.Len() {
		for i := range x.Len() {
			if s.unify(sc, x.Elem(i), y.Elem(i)); s.err != nil {
				return
			}
		}
		return
	}
	m, n := s.term(sc, a), s.term(sc, b)
	if v, ok := a.Value.(ast.Var); ok && sc.vars[v] == 0 {
		m = n
	} else if v, ok := b.Value.(ast.Var); ok && sc.vars[v] == 0 {
		n = m
	}
	s.charge(sc, m)
	s.charge(sc, n)
	bind(sc, a, n)
	bind(sc, b, m)
}

// bind gives the unbound variables of a pattern a size.
func bind(sc *scope, pattern *ast.Term, n int64) {
	if pattern == nil {
		return
	}
	switch v := pattern.Value.(type) {
	case ast.Var:
		if sc.vars[v] == 0 {
			sc.vars[v] = n
		}
	case *ast.Array:
		v.Foreach(func(t *ast.Term) { bind(sc, t, n) })
	case ast.Object:
		v.Foreach(func(k, t *ast.Term) { bind(sc, k, n); bind(sc, t, n) })
	case ast.Set:
		v.Foreach(func(t *ast.Term) { bind(sc, t, n) })
	}
}

// function is the size of what a function gives, and how many arguments it
// takes before the one its result is unified with.
func (s *expansion) function(operator *ast.Term) (result int64, arity int) {
	ref, ok := operator.Value.(ast.Ref)
	if !ok {
		return 1, 0
	}
	if rules := s.compiler.GetRulesExact(ref); len(rules) > 0 {
		return s.definitions(rules), len(rules[0].Head.Args)
	}
	if b, ok := ast.BuiltinMap[ref.String()]; ok {
		return 1, b.Decl.Arity()
	}
	if arity, ok := s.arities[ref.String()]; ok {
		return 1, arity
	}
	return 1, 0
}

func (s *expansion) definitions(rules []*ast.Rule) int64 {
	var n int64
	for _, rule := range rules {
		n = add(n, s.rule(rule))
	}
	if len(rules) > 1 {
		n = add(n, n)
	}
	return max(n, 1)
}

func (s *expansion) term(sc *scope, t *ast.Term) int64 {
	if s.err != nil {
		return 1
	}
	switch v := t.Value.(type) {
	case ast.Var:
		return max(sc.vars[v], 1)
	case ast.Ref:
		return s.ref(sc, v)
	case ast.Call:
		for _, arg := range v[1:] {
			s.charge(sc, s.term(sc, arg))
		}
		n, _ := s.function(v[0])
		return n
	case *ast.Array:
		return s.parts(sc, func(part func(*ast.Term)) { v.Foreach(part) })
	case ast.Set:
		return s.parts(sc, func(part func(*ast.Term)) { v.Foreach(part) })
	case ast.Object:
		return s.parts(sc, func(part func(*ast.Term)) { v.Foreach(func(k, val *ast.Term) { part(k); part(val) }) })
	case *ast.ArrayComprehension:
		return s.closure(sc, v, v.Body, v.Term)
	case *ast.SetComprehension:
		return s.closure(sc, v, v.Body, v.Term)
	case *ast.ObjectComprehension:
		return s.closure(sc, v, v.Body, v.Key, v.Value)
	}
	return 1
}

func (s *expansion) parts(sc *scope, each func(func(*ast.Term))) int64 {
	var n int64
	each(func(t *ast.Term) { n = add(n, s.term(sc, t)) })
	return add(1, 2*n)
}

func (s *expansion) closure(sc *scope, key ast.Value, body ast.Body, heads ...*ast.Term) int64 {
	if n, ok := s.closures[key]; ok {
		return n
	}
	loc := sc.loc
	s.body(sc, body)
	sc.loc = loc
	n := s.parts(sc, func(part func(*ast.Term)) {
		for _, h := range heads {
			part(h)
		}
	})
	s.closures[key] = n
	return n
}

// ref is the size of what a reference starts at; selecting from it makes it no
// larger.
func (s *expansion) ref(sc *scope, ref ast.Ref) int64 {
	for _, t := range ref[1:] {
		switch t.Value.(type) {
		case ast.Var, ast.String, ast.Number, ast.Boolean, ast.Null:
		default:
			s.charge(sc, s.term(sc, t))
		}
	}
	switch {
	case ref[0].Equal(ast.InputRootDocument):
		return inputExpansion[min(len(ref), len(inputExpansion))-1]
	case ref[0].Equal(ast.DefaultRootDocument):
		return s.definitions(s.compiler.GetRulesDynamicWithOpts(ref, ast.RulesOptions{}))
	}
	return s.term(sc, ref[0])
}

// inputExpansion is what the declared type of input, and of what is one and two
// steps below it, is taken for. It is the same order for every rule.
var inputExpansion = [...]int64{1000, 100, 10}
