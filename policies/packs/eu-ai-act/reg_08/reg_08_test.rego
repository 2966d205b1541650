package assize.eu_ai_act.reg_08_test

import data.assize.eu_ai_act.reg_08 as rule
import data.assize.fixture

plan := fixture.item("eval-plan", 4, {
	"dataset": fixture.dataset, "split": "test",
	"metrics": [
		{"name": "auc", "category": "robustness", "comparator": ">=", "threshold": 0.7},
		{"name": "decisions_changed_rate", "category": "robustness", "comparator": "<=", "threshold": 0.1},
	],
})

# The random forest on perturbed test data (Statlog, UCI, CC BY 4.0).
noise_20 := {
	"name": "noise_20_percent", "n": 300, "decisions_changed": 10,
	"metrics": [{"name": "auc", "value": 0.77632275132, "ci_low": 0.7205260862, "ci_high": 0.83211941645, "ci_level": 0.95}],
}

noise_5 := {
	"name": "noise_05_percent", "n": 300, "decisions_changed": 1,
	"metrics": [{"name": "auc", "value": 0.78224867725, "ci_low": 0.72681462689, "ci_high": 0.8376827276, "ci_level": 0.95}],
}

result(index, perturbations) := fixture.item("eval-result", index, {
	"category": "robustness", "plan": plan.id,
	"dataset": fixture.dataset, "split": "test", "perturbations": perturbations,
})

asked := fixture.question("release", {"eval-plan": [plan], "eval-result": [result(7, [noise_5, noise_20])]})

one_metric(m) := fixture.told(tested([noise_20]), "eval-plan", {"metrics": [plan.predicate.metrics[m]]})

passing := {
	"metric": {"input": fixture.with_items(one_metric(0), "eval-result", [result(7, [object.remove(noise_20, ["decisions_changed"])])]), "params": {}},
	"decisions": {"input": fixture.with_items(one_metric(1), "eval-result", [result(7, [object.remove(noise_20, ["metrics"])])]), "params": {}},
}

test_pass_each if {
	count([name | some name, fixed in passing; fixture.status(data.assize.eu_ai_act.reg_08) == "pass" with input as fixed.input]) == count(passing)
}

tested(perturbations) := fixture.with_items(asked, "eval-result", [result(7, perturbations)])

# A producer who calls one perturbation failed is believed against himself.
test_fail_conceded_perturbation if {
	noise := object.union(noise_5, {"metrics": [object.union(noise_5.metrics[0], {"passed": false})]})
	fixture.status(data.assize.eu_ai_act.reg_08) == "fail" with input as tested([noise, noise_20])
	some finding in rule.deny with input as tested([noise, noise_20])
	finding.path == "eval-result[0].perturbations[0].metrics"
}

test_pass if {
	fixture.status(data.assize.eu_ai_act.reg_08) == "pass" with input as asked
}

test_fail_decisions_changed if {
	shaky := tested([noise_5, object.union(noise_20, {"decisions_changed": 60})])
	fixture.status(data.assize.eu_ai_act.reg_08) == "fail" with input as shaky
	some finding in rule.deny with input as shaky
	finding.value == 0.2
	finding.bound == 0.1
	finding.perturbation == "noise_20_percent"
	contains(finding.msg, "60 of 300 decisions changed")
}

test_fail_metric_under_one_perturbation if {
	weak := tested([noise_5, object.union(noise_20, {"metrics": [{"name": "auc", "value": 0.6, "ci_low": 0.5, "ci_high": 0.7, "ci_level": 0.95}]})])
	fixture.status(data.assize.eu_ai_act.reg_08) == "fail" with input as weak
}

# Every result under the plan must pass, not the newest.
test_fail_older_result if {
	two := fixture.with_items(asked, "eval-result", [result(7, [noise_5]), result(6, [object.union(noise_20, {"decisions_changed": 60})])])
	fixture.status(data.assize.eu_ai_act.reg_08) == "fail" with input as two
}

test_fail_nothing_planned if {
	none := fixture.told(asked, "eval-plan", {"metrics": [{"name": "auc", "comparator": ">=", "threshold": 0.7}]})
	fixture.status(data.assize.eu_ai_act.reg_08) == "fail" with input as none
}

test_fail_no_robustness_result if {
	fixture.status(data.assize.eu_ai_act.reg_08) == "fail" with input as fixture.told(asked, "eval-result", {"category": "performance"})
}

test_fail_plan_after_result if {
	late := fixture.marked(asked, "eval-plan", {"index": 8, "proven": fixture.at(8)})
	fixture.status(data.assize.eu_ai_act.reg_08) == "fail" with input as late
}

test_unassessable_straddles if {
	wide := tested([noise_5, object.union(noise_20, {"decisions_changed": 25})])
	fixture.status(data.assize.eu_ai_act.reg_08) == "unassessable" with input as wide
}

test_unassessable_metric_not_given if {
	silent := tested([noise_5, object.remove(noise_20, ["decisions_changed"])])
	fixture.status(data.assize.eu_ai_act.reg_08) == "unassessable" with input as silent
	fixture.says(rule.not_assessable, "there is no decisions_changed_rate") with input as silent
}

# One result names a perturbation, another none.
test_unassessable_result_without_perturbation if {
	two := fixture.with_items(asked, "eval-result", [result(7, [noise_5]), result(6, [])])
	fixture.status(data.assize.eu_ai_act.reg_08) == "unassessable" with input as two
}

test_unassessable_record_of_another_split if {
	trained := tested([object.union(noise_20, {"metrics": [object.union(noise_20.metrics[0], {"split": "train"})]})])
	fixture.status(data.assize.eu_ai_act.reg_08) == "unassessable" with input as trained
}

test_fail_by_its_own_word if {
	failed := fixture.told(asked, "eval-result", {"passed": false})
	fixture.status(data.assize.eu_ai_act.reg_08) == "fail" with input as failed
	fixture.says(rule.deny, "says itself") with input as failed
}

test_fail_ran_before_the_plan if {
	early := fixture.told(asked, "eval-result", {"executed_at": "2025-01-01T00:00:00Z"})
	fixture.status(data.assize.eu_ai_act.reg_08) == "fail" with input as early
}

test_unassessable_laxer_plan_beside_a_stricter if {
	strict := fixture.item("eval-plan", 3, {
		"dataset": fixture.dataset, "split": "test",
		"metrics": [{"name": "decisions_changed_rate", "category": "robustness", "comparator": "<=", "threshold": 0.01}],
	})
	two := fixture.with_items(asked, "eval-plan", [plan, strict])
	fixture.status(data.assize.eu_ai_act.reg_08) == "unassessable" with input as two
	fixture.says(rule.not_assessable, "another plan in force asks for more") with input as two
}
