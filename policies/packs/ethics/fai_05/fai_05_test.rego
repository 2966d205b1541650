package assize.ethics.fai_05_test

import data.assize.ethics.fai_05 as rule
import data.assize.fixture

group(attributes) := {"attributes": attributes, "counts": {"n": 200}}

alone := [group({"sex": "female"}), group({"sex": "male"}), group({"race": "white"}), group({"race": "black"})]

pairs := [
	group({"sex": "female", "race": "white"}), group({"sex": "female", "race": "black"}),
	group({"sex": "male", "race": "white"}), group({"sex": "male", "race": "black"}),
]

question(stated, predicate) := fixture.question("release", {
	"system-profile": [fixture.item("system-profile", 1, stated)],
	"fairness-assessment": [fixture.item("fairness-assessment", 8, predicate)],
})

credit := {"aedt": false, "affected_groups": ["applicants"]}

# Two combinations, so that without either the comparison is gone.
lending := question(credit, {"intersectional": true, "groups": array.slice(pairs, 0, 2)})

hiring := question({"aedt": true}, {"intersectional": true, "groups": array.concat(alone, pairs)})

explained := question(credit, {"intersectional": false, "intersectional_reason": "Only one attribute may be collected."})

passing := {
	"combinations": {"input": lending, "params": {}},
	"hiring": {"input": hiring, "params": {}},
	"reason": {"input": explained, "params": {}},
}

test_pass_each if {
	count([name | some name, fixed in passing; fixture.status(data.assize.ethics.fai_05) == "pass" with input as fixed.input]) == count(passing)
	fixture.says(rule.warn, "its reason: Only one attribute") with input as explained
}

test_fail_neither_nor if {
	every predicate in [{"groups": alone}, {"intersectional": true, "groups": alone}, {"intersectional": false, "groups": pairs}, {"intersectional": false, "intersectional_reason": "n/a"}] {
		silent := question(credit, predicate)
		fixture.status(data.assize.ethics.fai_05) == "fail" with input as silent
		fixture.says(rule.deny, "does not say why there are no more") with input as silent
	}
}

test_fail_hiring_without_combinations if {
	excuse := question({"aedt": true}, {"intersectional": false, "intersectional_reason": "Only one attribute may be collected.", "groups": alone})
	fixture.status(data.assize.ethics.fai_05) == "fail" with input as excuse
	fixture.says(rule.deny, "decides on employment, and fairness-assessment") with input as excuse
}

test_fail_hiring_combination_left_out if {
	gap := fixture.told(hiring, "fairness-assessment", {"groups": array.concat(alone, array.slice(pairs, 0, 3))})
	fixture.status(data.assize.ethics.fai_05) == "fail" with input as gap
	fixture.says(rule.deny, "neither counts race black, sex male nor leaves it out") with input as gap
	named := fixture.told(gap, "fairness-assessment", {"excluded_groups": [{"group": {"sex": "male", "race": "black"}, "why": "below 2 % of the data"}]})
	fixture.status(data.assize.ethics.fai_05) == "pass" with input as named
}

# Combinations of what is not compared alone.
test_fail_hiring_on_other_attributes if {
	odd := fixture.told(hiring, "fairness-assessment", {"groups": pairs})
	fixture.status(data.assize.ethics.fai_05) == "fail" with input as odd
	fixture.says(rule.deny, "two sexes and two races") with input as odd
}

test_not_applicable_nobody_affected if {
	nobody := question({"affected_groups": []}, {})
	fixture.status(data.assize.ethics.fai_05) == "not_applicable" with input as nobody
}

test_unassessable_use_not_stated if {
	silent := question({"affected_groups": ["applicants"]}, {"intersectional": true, "groups": pairs})
	fixture.status(data.assize.ethics.fai_05) == "unassessable" with input as silent
	fixture.says(rule.not_assessable, "does not say whether it is an automated employment") with input as silent
}
