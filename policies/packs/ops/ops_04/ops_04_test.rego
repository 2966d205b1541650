package assize.ops.ops_04_test

import data.assize.fixture
import data.assize.ops.ops_04 as rule

params := {
	"drift_distance": 0.1, "drift_share_limit": 0.5, "drift_test_level": 0.05, "monitoring_cadence_limit_s": 8035200, "monitoring_min_n": 30,
	"monitoring_silence_cadences": 2, "psi_floor": 0.0001, "psi_warn": 0.1, "recompute_tolerance": 0.000000001,
}

nearly := [95, 105, 97, 103]

far := [10, 30, 150, 210]

drift(feature, method, window) := {"feature": feature, "method": method, "histogram": {"upper_edges": [1, 2, 3], "reference_counts": [100, 100, 100, 100], "window_counts": window}}

report(drifts) := object.union(
	fixture.item("monitoring-report", 47, {
		"environment": "production", "n": 400, "window": {"start": "2025-07-01T00:00:00Z", "end": "2025-08-01T00:00:00Z"}, "feature_drift": drifts,
	}),
	{"claimed": "2025-08-01T08:00:00.000000Z", "proven": "2025-08-01T08:00:00.000000Z"},
)

question(drifts) := object.union(
	fixture.question("continue", {
		"monitoring-plan": [fixture.item("monitoring-plan", 12, {"environment": "production", "cadence_s": 2678400})],
		"monitoring-report": [report(drifts)],
	}),
	{"now": "2025-08-15T00:00:00Z"},
)

asked := question([drift("Amount", "psi", nearly)])

passing := {method: {"input": question([drift("Amount", method, nearly)]), "params": params} | some method in ["psi", "js", "ks", "chi2"]}

status(question_) := s if {
	s := fixture.status(data.assize.ops.ops_04) with input as question_ with assize.reached as fixture.clock with data.params as params
}

three(window) := question([drift("Amount", "psi", window), drift("Duration", "ks", nearly), drift("Age", "js", nearly)])

test_pass_each if {
	count([name | some name, fixed in passing; status(fixed.input) == "pass"]) == 4
	status(three(far)) == "pass"
}

test_fail_half if {
	half := question([drift("Amount", "psi", far), drift("Duration", "ks", nearly)])
	status(half) == "fail"
	some finding in rule.deny with input as half with assize.reached as fixture.clock with data.params as params
	finding.value == 0.5
	finding.n == 2
	contains(finding.msg, "1 of 2 features drifted (50 %): Amount")
	every method in ["ks", "chi2", "hellinger"] {
		status(question([drift("Amount", method, far)])) == "fail"
	}
}

test_bound_of_the_plan if {
	strict := fixture.told(three(far), "monitoring-plan", {"metrics": [{"name": "drift_share", "threshold": 0.2}]})
	status(strict) == "fail"
	fixture.says(rule.deny, "monitoring-plan 0000") with input as strict with assize.reached as fixture.clock with data.params as params

	# A plan cannot set it laxer.
	lax := fixture.told(question([drift("Amount", "psi", far)]), "monitoring-plan", {"metrics": [{"name": "drift_share", "threshold": 2}]})
	status(lax) == "fail"
}

test_claims if {
	status(fixture.told(asked, "monitoring-report", {"drift_share": 0.6})) == "fail"
	fixture.says(rule.deny, "says itself that 60 %") with input as fixture.told(asked, "monitoring-report", {"drift_share": 0.6}) with assize.reached as fixture.clock with data.params as params
	status(fixture.told(asked, "monitoring-report", {"drift_share": 0.3})) == "pass"
	fixture.says(rule.warn, "claims a drift share of 30 %") with input as fixture.told(asked, "monitoring-report", {"drift_share": 0.3}) with assize.reached as fixture.clock with data.params as params
}

test_unassessable if {
	status(question([object.remove(drift("Amount", "psi", nearly), ["histogram"])])) == "unassessable"
	status(question([])) == "unassessable"
	status(fixture.told(asked, "monitoring-plan", {"metrics": [{"name": "psi", "feature": "Duration"}]})) == "unassessable"
	status(object.union(asked, {"now": "2025-12-01T00:00:00Z"})) == "unassessable"
	status(fixture.told(asked, "monitoring-plan", {"cadence_s": 315360000})) == "unassessable"
}
