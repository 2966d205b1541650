package assize.ops.ops_01_test

import data.assize.fixture
import data.assize.ops.ops_01 as rule

params := {"monitoring_cadence_limit_s": 8035200, "monitoring_silence_cadences": 2, "monitoring_gap_max_s": 86400, "monitoring_lookback_days": 365}

# A report of a month of 2025, signed on the day after it.
report(month, next) := object.union(
	fixture.item("monitoring-report", 40 + to_number(month), {"environment": "production", "window": {
		"start": sprintf("2025-%s-01T00:00:00Z", [month]),
		"end": sprintf("2025-%s-01T00:00:00Z", [next]),
	}}),
	{"claimed": at, "proven": at},
) if {
	at := sprintf("2025-%s-01T08:00:00.000000Z", [next])
}

plan := fixture.item("monitoring-plan", 12, {"environment": "production", "cadence_s": 2678400})

question(reports) := object.union(
	fixture.question("continue", {"monitoring-plan": [plan], "monitoring-report": reports}),
	{"now": "2025-05-20T00:00:00Z"},
)

asked := question([report("03", "04"), report("02", "03"), report("01", "02")])

passing := {"three months": {"input": asked, "params": params}}

test_pass if {
	fixture.status(data.assize.ops.ops_01) == "pass" with input as asked with assize.reached as fixture.clock with data.params as params
}

# Two cadences after the end of March: the dead man's switch.
test_fail_silence if {
	silent := object.union(asked, {"now": "2025-06-02T00:00:00Z"})
	fixture.status(data.assize.ops.ops_01) == "fail" with input as silent with assize.reached as fixture.clock with data.params as params
	fixture.says(rule.deny, "silence is a failure") with input as silent with assize.reached as fixture.clock with data.params as params
	just_before := object.union(asked, {"now": "2025-06-01T23:59:59Z"})
	fixture.status(data.assize.ops.ops_01) == "pass" with input as just_before with assize.reached as fixture.clock with data.params as params
}

test_fail_gap if {
	gap := question([report("03", "04"), report("01", "02")])
	fixture.status(data.assize.ops.ops_01) == "fail" with input as gap with assize.reached as fixture.clock with data.params as params
	fixture.says(rule.deny, "a gap in monitoring") with input as gap with assize.reached as fixture.clock with data.params as params
}

test_gap_of_long_ago_is_past if {
	window := {"window": {"start": "2023-01-01T00:00:00Z", "end": "2023-02-01T00:00:00Z"}}
	old := object.union(report("01", "02"), {"predicate": object.union(report("01", "02").predicate, window)})
	asked_now := question([report("03", "04"), old])
	fixture.status(data.assize.ops.ops_01) == "pass" with input as asked_now with assize.reached as fixture.clock with data.params as params
}

# A window said to reach into the future ends when its report was made.
test_window_ends_no_later_than_its_report if {
	ahead := fixture.told(question([report("03", "04")]), "monitoring-report", {"window": {"end": "2026-01-01T00:00:00Z"}})
	later := object.union(ahead, {"now": "2025-06-02T12:00:00Z"})
	fixture.status(data.assize.ops.ops_01) == "fail" with input as later with assize.reached as fixture.clock with data.params as params
}

test_fail_one_window_over_everything if {
	long := fixture.told(question([report("03", "04")]), "monitoring-report", {"window": {"start": "2024-06-01T00:00:00Z"}})
	fixture.status(data.assize.ops.ops_01) == "fail" with input as long with assize.reached as fixture.clock with data.params as params
	fixture.says(rule.deny, "long; the plan asks for one every") with input as long with assize.reached as fixture.clock with data.params as params
}

test_fail_hourly if {
	hourly := fixture.told(asked, "monitoring-plan", {"cadence_s": 14400})
	fixture.status(data.assize.ops.ops_01) == "fail" with input as hourly with assize.reached as fixture.clock with data.params as params
	fixture.says(rule.deny, "times 4 hours, the cadence of the plan") with input as hourly with assize.reached as fixture.clock with data.params as params
}

test_unassessable_no_cadence if {
	silent := fixture.untold(asked, "monitoring-plan", ["cadence_s"])
	fixture.status(data.assize.ops.ops_01) == "unassessable" with input as silent with assize.reached as fixture.clock with data.params as params
}

test_unassessable_window_backwards if {
	swapped := fixture.told(asked, "monitoring-report", {"window": {"end": "2025-02-01T00:00:00Z"}})
	backwards := object.union(swapped, {"now": "2025-04-15T00:00:00Z"})
	fixture.status(data.assize.ops.ops_01) == "unassessable" with input as backwards with assize.reached as fixture.clock with data.params as params
}

# One of two plans would win unseen, and a cadence of ten years would hide silence.
test_unassessable_second_plan_in_force if {
	first := asked.evidence["monitoring-plan"][0]
	two := fixture.with_items(asked, "monitoring-plan", [first, object.union(first, {"index": 3, "id": "older"})])
	fixture.status(data.assize.ops.ops_01) == "unassessable" with input as two with assize.reached as fixture.clock with data.params as params
	fixture.says(rule.not_assessable, "in force besides") with input as two with assize.reached as fixture.clock with data.params as params
}

test_unassessable_cadence_beyond_the_limit if {
	slow := fixture.told(asked, "monitoring-plan", {"cadence_s": 315360000})
	fixture.status(data.assize.ops.ops_01) == "unassessable" with input as slow with assize.reached as fixture.clock with data.params as params
	fixture.says(rule.not_assessable, "slower than the 8035200 s") with input as slow with assize.reached as fixture.clock with data.params as params
}

# Two days of February reported beside the month: what follows both is March.
test_window_within_another_is_no_gap if {
	inner := object.union(report("02", "03"), {"predicate": object.union(report("02", "03").predicate, {"window": {"start": "2025-02-10T00:00:00Z", "end": "2025-02-12T00:00:00Z"}})})
	beside := question([report("03", "04"), inner, report("02", "03"), report("01", "02")])
	fixture.status(data.assize.ops.ops_01) == "pass" with input as beside with assize.reached as fixture.clock with data.params as params
}
