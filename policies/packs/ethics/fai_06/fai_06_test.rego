package assize.ethics.fai_06_test

import data.assize.ethics.fai_06 as rule
import data.assize.fixture

params := {"slice_performance_ratio": 0.8, "fairness_min_n": 30}

whole := {"name": "accuracy", "value": 0.75, "n": 2000}

women := {"name": "accuracy", "value": 0.7, "n": 1000, "slice": {"sex": "female"}}

by(metrics) := fixture.question("release", {"eval-result": [fixture.item("eval-result", 8, {"category": "performance", "metrics": metrics})], "risk-assessment": []})

asked := by([whole, women])

behind := by([whole, object.union(women, {"value": 0.5})])

register(risk) := object.union(fixture.item("risk-assessment", 9, {"risks": [risk]}), {})

acceptance := {"id": "R7", "source": asked.evidence["eval-result"][0].id, "acceptable": true, "accepted_by": "head-of-credit"}

passing := {"close": {"input": asked, "params": params}}

test_pass if {
	fixture.status(data.assize.ethics.fai_06) == "pass" with input as asked with data.params as params
}

test_fail_behind if {
	fixture.status(data.assize.ethics.fai_06) == "fail" with input as behind with data.params as params
	fixture.says(rule.deny, "accuracy (sex female) 0.5") with input as behind with data.params as params
	fixture.says(rule.deny, "bound >= 0.6, which is 80 % of the 0.75 of the whole") with input as behind with data.params as params
}

test_error_rates_the_other_way_round if {
	errors := [
		{"name": "error_rate", "value": 0.2, "n": 2000},
		{"name": "error_rate", "value": 0.21, "n": 1000, "slice": {"sex": "female"}},
	]
	fixture.status(data.assize.ethics.fai_06) == "pass" with input as by(errors) with data.params as params
	worse := by([errors[0], object.union(errors[1], {"value": 0.3})])
	fixture.status(data.assize.ethics.fai_06) == "fail" with input as worse with data.params as params
	fixture.says(rule.deny, "bound <= 0.25, which is the 0.2 of the whole over 0.8") with input as worse with data.params as params
}

test_accepted_in_the_register if {
	taken := fixture.with_items(behind, "risk-assessment", [register(acceptance)])
	fixture.status(data.assize.ethics.fai_06) == "pass" with input as taken with data.params as params
	fixture.says(rule.warn, "the risk is accepted in the register") with input as taken with data.params as params
	every patch in [{"source": "0"}, {"acceptable": false}, {"accepted_by": "tbd"}] {
		open := fixture.with_items(behind, "risk-assessment", [register(object.union(acceptance, patch))])
		fixture.status(data.assize.ethics.fai_06) == "fail" with input as open with data.params as params
	}
}

test_whole_without_a_value_tells_nothing if {
	bare := by([object.remove(whole, {"value"}), women])
	fixture.status(data.assize.ethics.fai_06) == "unassessable" with input as bare with data.params as params
	fixture.says(rule.not_assessable, "accuracy (sex female) has no 95 % interval") with input as bare with data.params as params
}

test_small_slice_is_named if {
	few := by([whole, women, {"name": "accuracy", "value": 0.2, "n": 12, "slice": {"sex": "diverse"}}])
	fixture.status(data.assize.ethics.fai_06) == "pass" with input as few with data.params as params
	fixture.says(rule.warn, "accuracy (sex diverse) rests on 12 cases") with input as few with data.params as params
}

test_unassessable_uncertain if {
	wide := by([whole, object.union(women, {"value": 0.62, "n": 100})])
	fixture.status(data.assize.ethics.fai_06) == "unassessable" with input as wide with data.params as params
	fixture.says(rule.not_assessable, "on both sides of the bound") with input as wide with data.params as params
	whole_of_few := by([object.union(whole, {"n": 900}), women])
	fixture.status(data.assize.ethics.fai_06) == "unassessable" with input as whole_of_few with data.params as params
	uncounted := by([whole, object.remove(women, ["n"])])
	fixture.status(data.assize.ethics.fai_06) == "unassessable" with input as uncounted with data.params as params
	fixture.says(rule.not_assessable, "or no number of cases") with input as uncounted with data.params as params
}

test_unassessable_no_slices if {
	every metrics in [[whole], [women], [whole, object.union(women, {"split": "train"})], [{"name": "selection_rate", "value": 0.5, "n": 9}]] {
		fixture.status(data.assize.ethics.fai_06) == "unassessable" with input as by(metrics) with data.params as params
		fixture.says(rule.not_assessable, "no performance result") with input as by(metrics) with data.params as params
	}
}
