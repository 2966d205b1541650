package policy

import (
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
)

// TestCompact: the rules mean what they meant, equal leaves are one, and places that
// errors name stay.
func TestCompact(t *testing.T) {
	compiled := func() *ast.Compiler {
		c := ast.NewCompiler()
		c.Compile(map[string]*ast.Module{
			"a.rego": ast.MustParseModule(`package a

p contains {"n": n, "all": [x | some x in input.list; x.n > 1], "of": {x | some x in {1, "a"}}} if {
	some i, n in input.list
	not q(n)
	every m in n.members { m.n == data.b.n }
}

q(n) := {k: v | some k, v in n} if n.on
else := false`),
			"b.rego": ast.MustParseModule("package b\nn := input.list"),
		})
		if c.Failed() {
			t.Fatal(c.Errors)
		}
		return c
	}
	before, after := compiled(), compiled()
	rules := after.GetRulesExact(ast.MustParseRef("data.a.q"))
	compact(after)
	for file, m := range before.Modules {
		if got := after.Modules[file]; !got.Equal(m) {
			t.Errorf("%s\nwas\n%s", got, m)
		}
	}
	if now := after.GetRulesExact(ast.MustParseRef("data.a.q")); now[0] != rules[0] {
		t.Error("indices know another rule")
	}
	leaves, refs, places := map[string]*ast.Term{}, 0, map[int]bool{}
	for _, m := range after.Modules {
		for _, r := range m.Rules {
			ast.WalkTerms(r.Body, func(term *ast.Term) bool {
				if ref, ok := term.Value.(ast.Ref); ok && ref[0].Equal(ast.InputRootDocument) {
					refs++
					places[ref[0].Location.Row] = true
				}
				if s, ok := term.Value.(ast.String); ok {
					if was := leaves[string(s)]; was != nil && was != term {
						t.Errorf("%q is held twice", s)
					}
					leaves[string(s)] = term
				}
				return false
			})
		}
	}
	if refs != 3 || len(places) != 3 || leaves["list"] == nil {
		t.Errorf("%d references to the input in %d places, leaves %v", refs, len(places), leaves)
	}
}
