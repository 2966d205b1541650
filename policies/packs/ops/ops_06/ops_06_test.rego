package assize.ops.ops_06_test

import data.assize.fixture
import data.assize.ops.ops_06 as rule

params := {"monitoring_cadence_limit_s": 8035200, "monitoring_label_delay_limit_s": 63072000, "monitoring_min_n": 30, "monitoring_silence_cadences": 2, "performance_drop_limit": 0.25, "performance_max_drop": 0.05}

# AUC in February 2025, simulated over the German credit data (Statlog, UCI, CC
# BY 4.0); baseline as evaluated.
february := {"name": "auc", "value": 0.71240037122, "ci_low": 0.6607894882, "ci_high": 0.76401125424, "ci_level": 0.95, "n": 400}

planned := {"name": "auc", "comparator": ">=", "threshold": 0.65, "baseline": 0.78015873016, "max_drop": 0.2}

report(month, next, perf) := object.union(
	fixture.item("monitoring-report", 40 + to_number(month), {
		"environment": "production",
		"window": {"start": sprintf("2025-%s-01T00:00:00Z", [month]), "end": sprintf("2025-%s-01T00:00:00Z", [next])},
		"perf": perf,
	}),
	{"claimed": at, "proven": at},
) if {
	at := sprintf("2025-%s-01T08:00:00.000000Z", [next])
}

question(metrics, reports) := object.union(
	fixture.question("continue", {
		"monitoring-plan": [fixture.item("monitoring-plan", 12, {"environment": "production", "cadence_s": 2678400, "min_n": 100, "metrics": metrics})],
		"monitoring-report": reports,
	}),
	{"now": "2025-03-15T00:00:00Z"},
)

asked := question([planned], [report("02", "03", [february])])

passing := {"february": {"input": asked, "params": params}}

seen(patch) := question([planned], [report("02", "03", [object.union(february, patch)])])

# A producer who calls his figure failed is believed against himself.
test_fail_conceded if {
	fixture.status(data.assize.ops.ops_06) == "pass" with input as seen({"passed": true}) with assize.reached as fixture.clock with data.params as params
	fixture.status(data.assize.ops.ops_06) == "fail" with input as seen({"passed": false}) with assize.reached as fixture.clock with data.params as params
	fixture.says(rule.deny, "says itself that auc is not good enough") with input as seen({"passed": false}) with assize.reached as fixture.clock with data.params as params
}

test_pass if {
	fixture.status(data.assize.ops.ops_06) == "pass" with input as asked with assize.reached as fixture.clock with data.params as params
}

# Drift statistics of the plan are another rule's.
test_pass_beside_drift if {
	both := question([planned, {"name": "psi", "threshold": 0.25}], [report("02", "03", [february])])
	fixture.status(data.assize.ops.ops_06) == "pass" with input as both with assize.reached as fixture.clock with data.params as params
}

test_fail_below_the_floor if {
	low := seen({"value": 0.64, "ci_low": 0.6})
	fixture.status(data.assize.ops.ops_06) == "fail" with input as low with assize.reached as fixture.clock with data.params as params
	some finding in rule.deny with input as low with assize.reached as fixture.clock with data.params as params
	finding.value == 0.64
	finding.bound == 0.65
	finding.interval == "claimed"
	finding.n == 400
}

# Without a max_drop in the plan the parameter stands: 5 %, and February lost 9 %.
test_fail_drop_by_default if {
	strict := question([object.remove(planned, ["max_drop"])], [report("02", "03", [february])])
	fixture.status(data.assize.ops.ops_06) == "fail" with input as strict with assize.reached as fixture.clock with data.params as params
	some finding in rule.deny with input as strict with assize.reached as fixture.clock with data.params as params
	finding.basis == "parameter performance_max_drop"
	contains(finding.msg, "from 0.78 at the evaluation to 0.712")
}

# A metric that should be small drops upwards.
test_fail_error_rate_rose if {
	wanted := {"name": "error_rate", "comparator": "<=", "threshold": 0.4, "baseline": 0.2, "max_drop": 0.2}
	rose := question([wanted], [report("02", "03", [{"name": "error_rate", "value": 0.3, "n": 400}])])
	fixture.status(data.assize.ops.ops_06) == "fail" with input as rose with assize.reached as fixture.clock with data.params as params
}

# Every report that overlaps the last cadence, not the newest.
test_fail_second_report_of_the_cadence if {
	bad := object.union(report("02", "03", [object.union(february, {"value": 0.6, "ci_low": 0.5})]), {"index": 41})
	two := question([planned], [report("02", "03", [february]), bad])
	fixture.status(data.assize.ops.ops_06) == "fail" with input as two with assize.reached as fixture.clock with data.params as params
}

test_fail_metric_not_reported if {
	other := question([planned], [report("02", "03", [object.union(february, {"name": "accuracy"})])])
	fixture.status(data.assize.ops.ops_06) == "fail" with input as other with assize.reached as fixture.clock with data.params as params
}

# Outcomes that are not due yet are not missing; what was known before is judged.
test_label_delay if {
	delayed := question([planned], [report("02", "03", []), report("01", "02", [february])])
	waiting := fixture.told(delayed, "monitoring-plan", {"label_delay_s": 2592000})
	fixture.status(data.assize.ops.ops_06) == "pass" with input as waiting with assize.reached as fixture.clock with data.params as params
	due := object.union(waiting, {"now": "2025-03-31T00:00:00Z"})
	fixture.status(data.assize.ops.ops_06) == "fail" with input as due with assize.reached as fixture.clock with data.params as params
}

test_unassessable_straddles if {
	wide := seen({"ci_low": 0.64})
	fixture.status(data.assize.ops.ops_06) == "unassessable" with input as wide with assize.reached as fixture.clock with data.params as params
	some finding in rule.not_assessable with input as wide with assize.reached as fixture.clock with data.params as params
	finding.bound == 0.65
	finding.ci_low == 0.64
}

test_unassessable_no_interval if {
	bare := question([planned], [report("02", "03", [object.remove(february, ["ci_low"])])])
	fixture.status(data.assize.ops.ops_06) == "unassessable" with input as bare with assize.reached as fixture.clock with data.params as params
}

test_unassessable_too_few if {
	fixture.status(data.assize.ops.ops_06) == "unassessable" with input as seen({"n": 50}) with assize.reached as fixture.clock with data.params as params
}

test_unassessable_no_baseline if {
	silent := question([object.remove(planned, ["baseline"])], [report("02", "03", [february])])
	fixture.status(data.assize.ops.ops_06) == "unassessable" with input as silent with assize.reached as fixture.clock with data.params as params
}

test_unassessable_drop_laxer_than_the_limit if {
	lax := question([object.union(planned, {"max_drop": 0.9})], [report("02", "03", [february])])
	fixture.status(data.assize.ops.ops_06) == "unassessable" with input as lax with assize.reached as fixture.clock with data.params as params
}

test_unassessable_stale if {
	late := object.union(asked, {"now": "2025-06-01T00:00:00Z"})
	fixture.status(data.assize.ops.ops_06) == "unassessable" with input as late with assize.reached as fixture.clock with data.params as params
}

# One of two plans would win unseen, and a cadence of ten years would hide silence.
test_unassessable_second_plan_in_force if {
	first := asked.evidence["monitoring-plan"][0]
	two := fixture.with_items(asked, "monitoring-plan", [first, object.union(first, {"index": 3, "id": "older"})])
	fixture.status(data.assize.ops.ops_06) == "unassessable" with input as two with assize.reached as fixture.clock with data.params as params
	fixture.says(rule.not_assessable, "in force besides") with input as two with assize.reached as fixture.clock with data.params as params
}

test_unassessable_cadence_beyond_the_limit if {
	slow := fixture.told(asked, "monitoring-plan", {"cadence_s": 315360000})
	fixture.status(data.assize.ops.ops_06) == "unassessable" with input as slow with assize.reached as fixture.clock with data.params as params
	fixture.says(rule.not_assessable, "slower than the 8035200 s") with input as slow with assize.reached as fixture.clock with data.params as params
}

test_unassessable_delay_beyond_the_limit if {
	late := fixture.told(asked, "monitoring-plan", {"label_delay_s": 315360000})
	fixture.status(data.assize.ops.ops_06) == "unassessable" with input as late with assize.reached as fixture.clock with data.params as params
	fixture.says(rule.not_assessable, "lets outcomes come") with input as late with assize.reached as fixture.clock with data.params as params
}

test_unassessable_baseline_of_nothing if {
	every baseline in [0, -3] {
		idle := question([object.union(planned, {"threshold": 0.5, "baseline": baseline})], [report("02", "03", [february])])
		fixture.status(data.assize.ops.ops_06) == "unassessable" with input as idle with assize.reached as fixture.clock with data.params as params
	}
}

test_unassessable_floor_that_cannot_be_missed if {
	idle := question([object.union(planned, {"threshold": 0})], [report("02", "03", [february])])
	fixture.status(data.assize.ops.ops_06) == "unassessable" with input as idle with assize.reached as fixture.clock with data.params as params
	fixture.says(rule.not_assessable, "which no value of it can miss") with input as idle with assize.reached as fixture.clock with data.params as params
}

test_unassessable_no_performance_metric if {
	none := question([{"name": "psi", "threshold": 0.25}], [report("02", "03", [february])])
	fixture.status(data.assize.ops.ops_06) == "unassessable" with input as none with assize.reached as fixture.clock with data.params as params
	fixture.says(rule.not_assessable, "declares no performance metric") with input as none with assize.reached as fixture.clock with data.params as params
}
