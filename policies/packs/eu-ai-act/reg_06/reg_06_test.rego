package assize.eu_ai_act.reg_06_test

import data.assize.eu_ai_act.reg_06 as rule
import data.assize.fixture

params := {"log_retention_days": 183}

asked := object.union(
	fixture.question("continue", {
		"system-profile": [fixture.item("system-profile", 1, {"system_id": "system:credit-scoring", "risk_tier": "high_annex_iii", "tier_reason": "rates creditworthiness"})],
		"deployment": [fixture.item("deployment", 9, {"environment": "production", "state": "running", "log": {"enabled": true, "retention_days": 183}})],
	}),
	{"now": "2028-01-10T00:00:00Z"},
)

passing := {"running": {"input": asked, "params": params}}

log(members) := fixture.told(asked, "deployment", {"log": members})

bare(members) := fixture.with_items(asked, "deployment", [fixture.item("deployment", 9, {"environment": "production", "state": "running", "log": members})])

test_pass if {
	fixture.status(data.assize.eu_ai_act.reg_06) == "pass" with input as asked with data.params as params
}

test_fail if {
	every members in [{"enabled": false}, {"retention_days": 182.5}] {
		fixture.status(data.assize.eu_ai_act.reg_06) == "fail" with input as log(members) with data.params as params
	}
	every members in [{"enabled": true}, {"retention_days": 400}, {}] {
		fixture.status(data.assize.eu_ai_act.reg_06) == "fail" with input as bare(members) with data.params as params
	}
	some finding in rule.deny with input as log({"retention_days": 30}) with data.params as params
	finding.value == 30
	finding.bound == 183
}

test_fail_nothing_runs_here if {
	elsewhere := fixture.told(asked, "deployment", {"environment": "staging"})
	fixture.status(data.assize.eu_ai_act.reg_06) == "fail" with input as elsewhere with data.params as params
}

# A second endpoint without logs is not hidden by the first.
test_fail_second_place if {
	dark := fixture.item("deployment", 8, {"environment": "production", "endpoint": "batch", "state": "running", "log": {"enabled": false, "retention_days": 400}})
	two := fixture.with_items(asked, "deployment", [asked.evidence.deployment[0], dark])
	fixture.status(data.assize.eu_ai_act.reg_06) == "fail" with input as two with data.params as params
}

test_unassessable_unclassified if {
	every field in ["risk_tier", "tier_reason"] {
		bare_profile := fixture.untold(asked, "system-profile", [field])
		fixture.status(data.assize.eu_ai_act.reg_06) == "unassessable" with input as bare_profile with data.params as params
		count(rule.not_assessable) > 0 with input as bare_profile with data.params as params
	}
}

test_not_applicable if {
	fixture.status(data.assize.eu_ai_act.reg_06) == "not_applicable" with input as fixture.told(asked, "system-profile", {"risk_tier": "minimal"}) with data.params as params
	abroad := fixture.told(asked, "system-profile", {"jurisdictions": ["US-NY", "CH"]})
	fixture.status(data.assize.eu_ai_act.reg_06) == "not_applicable" with input as abroad with data.params as params
	fixture.status(data.assize.eu_ai_act.reg_06) == "pass" with input as fixture.told(asked, "system-profile", {"jurisdictions": ["US-NY", "de-be"]}) with data.params as params
}

# The exemption without its conditions exempts from nothing.
test_exemption if {
	claimed := fixture.told(asked, "system-profile", {"risk_tier": "art6_3_exempt", "profiling_natural_persons": true, "art6_3": {"condition": "a", "reasoning": "a narrow task"}})
	fixture.status(data.assize.eu_ai_act.reg_06) == "pass" with input as claimed with data.params as params
	met := fixture.told(claimed, "system-profile", {"profiling_natural_persons": false})
	fixture.status(data.assize.eu_ai_act.reg_06) == "not_applicable" with input as met with data.params as params
}

test_products_later if {
	rule.applies_from == "2028-08-02" with input as fixture.told(asked, "system-profile", {"risk_tier": "high_annex_i"})
	not rule.applies_from with input as asked
}
