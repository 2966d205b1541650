package assize.ops.ops_11_test

import data.assize.fixture
import data.assize.ops.ops_11 as rule

params := {"alert_answer_hours": 72, "monitoring_cadence_limit_s": 8035200, "monitoring_silence_cadences": 2}

report(alerts) := object.union(
	fixture.item("monitoring-report", 47, {
		"environment": "production", "window": {"start": "2025-07-01T00:00:00Z", "end": "2025-08-01T00:00:00Z"}, "alerts": alerts,
	}),
	{"claimed": "2025-08-01T08:00:00.000000Z", "proven": "2025-08-01T08:00:00.000000Z"},
)

question(alerts) := object.union(
	fixture.question("continue", {
		"monitoring-plan": [fixture.item("monitoring-plan", 12, {"environment": "production", "cadence_s": 2678400})],
		"monitoring-report": [report(alerts)], "incident": [], "model-change": [],
	}),
	{"now": "2025-08-15T00:00:00Z"},
)

alarm := {"id": "a1", "metric": "psi", "raised_at": "2025-07-10T00:00:00Z"}

answered := object.union(alarm, {"acted_at": "2025-07-12T00:00:00Z", "action": "input feed repaired"})

asked := question([object.remove(answered, ["metric"])])

passing := {
	"answered": {"input": asked, "params": params},
	"no alarm": {"input": question([]), "params": params},
}

status(question_) := s if {
	s := fixture.status(data.assize.ops.ops_11) with input as question_ with assize.reached as fixture.clock with data.params as params
}

test_pass_each if {
	count([name | some name, fixed in passing; status(fixed.input) == "pass"]) == count(passing)
}

test_pass_answered_elsewhere if {
	by_incident := object.union(question([alarm]), {"evidence": {"incident": [object.union(fixture.item("incident", 5, {"alerts": ["a1"]}), {"proven": "2025-07-12T00:00:00.000000Z"})]}})
	status(by_incident) == "pass"
	by_change := object.union(question([alarm]), {"evidence": {"model-change": [object.union(fixture.item("model-change", 5, {"answers": ["a1"]}), {"proven": "2025-07-12T00:00:00.000000Z"})]}})
	status(by_change) == "pass"
	late := object.union(question([alarm]), {"evidence": {"incident": [object.union(fixture.item("incident", 5, {"alerts": ["a1"]}), {"proven": "2025-07-14T00:00:00.000000Z"})]}})
	status(late) == "fail"
	fixture.says(rule.deny, "answered on 2025-07-14 only") with input as late with assize.reached as fixture.clock with data.params as params
}

test_fail if {
	status(question([alarm])) == "fail"
	fixture.says(rule.deny, `alarm "a1" (psi) was to be answered by 2025-07-13`) with input as question([alarm]) with assize.reached as fixture.clock with data.params as params
	every patch in [{"acted_at": "2025-07-13T00:00:01Z"}, {"action": ""}, {"acted_at": "2025-09-01T00:00:00Z", "raised_at": "2025-08-01T00:00:00Z"}] {
		status(object.union(question([object.union(answered, patch)]), {"now": "2025-09-10T00:00:00Z"})) == "fail"
	}
}

# Telling of it again does not raise it later.
test_fail_raised_again if {
	again := object.union(report([object.union(answered, {"raised_at": "2025-07-31T00:00:00Z", "acted_at": "2025-07-31T12:00:00Z"})]), {"id": "again"})
	status(fixture.with_items(question([alarm]), "monitoring-report", [again, report([alarm])])) == "fail"
}

test_fail_without_a_figure if {
	fixture.says(rule.deny, `alarm "a1" was to be answered`) with input as question([object.remove(alarm, ["metric"])]) with assize.reached as fixture.clock with data.params as params
}

test_warn_open if {
	soon := object.union(question([alarm]), {"now": "2025-07-12T00:00:00Z"})
	status(soon) == "pass"
	fixture.says(rule.warn, "is to be answered by 2025-07-13") with input as soon with assize.reached as fixture.clock with data.params as params
}

test_unassessable if {
	status(fixture.untold(asked, "monitoring-report", ["alerts"])) == "unassessable"
	status(question([{"id": "a1"}])) == "unassessable"
	status(object.union(asked, {"now": "2025-12-01T00:00:00Z"})) == "unassessable"
	status(fixture.told(asked, "monitoring-plan", {"cadence_s": 315360000})) == "unassessable"
}
