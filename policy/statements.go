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
	return []builtin{
		{
			name: "assize.concerning", about: "of statements those whose predicate names the thing by a member, or nothing, and the others: {those, others}",
			decl: types.NewFunction(types.Args(named("statements", list), named("member", types.S), named("thing", types.A)),
				record(map[string]types.Type{"those": list, "others": list})),
			call: concerningOf,
		},
		{
			name: "assize.deployed", about: "of deployments, newest first, those that say what runs at an endpoint of the environment now and what was last asked for there, by their places",
			decl: types.NewFunction(types.Args(named("deployments", list), named("environment", types.A)), types.NewObject(nil, types.NewDynamicProperty(types.N, types.A))),
			call: deployedOf,
		},
		{
			name: "assize.refs", about: "the refs of a thing and of those of its parents that it has one of some relations to",
			decl: types.NewFunction(types.Args(named("thing", types.A), named("parents", list), named("relations", types.SetOfStr)), types.NewSet(types.A)),
			call: refsOf,
		},
	}
}

var (
	keyThose, keyOthers                     = ast.StringTerm("those"), ast.StringTerm("others")
	keyCluster, keyEndpoint                 = ast.StringTerm("cluster"), ast.StringTerm("endpoint")
	wordRunning, wordRequested, wordRetired = ast.StringTerm("running"), ast.StringTerm("requested"), ast.StringTerm("retired")
)

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

// deployedOf is the builtin assize.deployed. What runs at an endpoint is replaced by what
// runs there later and ended by what says it was retired, what was asked for by any later
// word about the endpoint. What does not name cluster or endpoint is of the one without a
// name.
func deployedOf(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	deployments, ok := args[0].Value.(*ast.Array)
	if !ok {
		return nil, fmt.Errorf("deployments are %s, not an array", ast.ValueName(args[0].Value))
	}
	if err := work(bctx, deployments.Len()); err != nil {
		return nil, err
	}
	standing, told, ran := ast.NewObject(), ast.NewSet(), ast.NewSet()
	for i := range deployments.Len() {
		deployment := deployments.Elem(i)
		item, ok := deployment.Value.(ast.Object)
		if !ok {
			continue
		}
		stated := memberOf(item, keyPredicate)
		if environment := stated.Get(keyEnvironment); environment == nil || !environment.Equal(args[1]) {
			continue
		}
		endpoint := ast.ArrayTerm(orElse(stated.Get(keyCluster), noText), orElse(stated.Get(keyEndpoint), noText))
		state := orElse(stated.Get(keyState), noText)
		runs := state.Equal(wordRunning)
		if runs && !ran.Contains(endpoint) || state.Equal(wordRequested) && !told.Contains(endpoint) {
			standing.Insert(ast.InternedTerm(i), deployment)
		}
		if told.Add(endpoint); runs || state.Equal(wordRetired) {
			ran.Add(endpoint)
		}
	}
	return ast.NewTerm(standing), nil
}

// refsOf is the builtin assize.refs.
func refsOf(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	thing, ok := args[0].Value.(ast.Object)
	if !ok {
		return nil, fmt.Errorf("the thing is %s, not an object", ast.ValueName(args[0].Value))
	}
	if _, ok := args[1].Value.(*ast.Array); !ok {
		return nil, fmt.Errorf("parents are %s, not an array", ast.ValueName(args[1].Value))
	}
	relations, ok := args[2].Value.(ast.Set)
	if !ok {
		return nil, fmt.Errorf("relations are %s, not a set", ast.ValueName(args[2].Value))
	}
	all := ast.NewSet()
	add := func(node ast.Object) error {
		refs := node.Get(keyRefs)
		if refs == nil {
			return nil
		}
		return eachElement(bctx, refs, func(_, ref *ast.Term) error {
			all.Add(ref)
			return nil
		})
	}
	err := add(thing)
	if err == nil {
		err = eachElement(bctx, args[1], func(_, t *ast.Term) error {
			parent, ok := t.Value.(ast.Object)
			if !ok {
				return nil
			}
			if relation := parent.Get(keyRelation); relation == nil || !relations.Contains(relation) {
				return nil
			}
			return add(parent)
		})
	}
	return ast.NewTerm(all), err
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
