package policy

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/types"
)

// recordsBuiltins find the records of a metric where evidence holds hundreds.
func recordsBuiltins() []builtin {
	return []builtin{{
		name: "assize.records", about: "the records of a planned metric, by name and slice, in a list of each statement; * in a slice stands for every value: [{statement, at, record}] with both places",
		decl: types.NewFunction(types.Args(named("statements", types.NewArray(nil, types.A)), named("list", types.S), named("planned", types.A)),
			types.NewArray(nil, record(map[string]types.Type{"statement": types.N, "at": types.N, "record": types.A}))),
		call: recordsOf,
	}}
}

var (
	keyStatement, keyAt, keyRecord = ast.StringTerm("statement"), ast.StringTerm("at"), ast.StringTerm("record")
	keyStatName, keySlice          = ast.StringTerm("name"), ast.StringTerm("slice")
	everyValue                     = ast.StringTerm("*")
)

// recordsOf is the builtin assize.records.
func recordsOf(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	statements, ok := args[0].Value.(*ast.Array)
	if !ok {
		return nil, fmt.Errorf("statements are %s, not an array", ast.ValueName(args[0].Value))
	}
	planned, ok := args[2].Value.(ast.Object)
	if !ok {
		return nil, nil
	}
	name := planned.Get(keyStatName)
	if name == nil {
		return ast.ArrayTerm(), nil
	}
	var found []*ast.Term
	for i := range statements.Len() {
		statement, ok := statements.Elem(i).Value.(ast.Object)
		if !ok {
			continue
		}
		held := memberOf(statement, keyPredicate).Get(args[1])
		if held == nil {
			continue
		}
		list, ok := held.Value.(*ast.Array)
		if !ok {
			continue
		}
		if err := work(bctx, list.Len()); err != nil {
			return nil, err
		}
		for k := range list.Len() {
			r, ok := list.Elem(k).Value.(ast.Object)
			if !ok {
				continue
			}
			if own := r.Get(keyStatName); own == nil || own.Value.Compare(name.Value) != 0 {
				continue
			}
			of, err := ofSlice(r, planned)
			if err != nil {
				return nil, err
			}
			if of {
				found = append(found, ast.ObjectTerm([2]*ast.Term{keyStatement, ast.InternedTerm(i)}, [2]*ast.Term{keyAt, ast.InternedTerm(k)}, [2]*ast.Term{keyRecord, list.Elem(k)}))
			}
		}
	}
	return ast.ArrayTerm(found...), nil
}

// ofSlice reports whether a record is of the slice that was planned; none is the
// whole.
func ofSlice(r, planned ast.Object) (bool, error) {
	wanted, err := sliceOf(planned)
	if err != nil {
		return false, err
	}
	given, err := sliceOf(r)
	if err != nil || wanted.Len() != given.Len() {
		return false, err
	}
	return !wanted.Until(func(attribute, value *ast.Term) bool {
		own := given.Get(attribute)
		return own == nil || value.Value.Compare(everyValue.Value) != 0 && value.Value.Compare(own.Value) != 0
	}), nil
}

func sliceOf(o ast.Object) (ast.Object, error) {
	t := o.Get(keySlice)
	if t == nil {
		return noMember, nil
	}
	slice, ok := t.Value.(ast.Object)
	if !ok {
		return nil, fmt.Errorf("a slice is %s, not an object", ast.ValueName(t.Value))
	}
	return slice, nil
}
