package assize.ops.ops_08_test

import data.assize.fixture
import data.assize.ops.ops_08 as rule

params := {"forecast_horizon_days": 30, "forecast_max_reports": 60, "forecast_min_reports": 6, "monitoring_cadence_limit_s": 8035200}

# Reports of thirty days each, the newest first; the last window ends on 2025-06-30.
report(k, value) := object.union(
	fixture.item("monitoring-report", 100 - k, {
		"environment": "production",
		"window": {"start": assize.plus_days("2025-05-31T00:00:00Z", -30 * k), "end": assize.plus_days("2025-06-30T00:00:00Z", -30 * k)},
		"perf": [{"name": "auc", "value": value, "n": 400}],
	}),
	{"claimed": at, "proven": at},
) if {
	at := assize.plus_days("2025-06-30T08:00:00Z", -30 * k)
}

plan := fixture.item("monitoring-plan", 12, {"environment": "production", "cadence_s": 2678400, "metrics": [{"name": "auc", "comparator": ">=", "threshold": 0.7}]})

question(values, now) := object.union(
	fixture.question("continue", {"monitoring-plan": [plan], "monitoring-report": [report(k, value) | some k, value in values]}),
	{"now": now},
)

# A hundredth a report: 0.75 on 2025-06-30 meets 0.7 after 150 days, on 2025-11-27.
falling := [0.75, 0.76, 0.77, 0.78, 0.79, 0.8]

level := [0.78, 0.77, 0.79, 0.78, 0.77, 0.78]

asked := question(level, "2025-07-15T00:00:00Z")

# Deleting a report of six leaves five, too few to tell.
passing := {"level": {"input": asked, "params": params}}

status(question_) := s if {
	s := fixture.status(data.assize.ops.ops_08) with input as question_ with assize.reached as fixture.clock with data.params as params
}

test_pass_level_or_rising if {
	status(asked) == "pass"
	status(question(array.reverse(falling), "2026-07-15T00:00:00Z")) == "pass"
}

# It passes, and says when, until thirty days are left.
test_falls_slowly if {
	status(question(falling, "2025-10-27T00:00:00Z")) == "pass"
	some finding in rule.warn with input as question(falling, "2025-10-27T00:00:00Z") with assize.reached as fixture.clock with data.params as params
	finding.value == "2025-11-27T00:00:00Z"
	contains(finding.msg, "on 2025-11-27 (between 2025-11-27 and 2025-11-27)")
	status(question(falling, "2025-10-28T00:00:00Z")) == "fail"
	fixture.says(rule.deny, "less than 30 days are left from 2025-10-28 on") with input as question(falling, "2025-10-28T00:00:00Z") with assize.reached as fixture.clock with data.params as params
}

test_fail_metric_that_should_be_small if {
	rising := [0.25, 0.24, 0.23, 0.22, 0.21, 0.2]
	ceiling := fixture.told(question(rising, "2025-11-15T00:00:00Z"), "monitoring-plan", {"metrics": [{"name": "auc", "comparator": "<=", "threshold": 0.3}]})
	status(ceiling) == "fail"
}

# So slow a fall meets its floor in a century or more.
test_pass_beyond_the_century if {
	slow := [0.799995, 0.799996, 0.799997, 0.799998, 0.799999, 0.8]
	status(question(slow, "2025-07-15T00:00:00Z")) == "pass"
	wide := question([0.749, 0.7495, 0.7512, 0.7511, 0.7513, 0.7514], "2025-07-15T00:00:00Z")
	status(wide) == "pass"
}

test_unassessable if {
	status(question(array.slice(level, 0, 5), "2025-07-15T00:00:00Z")) == "unassessable"
	every metrics in [[], [{"name": "auc", "comparator": "==", "threshold": 0.7}], [{"name": "auc", "comparator": ">="}]] {
		status(fixture.told(asked, "monitoring-plan", {"metrics": metrics})) == "unassessable"
	}
	status(fixture.told(asked, "monitoring-plan", {"cadence_s": 315360000})) == "unassessable"

	# A value that no area under a curve has is none.
	status(question([7, 0.77, 0.79, 0.78, 0.77, 0.78], "2025-07-15T00:00:00Z")) == "unassessable"
}

# A loss may have any value.
test_pass_no_share if {
	losses := [object.union(report(k, 0), {"predicate": {"perf": [{"name": "loss", "value": value, "n": 400}]}}) | some k, value in [7, 7.1, 7, 7.1, 7, 7]]
	planned := fixture.told(asked, "monitoring-plan", {"metrics": [{"name": "loss", "comparator": "<=", "threshold": 9}]})
	status(fixture.with_items(planned, "monitoring-report", losses)) == "pass"
}
