package assize.eu_ai_act.reg_22_test

import data.assize.eu_ai_act.reg_22 as rule
import data.assize.fixture

params := {"literacy_max_days": 365}

asked := fixture.question("deploy", {"system-profile": [], "org-evidence": [fixture.item("org-evidence", 20, {
	"topic": "literacy", "document": {"uri": "https://bank.example/training"}, "owner": "people office",
	"done_at": "2025-01-10T00:00:00Z", "valid_until": "2027-01-01T00:00:00Z",
})]})

passing := {"trained": {"input": asked, "params": params}}

judged(doc) := status if {
	status := fixture.status(data.assize.eu_ai_act.reg_22) with input as doc with assize.reached as fixture.clock with data.params as params
}

denied(doc, words) if {
	judged(doc) == "fail"
	fixture.says(rule.deny, words) with input as doc with assize.reached as fixture.clock with data.params as params
}

test_pass if judged(asked) == "pass"

test_fail_too_old if {
	denied(object.union(asked, {"now": "2026-01-10T00:00:00Z"}), "taken on 2025-01-10; they count for 365 days, until 2026-01-10")
	judged(object.union(asked, {"now": "2026-01-09T23:59:59Z"})) == "pass"
	ahead := fixture.told(asked, "org-evidence", {"done_at": "2026-01-01T00:00:00Z"})
	denied(object.union(ahead, {"now": "2026-02-01T00:00:00Z"}), "was signed on 2025-01-20 and tells of measures on 2026-01-01: what is still to be done is announced")
}

test_fail_not_held if {
	denied(fixture.untold(asked, "org-evidence", ["done_at"]), "when the measures were taken")
	denied(fixture.untold(asked, "org-evidence", ["document"]), "neither address nor digest")
	denied(object.union(asked, {"now": "2027-01-01T00:00:00Z"}), "it ended on 2027-01-01")
	denied(fixture.told(asked, "org-evidence", {"topic": "qms"}), "is about AI literacy (topic literacy)")
}

test_pass_beside_an_older_one if {
	old := fixture.item("org-evidence", 2, {"topic": "literacy", "done_at": "2023-01-01T00:00:00Z"})
	judged(fixture.with_items(asked, "org-evidence", [asked.evidence["org-evidence"][0], old])) == "pass"
}

test_not_applicable_abroad if judged(fixture.with_items(asked, "system-profile", [fixture.item("system-profile", 1, {"jurisdictions": ["US"]})])) == "not_applicable"
