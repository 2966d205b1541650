package assize.data.prv_07_test

import data.assize.data.prv_07 as rule
import data.assize.fixture

asked := fixture.about_dataset(fixture.question("train", {"data-rights": [fixture.item("data-rights", 3, {"ropa_ref": "register entry 17"})]}))

passing := {"entered": {"input": asked, "params": {}}}

test_pass if {
	fixture.status(data.assize.data.prv_07) == "pass" with input as asked
}

test_fail_no_entry if {
	fixture.status(data.assize.data.prv_07) == "fail" with input as fixture.untold(asked, "data-rights", ["ropa_ref"])
	filler := fixture.told(asked, "data-rights", {"ropa_ref": "tbd"})
	fixture.status(data.assize.data.prv_07) == "fail" with input as filler
	fixture.says(rule.deny, "record of processing activities") with input as filler
}

test_not_applicable_no_personal_data if {
	none := fixture.about_dataset(object.union(asked, {"evidence": {"dataset-card": [fixture.item("dataset-card", 2, {"pii": "none"})]}}))
	fixture.status(data.assize.data.prv_07) == "not_applicable" with input as none
}

# A card of another dataset says nothing of this one.
test_applies_when_the_card_is_of_another if {
	stray := fixture.about_dataset(object.union(asked, {"evidence": {"dataset-card": [fixture.item("dataset-card", 2, {"digest": fixture.other, "pii": "none"})]}}))
	fixture.status(data.assize.data.prv_07) == "pass" with input as stray
}

test_unassessable_other_dataset if {
	other := fixture.told(asked, "data-rights", {"dataset": fixture.other})
	fixture.status(data.assize.data.prv_07) == "unassessable" with input as other
}
