package assize.data.prv_06_test

import data.assize.data.prv_06 as rule
import data.assize.fixture

params := {"retention_max_days": 3650}

asked := fixture.about_dataset(fixture.question("train", {"dataset-card": [fixture.item("dataset-card", 2, {"maintenance": {"retention_until": "2025-07-01T00:00:00Z"}})]}))

passing := {"kept": {"input": asked, "params": params}}

test_pass_until_the_day if {
	fixture.status(data.assize.data.prv_06) == "pass" with input as asked with data.params as params with assize.reached as fixture.clock
	over := object.union(asked, {"now": "2025-07-01T00:00:00Z"})
	fixture.status(data.assize.data.prv_06) == "fail" with input as over with data.params as params with assize.reached as fixture.clock
	fixture.says(rule.deny, "were to be deleted on 2025-07-01") with input as over with data.params as params with assize.reached as fixture.clock
}

# A day nobody will live to see is no limit.
test_fail_kept_for_ever if {
	ever := fixture.told(asked, "dataset-card", {"maintenance": {"retention_until": "2999-01-01T00:00:00Z"}})
	fixture.status(data.assize.data.prv_06) == "fail" with input as ever with data.params as params with assize.reached as fixture.clock
	fixture.says(rule.deny, "longer than the 3650 days") with input as ever with data.params as params with assize.reached as fixture.clock
}

test_fail_not_stated if {
	silent := fixture.untold(asked, "dataset-card", ["maintenance"])
	fixture.status(data.assize.data.prv_06) == "fail" with input as silent with data.params as params with assize.reached as fixture.clock
	fixture.says(rule.deny, "until when the data are kept") with input as silent with data.params as params with assize.reached as fixture.clock
}

test_not_applicable_no_personal_data if {
	none := fixture.told(asked, "dataset-card", {"pii": "none"})
	fixture.status(data.assize.data.prv_06) == "not_applicable" with input as none with data.params as params with assize.reached as fixture.clock
}

test_unassessable_other_dataset if {
	other := fixture.told(asked, "dataset-card", {"digest": fixture.other})
	fixture.status(data.assize.data.prv_06) == "unassessable" with input as other with data.params as params with assize.reached as fixture.clock
}
