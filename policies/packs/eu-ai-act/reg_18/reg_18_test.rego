package assize.eu_ai_act.reg_18_test

import data.assize.eu_ai_act.reg_18 as rule
import data.assize.fixture

params := {"document_retention_days": 3653}

asked := object.union(
	fixture.question("release", {
		"system-profile": [fixture.item("system-profile", 1, {"system_id": "system:credit-scoring", "tier_reason": "credit of natural persons", "risk_tier": "high_annex_iii"})],
		"org-evidence": [fixture.item("org-evidence", 3, {
			"topic": "records", "retention_days": 3653, "document": {"uri": "https://bank.example/records"},
			"owner": "archive", "valid_until": "2028-12-31T00:00:00Z",
		})],
	}),
	{"now": "2028-01-01T00:00:00Z"},
)

passing := {"kept": {"input": asked, "params": params}}

judged(doc) := status if {
	status := fixture.status(data.assize.eu_ai_act.reg_18) with input as doc with assize.reached as fixture.clock with data.params as params
}

denied(doc, words) if {
	judged(doc) == "fail"
	fixture.says(rule.deny, words) with input as doc with assize.reached as fixture.clock with data.params as params
}

test_pass if judged(asked) == "pass"

test_fail_too_short if {
	denied(fixture.told(asked, "org-evidence", {"retention_days": 3652}), "kept for 3652 days")
	denied(fixture.untold(asked, "org-evidence", ["retention_days"]), "an unstated number of days")
}

test_fail_not_held if {
	denied(fixture.untold(asked, "org-evidence", ["owner"]), "nobody is named")
	denied(object.union(asked, {"now": "2028-12-31T00:00:00Z"}), "ended on 2028-12-31")
	denied(fixture.told(asked, "org-evidence", {"topic": "qms"}), "none of 1 pieces")
}

test_fail_one_of_two if {
	short := fixture.item("org-evidence", 2, object.union(asked.evidence["org-evidence"][0].predicate, {"retention_days": 365}))
	judged(fixture.with_items(asked, "org-evidence", [asked.evidence["org-evidence"][0], short])) == "fail"
}

test_not_applicable if judged(fixture.told(asked, "system-profile", {"risk_tier": "minimal"})) == "not_applicable"

test_unassessable_class if judged(fixture.untold(asked, "system-profile", ["risk_tier"])) == "unassessable"

# Products of Annex I are bound from 2 August 2028.
test_date_of_annex_i if rule.applies_from == "2028-08-02" with input as fixture.told(asked, "system-profile", {"risk_tier": "high_annex_i"})
