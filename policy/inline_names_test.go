package policy

import (
	"regexp"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
)

var local = regexp.MustCompile(`__local[0-9]+__`) // a variable the compiler made

// TestInlineNames: what has one plain meaning is put where it is named, and nothing else
// is. Each body is written as the compiler leaves it.
func TestInlineNames(t *testing.T) {
	const library = `package assize.lib.l

decimals(x) := assize.decimals(x)
empty(x) if count(x, 0)
same(x) if x == "a"
first(x, _) := assize.decimals(x)
twice(x) := concat("", [x, x])
either(x) if x == "a"
either(x) if x == "b"
several(x) := y if walk(x, [_, y])
pattern({"n": n}) := assize.decimals(n)
five(x) := 5 if count(x, 5)
twin(x) := y if y = x
words := {"a", "b"}
bounds := {"a": 1}
none := null
`
	for name, c := range map[string]struct{ rule, want string }{
		"a place":             {`p if data.t.plans[0].n == 1`, `input.evidence.plan[0].n = 1`},
		"a place in a loop":   {`p if { some x in data.t.plans; x.n == 1 }`, `v = input.evidence.plan[v]; v.n = 1`},
		"a place denied":      {`p if not data.t.plans[0]`, `not input.evidence.plan[0]`},
		"a place in a list":   {`p := [x | x := data.t.plans[_]]`, `v = [v | v = input.evidence.plan[_]]`},
		"a place that moves":  {`p if data.t.moving == 1`, `data.t.moving = 1`},
		"a name by a name":    {`p if { some n in ["plans"]; data.t[n] }`, `data.t[`},
		"a constant":          {`p if input.x in data.assize.lib.l.words`, `{"a", "b"}`},
		"nothing":             {`p if input.x == data.assize.lib.l.none`, `input.x = null`},
		"part of a constant":  {`p if data.assize.lib.l.bounds.a == 1`, `data.assize.lib.l.bounds.a = 1`},
		"what is not one":     {`p if data.t.made == {"a": 1}`, `data.t.made = {"a": 1}`},
		"a list of others":    {`p if data.t.listed == [1]`, `data.t.listed = [1]`},
		"a default":           {`p if data.t.standing == 1`, `data.t.standing = 1`},
		"a call":              {`p := data.assize.lib.l.decimals(input.x)`, `assize.decimals(v, v)`},
		"a call that holds":   {`p if data.assize.lib.l.empty(input.x)`, `count(v, 0)`},
		"a call for nothing":  {`p if data.assize.lib.l.decimals(input.x)`, `assize.decimals(v)`},
		"a call denied":       {`p if not data.assize.lib.l.empty(input.x)`, `not count(v, 0)`},
		"a comparison":        {`p if data.assize.lib.l.same(input.x)`, `v = "a"`},
		"what holds, as said": {`p := data.assize.lib.l.empty(input.x)`, `data.assize.lib.l.empty(`},
		"less than it takes":  {`p := data.assize.lib.l.first(input.x, 1)`, `data.assize.lib.l.first(`},
		"two calls":           {`p := data.assize.lib.l.twice(input.x)`, `data.assize.lib.l.twice(`},
		"two definitions":     {`p if data.assize.lib.l.either(input.x)`, `data.assize.lib.l.either(`},
		"many results":        {`p := data.assize.lib.l.several(input.x)`, `data.assize.lib.l.several(`},
		"a pattern":           {`p := data.assize.lib.l.pattern(input.x)`, `data.assize.lib.l.pattern(`},
		"another result":      {`p := data.assize.lib.l.five(input.x)`, `data.assize.lib.l.five(`},
		"the parameter":       {`p := data.assize.lib.l.twin(input.x)`, `data.assize.lib.l.twin(`},
	} {
		t.Run(name, func(t *testing.T) {
			caps := capabilities()
			modules := map[string]*ast.Module{}
			for file, text := range map[string]string{
				"l": library,
				"t": "package t\nplans := input.evidence.plan\nmoving := input.evidence[input.x]\nmade := {\"a\": input.x}\nlisted := [y | some y in input.x]\ndefault standing := 1\nstanding := input.x\n" + c.rule,
			} {
				m, err := ast.ParseModuleWithOpts(file, text, parserOptions(caps))
				if err != nil {
					t.Fatal(err)
				}
				modules[file] = m
			}
			compiler := newCompiler(caps, nil, func(string) bool { return false }).WithStrict(false)
			inlineNames(compiler)
			if compiler.Compile(modules); compiler.Failed() {
				t.Fatal(compiler.Errors)
			}
			rules := compiler.GetRulesExact(ast.MustParseRef("data.t.p"))
			if got := local.ReplaceAllString(rules[0].Body.String(), "v"); !strings.Contains(got, c.want) {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}
