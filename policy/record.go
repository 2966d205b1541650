package policy

import (
	"errors"
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/types"

	"github.com/assize-dev/assize/policy/stat"
)

// Results and reports state figures as records: name, value, number of cases and an
// interval. Rules hold each to a bound; what that takes is the same for all of them.

// metricsType says which names are of a share of cases, which of another figure between
// 0 and 1, and which level an interval has to have.
var metricsType = named("metrics", record(map[string]types.Type{"rates": types.SetOfStr, "shares": types.SetOfStr, "level": types.N}))

func recordBuiltins() []builtin {
	return []builtin{
		{
			name: "assize.interval", about: "the interval of a recorded figure: of a share of cases computed from value and n, of another the claimed one, if it goes around a possible value at the level or above; undefined where there is none",
			decl: types.NewFunction(types.Args(named("record", types.A), named("comparisons", types.N), metricsType),
				record(map[string]types.Type{"point": types.A, "low": types.A, "high": types.A, "source": types.S})),
			call: func(_ topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
				r, err := readRecord(args[0], args[2])
				if r == nil || err != nil {
					return nil, err
				}
				return r.interval(args[1])
			},
		},
		{
			name: "assize.verdict", about: "a recorded figure against a planned threshold: as assize.judge says of its interval, or fail when it has none and lies outside; undefined of fewer cases than planned, and where nothing can be told",
			decl: types.NewFunction(types.Args(named("record", types.A), named("planned", types.A), named("comparisons", types.N), metricsType), types.S),
			call: verdictOf,
		},
		{
			name: "assize.counted", about: "a share counted, k of n cases, with its Wilson interval against a planned threshold: pass, fail or straddles; undefined of fewer cases than planned, and of a comparator that sets no bound",
			decl: types.NewFunction(types.Args(named("k", types.N), named("n", types.N), named("planned", types.A), named("level", types.N), named("comparisons", types.N)), types.S),
			call: countedOf,
		},
		{
			name: "assize.alike", about: "positions of the records that state what another does: all members named, and those with a default, which stands for the ones that are not stated",
			decl: types.NewFunction(types.Args(named("records", types.A), named("record", types.A), named("members", types.SetOfStr), named("defaults", types.NewObject(nil, types.NewDynamicProperty(types.S, types.A)))),
				types.NewArray(nil, types.A)),
			call: alikeOf,
		},
	}
}

var (
	keyValue, keyCILow, keyCIHigh, keyCILevel = ast.StringTerm("value"), ast.StringTerm("ci_low"), ast.StringTerm("ci_high"), ast.StringTerm("ci_level")
	keyRates, keyShares                       = ast.StringTerm("rates"), ast.StringTerm("shares")
	keySource, wordComputed, wordClaimed      = ast.StringTerm("source"), ast.StringTerm("computed"), ast.StringTerm("claimed")
	keyThreshold, keyComparator, keyMinN      = ast.StringTerm("threshold"), ast.StringTerm("comparator"), ast.StringTerm("min_n")
	number0, number1                          = ast.IntNumberTerm(0), ast.IntNumberTerm(1)
)

// recorded is a figure of evidence with what is known of its name.
type recorded struct {
	ast.Object
	rates, shares ast.Set
	level         *ast.Term
}

// readRecord gives nil where no record is.
func readRecord(t, metrics *ast.Term) (*recorded, error) {
	known, ok := metrics.Value.(ast.Object)
	if !ok {
		return nil, fmt.Errorf("metrics are %s, not an object", ast.ValueName(metrics.Value))
	}
	rates, shares, level := known.Get(keyRates), known.Get(keyShares), known.Get(keyLevel)
	if rates == nil || shares == nil || level == nil {
		return nil, fmt.Errorf("metrics are {level, rates, shares}, not %s", clip(metrics.String()))
	}
	r := recorded{level: level}
	if r.rates, ok = rates.Value.(ast.Set); !ok {
		return nil, fmt.Errorf("rates of metrics are %s, not a set", ast.ValueName(rates.Value))
	}
	if r.shares, ok = shares.Value.(ast.Set); !ok {
		return nil, fmt.Errorf("shares of metrics are %s, not a set", ast.ValueName(shares.Value))
	}
	if r.Object, ok = t.Value.(ast.Object); !ok {
		return nil, nil
	}
	return &r, nil
}

// atMost compares as Rego does; nothing is at most what is not there.
func atMost(a, b *ast.Term) bool { return a != nil && b != nil && ast.Compare(a.Value, b.Value) <= 0 }

// possible: of a case at least, and a share within its bounds.
func (r *recorded) possible(name, value *ast.Term) bool {
	n := r.Get(keyN)
	if n == nil || atMost(n, number0) {
		return false
	}
	return !r.shares.Contains(name) || atMost(number0, value) && atMost(value, number1)
}

func (r *recorded) interval(comparisons *ast.Term) (*ast.Term, error) {
	name, value := r.Get(keyName), r.Get(keyValue)
	if name == nil || value == nil {
		return nil, nil
	}
	if r.rates.Contains(name) {
		n := r.Get(keyN)
		if n == nil {
			return nil, nil
		}
		t, err := measuredOf(topdown.BuiltinContext{}, []*ast.Term{value, n, r.level, comparisons})
		if t == nil || err != nil {
			return nil, err
		}
		computed := t.Value.(ast.Object)
		return between(computed.Get(keyPoint), computed.Get(keyLow), computed.Get(keyHigh), wordComputed), nil
	}
	low, high := r.Get(keyCILow), r.Get(keyCIHigh)
	if !r.possible(name, value) || !atMost(r.level, r.Get(keyCILevel)) || !atMost(low, value) || !atMost(value, high) {
		return nil, nil
	}
	return between(value, low, high, wordClaimed), nil
}

func between(point, low, high, source *ast.Term) *ast.Term {
	return ast.ObjectTerm([2]*ast.Term{keyPoint, point}, [2]*ast.Term{keyLow, low}, [2]*ast.Term{keyHigh, high}, [2]*ast.Term{keySource, source})
}

// verdictOf is the builtin assize.verdict.
func verdictOf(_ topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	r, err := readRecord(args[0], args[3])
	if r == nil || err != nil {
		return nil, err
	}
	interval, err := r.interval(args[2])
	if err != nil {
		return nil, err
	}
	planned, ok := args[1].Value.(ast.Object)
	if !ok {
		return nil, fmt.Errorf("what was planned is %s, not an object", ast.ValueName(args[1].Value))
	}
	n, least := r.Get(keyN), planned.Get(keyMinN)
	if !atMost(number1, n) || least != nil && !atMost(least, n) {
		return nil, nil
	}
	value, comparator, threshold := r.Get(keyValue), planned.Get(keyComparator), planned.Get(keyThreshold)
	if value == nil || comparator == nil || threshold == nil || !comparators.Contains(comparator) {
		return nil, nil
	}
	if interval == nil {
		if outside(value, comparator.Value, threshold) {
			return wordFail, nil
		}
		return nil, nil
	}
	of := interval.Value.(ast.Object)
	var a arguments
	number := func(t *ast.Term, name string) float64 { return a.float(t, func() string { return name }) }
	point, low, high, bound := number(value, "value"), number(of.Get(keyLow), "ci_low"), number(of.Get(keyHigh), "ci_high"), number(threshold, "threshold")
	verdict, err := stat.Judge(point, low, high, bound, stat.Comparator(comparator.Value.(ast.String)))
	if a.fault != nil {
		return nil, a.fault
	}
	return ast.InternedTerm(string(verdict)), err
}

// countedOf is the builtin assize.counted.
func countedOf(_ topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	planned, ok := args[2].Value.(ast.Object)
	if !ok {
		return nil, nil
	}
	comparator, threshold := planned.Get(keyComparator), planned.Get(keyThreshold)
	if comparator == nil || !comparators.Contains(comparator) || !atMost(orElse(planned.Get(keyMinN), number1), args[1]) {
		return nil, nil
	}
	a := arguments{terms: args}
	k, n, level, comparisons := a.number(0), a.number(1), a.number(3), a.number(4)
	if a.fault != nil {
		return nil, a.fault
	}
	e, err := stat.WilsonCorrected(k, n, level, comparisons)
	if threshold == nil || err != nil {
		return nil, err
	}
	bound := a.float(threshold, func() string { return "threshold" })
	if a.fault != nil {
		return nil, a.fault
	}
	verdict, err := stat.Judge(e.Point, e.Low, e.High, bound, stat.Comparator(comparator.Value.(ast.String)))
	if err != nil {
		return nil, err
	}
	return ast.InternedTerm(string(verdict)), nil
}

var (
	comparators = ast.NewSet(ast.StringTerm(string(stat.AtMost)), ast.StringTerm(string(stat.Below)), ast.StringTerm(string(stat.AtLeast)), ast.StringTerm(string(stat.Above)))
	wordFail    = ast.StringTerm(string(stat.Fail))
)

// outside compares as Rego does.
func outside(value *ast.Term, comparator ast.Value, threshold *ast.Term) bool {
	order := ast.Compare(value.Value, threshold.Value)
	switch stat.Comparator(comparator.(ast.String)) {
	case stat.AtMost:
		return order > 0
	case stat.Below:
		return order >= 0
	case stat.AtLeast:
		return order < 0
	}
	return order <= 0
}

// alikeOf is the builtin assize.alike. What is no record halts the evaluation: nobody
// can say what it states.
func alikeOf(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	members, ok := args[2].Value.(ast.Set)
	if !ok {
		return nil, fmt.Errorf("members are %s, not a set", ast.ValueName(args[2].Value))
	}
	defaults, ok := args[3].Value.(ast.Object)
	if !ok {
		return nil, fmt.Errorf("defaults are %s, not an object", ast.ValueName(args[3].Value))
	}
	var found []*ast.Term
	compare := func(place, t *ast.Term) error {
		a, ok := args[1].Value.(ast.Object)
		b, also := t.Value.(ast.Object)
		if !ok || !also {
			return fmt.Errorf("%s and %s are compared, and one is no record", clip(args[1].String()), clip(t.String()))
		}
		same := members.Iter(func(name *ast.Term) error { return equalMembers(a.Get(name), b.Get(name), nil) }) == nil &&
			defaults.Iter(func(name, value *ast.Term) error { return equalMembers(a.Get(name), b.Get(name), value) }) == nil
		if same {
			found = append(found, place)
		}
		return nil
	}
	var err error
	switch v := args[0].Value.(type) {
	case *ast.Array:
		if err = work(bctx, v.Len()); err != nil {
			return nil, err
		}
		for i := 0; i < v.Len() && err == nil; i++ {
			err = compare(ast.IntNumberTerm(i), v.Elem(i))
		}
	case ast.Object:
		if err = work(bctx, v.Len()); err == nil {
			err = v.Iter(compare)
		}
	}
	if err != nil {
		return nil, err
	}
	return ast.ArrayTerm(found...), nil
}

// equalMembers gives an error of two members that are not both there and alike.
func equalMembers(a, b, otherwise *ast.Term) error {
	if a == nil {
		a = otherwise
	}
	if b == nil {
		b = otherwise
	}
	if a == nil || b == nil || !a.Equal(b) {
		return errDiffer
	}
	return nil
}

var errDiffer = errors.New("the records differ")
