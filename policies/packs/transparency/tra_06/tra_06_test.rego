package assize.transparency.tra_06_test

import data.assize.fixture
import data.assize.transparency.tra_06 as rule

params := {"marking_schemes": ["C2PA", "IPTC Digital Source Type"]}

asked := object.union(
	fixture.question("deploy", {
		"system-profile": [fixture.item("system-profile", 1, {"art50": ["synthetic_marking"]})],
		"transparency-notice": [fixture.item("transparency-notice", 590, {
			"kind": "synthetic_marking", "marking_scheme": "c2pa 2.1", "live_at": "2026-08-02T00:00:00Z",
		})],
	}),
	{"now": "2026-09-01T00:00:00Z"},
)

passing := {"marked": {"input": asked, "params": params}}

judged(doc) := status if {
	status := fixture.status(data.assize.transparency.tra_06) with input as doc with assize.reached as fixture.clock with data.params as params
}

denied(doc, words) if {
	judged(doc) == "fail"
	fixture.says(rule.deny, words) with input as doc with assize.reached as fixture.clock with data.params as params
}

test_pass if judged(asked) == "pass"

test_fail_scheme if {
	denied(fixture.untold(asked, "transparency-notice", ["marking_scheme"]), "none of the schemes")
	denied(fixture.told(asked, "transparency-notice", {"marking_scheme": "a line of text below"}), "a line of text below")
}

test_fail_not_live if {
	denied(fixture.untold(asked, "transparency-notice", ["live_at"]), "live_at does not say")
	denied(fixture.told(asked, "transparency-notice", {"live_at": "2026-10-01T00:00:00Z"}), "only from 2026-10-01")
	denied(fixture.told(asked, "transparency-notice", {"until": "2026-09-01T00:00:00Z"}), "no longer")
}

test_fail_announced if {
	denied(fixture.told(asked, "transparency-notice", {"live_at": "2026-08-20T00:00:00Z"}), "announced on 2026-08-13 that marking goes live on 2026-08-20; nobody has signed since")
}

test_fail_other_kind if denied(fixture.told(asked, "transparency-notice", {"kind": "deepfake"}), "none is of the kind")

test_not_applicable if judged(fixture.told(asked, "system-profile", {"art50": ["deepfake"]})) == "not_applicable"

# Systems on the market before 2 August 2026 have until 2 December 2026.
test_date_of_older_systems if {
	old := fixture.told(asked, "system-profile", {"eu_market_date": "2026-08-01T00:00:00Z"})
	rule.applies_from == "2026-12-02" with input as old
	not rule.applies_from with input as fixture.told(asked, "system-profile", {"eu_market_date": "2026-08-02T00:00:00Z"})
	not rule.applies_from with input as fixture.marked(old, "system-profile", {"roles": ["developer"]})
}

test_not_applicable_abroad if judged(fixture.told(asked, "system-profile", {"jurisdictions": ["US"]})) == "not_applicable"

test_unassessable_cases if judged(fixture.untold(asked, "system-profile", ["art50"])) == "unassessable"

test_unassessable_generative_and_unmarked if {
	hidden := fixture.told(asked, "system-profile", {"art50": [], "generative": true})
	judged(hidden) == "unassessable"
	fixture.says(rule.not_assessable, "says that the system is generative") with input as hidden
}
