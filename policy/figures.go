package policy

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/types"

	"github.com/assize-dev/assize/policy/stat"
)

// Evidence states figures and the counts they come from, and rules compute the one
// from the other. In Rego a division takes microseconds and is made again for every
// group, rate and clause; here it is made once, with the numbers of Rego, so that
// what is compared and what a finding says is the same to the last digit.

// figureBuiltins compute on figures as evidence states them.
func figureBuiltins() []builtin {
	list := types.NewArray(nil, types.A)
	return []builtin{
		{
			name: "assize.misstated", about: "sizes and rates of groups that differ from what their own counts give by more than the tolerance: [{group, rate, claimed, counted}]",
			decl: types.NewFunction(types.Args(named("groups", list), named("tolerance", types.N)),
				types.NewArray(nil, record(map[string]types.Type{"group": types.N, "rate": types.S, "claimed": types.N, "counted": types.N}))),
			call: misstatedOf,
		},
		{
			name: "assize.overcounted", about: "counts of groups that are more than the whole they are part of: [{group, part, whole}]",
			decl: types.NewFunction(types.Args(named("groups", list)),
				types.NewArray(nil, record(map[string]types.Type{"group": types.N, "part": types.S, "whole": types.S}))),
			call: overcountedOf,
		},
		{
			name: "assize.measured", about: "a rate stated of n cases with its Wilson interval, corrected for the number of comparisons; one that no count gives may be either of the two around it; undefined where no rate is",
			decl: types.NewFunction(types.Args(named("value", types.A), named("n", types.A), named("level", types.N), named("comparisons", types.N)),
				record(map[string]types.Type{"point": types.N, "low": types.N, "high": types.N})),
			call: measuredOf,
		},
		{
			name: "assize.totals", about: "the sums of the figures each member of an object holds: {name: sum}",
			decl: types.NewFunction(types.Args(named("object", types.A)), types.NewObject(nil, types.NewDynamicProperty(types.A, types.N))),
			call: totalsOf,
		},
		{
			name: "assize.decimals", about: "the number written with at most three decimals",
			decl: types.NewFunction(types.Args(named("x", types.N)), named("text", types.S)),
			call: decimalsOf,
		},
	}
}

// exact is a number as Rego computes with it: a float of 64 bits, which holds every
// count there is.
func exact(n ast.Number) *big.Float {
	if i, ok := n.Int64(); ok && i != 0 { // of -0 the sign is kept
		return new(big.Float).SetInt64(i)
	}
	f, _ := new(big.Float).SetString(string(n)) // a number of JSON always is one
	return f
}

// numberOf writes a result as Rego does.
func numberOf(f *big.Float) *ast.Term {
	if f.IsInt() {
		return ast.NewTerm(ast.Number(f.Text('f', -1)))
	}
	return ast.NewTerm(ast.Number(f.Text('g', -1)))
}

// rounded is the nearest whole number, halves away from zero.
func rounded(f *big.Float) *big.Float {
	half := big.NewFloat(0.5)
	if f.Signbit() {
		half.Neg(half)
	}
	i, _ := new(big.Float).Add(f, half).Int(nil)
	return new(big.Float).SetInt(i)
}

// work charges steps to the evaluation for what a builtin does on many elements: one for
// each, or for stepElements of them where little is done with one.
func work(bctx topdown.BuiltinContext, steps int) error {
	if m, ok := bctx.Cancel.(*meter); ok && !m.work(int64(steps)) {
		return topdown.Halt{Err: &topdown.Error{Code: topdown.CancelErr, Location: bctx.Location, Message: m.reason()}}
	}
	return nil
}

// eachGroup goes through the groups that state counts.
func eachGroup(bctx topdown.BuiltinContext, t *ast.Term, fn func(at int, group, counts ast.Object) error) error {
	groups, ok := t.Value.(*ast.Array)
	if !ok {
		return fmt.Errorf("groups are %s, not an array", ast.ValueName(t.Value))
	}
	if err := work(bctx, groups.Len()); err != nil {
		return err
	}
	for i := range groups.Len() {
		group, ok := groups.Elem(i).Value.(ast.Object)
		if !ok {
			continue
		}
		if c := group.Get(keyCounts); c != nil {
			if counts, ok := c.Value.(ast.Object); ok {
				if err := fn(i, group, counts); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

var (
	keyCounts, keyGroup, keyRate     = ast.StringTerm("counts"), ast.StringTerm("group"), ast.StringTerm("rate")
	keyStated, keyCounted            = ast.StringTerm("claimed"), ast.StringTerm("counted")
	keyPart, keyWhole                = ast.StringTerm("part"), ast.StringTerm("whole")
	keyPoint, keyLow, keyHigh        = ast.StringTerm("point"), ast.StringTerm("low"), ast.StringTerm("high")
	keyN, keyPositives, keySelected  = ast.StringTerm(stat.CountN), ast.StringTerm(stat.CountPositives), ast.StringTerm(stat.CountSelected)
	keyTrueP, keyFalseP              = ast.StringTerm(stat.CountTruePositives), ast.StringTerm(stat.CountFalsePositives)
	keySelectionRate, keyTPR, keyFPR = ast.StringTerm("selection_rate"), ast.StringTerm("tpr"), ast.StringTerm("fpr")
	keyPPV                           = ast.StringTerm("ppv")

	// countParts are counts with the whole they are part of.
	countParts = [][2]*ast.Term{{keyPositives, keyN}, {keySelected, keyN}, {keyTrueP, keyPositives}, {keyFalseP, keySelected}}

	negligible = exact("0.000001")
	thousand   = exact("1000")
)

// claims are the figures a group may state, each with the counts that give it: part
// over whole, of which less are left out.
var claims = []struct{ rate, part, whole, less *ast.Term }{
	{keyN, keyN, nil, nil}, {keySelectionRate, keySelected, keyN, nil}, {keyTPR, keyTrueP, keyPositives, nil},
	{keyFPR, keyFalseP, keyN, keyPositives}, {keyPPV, keyTrueP, keySelected, nil},
}

// near reports that a claimed figure is within the tolerance by so much that no
// rounding matters, which saves exact division for nearly all of them.
func near(claimed *ast.Term, counts ast.Object, part, whole, less *ast.Term, tolerance float64) bool {
	n, ok := claimed.Value.(ast.Number)
	if !ok {
		return false
	}
	if whole == nil {
		return tolerance >= 0 && n == counts.Get(part).Value.(ast.Number)
	}
	of := func(key *ast.Term) float64 {
		if key == nil {
			return 0
		}
		count, ok := counts.Get(key).Value.(ast.Number).Float64()
		if !ok || count < 0 || count >= 1<<53 {
			return math.NaN()
		}
		return count
	}
	rate, ok := n.Float64()
	among := of(whole) - of(less)
	return ok && rate <= 1 && among >= 1 && math.Abs(of(part)/among-rate)+1e-12 < tolerance
}

// misstatedOf is the builtin assize.misstated. A count that is absent gives no rate,
// nor does one of nobody; a group without its size gives none at all.
func misstatedOf(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	limit, ok := args[1].Value.(ast.Number)
	if !ok {
		return nil, fmt.Errorf("tolerance is %s, not a number", ast.ValueName(args[1].Value))
	}
	tolerance := exact(limit)
	rough, _ := tolerance.Float64()
	var out []*ast.Term
	err := eachGroup(bctx, args[0], func(at int, group, counts ast.Object) error {
		number := func(of ast.Object, key *ast.Term) (*ast.Term, error) {
			t := of.Get(key)
			if t != nil && !isNumber(t) {
				return nil, fmt.Errorf("group %d: %s is %s, not a number", at, key, ast.ValueName(t.Value))
			}
			return t, nil
		}
		for _, key := range []*ast.Term{keyN, keyPositives, keySelected, keyTrueP, keyFalseP} {
			if _, err := number(counts, key); err != nil {
				return err
			}
		}
		n := counts.Get(keyN)
		if n == nil {
			return nil
		}
		for _, c := range claims {
			if group.Get(c.rate) == nil || slices.ContainsFunc([]*ast.Term{c.part, c.whole, c.less}, func(key *ast.Term) bool { return key != nil && counts.Get(key) == nil }) {
				continue
			}
			if near(group.Get(c.rate), counts, c.part, c.whole, c.less, rough) {
				continue
			}
			part := counts.Get(c.part)
			counted, gives := exact(part.Value.(ast.Number)), part
			if c.whole != nil {
				whole := exact(counts.Get(c.whole).Value.(ast.Number))
				if c.less != nil {
					whole.Sub(whole, exact(counts.Get(c.less).Value.(ast.Number)))
				}
				if whole.Sign() <= 0 {
					continue
				}
				counted.Quo(counted, whole)
				gives = nil
			}
			claimed, err := number(group, c.rate)
			if err != nil {
				return err
			}
			difference := exact(claimed.Value.(ast.Number))
			difference.Sub(difference, counted)
			if difference.Abs(difference).Cmp(tolerance) <= 0 {
				continue
			}
			if gives == nil {
				gives = numberOf(counted)
			}
			out = append(out, ast.ObjectTerm(
				[2]*ast.Term{keyGroup, ast.IntNumberTerm(at)}, [2]*ast.Term{keyRate, c.rate},
				[2]*ast.Term{keyStated, claimed}, [2]*ast.Term{keyCounted, gives},
			))
		}
		return nil
	})
	return ast.ArrayTerm(out...), err
}

// overcountedOf is the builtin assize.overcounted.
func overcountedOf(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	var out []*ast.Term
	err := eachGroup(bctx, args[0], func(at int, _, counts ast.Object) error {
		for _, p := range countParts {
			part, whole := counts.Get(p[0]), counts.Get(p[1])
			if part != nil && whole != nil && ast.Compare(part.Value, whole.Value) > 0 {
				out = append(out, ast.ObjectTerm([2]*ast.Term{keyGroup, ast.IntNumberTerm(at)}, [2]*ast.Term{keyPart, p[0]}, [2]*ast.Term{keyWhole, p[1]}))
			}
		}
		return nil
	})
	return ast.ArrayTerm(out...), err
}

// measuredOf is the builtin assize.measured. A value within a millionth of a share of
// n is that share; another was rounded, or made up, and its interval goes from that
// of the share below to that of the share above.
func measuredOf(_ topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	stated, ok := args[0].Value.(ast.Number)
	size, known := args[1].Value.(ast.Number)
	if !ok || !known {
		return nil, nil
	}
	value, n := exact(stated), exact(size)
	if n.Sign() <= 0 || value.Sign() < 0 || value.Cmp(big.NewFloat(1)) > 0 {
		return nil, nil
	}
	a := arguments{terms: args}
	cases, level, comparisons := a.number(1), a.number(2), a.number(3)
	if a.fault != nil {
		return nil, a.fault
	}
	product := new(big.Float).Mul(value, n)
	k := rounded(product)
	off := new(big.Float).Quo(k, n)
	off.Sub(off, value)
	if off.Abs(off).Cmp(negligible) <= 0 {
		share, _ := k.Float64()
		e, err := stat.WilsonCorrected(share, cases, level, comparisons)
		if err != nil {
			return nil, err
		}
		return termOf(e)
	}
	whole, _ := product.Int(nil)
	below, _ := new(big.Float).SetInt(whole).Float64()
	low, err := stat.WilsonCorrected(below, cases, level, comparisons)
	if err != nil {
		return nil, err
	}
	high, err := stat.WilsonCorrected(below+1, cases, level, comparisons)
	if err != nil {
		return nil, err
	}
	lowest, err := floatTerm(low.Low)
	if err != nil {
		return nil, err
	}
	highest, err := floatTerm(high.High)
	if err != nil {
		return nil, err
	}
	return ast.ObjectTerm([2]*ast.Term{keyPoint, args[0]}, [2]*ast.Term{keyLow, lowest}, [2]*ast.Term{keyHigh, highest}), nil
}

// totalsOf is the builtin assize.totals. A member that holds nothing adds up to 0, and
// what is no object has no members.
func totalsOf(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	object, ok := args[0].Value.(ast.Object)
	if !ok {
		return ast.ObjectTerm(), nil
	}
	var pairs [][2]*ast.Term
	err := object.Iter(func(name, held *ast.Term) error {
		var figures []*ast.Term
		switch v := held.Value.(type) {
		case *ast.Array:
			v.Foreach(func(t *ast.Term) { figures = append(figures, t) })
		case ast.Set:
			figures = v.Slice()
		case ast.Object:
			v.Foreach(func(_, t *ast.Term) { figures = append(figures, t) })
		}
		if err := work(bctx, len(figures)+1); err != nil {
			return err
		}
		for _, f := range figures {
			if _, ok := f.Value.(ast.Number); !ok {
				return fmt.Errorf("%s holds %s, not only numbers", clip(name.String()), ast.ValueName(f.Value))
			}
		}
		return sum(bctx, []*ast.Term{ast.ArrayTerm(figures...)}, func(total *ast.Term) error {
			pairs = append(pairs, [2]*ast.Term{name, total})
			return nil
		})
	})
	return ast.ObjectTerm(pairs...), err
}

// sum is that of Rego.
var sum = topdown.GetBuiltin(ast.Sum.Name)

// decimalsOf is the builtin assize.decimals.
func decimalsOf(_ topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	x, ok := args[0].Value.(ast.Number)
	if !ok {
		return nil, fmt.Errorf("%s is no number", ast.ValueName(args[0].Value))
	}
	if i, ok := x.Int64(); ok && i > -1e15 && i < 1e15 {
		return ast.StringTerm(strconv.FormatInt(i, 10)), nil
	}
	if near, ok := x.Float64(); ok && math.Abs(near) < 1e6 {
		// so far from a half that no rounding of the product matters
		if whole, part := math.Modf(math.Abs(near) * 1000); math.Abs(part-0.5) > 1e-3 {
			if part > 0.5 {
				whole++
			}
			return ast.StringTerm(strconv.FormatFloat(math.Copysign(whole, near)/1000+0, 'f', -1, 64)), nil
		}
	}
	f := exact(x)
	f = rounded(f.Mul(f, thousand))
	f.Quo(f, thousand)
	if f.IsInt() {
		return ast.StringTerm(f.Text('f', -1)), nil
	}
	// what Rego writes of a number is the float64 nearest to it
	near, err := strconv.ParseFloat(f.Text('g', -1), 64)
	if err != nil {
		return nil, err
	}
	return ast.StringTerm(fmt.Sprintf("%v", near)), nil
}
