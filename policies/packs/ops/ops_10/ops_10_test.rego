package assize.ops.ops_10_test

import data.assize.fixture
import data.assize.ops.ops_10 as rule

params := {
	"fresh_days_eval_result": 365, "fresh_days_explainability": 365, "fresh_days_fairness_assessment": 365, "fresh_days_human_oversight": 365,
	"fresh_days_model_card": 365, "fresh_days_monitoring_plan": 365, "fresh_days_risk_assessment": 365, "fresh_days_system_profile": 365,
}

asked := object.union(
	fixture.question("continue", {
		"system-profile": [fixture.item("system-profile", 10, {})],
		"model-card": [fixture.item("model-card", 11, {})],
		"eval-result": [fixture.item("eval-result", 12, {})],
		"risk-assessment": [fixture.item("risk-assessment", 13, {})],
		"monitoring-plan": [fixture.item("monitoring-plan", 14, {})],
		"human-oversight": [], "fairness-assessment": [], "explainability": [],
	}),
	{"now": "2025-12-01T00:00:00Z"},
)

passing := {"all of them": {"input": asked, "params": params}}

status(question_) := s if {
	s := fixture.status(data.assize.ops.ops_10) with input as question_ with assize.reached as fixture.clock with data.params as params
}

test_pass if {
	status(asked) == "pass"
	renewed := fixture.with_items(asked, "eval-result", [asked.evidence["eval-result"][0], fixture.item("eval-result", 1, {"executed_at": "2023-01-01T00:00:00Z"})])
	status(renewed) == "pass"
}

test_fail_old if {
	late := object.union(asked, {"now": "2026-01-10T12:00:00Z"})
	status(late) == "fail"
	count(rule.deny) == 1 with input as late with assize.reached as fixture.clock with data.params as params
	fixture.says(rule.deny, "the newest system-profile is of 2025-01-10; after 365 days, on 2026-01-10") with input as late with assize.reached as fixture.clock with data.params as params
}

# What was measured two years ago is not young because it was signed today.
test_fail_measured_long_ago if {
	status(fixture.told(asked, "eval-result", {"executed_at": "2023-01-01T00:00:00Z"})) == "fail"
	status(fixture.told(asked, "risk-assessment", {"reviewed_at": "2023-01-01T00:00:00Z"})) == "fail"
}

# A new evaluation of accuracy does not renew one of robustness.
test_fail_other_category if {
	old := fixture.item("eval-result", 1, {"category": "robustness", "executed_at": "2023-01-01T00:00:00Z"})
	two := fixture.with_items(asked, "eval-result", [object.union(asked.evidence["eval-result"][0], {"predicate": {"category": "performance"}}), old])
	status(two) == "fail"
	fixture.says(rule.deny, "eval-result (robustness)") with input as two with assize.reached as fixture.clock with data.params as params
}

test_fail_optional_and_old if {
	old := object.union(asked, {"evidence": {"human-oversight": [object.union(fixture.item("human-oversight", 5, {}), {"claimed": "2024-01-01T00:00:00.000000Z"})]}})
	status(old) == "fail"
}

test_unassessable if {
	silent := fixture.with_items(asked, "model-card", [object.remove(asked.evidence["model-card"][0], ["claimed", "proven"])])
	status(silent) == "unassessable"
}
