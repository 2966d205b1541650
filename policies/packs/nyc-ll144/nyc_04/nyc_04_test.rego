package assize.nyc_ll144.nyc_04_test

import data.assize.fixture
import data.assize.nyc_ll144.nyc_04 as rule

params := {"nyc_notice_days": 16}

asked := fixture.question("deploy", {
	"system-profile": [fixture.item("system-profile", 1, {"jurisdictions": ["US-NY"], "aedt": true})],
	"transparency-notice": [fixture.item("transparency-notice", 140, {
		"kind": "candidate", "text": fixture.other, "channel": "job site", "languages": ["en"], "live_at": "2025-05-01T00:00:00Z",
	})],
	"deployment": [],
})

passing := {"told": {"input": asked, "params": params}}

judged(doc) := status if {
	status := fixture.status(data.assize.nyc_ll144.nyc_04) with input as doc with assize.reached as fixture.clock with data.params as params
}

denied(doc, words) if {
	judged(doc) == "fail"
	fixture.says(rule.deny, words) with input as doc with assize.reached as fixture.clock with data.params as params
}

test_pass if judged(asked) == "pass"

test_fail_too_short if {
	denied(fixture.told(asked, "transparency-notice", {"live_at": "2025-05-20T00:00:00Z"}), "must be 16 days before, so it counts from 2025-06-05 on")
	judged(fixture.told(asked, "transparency-notice", {"live_at": "2025-05-16T00:00:00Z"})) == "pass"
}

test_fail_other_kind if denied(fixture.told(asked, "transparency-notice", {"kind": "worker"}), "none is of the kind candidate")

test_fail_not_shown if denied(fixture.untold(asked, "transparency-notice", ["channel"]), "where it is shown")

test_warn_used_at_once if {
	gap := fixture.with_items(asked, "deployment", [fixture.item("deployment", 125, {"environment": "production", "state": "running", "model": fixture.model})])
	judged(gap) == "pass"
	fixture.says(rule.warn, "count from 2025-05-17 on") with input as gap with assize.reached as fixture.clock with data.params as params
}

test_not_applicable if {
	judged(fixture.told(asked, "system-profile", {"aedt": false})) == "not_applicable"
	judged(fixture.told(asked, "system-profile", {"jurisdictions": ["EU"]})) == "not_applicable"
}

test_unassessable if judged(fixture.untold(asked, "system-profile", ["aedt"])) == "unassessable"

# A notice announced is not shown by waiting.
test_fail_announced if {
	early := fixture.marked(asked, "transparency-notice", {"proven": "2025-04-20T12:00:00.000000Z"})
	denied(early, "announced on 2025-04-20 a notice of kind candidate for 2025-05-01; nobody has signed since that it is shown")
}
