package policy

import (
	"fmt"
	"unicode/utf8"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/types"

	"github.com/assize-dev/assize/policy/stat"
)

// Evidence holds lists of groups, records and slices, and most rules about them choose
// some by a figure and judge these. In Rego each element costs some expressions for
// every question; here it is one pass for each question.

func rowBuiltins() []builtin {
	byPlace := types.NewObject(nil, types.NewDynamicProperty(types.A, types.A))
	return []builtin{
		{
			name: "assize.where", about: "the elements of a list or object whose member at a path is <, <=, ==, >= or > than a bound, as Rego compares, by their places",
			decl: types.NewFunction(types.Args(named("list", types.A), named("path", types.NewArray(nil, types.S)), named("comparator", types.S), named("bound", types.A)), byPlace),
			call: whereOf,
		},
		{
			name: "assize.lengths", about: "how many members what the elements of a list or object have at a path has, as count counts, by their places",
			decl: types.NewFunction(types.Args(named("list", types.A), named("path", types.NewArray(nil, types.S))), types.NewObject(nil, types.NewDynamicProperty(types.A, types.N))),
			call: lengthsOf,
		},
		{
			name: "assize.verdicts", about: "what assize.verdict says of each record of a list or object, by their places, without those it says nothing of",
			decl: types.NewFunction(types.Args(named("records", types.A), named("planned", types.A), named("comparisons", types.N), metricsType),
				types.NewObject(nil, types.NewDynamicProperty(types.A, types.S))),
			call: verdictsOf,
		},
		{
			name: "assize.slices", about: "records of some names of the whole, each with the records of slices of it, which have the same name, dataset and split, by their places: [{whole, slices}]",
			decl: types.NewFunction(types.Args(named("records", types.A), named("names", types.SetOfStr)),
				types.NewArray(nil, record(map[string]types.Type{"whole": types.A, "slices": byPlace}))),
			call: slicesOf,
		},
		{
			name: "assize.counted_values", about: "values of the attributes that groups of one attribute alone have, of at least one member each: {attribute: {value}}",
			decl: types.NewFunction(types.Args(named("groups", types.A)), types.NewObject(nil, types.NewDynamicProperty(types.A, types.NewSet(types.A)))),
			call: countedValuesOf,
		},
	}
}

var (
	keyDataset, keySplit, keySlices = ast.StringTerm("dataset"), ast.StringTerm("split"), ast.StringTerm("slices")
	wordEqual                       = ast.StringTerm("==")
	noText                          = ast.StringTerm("")
)

// eachElement goes through a list or object; anything else has no elements.
func eachElement(bctx topdown.BuiltinContext, t *ast.Term, fn func(place, element *ast.Term) error) error {
	switch v := t.Value.(type) {
	case *ast.Array:
		if err := work(bctx, v.Len()); err != nil {
			return err
		}
		for i := range v.Len() {
			if err := fn(ast.InternedTerm(i), v.Elem(i)); err != nil {
				return err
			}
		}
	case ast.Object:
		if err := work(bctx, v.Len()); err != nil {
			return err
		}
		return v.Iter(fn)
	}
	return nil
}

// below is what an element has at a path of members, nil where it has none.
func below(t *ast.Term, path *ast.Array) *ast.Term {
	for i := range path.Len() {
		o, ok := t.Value.(ast.Object)
		if !ok {
			return nil
		}
		if t = o.Get(path.Elem(i)); t == nil {
			return nil
		}
	}
	return t
}

// lengthsOf is the builtin assize.lengths. What nobody can count halts the evaluation.
func lengthsOf(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	path, ok := args[1].Value.(*ast.Array)
	if !ok {
		return nil, fmt.Errorf("the path is %s, not an array", ast.ValueName(args[1].Value))
	}
	out := ast.NewObject()
	err := eachElement(bctx, args[0], func(place, element *ast.Term) error {
		t := below(element, path)
		if t == nil {
			return nil
		}
		n, err := lengthOf(t)
		if err != nil {
			return err
		}
		out.Insert(place, ast.InternedTerm(n))
		return nil
	})
	return ast.NewTerm(out), err
}

// lengthOf counts as Rego does.
func lengthOf(t *ast.Term) (int, error) {
	switch v := t.Value.(type) {
	case ast.Object:
		return v.Len(), nil
	case *ast.Array:
		return v.Len(), nil
	case ast.Set:
		return v.Len(), nil
	case ast.String:
		return utf8.RuneCountInString(string(v)), nil
	}
	return 0, fmt.Errorf("%s has no members to count", ast.ValueName(t.Value))
}

// whereOf is the builtin assize.where.
func whereOf(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	path, ok := args[1].Value.(*ast.Array)
	if !ok {
		return nil, fmt.Errorf("the path is %s, not an array", ast.ValueName(args[1].Value))
	}
	comparator := args[2]
	if !comparator.Equal(wordEqual) && !comparators.Contains(comparator) {
		return nil, fmt.Errorf("%s is no comparator; it is <, <=, ==, >= or >", clip(comparator.String()))
	}
	out := ast.NewObject()
	err := eachElement(bctx, args[0], func(place, element *ast.Term) error {
		if t := below(element, path); t != nil && stands(t, comparator, args[3]) {
			out.Insert(place, element)
		}
		return nil
	})
	return ast.NewTerm(out), err
}

// stands compares a value with a bound, as Rego compares.
func stands(value, comparator, bound *ast.Term) bool {
	word, ok := comparator.Value.(ast.String)
	if !ok {
		return false
	}
	order := ast.Compare(value.Value, bound.Value)
	switch stat.Comparator(word) {
	case stat.Below:
		return order < 0
	case stat.AtMost:
		return order <= 0
	case stat.AtLeast:
		return order >= 0
	case stat.Above:
		return order > 0
	}
	return comparator.Equal(wordEqual) && order == 0
}

// verdictsOf is the builtin assize.verdicts.
func verdictsOf(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	out := ast.NewObject()
	err := eachElement(bctx, args[0], func(place, element *ast.Term) error {
		verdict, err := verdictOf(bctx, []*ast.Term{element, args[1], args[2], args[3]})
		if verdict != nil {
			out.Insert(place, verdict)
		}
		return err
	})
	return ast.NewTerm(out), err
}

// slicesOf is the builtin assize.slices. What is no record, or is of a slice that has no
// members to count, halts the evaluation: nobody can say what it is of.
func slicesOf(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	names, ok := args[1].Value.(ast.Set)
	if !ok {
		return nil, fmt.Errorf("names are %s, not a set", ast.ValueName(args[1].Value))
	}
	type row struct {
		whole, of *ast.Term
	}
	var wholes []row
	var slices []ast.Object
	at := ast.NewObject() // where the slices of the same are
	err := eachElement(bctx, args[0], func(place, element *ast.Term) error {
		r, ok := element.Value.(ast.Object)
		if !ok {
			return fmt.Errorf("a record is %s, not an object", ast.ValueName(element.Value))
		}
		attributes := 0 // none is the whole
		if slice := r.Get(keySlice); slice != nil {
			var err error
			if attributes, err = lengthOf(slice); err != nil {
				return fmt.Errorf("a slice: %w", err)
			}
		}
		name := r.Get(keyName)
		if name == nil || !names.Contains(name) {
			return nil
		}
		of := ast.ArrayTerm(name, memberOr(r, keyDataset), memberOr(r, keySplit))
		if attributes == 0 {
			wholes = append(wholes, row{element, of})
			return nil
		}
		known := at.Get(of)
		if known == nil {
			known = ast.IntNumberTerm(len(slices))
			at.Insert(of, known)
			slices = append(slices, ast.NewObject())
		}
		i, _ := known.Value.(ast.Number).Int()
		slices[i].Insert(place, element)
		return nil
	})
	if err != nil {
		return nil, err
	}
	var out []*ast.Term
	for _, w := range wholes {
		if known := at.Get(w.of); known != nil {
			i, _ := known.Value.(ast.Number).Int()
			out = append(out, ast.ObjectTerm([2]*ast.Term{keyWhole, w.whole}, [2]*ast.Term{keySlices, ast.NewTerm(slices[i])}))
		}
	}
	return ast.ArrayTerm(out...), nil
}

func memberOr(o ast.Object, key *ast.Term) *ast.Term {
	if t := o.Get(key); t != nil {
		return t
	}
	return noText
}

// countedValuesOf is the builtin assize.counted_values.
func countedValuesOf(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	var attributes, values []*ast.Term
	at := ast.NewObject() // where the values of an attribute are
	err := eachElement(bctx, args[0], func(_, element *ast.Term) error {
		group, ok := element.Value.(ast.Object)
		if !ok {
			return nil
		}
		stated := group.Get(keyAttributes)
		if stated == nil {
			return nil
		}
		given, ok := stated.Value.(ast.Object)
		if !ok {
			return fmt.Errorf("attributes of a group are %s, not an object", ast.ValueName(stated.Value))
		}
		if n := memberOf(group, keyCounts).Get(keyN); given.Len() != 1 || n == nil || atMost(n, number0) {
			return nil
		}
		given.Foreach(func(attribute, value *ast.Term) {
			known := at.Get(attribute)
			if known == nil {
				known = ast.IntNumberTerm(len(values))
				at.Insert(attribute, known)
				attributes, values = append(attributes, attribute), append(values, ast.SetTerm())
			}
			i, _ := known.Value.(ast.Number).Int()
			values[i].Value.(ast.Set).Add(value)
		})
		return nil
	})
	if err != nil {
		return nil, err
	}
	pairs := make([][2]*ast.Term, len(values))
	for i := range pairs {
		pairs[i] = [2]*ast.Term{attributes[i], values[i]}
	}
	return ast.ObjectTerm(pairs...), nil
}
