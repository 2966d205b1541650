package assize.ethics.fai_02_test

import data.assize.ethics.fai_02 as rule
import data.assize.fixture

params := {"fairness_difference_limit": 0.2, "fairness_ratio_limit": 0.8, "fairness_min_n": 30, "recompute_tolerance": 0.000000001}

equal_opportunity(attribute) := {
	"name": "equal_opportunity_difference", "attribute": attribute,
	"comparator": "<=", "threshold": 0.1, "min_n": 30,
}

# The random forest on the test half of the German credit data (Statlog, UCI, CC
# BY 4.0): counts by sex and age band.
sex := [
	{"attributes": {"sex": "female"}, "counts": {"n": 99, "positives": 64, "selected": 80, "true_positives": 57, "false_positives": 23}},
	{"attributes": {"sex": "male"}, "counts": {"n": 201, "positives": 146, "selected": 167, "true_positives": 133, "false_positives": 34}},
]

age := [
	{"attributes": {"age_band": "60_plus"}, "counts": {"n": 16, "positives": 9, "selected": 14, "true_positives": 9, "false_positives": 5}},
	{"attributes": {"age_band": "40_59"}, "counts": {"n": 74, "positives": 54, "selected": 63, "true_positives": 52, "false_positives": 11}},
	{"attributes": {"age_band": "25_39"}, "counts": {"n": 163, "positives": 117, "selected": 136, "true_positives": 106, "false_positives": 30}},
	{"attributes": {"age_band": "under_25"}, "counts": {"n": 47, "positives": 30, "selected": 34, "true_positives": 23, "false_positives": 11}},
]

# Ten thousand cases a group: an interval that a bound can hold.
many := [
	{"attributes": {"sex": "female"}, "counts": {"n": 20000, "positives": 10000, "selected": 12000, "true_positives": 9000, "false_positives": 3000}},
	{"attributes": {"sex": "male"}, "counts": {"n": 20000, "positives": 10000, "selected": 12100, "true_positives": 9100, "false_positives": 3000}},
]

question(metrics, groups) := fixture.question("release", {
	"system-profile": [fixture.item("system-profile", 1, {"affected_groups": ["applicants"]})],
	"eval-plan": [plan],
	"fairness-assessment": [fixture.item("fairness-assessment", 8, {
		"plan": plan.id,
		"dataset": fixture.dataset,
		"split": "test",
		"groups": groups,
	})],
}) if {
	plan := fixture.item("eval-plan", 4, {"dataset": fixture.dataset, "split": "test", "metrics": metrics})
}

asked := question([equal_opportunity("sex")], [
	{"attributes": {"sex": "female"}, "counts": {"n": 20000, "positives": 10000, "true_positives": 9000}},
	{"attributes": {"sex": "male"}, "counts": {"n": 20000, "positives": 10000, "true_positives": 9100}},
])

passing := {"within the bound": {"input": asked, "params": params}}

forest := question([equal_opportunity("sex"), equal_opportunity("age_band")], array.concat(sex, age))

test_pass if {
	fixture.status(data.assize.ethics.fai_02) == "pass" with input as asked with data.params as params
}

near(x, y) if abs(x - y) < 0.0005

test_fail_age_with_its_figures if {
	fixture.status(data.assize.ethics.fai_02) == "fail" with input as forest with data.params as params
	some finding in rule.deny with input as forest with data.params as params
	finding.attribute == "age_band"
	near(finding.value, 0.196)
	near(finding.ci_low, 0.051)
	near(finding.ci_high, 0.374)
	finding.bound == 0.1
	finding.n == 84
	contains(finding.msg, "under_25 0.767 (n = 47, 23 of 30) against 40_59 0.963 (n = 74, 52 of 54)")
	contains(finding.msg, "95 % interval [0.051, 0.374]; bound <= 0.1")
	contains(finding.msg, "risk-office")
	contains(finding.msg, "tester")
	contains(finding.msg, "at index 4")
}

test_fail_finding_also_names_what_straddles if {
	some finding in rule.warn with input as forest with data.params as params
	finding.attribute == "sex"
	near(finding.value, 0.020)
	near(finding.ci_low, -0.059)
	near(finding.ci_high, 0.126)
}

test_small_group_is_named if {
	fixture.says(rule.warn, "60_plus is too small to judge, 9 in the denominator") with input as forest with data.params as params
}

test_unassessable_sex_straddles if {
	alone := question([equal_opportunity("sex")], sex)
	fixture.status(data.assize.ethics.fai_02) == "unassessable" with input as alone with data.params as params
	fixture.says(rule.not_assessable, "0.02,") with input as alone with data.params as params
	fixture.says(rule.not_assessable, "[-0.059, 0.126]") with input as alone with data.params as params
}

test_unassessable_fewer_than_two_groups if {
	one := question([equal_opportunity("age_band")], [age[0], age[1]])
	fixture.status(data.assize.ethics.fai_02) == "unassessable" with input as one with data.params as params
	fixture.says(rule.not_assessable, "fewer than two groups") with input as one with data.params as params
}

test_unassessable_without_counts if {
	bare := question([equal_opportunity("sex")], [
		{"attributes": {"sex": "female"}, "tpr": 0.9},
		{"attributes": {"sex": "male"}, "tpr": 0.9},
	])
	fixture.status(data.assize.ethics.fai_02) == "unassessable" with input as bare with data.params as params
}

test_unassessable_metric_nobody_can_recompute if {
	odd := question([object.union(equal_opportunity("sex"), {"name": "individual_fairness"})], many)
	fixture.status(data.assize.ethics.fai_02) == "unassessable" with input as odd with data.params as params
}

test_unassessable_bound_laxer_than_the_limit if {
	lax := question([object.union(equal_opportunity("sex"), {"threshold": 0.5})], many)
	fixture.status(data.assize.ethics.fai_02) == "unassessable" with input as lax with data.params as params
	fixture.says(rule.not_assessable, "laxer") with input as lax with data.params as params
}

# The same groups by other metrics.
test_other_metrics if {
	every want in [
		{"name": "demographic_parity_difference", "comparator": "<=", "threshold": 0.1},
		{"name": "equalized_odds_difference", "comparator": "<=", "threshold": 0.1},
		{"name": "predictive_parity_difference", "comparator": "<=", "threshold": 0.1},
		{"name": "demographic_parity_ratio", "comparator": ">=", "threshold": 0.8},
		{"name": "equal_opportunity_ratio", "comparator": ">=", "threshold": 0.9},
	] {
		asked_for := question([object.union(want, {"attribute": "sex", "min_n": 30})], many)
		fixture.status(data.assize.ethics.fai_02) == "pass" with input as asked_for with data.params as params
	}
}

test_fail_ratio if {
	unequal := [many[0], object.union(many[1], {"counts": {"selected": 6000, "true_positives": 5000, "false_positives": 1000}})]
	asked_for := question([{"name": "demographic_parity_ratio", "comparator": ">=", "threshold": 0.8, "attribute": "sex"}], unequal)
	fixture.status(data.assize.ethics.fai_02) == "fail" with input as asked_for with data.params as params
	some finding in rule.deny with input as asked_for with data.params as params
	near(finding.value, 0.5)
}

test_fail_claim_differs_from_counts if {
	groups := [object.union(many[0], {"tpr": 0.91}), many[1]]
	claimed := question([equal_opportunity("sex")], groups)
	fixture.status(data.assize.ethics.fai_02) == "fail" with input as claimed with data.params as params
	fixture.says(rule.deny, "claims tpr 0.91 for female; its counts give 0.9") with input as claimed with data.params as params
}

# Held back and sent late: the plan came after the assessment.
test_fail_plan_after_the_assessment if {
	plan := object.union(asked.evidence["eval-plan"][0], {"index": 9, "proven": fixture.at(9)})
	late := fixture.with_items(asked, "eval-plan", [plan])
	fixture.status(data.assize.ethics.fai_02) == "fail" with input as late with data.params as params
	fixture.says(rule.deny, "not declared before") with input as late with data.params as params
}

test_fail_other_data if {
	moved := fixture.told(asked, "fairness-assessment", {"split": "train"})
	fixture.status(data.assize.ethics.fai_02) == "fail" with input as moved with data.params as params
}

# Every assessment under the plan must pass, not the newest.
test_fail_older_assessment if {
	bad := fixture.item("fairness-assessment", 6, {
		"plan": asked.evidence["eval-plan"][0].id, "dataset": fixture.dataset, "split": "test",
		"groups": [many[0], object.union(many[1], {"counts": {"selected": 9000, "true_positives": 6000, "false_positives": 3000}})],
	})
	two := fixture.with_items(asked, "fairness-assessment", [asked.evidence["fairness-assessment"][0], bad])
	fixture.status(data.assize.ethics.fai_02) == "fail" with input as two with data.params as params
}

test_fail_no_assessment_under_a_plan if {
	stray := fixture.told(asked, "fairness-assessment", {"plan": "0"})
	fixture.status(data.assize.ethics.fai_02) == "fail" with input as stray with data.params as params
}

test_not_applicable_nobody_affected if {
	nobody := fixture.told(asked, "system-profile", {"affected_groups": []})
	fixture.status(data.assize.ethics.fai_02) == "not_applicable" with input as nobody with data.params as params
}

# A group that states a rate and no counts is not left out in silence.
test_unassessable_group_without_counts if {
	hidden := question([equal_opportunity("sex")], array.concat(many, [{"attributes": {"sex": "diverse"}, "n": 500, "tpr": 0.4}]))
	fixture.status(data.assize.ethics.fai_02) == "unassessable" with input as hidden with data.params as params
	fixture.says(rule.not_assessable, "diverse") with input as hidden with data.params as params
}

test_fail_size_against_counts if {
	odd := question([equal_opportunity("sex")], [object.union(many[0], {"n": 5}), many[1]])
	fixture.status(data.assize.ethics.fai_02) == "fail" with input as odd with data.params as params
	fixture.says(rule.deny, "claims n 5 for female; its counts give 20000") with input as odd with data.params as params
}

test_group_left_out_is_named if {
	left := fixture.told(asked, "fairness-assessment", {"excluded_groups": [{"group": {"sex": "diverse"}, "why": "few"}]})
	fixture.says(rule.warn, "leaves out diverse (few)") with input as left with data.params as params
}

test_fail_planned_on_another_split if {
	moved := question([object.union(equal_opportunity("sex"), {"split": "holdout"})], many)
	fixture.status(data.assize.ethics.fai_02) == "fail" with input as moved with data.params as params
}

test_unassessable_laxer_plan_beside_a_stricter if {
	strict := fixture.item("eval-plan", 3, {
		"dataset": fixture.dataset, "split": "test",
		"metrics": [object.union(equal_opportunity("sex"), {"threshold": 0.001})],
	})
	two := fixture.with_items(asked, "eval-plan", array.concat(asked.evidence["eval-plan"], [strict]))
	fixture.status(data.assize.ethics.fai_02) == "unassessable" with input as two with data.params as params
	fixture.says(rule.not_assessable, "another plan in force asks for more") with input as two with data.params as params
}
