package assize.eu_ai_act.reg_23_test

import data.assize.eu_ai_act.reg_23 as rule
import data.assize.fixture

params := {"colorado_retention_days": 1095}

asked := object.union(
	fixture.question("deploy", {
		"system-profile": [fixture.item("system-profile", 1, {"jurisdictions": ["US-CO"], "consequential_decision": true})],
		"org-evidence": [fixture.item("org-evidence", 3, {
			"topic": "records", "retention_days": 1095, "document": {"uri": "https://bank.example/records"},
			"owner": "archive", "valid_until": "2027-12-31T00:00:00Z",
		})],
	}),
	{"now": "2027-02-01T00:00:00Z"},
)

passing := {"kept": {"input": asked, "params": params}}

judged(doc) := status if {
	status := fixture.status(data.assize.eu_ai_act.reg_23) with input as doc with assize.reached as fixture.clock with data.params as params
}

denied(doc, words) if {
	judged(doc) == "fail"
	fixture.says(rule.deny, words) with input as doc with assize.reached as fixture.clock with data.params as params
}

test_pass if judged(asked) == "pass"

test_fail_too_short if {
	denied(fixture.told(asked, "org-evidence", {"retention_days": 1094}), "kept for 1094 days")
	denied(fixture.untold(asked, "org-evidence", ["retention_days"]), "an unstated number of days")
}

test_fail_not_held if {
	denied(fixture.told(asked, "org-evidence", {"owner": "n/a"}), "nobody is named")
	denied(fixture.untold(asked, "org-evidence", ["valid_until"]), "does not state when it ends")
	denied(fixture.told(asked, "org-evidence", {"topic": "qms"}), "none of 1 pieces")
}

test_not_applicable if {
	judged(fixture.told(asked, "system-profile", {"jurisdictions": ["EU"]})) == "not_applicable"
	judged(fixture.told(asked, "system-profile", {"consequential_decision": false})) == "not_applicable"
}

test_unassessable if {
	judged(fixture.untold(asked, "system-profile", ["jurisdictions"])) == "unassessable"
	judged(fixture.marked(fixture.told(asked, "system-profile", {"jurisdictions": ["EU"]}), "system-profile", {"roles": []})) == "unassessable"
}
