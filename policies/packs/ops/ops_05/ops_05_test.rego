package assize.ops.ops_05_test

import data.assize.fixture
import data.assize.ops.ops_05 as rule

params := {
	"drift_distance": 0.1, "drift_distance_limit": 0.3, "monitoring_cadence_limit_s": 8035200, "monitoring_min_n": 30,
	"monitoring_silence_cadences": 2, "psi_fail": 0.25, "psi_floor": 0.0001, "recompute_tolerance": 0.000000001,
}

counts := [100, 100, 100, 100]

nearly := [90, 110, 95, 105]

far := [10, 30, 150, 210]

histogram(window) := {"upper_edges": [1, 2, 3], "reference_counts": counts, "window_counts": window}

closed(window) := object.union(histogram(window), {"low": 0, "high": 4})

output(method, window) := {"method": method, "stat": stat(method, window), "histogram": histogram_of(method, window)}

histogram_of("wasserstein", window) := closed(window)

histogram_of(method, window) := histogram(window) if method != "wasserstein"

stat("js", window) := assize.js(counts, window)

stat("hellinger", window) := assize.hellinger(counts, window)

stat("psi", window) := assize.psi(counts, window, 0.0001)

stat("wasserstein", window) := assize.wasserstein_normed(counts, window, [0, 1, 2, 3, 4])

report(prediction) := object.union(
	fixture.item("monitoring-report", 47, {
		"environment": "production", "n": 400, "window": {"start": "2025-07-01T00:00:00Z", "end": "2025-08-01T00:00:00Z"}, "prediction_drift": prediction,
	}),
	{"claimed": "2025-08-01T08:00:00.000000Z", "proven": "2025-08-01T08:00:00.000000Z"},
)

question(prediction) := object.union(
	fixture.question("continue", {
		"monitoring-plan": [fixture.item("monitoring-plan", 12, {"environment": "production", "cadence_s": 2678400})],
		"monitoring-report": [report(prediction)],
	}),
	{"now": "2025-08-15T00:00:00Z"},
)

asked := question(output("js", nearly))

passing := {method: {"input": question(output(method, nearly)), "params": params} | some method in ["js", "hellinger", "wasserstein", "psi"]}

status(question_) := s if {
	s := fixture.status(data.assize.ops.ops_05) with input as question_ with assize.reached as fixture.clock with data.params as params
}

featured(drifts) := fixture.told(asked, "monitoring-report", {"feature_drift": drifts})

test_pass_each if {
	count([name | some name, fixed in passing; status(fixed.input) == "pass"]) == 4
	in_its_unit := object.union(output("wasserstein", nearly), {"stat": assize.wasserstein(counts, nearly, [0, 1, 2, 3, 4])})
	status(question(in_its_unit)) == "pass"
	status(featured([object.union(output("hellinger", nearly), {"feature": "Amount"})])) == "pass"

	# The index of a feature is another rule's.
	status(featured([{"feature": "Amount", "method": "psi", "stat": 3}])) == "pass"
}

test_fail_each if {
	every method in ["js", "hellinger", "wasserstein", "psi"] {
		status(question(output(method, far))) == "fail"
	}
	some finding in rule.deny with input as question(output("js", far)) with assize.reached as fixture.clock with data.params as params
	finding.bound == 0.1
	finding.n == 400
	contains(finding.msg, "Jensen-Shannon distance of prediction")
	status(featured([object.union(output("js", far), {"feature": "Amount"})])) == "fail"
}

test_bound_of_the_plan if {
	strict := fixture.told(asked, "monitoring-plan", {"metrics": [{"name": "js", "feature": "prediction", "threshold": 0.001}]})
	status(strict) == "fail"
	fixture.says(rule.deny, "monitoring-plan 0000") with input as strict with assize.reached as fixture.clock with data.params as params
	lax := fixture.told(asked, "monitoring-plan", {"metrics": [{"name": "js", "threshold": 0.9}]})
	status(lax) == "unassessable"
}

test_fail_claim_differs if {
	every method in ["js", "wasserstein"] {
		status(question(object.union(output(method, nearly), {"stat": 0.0001}))) == "fail"
	}
	fixture.says(rule.deny, "its own counts give") with input as question(object.union(output("js", nearly), {"stat": 0})) with assize.reached as fixture.clock with data.params as params
}

test_fail_not_reported if {
	status(fixture.untold(asked, "monitoring-report", ["prediction_drift"])) == "fail"
	status(fixture.told(asked, "monitoring-plan", {"metrics": [{"name": "hellinger", "feature": "Amount"}]})) == "fail"
}

test_unassessable if {
	status(question(object.remove(output("js", nearly), ["histogram"]))) == "unassessable"
	status(question({"method": "wasserstein", "stat": 0.01, "histogram": histogram(nearly)})) == "unassessable"
	status(question({"method": "ks", "stat": 0.01})) == "unassessable"
	status(object.union(asked, {"now": "2025-12-01T00:00:00Z"})) == "unassessable"
	status(fixture.told(asked, "monitoring-plan", {"cadence_s": 315360000})) == "unassessable"
	earlier := object.union(report(object.union(output("js", nearly), {"histogram": {"reference_counts": [99, 101, 100, 100]}})), {"id": "earlier", "index": 40})
	reports := [object.union(earlier, {"predicate": {"window": {"start": "2025-04-01T00:00:00Z", "end": "2025-05-01T00:00:00Z"}}})]
	status(fixture.with_items(asked, "monitoring-report", array.concat(asked.evidence["monitoring-report"], reports))) == "unassessable"
}
