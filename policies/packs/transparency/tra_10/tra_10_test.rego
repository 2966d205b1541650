package assize.transparency.tra_10_test

import data.assize.fixture
import data.assize.transparency.tra_10 as rule

params := {"explanation_fidelity_min": 0.8, "explanation_min_n": 30}

measured(metric, value, n) := fixture.question("release", {"explainability": [fixture.item("explainability", 8, {"fidelity": {"metric": metric, "value": value, "n": n}})]})

passing := {
	"share": {"input": measured("agreement", 0.92, 500), "params": params},
	"other figure": {"input": measured("r2", 0.85, 500), "params": params},
}

judged(doc) := status if {
	status := fixture.status(data.assize.transparency.tra_10) with input as doc with data.params as params
}

test_pass_each if count([name | some name, fixed in passing; judged(fixed.input) == "pass"]) == count(passing)

test_warn_no_interval if fixture.says(rule.warn, "no share of cases") with input as measured("r2", 0.85, 500) with data.params as params

test_fail_below if {
	every metric in ["agreement", "r2"] {
		judged(measured(metric, 0.7, 500)) == "fail"
		fixture.says(rule.deny, "is 0.7 on 500 cases, below 0.8") with input as measured(metric, 0.7, 500) with data.params as params
	}
}

test_fail_not_measured if {
	silent := fixture.untold(measured("r2", 0.85, 500), "explainability", ["fidelity"])
	judged(silent) == "fail"
	fixture.says(rule.deny, "does not measure") with input as silent with data.params as params
}

test_fail_one_of_two if {
	two := fixture.with_items(measured("r2", 0.85, 500), "explainability", [
		measured("r2", 0.85, 500).evidence.explainability[0],
		object.union(measured("r2", 0.5, 500).evidence.explainability[0], {"index": 7}),
	])
	judged(two) == "fail"
}

test_unassessable_straddles if {
	doc := measured("agreement", 0.82, 100)
	judged(doc) == "unassessable"
	fixture.says(rule.not_assessable, "neither kept nor broken") with input as doc with data.params as params
}

test_unassessable_impossible if {
	every doc in [measured("r2", 1.7, 500), measured("r2", 0.9, 10), measured("agreement", 0.99, 29)] {
		judged(doc) == "unassessable"
		fixture.says(rule.not_assessable, "no figure from 0 to 1") with input as doc with data.params as params
	}
}
