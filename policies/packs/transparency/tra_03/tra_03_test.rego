package assize.transparency.tra_03_test

import data.assize.fixture
import data.assize.transparency.tra_03 as rule

auc := {"name": "auc", "value": 0.78, "n": 300, "ci_low": 0.72, "ci_high": 0.84, "ci_level": 0.95}

men := {"name": "auc", "value": 0.79, "slice": {"sex": "male"}}

result(index, metrics) := fixture.item("eval-result", index, {"category": "performance", "dataset": fixture.dataset, "split": "test", "metrics": metrics})

source := result(7, [auc, men])

asked := object.union(
	fixture.question("release", {
		"model-card": [fixture.item("model-card", 9, {"metrics": [{"name": "auc", "value": 0.78, "result": source.id}]})],
		"eval-result": [result(7, [{"name": "auc", "value": 0.78}])],
		"system-profile": [fixture.item("system-profile", 1, {"system_id": "system:credit-scoring", "tier_reason": "credit of natural persons", "risk_tier": "high_annex_iii"})],
	}),
	{"now": "2028-01-01T00:00:00Z"},
)

asked_bare := fixture.untold(asked, "eval-result", ["dataset", "split"])

full := fixture.with_items(asked, "eval-result", [source])

passing := {"declared": {"input": asked_bare, "params": {}}}

declares(metrics) := fixture.told(full, "model-card", {"metrics": metrics})

declared(patch) := declares([object.union({"name": "auc", "value": 0.78, "result": source.id}, patch)])

judged(doc) := status if {
	status := fixture.status(data.assize.transparency.tra_03) with input as doc with assize.reached as fixture.clock
}

denied(doc, words) if {
	judged(doc) == "fail"
	fixture.says(rule.deny, words) with input as doc with assize.reached as fixture.clock
}

test_pass_each if count([name | some name, fixed in passing; judged(fixed.input) == "pass"]) == count(passing)

test_pass_with_all_members if {
	judged(declared(object.remove(auc, ["name"]))) == "pass"
	judged(declared({"split": "test", "dataset": fixture.dataset})) == "pass"
	judged(declares([object.union(men, {"result": source.id})])) == "pass"
}

test_fail_value if {
	denied(declared({"value": 0.7800001}), "measured was 0.78")
	denied(declared({"n": 3000}), "declares n 3000")
	denied(declared({"ci_low": 0.77}), "declares ci_low 0.77")
	denied(declared({"unit": "percent"}), "measured was none")
}

test_fail_no_such_measurement if {
	denied(declared({"name": "accuracy"}), "does not measure that metric")
	denied(declared({"slice": {"sex": "female"}}), "does not measure that metric")
	denied(declared({"split": "train"}), "does not measure that metric")
	denied(declared({"dataset": fixture.other}), "does not measure that metric")
}

test_fail_source if {
	denied(declares([{"name": "auc", "value": 0.78}]), "names none")
	denied(declared({"result": "gone"}), "no evaluation result of this model")
}

test_fail_nothing_declared if {
	denied(declares([]), "declares no figure")
	denied(fixture.untold(full, "model-card", ["metrics"]), "declares no figure")
}

test_warn_another_result if {
	two := fixture.with_items(full, "eval-result", [result(8, [object.union(auc, {"value": 0.6})]), source])
	judged(two) == "pass"
	fixture.says(rule.warn, "measured 0.6 of the same") with input as two with assize.reached as fixture.clock
}

test_not_applicable if judged(fixture.told(asked, "system-profile", {"risk_tier": "minimal"})) == "not_applicable"

test_unassessable_class if judged(fixture.untold(asked, "system-profile", ["risk_tier"])) == "unassessable"

# Products of Annex I are bound from 2 August 2028.
test_date_of_annex_i if rule.applies_from == "2028-08-02" with input as fixture.told(asked, "system-profile", {"risk_tier": "high_annex_i"})

test_fail_no_performance if denied(fixture.told(asked, "eval-result", {"category": "robustness"}), "declares no level of accuracy")
