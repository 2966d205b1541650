package policy_test

import (
	"testing"

	"github.com/assize-dev/assize/policy"
)

// Reports in the order rules see them: each of a window of a day, the last made while
// its own still ran.
const monitored = `
reports := [
	{"claimed": "2025-01-05T01:00:00Z", "proven": "2025-01-04T18:00:00Z", "predicate": {"environment": "production", "window": {"start": "2025-01-04T00:00:00Z", "end": "2025-01-05T00:00:00Z"},
		"feature_drift": [{"feature": "a", "method": "ks", "stat": 1, "histogram": {"upper_edges": [1], "reference_counts": [1, 2]}}, {"feature": "b", "method": "psi"}, {"method": "ks"}, {"feature": "c"}, 4],
		"prediction_drift": {"method": "ks", "stat": 3}}},
	{"claimed": "2025-01-03T01:00:00Z", "proven": "2025-01-03T02:00:00Z", "predicate": {"environment": "staging", "window": {"start": "2025-01-02T00:00:00Z", "end": "2025-01-03T00:00:00Z"},
		"feature_drift": [{"feature": "a", "method": "ks", "histogram": {"upper_edges": [1], "reference_counts": [1, 3]}}, {"feature": "a", "method": "js", "histogram": {"upper_edges": [1], "reference_counts": [1, 4]}}]}},
	{"claimed": "2025-01-03T01:00:00Z", "proven": "2025-01-03T02:00:00Z", "predicate": {"environment": "production", "window": {"start": "2025-01-02T12:00:00Z", "end": "2025-01-03T00:00:00Z"}}},
	{"claimed": "2025-01-02T01:00:00Z", "proven": "2025-01-02T01:00:00Z", "predicate": {"environment": "production", "window": {"start": "2025-01-02T00:00:00Z", "end": "2025-01-02T00:00:00Z"}}},
	{"predicate": {"environment": "production", "window": {"end": "2025-01-09T00:00:00Z"}}},
	{"predicate": 4},
	5,
]
`

func TestWindows(t *testing.T) {
	for _, c := range []struct {
		name, code string
		want       policy.Status
	}{
		{"newest", `pass if assize.windows_newest(reports) == "2025-01-04T18:00:00Z"`, policy.StatusPass},
		{"newest of none", `pass if not assize.windows_newest([])`, policy.StatusPass},
		{"newest of none that says when", `pass if not assize.windows_newest(array.slice(reports, 4, 7))`, policy.StatusPass},
		{"newest of what is no instant", `pass if assize.windows_newest([{"claimed": "", "proven": "2025-01-01", "predicate": {"window": {"end": "2025-01-01"}}}])`, policy.StatusUnassessable},
		{"since", `pass if assize.windows_since(reports, "2025-01-03T00:00:00Z") == {0, 4}`, policy.StatusPass},
		{"since a nanosecond before", `pass if assize.windows_since(reports, "2025-01-02T23:59:59.999999999Z") == {0, 1, 2, 4}`, policy.StatusPass},
		{"since what is no instant", `pass if count(assize.windows_since(reports, "never")) == 0`, policy.StatusUnassessable},
		{"an end that is no instant", `pass if count(assize.windows_since([{"predicate": {"window": {"end": 4}}}], "2025-01-01")) == 0`, policy.StatusUnassessable},
		{"recent", `pass if assize.windows_recent(reports, 86400) == {"newest": "2025-01-04T18:00:00Z", "places": {0, 4}}`, policy.StatusPass},
		{"recent of two days", `pass if assize.windows_recent(reports, 172800).places == {0, 1, 2, 4}`, policy.StatusPass},
		{"recent of none", `pass if not assize.windows_recent([], 1)`, policy.StatusPass},
		{"recent for no whole number of seconds", `pass if count(assize.windows_recent(reports, 0.5)) == 0`, policy.StatusUnassessable},
		{"recent from before all time", `pass if count(assize.windows_recent(reports, 99999999999)) == 0`, policy.StatusUnassessable},
		{"recent with an end that is no instant", `pass if count(assize.windows_recent(array.concat(reports, [{"predicate": {"window": {"end": "x"}}}]), 1)) == 0`, policy.StatusUnassessable},
		{"a window is said", `pass if assize.window_said(object.union(reports[0], {"type": "monitoring-report", "id": "0123456789abcdef", "principals": ["a"], "index": 3})) == sprintf("window 2025-01-04 to 2025-01-05, %s", [assize.said({"type": "monitoring-report", "id": "0123456789abcdef", "principals": ["a"], "index": 3})])`, policy.StatusPass},
		{"a window without an end, nobody or nothing is not", `pass if {
	every report in [reports[0], reports[4], {"type": "x", "id": "y", "principals": [], "index": 1, "predicate": {"window": {"start": "2025"}}}, 4] {
		not assize.window_said(report)
	}
}`, policy.StatusPass},
		{"a window that starts with a number", `pass if assize.window_said({"predicate": {"window": {"start": 4, "end": "x"}}}) == ""`, policy.StatusUnassessable},
		{"early", `pass if assize.windows_early(reports) == {0}`, policy.StatusPass},
		{"early by no instant", `pass if assize.windows_early([{"proven": "x", "predicate": {"window": {"end": "2025-01-01"}}}]) == set()`, policy.StatusUnassessable},
		{"early for no instant", `pass if assize.windows_early([{"proven": "2025-01-01", "predicate": {"window": {"end": 4}}}]) == set()`, policy.StatusUnassessable},
		{"lengths", `pass if assize.windows_lengths(reports) == {0: 86400, 1: 86400, 2: 43200, 3: 0}`, policy.StatusPass},
		{"lengths from no instant", `pass if assize.windows_lengths([{"predicate": {"window": {"start": "x", "end": "2025-01-01"}}}]) == {}`, policy.StatusUnassessable},
		{"amiss", `pass if assize.windows_amiss(reports, "production") == {1, 3, 4, 5, 6}`, policy.StatusPass},
		{"none amiss", `pass if assize.windows_amiss([reports[0]], "production") == set()`, policy.StatusPass},
		{"amiss with a start that is no instant", `pass if count(assize.windows_amiss([{"predicate": {"environment": "production", "window": {"start": "x", "end": "2025-01-01"}}}], "production")) == 0`, policy.StatusUnassessable},
		{"amiss with an end that is no instant", `pass if count(assize.windows_amiss([{"predicate": {"environment": "production", "window": {"start": "2025-01-01", "end": "x"}}}], "production")) == 0`, policy.StatusUnassessable},
		{"open after a day", `pass if assize.windows_open(reports, 86399) == {1}`, policy.StatusPass},
		{"followed after a day", `pass if assize.windows_open(reports, 86400) == set()`, policy.StatusPass},
		{"two open", `pass if assize.windows_open(reports, -1) == {1, 3}`, policy.StatusPass},
		{"none follows before the year 1", `pass if assize.windows_open(reports, -1e11) == {1, 3}`, policy.StatusPass},
		{"all follow within an age", `pass if assize.windows_open(reports, 1e11) == set()`, policy.StatusPass},
		{"nothing is open after the last", `pass if assize.windows_open([reports[0]], 0) == set()`, policy.StatusPass},
		{"open for no number of seconds", `pass if count(assize.windows_open(reports, object.get({"a": "x"}, "a", 1))) == 0`, policy.StatusUnassessable},
		{"open with an end that is no instant", `pass if count(assize.windows_open([{"predicate": {"window": {"start": "2025-01-01", "end": "x"}}}], 1)) == 0`, policy.StatusUnassessable},
		{"reports are an object", `pass if count(assize.windows_open(object.get({"a": {}}, "a", []), 1)) == 0`, policy.StatusUnassessable},
		{"drifts by method", `pass if {
	found := assize.drifts(reports, {"ks", "js"})
	[[one.report, one.feature, one.path, one.drift.method] | some one in found.features] == [[0, "a", "feature_drift[0]", "ks"], [1, "a", "feature_drift[0]", "ks"], [1, "a", "feature_drift[1]", "js"]]
	[[one.report, one.feature, one.path, one.drift.stat] | some one in found.output] == [[0, "prediction", "prediction_drift", 3]]
}`, policy.StatusPass},
		{"no drift", `pass if assize.drifts([{}, {"predicate": {}}], {"ks"}) == {"features": [], "output": []}`, policy.StatusPass},
		{"drift of features is an object", `pass if count(assize.drifts([{"predicate": {"feature_drift": {}}}], {"ks"})) == 0`, policy.StatusUnassessable},
		{"methods are a list", `pass if count(assize.drifts([], object.get({"a": ["ks"]}, "a", {"ks"}))) == 0`, policy.StatusUnassessable},
		{"rebased", `pass if assize.rebased(assize.drifts(reports, {"ks", "js"}).features) == {"a"}`, policy.StatusPass},
		{"another method is another reference", `pass if assize.rebased(array.slice(assize.drifts(reports, {"ks", "js"}).features, 1, 3)) == set()`, policy.StatusPass},
		{"rebased without histograms", `pass if assize.rebased([{"feature": "a", "drift": {"method": "ks"}}, {"feature": "a", "drift": 4}, 5, {}]) == set()`, policy.StatusPass},
		{"rebased text", `pass if count(assize.rebased(object.get({"a": "x"}, "a", []))) == 0`, policy.StatusUnassessable},
	} {
		s := load(t, rule("WIN-01", "requires: [model-card]", monitored+"pass if {\n\tcount(input.evidence[\"model-card\"]) > 0\n\tmet\n}\n\nmet if"+c.code[len("pass if"):]))
		f := evaluate(t, s, "WIN-01", input(item(t, 1, "model-card", map[string]any{"version": "1"})), "2026-01-01T00:00:00Z")
		if f.Status != c.want {
			t.Errorf("%s: %s (%s)", c.name, f.Status, f.Reason)
		}
	}
}
