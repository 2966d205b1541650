package policy

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/types"

	"github.com/assize-dev/assize/policy/stat"
)

// A plan names what is monitored, reports state a statistic with its histogram for
// each, and several rules hold the one against the other by several methods. Matching
// them and computing each statistic again is the same for all of these rules; what is
// too much is theirs to say.

func monitoredBuiltins() []builtin {
	list, features, places := types.NewArray(nil, types.A), types.NewSet(types.A), types.NewSet(types.A)
	return []builtin{
		{
			name: "assize.monitored", about: "what a plan and monitoring reports say of drift by some methods {features, output}: {features} that either speaks of, those {rebased} by assize.rebased, and {entries} as of assize.drifts of the reports at some places",
			decl: types.NewFunction(types.Args(named("plan", types.A), named("reports", list), named("places", places), named("methods", types.A)),
				record(map[string]types.Type{"features": features, "entries": list, "rebased": features})),
			call: monitoredOf,
		},
		{
			name: "assize.recomputed", about: "drifts of the reports at some places, each with the cases n of its histogram, those its window had (of), and, from min_n cases on and of no more than the window had unless overfull, the value its counts give, with p and reference cases m of a test; precision is {floor, min_n, overfull}",
			decl: types.NewFunction(types.Args(named("drifts", list), named("reports", list), named("places", places), named("precision", types.A)), list),
			call: recomputedOf,
		},
		{
			name: "assize.left_out", about: "the features without an entry in the report at each of some places: {place: features}, without those that lack none",
			decl: types.NewFunction(types.Args(named("features", features), named("entries", list), named("places", places)),
				types.NewObject(nil, types.NewDynamicProperty(types.A, features))),
			call: leftOutOf,
		},
		{
			name: "assize.planned", about: "what the metrics of a plan that have one of the names state in a member, for a feature or for all",
			decl: types.NewFunction(types.Args(named("plan", types.A), named("names", types.SetOfStr), named("feature", types.A), named("member", types.S)), types.NewSet(types.A)),
			call: plannedOf,
		},
	}
}

var (
	keyMetrics, keyEntries, keyRebased = ast.StringTerm("metrics"), ast.StringTerm("entries"), ast.StringTerm("rebased")
	keyWindowCounts, keyP              = ast.StringTerm("window_counts"), ast.StringTerm("p")
	keyFloor, keyOverfull              = ast.StringTerm("floor"), ast.StringTerm("overfull")
	keyM, keyOf                        = ast.StringTerm("m"), ast.StringTerm("of")
)

// eachMetric goes through the metrics of a plan that have one of the names; what is no
// plan has none.
func eachMetric(bctx topdown.BuiltinContext, plan, names *ast.Term, fn func(metric ast.Object)) error {
	wanted, ok := names.Value.(ast.Set)
	if !ok {
		return fmt.Errorf("names are %s, not a set", ast.ValueName(names.Value))
	}
	statement, ok := plan.Value.(ast.Object)
	if !ok {
		return nil
	}
	held := memberOf(statement, keyPredicate).Get(keyMetrics)
	if held == nil {
		return nil
	}
	metrics, ok := held.Value.(*ast.Array)
	if !ok {
		return nil
	}
	if err := work(bctx, metrics.Len()/stepElements); err != nil {
		return err
	}
	for i := range metrics.Len() {
		metric, ok := metrics.Elem(i).Value.(ast.Object)
		if !ok {
			continue
		}
		if name := metric.Get(keyName); name != nil && wanted.Contains(name) {
			fn(metric)
		}
	}
	return nil
}

// monitoredOf is the builtin assize.monitored.
func monitoredOf(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	places, ok := args[2].Value.(ast.Set)
	if !ok {
		return nil, fmt.Errorf("places are %s, not a set", ast.ValueName(args[2].Value))
	}
	methods, ok := args[3].Value.(ast.Object)
	if !ok {
		return nil, fmt.Errorf("methods are %s, not {features, output}", ast.ValueName(args[3].Value))
	}
	of := [2]*ast.Term{methods.Get(keyFeatures), methods.Get(keyOutput)}
	if slices.Contains(of[:], nil) {
		return nil, fmt.Errorf("methods are {features, output}, not %s", clip(args[3].String()))
	}
	features, rebased := ast.NewSet(), ast.NewSet()
	seen := map[string]bool{}
	add := func(name string, feature *ast.Term) {
		if !seen[name] {
			seen[name] = true
			features.Add(feature)
		}
	}
	for _, names := range of {
		if err := eachMetric(bctx, args[0], names, func(metric ast.Object) {
			if feature := metric.Get(keyFeature); feature != nil {
				add(feature.String(), feature)
			}
		}); err != nil {
			return nil, err
		}
	}
	references := map[[2]string][2]*ast.Term{}
	var entries []*ast.Term
	err := eachDrift(bctx, args[1], of[0], of[1], func(s stated) {
		name := s.feature.String()
		add(name, s.feature)
		histogram := memberOf(s.statistic, keyHistogram)
		if edges, counts := histogram.Get(keyUpperEdges), histogram.Get(keyReferenceCounts); edges != nil && counts != nil {
			by := [2]string{name, s.statistic.Get(keyMethod).String()}
			if first, ok := references[by]; !ok {
				references[by] = [2]*ast.Term{edges, counts}
			} else if first[0].Value.Compare(edges.Value) != 0 || first[1].Value.Compare(counts.Value) != 0 {
				rebased.Add(s.feature)
			}
		}
		if places.Contains(ast.InternedTerm(s.report)) {
			entries = append(entries, s.entry())
		}
	})
	if err != nil {
		return nil, err
	}
	return ast.ObjectTerm([2]*ast.Term{keyFeatures, ast.NewTerm(features)}, [2]*ast.Term{keyEntries, ast.ArrayTerm(entries...)}, [2]*ast.Term{keyRebased, ast.NewTerm(rebased)}), nil
}

// entriesAt goes through entries of the reports at some places.
func entriesAt(bctx topdown.BuiltinContext, list, at *ast.Term, fn func(entry ast.Object, report *ast.Term) error) error {
	entries, ok := list.Value.(*ast.Array)
	if !ok {
		return fmt.Errorf("entries are %s, not an array", ast.ValueName(list.Value))
	}
	places, ok := at.Value.(ast.Set)
	if !ok {
		return fmt.Errorf("places are %s, not a set", ast.ValueName(at.Value))
	}
	if err := work(bctx, entries.Len()); err != nil {
		return err
	}
	for i := range entries.Len() {
		entry, ok := entries.Elem(i).Value.(ast.Object)
		if !ok {
			continue
		}
		if report := entry.Get(keyReport); report != nil && places.Contains(report) {
			if err := fn(entry, report); err != nil {
				return err
			}
		}
	}
	return nil
}

// leftOutOf is the builtin assize.left_out.
func leftOutOf(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	features, ok := args[0].Value.(ast.Set)
	if !ok {
		return nil, fmt.Errorf("features are %s, not a set", ast.ValueName(args[0].Value))
	}
	there := ast.NewObject()
	err := entriesAt(bctx, args[1], args[2], func(entry ast.Object, report *ast.Term) error {
		feature := entry.Get(keyFeature)
		if feature == nil {
			return nil
		}
		if t := there.Get(report); t != nil {
			t.Value.(ast.Set).Add(feature)
		} else {
			there.Insert(report, ast.SetTerm(feature))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	missing := ast.NewObject()
	args[2].Value.(ast.Set).Foreach(func(place *ast.Term) {
		left := features
		if t := there.Get(place); t != nil {
			left = features.Diff(t.Value.(ast.Set))
		}
		if left.Len() > 0 {
			missing.Insert(place, ast.NewTerm(left))
		}
	})
	return ast.NewTerm(missing), nil
}

// plannedOf is the builtin assize.planned.
func plannedOf(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	stated := ast.NewSet()
	err := eachMetric(bctx, args[0], args[1], func(metric ast.Object) {
		if of := metric.Get(keyFeature); of != nil && of.Value.Compare(args[2].Value) != 0 {
			return
		}
		if t := metric.Get(args[3]); t != nil {
			stated.Add(t)
		}
	})
	return ast.NewTerm(stated), err
}

// recomputedOf is the builtin assize.recomputed. The work it charges for a histogram is
// its bins.
func recomputedOf(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	reports, ok := args[1].Value.(*ast.Array)
	if !ok {
		return nil, fmt.Errorf("reports are %s, not an array", ast.ValueName(args[1].Value))
	}
	precision, ok := args[3].Value.(ast.Object)
	if !ok {
		return nil, fmt.Errorf("precision is %s, not {floor, min_n, overfull}", ast.ValueName(args[3].Value))
	}
	floor, least, overfull := precision.Get(keyFloor), precision.Get(keyMinN), precision.Get(keyOverfull)
	if floor == nil || least == nil || overfull == nil {
		return nil, fmt.Errorf("precision is {floor, min_n, overfull}, not %s", clip(args[3].String()))
	}
	var out []*ast.Term
	err := entriesAt(bctx, args[0], args[2], func(entry ast.Object, place *ast.Term) error {
		at, _ := place.Value.(ast.Number)
		i, whole := at.Int()
		if !whole || i < 0 || i >= reports.Len() {
			return fmt.Errorf("there is no report %s", clip(place.String()))
		}
		c := recomputation{bctx: bctx, row: ast.NewObject(), drift: memberOf(entry, keyDrift), floor: floor, least: least, overfull: overfull.Value.Compare(ast.Boolean(true)) == 0}
		if report, ok := reports.Elem(i).Value.(ast.Object); ok {
			c.had = memberOf(report, keyPredicate).Get(keyN)
		}
		entry.Foreach(c.row.Insert)
		if c.had != nil {
			c.row.Insert(keyOf, c.had)
		}
		if err := c.make(); err != nil {
			return fmt.Errorf("report %d: %w", i, err)
		}
		out = append(out, ast.NewTerm(c.row))
		return nil
	})
	return ast.ArrayTerm(out...), err
}

// recomputation adds to a row what the histogram of a statistic gives.
type recomputation struct {
	bctx              topdown.BuiltinContext
	row, drift        ast.Object
	floor, least, had *ast.Term
	overfull          bool // also of a histogram that counts more than its window had
}

func (c *recomputation) make() error {
	histogram := memberOf(c.drift, keyHistogram)
	method, window, reference := c.drift.Get(keyMethod), histogram.Get(keyWindowCounts), histogram.Get(keyReferenceCounts)
	if window == nil || reference == nil && !c.overfull {
		return nil
	}
	n, err := totalOf(c.bctx, window)
	if err != nil {
		return err
	}
	c.row.Insert(keyN, n)
	if method == nil || reference == nil || !atMost(number1, n) || !atMost(c.least, n) || !c.overfull && !atMost(n, c.had) {
		return nil
	}
	m, err := totalOf(c.bctx, reference)
	if err != nil || !atMost(number1, m) {
		return err
	}
	bins, err := binsOf(window, reference, histogram.Get(keyUpperEdges))
	if err != nil || bins < 2 {
		return err
	}
	if err := work(c.bctx, bins); err != nil {
		return err
	}
	value, p, err := statisticOf(method, histogram, window, reference, c.floor)
	if value == nil || err != nil {
		return err
	}
	c.row.Insert(keyValue, value)
	if p != nil {
		c.row.Insert(keyP, p)
		c.row.Insert(keyM, m)
	}
	return nil
}

// binsOf are the bins of a histogram, 0 where window, reference and edges do not count
// the same ones.
func binsOf(window, reference, edges *ast.Term) (int, error) {
	var size [3]int
	for i, t := range []*ast.Term{window, reference, edges} {
		if t == nil {
			return 0, nil
		}
		var err error
		if size[i], err = lengthOf(t); err != nil {
			return 0, err
		}
	}
	if size[0] != size[1] || size[0] != size[2]+1 {
		return 0, nil
	}
	return size[0], nil
}

func totalOf(bctx topdown.BuiltinContext, counts *ast.Term) (total *ast.Term, err error) {
	err = sum(bctx, []*ast.Term{counts}, func(t *ast.Term) error {
		total = t
		return nil
	})
	return total, err
}

// statisticOf computes a statistic by its method, with the p of a test; nil of a method
// there is none for, and of a distance that moves mass where nobody says where the outer
// bins end.
func statisticOf(method *ast.Term, histogram ast.Object, window, reference, floor *ast.Term) (value, p *ast.Term, err error) {
	name, ok := method.Value.(ast.String)
	if !ok {
		return nil, nil, nil
	}
	a := arguments{terms: []*ast.Term{reference, window, floor}}
	var result float64
	switch name {
	case "psi":
		result, err = stat.PSI(a.numbers(0), a.numbers(1), a.number(2))
	case "js":
		result, err = stat.JensenShannon(a.numbers(0), a.numbers(1))
	case "hellinger":
		result, err = stat.Hellinger(a.numbers(0), a.numbers(1))
	case "wasserstein":
		low, high := numberAt(histogram, keyLow), numberAt(histogram, keyHigh)
		if low == nil || high == nil {
			return nil, nil, nil
		}
		inner, ok := histogram.Get(keyUpperEdges).Value.(*ast.Array)
		if !ok {
			return nil, nil, fmt.Errorf("upper_edges are %s, not an array", ast.ValueName(histogram.Get(keyUpperEdges).Value))
		}
		edges := []*ast.Term{low}
		inner.Foreach(func(t *ast.Term) { edges = append(edges, t) })
		a.terms = append(a.terms, ast.ArrayTerm(append(edges, high)...))
		result, err = stat.WassersteinNormed(a.numbers(0), a.numbers(1), a.numbers(3))
	case "ks", "chi2":
		of := stat.KolmogorovSmirnovTest
		if name == "chi2" {
			of = stat.ChiSquaredTest
		}
		return testOf(&a, of)
	default:
		return nil, nil, nil
	}
	if err = cmp.Or(a.fault, err); err != nil {
		return nil, nil, err
	}
	return ast.FloatNumberTerm(result), nil, nil
}

func testOf(a *arguments, of func(reference, window []float64) (stat.TestResult, error)) (value, p *ast.Term, err error) {
	result, err := of(a.numbers(0), a.numbers(1))
	if err = cmp.Or(a.fault, err); err != nil {
		return nil, nil, err
	}
	if value, err = floatTerm(result.Stat); err != nil {
		return nil, nil, err
	}
	p, err = floatTerm(result.P)
	return value, p, err
}

func numberAt(o ast.Object, key *ast.Term) *ast.Term {
	if t := o.Get(key); t != nil {
		if _, ok := t.Value.(ast.Number); ok {
			return t
		}
	}
	return nil
}
