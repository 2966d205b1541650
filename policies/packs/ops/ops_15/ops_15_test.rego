package assize.ops.ops_15_test

import data.assize.fixture
import data.assize.ops.ops_15 as rule

params := {
	"fairness_difference_limit": 0.2, "fairness_min_n": 30, "fairness_ratio_limit": 0.8, "monitoring_cadence_limit_s": 8035200,
	"monitoring_label_delay_limit_s": 63072000, "monitoring_silence_cadences": 2,
}

slice(value, n, selected) := {"attributes": {"sex": value}, "counts": {"n": n, "selected": selected}}

report(slices) := object.union(
	fixture.item("monitoring-report", 47, {
		"environment": "production", "n": 4000, "window": {"start": "2025-07-01T00:00:00Z", "end": "2025-08-01T00:00:00Z"}, "slices": slices,
	}),
	{"claimed": "2025-08-01T08:00:00.000000Z", "proven": "2025-08-01T08:00:00.000000Z"},
)

planned := {"name": "demographic_parity_difference", "attribute": "sex", "comparator": "<=", "threshold": 0.1}

question(slices) := object.union(
	fixture.question("continue", {
		"monitoring-plan": [fixture.item("monitoring-plan", 12, {"environment": "production", "cadence_s": 2678400, "metrics": [planned]})],
		"monitoring-report": [report(slices)],
		"system-profile": [fixture.item("system-profile", 1, {"affected_groups": ["applicants"]})],
	}),
	{"now": "2025-08-15T00:00:00Z"},
)

asked := question([slice("female", 1500, 1050), slice("male", 2500, 1800)])

passing := {"even": {"input": asked, "params": params}}

status(question_) := s if {
	s := fixture.status(data.assize.ops.ops_15) with input as question_ with assize.reached as fixture.clock with data.params as params
}

monitored(patch) := fixture.told(asked, "monitoring-plan", {"metrics": [object.union(planned, patch)]})

test_pass if {
	status(asked) == "pass"
	status(monitored({"name": "demographic_parity_ratio", "comparator": ">=", "threshold": 0.85})) == "pass"
}

test_fail if {
	wide := question([slice("female", 1500, 750), slice("male", 2500, 1800)])
	status(wide) == "fail"
	some finding in rule.deny with input as wide with assize.reached as fixture.clock with data.params as params
	abs(finding.value - 0.22) < 0.0000001
	finding.bound == 0.1
	contains(finding.msg, "between male and female")
}

test_fail_not_watched if {
	status(fixture.told(asked, "monitoring-plan", {"metrics": [{"name": "auc"}]})) == "fail"
	status(monitored({"attribute": "age_band"})) == "fail"
	late := fixture.untold(asked, "monitoring-report", ["slices"])
	status(late) == "fail"
}

test_fail_more_than_the_window_had if {
	status(fixture.told(asked, "monitoring-report", {"n": 3000})) == "fail"
}

test_unassessable if {
	status(question([slice("female", 150, 105), slice("male", 250, 180)])) == "unassessable"
	status(question([slice("female", 15, 10), slice("male", 2500, 1800)])) == "unassessable"
	status(monitored({"threshold": 0.5})) == "unassessable"
	status(monitored({"name": "gini"})) == "unassessable"
	status(object.union(asked, {"now": "2025-12-01T00:00:00Z"})) == "unassessable"
	status(fixture.told(asked, "monitoring-plan", {"cadence_s": 315360000})) == "unassessable"
	status(fixture.untold(asked, "system-profile", ["affected_groups"])) == "unassessable"
}

test_not_applicable if {
	nobody := fixture.told(asked, "system-profile", {"affected_groups": [], "system_id": "system:credit-scoring", "tier_reason": "pumps water"})
	status(nobody) == "not_applicable"
	status(fixture.marked(nobody, "system-profile", {"roles": ["developer"]})) == "unassessable"
}

# A newer report does not count groups yet, for outcomes come a month late.
test_pass_before_outcomes_are_due if {
	coming := object.union(fixture.untold_item(report([]), ["slices"]), {
		"id": "coming", "index": 48, "claimed": "2025-08-10T08:00:00.000000Z", "proven": "2025-08-10T08:00:00.000000Z",
		"predicate": {"window": {"start": "2025-08-01T00:00:00Z", "end": "2025-08-10T00:00:00Z"}},
	})
	slow := fixture.told(asked, "monitoring-plan", {"label_delay_s": 2678400})
	status(fixture.with_items(slow, "monitoring-report", [coming, slow.evidence["monitoring-report"][0]])) == "pass"
}
