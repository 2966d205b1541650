package assize.transparency.tra_08_test

import data.assize.fixture
import data.assize.transparency.tra_08 as rule

asked := object.union(
	fixture.question("deploy", {
		"system-profile": [fixture.item("system-profile", 1, {"system_id": "system:credit-scoring", "tier_reason": "credit of natural persons", "risk_tier": "high_annex_iii", "annex_iii_point": "5(b)"})],
		"transparency-notice": [fixture.item("transparency-notice", 1040, {
			"kind": "affected_person", "text": fixture.other, "channel": "letter", "languages": ["de"], "live_at": "2027-11-01T00:00:00Z",
		})],
		"deployment": [],
	}),
	{"now": "2028-01-01T00:00:00Z"},
)

at_point(point, kind) := fixture.told(
	fixture.told(asked, "system-profile", {"annex_iii_point": point}),
	"transparency-notice", {"kind": kind},
)

passing := {
	"credit": {"input": asked, "params": {}},
	"workers": {"input": at_point("4(b)", "worker"), "params": {}},
	"candidates": {"input": at_point("4(a)", "candidate"), "params": {}},
}

judged(doc) := status if {
	status := fixture.status(data.assize.transparency.tra_08) with input as doc with assize.reached as fixture.clock
}

denied(doc, words) if {
	judged(doc) == "fail"
	fixture.says(rule.deny, words) with input as doc with assize.reached as fixture.clock
}

test_pass_each if count([name | some name, fixed in passing; judged(fixed.input) == "pass"]) == count(passing)

test_pass_point_without_letter if judged(at_point("4", "worker")) == "pass"

test_fail_wrong_audience if {
	denied(at_point("4(b)", "candidate"), "none is of the kind worker, which AI Act Art 26(7)")
	denied(at_point("4(a)", "worker"), "none is of the kind affected_person or candidate, which AI Act Art 26(11)")
	denied(at_point("5(b)", "worker"), "none is of the kind affected_person")
}

test_fail_not_shown if denied(fixture.untold(asked, "transparency-notice", ["languages"]), "in which languages")

test_not_applicable if {
	judged(fixture.told(asked, "system-profile", {"risk_tier": "high_annex_i"})) == "not_applicable"
	judged(fixture.told(asked, "system-profile", {"risk_tier": "minimal"})) == "not_applicable"
}

test_unassessable if {
	judged(fixture.untold(asked, "system-profile", ["annex_iii_point"])) == "unassessable"
	judged(fixture.untold(asked, "system-profile", ["risk_tier"])) == "unassessable"
}

test_warn_ran_without if {
	gap := fixture.with_items(asked, "deployment", [fixture.item("deployment", 500, {"environment": "production", "state": "running", "model": fixture.model})])
	shown := fixture.told(gap, "transparency-notice", {"live_at": "2027-12-20T00:00:00Z"})
	late := fixture.marked(shown, "transparency-notice", {"proven": "2027-12-21T12:00:00.000000Z"})
	judged(late) == "pass"
	fixture.says(rule.warn, "has run since 2027-12-02") with input as late with assize.reached as fixture.clock
}

# A notice announced is not shown by waiting.
test_fail_announced if {
	denied(fixture.marked(asked, "transparency-notice", {"proven": "2027-10-20T12:00:00.000000Z"}), "announced on 2027-10-20 a notice of kind affected_person for 2027-11-01")
}
