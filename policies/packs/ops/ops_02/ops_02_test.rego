package assize.ops.ops_02_test

import data.assize.fixture
import data.assize.ops.ops_02 as rule

params := {
	"monitoring_cadence_limit_s": 8035200, "monitoring_min_n": 30, "monitoring_silence_cadences": 2, "psi_fail": 0.25, "psi_floor": 0.0001, "psi_limit": 0.35, "psi_warn": 0.1,
	"recompute_tolerance": 0.000000001,
}

reference := [71, 70, 69, 70, 70, 70, 71, 69, 70, 70]

# The amount in windows of 2025, simulated over the German credit data (Statlog,
# UCI, CC BY 4.0): June is quiet, July warns, August fails.
june := {"counts": [45, 43, 27, 34, 35, 40, 57, 20, 44, 55], "psi": 0.077388772757}

july := {"counts": [25, 37, 13, 45, 52, 48, 42, 43, 31, 64], "psi": 0.14056517428}

august := {"counts": [28, 36, 16, 28, 25, 28, 47, 32, 64, 96], "psi": 0.26156707117}

drift(feature, counts, stat) := {
	"feature": feature, "method": "psi", "stat": stat,
	"histogram": {"upper_edges": [932, 1275, 1476.8, 1896, 2295.5, 2822, 3590, 4675.8, 7004.8], "reference_counts": reference, "window_counts": counts},
}

report(month, next, drifts) := object.union(
	fixture.item("monitoring-report", 40 + to_number(month), {
		"environment": "production", "n": 400,
		"window": {"start": sprintf("2025-%s-01T00:00:00Z", [month]), "end": sprintf("2025-%s-01T00:00:00Z", [next])},
		"feature_drift": drifts,
	}),
	{"claimed": at, "proven": at},
) if {
	at := sprintf("2025-%s-01T08:00:00.000000Z", [next])
}

plan := fixture.item("monitoring-plan", 12, {
	"environment": "production", "cadence_s": 2678400, "min_n": 100,
	"metrics": [{"name": "psi", "feature": "Amount", "warn": 0.1, "threshold": 0.25}],
})

question(reports) := object.union(
	fixture.question("continue", {"monitoring-plan": [plan], "monitoring-report": reports}),
	{"now": "2025-08-15T00:00:00Z"},
)

quiet := drift("Amount", june.counts, june.psi)

moved := drift("Amount", august.counts, august.psi)

asked := question([report("07", "08", [quiet])])

by_default := fixture.untold(asked, "monitoring-plan", ["metrics", "min_n"])

passing := {
	"bounds of the plan": {"input": asked, "params": params},
	"bounds of the parameters": {"input": by_default, "params": params},
}

psi(counts) := assize.psi(reference, counts, 0.0001)

test_pass_each if {
	count([name |
		some name, fixed in passing
		fixture.status(data.assize.ops.ops_02) == "pass" with input as fixed.input with assize.reached as fixture.clock with data.params as params
	]) == count(passing)
}

test_recomputes_the_claimed_figures if {
	every month in [june, july, august] {
		abs(psi(month.counts) - month.psi) < 0.00000000001
	}
}

test_warns_between_the_bounds if {
	warm := question([report("07", "08", [drift("Amount", july.counts, july.psi)])])
	fixture.status(data.assize.ops.ops_02) == "pass" with input as warm with assize.reached as fixture.clock with data.params as params
	some finding in rule.warn with input as warm with assize.reached as fixture.clock with data.params as params
	abs(finding.value - 0.141) < 0.0005
	finding.bound == 0.1
}

test_fail if {
	drifted := question([report("07", "08", [moved])])
	fixture.status(data.assize.ops.ops_02) == "fail" with input as drifted with assize.reached as fixture.clock with data.params as params
	some finding in rule.deny with input as drifted with assize.reached as fixture.clock with data.params as params
	abs(finding.value - 0.262) < 0.0005
	finding.bound == 0.25
	finding.n == 400
	startswith(finding.basis, "monitoring-plan")
}

test_fail_claim_differs_from_counts if {
	lying := question([report("07", "08", [drift("Amount", august.counts, 0.05)])])
	fixture.status(data.assize.ops.ops_02) == "fail" with input as lying with assize.reached as fixture.clock with data.params as params
	fixture.says(rule.deny, "claims PSI 0.05") with input as lying with assize.reached as fixture.clock with data.params as params
	modest := question([report("07", "08", [drift("Amount", june.counts, 0.06)])])
	fixture.status(data.assize.ops.ops_02) == "fail" with input as modest with assize.reached as fixture.clock with data.params as params
}

# Every report that overlaps the last cadence, not the newest.
test_fail_second_report_of_the_cadence if {
	bad := object.union(report("07", "08", [moved]), {"index": 45, "id": "elsewhere"})
	two := question([report("07", "08", [quiet]), bad])
	fixture.status(data.assize.ops.ops_02) == "fail" with input as two with assize.reached as fixture.clock with data.params as params
}

test_window_before_the_last_cadence_is_past if {
	before := question([report("07", "08", [quiet]), report("05", "06", [moved])])
	fixture.status(data.assize.ops.ops_02) == "pass" with input as before with assize.reached as fixture.clock with data.params as params
}

test_fail_feature_no_longer_reported if {
	dropped := question([report("07", "08", [drift("Duration", june.counts, june.psi)])])
	fixture.status(data.assize.ops.ops_02) == "fail" with input as dropped with assize.reached as fixture.clock with data.params as params
	fixture.says(rule.deny, "Amount is monitored") with input as dropped with assize.reached as fixture.clock with data.params as params
}

test_fail_more_cases_than_the_window if {
	over := fixture.told(asked, "monitoring-report", {"n": 300})
	fixture.status(data.assize.ops.ops_02) == "fail" with input as over with assize.reached as fixture.clock with data.params as params
}

test_unassessable_without_histogram if {
	bare := question([report("07", "08", [object.remove(quiet, ["histogram"])])])
	fixture.status(data.assize.ops.ops_02) == "unassessable" with input as bare with assize.reached as fixture.clock with data.params as params
}

test_unassessable_reference_changed if {
	followed := object.union(moved, {"histogram": object.union(moved.histogram, {"reference_counts": august.counts}), "stat": 0})
	two := question([report("07", "08", [followed]), report("06", "07", [quiet])])
	fixture.status(data.assize.ops.ops_02) == "unassessable" with input as two with assize.reached as fixture.clock with data.params as params
	fixture.says(rule.not_assessable, "different references") with input as two with assize.reached as fixture.clock with data.params as params
}

test_unassessable_too_few if {
	few := fixture.told(asked, "monitoring-plan", {"min_n": 1000})
	fixture.status(data.assize.ops.ops_02) == "unassessable" with input as few with assize.reached as fixture.clock with data.params as params
}

test_unassessable_stale if {
	late := object.union(asked, {"now": "2025-10-02T00:00:00Z"})
	fixture.status(data.assize.ops.ops_02) == "unassessable" with input as late with assize.reached as fixture.clock with data.params as params
}

test_unassessable_bound_laxer_than_the_limit if {
	lax := fixture.told(asked, "monitoring-plan", {"metrics": [{"name": "psi", "threshold": 2}]})
	fixture.status(data.assize.ops.ops_02) == "unassessable" with input as lax with assize.reached as fixture.clock with data.params as params
}

test_unassessable_nothing_monitored if {
	none := question([report("07", "08", [])])
	bare := fixture.told(none, "monitoring-plan", {"metrics": []})
	fixture.status(data.assize.ops.ops_02) == "unassessable" with input as bare with assize.reached as fixture.clock with data.params as params
}

# One of two plans would win unseen, and a cadence of ten years would hide silence.
test_unassessable_second_plan_in_force if {
	first := asked.evidence["monitoring-plan"][0]
	two := fixture.with_items(asked, "monitoring-plan", [first, object.union(first, {"index": 3, "id": "older"})])
	fixture.status(data.assize.ops.ops_02) == "unassessable" with input as two with assize.reached as fixture.clock with data.params as params
	fixture.says(rule.not_assessable, "in force besides") with input as two with assize.reached as fixture.clock with data.params as params
}

test_unassessable_cadence_beyond_the_limit if {
	slow := fixture.told(asked, "monitoring-plan", {"cadence_s": 315360000})
	fixture.status(data.assize.ops.ops_02) == "unassessable" with input as slow with assize.reached as fixture.clock with data.params as params
	fixture.says(rule.not_assessable, "slower than the 8035200 s") with input as slow with assize.reached as fixture.clock with data.params as params
}

# Loosening the plan after the report was in does not undo its failure.
test_fail_plan_loosened_after_the_report if {
	loose := fixture.told(question([report("07", "08", [moved])]), "monitoring-plan", {"metrics": [{"name": "psi", "threshold": 0.34}]})
	fixture.status(data.assize.ops.ops_02) == "pass" with input as loose with assize.reached as fixture.clock with data.params as params
	late := fixture.marked(loose, "monitoring-plan", {"index": 90})
	fixture.status(data.assize.ops.ops_02) == "fail" with input as late with assize.reached as fixture.clock with data.params as params
	some finding in rule.deny with input as late with assize.reached as fixture.clock with data.params as params
	finding.bound == 0.25
	finding.basis == "parameter psi_fail"
}

test_fail_names_whose_bound_it_was if {
	own := question([report("07", "08", [moved])])
	some finding in rule.deny with input as own with assize.reached as fixture.clock with data.params as params
	startswith(finding.basis, "monitoring-plan")
	by_parameter := fixture.with_items(by_default, "monitoring-report", [report("07", "08", [moved])])
	some other in rule.deny with input as by_parameter with assize.reached as fixture.clock with data.params as params
	other.basis == "parameter psi_fail"
}

test_unassessable_cases_not_stated if {
	silent := fixture.untold(asked, "monitoring-report", ["n"])
	fixture.status(data.assize.ops.ops_02) == "unassessable" with input as silent with assize.reached as fixture.clock with data.params as params
	fixture.says(rule.not_assessable, "how many cases its window had") with input as silent with assize.reached as fixture.clock with data.params as params
}
