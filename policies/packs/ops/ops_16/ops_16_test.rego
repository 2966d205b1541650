package assize.ops.ops_16_test

import data.assize.fixture
import data.assize.ops.ops_16 as rule

asked := fixture.question("deploy", {"model-change": [fixture.item("model-change", 8, {
	"to": fixture.model, "kind": "retrain", "own_outputs": "handled", "own_outputs_handling": "a random sample of refused applicants was accepted",
})]})

excluded := fixture.told(fixture.untold(asked, "model-change", ["own_outputs_handling"]), "model-change", {"own_outputs": "excluded"})

passing := {
	"handled": {"input": asked, "params": {}},
	"left out": {"input": excluded, "params": {}},
}

status(question_) := s if {
	s := fixture.status(data.assize.ops.ops_16) with input as question_
}

test_pass_each if {
	count([name | some name, fixed in passing; status(fixed.input) == "pass"]) == count(passing)
	beside := fixture.with_items(asked, "model-change", [asked.evidence["model-change"][0], fixture.item("model-change", 7, {"to": fixture.model, "kind": "config"})])
	status(beside) == "pass"
}

test_fail if {
	status(fixture.told(asked, "model-change", {"own_outputs": "included"})) == "fail"
	status(fixture.told(asked, "model-change", {"own_outputs_handling": "tbd"})) == "fail"
	status(fixture.told(asked, "model-change", {"to": fixture.other})) == "fail"
	fixture.says(rule.deny, "comes back as truth") with input as fixture.told(asked, "model-change", {"own_outputs": "included"})
}

test_unassessable if {
	status(fixture.untold(asked, "model-change", ["own_outputs"])) == "unassessable"
}

test_not_applicable if {
	every kind in ["config", "rollback", "initial"] {
		status(fixture.told(asked, "model-change", {"kind": kind})) == "not_applicable"
	}
}
