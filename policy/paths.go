package policy

import (
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// The type checker of OPA holds references to input against the schemas of the
// evidence, but it gives function arguments no type: what a rule hands to a function
// is anything there, and a mistyped member is undefined without a word. checkPaths
// follows values where the type checker stops: into functions, called with what each
// rule calls them with, through comprehensions and object.get.
//
// It does not see members chosen by a computed name, what comes out of a builtin
// other than object.get, array.concat, assize.concerning and assize.deployed, and
// predicates of the types of others that have no schema. A member is reported only when
// nothing that is ever handed to the place has it: a function for several types may ask
// for what only one of them has.

// pathCheck goes through one rule.
type pathCheck struct {
	compiler *ast.Compiler
	input    *outline
	known    map[string]shaped // results of definitions by what they were given
	busy     map[string]bool
	given    []shaped // arguments, kept because known names them by address
	faults   map[Fault]bool
	found    map[place]bool // names that something handed there has
	budget   int
}

// place is where a name is looked for.
type place struct {
	file string
	row  int
	name string
}

// checkPaths returns what rules of the set look for where it cannot be.
func (s *Set) checkPaths() ([]Fault, error) {
	all, found := map[Fault]bool{}, map[place]bool{}
	for _, r := range s.rules {
		schema, err := inputSchema(r.types)
		if err != nil {
			return nil, err
		}
		definitions, _ := schema["definitions"].(map[string]any)
		c := &pathCheck{compiler: r.set.compiler, input: outlineOf(schema, definitions, map[string]*outline{}),
			known: map[string]shaped{}, busy: map[string]bool{}, faults: all, found: found, budget: maxPathSteps}
		for _, e := range r.exports {
			for _, rule := range c.compiler.GetRulesExact(ast.MustParseRef("data." + r.Package).Append(ast.StringTerm(string(e)))) {
				c.rule(rule, nil)
			}
		}
		if c.budget < 0 {
			all[Fault{File: r.File, Msg: "too many ways through its functions to follow what they are called with; nothing further is checked in them"}] = true
		}
	}
	out := make([]Fault, 0, len(all))
	for f := range all {
		if !found[place{f.File, f.Row, quoted(f.Msg)}] {
			out = append(out, f)
		}
	}
	return out, nil
}

// quoted is the first name in quotes of a message.
func quoted(msg string) string {
	_, rest, _ := strings.Cut(msg, `"`)
	name, _, _ := strings.Cut(rest, `"`)
	return name
}

// rule goes through one definition, else branches included, with the shapes of its
// arguments, and gives the shape of its value.
func (c *pathCheck) rule(rule *ast.Rule, args []shaped) shaped {
	key := fmt.Sprintf("%p%s", rule, identity(args))
	if out, ok := c.known[key]; ok || c.busy[key] {
		return out
	}
	if c.budget--; c.budget < 0 {
		return nil
	}
	c.busy[key] = true
	c.given = append(c.given, args...)
	env := map[ast.Var]shaped{}
	for i, a := range rule.Head.Args {
		if v, ok := a.Value.(ast.Var); ok && i < len(args) {
			env[v] = args[i]
		}
	}
	c.body(env, rule.Body)
	var out shaped
	switch {
	case rule.Head.RuleKind() == ast.MultiValue:
		out = shaped{{elem: one(c.term(env, rule.Head.Key))}}
	case len(rule.Head.Ref()) > 1 && rule.Head.Value != nil && len(rule.Head.Args) == 0 && !rule.Head.Ref().IsGround():
		out = shaped{{elem: one(c.term(env, rule.Head.Value))}}
	case rule.Head.Value != nil:
		out = c.term(env, rule.Head.Value)
	}
	if rule.Else != nil {
		out = join(out, c.rule(rule.Else, args))
	}
	delete(c.busy, key)
	c.known[key] = out
	return out
}

func (c *pathCheck) body(env map[ast.Var]shaped, body ast.Body) {
	for _, e := range body {
		switch terms := e.Terms.(type) {
		case *ast.Term:
			c.term(env, terms)
		case *ast.Every:
			domain := c.term(env, terms.Domain)
			inner := clone(env)
			c.bind(inner, terms.Value, elements(domain))
			c.body(inner, terms.Body)
		case []*ast.Term:
			c.call(env, e, terms)
		}
	}
}

func clone(env map[ast.Var]shaped) map[ast.Var]shaped {
	out := make(map[ast.Var]shaped, len(env))
	for k, v := range env {
		out[k] = v
	}
	return out
}

func (c *pathCheck) call(env map[ast.Var]shaped, e *ast.Expr, terms []*ast.Term) {
	if (e.IsEquality() || e.IsAssignment()) && len(terms) == 3 {
		a, b := terms[1], terms[2]
		if v, ok := a.Value.(ast.Var); !ok || env[v] != nil {
			a, b = b, a
		}
		x, ok := a.Value.(*ast.Array)
		y, both := b.Value.(*ast.Array)
		if ok && both && x.Len() == y.Len() {
			for i := range x.Len() {
				c.bind(env, x.Elem(i), c.term(env, y.Elem(i)))
			}
			return
		}
		shape := c.term(env, b)
		c.term(env, a)
		c.bind(env, a, shape)
		return
	}
	args := make([]shaped, len(terms)-1)
	for i, t := range terms[1:] {
		args[i] = c.term(env, t)
	}
	result, arity := c.apply(terms[0], terms[1:], args)
	if arity < len(terms)-1 {
		c.bind(env, terms[len(terms)-1], result)
	}
}

// apply is what a function gives for its arguments, and how many it takes.
func (c *pathCheck) apply(operator *ast.Term, terms []*ast.Term, args []shaped) (shaped, int) {
	ref, ok := operator.Value.(ast.Ref)
	if !ok {
		return nil, 0
	}
	if rules := c.compiler.GetRulesExact(ref); len(rules) > 0 {
		n := min(len(rules[0].Head.Args), len(args))
		var out shaped
		for i, rule := range rules {
			got := c.rule(rule, args[:n])
			if i == 0 {
				out = got
			} else {
				out = join(out, got)
			}
		}
		return out, n
	}
	switch originalName(ref.String()) {
	case "object.get":
		if len(terms) < 3 {
			return nil, len(terms)
		}
		return c.get(args[0], terms[0], terms[1]), 3
	case "array.concat":
		if len(args) >= 2 {
			return join(args[0], args[1]), 2
		}
	case "assize.deployed":
		if len(args) >= 2 {
			return args[0], 2
		}
	case "assize.concerning":
		if len(args) >= 3 {
			list := one(args[0])
			return shaped{{fields: map[string]*outline{"those": list, "others": list}}}, 3
		}
	}
	if b, ok := ast.BuiltinMap[originalName(ref.String())]; ok {
		return nil, b.Decl.Arity()
	}
	for _, b := range engineBuiltins() {
		if b.name == ref.String() {
			return nil, b.decl.Arity()
		}
	}
	return nil, len(args)
}

// get is object.get: a name written out is held against the shape, a path as well.
func (c *pathCheck) get(of shaped, object, key *ast.Term) shaped {
	path := []*ast.Term{key}
	if list, ok := key.Value.(*ast.Array); ok {
		path = path[:0]
		list.Foreach(func(t *ast.Term) { path = append(path, t) })
	}
	for _, k := range path {
		of = c.step(of, k, object.Location, func(name string) {
			c.say(object.Location, "object.get looks for %q, which the evidence cannot have there", name)
		})
	}
	return nil // or the default, of which nothing is known
}

func (c *pathCheck) say(loc *ast.Location, format string, args ...any) {
	if loc == nil || loc.File == "" {
		return
	}
	c.faults[Fault{File: loc.File, Row: loc.Row, Msg: fmt.Sprintf(format, args...)}] = true
}

// step is what stands below a key; missing is told a name no shape has.
func (c *pathCheck) step(of shaped, key *ast.Term, loc *ast.Location, missing func(string)) shaped {
	if len(of) == 0 {
		return nil
	}
	name, written := key.Value.(ast.String)
	if !written {
		return elements(of)
	}
	var out shaped
	open := false
	for _, o := range of {
		switch {
		case o.any, o.fields == nil && o.elem == nil:
			open = open || o.any
		case o.fields == nil:
			out = append(out, o.elem)
		case o.fields[string(name)] != nil:
			out = append(out, o.fields[string(name)])
		}
	}
	switch {
	case len(out) == 0 && !open:
		missing(string(name))
	case loc != nil:
		c.found[place{loc.File, loc.Row, string(name)}] = true
	}
	if open {
		return nil
	}
	return out
}

func (c *pathCheck) bind(env map[ast.Var]shaped, pattern *ast.Term, shape shaped) {
	if v, ok := pattern.Value.(ast.Var); ok && len(shape) > 0 && env[v] == nil {
		env[v] = shape
	}
}

func (c *pathCheck) term(env map[ast.Var]shaped, t *ast.Term) shaped {
	switch v := t.Value.(type) {
	case ast.Var:
		return env[v]
	case ast.Ref:
		return c.ref(env, v)
	case ast.Call:
		args := make([]shaped, len(v)-1)
		for i, a := range v[1:] {
			args[i] = c.term(env, a)
		}
		out, _ := c.apply(v[0], v[1:], args)
		return out
	case *ast.Array:
		var elem shaped
		for i := range v.Len() {
			got := c.term(env, v.Elem(i))
			if i == 0 {
				elem = got
			} else {
				elem = join(elem, got)
			}
		}
		return shaped{{elem: one(elem)}}
	case ast.Set:
		v.Foreach(func(t *ast.Term) { c.term(env, t) })
	case ast.Object:
		o := &outline{fields: map[string]*outline{}}
		written := true
		v.Foreach(func(k, val *ast.Term) {
			name, ok := k.Value.(ast.String)
			written = written && ok
			o.fields[string(name)] = one(c.term(env, val))
		})
		if written {
			return shaped{o}
		}
	case *ast.ArrayComprehension:
		return c.comprehension(env, v.Body, v.Term)
	case *ast.SetComprehension:
		return c.comprehension(env, v.Body, v.Term)
	case *ast.ObjectComprehension:
		return c.comprehension(env, v.Body, v.Value)
	}
	return nil
}

func (c *pathCheck) comprehension(env map[ast.Var]shaped, body ast.Body, head *ast.Term) shaped {
	inner := clone(env)
	c.body(inner, body)
	return shaped{{elem: one(c.term(inner, head))}}
}

// ref follows a reference from what it starts at.
func (c *pathCheck) ref(env map[ast.Var]shaped, ref ast.Ref) shaped {
	at, rest := shaped(nil), ref[1:]
	switch {
	case ref[0].Equal(ast.InputRootDocument):
		at = shaped{c.input}
	case ref[0].Equal(ast.DefaultRootDocument):
		for n := len(ref); n > 1; n-- {
			rules := c.compiler.GetRulesExact(ref[:n].GroundPrefix())
			if len(rules) == 0 || len(ref[:n].GroundPrefix()) != n {
				continue
			}
			for i, rule := range rules {
				got := c.rule(rule, nil)
				if i == 0 {
					at = got
				} else {
					at = join(at, got)
				}
			}
			rest = ref[n:]
			break
		}
	default:
		if v, ok := ref[0].Value.(ast.Var); ok {
			at = env[v]
		}
	}
	for _, k := range rest {
		if v, ok := k.Value.(ast.Var); ok {
			c.bind(env, ast.NewTerm(v), nil)
		}
		loc := ref[0].Location
		if k.Location != nil && k.Location.File != "" {
			loc = k.Location
		}
		at = c.step(at, k, loc, func(name string) {
			c.say(loc, "%q is no member of what it is looked for in: the evidence the rule declares cannot have it there", name)
		})
		if len(at) == 0 {
			break
		}
	}
	return at
}
