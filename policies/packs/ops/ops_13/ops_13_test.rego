package assize.ops.ops_13_test

import data.assize.fixture
import data.assize.ops.ops_13 as rule

params := {"recompute_tolerance": 0.000000001}

step := fixture.item("model-change", 8, {"to": fixture.model, "automatic": true, "predetermined": true, "regression": [{"metric": "auc", "new": 0.77, "n": 300}]})

asked := fixture.question("deploy", {
	"model-change": [step],
	"monitoring-plan": [fixture.item("monitoring-plan", 5, {"environment": "production", "retraining": [{"metric": "auc", "comparator": ">=", "threshold": 0.75}]})],
	"eval-result": [fixture.item("eval-result", 7, {"metrics": [{"name": "auc", "value": 0.77}]})],
	"approval": [],
})

approval := fixture.item("approval", 9, {"decision": "approved", "environment": "production", "model": fixture.model, "valid_until": "2026-01-01T00:00:00Z"})

approved := object.union(asked, {"evidence": {
	"model-change": [fixture.untold_item(step, ["predetermined", "regression"])], "monitoring-plan": [], "eval-result": [], "approval": [approval],
}})

passing := {
	"in the envelope": {"input": asked, "params": params},
	"approved": {"input": approved, "params": params},
}

status(question_) := s if {
	s := fixture.status(data.assize.ops.ops_13) with input as question_ with assize.reached as fixture.clock with data.params as params
}

test_pass_each if {
	count([name | some name, fixed in passing; status(fixed.input) == "pass"]) == count(passing)
	by_hand := object.union(fixture.item("model-change", 7, {"to": fixture.model, "automatic": false}), {})
	status(fixture.with_items(asked, "model-change", [step, by_hand])) == "pass"
}

test_fail_outside if {
	weak := fixture.told(asked, "monitoring-plan", {"retraining": [{"metric": "auc", "comparator": ">=", "threshold": 0.8}]})
	status(weak) == "fail"
	fixture.says(rule.deny, "auc >= 0.8") with input as weak with assize.reached as fixture.clock with data.params as params
	status(fixture.told(asked, "model-change", {"predetermined": false})) == "fail"
	status(fixture.with_items(asked, "monitoring-plan", [])) == "fail"
	status(fixture.with_items(asked, "eval-result", [])) == "fail"
}

# An envelope written after the model is no envelope.
test_fail_envelope_afterwards if {
	status(fixture.marked(asked, "monitoring-plan", {"index": 9})) == "fail"
}

test_fail_approval_that_does_not_count if {
	every patch in [{"index": 7}, {"principals": ["trainer"]}, {"roles": ["developer"]}, {"assurance": "imported"}, {"predicate": {"decision": "rejected"}}, {"predicate": {"valid_until": "2025-02-01T00:00:00Z"}}, {"predicate": {"environment": "staging"}}] {
		status(fixture.with_items(approved, "approval", [object.union(approval, patch)])) == "fail"
	}
}

test_fail_no_change if {
	status(fixture.told(asked, "model-change", {"to": fixture.dataset})) == "fail"
}

test_unassessable if {
	status(fixture.untold(asked, "model-change", ["automatic"])) == "unassessable"
}

test_not_applicable if {
	status(fixture.told(asked, "model-change", {"automatic": false})) == "not_applicable"
}
