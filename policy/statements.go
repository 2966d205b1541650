package policy

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/types"
)

// A statement may name several subjects and speak of one of them, so nearly every
// rule asks of all it reads whether it is evidence about the thing judged.

// statementBuiltins sort statements.
func statementBuiltins() []builtin {
	list := types.NewArray(nil, types.A)
	return []builtin{{
		name: "assize.concerning", about: "of statements those whose predicate names the thing by a member, or nothing, and the others: {those, others}",
		decl: types.NewFunction(types.Args(named("statements", list), named("member", types.S), named("thing", types.A)),
			record(map[string]types.Type{"those": list, "others": list})),
		call: concerningOf,
	}}
}

var keyThose, keyOthers = ast.StringTerm("those"), ast.StringTerm("others")

// concerningOf is the builtin assize.concerning. A statement that names nothing speaks
// of the thing by its ref, and of a thing without refs no statement speaks.
func concerningOf(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	statements, ok := args[0].Value.(*ast.Array)
	if !ok {
		return nil, fmt.Errorf("statements are %s, not an array", ast.ValueName(args[0].Value))
	}
	thing, ok := args[2].Value.(ast.Object)
	if !ok {
		return nil, fmt.Errorf("the thing is %s, not an object", ast.ValueName(args[2].Value))
	}
	if err := work(bctx, statements.Len()); err != nil {
		return nil, err
	}
	ref, refs := thing.Get(keyRef), thing.Get(keyRefs)
	var those, others []*ast.Term
	for i := range statements.Len() {
		statement := statements.Elem(i)
		var stated *ast.Term
		if item, ok := statement.Value.(ast.Object); ok {
			stated = item.Get(keyPredicate)
		}
		if stated != nil {
			predicate, ok := stated.Value.(ast.Object)
			if !ok {
				return nil, fmt.Errorf("the predicate of statement %d is %s, not an object", i, ast.ValueName(stated.Value))
			}
			if stated = predicate.Get(args[1]); stated == nil {
				stated = ref
			}
		}
		if stated != nil && refs != nil && holdsTerm(refs, stated) {
			those = append(those, statement)
		} else {
			others = append(others, statement)
		}
	}
	return ast.ObjectTerm([2]*ast.Term{keyThose, ast.ArrayTerm(those...)}, [2]*ast.Term{keyOthers, ast.ArrayTerm(others...)}), nil
}

// holdsTerm reports whether a list or set has the element.
func holdsTerm(list, t *ast.Term) bool {
	switch v := list.Value.(type) {
	case *ast.Array:
		for i := range v.Len() {
			if v.Elem(i).Equal(t) {
				return true
			}
		}
	case ast.Set:
		return v.Contains(t)
	}
	return false
}
