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
	}, {
		name: "assize.as_planned", about: "of the records of a result those of a planned metric, by name and slice, on the data and the split of its plan: [{at, record}] with their places; a record may name data and a split of its own, a metric a split; plan and result are predicates",
		decl: types.NewFunction(types.Args(named("records", types.A), named("planned", types.A), named("plan", types.A), named("result", types.A)),
			types.NewArray(nil, record(map[string]types.Type{"at": types.N, "record": types.A}))),
		call: asPlannedOf,
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
		err := eachRecord(list, name, planned, func(k int, r *ast.Term) {
			found = append(found, ast.ObjectTerm([2]*ast.Term{keyStatement, ast.InternedTerm(i)}, [2]*ast.Term{keyAt, ast.InternedTerm(k)}, [2]*ast.Term{keyRecord, r}))
		})
		if err != nil {
			return nil, err
		}
	}
	return ast.ArrayTerm(found...), nil
}

// asPlannedOf is the builtin assize.as_planned. Of a plan or result without data no
// record is as planned.
func asPlannedOf(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	planned, ok := args[1].Value.(ast.Object)
	if !ok {
		return nil, nil
	}
	name := planned.Get(keyStatName)
	list, held := args[0].Value.(*ast.Array)
	plan, a := args[2].Value.(ast.Object)
	result, b := args[3].Value.(ast.Object)
	if name == nil || !held || !a || !b {
		return ast.ArrayTerm(), nil
	}
	wanted, own := plan.Get(keyDataset), result.Get(keyDataset)
	if wanted == nil || own == nil {
		return ast.ArrayTerm(), nil
	}
	if err := work(bctx, list.Len()); err != nil {
		return nil, err
	}
	split := orElse(planned.Get(keySplit), orElse(plan.Get(keySplit), noText))
	var found []*ast.Term
	err := eachRecord(list, name, planned, func(k int, t *ast.Term) {
		r := t.Value.(ast.Object)
		if orElse(r.Get(keyDataset), own).Equal(wanted) && orElse(r.Get(keySplit), orElse(result.Get(keySplit), noText)).Equal(split) {
			found = append(found, ast.ObjectTerm([2]*ast.Term{keyAt, ast.InternedTerm(k)}, [2]*ast.Term{keyRecord, t}))
		}
	})
	if err != nil {
		return nil, err
	}
	return ast.ArrayTerm(found...), nil
}

func orElse(t, otherwise *ast.Term) *ast.Term {
	if t == nil {
		return otherwise
	}
	return t
}

// eachRecord yields the records of a list that have the name and the slice of what was
// planned, with their places.
func eachRecord(list *ast.Array, name *ast.Term, planned ast.Object, yield func(int, *ast.Term)) error {
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
			return err
		}
		if of {
			yield(k, list.Elem(k))
		}
	}
	return nil
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
