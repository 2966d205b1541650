package policy_test

import (
	"testing"

	"github.com/assize-dev/assize/policy"
)

// Three reports with the drift of two features and of the output, and a plan for one of
// these and another that no report speaks of.
const watched = `
plan := {"predicate": {"metrics": [{"name": "psi", "feature": "a", "threshold": 0.2}, {"name": "psi", "feature": "z", "threshold": 0.3}, {"name": "ks", "threshold": 0.01}, {"name": "psi", "warn": 0.1}, {"feature": "y"}, 4]}}

histogram := {"upper_edges": [1, 2], "reference_counts": [10, 20, 30], "window_counts": [12, 18, 33]}

reports := [
	{"predicate": {"n": 63, "feature_drift": [{"feature": "a", "method": "psi", "histogram": histogram}, {"feature": "b", "method": "chi2", "histogram": histogram}, {"feature": "b", "method": "ks", "histogram": histogram}],
		"prediction_drift": {"method": "js", "histogram": histogram}}},
	{"predicate": {"n": 63, "feature_drift": [{"feature": "a", "method": "psi", "histogram": object.union(histogram, {"reference_counts": [10, 20, 31]})}, {"feature": "c", "method": "wasserstein", "histogram": object.union(histogram, {"low": 0, "high": 3})}]}},
	{"predicate": {"prediction_drift": {"method": "hellinger", "histogram": histogram}}},
	{"predicate": 5},
]

methods := {"psi", "ks", "chi2", "js", "hellinger", "wasserstein"}

seen(places) := assize.monitored(plan, reports, places, {"features": methods, "output": methods})

precision := {"min_n": 30, "floor": 0.0001, "overfull": false}

rows := assize.recomputed(seen({0, 1, 2}).entries, reports, {0, 1, 2}, precision)

one(drift, precise) := row if {
	entry := {"report": 0, "feature": "a", "path": "feature_drift[0]", "drift": drift}
	some row in assize.recomputed([entry], [{"predicate": {"n": 63}}], {0}, precise)
}

psi(changes) := one({"method": "psi", "histogram": object.union(histogram, changes)}, precision)

untold(name) := one({"method": "psi", "histogram": object.remove(histogram, [name])}, precision)

text := object.get({"a": "x"}, "a", [])
`

func TestMonitored(t *testing.T) {
	for _, c := range []struct {
		name, code string
		want       policy.Status
	}{
		{"features of plan and reports", `pass if seen({0}).features == {"a", "b", "c", "z", "prediction"}`, policy.StatusPass},
		{"entries at the places", `pass if [[one.report, one.feature, one.path] | some one in seen({0}).entries] == [[0, "a", "feature_drift[0]"], [0, "b", "feature_drift[1]"], [0, "b", "feature_drift[2]"], [0, "prediction", "prediction_drift"]]`, policy.StatusPass},
		{"rebased anywhere", `pass if seen(set()).rebased == {"a"}`, policy.StatusPass},
		{"features only", `pass if assize.monitored(plan, reports, {0, 2}, {"features": {"psi"}, "output": set()}) == {"features": {"a", "z"}, "rebased": {"a"}, "entries": [{"report": 0, "feature": "a", "path": "feature_drift[0]", "drift": {"feature": "a", "method": "psi", "histogram": histogram}}]}`, policy.StatusPass},
		{"a plan that is none", `pass if assize.monitored(4, [], set(), {"features": {"psi"}, "output": set()}).features == set()`, policy.StatusPass},
		{"metrics of the plan are text", `pass if assize.monitored({"predicate": {"metrics": "psi"}}, [], set(), {"features": {"psi"}, "output": set()}).features == set()`, policy.StatusPass},
		{"monitored by text", `pass if count(assize.monitored(plan, reports, set(), text)) == 0`, policy.StatusUnassessable},
		{"monitored without the output", `pass if count(assize.monitored(plan, reports, set(), {"features": methods})) == 0`, policy.StatusUnassessable},
		{"monitored by a list", `pass if count(assize.monitored(plan, reports, set(), {"features": ["psi"], "output": set()})) == 0`, policy.StatusUnassessable},
		{"monitored where features have a list of methods", `pass if count(assize.monitored({}, reports, set(), {"features": set(), "output": []})) == 0`, policy.StatusUnassessable},
		{"monitored at a list of places", `pass if count(assize.monitored(plan, reports, object.get({"a": []}, "a", set()), {"features": set(), "output": set()})) == 0`, policy.StatusUnassessable},
		{"monitored in text", `pass if count(assize.monitored(plan, text, set(), {"features": set(), "output": set()})) == 0`, policy.StatusUnassessable},
		{"recomputed", `pass if {
	[row.n | some row in rows] == [63, 63, 63, 63, 63, 63, 63]
	[row.of | some row in rows] == [63, 63, 63, 63, 63, 63]
	[row.feature | some row in rows; row.value] == ["a", "b", "b", "prediction", "a", "c"]
	rows[0].value == assize.psi(histogram.reference_counts, histogram.window_counts, 0.0001)
	rows[1].value == assize.chi2_test(histogram.reference_counts, histogram.window_counts).stat
	rows[1].p == assize.chi2_test(histogram.reference_counts, histogram.window_counts).p
	rows[1].m == 60
	rows[2].p == assize.ks_test(histogram.reference_counts, histogram.window_counts).p
	some row in rows
	row.drift.method == "wasserstein"
	row.value == assize.wasserstein_normed(histogram.reference_counts, histogram.window_counts, [0, 1, 2, 3])
	not row.p
}`, policy.StatusPass},
		{"distances", `pass if {
	one({"method": "js", "histogram": histogram}, precision).value == assize.js(histogram.reference_counts, histogram.window_counts)
	one({"method": "hellinger", "histogram": histogram}, precision).value == assize.hellinger(histogram.reference_counts, histogram.window_counts)
}`, policy.StatusPass},
		{"no report says how many", `pass if {
	some row in rows
	row.report == 2
	not row.of
	not row.value
}`, policy.StatusPass},
		{"recomputed of more than there were", `pass if {
	psi({"window_counts": [13, 18, 33]}).n == 64
	not psi({"window_counts": [13, 18, 33]}).value
	one({"method": "psi", "histogram": object.union(histogram, {"window_counts": [13, 18, 33]})}, object.union(precision, {"overfull": true})).value
}`, policy.StatusPass},
		{"too few cases, bins, or none to compare with", `pass if {
	every changes in [{"window_counts": [1, 1, 1]}, {"reference_counts": [0, 0, 0]}, {"reference_counts": [30, 30]}, {"upper_edges": [1]}, {"upper_edges": [], "reference_counts": [60], "window_counts": [60]}] {
		not psi(changes).value
	}
	every name in ["window_counts", "reference_counts", "upper_edges"] {
		not untold(name).value
	}
	not one({"method": "psi", "histogram": object.union(histogram, {"window_counts": [0, 0, 0]})}, object.union(precision, {"min_n": 0})).value
}`, policy.StatusPass},
		{"no such method, or none", `pass if {
	every drift in [{"histogram": histogram}, {"method": "w", "histogram": histogram}, {"method": 4, "histogram": histogram}, {"method": "wasserstein", "histogram": object.union(histogram, {"low": 0})}, {"method": "psi"}, {"method": "psi", "histogram": 4}, 4] {
		not one(drift, precision).value
	}
}`, policy.StatusPass},
		{"what is no entry", `pass if assize.recomputed([4, {}, {"report": 9}], [], {0}, precision) == []`, policy.StatusPass},
		{"a count is negative", `pass if psi({"window_counts": [-12, 18, 33]}).value >= 0`, policy.StatusUnassessable},
		{"a count is text", `pass if psi({"reference_counts": ["x", 18, 33]}).value >= 0`, policy.StatusUnassessable},
		{"the counts are text", `pass if psi({"window_counts": "x"}).value >= 0`, policy.StatusUnassessable},
		{"the edges are a number", `pass if psi({"upper_edges": 4}).value >= 0`, policy.StatusUnassessable},
		{"the edges are an object", `pass if one({"method": "wasserstein", "histogram": object.union(histogram, {"low": 0, "high": 3, "upper_edges": {"a": 1, "b": 2}})}, precision).value >= 0`, policy.StatusUnassessable},
		{"an edge is text", `pass if one({"method": "wasserstein", "histogram": object.union(histogram, {"low": 0, "high": 3, "upper_edges": [1, "x"]})}, precision).value >= 0`, policy.StatusUnassessable},
		{"a floor that is none", `pass if one({"method": "psi", "histogram": histogram}, object.union(precision, {"floor": 2})).value >= 0`, policy.StatusUnassessable},
		{"a test of a fraction of a case", `pass if one({"method": "ks", "histogram": object.union(histogram, {"window_counts": [30.5, 1, 1]})}, precision).value >= 0`, policy.StatusUnassessable},
		{"a place without a report", `pass if count(assize.recomputed([{"report": 4, "path": "x"}], [], {4}, precision)) == 0`, policy.StatusUnassessable},
		{"precision is text", `pass if count(assize.recomputed([], [], set(), text)) == 0`, policy.StatusUnassessable},
		{"precision without a floor", `pass if count(assize.recomputed([], [], set(), {"min_n": 1, "overfull": false})) == 0`, policy.StatusUnassessable},
		{"recomputed in text", `pass if count(assize.recomputed([], text, set(), precision)) == 0`, policy.StatusUnassessable},
		{"recomputed text", `pass if count(assize.recomputed(text, [], set(), precision)) == 0`, policy.StatusUnassessable},
		{"recomputed at a list of places", `pass if count(assize.recomputed([], [], object.get({"a": []}, "a", set()), precision)) == 0`, policy.StatusUnassessable},
		{"left out", `pass if assize.left_out({"a", "b"}, [{"report": 0, "feature": "a"}, {"report": 0, "feature": "b"}, {"report": 1, "feature": "b"}, {"report": 2}, {"feature": "a"}, 4], {0, 1, 2}) == {1: {"a"}, 2: {"a", "b"}}`, policy.StatusPass},
		{"nothing is left out of none", `pass if assize.left_out(set(), [], {0}) == {}`, policy.StatusPass},
		{"left out of a list of features", `pass if assize.left_out(object.get({"a": ["x"]}, "a", set()), [], {0}) == {}`, policy.StatusUnassessable},
		{"left out of text", `pass if assize.left_out(set(), text, {0}) == {}`, policy.StatusUnassessable},
		{"planned for a feature or for all", `pass if {
	assize.planned(plan, {"psi"}, "a", "threshold") == {0.2}
	assize.planned(plan, {"psi", "ks"}, "a", "threshold") == {0.2, 0.01}
	assize.planned(plan, {"psi"}, "b", "warn") == {0.1}
	assize.planned(plan, {"psi"}, "b", "threshold") == set()
	assize.planned({"predicate": {}}, {"psi"}, "b", "threshold") == set()
	assize.planned(4, {"psi"}, "b", "threshold") == set()
}`, policy.StatusPass},
		{"planned by a list of names", `pass if assize.planned(plan, object.get({"a": ["x"]}, "a", set()), "a", "threshold") == set()`, policy.StatusUnassessable},
	} {
		s := load(t, rule("MON-01", "requires: [model-card]", watched+"pass if {\n\tcount(input.evidence[\"model-card\"]) > 0\n\tmet\n}\n\nmet if"+c.code[len("pass if"):]))
		f := evaluate(t, s, "MON-01", input(item(t, 1, "model-card", map[string]any{"version": "1"})), "2026-01-01T00:00:00Z")
		if f.Status != c.want {
			t.Errorf("%s: %s (%s)", c.name, f.Status, f.Reason)
		}
	}
}
