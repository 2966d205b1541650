package policy

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/types"
)

// Evidence states answers, checks and rates, and rules hold them against themselves: an
// answer says something, a value stands to its bound as the check says, a rate is what
// its counts give. Here it is one pass for all that one object or list states.

// statedBuiltins look at what evidence states.
func statedBuiltins() []builtin {
	names := types.NewArray(nil, types.S)
	return []builtin{
		{
			name: "assize.unfilled", about: "which of some members of an object are absent or say nothing, as assize.meaningful tells",
			decl: types.NewFunction(types.Args(named("object", types.A), named("members", types.SetOfStr), named("fillers", types.SetOfStr)), types.SetOfStr),
			call: unfilledOf,
		},
		{
			name: "assize.unsaid", about: "the elements of a list or object that say nothing at a path, as assize.meaningful tells, by their places",
			decl: types.NewFunction(types.Args(named("list", types.A), named("path", names), named("fillers", types.SetOfStr)), types.NewObject(nil, types.NewDynamicProperty(types.A, types.A))),
			call: unsaidOf,
		},
		{
			name: "assize.upheld", about: "the elements of a list or object that hold by what they state themselves, by their places: the member named first stands to that named last as the comparator between them says, or none of the three is stated",
			decl: types.NewFunction(types.Args(named("list", types.A), named("names", types.NewArray([]types.Type{types.S, types.S, types.S}, nil))), types.NewObject(nil, types.NewDynamicProperty(types.A, types.A))),
			call: upheldOf,
		},
		{
			name: "assize.misrated", about: "rates of an object that differ by more than the tolerance from what its counts give, the count named first over the product of the others: [{rate, claimed, counted}]",
			decl: types.NewFunction(types.Args(named("object", types.A), named("rates", types.NewObject(nil, types.NewDynamicProperty(types.S, names))), named("tolerance", types.N)),
				types.NewArray(nil, record(map[string]types.Type{"rate": types.S, "claimed": types.N, "counted": types.N}))),
			call: misratedOf,
		},
	}
}

// unfilledOf is the builtin assize.unfilled.
func unfilledOf(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	members, ok := args[1].Value.(ast.Set)
	if !ok {
		return nil, fmt.Errorf("members are %s, not a set", ast.ValueName(args[1].Value))
	}
	object, ok := args[0].Value.(ast.Object)
	if !ok {
		return nil, fmt.Errorf("what has members is %s, not an object", ast.ValueName(args[0].Value))
	}
	if err := work(bctx, members.Len()); err != nil {
		return nil, err
	}
	out := ast.NewSet()
	err := members.Iter(func(member *ast.Term) error {
		if stated := object.Get(member); stated != nil {
			if says, err := meaningfulOf(bctx, []*ast.Term{stated, args[2]}); err != nil || says.Equal(ast.InternedTerm(true)) {
				return err
			}
		}
		out.Add(member)
		return nil
	})
	return ast.NewTerm(out), err
}

// unsaidOf is the builtin assize.unsaid.
func unsaidOf(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	path, ok := args[1].Value.(*ast.Array)
	if !ok {
		return nil, fmt.Errorf("the path is %s, not an array", ast.ValueName(args[1].Value))
	}
	out := ast.NewObject()
	err := eachElement(bctx, args[0], func(place, element *ast.Term) error {
		if _, ok := element.Value.(ast.Object); !ok && path.Len() > 0 {
			return fmt.Errorf("element %s is %s, not an object", place, ast.ValueName(element.Value))
		}
		if stated := below(element, path); stated != nil {
			if says, err := meaningfulOf(bctx, []*ast.Term{stated, args[2]}); err != nil || says.Equal(ast.InternedTerm(true)) {
				return err
			}
		}
		out.Insert(place, element)
		return nil
	})
	return ast.NewTerm(out), err
}

// upheldOf is the builtin assize.upheld. A member that is null is not stated; with one or
// two of three nothing can be told, nor with a comparator that is none.
func upheldOf(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	names, ok := args[1].Value.(*ast.Array)
	if !ok || names.Len() != 3 {
		return nil, fmt.Errorf("%s does not name value, comparator and bound", clip(args[1].String()))
	}
	out := ast.NewObject()
	err := eachElement(bctx, args[0], func(place, element *ast.Term) error {
		check, ok := element.Value.(ast.Object)
		if !ok {
			return nil
		}
		var given []*ast.Term
		for i := range names.Len() {
			if t := check.Get(names.Elem(i)); t != nil && !t.Equal(ast.NullTerm()) {
				given = append(given, t)
			}
		}
		if len(given) == 0 || len(given) == 3 && stands(given[0], given[1], given[2]) {
			out.Insert(place, element)
		}
		return nil
	})
	return ast.NewTerm(out), err
}

// misratedOf is the builtin assize.misrated. A count that is absent gives no rate, nor
// does one of nobody; it reckons with Rego's own builtins.
func misratedOf(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	rates, ok := args[1].Value.(ast.Object)
	if !ok {
		return nil, fmt.Errorf("rates are %s, not an object", ast.ValueName(args[1].Value))
	}
	if !isNumber(args[2]) {
		return nil, fmt.Errorf("tolerance is %s, not a number", ast.ValueName(args[2].Value))
	}
	object, ok := args[0].Value.(ast.Object)
	if !ok {
		return nil, fmt.Errorf("what claims rates is %s, not an object", ast.ValueName(args[0].Value))
	}
	if err := work(bctx, rates.Len()); err != nil {
		return nil, err
	}
	var out []*ast.Term
	err := rates.Iter(func(rate, of *ast.Term) error {
		counts, ok := of.Value.(*ast.Array)
		if !ok || counts.Len() == 0 {
			return fmt.Errorf("%s names no counts", clip(rate.String()))
		}
		whole := ast.InternedTerm(1)
		for i := 1; i < counts.Len(); i++ {
			n := object.Get(counts.Elem(i))
			if n == nil {
				n = number0
			}
			if !isNumber(n) {
				return fmt.Errorf("%s is %s, not a number", counts.Elem(i), ast.ValueName(n.Value))
			}
			if i == 1 {
				whole = n
			} else {
				whole = reckoned(bctx, times, whole, n)
			}
		}
		claimed, part := object.Get(rate), object.Get(counts.Elem(0))
		if claimed == nil || !isNumber(part) || atMost(whole, number0) {
			return nil
		}
		if !isNumber(claimed) {
			return fmt.Errorf("%s is %s, not a number", rate, ast.ValueName(claimed.Value))
		}
		counted := reckoned(bctx, divide, part, whole)
		if off := reckoned(bctx, absolute, reckoned(bctx, minus, claimed, counted)); !atMost(off, args[2]) {
			out = append(out, ast.ObjectTerm([2]*ast.Term{keyRate, rate}, [2]*ast.Term{keyStated, claimed}, [2]*ast.Term{keyCounted, counted}))
		}
		return nil
	})
	return ast.ArrayTerm(out...), err
}

// Arithmetic of Rego.
var (
	times, minus = topdown.GetBuiltin(ast.Multiply.Name), topdown.GetBuiltin(ast.Minus.Name)
	absolute     = topdown.GetBuiltin(ast.Abs.Name)
)

// reckoned is what a builtin of Rego gives of numbers; none here divides by 0.
func reckoned(bctx topdown.BuiltinContext, op topdown.BuiltinFunc, numbers ...*ast.Term) (out *ast.Term) {
	_ = op(bctx, numbers, func(t *ast.Term) error { // fails of what is no number
		out = t
		return nil
	})
	return out
}
