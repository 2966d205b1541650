package policy

import (
	"fmt"
	"slices"

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

// driftsOf is the builtin assize.drifts. A statistic that names no feature is none.
func driftsOf(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	methods, ok := args[1].Value.(ast.Set)
	if !ok {
		return nil, fmt.Errorf("methods are %s, not a set", ast.ValueName(args[1].Value))
	}
	var features, output []*ast.Term
	err := eachReport(bctx, args[0], func(at int, _, stated, _ ast.Object) error {
		place := ast.InternedTerm(at)
		entry := func(feature, drift *ast.Term, path string) []*ast.Term {
			statistic, ok := drift.Value.(ast.Object)
			if !ok || feature == nil {
				return nil
			}
			if method := statistic.Get(keyMethod); method == nil || !methods.Contains(method) {
				return nil
			}
			return []*ast.Term{ast.ObjectTerm([2]*ast.Term{keyReport, place}, [2]*ast.Term{keyFeature, feature}, [2]*ast.Term{keyDrift, drift}, [2]*ast.Term{keyPath, ast.StringTerm(path)})}
		}
		if t := stated.Get(keyFeatureDrift); t != nil {
			list, ok := t.Value.(*ast.Array)
			if !ok {
				return fmt.Errorf("feature_drift is %s, not an array", ast.ValueName(t.Value))
			}
			if err := work(bctx, list.Len()); err != nil {
				return err
			}
			for i := range list.Len() {
				drift := list.Elem(i)
				if statistic, ok := drift.Value.(ast.Object); ok {
					features = append(features, entry(statistic.Get(keyFeature), drift, fmt.Sprintf("feature_drift[%d]", i))...)
				}
			}
		}
		if t := stated.Get(keyPredictionDrift); t != nil {
			output = append(output, entry(keyPrediction, t, "prediction_drift")...)
		}
		return nil
	})
	if err != nil {
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
