package assize.data.prv_09_test

import data.assize.data.prv_09 as rule
import data.assize.fixture

asked := fixture.about_dataset(fixture.question("train", {"dataset-card": [fixture.item("dataset-card", 2, {"pii": "pseudonymous"})]}))

needed := fixture.told(asked, "dataset-card", {"pii": "direct", "pii_reason": "Names are what the model learns to recognise."})

passing := {
	"pseudonymous": {"input": asked, "params": {}},
	"needed": {"input": needed, "params": {}},
}

test_pass_each if {
	count([name | some name, fixed in passing; fixture.status(data.assize.data.prv_09) == "pass" with input as fixed.input]) == count(passing)
	fixture.says(rule.warn, "gives as reason: Names are what") with input as needed
}

test_fail_direct_without_a_reason if {
	every reason in ["", "TBD"] {
		bare := fixture.told(needed, "dataset-card", {"pii_reason": reason})
		fixture.status(data.assize.data.prv_09) == "fail" with input as bare
		fixture.says(rule.deny, "holds direct identifiers") with input as bare
	}
}

test_fail_older_card if {
	older := fixture.item("dataset-card", 1, {"pii": "direct"})
	two := fixture.about_dataset(fixture.with_items(asked, "dataset-card", array.concat(asked.evidence["dataset-card"], [older])))
	fixture.status(data.assize.data.prv_09) == "fail" with input as two
}

test_not_applicable_no_personal_data if {
	fixture.status(data.assize.data.prv_09) == "not_applicable" with input as fixture.told(asked, "dataset-card", {"pii": "none"})
}

test_unassessable if {
	silent := fixture.untold(asked, "dataset-card", ["pii"])
	fixture.status(data.assize.data.prv_09) == "unassessable" with input as silent
	fixture.says(rule.not_assessable, "whether the dataset holds personal data") with input as silent
	other := fixture.told(asked, "dataset-card", {"digest": fixture.other})
	fixture.status(data.assize.data.prv_09) == "unassessable" with input as other
}
