package assize.ethics.fai_03_test

import data.assize.ethics.fai_03 as rule
import data.assize.fixture

params := {"four_fifths_ratio": 0.8, "fairness_min_n": 30, "recompute_tolerance": 0.000000001}

group(attribute, value, selected, n) := {"attributes": {attribute: value}, "counts": {"n": n, "selected": selected}}

even := [
	group("sex", "female", 5000, 10000), group("sex", "male", 5200, 10000),
	group("race_ethnicity", "white", 5200, 10000), group("race_ethnicity", "black", 5000, 10000),
]

profile := fixture.item("system-profile", 1, {"aedt": true, "jurisdictions": ["US-NY"]})

by(groups) := fixture.question("release", {
	"system-profile": [profile],
	"fairness-assessment": [fixture.item("fairness-assessment", 8, {"groups": groups})],
})

asked := by(even)

passing := {"four fifths": {"input": asked, "params": params}}

test_pass if {
	fixture.status(data.assize.ethics.fai_03) == "pass" with input as asked with data.params as params
}

test_fail_ratio if {
	unequal := by(array.concat([group("sex", "female", 3000, 10000)], array.slice(even, 1, 4)))
	fixture.status(data.assize.ethics.fai_03) == "fail" with input as unequal with data.params as params
	fixture.says(rule.deny, "sex female is selected at 0.577 of the rate of male (3000 of 10000 against 5200 of 10000)") with input as unequal with data.params as params
}

test_fail_characteristic_left_out if {
	half := by(array.slice(even, 0, 2))
	fixture.status(data.assize.ethics.fai_03) == "fail" with input as half with data.params as params
	fixture.says(rule.deny, "who is selected by race or ethnicity") with input as half with data.params as params
}

test_fail_claims if {
	boasted := by(array.concat([object.union(even[0], {"selection_rate": 0.6})], array.slice(even, 1, 4)))
	fixture.status(data.assize.ethics.fai_03) == "fail" with input as boasted with data.params as params
	fixture.says(rule.deny, "claims selection_rate 0.6 for sex female; its counts give 0.5") with input as boasted with data.params as params
}

test_small_group_is_named if {
	some_few := by(array.concat(even, [group("sex", "diverse", 1, 12)]))
	fixture.status(data.assize.ethics.fai_03) == "pass" with input as some_few with data.params as params
	fixture.says(rule.warn, "sex diverse is too small to judge, 12 counted and 30 needed") with input as some_few with data.params as params
}

test_unassessable_uncertain if {
	few := by(array.concat([group("sex", "female", 42, 100), group("sex", "male", 50, 100)], array.slice(even, 2, 4)))
	fixture.status(data.assize.ethics.fai_03) == "unassessable" with input as few with data.params as params
	fixture.says(rule.not_assessable, "neither kept nor broken") with input as few with data.params as params
}

test_unassessable_not_comparable if {
	alone := by(array.slice(even, 1, 4))
	fixture.status(data.assize.ethics.fai_03) == "unassessable" with input as alone with data.params as params
	nobody := by(array.concat([group("sex", "female", 0, 100), group("sex", "male", 0, 100)], array.slice(even, 2, 4)))
	fixture.status(data.assize.ethics.fai_03) == "unassessable" with input as nobody with data.params as params
	fixture.says(rule.not_assessable, "cannot be compared") with input as nobody with data.params as params
}

test_unassessable_use_not_stated if {
	every member in ["aedt", "jurisdictions"] {
		silent := fixture.untold(asked, "system-profile", [member])
		fixture.status(data.assize.ethics.fai_03) == "unassessable" with input as silent with data.params as params
		fixture.says(rule.not_assessable, "employment decision tool") with input as silent with data.params as params
	}
}

# Employment by Annex III is employment, if no tool in the sense of New York.
test_fail_employment_by_another_name if {
	other := fixture.told(by(array.slice(even, 0, 2)), "system-profile", {"aedt": false, "annex_iii_point": "4(a)"})
	fixture.status(data.assize.ethics.fai_03) == "fail" with input as other with data.params as params
}

test_not_applicable_elsewhere if {
	every patch in [{"aedt": false}, {"jurisdictions": ["DE", "EU"]}] {
		fixture.status(data.assize.ethics.fai_03) == "not_applicable" with input as fixture.told(asked, "system-profile", patch) with data.params as params
	}
	two := fixture.with_items(asked, "system-profile", [profile, fixture.item("system-profile", 2, {"aedt": false})])
	fixture.status(data.assize.ethics.fai_03) == "pass" with input as two with data.params as params
}
