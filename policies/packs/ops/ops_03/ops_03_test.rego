package assize.ops.ops_03_test

import data.assize.fixture
import data.assize.ops.ops_03 as rule

params := {
	"drift_test_level": 0.05, "drift_test_level_least": 0.001, "monitoring_cadence_limit_s": 8035200, "monitoring_min_n": 30,
	"monitoring_silence_cadences": 2, "recompute_tolerance": 0.000000001,
}

reference := [71, 70, 69, 70, 70, 70, 71, 69, 70, 70]

# Amounts of the German credit data in June and August, simulated (Statlog, UCI, CC BY
# 4.0); statistics by scipy 1.10.1.
june := [45, 43, 27, 34, 35, 40, 57, 20, 44, 55]

august := [28, 36, 16, 28, 25, 28, 47, 32, 64, 96]

histogram(counts) := {"upper_edges": [1, 2, 3, 4, 5, 6, 7, 8, 9], "reference_counts": reference, "window_counts": counts}

quiet := {"feature": "Amount", "method": "ks", "stat": 0.0475, "histogram": histogram(june)}

moved := {"feature": "Amount", "method": "ks", "stat": 0.2, "histogram": histogram(august)}

report(drifts) := object.union(
	fixture.item("monitoring-report", 47, {
		"environment": "production", "n": 400, "window": {"start": "2025-07-01T00:00:00Z", "end": "2025-08-01T00:00:00Z"}, "feature_drift": drifts,
	}),
	{"claimed": "2025-08-01T08:00:00.000000Z", "proven": "2025-08-01T08:00:00.000000Z"},
)

plan := fixture.item("monitoring-plan", 12, {"environment": "production", "cadence_s": 2678400, "metrics": [{"name": "ks", "feature": "Amount", "threshold": 0.05}]})

question(drifts) := object.union(
	fixture.question("continue", {"monitoring-plan": [plan], "monitoring-report": [report(drifts)]}),
	{"now": "2025-08-15T00:00:00Z"},
)

asked := question([quiet])

# The chi-squared test of the output, at the level of the parameters.
output := object.union(
	fixture.question("continue", {
		"monitoring-plan": [fixture.item("monitoring-plan", 12, {"environment": "production", "cadence_s": 2678400})],
		"monitoring-report": [object.union(fixture.untold_item(report([]), ["feature_drift"]), {"predicate": {"prediction_drift": {"method": "chi2", "stat": 0.356980112619, "histogram": {
			"upper_edges": [1, 2], "reference_counts": [10, 20, 30], "window_counts": [12, 18, 33],
		}}}})],
	}),
	{"now": "2025-08-15T00:00:00Z"},
)

passing := {
	"feature by the plan": {"input": fixture.untold(asked, "monitoring-plan", ["metrics"]), "params": params},
	"output by the parameters": {"input": output, "params": params},
}

status(question_) := s if {
	s := fixture.status(data.assize.ops.ops_03) with input as question_ with assize.reached as fixture.clock with data.params as params
}

test_pass_each if {
	count([name | some name, fixed in passing; status(fixed.input) == "pass"]) == count(passing)
	status(asked) == "pass"
}

test_fail if {
	status(question([moved])) == "fail"
	some finding in rule.deny with input as question([moved]) with assize.reached as fixture.clock with data.params as params
	finding.n == 400
	finding.bound == 0.05
	abs(finding.value - 0.0000000028655968522) < 0.0000000000001
	finding.statistic == 0.2
}

# June's chi-squared has p 0.027: alone it fails, as one of two tests it warns.
test_correction_for_many if {
	chi := {"feature": "Amount", "method": "chi2", "stat": 18.7813151056, "histogram": histogram(june)}
	status(question([chi])) == "fail"
	two := question([chi, quiet])
	status(two) == "pass"
	fixture.says(rule.warn, "as a single test") with input as two with assize.reached as fixture.clock with data.params as params
	by_default := fixture.untold(question([chi]), "monitoring-plan", ["metrics"])
	some finding in rule.deny with input as by_default with assize.reached as fixture.clock with data.params as params
	finding.basis == "parameter drift_test_level"
}

# A producer who saw more on the values than the bins show is believed.
test_fail_by_the_claimed_p if {
	status(question([object.union(quiet, {"stat": 0.3, "p": 0.0001})])) == "fail"
}

test_fail_claim_below_the_counts if {
	status(question([object.union(moved, {"stat": 0.01})])) == "fail"
	fixture.says(rule.deny, "claims KS 0.01 for Amount") with input as question([object.union(quiet, {"stat": 0.01})]) with assize.reached as fixture.clock with data.params as params
	status(question([{"feature": "Amount", "method": "chi2", "stat": 3, "histogram": histogram(june)}])) == "fail"
}

test_fail_not_reported if {
	status(question([object.union(quiet, {"feature": "Duration"})])) == "fail"
}

test_unassessable if {
	every drifts in [[object.remove(quiet, ["histogram"])], [object.union(quiet, {"histogram": {"window_counts": [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]}, "stat": 0.5})]] {
		status(question(drifts)) == "unassessable"
	}
	status(fixture.told(asked, "monitoring-plan", {"metrics": [{"name": "ks", "threshold": 0.0001}]})) == "unassessable"
	status(object.union(asked, {"now": "2025-12-01T00:00:00Z"})) == "unassessable"
	status(fixture.with_items(asked, "monitoring-plan", [plan, object.union(plan, {"id": "older"})])) == "unassessable"
	crowded := fixture.told(asked, "monitoring-report", {"n": 10})
	status(crowded) == "unassessable"
	earlier := object.union(report([object.union(quiet, {"histogram": {"reference_counts": [70, 70, 70, 70, 70, 70, 70, 70, 70, 70]}})]), {"id": "earlier", "index": 40})
	status(fixture.with_items(asked, "monitoring-report", [report([quiet]), earlier])) == "unassessable"
}

test_not_applicable if {
	other := fixture.told(question([{"feature": "Amount", "method": "psi", "stat": 0}]), "monitoring-plan", {"metrics": [{"name": "psi"}]})
	status(other) == "not_applicable"
}
