package assize.data.prv_04_test

import data.assize.data.prv_04 as rule
import data.assize.fixture

params := {"consent_exclusion_max_days": 30}

consent := {
	"scope": ["score applications for credit"], "withdrawal_endpoint": "https://bank.example/consent",
	"withdrawn_count": 0, "excluded_as_of": "2025-05-20T00:00:00Z",
}

asked := fixture.about_dataset(fixture.question("train", {
	"system-profile": [fixture.item("system-profile", 1, {"intended_purpose": "Score applications for credit."})],
	"data-rights": [fixture.item("data-rights", 145, {"lawful_basis": "6(1)(a)", "consent": consent})],
}))

passing := {"live": {"input": asked, "params": params}}

by(given) := fixture.told(fixture.untold(asked, "data-rights", ["consent"]), "data-rights", {"consent": given})

test_pass_until_the_bound if {
	fixture.status(data.assize.data.prv_04) == "pass" with input as object.union(asked, {"now": "2025-06-18T23:59:59Z"}) with data.params as params with assize.reached as fixture.clock
	late := object.union(asked, {"now": "2025-06-19T00:00:00Z"})
	fixture.status(data.assize.data.prv_04) == "fail" with input as late with data.params as params with assize.reached as fixture.clock
	fixture.says(rule.deny, "excluded up to 2025-05-20 only; more than 30 days") with input as late with data.params as params with assize.reached as fixture.clock
}

# Withdrawals of tomorrow cannot be out of the data today.
test_fail_excluded_in_the_future if {
	ahead := object.union(by(object.union(consent, {"excluded_as_of": "2030-01-01T00:00:00Z"})), {"now": "2025-06-30T00:00:00Z"})
	fixture.status(data.assize.data.prv_04) == "fail" with input as ahead with data.params as params with assize.reached as fixture.clock
}

test_fail_other_purpose if {
	every scope in [[], ["marketing"], ["score applications for credit and insurance"]] {
		narrow := by(object.union(consent, {"scope": scope}))
		fixture.status(data.assize.data.prv_04) == "fail" with input as narrow with data.params as params with assize.reached as fixture.clock
		fixture.says(rule.deny, "not among it word for word") with input as narrow with data.params as params with assize.reached as fixture.clock
	}
}

test_fail_no_way_to_withdraw if {
	stuck := by(object.remove(consent, ["withdrawal_endpoint"]))
	fixture.status(data.assize.data.prv_04) == "fail" with input as stuck with data.params as params with assize.reached as fixture.clock
	fixture.says(rule.deny, "where it can be withdrawn") with input as stuck with data.params as params with assize.reached as fixture.clock
}

test_consent_to_special_categories if {
	special := fixture.told(asked, "data-rights", {"lawful_basis": "6(1)(f)", "art9_condition": "9(2)(a)"})
	fixture.status(data.assize.data.prv_04) == "pass" with input as special with data.params as params with assize.reached as fixture.clock
}

test_not_applicable_no_consent if {
	other := fixture.told(asked, "data-rights", {"lawful_basis": "6(1)(f)"})
	fixture.status(data.assize.data.prv_04) == "not_applicable" with input as other with data.params as params with assize.reached as fixture.clock
	none := fixture.about_dataset(object.union(asked, {"evidence": {"dataset-card": [fixture.item("dataset-card", 2, {"pii": "none"})]}}))
	fixture.status(data.assize.data.prv_04) == "not_applicable" with input as none with data.params as params with assize.reached as fixture.clock
}

test_unassessable_not_stated if {
	every gone in ["excluded_as_of", "withdrawn_count"] {
		vague := by(object.remove(consent, [gone]))
		fixture.status(data.assize.data.prv_04) == "unassessable" with input as vague with data.params as params with assize.reached as fixture.clock
		fixture.says(rule.not_assessable, gone) with input as vague with data.params as params with assize.reached as fixture.clock
	}
	groundless := fixture.untold(asked, "data-rights", ["lawful_basis"])
	fixture.status(data.assize.data.prv_04) == "unassessable" with input as groundless with data.params as params with assize.reached as fixture.clock
	aimless := fixture.untold(asked, "system-profile", ["intended_purpose"])
	fixture.status(data.assize.data.prv_04) == "unassessable" with input as aimless with data.params as params with assize.reached as fixture.clock
	filler := fixture.told(asked, "system-profile", {"intended_purpose": "TBD"})
	fixture.status(data.assize.data.prv_04) == "unassessable" with input as filler with data.params as params with assize.reached as fixture.clock
	fixture.says(rule.not_assessable, "cannot be held against the consent") with input as filler with data.params as params with assize.reached as fixture.clock
}

test_unassessable_other_dataset if {
	other := fixture.told(asked, "data-rights", {"dataset": fixture.other})
	fixture.status(data.assize.data.prv_04) == "unassessable" with input as other with data.params as params with assize.reached as fixture.clock
}
