package assize.eu_ai_act.reg_10_test

import data.assize.eu_ai_act.reg_10 as rule
import data.assize.fixture

asked := object.union(
	fixture.question("deploy", {
		"system-profile": [fixture.item("system-profile", 1, {"system_id": "system:credit-scoring", "risk_tier": "high_annex_iii", "tier_reason": "rates creditworthiness"})],
		"org-evidence": [fixture.item("org-evidence", 2, {
			"topic": "qms", "owner": "quality-office", "valid_until": "2028-12-31T00:00:00Z",
			"document": {"uri": "https://bank.example/qms.pdf", "digest": fixture.other},
		})],
	}),
	{"now": "2028-01-10T00:00:00Z"},
)

passing := {"valid": {"input": asked, "params": {}}}

test_pass if {
	fixture.status(data.assize.eu_ai_act.reg_10) == "pass" with input as asked with assize.reached as fixture.clock
	old := object.union(asked.evidence["org-evidence"][0], {"predicate": {"valid_until": "2027-01-01T00:00:00Z"}})
	two := fixture.with_items(asked, "org-evidence", [asked.evidence["org-evidence"][0], old])
	fixture.status(data.assize.eu_ai_act.reg_10) == "pass" with input as two with assize.reached as fixture.clock
}

test_fail if {
	every patch in [{"topic": "ai_policy"}, {"owner": "TBD"}, {"valid_until": "2028-01-10T00:00:00Z"}, {"document": {"uri": ""}}] {
		fixture.status(data.assize.eu_ai_act.reg_10) == "fail" with input as fixture.told(asked, "org-evidence", patch) with assize.reached as fixture.clock
	}
	every field in ["owner", "document", "valid_until"] {
		fixture.status(data.assize.eu_ai_act.reg_10) == "fail" with input as fixture.untold(asked, "org-evidence", [field]) with assize.reached as fixture.clock
	}
	expired := object.union(asked, {"now": "2029-01-01T00:00:00Z"})
	fixture.says(rule.deny, "was valid until 2028-12-31") with input as expired with assize.reached as fixture.clock
}

test_unassessable_unclassified if {
	fixture.status(data.assize.eu_ai_act.reg_10) == "unassessable" with input as fixture.untold(asked, "system-profile", ["tier_reason"]) with assize.reached as fixture.clock
}

test_not_applicable if {
	fixture.status(data.assize.eu_ai_act.reg_10) == "not_applicable" with input as fixture.told(asked, "system-profile", {"risk_tier": "transparency"}) with assize.reached as fixture.clock
	fixture.status(data.assize.eu_ai_act.reg_10) == "not_applicable" with input as fixture.told(asked, "system-profile", {"roles": ["deployer"]}) with assize.reached as fixture.clock
	fixture.status(data.assize.eu_ai_act.reg_10) == "pass" with input as fixture.told(asked, "system-profile", {"roles": ["deployer", "provider"]}) with assize.reached as fixture.clock
}

test_products_later if {
	rule.applies_from == "2028-08-02" with input as fixture.told(asked, "system-profile", {"risk_tier": "high_annex_i"})
	not rule.applies_from with input as asked
}
