package assize.transparency.tra_05_test

import data.assize.fixture
import data.assize.transparency.tra_05 as rule

notice := {
	"kind": "ai_interaction", "text": fixture.other, "channel": "first screen of the application form",
	"languages": ["de"], "live_at": "2026-08-01T00:00:00Z",
}

asked := object.union(
	fixture.question("deploy", {
		"system-profile": [fixture.item("system-profile", 1, {"art50": ["ai_interaction"]})],
		"transparency-notice": [fixture.item("transparency-notice", 580, notice)],
		"deployment": [],
	}),
	{"now": "2026-09-01T00:00:00Z"},
)

document := fixture.told(
	fixture.untold(asked, "transparency-notice", ["text"]),
	"transparency-notice", {"document": {"digest": fixture.other}},
)

ends := fixture.told(asked, "transparency-notice", {"until": "2026-09-02T00:00:00Z"})

passing := {
	"text": {"input": asked, "params": {}},
	"document": {"input": document, "params": {}},
}

judged(doc) := status if {
	status := fixture.status(data.assize.transparency.tra_05) with input as doc with assize.reached as fixture.clock
}

denied(doc, words) if {
	judged(doc) == "fail"
	fixture.says(rule.deny, words) with input as doc with assize.reached as fixture.clock
}

test_pass_each if count([name | some name, fixed in passing; judged(fixed.input) == "pass"]) == count(passing)

test_fail_each_member_left_out if {
	every member, words in {"text": "which text", "channel": "where it is shown", "languages": "in which languages", "live_at": "from when"} {
		denied(fixture.untold(asked, "transparency-notice", [member]), words)
	}
	denied(fixture.told(asked, "transparency-notice", {"channel": "TBD"}), "where it is shown")
}

test_fail_not_yet_shown if {
	denied(fixture.told(asked, "transparency-notice", {"live_at": "2026-09-02T00:00:00Z"}), "it is shown only from 2026-09-02 on")
}

test_fail_no_longer_shown if {
	judged(ends) == "pass"
	denied(object.union(ends, {"now": "2026-09-02T00:00:00Z"}), "until 2026-09-02")
}

test_fail_other_kind if denied(fixture.told(asked, "transparency-notice", {"kind": "worker"}), "none is of the kind ai_interaction")

# A second notice that is not shown takes nothing from one that is.
test_pass_beside_a_draft if {
	draft := fixture.item("transparency-notice", 21, {"kind": "ai_interaction"})
	judged(fixture.with_items(asked, "transparency-notice", [draft, asked.evidence["transparency-notice"][0]])) == "pass"
}

test_not_applicable if {
	judged(fixture.told(asked, "system-profile", {"art50": []})) == "not_applicable"
	judged(fixture.told(asked, "system-profile", {"art50": ["deepfake"], "risk_tier": "transparency"})) == "not_applicable"
}

# The class of Art 50 without a case of it frees of nothing; neither does silence,
# nor a profile compliance did not sign.
test_unassessable_cases if {
	judged(fixture.told(asked, "system-profile", {"art50": [], "risk_tier": "transparency"})) == "unassessable"
	judged(fixture.untold(asked, "system-profile", ["art50"])) == "unassessable"
	judged(fixture.marked(fixture.told(asked, "system-profile", {"art50": []}), "system-profile", {"roles": ["developer"]})) == "unassessable"
}

running(patch) := fixture.with_items(object.union(asked, {"now": "2026-10-01T00:00:00Z"}), "deployment", [fixture.item("deployment", 609, object.union(
	{"environment": "production", "state": "running", "model": fixture.model},
	patch,
))])

late(doc) := fixture.marked(fixture.told(doc, "transparency-notice", {"live_at": "2026-09-15T00:00:00Z"}), "transparency-notice", {"proven": "2026-09-16T12:00:00.000000Z"})

test_warn_ran_without if {
	gap := late(running({"started_at": "2026-09-01T00:00:00Z"}))
	judged(gap) == "pass"
	fixture.says(rule.warn, "has run since 2026-09-01") with input as gap with assize.reached as fixture.clock
	silent := late(running({}))
	fixture.says(rule.warn, "has run since 2026-09-01") with input as silent with assize.reached as fixture.clock
	long := late(running({"started_at": "2025-01-01T00:00:00Z"}))
	fixture.says(rule.warn, "has run since 2026-08-02") with input as long with assize.reached as fixture.clock
	count(rule.warn) == 0 with input as running({"started_at": "2025-01-01T00:00:00Z"}) with assize.reached as fixture.clock
}

test_nothing_does_not_pass if {
	not rule.pass with input as fixture.with_items(asked, "transparency-notice", []) with assize.reached as fixture.clock
	count(rule.deny) == 1 with input as fixture.with_items(asked, "transparency-notice", []) with assize.reached as fixture.clock
}

test_not_applicable_abroad if judged(fixture.told(asked, "system-profile", {"jurisdictions": ["US", "CH"]})) == "not_applicable"

# A notice announced is not shown by waiting; one that is live stands beside it.
test_fail_announced if {
	denied(fixture.marked(asked, "transparency-notice", {"proven": "2026-07-20T12:00:00.000000Z"}), "announced on 2026-07-20 a notice of kind ai_interaction for 2026-08-01")
	beside := fixture.with_items(asked, "transparency-notice", [fixture.item("transparency-notice", 570, notice), asked.evidence["transparency-notice"][0]])
	judged(beside) == "pass"
}
