package assize.ops.ops_18_test

import data.assize.fixture
import data.assize.ops.ops_18 as rule

running := fixture.item("deployment", 9, {"environment": "production", "state": "running", "model": fixture.model})

asked := object.union(
	fixture.question("continue", {"deployment": [running], "model-change": []}),
	{"related": {"deployments": [fixture.item("deployment", 9, {"model": fixture.model})], "subjects": []}},
)

passing := {"running": {"input": asked, "params": {}}}

status(question_) := s if {
	s := fixture.status(data.assize.ops.ops_18) with input as question_
}

retire := fixture.item("model-change", 20, {"kind": "retire", "from": fixture.model})

test_pass if status(asked) == "pass"

test_fail_retired if {
	off := fixture.with_items(asked, "model-change", [retire])
	status(off) == "fail"
	fixture.says(rule.deny, "which model-change 000000000000 of trainer at index 20 retired") with input as off
	back := fixture.item("model-change", 21, {"kind": "rollback", "to": fixture.model})
	status(fixture.with_items(asked, "model-change", [back, retire])) == "pass"
	status(fixture.with_items(asked, "model-change", [retire, object.union(back, {"index": 19})])) == "fail"
}

# The model before still runs beside the one asked about.
test_fail_ancestor_still_runs if {
	before := fixture.item("deployment", 3, {"environment": "production", "state": "running", "model": fixture.other})
	node := object.union(fixture.node("model", fixture.other, "scorer 1"), {"evidence": {"model-change": [fixture.item("model-change", 10, {"kind": "retire", "from": fixture.other})]}})
	both := object.union(asked, {"related": {"deployments": [before, running], "subjects": [node]}})
	status(both) == "fail"
}

test_fail_nothing_runs_here if {
	status(fixture.told(asked, "deployment", {"environment": "staging"})) == "fail"
}

test_unassessable_nothing_known_of_the_ledger if {
	status(object.remove(asked, ["related"])) == "unassessable"
}
