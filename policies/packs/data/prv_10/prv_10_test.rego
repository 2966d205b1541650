package assize.data.prv_10_test

import data.assize.data.prv_10 as rule
import data.assize.fixture

params := {"data_licences": ["CC-BY-4.0", "MIT"]}

asked := fixture.about_dataset(fixture.question("train", {
	"dataset-card": [fixture.item("dataset-card", 2, {"license": "CC-BY-4.0"})],
	"data-rights": [fixture.item("data-rights", 3, {"tdm_optout_respected": true})],
	"system-profile": [fixture.item("system-profile", 1, {"intended_purpose": "Score applications for credit."})],
}))

passing := {"cleared": {"input": asked, "params": params}}

test_pass if {
	fixture.status(data.assize.data.prv_10) == "pass" with input as asked with data.params as params
	elsewhere := fixture.told(asked, "dataset-card", {"prohibited_purposes": ["identification of persons"]})
	fixture.status(data.assize.data.prv_10) == "pass" with input as elsewhere with data.params as params
}

test_fail_licence if {
	every license in ["CC-BY-NC-4.0", "CC-BY-4.0 AND Proprietary"] {
		other := fixture.told(asked, "dataset-card", {"license": license})
		fixture.status(data.assize.data.prv_10) == "fail" with input as other with data.params as params
		fixture.says(rule.deny, "not among the licences cleared for training") with input as other with data.params as params
	}
	none := fixture.untold(asked, "dataset-card", ["license"])
	fixture.status(data.assize.data.prv_10) == "fail" with input as none with data.params as params
	fixture.says(rule.deny, "names no licence") with input as none with data.params as params
}

test_fail_purpose_prohibited if {
	barred := fixture.told(asked, "dataset-card", {"prohibited_purposes": ["score applications for credit"]})
	fixture.status(data.assize.data.prv_10) == "fail" with input as barred with data.params as params
	fixture.says(rule.deny, "prohibits what the system is meant for") with input as barred with data.params as params
}

test_fail_reservations if {
	mined := fixture.told(asked, "data-rights", {"tdm_optout_respected": false})
	fixture.status(data.assize.data.prv_10) == "fail" with input as mined with data.params as params
}

test_unassessable if {
	silent := fixture.untold(asked, "data-rights", ["tdm_optout_respected"])
	fixture.status(data.assize.data.prv_10) == "unassessable" with input as silent with data.params as params
	aimless := fixture.untold(asked, "system-profile", ["intended_purpose"])
	fixture.status(data.assize.data.prv_10) == "unassessable" with input as aimless with data.params as params
	other := fixture.told(asked, "dataset-card", {"digest": fixture.other})
	fixture.status(data.assize.data.prv_10) == "unassessable" with input as other with data.params as params
	elsewhere := fixture.told(asked, "data-rights", {"dataset": fixture.other})
	fixture.status(data.assize.data.prv_10) == "unassessable" with input as elsewhere with data.params as params
}
