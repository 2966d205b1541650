package assize.core.rep_02_test

import data.assize.core.rep_02 as rule
import data.assize.fixture

params := {"reproduction_tolerance": 0.01, "reproduction_tolerance_limit": 0.1}

plan := fixture.item("eval-plan", 4, {
	"dataset": fixture.dataset, "split": "test",
	"metrics": [{"name": "auc", "primary": true}],
})

first := fixture.item("eval-result", 8, {
	"category": "performance", "plan": plan.id, "dataset": fixture.dataset, "split": "test",
	"metrics": [{"name": "auc", "value": 0.78, "n": 300}],
})

again := object.union(
	fixture.item("eval-result", 9, {
		"category": "performance", "plan": plan.id, "dataset": fixture.dataset, "split": "test",
		"assurance": "reproduced", "reproduces": first.id,
		"metrics": [{"name": "auc", "value": 0.785, "n": 300}],
	}),
	{"principals": ["validator"]},
)

asked := fixture.question("release", {"eval-plan": [plan], "eval-result": [again, first]})

passing := {"repeated": {"input": asked, "params": params}}

test_pass if {
	fixture.status(data.assize.core.rep_02) == "pass" with input as asked with data.params as params
}

test_fail_nobody_repeated_it if {
	alone := fixture.with_items(asked, "eval-result", [first])
	fixture.status(data.assize.core.rep_02) == "fail" with input as alone with data.params as params
	fixture.says(rule.deny, "nobody has reproduced") with input as alone with data.params as params
}

test_fail_values_apart if {
	off := fixture.told(asked, "eval-result", {"metrics": [{"name": "auc", "value": 0.74, "n": 300}]})
	fixture.status(data.assize.core.rep_02) == "fail" with input as off with data.params as params
	fixture.says(rule.deny, "0.04 apart, and the tolerance of 1 % allows 0.008 (parameter reproduction_tolerance)") with input as off with data.params as params
}

test_tolerance_of_the_plan if {
	wide := fixture.told(asked, "eval-plan", {"metrics": [{"name": "auc", "primary": true, "tolerance": 0.1}]})
	off := fixture.told(wide, "eval-result", {"metrics": [{"name": "auc", "value": 0.74, "n": 300}]})
	fixture.status(data.assize.core.rep_02) == "pass" with input as off with data.params as params
	further := fixture.told(wide, "eval-result", {"metrics": [{"name": "auc", "value": 0.6, "n": 300}]})
	fixture.status(data.assize.core.rep_02) == "fail" with input as further with data.params as params
	fixture.says(rule.deny, "(eval-plan 000000000000)") with input as further with data.params as params
}

# A plan that lets anything agree asks for no reproduction.
test_unassessable_tolerance_laxer_than_the_limit if {
	lax := fixture.told(asked, "eval-plan", {"metrics": [{"name": "auc", "primary": true, "tolerance": 5}]})
	fixture.status(data.assize.core.rep_02) == "unassessable" with input as lax with data.params as params
	fixture.says(rule.not_assessable, "10 % at most") with input as lax with data.params as params
}

# A copy by the same hand, or one that was there before, repeats nothing.
test_fail_no_repetition if {
	same := fixture.marked(asked, "eval-result", {"principals": ["tester"]})
	fixture.status(data.assize.core.rep_02) == "fail" with input as same with data.params as params
	nobody := fixture.marked(asked, "eval-result", {"principals": []})
	fixture.status(data.assize.core.rep_02) == "fail" with input as nobody with data.params as params
	earlier := fixture.marked(asked, "eval-result", {"index": 7})
	fixture.status(data.assize.core.rep_02) == "fail" with input as earlier with data.params as params
	of_another_kind := fixture.told(asked, "eval-result", {"category": "robustness"})
	fixture.status(data.assize.core.rep_02) == "fail" with input as of_another_kind with data.params as params
	elsewhere := fixture.told(asked, "eval-result", {"split": "train"})
	fixture.status(data.assize.core.rep_02) == "fail" with input as elsewhere with data.params as params
	fixture.says(rule.deny, "is no repetition") with input as elsewhere with data.params as params
}

test_fail_original_not_there if {
	stray := fixture.told(asked, "eval-result", {"reproduces": "0"})
	fixture.status(data.assize.core.rep_02) == "fail" with input as stray with data.params as params
	silent := fixture.untold(asked, "eval-result", ["reproduces"])
	fixture.status(data.assize.core.rep_02) == "fail" with input as silent with data.params as params
	fixture.says(rule.deny, "names none") with input as silent with data.params as params
}

test_unassessable_no_primary_metric if {
	none := fixture.told(asked, "eval-plan", {"metrics": [{"name": "auc"}]})
	fixture.status(data.assize.core.rep_02) == "unassessable" with input as none with data.params as params
	fixture.says(rule.not_assessable, "no metric as primary") with input as none with data.params as params
}

test_unassessable_other_number_of_cases if {
	fewer := fixture.told(asked, "eval-result", {"metrics": [{"name": "auc", "value": 0.78, "n": 30}]})
	fixture.status(data.assize.core.rep_02) == "unassessable" with input as fewer with data.params as params
	twice := fixture.told(asked, "eval-result", {"metrics": array.concat(again.predicate.metrics, again.predicate.metrics)})
	fixture.status(data.assize.core.rep_02) == "unassessable" with input as twice with data.params as params
}
