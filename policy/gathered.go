package policy

import (
	"fmt"
	"slices"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/types"
)

// What many statements say of one thing is brought together before it is judged: the
// alarms of one id, the points of one metric, the newest statement of each kind.

func gatheredBuiltins() []builtin {
	path := types.NewArray(nil, types.S)
	return []builtin{
		{
			name: "assize.gathered", about: "what the elements of a list or object state at some paths, by what they have at another: {value: {name: values}}; those that have nothing there are left out",
			decl: types.NewFunction(types.Args(named("list", types.A), named("by", path), named("paths", types.NewObject(nil, types.NewDynamicProperty(types.S, path)))),
				types.NewObject(nil, types.NewDynamicProperty(types.A, types.NewObject(nil, types.NewDynamicProperty(types.S, types.NewSet(types.A)))))),
			call: gatheredOf,
		},
		{
			name: "assize.series", about: "records of assize.records as points {x, y}, with x in days from 2000 to the end of the window of the report and y the value; records of other reports are left out",
			decl: types.NewFunction(types.Args(named("records", types.A), named("reports", types.A)), record(map[string]types.Type{"x": types.NewArray(nil, types.N), "y": types.NewArray(nil, types.A)})),
			call: seriesOf,
		},
		{
			name: "assize.expiring", about: "the newest statement of each type and kind that has days to last, the first to end first: [{type, kind, made, until}]; one is as old as the oldest of when it was claimed, proven and what it states in some members",
			decl: types.NewFunction(types.Args(named("evidence", types.A), named("days", types.NewObject(nil, types.NewDynamicProperty(types.S, types.N))), named("members", types.NewArray(nil, types.S)), named("kind", types.S)),
				types.NewArray(nil, record(map[string]types.Type{"type": types.S, "kind": types.A, "made": types.S, "until": types.S}))),
			call: expiringOf,
		},
	}
}

var (
	keyX, keyY             = ast.StringTerm("x"), ast.StringTerm("y")
	keyMade, keyUntil      = ast.StringTerm("made"), ast.StringTerm("until")
	secondsOfDay, year2000 = ast.IntNumberTerm(86400), ast.StringTerm("2000-01-01")
	divide                 = topdown.GetBuiltin(ast.Divide.Name)
)

// gatheredOf is the builtin assize.gathered.
func gatheredOf(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	by, ok := args[1].Value.(*ast.Array)
	paths, known := args[2].Value.(ast.Object)
	if !ok || !known {
		return nil, fmt.Errorf("by and paths are %s and %s, not an array and an object", ast.ValueName(args[1].Value), ast.ValueName(args[2].Value))
	}
	out := ast.NewObject()
	err := eachElement(bctx, args[0], func(_, element *ast.Term) error {
		value := below(element, by)
		if value == nil {
			return nil
		}
		group := out.Get(value)
		if group == nil {
			group = ast.NewTerm(ast.NewObject())
			paths.Foreach(func(name, _ *ast.Term) { group.Value.(ast.Object).Insert(name, ast.SetTerm()) })
			out.Insert(value, group)
		}
		return paths.Iter(func(name, path *ast.Term) error {
			at, ok := path.Value.(*ast.Array)
			if !ok {
				return fmt.Errorf("the path of %s is %s, not an array", clip(name.String()), ast.ValueName(path.Value))
			}
			if t := below(element, at); t != nil {
				group.Value.(ast.Object).Get(name).Value.(ast.Set).Add(t)
			}
			return nil
		})
	})
	return ast.NewTerm(out), err
}

// seriesOf is the builtin assize.series.
func seriesOf(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	reports := map[int]ast.Object{}
	if err := eachElement(bctx, args[1], func(place, report *ast.Term) error {
		if n, ok := place.Value.(ast.Number); ok {
			if o, ok := report.Value.(ast.Object); ok {
				at, _ := n.Int()
				reports[at] = o
			}
		}
		return nil
	}); err != nil {
		return nil, err
	}
	var x, y []*ast.Term
	err := eachElement(bctx, args[0], func(_, found *ast.Term) error {
		row, ok := found.Value.(ast.Object)
		if !ok {
			return nil
		}
		place := numberAt(row, keyStatement)
		value := memberOf(row, keyRecord).Get(keyValue)
		if place == nil || value == nil {
			return nil
		}
		at, _ := place.Value.(ast.Number).Int()
		report, ok := reports[at]
		if !ok {
			return nil
		}
		end := memberOf(memberOf(report, keyPredicate), keyWindow).Get(keyEnd)
		if end == nil {
			return nil
		}
		seconds, err := secondsBetween(year2000, end)
		if err != nil {
			return err
		}
		return divide(bctx, []*ast.Term{seconds, secondsOfDay}, func(days *ast.Term) error {
			x, y = append(x, days), append(y, value)
			return nil
		})
	})
	return ast.ObjectTerm([2]*ast.Term{keyX, ast.ArrayTerm(x...)}, [2]*ast.Term{keyY, ast.ArrayTerm(y...)}), err
}

// expiringOf is the builtin assize.expiring. The kind of a statement is what it states
// in a member, "" where it states none.
func expiringOf(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	evidence, ok := args[0].Value.(ast.Object)
	days, known := args[1].Value.(ast.Object)
	members, listed := args[2].Value.(*ast.Array)
	if !ok || !known || !listed {
		return nil, fmt.Errorf("evidence, days and members are %s, %s and %s, not two objects and an array", ast.ValueName(args[0].Value), ast.ValueName(args[1].Value), ast.ValueName(args[2].Value))
	}
	type newest struct {
		kind, days, of *ast.Term
		made           time.Time
	}
	var rows []*newest
	err := days.Iter(func(kind, last *ast.Term) error {
		statements := evidence.Get(kind)
		if statements == nil {
			return nil
		}
		kinds := ast.NewObject() // where the row of each is
		return eachElement(bctx, statements, func(_, statement *ast.Term) error {
			made, err := madeAt(statement, members)
			if made.IsZero() || err != nil {
				return err
			}
			of := below(statement, ast.NewArray(keyPredicate, args[3]))
			if of == nil {
				of = noText
			}
			if t := kinds.Get(of); t != nil {
				at, _ := t.Value.(ast.Number).Int()
				if made.After(rows[at].made) {
					rows[at].made = made
				}
				return nil
			}
			kinds.Insert(of, ast.InternedTerm(len(rows)))
			rows = append(rows, &newest{kind: kind, days: last, of: of, made: made})
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	type row struct {
		term  *ast.Term
		until time.Time
	}
	ends := make([]row, len(rows))
	for i, r := range rows {
		n, err := integerArg(r.days, maxShift)
		if err != nil {
			return nil, err
		}
		made := ast.StringTerm(FormatInstant(r.made))
		until, err := shifted(made, n, 24*time.Hour)
		if err != nil {
			return nil, err
		}
		ends[i].term = ast.ObjectTerm([2]*ast.Term{keyType, r.kind}, [2]*ast.Term{keyKind, r.of}, [2]*ast.Term{keyMade, made}, [2]*ast.Term{keyUntil, until})
		if ends[i].until, err = instantArg(until); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(ends, func(a, b row) int { return a.until.Compare(b.until) })
	out := make([]*ast.Term, len(ends))
	for i, r := range ends {
		out[i] = r.term
	}
	return ast.ArrayTerm(out...), nil
}

// madeAt is when a statement was made; never, where it does not say when it was claimed
// or nobody proves it.
func madeAt(statement *ast.Term, members *ast.Array) (made time.Time, err error) {
	item, ok := statement.Value.(ast.Object)
	if !ok {
		return made, nil
	}
	said := []*ast.Term{item.Get(keyClaimed), item.Get(keyProven)}
	if slices.Contains(said, nil) {
		return made, nil
	}
	predicate := memberOf(item, keyPredicate)
	members.Foreach(func(member *ast.Term) {
		if t := predicate.Get(member); t != nil {
			said = append(said, t)
		}
	})
	for _, t := range said {
		at, err := instantArg(t)
		if err != nil {
			return time.Time{}, err
		}
		if made.IsZero() || at.Before(made) {
			made = at
		}
	}
	return made, nil
}
