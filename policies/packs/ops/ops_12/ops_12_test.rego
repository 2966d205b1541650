package assize.ops.ops_12_test

import data.assize.fixture
import data.assize.ops.ops_12 as rule

params := {"recompute_tolerance": 0.000000001, "regression_tolerance": 0.01}

step(regression) := fixture.item("model-change", 8, {"from": fixture.other, "to": fixture.model, "kind": "retrain", "regression": regression})

auc := {"metric": "auc", "old": 0.78, "new": 0.775, "n": 300}

women := {"metric": "auc", "slice": {"sex": "female"}, "old": 0.77, "new": 0.78, "n": 110}

asked := fixture.question("release", {
	"model-change": [step([auc])],
	"eval-plan": [fixture.item("eval-plan", 5, {"metrics": [{"name": "auc", "comparator": ">="}]})],
	"eval-result": [fixture.item("eval-result", 7, {"metrics": [{"name": "auc", "value": 0.775}, {"name": "auc", "slice": {"sex": "female"}, "value": 0.78}]})],
})

passing := {"as good": {"input": fixture.told(asked, "eval-result", {"metrics": [{"name": "auc", "value": 0.775}]}), "params": params}}

status(question_) := s if {
	s := fixture.status(data.assize.ops.ops_12) with input as question_ with data.params as params
}

changed(regression) := fixture.with_items(asked, "model-change", [step(regression)])

test_pass if {
	status(passing["as good"].input) == "pass"
	status(changed([auc, women])) == "pass"
	error := fixture.told(fixture.told(changed([{"metric": "error_rate", "old": 0.2, "new": 0.201, "n": 300}]), "eval-plan", {"metrics": [{"name": "error_rate", "comparator": "<="}]}), "eval-result", {"metrics": [{"name": "error_rate", "value": 0.201}]})
	status(error) == "pass"
	worse := fixture.told(fixture.told(error, "model-change", {"regression": [{"metric": "error_rate", "old": 0.1, "new": 0.201, "n": 300}]}), "eval-result", {"metrics": [{"name": "error_rate", "value": 0.201}]})
	status(worse) == "fail"
}

test_fail_worse if {
	bad := fixture.told(changed([object.union(auc, {"new": 0.77})]), "eval-result", {"metrics": [{"name": "auc", "value": 0.77}]})
	status(bad) == "fail"
	fixture.says(rule.deny, "auc went from 0.78 to 0.77; with a tolerance of 1 % the bound is 0.772") with input as bad with data.params as params
}

test_fail_slice_worse if {
	bad := changed([auc, object.union(women, {"old": 0.9})])
	status(bad) == "fail"
	fixture.says(rule.deny, "auc (sex female) went from 0.9 to 0.78") with input as bad with data.params as params
}

test_fail_figure_nobody_measured if {
	status(changed([object.union(auc, {"new": 0.9})])) == "fail"
	fixture.says(rule.deny, "no evaluation of it measured that") with input as changed([object.union(auc, {"new": 0.9})]) with data.params as params
}

test_fail_not_compared if {
	status(changed([])) == "fail"
	status(changed([women])) == "fail"
}

# Where a plan names primary metrics, the others may be worse.
test_primary if {
	two := fixture.told(asked, "eval-plan", {"metrics": [{"name": "auc", "comparator": ">=", "primary": true}, {"name": "recall", "comparator": ">="}]})
	status(two) == "pass"
	status(fixture.told(asked, "eval-plan", {"metrics": [{"name": "auc", "comparator": ">="}, {"name": "recall", "comparator": ">="}]})) == "fail"
}

test_fail_change_of_another_model if {
	status(fixture.told(asked, "model-change", {"to": fixture.dataset})) == "fail"
}

test_unassessable if {
	status(changed([object.remove(auc, ["n"])])) == "unassessable"
	status(fixture.told(asked, "eval-plan", {"metrics": [{"name": "auc", "comparator": "=="}]})) == "unassessable"
	status(fixture.untold(asked, "model-change", ["from"])) == "unassessable"
}

test_not_applicable if {
	initial := fixture.restated(asked, "model-change", {"to": fixture.model, "kind": "initial"})
	status(initial) == "not_applicable"
	status(fixture.told(initial, "model-change", {"from": fixture.other})) != "not_applicable"
}
