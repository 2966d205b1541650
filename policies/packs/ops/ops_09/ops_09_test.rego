package assize.ops.ops_09_test

import data.assize.fixture
import data.assize.ops.ops_09 as rule

params := {"model_max_age_days": 365}

asked := object.union(
	fixture.question("continue", {
		"deployment": [fixture.item("deployment", 9, {"environment": "production", "state": "running"})],
		"training-run": [fixture.item("training-run", 4, {"finished_at": "2025-01-02T00:00:00Z"})],
		"validation": [],
	}),
	{"now": "2025-12-01T00:00:00Z"},
)

validation := object.union(
	fixture.item("validation", 300, {"conclusion": "fit", "valid_until": "2026-10-01T00:00:00Z"}),
	{"principals": ["validator"]},
)

later := object.union(asked, {"now": "2026-03-01T00:00:00Z"})

validated := object.union(
	fixture.with_items(fixture.untold(later, "training-run", ["finished_at"]), "validation", [validation]),
	{"now": "2026-03-01T00:00:00Z"},
)

passing := {
	"young": {"input": asked, "params": params},
	"validated": {"input": validated, "params": params},
}

status(question_) := s if {
	s := fixture.status(data.assize.ops.ops_09) with input as question_ with assize.reached as fixture.clock with data.params as params
}

test_pass_each if {
	count([name | some name, fixed in passing; status(fixed.input) == "pass"]) == count(passing)
}

test_fail_stale if {
	status(object.union(asked, {"now": "2026-01-02T00:00:00Z"})) == "fail"
	fixture.says(rule.deny, "trained by 2025-01-02; from 2026-01-02 on, after 365 days, it is stale") with input as later with assize.reached as fixture.clock with data.params as params
}

test_fail_validation_that_does_not_count if {
	every patch in [{"predicate": {"conclusion": "unfit"}}, {"predicate": {"valid_until": "2026-02-01T00:00:00Z"}}, {"principals": ["trainer", "validator"]}, {"principals": []}] {
		status(fixture.with_items(later, "validation", [object.union(validation, patch)])) == "fail"
	}
	old := object.union(validation, {"claimed": "2025-02-01T00:00:00.000000Z"})
	status(fixture.with_items(later, "validation", [old])) == "fail"
	unfit := object.union(validation, {"predicate": {"conclusion": "unfit"}})
	status(fixture.with_items(later, "validation", [validation, unfit])) == "fail"
}

# A second run does not make the first one younger.
test_fail_older_run if {
	older := fixture.item("training-run", 2, {"finished_at": "2024-10-01T00:00:00Z"})
	status(fixture.with_items(asked, "training-run", [asked.evidence["training-run"][0], older])) == "fail"
}

test_fail_nothing_runs_here if {
	status(fixture.told(asked, "deployment", {"environment": "staging"})) == "fail"
}

test_unassessable if {
	status(fixture.untold(asked, "training-run", ["finished_at"])) == "unassessable"
}
