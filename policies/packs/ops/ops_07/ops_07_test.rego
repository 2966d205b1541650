package assize.ops.ops_07_test

import data.assize.fixture
import data.assize.ops.ops_07 as rule

params := {
	"estimated_perf_min_chunks": 6, "estimated_perf_width": 3, "monitoring_cadence_limit_s": 8035200, "monitoring_silence_cadences": 2,
	"recompute_tolerance": 0.000000001,
}

# Mean 0.777, standard deviation 0.0103 (numpy): the band is [0.746, 0.808].
estimate := {"metric": "auc", "method": "cbpe", "value": 0.75, "reference_values": [0.77, 0.78, 0.79, 0.78, 0.77, 0.79, 0.76]}

report(estimates) := object.union(
	fixture.item("monitoring-report", 47, {
		"environment": "production", "window": {"start": "2025-07-01T00:00:00Z", "end": "2025-08-01T00:00:00Z"}, "estimated_perf": estimates,
	}),
	{"claimed": "2025-08-01T08:00:00.000000Z", "proven": "2025-08-01T08:00:00.000000Z"},
)

question(estimates) := object.union(
	fixture.question("continue", {
		"monitoring-plan": [fixture.item("monitoring-plan", 12, {"environment": "production", "cadence_s": 2678400})],
		"monitoring-report": [report(estimates)],
	}),
	{"now": "2025-08-15T00:00:00Z"},
)

asked := question([estimate])

passing := {"in the band": {"input": question([object.union(estimate, {"value": 0.77, "reference_values": [0.77, 0.78, 0.79, 0.78, 0.77, 0.79]})]), "params": params}}

status(question_) := s if {
	s := fixture.status(data.assize.ops.ops_07) with input as question_ with assize.reached as fixture.clock with data.params as params
}

test_pass if {
	status(asked) == "pass"
	status(passing["in the band"].input) == "pass"
	status(question([object.union(estimate, {"band_low": 0.746238131925, "band_high": 0.808047582361})])) == "pass"
}

test_fail_outside if {
	every value in [0.74, 0.81] {
		status(question([object.union(estimate, {"value": value})])) == "fail"
	}
	fixture.says(rule.deny, "outside [0.746, 0.808], the mean 0.777 of 7 reference chunks") with input as question([object.union(estimate, {"value": 0.7})]) with assize.reached as fixture.clock with data.params as params
}

# A band wider than its chunks give would let anything in.
test_fail_claimed_band if {
	status(question([object.union(estimate, {"band_low": 0.5})])) == "fail"
	fixture.says(rule.deny, "claims 0.5 as the low end") with input as question([object.union(estimate, {"band_low": 0.5})]) with assize.reached as fixture.clock with data.params as params
}

test_fail_not_estimated if status(question([])) == "fail"

test_unassessable if {
	status(question([object.remove(estimate, ["reference_values"])])) == "unassessable"
	status(question([object.union(estimate, {"reference_values": [0.77, 0.78, 0.79, 0.78, 0.77]})])) == "unassessable"
	status(object.union(asked, {"now": "2025-12-01T00:00:00Z"})) == "unassessable"
	status(fixture.told(asked, "monitoring-plan", {"cadence_s": 315360000})) == "unassessable"
}

test_not_applicable if {
	known := fixture.told(fixture.untold(fixture.told(asked, "monitoring-plan", {"label_delay_s": 0}), "monitoring-report", ["estimated_perf"]), "monitoring-report", {"perf": [{"name": "auc", "value": 0.7}]})
	status(known) == "not_applicable"
	status(fixture.told(known, "monitoring-plan", {"label_delay_s": 86400})) == "fail"
}

# One chunk with an AUC of a million widens the band to where everything lies inside.
test_unassessable_impossible_reference if {
	wide := question([object.union(estimate, {"value": 0.2, "reference_values": array.concat(estimate.reference_values, [1000000])})])
	status(wide) == "unassessable"
	fixture.says(rule.not_assessable, "outside 0 to 1") with input as wide with assize.reached as fixture.clock with data.params as params
	status(question([object.union(estimate, {"metric": "rmse", "value": 7, "reference_values": [7, 8, 6, 7, 8, 6]})])) == "pass"
}
