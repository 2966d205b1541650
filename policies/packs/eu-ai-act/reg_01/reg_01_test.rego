package assize.eu_ai_act.reg_01_test

import data.assize.eu_ai_act.reg_01 as rule
import data.assize.fixture

asked := fixture.question("deploy", {"system-profile": [fixture.item("system-profile", 1, {
	"system_id": "system:credit-scoring",
	"risk_tier": "high_annex_iii",
	"annex_iii_point": "5(b)",
	"tier_reason": "evaluates the creditworthiness of natural persons",
})]})

minimal := fixture.told(fixture.untold(asked, "system-profile", ["annex_iii_point"]), "system-profile", {"risk_tier": "minimal"})

passing := {
	"high risk": {"input": asked, "params": {}},
	"minimal": {"input": minimal, "params": {}},
}

test_pass_each if {
	count([name | some name, fixed in passing; fixture.status(data.assize.eu_ai_act.reg_01) == "pass" with input as fixed.input]) == count(passing)
}

test_fail_prohibited if {
	fixture.status(data.assize.eu_ai_act.reg_01) == "fail" with input as fixture.told(asked, "system-profile", {"risk_tier": "prohibited"})
}

test_fail_each_member_left_out if {
	count([field |
		some field in ["risk_tier", "annex_iii_point", "tier_reason"]
		fixture.status(data.assize.eu_ai_act.reg_01) == "fail" with input as fixture.untold(asked, "system-profile", [field])
	]) == 3
}

# The newest profile decides: a tier lowered without a compliance role does not
# stand.
test_fail_lowered_by_a_developer if {
	lowered := object.union(fixture.item("system-profile", 9, minimal.evidence["system-profile"][0].predicate), {"principals": ["trainer"], "roles": ["developer"]})
	two := fixture.with_items(asked, "system-profile", [lowered, asked.evidence["system-profile"][0]])
	fixture.status(data.assize.eu_ai_act.reg_01) == "fail" with input as two
	fixture.says(rule.deny, "none with the role compliance") with input as two
}

test_fail_profile_of_another_system if {
	fixture.status(data.assize.eu_ai_act.reg_01) == "fail" with input as fixture.told(asked, "system-profile", {"system_id": "system:other"})
}

test_unassessable_tier_nobody_knows if {
	fixture.status(data.assize.eu_ai_act.reg_01) == "unassessable" with input as fixture.told(asked, "system-profile", {"risk_tier": "limited"})
}

# A class of prohibited practice stands until it is superseded.
test_fail_prohibited_before if {
	older := fixture.item("system-profile", 0, object.union(asked.evidence["system-profile"][0].predicate, {"risk_tier": "prohibited"}))
	two := fixture.with_items(asked, "system-profile", array.concat(asked.evidence["system-profile"], [older]))
	fixture.status(data.assize.eu_ai_act.reg_01) == "fail" with input as two
	some finding in rule.deny with input as two
	finding.path == "system-profile[1].risk_tier"
}
