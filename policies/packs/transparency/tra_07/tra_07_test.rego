package assize.transparency.tra_07_test

import data.assize.fixture
import data.assize.transparency.tra_07 as rule

notice(index, kind) := fixture.item("transparency-notice", index, {
	"kind": kind, "text": fixture.other, "channel": "caption", "languages": ["en"], "live_at": "2026-08-01T00:00:00Z",
})

cases := ["emotion_biometric", "deepfake", "public_text"]

asked := object.union(
	fixture.question("deploy", {
		"system-profile": [fixture.item("system-profile", 1, {"art50": ["deepfake"]})],
		"transparency-notice": [notice(580, "deepfake")],
		"deployment": [],
	}),
	{"now": "2026-09-01T00:00:00Z"},
)

three := fixture.with_items(
	fixture.told(asked, "system-profile", {"art50": cases}),
	"transparency-notice", [notice(580 + i, case) | some i, case in cases],
)

passing := {"deepfake": {"input": asked, "params": {}}}

judged(doc) := status if {
	status := fixture.status(data.assize.transparency.tra_07) with input as doc with assize.reached as fixture.clock
}

denied(doc, words) if {
	judged(doc) == "fail"
	fixture.says(rule.deny, words) with input as doc with assize.reached as fixture.clock
}

test_pass_each if count([name | some name, fixed in passing; judged(fixed.input) == "pass"]) == count(passing)

test_each_case_for_itself if {
	judged(three) == "pass"
	count([case |
		some i, case in cases
		fewer := fixture.with_items(three, "transparency-notice", [one | some k, one in three.evidence["transparency-notice"]; k != i])
		denied(fewer, sprintf("none is of the kind %s", [case]))
	]) == count(cases)
}

test_fail_not_shown if denied(fixture.untold(asked, "transparency-notice", ["text"]), "which text")

test_warn_ran_without if {
	gap := fixture.with_items(asked, "deployment", [fixture.item("deployment", 500, {"environment": "production", "state": "running", "model": fixture.model})])
	shown := fixture.told(gap, "transparency-notice", {"live_at": "2026-08-30T00:00:00Z"})
	late := fixture.marked(shown, "transparency-notice", {"proven": "2026-08-31T12:00:00.000000Z"})
	judged(late) == "pass"
	fixture.says(rule.warn, "has run since 2026-08-02") with input as late with assize.reached as fixture.clock
}

test_not_applicable if judged(fixture.told(asked, "system-profile", {"art50": ["ai_interaction"]})) == "not_applicable"

test_unassessable_cases if judged(fixture.untold(asked, "system-profile", ["art50"])) == "unassessable"

test_not_applicable_abroad if judged(fixture.told(asked, "system-profile", {"jurisdictions": ["US", "CH"]})) == "not_applicable"

# A notice announced is not shown by waiting.
test_fail_announced if {
	denied(fixture.marked(asked, "transparency-notice", {"proven": "2026-07-20T12:00:00.000000Z"}), "announced on 2026-07-20 a notice of kind deepfake for 2026-08-01")
}
