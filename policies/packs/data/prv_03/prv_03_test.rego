package assize.data.prv_03_test

import data.assize.data.prv_03 as rule
import data.assize.fixture

profile := fixture.item("system-profile", 1, {"intended_purpose": "Score applications for credit."})

rights := object.union(
	fixture.item("data-rights", 3, {
		"original_purpose": "Managing loans already granted", "compatible": true,
		"compatibility_assessment": "Same relation to the customer, no special categories, data pseudonymous.",
	}),
	{"subjects": [fixture.dataset]},
)

asked := fixture.about_dataset(fixture.question("train", {"system-profile": [profile], "data-rights": [rights], "dataset-card": []}))

source := object.union(fixture.node("dataset", fixture.dataset, "loans"), {"evidence": {"data-rights": [rights], "dataset-card": []}})

of_model(nodes) := object.union(fixture.question("release", {"system-profile": [profile]}), {"ancestors": nodes})

passing := {
	"compatible": {"input": asked, "params": {}},
	"model of compatible data": {"input": of_model([source]), "params": {}},
}

same := fixture.told(fixture.untold(asked, "data-rights", ["compatible", "compatibility_assessment"]), "data-rights", {"original_purpose": "score applications for credit"})

impersonal := fixture.item("dataset-card", 2, {"pii": "none"})

test_pass_each if {
	count([name | some name, fixed in passing; fixture.status(data.assize.data.prv_03) == "pass" with input as fixed.input]) == count(passing)
}

test_pass_the_purpose_itself if {
	fixture.status(data.assize.data.prv_03) == "pass" with input as same
	fixture.status(data.assize.data.prv_03) == "fail" with input as fixture.told(same, "data-rights", {"compatible": false})
}

test_fail_not_compatible if {
	against := fixture.told(asked, "data-rights", {"compatible": false})
	fixture.status(data.assize.data.prv_03) == "fail" with input as against
	fixture.says(rule.deny, "is not compatible with that") with input as against
}

test_fail_without_reasons if {
	every member in ["original_purpose", "compatible", "compatibility_assessment"] {
		silent := fixture.untold(asked, "data-rights", [member])
		fixture.status(data.assize.data.prv_03) == "fail" with input as silent
	}
	silent := fixture.untold(asked, "data-rights", ["compatibility_assessment"])
	fixture.says(rule.deny, `is to serve "Score applications for credit."`) with input as silent
}

# An older statement that finds it not compatible stands until it is superseded.
test_fail_older_statement if {
	older := object.union(fixture.item("data-rights", 2, {"original_purpose": "Managing loans", "compatible": false}), {"subjects": [fixture.dataset]})
	fixture.status(data.assize.data.prv_03) == "fail" with input as fixture.with_items(asked, "data-rights", [rights, older])
}

test_fail_nothing_said_of_one_source if {
	silent := object.union(fixture.node("dataset", fixture.other, "bought list"), {"evidence": {"data-rights": [], "dataset-card": []}})
	fixture.status(data.assize.data.prv_03) == "fail" with input as of_model([source, silent])
	fixture.says(rule.deny, "nothing says for which purpose dataset bought list") with input as of_model([source, silent])
}

test_not_applicable_no_personal_data if {
	none := fixture.about_dataset(object.union(asked, {"evidence": {"dataset-card": [impersonal]}}))
	fixture.status(data.assize.data.prv_03) == "not_applicable" with input as none
	clean := object.union(fixture.node("dataset", fixture.other, "weather"), {"evidence": {"data-rights": [], "dataset-card": [impersonal]}})
	fixture.status(data.assize.data.prv_03) == "not_applicable" with input as of_model([clean])
	fixture.status(data.assize.data.prv_03) == "pass" with input as of_model([clean, source])
}

test_unassessable_purpose_not_stated if {
	aimless := fixture.untold(asked, "system-profile", ["intended_purpose"])
	fixture.status(data.assize.data.prv_03) == "unassessable" with input as aimless
	fixture.says(rule.not_assessable, "does not state the intended purpose") with input as aimless
}

test_unassessable_no_lineage if {
	fixture.status(data.assize.data.prv_03) == "unassessable" with input as of_model([])
	fixture.says(rule.not_assessable, "not on record") with input as of_model([])
}

test_unassessable_other_dataset if {
	other := fixture.told(asked, "data-rights", {"dataset": fixture.other})
	fixture.status(data.assize.data.prv_03) == "unassessable" with input as other
}
