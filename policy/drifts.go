package policy

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/types"
)

// driftBuiltins read the statistics of drift that monitoring reports state.
func driftBuiltins() []builtin {
	drifts := types.NewArray(nil, record(map[string]types.Type{"report": types.N, "feature": types.A, "drift": types.A, "path": types.S}))
	return []builtin{
		{
			name: "assize.drifts", about: "the statistics of some methods that monitoring reports state, of features and of the output of the model (as the feature prediction): {features, output}, each [{report, feature, drift, path}] with the place of the report",
			decl: types.NewFunction(types.Args(named("reports", types.NewArray(nil, types.A)), named("methods", types.SetOfStr)),
				record(map[string]types.Type{"features": drifts, "output": drifts})),
			call: driftsOf,
		},
		{
			name: "assize.rebased", about: "features whose statistics of one method were computed against more than one reference",
			decl: types.NewFunction(types.Args(named("drifts", types.NewArray(nil, types.A))), named("features", types.NewSet(types.A))),
			call: rebasedOf,
		},
	}
}

var (
	keyFeature, keyDrift, keyMethod     = ast.StringTerm("feature"), ast.StringTerm("drift"), ast.StringTerm("method")
	keyFeatureDrift, keyPredictionDrift = ast.StringTerm("feature_drift"), ast.StringTerm("prediction_drift")
	keyPrediction                       = ast.StringTerm("prediction") // the output is monitored like a feature of this name
	keyFeatures, keyOutput              = ast.StringTerm("features"), ast.StringTerm("output")
	keyReport, keyHistogram             = ast.StringTerm("report"), ast.StringTerm("histogram")
	keyUpperEdges, keyReferenceCounts   = ast.StringTerm("upper_edges"), ast.StringTerm("reference_counts")
)

// stated is a statistic of drift in a report; at is its place among those of features, -1
// of that of the output.
type stated struct {
	report, at     int
	feature, drift *ast.Term
	statistic      ast.Object
}

func (s stated) entry() *ast.Term {
	path := keyPredictionDrift
	if s.at >= 0 {
		path = ast.StringTerm("feature_drift[" + strconv.Itoa(s.at) + "]")
	}
	return ast.ObjectTerm([2]*ast.Term{keyReport, ast.InternedTerm(s.report)}, [2]*ast.Term{keyFeature, s.feature}, [2]*ast.Term{keyDrift, s.drift}, [2]*ast.Term{keyPath, path})
}

// eachDrift goes through the statistics that reports state, of features by some methods
// and of the output by others. A statistic that names no feature is none.
func eachDrift(bctx topdown.BuiltinContext, reports, ofFeatures, ofOutput *ast.Term, fn func(stated)) error {
	methods, ok := ofFeatures.Value.(ast.Set)
	others, known := ofOutput.Value.(ast.Set)
	if !ok || !known {
		return fmt.Errorf("methods are %s and %s, not sets", ast.ValueName(ofFeatures.Value), ast.ValueName(ofOutput.Value))
	}
	take := func(s stated, methods ast.Set) {
		var ok bool
		if s.statistic, ok = s.drift.Value.(ast.Object); !ok {
			return
		}
		if s.at >= 0 {
			s.feature = s.statistic.Get(keyFeature)
		}
		if method := s.statistic.Get(keyMethod); s.feature != nil && method != nil && methods.Contains(method) {
			fn(s)
		}
	}
	return eachReport(bctx, reports, func(at int, _, held, _ ast.Object) error {
		if t := held.Get(keyFeatureDrift); t != nil {
			list, ok := t.Value.(*ast.Array)
			if !ok {
				return fmt.Errorf("feature_drift is %s, not an array", ast.ValueName(t.Value))
			}
			if err := work(bctx, list.Len()); err != nil {
				return err
			}
			for i := range list.Len() {
				take(stated{report: at, at: i, drift: list.Elem(i)}, methods)
			}
		}
		if t := held.Get(keyPredictionDrift); t != nil {
			take(stated{report: at, at: -1, drift: t, feature: keyPrediction}, others)
		}
		return nil
	})
}

// driftsOf is the builtin assize.drifts.
func driftsOf(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	var features, output []*ast.Term
	if err := eachDrift(bctx, args[0], args[1], args[1], func(s stated) {
		if s.at < 0 {
			output = append(output, s.entry())
		} else {
			features = append(features, s.entry())
		}
	}); err != nil {
		return nil, err
	}
	return ast.ObjectTerm([2]*ast.Term{keyFeatures, ast.ArrayTerm(features...)}, [2]*ast.Term{keyOutput, ast.ArrayTerm(output...)}), nil
}

// rebasedOf is the builtin assize.rebased. A reference is the edges of its bins with
// what they count; a statistic that states none has none.
func rebasedOf(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	list, ok := args[0].Value.(*ast.Array)
	if !ok {
		return nil, fmt.Errorf("drifts are %s, not an array", ast.ValueName(args[0].Value))
	}
	if err := work(bctx, list.Len()); err != nil {
		return nil, err
	}
	references, rebased := ast.NewObject(), ast.NewSet()
	for i := range list.Len() {
		entry, ok := list.Elem(i).Value.(ast.Object)
		if !ok {
			continue
		}
		statistic := memberOf(entry, keyDrift)
		histogram := memberOf(statistic, keyHistogram)
		feature, method := entry.Get(keyFeature), statistic.Get(keyMethod)
		edges, counts := histogram.Get(keyUpperEdges), histogram.Get(keyReferenceCounts)
		if slices.Contains([]*ast.Term{feature, method, edges, counts}, nil) {
			continue
		}
		of, reference := ast.ArrayTerm(feature, method), ast.ArrayTerm(edges, counts)
		if first := references.Get(of); first == nil {
			references.Insert(of, reference)
		} else if first.Value.Compare(reference.Value) != 0 {
			rebased.Add(feature)
		}
	}
	return ast.NewTerm(rebased), nil
}
