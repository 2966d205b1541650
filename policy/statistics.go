package policy

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/types"

	"github.com/assize-dev/assize/policy/stat"
)

var (
	numbers = types.NewArray(nil, types.N)
	// counts by name, such as {"n": 74, "positives": 50}
	counts = types.NewObject(nil, types.NewDynamicProperty(types.S, types.N))
	// groups by name, each with its counts
	groups    = types.NewObject(nil, types.NewDynamicProperty(types.S, counts))
	precision = types.NewObject([]*types.StaticProperty{
		types.NewStaticProperty("comparisons", types.N),
		types.NewStaticProperty("level", types.N),
		types.NewStaticProperty("min_n", types.N),
	}, nil)
)

var rateType = record(map[string]types.Type{"group": types.S, "k": types.N, "n": types.N, "rate": types.N, "low": types.N, "high": types.N})

func record(members map[string]types.Type) types.Type {
	props := make([]*types.StaticProperty, 0, len(members))
	for name, t := range members {
		props = append(props, types.NewStaticProperty(name, t))
	}
	return types.NewObject(props, nil)
}

// statisticBuiltins expose package stat. Arguments are numbers and arrays of
// numbers as JSON has them; what stat refuses halts the evaluation, so a figure
// that does not exist is unassessable and never "not above the bound".
func statisticBuiltins() []builtin {
	estimate := record(map[string]types.Type{"point": types.N, "low": types.N, "high": types.N})
	rate := rateType
	excluded := types.NewArray(nil, record(map[string]types.Type{"group": types.S, "n": types.N}))
	disparity := record(map[string]types.Type{
		"metric": types.S, "higher": rate, "lower": rate, "difference": types.N, "low": types.N, "high": types.N,
		"reach": types.N, "reach_groups": types.NewArray(nil, types.S), "excluded": excluded,
	})
	impact := record(map[string]types.Type{
		"highest": types.S, "least": types.N, "least_of": types.S, "excluded": excluded,
		"groups": types.NewArray(nil, record(map[string]types.Type{"group": types.S, "selected": types.N, "n": types.N, "rate": types.N, "ratio": types.N})),
	})
	test := record(map[string]types.Type{"stat": types.N, "p": types.N, "df": types.N, "n": types.N, "m": types.N})
	trend := record(map[string]types.Type{
		"slope": types.N, "low": types.N, "high": types.N, "intercept": types.N, "median_x": types.N, "median_y": types.N,
		"n": types.N, "s": types.N, "variance": types.N,
	})
	histograms := func(result types.Type, extra ...types.Type) *types.Function {
		return types.NewFunction(append([]types.Type{named("reference", numbers), named("window", numbers)}, extra...), result)
	}
	distance := func(name, about string, fn func(reference, window []float64) (float64, error)) builtin {
		return builtin{name: name, about: about, decl: histograms(types.N), call: statistic(func(a *arguments) (any, error) {
			return scalar(fn(a.numbers(0), a.numbers(1)))
		})}
	}
	tested := func(name, about string, fn func(reference, window []float64) (stat.TestResult, error)) builtin {
		return builtin{name: name, about: about, decl: histograms(test), call: statistic(func(a *arguments) (any, error) {
			return fn(a.numbers(0), a.numbers(1))
		})}
	}
	transport := func(name, about string, fn func(reference, window, edges []float64) (float64, error)) builtin {
		return builtin{name: name, about: about, decl: histograms(types.N, named("edges", numbers)), call: statistic(func(a *arguments) (any, error) {
			return scalar(fn(a.numbers(0), a.numbers(1), a.numbers(2)))
		})}
	}
	return []builtin{
		{
			name: "assize.psi", about: "population stability index of two histograms over the same bins, shares raised to floor",
			decl: histograms(types.N, named("floor", types.N)),
			call: statistic(func(a *arguments) (any, error) { return scalar(stat.PSI(a.numbers(0), a.numbers(1), a.number(2))) }),
		},
		distance("assize.js", "Jensen-Shannon distance of two histograms, base 2, in [0, 1]", stat.JensenShannon),
		distance("assize.hellinger", "Hellinger distance of two histograms, in [0, 1]", stat.Hellinger),
		distance("assize.ks", "Kolmogorov-Smirnov statistic at the bin edges, in [0, 1]", stat.KolmogorovSmirnov),
		tested("assize.ks_test", "Kolmogorov-Smirnov statistic at the bin edges with its two-sided p: {stat, p, n, m}", stat.KolmogorovSmirnovTest),
		tested("assize.chi2_test", "chi-squared statistic of two histograms with its p: {stat, p, df, n, m}", stat.ChiSquaredTest),
		transport("assize.wasserstein", "Wasserstein-1 distance of two histograms, in the unit of the edges", stat.Wasserstein),
		transport("assize.wasserstein_normed", "Wasserstein-1 distance in standard deviations of the reference", stat.WassersteinNormed),
		{
			name: "assize.wilson", about: "rate k/n with its Wilson interval, corrected for the number of comparisons",
			decl: types.NewFunction(types.Args(named("k", types.N), named("n", types.N), named("level", types.N), named("comparisons", types.N)), estimate),
			call: statistic(func(a *arguments) (any, error) {
				return stat.WilsonCorrected(a.number(0), a.number(1), a.number(2), a.number(3))
			}),
		},
		{
			name: "assize.newcombe", about: "difference k1/n1 - k2/n2 with its Newcombe interval, corrected for the number of comparisons",
			decl: types.NewFunction(types.Args(named("k1", types.N), named("n1", types.N), named("k2", types.N), named("n2", types.N),
				named("level", types.N), named("comparisons", types.N)), estimate),
			call: statistic(func(a *arguments) (any, error) {
				return stat.NewcombeCorrected(a.number(0), a.number(1), a.number(2), a.number(3), a.number(4), a.number(5))
			}),
		},
		{
			name: "assize.rates", about: "rate of each group with its interval: {rates, excluded}",
			decl: types.NewFunction(types.Args(named("groups", groups), named("metric", types.S), named("precision", precision)),
				record(map[string]types.Type{"rates": types.NewArray(nil, rate), "excluded": excluded})),
			call: statistic(func(a *arguments) (any, error) {
				rates, left, err := stat.Rates(a.groups(0), stat.Metric(a.text(1)), a.precision(2))
				return map[string]any{"rates": rates, "excluded": left}, err
			}),
		},
		{
			name: "assize.max_difference", about: "greatest difference of a rate between two groups, with its interval and the reach of all intervals",
			decl: types.NewFunction(types.Args(named("groups", groups), named("metric", types.S), named("precision", precision)), disparity),
			call: statistic(func(a *arguments) (any, error) {
				return stat.MaxDifference(a.groups(0), stat.Metric(a.text(1)), a.precision(2))
			}),
		},
		{
			name: "assize.equalized_odds_difference", about: "the greater of the differences of true and false positive rate",
			decl: types.NewFunction(types.Args(named("groups", groups), named("precision", precision)), disparity),
			call: statistic(func(a *arguments) (any, error) {
				return stat.EqualizedOddsDifference(a.groups(0), a.precision(1))
			}),
		},
		{
			name: "assize.impact_ratio", about: "selection rate of each group over the highest; groups smaller than min_n left out",
			decl: types.NewFunction(types.Args(named("groups", groups), named("min_n", types.N)), impact),
			call: statistic(func(a *arguments) (any, error) { return stat.ImpactRatios(a.groups(0), a.number(1)) }),
		},
		{
			name: "assize.median", about: "median of some numbers",
			decl: types.NewFunction(types.Args(named("values", numbers)), types.N),
			call: statistic(func(a *arguments) (any, error) { return scalar(stat.Median(a.numbers(0))) }),
		},
		{
			name: "assize.theil_sen", about: "robust line through a series, with the interval of its slope",
			decl: types.NewFunction(types.Args(named("x", numbers), named("y", numbers), named("level", types.N)), trend),
			call: statistic(func(a *arguments) (any, error) { return stat.TheilSen(a.numbers(0), a.numbers(1), a.number(2)) }),
		},
		{
			name: "assize.crossing", about: "where the robust line through a series meets a bound it has to stay on one side of: {trend, may, likely, sure, earliest, at, latest}",
			decl: types.NewFunction(types.Args(named("x", numbers), named("y", numbers), named("level", types.N), named("bound", types.N), named("comparator", types.S)),
				record(map[string]types.Type{
					"trend": trend, "may": types.B, "likely": types.B, "sure": types.B, "earliest": types.N, "at": types.N, "latest": types.N,
				})),
			call: statistic(func(a *arguments) (any, error) {
				return stat.CrossingOf(a.numbers(0), a.numbers(1), a.number(2), a.number(3), stat.Comparator(a.text(4)))
			}),
		},
		{
			name: "assize.band", about: "mean of some values less and plus so many standard deviations: {mean, sd, low, high, n}",
			decl: types.NewFunction(types.Args(named("values", numbers), named("width", types.N)),
				record(map[string]types.Type{"mean": types.N, "sd": types.N, "low": types.N, "high": types.N, "n": types.N})),
			call: statistic(func(a *arguments) (any, error) { return stat.BandOf(a.numbers(0), a.number(1)) }),
		},
		{
			name: "assize.forecast", about: "value of the robust line through a series at a later x, with the limits its slope allows",
			decl: types.NewFunction(types.Args(named("x", numbers), named("y", numbers), named("level", types.N), named("at", types.N)), estimate),
			call: statistic(func(a *arguments) (any, error) {
				t, err := stat.TheilSen(a.numbers(0), a.numbers(1), a.number(2))
				if err != nil {
					return nil, err
				}
				return t.Forecast(a.number(3))
			}),
		},
		{
			name: "assize.judge", about: "\"pass\" when the whole interval is inside the bound, \"fail\" when the point is outside, else \"straddles\"",
			decl: types.NewFunction(types.Args(named("point", types.N), named("low", types.N), named("high", types.N),
				named("bound", types.N), named("comparator", types.S)), types.S),
			call: statistic(func(a *arguments) (any, error) {
				v, err := stat.Judge(a.number(0), a.number(1), a.number(2), a.number(3), stat.Comparator(a.text(4)))
				return string(v), err
			}),
		},
		{
			name: "assize.round", about: "the number with 12 significant digits, as every statistic has",
			decl: types.NewFunction(types.Args(named("x", types.N)), types.N),
			call: statistic(func(a *arguments) (any, error) { return stat.Round(a.number(0)), nil }),
		},
	}
}

// statistic runs a function over its arguments and turns the result into a
// term. Argument faults come first.
func statistic(fn func(*arguments) (any, error)) func(topdown.BuiltinContext, []*ast.Term) (*ast.Term, error) {
	return func(_ topdown.BuiltinContext, terms []*ast.Term) (*ast.Term, error) {
		a := &arguments{terms: terms}
		out, err := fn(a)
		if a.fault != nil {
			return nil, a.fault
		}
		if err != nil {
			return nil, err
		}
		return termOf(out)
	}
}

func scalar(x float64, err error) (any, error) { return x, err }

// arguments reads the arguments of a statistic. What cannot be read counts as
// zero until the statistic returns; then the first fault stands instead of its
// result.
type arguments struct {
	terms []*ast.Term
	fault error
}

func (a *arguments) refuse(format string, args ...any) {
	if a.fault == nil {
		a.fault = fmt.Errorf(format, args...)
	}
}

// float asks for the place only of what cannot be read.
func (a *arguments) float(t *ast.Term, place func() string) float64 {
	n, ok := t.Value.(ast.Number)
	if !ok {
		a.refuse("%s is %s, not a number", place(), ast.ValueName(t.Value))
		return 0
	}
	f, err := json.Number(n).Float64()
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		a.refuse("%s is %s, which no float64 holds", place(), clip(n.String()))
	}
	return f
}

func (a *arguments) number(i int) float64 {
	return a.float(a.terms[i], func() string { return argument(i) })
}

func argument(i int) string { return fmt.Sprintf("argument %d", i+1) }

func (a *arguments) text(i int) string {
	s, ok := a.terms[i].Value.(ast.String)
	if !ok {
		a.refuse("argument %d is %s, not a string", i+1, ast.ValueName(a.terms[i].Value))
	}
	return string(s)
}

func (a *arguments) numbers(i int) []float64 {
	list, ok := a.terms[i].Value.(*ast.Array)
	if !ok {
		a.refuse("argument %d is %s, not an array of numbers", i+1, ast.ValueName(a.terms[i].Value))
		return nil
	}
	out := make([]float64, list.Len())
	for k := range out {
		out[k] = a.float(list.Elem(k), func() string { return fmt.Sprintf("%s, element %d", argument(i), k) })
	}
	return out
}

func (a *arguments) object(t *ast.Term, place func() string) ast.Object {
	obj, ok := t.Value.(ast.Object)
	if !ok {
		a.refuse("%s is %s, not an object", place(), ast.ValueName(t.Value))
		return ast.NewObject()
	}
	return obj
}

func (a *arguments) counts(t *ast.Term, place func() string) map[string]float64 {
	out := map[string]float64{}
	a.object(t, place).Foreach(func(k, v *ast.Term) {
		name, ok := k.Value.(ast.String)
		if !ok {
			a.refuse("%s has a member named by %s, not by a string", place(), ast.ValueName(k.Value))
		}
		out[string(name)] = a.float(v, func() string { return fmt.Sprintf("%s, %q", place(), clip(string(name))) })
	})
	return out
}

func (a *arguments) groups(i int) []stat.Group {
	var out []stat.Group
	a.object(a.terms[i], func() string { return argument(i) }).Foreach(func(k, v *ast.Term) {
		name, ok := k.Value.(ast.String)
		if !ok {
			a.refuse("argument %d names a group by %s, not by a string", i+1, ast.ValueName(k.Value))
		}
		out = append(out, stat.Group{Name: string(name), Counts: a.counts(v, func() string { return fmt.Sprintf("group %q", clip(string(name))) })})
	})
	return out
}

func (a *arguments) precision(i int) stat.Precision {
	members := a.counts(a.terms[i], func() string { return argument(i) })
	names := []string{"comparisons", "level", "min_n"}
	for name := range members {
		if !slices.Contains(names, name) {
			a.refuse("%s has the unknown member %q; it is {comparisons, level, min_n}", argument(i), clip(name))
		}
	}
	for _, name := range names {
		if _, ok := members[name]; !ok {
			a.refuse("%s lacks %q", argument(i), name)
		}
	}
	return stat.Precision{MinN: members["min_n"], Level: members["level"], Comparisons: members["comparisons"]}
}
