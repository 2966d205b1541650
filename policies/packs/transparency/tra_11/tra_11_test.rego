package assize.transparency.tra_11_test

import data.assize.fixture
import data.assize.transparency.tra_11 as rule

params := {"colorado_explanation_days": 30}

shown := {"text": fixture.other, "channel": "letter", "languages": ["en"], "live_at": "2026-12-01T00:00:00Z"}

outcome := fixture.item("transparency-notice", 711, object.union(shown, {
	"kind": "adverse_outcome", "explanation_within_days": 30,
	"review_route": "credit-review@bank.example", "correction_route": "credit-data@bank.example",
}))

interaction := fixture.item("transparency-notice", 710, object.union(shown, {"kind": "ai_interaction"}))

asked := object.union(
	fixture.question("deploy", {
		"system-profile": [fixture.item("system-profile", 1, {"jurisdictions": ["US-CO"], "consequential_decision": true})],
		"transparency-notice": [outcome, interaction],
	}),
	{"now": "2027-02-01T00:00:00Z"},
)

passing := {"in place": {"input": asked, "params": params}}

judged(doc) := status if {
	status := fixture.status(data.assize.transparency.tra_11) with input as doc with assize.reached as fixture.clock with data.params as params
}

denied(doc, words) if {
	judged(doc) == "fail"
	fixture.says(rule.deny, words) with input as doc with assize.reached as fixture.clock with data.params as params
}

test_pass if {
	judged(asked) == "pass"
	judged(fixture.told(asked, "system-profile", {"jurisdictions": ["EU", "US"]})) == "pass"
}

test_fail_each_member if {
	denied(fixture.told(asked, "transparency-notice", {"explanation_within_days": 31}), "within 31 days; C.R.S. 6-1-1704 gives 30")
	denied(fixture.untold(asked, "transparency-notice", ["explanation_within_days"]), "an unstated number of days")
	denied(fixture.untold(asked, "transparency-notice", ["review_route"]), "have a person review")
	denied(fixture.told(asked, "transparency-notice", {"correction_route": "TBD"}), "have wrong personal data corrected")
}

test_fail_either_notice_wanting if {
	denied(fixture.with_items(asked, "transparency-notice", [outcome]), "none is of the kind affected_person or ai_interaction")
	denied(fixture.with_items(asked, "transparency-notice", [interaction]), "none is of the kind adverse_outcome")
	denied(fixture.told(asked, "transparency-notice", {"live_at": "2027-03-01T00:00:00Z"}), "only from 2027-03-01")
}

test_not_applicable if {
	judged(fixture.told(asked, "system-profile", {"jurisdictions": ["EU"]})) == "not_applicable"
	judged(fixture.told(asked, "system-profile", {"consequential_decision": false})) == "not_applicable"
}

test_unassessable if {
	judged(fixture.untold(asked, "system-profile", ["jurisdictions"])) == "unassessable"
	judged(fixture.untold(asked, "system-profile", ["consequential_decision"])) == "unassessable"
}

# A notice announced is not shown by waiting.
test_fail_announced if {
	denied(fixture.marked(asked, "transparency-notice", {"proven": "2026-11-20T12:00:00.000000Z"}), "announced on 2026-11-20 a notice of kind adverse_outcome for 2026-12-01")
}
