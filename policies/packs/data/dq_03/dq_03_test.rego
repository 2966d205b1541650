package assize.data.dq_03_test

import data.assize.data.dq_03 as rule
import data.assize.fixture

params := {"quality_dimensions": ["completeness", "uniqueness"], "recompute_tolerance": 0.000000001}

missing := {"name": "missing cells", "dimension": "completeness", "value": 0, "comparator": "<=", "threshold": 0.05, "passed": true}

repeated := {"name": "repeated rows", "dimension": "uniqueness", "value": 0, "comparator": "<=", "threshold": 0, "passed": true}

asked := fixture.about_dataset(fixture.question("train", {"data-quality": [fixture.item("data-quality", 3, {"checks": [missing, repeated]})]}))

passing := {"checked": {"input": asked, "params": params}}

with_checks(checks) := fixture.told(asked, "data-quality", {"checks": checks})

test_pass if {
	fixture.status(data.assize.data.dq_03) == "pass" with input as asked with data.params as params
}

# A check without figures rests on its producer's word.
test_pass_stated_outcome if {
	stated := {"name": "codes known", "dimension": "uniqueness", "passed": true}
	fixture.status(data.assize.data.dq_03) == "pass" with input as with_checks([missing, stated]) with data.params as params
}

test_fail_check_failed if {
	failed := object.union(missing, {"value": 0.2, "passed": false})
	fixture.status(data.assize.data.dq_03) == "fail" with input as with_checks([failed, repeated]) with data.params as params
	some finding in rule.deny with input as with_checks([failed, repeated]) with data.params as params
	finding.value == 0.2
	finding.bound == 0.05
}

test_fail_claim_does_not_hold if {
	claimed := object.union(missing, {"value": 0.2})
	fixture.status(data.assize.data.dq_03) == "fail" with input as with_checks([claimed, repeated]) with data.params as params
	fixture.says(rule.deny, "does not hold") with input as with_checks([claimed, repeated]) with data.params as params
}

test_fail_dimension_unchecked if {
	fixture.status(data.assize.data.dq_03) == "fail" with input as with_checks([missing]) with data.params as params
	fixture.says(rule.deny, "no check of uniqueness") with input as with_checks([missing]) with data.params as params
}

# Every report counts, not the newest.
test_fail_older_report if {
	older := fixture.item("data-quality", 2, {"checks": [object.union(repeated, {"value": 3, "passed": false})]})
	two := fixture.with_items(asked, "data-quality", [asked.evidence["data-quality"][0], older])
	fixture.status(data.assize.data.dq_03) == "fail" with input as two with data.params as params
}

test_unassessable_outcome_not_stated if {
	silent := object.remove(repeated, ["passed"])
	fixture.status(data.assize.data.dq_03) == "unassessable" with input as with_checks([missing, silent]) with data.params as params
}

test_unassessable_half_the_figures if {
	half := object.remove(repeated, ["threshold"])
	fixture.status(data.assize.data.dq_03) == "unassessable" with input as with_checks([missing, half]) with data.params as params
}

test_fail_rate_against_its_own_counts if {
	every lie in [{"rows": 100, "duplicate_rows": 40, "duplicate_rate": 0}, {"rows": 100, "columns": 10, "missing_cells": 500, "missing_rate": 0.01}] {
		lying := fixture.told(asked, "data-quality", lie)
		fixture.status(data.assize.data.dq_03) == "fail" with input as lying with data.params as params
		fixture.says(rule.deny, "its counts give") with input as lying with data.params as params
	}
	honest := fixture.told(asked, "data-quality", {"rows": 100, "duplicate_rows": 40, "duplicate_rate": 0.4})
	fixture.status(data.assize.data.dq_03) == "pass" with input as honest with data.params as params
}

test_unassessable_other_dataset if {
	other := fixture.told(asked, "data-quality", {"dataset": fixture.other})
	fixture.says(rule.not_assessable, "examined") with input as other with data.params as params
	fixture.status(data.assize.data.dq_03) == "unassessable" with input as other with data.params as params
}

test_comparators if {
	every comparator, values in {"<": [0.04, 0.05], ">=": [0.05, 0.04], ">": [0.06, 0.05], "==": [0.05, 0.06]} {
		kept := object.union(missing, {"comparator": comparator, "value": values[0]})
		fixture.status(data.assize.data.dq_03) == "pass" with input as with_checks([kept, repeated]) with data.params as params
		broken := object.union(kept, {"value": values[1]})
		fixture.status(data.assize.data.dq_03) == "fail" with input as with_checks([broken, repeated]) with data.params as params
	}
}
