package assize.eu_ai_act.reg_14_test

import data.assize.eu_ai_act.reg_14 as rule
import data.assize.fixture

asked := object.union(
	fixture.question("deploy", {
		"system-profile": [fixture.item("system-profile", 1, {"system_id": "system:credit-scoring", "risk_tier": "high_annex_iii", "tier_reason": "rates creditworthiness"})],
		"conformity": [fixture.item("conformity", 1070, {"eu_db_id": "EU-1", "registered_at": "2027-11-20T00:00:00Z"})],
	}),
	{"now": "2028-01-10T00:00:00Z"},
)

passing := {"registered": {"input": asked, "params": {}}, "in use": {"input": used, "params": {}}}

used := object.union(fixture.told(asked, "system-profile", {"eu_market_date": "2027-12-01T00:00:00Z"}), {"action": "continue"})

told(patch) := fixture.told(asked, "conformity", patch)

profiled(patch) := fixture.told(asked, "system-profile", patch)

test_pass if {
	fixture.status(data.assize.eu_ai_act.reg_14) == "pass" with input as asked with assize.reached as fixture.clock
	fixture.status(data.assize.eu_ai_act.reg_14) == "pass" with input as profiled({"eu_market_date": "2027-12-01T00:00:00Z"}) with assize.reached as fixture.clock
}

test_fail if {
	every patch in [{"eu_db_id": "pending"}, {"registered_at": "2028-02-01T00:00:00Z"}] {
		fixture.status(data.assize.eu_ai_act.reg_14) == "fail" with input as told(patch) with assize.reached as fixture.clock
	}
	late := profiled({"eu_market_date": "2027-10-01T00:00:00Z"})
	fixture.status(data.assize.eu_ai_act.reg_14) == "fail" with input as late with assize.reached as fixture.clock
	fixture.says(rule.deny, "on the market on 2027-10-01") with input as late with assize.reached as fixture.clock
}

# Who only uses the system registers its use, whenever it came on the market.
test_pass_deployer if {
	public := profiled({"roles": ["deployer"], "public_service": true, "eu_market_date": "2027-10-01T00:00:00Z"})
	fixture.status(data.assize.eu_ai_act.reg_14) == "pass" with input as public with assize.reached as fixture.clock
}

test_unassessable_in_use_since_nobody_knows if {
	silent := fixture.untold(used, "system-profile", ["eu_market_date"])
	fixture.status(data.assize.eu_ai_act.reg_14) == "unassessable" with input as silent with assize.reached as fixture.clock
	fixture.says(rule.not_assessable, "does not say when the system came on the market") with input as silent with assize.reached as fixture.clock
	fixture.status(data.assize.eu_ai_act.reg_14) == "pass" with input as fixture.told(silent, "system-profile", {"roles": ["deployer"]}) with assize.reached as fixture.clock
	fixture.status(data.assize.eu_ai_act.reg_14) == "unassessable" with input as fixture.told(silent, "system-profile", {"roles": ["deployer", "provider"]}) with assize.reached as fixture.clock
}

test_unassessable if {
	fixture.status(data.assize.eu_ai_act.reg_14) == "unassessable" with input as fixture.untold(asked, "conformity", ["registered_at"]) with assize.reached as fixture.clock
	fixture.status(data.assize.eu_ai_act.reg_14) == "unassessable" with input as fixture.untold(asked, "system-profile", ["tier_reason"]) with assize.reached as fixture.clock
}

test_not_applicable if {
	every patch in [
		{"risk_tier": "minimal"}, {"risk_tier": "high_annex_i"}, {"annex_iii_point": "2"},
		{"roles": ["deployer"], "public_service": false},
	] {
		fixture.status(data.assize.eu_ai_act.reg_14) == "not_applicable" with input as profiled(patch) with assize.reached as fixture.clock
	}
	every patch in [{"roles": ["deployer"]}, {"roles": ["deployer"], "public_service": true}] {
		fixture.status(data.assize.eu_ai_act.reg_14) == "pass" with input as profiled(patch) with assize.reached as fixture.clock
	}
}

# What was to be done on a day after the statement came into the ledger is a promise,
# and the day having come does not make it a deed.
test_fail_promised if {
	early := fixture.marked(asked, "conformity", {"proven": "2027-10-01T12:00:00.000000Z"})
	fixture.status(data.assize.eu_ai_act.reg_14) == "fail" with input as early with assize.reached as fixture.clock
}
