package policy

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/types"

	"github.com/assize-dev/assize/policy/stat"
)

// Assessments and reports count groups of persons. Which of them are of one attribute,
// and whether there are enough of each, is asked again for every metric.

func groupBuiltins() []builtin {
	byName := types.NewObject(nil, types.NewDynamicProperty(types.A, types.A))
	return []builtin{
		{
			name: "assize.counts_by", about: "the counts of the groups of one attribute alone, by its value; {} of a group that states none",
			decl: types.NewFunction(types.Args(named("assessment", types.A), named("attribute", types.S)), byName),
			call: countsByOf,
		},
		{
			name: "assize.group_sizes", about: "which groups rates can compare: unread are those without a count a rate needs, small those whose denominator is below min_n, least is the fewest others a rate has, pairs how many of them all rates compare",
			decl: types.NewFunction(types.Args(named("groups", byName), named("rates", types.SetOfStr), named("min_n", types.A)),
				record(map[string]types.Type{
					"unread": types.NewSet(types.A), "least": types.N, "pairs": types.N,
					"small": types.NewSet(record(map[string]types.Type{"group": types.A, "rate": types.S, "n": types.A})),
				})),
			call: groupSizesOf,
		},
		{
			name: "assize.gap", about: "the greatest difference of a rate between two groups, or of true and false positive rate, with its own interval, of which low is at most the point, and the reach of all intervals that must hold together",
			decl: types.NewFunction(types.Args(named("groups", groups), named("rates", types.SetOfStr), named("precision", precision)),
				record(map[string]types.Type{"point": types.N, "low": types.N, "high": types.N, "reach": types.N, "higher": rateType, "lower": rateType})),
			call: statistic(gapOf),
		},
	}
}

var (
	keyGroups, keyAttributes   = ast.StringTerm("groups"), ast.StringTerm("attributes")
	keyUnread, keySmall        = ast.StringTerm("unread"), ast.StringTerm("small")
	keyLeast, keyPairs         = ast.StringTerm("least"), ast.StringTerm("pairs")
	subtract                   = topdown.GetBuiltin(ast.Minus.Name)
	metricSelection, metricTPR = ast.StringTerm(string(stat.SelectionRate)), ast.StringTerm(string(stat.TruePositiveRate))
	metricFPR, metricPPV       = ast.StringTerm(string(stat.FalsePositiveRate)), ast.StringTerm(string(stat.PredictiveValue))
)

// countsByOf is the builtin assize.counts_by.
func countsByOf(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	out := ast.NewObject()
	assessment, ok := args[0].Value.(ast.Object)
	if !ok {
		return ast.NewTerm(out), nil
	}
	attribute := args[1]
	take := func(t *ast.Term) error {
		group, ok := t.Value.(ast.Object)
		if !ok {
			return nil
		}
		stated := group.Get(keyAttributes)
		if stated == nil {
			return nil
		}
		attributes, ok := stated.Value.(ast.Object)
		if !ok {
			return fmt.Errorf("attributes of a group are %s, not an object", ast.ValueName(stated.Value))
		}
		value := attributes.Get(attribute)
		if value == nil || attributes.Len() != 1 {
			return nil
		}
		counts := group.Get(keyCounts)
		if counts == nil {
			counts = ast.InternedEmptyObject
		}
		if other := out.Get(value); other != nil && !other.Equal(counts) {
			return fmt.Errorf("two groups are %s %s, and their counts differ", clip(attribute.String()), clip(value.String()))
		}
		out.Insert(value, counts)
		return nil
	}
	groups := assessment.Get(keyGroups)
	if groups == nil {
		return ast.NewTerm(out), nil
	}
	var err error
	switch v := groups.Value.(type) {
	case *ast.Array:
		if err = work(bctx, v.Len()); err == nil {
			err = v.Iter(take)
		}
	case ast.Object:
		if err = work(bctx, v.Len()); err == nil {
			err = v.Iter(func(_, group *ast.Term) error { return take(group) })
		}
	}
	return ast.NewTerm(out), err
}

// denominatorOf and numeratorOf are the counts of a rate, nil where they are not stated.
func denominatorOf(bctx topdown.BuiltinContext, counts ast.Object, rate *ast.Term) (out *ast.Term, err error) {
	switch {
	case rate.Equal(metricSelection):
		return counts.Get(keyN), nil
	case rate.Equal(metricTPR):
		return counts.Get(keyPositives), nil
	case rate.Equal(metricPPV):
		return counts.Get(keySelected), nil
	case !rate.Equal(metricFPR):
		return nil, fmt.Errorf("%s is no rate of a group", clip(rate.String()))
	}
	n, positives := counts.Get(keyN), counts.Get(keyPositives)
	if n == nil || positives == nil {
		return nil, nil
	}
	err = subtract(bctx, []*ast.Term{n, positives}, func(t *ast.Term) error {
		out = t
		return nil
	})
	return out, err
}

func numeratorOf(counts ast.Object, rate *ast.Term) *ast.Term {
	switch {
	case rate.Equal(metricSelection):
		return counts.Get(keySelected)
	case rate.Equal(metricFPR):
		return counts.Get(keyFalseP)
	}
	return counts.Get(keyTrueP)
}

// groupSizesOf is the builtin assize.group_sizes.
func groupSizesOf(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	groups, ok := args[0].Value.(ast.Object)
	if !ok {
		return nil, fmt.Errorf("groups are %s, not an object", ast.ValueName(args[0].Value))
	}
	rates, ok := args[1].Value.(ast.Set)
	if !ok {
		return nil, fmt.Errorf("rates are %s, not a set", ast.ValueName(args[1].Value))
	}
	if err := work(bctx, groups.Len()*rates.Len()); err != nil {
		return nil, err
	}
	unread, small := ast.NewSet(), ast.NewSet()
	least, pairs := -1, 0
	for _, rate := range rates.Slice() {
		large := 0
		err := groups.Iter(func(group, t *ast.Term) error {
			counts, ok := t.Value.(ast.Object)
			if !ok {
				unread.Add(group)
				return nil
			}
			n, err := denominatorOf(bctx, counts, rate)
			if err != nil {
				return err
			}
			if !isNumber(n) || !isNumber(numeratorOf(counts, rate)) || !isNumber(counts.Get(keyN)) {
				unread.Add(group)
			}
			switch {
			case n == nil:
			case atMost(args[2], n):
				large++
			default:
				small.Add(ast.ObjectTerm([2]*ast.Term{keyGroup, group}, [2]*ast.Term{keyRate, rate}, [2]*ast.Term{keyN, n}))
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		if least < 0 || large < least {
			least = large
		}
		pairs += large * (large - 1) / 2
	}
	return ast.ObjectTerm(
		[2]*ast.Term{keyUnread, ast.NewTerm(unread)}, [2]*ast.Term{keySmall, ast.NewTerm(small)},
		[2]*ast.Term{keyLeast, ast.IntNumberTerm(max(least, 0))}, [2]*ast.Term{keyPairs, ast.IntNumberTerm(pairs)},
	), nil
}

func isNumber(t *ast.Term) bool {
	if t == nil {
		return false
	}
	_, ok := t.Value.(ast.Number)
	return ok
}

// gap is a [stat.Disparity] of one comparison with the reach of all.
type gap struct {
	Point  float64   `json:"point"`
	Low    float64   `json:"low"`
	High   float64   `json:"high"`
	Reach  float64   `json:"reach"`
	Higher stat.Rate `json:"higher"`
	Lower  stat.Rate `json:"lower"`
}

// gapOf is the builtin assize.gap.
func gapOf(a *arguments) (any, error) {
	groups, all := a.groups(0), a.precision(2)
	rates, ok := a.terms[1].Value.(ast.Set)
	if !ok {
		a.refuse("argument 2 is %s, not a set", ast.ValueName(a.terms[1].Value))
		return nil, nil
	}
	odds := ast.NewSet(metricTPR, metricFPR)
	of := func(p stat.Precision) (stat.Disparity, error) {
		switch {
		case rates.Compare(odds) == 0:
			return stat.EqualizedOddsDifference(groups, p)
		case rates.Len() != 1:
			return stat.Disparity{}, fmt.Errorf("%s is neither one rate nor true and false positive rate", clip(rates.String()))
		}
		rate, ok := rates.Slice()[0].Value.(ast.String)
		if !ok {
			return stat.Disparity{}, fmt.Errorf("%s is no name of a rate", clip(rates.String()))
		}
		return stat.MaxDifference(groups, stat.Metric(rate), p)
	}
	one := all
	one.Comparisons = 1
	plain, err := of(one)
	if err != nil {
		return nil, err
	}
	corrected, err := of(all)
	return gap{plain.Difference, min(plain.Low, plain.Difference), plain.High, corrected.Reach, plain.Higher, plain.Lower}, err
}
