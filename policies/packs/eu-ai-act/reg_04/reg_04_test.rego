package assize.eu_ai_act.reg_04_test

import data.assize.eu_ai_act.reg_04 as rule
import data.assize.fixture

plan := fixture.item("eval-plan", 4, {
	"dataset": fixture.dataset, "split": "test",
	"metrics": [
		{"name": "auc", "comparator": ">=", "threshold": 0.7, "min_n": 100},
		{"name": "auc", "category": "robustness", "comparator": ">=", "threshold": 0.7},
		{"name": "equal_opportunity_difference", "attribute": "sex", "comparator": "<=", "threshold": 0.1},
	],
})

# The random forest on the test half of the German credit data (Statlog, UCI, CC
# BY 4.0).
auc := {"name": "auc", "value": 0.78015873016, "ci_low": 0.72461978476, "ci_high": 0.83569767555, "ci_level": 0.95, "n": 300}

result(index, metrics) := fixture.item("eval-result", index, {
	"category": "performance", "plan": plan.id,
	"dataset": fixture.dataset, "split": "test", "metrics": metrics,
})

question(metrics, records) := object.union(
	fixture.question("release", {
		"eval-plan": [object.union(plan, {"predicate": object.union(plan.predicate, {"metrics": metrics})})],
		"eval-result": [result(7, records)],
		"fairness-assessment": [],
	}),
	{"now": "2028-01-01T00:00:00Z"},
)

asked := question(plan.predicate.metrics, [auc])

claimed := question([{"name": "auc", "comparator": ">=", "threshold": 0.7}], [auc])

sliced := question(
	[{"name": "accuracy", "comparator": ">=", "threshold": 0.6, "slice": {"sex": "*"}}],
	[{"name": "accuracy", "value": 0.76616915423, "n": 201, "slice": {"sex": "male"}}],
)

counted := question(
	[{"name": "accuracy", "comparator": ">=", "threshold": 0.6}],
	[{"name": "accuracy", "value": 0.74333333333, "n": 300}],
)

passing := {
	"claimed interval": {"input": claimed, "params": {}},
	"counted interval": {"input": counted, "params": {}},
	"slices": {"input": sliced, "params": {}},
}

measured(record) := fixture.with_items(asked, "eval-result", [result(7, [record])])

test_pass_each if {
	count([name | some name, fixed in passing; fixture.status(data.assize.eu_ai_act.reg_04) == "pass" with input as fixed.input]) == count(passing)
}

test_pass_beside_other_rules_metrics if {
	fixture.status(data.assize.eu_ai_act.reg_04) == "pass" with input as asked
}

# Two slices hold together only with wider intervals, and one may fail.
test_fail_one_slice if {
	two := fixture.with_items(sliced, "eval-result", [result(7, [
		{"name": "accuracy", "value": 0.76616915423, "n": 201, "slice": {"sex": "male"}},
		{"name": "accuracy", "value": 0.5, "n": 100, "slice": {"sex": "female"}},
	])])
	fixture.status(data.assize.eu_ai_act.reg_04) == "fail" with input as two
	fixture.says(rule.deny, "accuracy (sex female)") with input as two
}

# Swapping the order in the ledger breaks it.
test_fail_plan_after_result if {
	late := fixture.marked(asked, "eval-plan", {"index": 8, "proven": fixture.at(8)})
	fixture.status(data.assize.eu_ai_act.reg_04) == "fail" with input as late
	fixture.says(rule.deny, "does not lie before") with input as late
}

# Ledger order alone is not enough: a timestamp may prove the result older.
test_fail_result_proven_older if {
	older := fixture.marked(asked, "eval-result", {"proven": fixture.at(3)})
	fixture.status(data.assize.eu_ai_act.reg_04) == "fail" with input as older
}

test_fail_other_data if {
	fixture.status(data.assize.eu_ai_act.reg_04) == "fail" with input as fixture.told(asked, "eval-result", {"dataset": fixture.other})
}

test_fail_other_threshold if {
	eased := measured(object.union(auc, {"comparator": ">=", "threshold": 0.6}))
	fixture.status(data.assize.eu_ai_act.reg_04) == "fail" with input as eased
	fixture.says(rule.deny, "the plan says >= 0.7") with input as eased
}

test_fail_below_the_threshold if {
	low := measured(object.union(auc, {"value": 0.65, "ci_low": 0.6}))
	fixture.status(data.assize.eu_ai_act.reg_04) == "fail" with input as low
	some finding in rule.deny with input as low
	finding.value == 0.65
	finding.bound == 0.7
	finding.interval == "claimed"
	finding.n == 300
}

# Every result under the plan must pass, not the newest.
test_fail_older_result if {
	two := fixture.with_items(asked, "eval-result", [result(7, [auc]), result(6, [object.union(auc, {"value": 0.5, "ci_low": 0.4})])])
	fixture.status(data.assize.eu_ai_act.reg_04) == "fail" with input as two
}

test_fail_metric_not_measured if {
	fixture.status(data.assize.eu_ai_act.reg_04) == "fail" with input as measured(object.union(auc, {"name": "brier"}))
}

test_fail_no_plan_named if {
	stray := fixture.untold(asked, "eval-result", ["plan"])
	fixture.status(data.assize.eu_ai_act.reg_04) == "fail" with input as stray
	fixture.says(rule.warn, "does not count") with input as stray
}

test_fail_fairness_assessment_before_the_plan if {
	early := fixture.item("fairness-assessment", 2, {"plan": plan.id, "dataset": fixture.dataset, "split": "test"})
	fixture.status(data.assize.eu_ai_act.reg_04) == "fail" with input as fixture.with_items(asked, "fairness-assessment", [early])
}

test_unassessable_straddles if {
	wide := measured(object.union(auc, {"ci_low": 0.69}))
	fixture.status(data.assize.eu_ai_act.reg_04) == "unassessable" with input as wide
	some finding in rule.not_assessable with input as wide
	finding.ci_low == 0.69
}

test_unassessable_no_interval if {
	bare := measured(object.remove(auc, ["ci_low"]))
	fixture.status(data.assize.eu_ai_act.reg_04) == "unassessable" with input as bare
	fixture.says(rule.not_assessable, "without the interval or the 100 cases") with input as bare
}

test_unassessable_too_few if {
	few := measured(object.union(auc, {"n": 50}))
	fixture.status(data.assize.eu_ai_act.reg_04) == "unassessable" with input as few
	fixture.says(rule.not_assessable, "n = 50") with input as few
}

# A record may name other data than the statement it stands in.
test_fail_record_of_another_split_or_dataset if {
	every other in [{"split": "train"}, {"dataset": fixture.other}] {
		fixture.status(data.assize.eu_ai_act.reg_04) == "fail" with input as measured(object.union(auc, other))
		fixture.says(rule.deny, "no result under") with input as measured(object.union(auc, other))
	}
	fixture.status(data.assize.eu_ai_act.reg_04) == "pass" with input as measured(object.union(auc, {"split": "test"}))
}

test_fail_metric_planned_on_another_split if {
	moved := question([{"name": "auc", "comparator": ">=", "threshold": 0.7, "split": "holdout"}], [auc])
	fixture.status(data.assize.eu_ai_act.reg_04) == "fail" with input as moved
}

test_fail_ran_before_the_plan if {
	early := fixture.told(asked, "eval-result", {"executed_at": "2025-01-01T00:00:00Z"})
	fixture.status(data.assize.eu_ai_act.reg_04) == "fail" with input as early
	fixture.says(rule.deny, "before the plan was in the ledger") with input as early
	later := fixture.told(asked, "eval-result", {"executed_at": "2025-01-06T00:00:00Z"})
	fixture.status(data.assize.eu_ai_act.reg_04) == "pass" with input as later
}

test_fail_by_its_own_word if {
	fixture.status(data.assize.eu_ai_act.reg_04) == "fail" with input as fixture.told(asked, "eval-result", {"passed": false})
	fixture.status(data.assize.eu_ai_act.reg_04) == "fail" with input as measured(object.union(auc, {"passed": false}))
	fixture.says(rule.deny, "says itself") with input as measured(object.union(auc, {"passed": false}))
}

# A second, laxer plan beside the one it was to replace.
test_unassessable_laxer_plan_beside_a_stricter if {
	strict := fixture.item("eval-plan", 3, {
		"dataset": fixture.dataset, "split": "test",
		"metrics": [{"name": "auc", "comparator": ">=", "threshold": 0.9}],
	})
	two := fixture.with_items(asked, "eval-plan", array.concat(asked.evidence["eval-plan"], [strict]))
	fixture.status(data.assize.eu_ai_act.reg_04) == "unassessable" with input as two
	fixture.says(rule.not_assessable, "another plan in force asks for more: auc >= 0.9") with input as two
	looser := object.union(strict, {"predicate": object.union(strict.predicate, {"metrics": [{"name": "auc", "comparator": ">=", "threshold": 0.5}]})})
	fine := fixture.with_items(asked, "eval-plan", array.concat(asked.evidence["eval-plan"], [looser]))
	fixture.status(data.assize.eu_ai_act.reg_04) == "pass" with input as fine
}

test_unassessable_only_gaps_between_groups if {
	gaps := question([{"name": "equal_opportunity_difference", "attribute": "sex", "comparator": "<=", "threshold": 0.1}], [auc])
	fixture.status(data.assize.eu_ai_act.reg_04) == "unassessable" with input as gaps
	fixture.says(rule.not_assessable, "no metric of the model as a whole") with input as gaps
}
