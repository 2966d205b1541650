package assize.eu_ai_act.reg_02_test

import data.assize.eu_ai_act.reg_02 as rule
import data.assize.fixture

asked := object.union(
	fixture.question("deploy", {"system-profile": [fixture.item("system-profile", 1070, {
		"system_id": "system:credit-scoring",
		"risk_tier": "art6_3_exempt",
		"annex_iii_point": "5(b)",
		"tier_reason": "prepares a file for an officer, who decides alone",
		"profiling_natural_persons": false,
		"art6_3": {"condition": "d", "reasoning": "it sorts documents and rates nobody", "registered_at": "2027-11-20T00:00:00Z"},
	})]}),
	{"now": "2028-01-10T00:00:00Z"},
)

passing := {"exempt": {"input": asked, "params": {}}, "in use": {"input": used, "params": {}}}

used := object.union(fixture.told(asked, "system-profile", {"eu_market_date": "2027-12-05T00:00:00Z"}), {"action": "continue"})

told(patch) := fixture.told(asked, "system-profile", patch)

exemption(patch) := told({"art6_3": object.union(asked.evidence["system-profile"][0].predicate.art6_3, patch)})

test_pass if {
	fixture.status(data.assize.eu_ai_act.reg_02) == "pass" with input as asked with assize.reached as fixture.clock
	fixture.status(data.assize.eu_ai_act.reg_02) == "pass" with input as told({"eu_market_date": "2027-12-05T00:00:00Z"}) with assize.reached as fixture.clock
}

test_fail_profiling if {
	profiled := told({"profiling_natural_persons": true})
	fixture.status(data.assize.eu_ai_act.reg_02) == "fail" with input as profiled with assize.reached as fixture.clock
	fixture.says(rule.deny, "always high-risk") with input as profiled with assize.reached as fixture.clock
}

test_fail_without if {
	every field in ["condition", "reasoning", "registered_at"] {
		predicate := asked.evidence["system-profile"][0].predicate
		bare := fixture.restated(asked, "system-profile", object.union(
			object.remove(predicate, ["art6_3"]),
			{"art6_3": object.remove(predicate.art6_3, [field])},
		))
		fixture.status(data.assize.eu_ai_act.reg_02) == "fail" with input as bare with assize.reached as fixture.clock
	}
	fixture.status(data.assize.eu_ai_act.reg_02) == "fail" with input as fixture.untold(asked, "system-profile", ["annex_iii_point"]) with assize.reached as fixture.clock
}

test_fail_registered_later_than_now_or_than_the_market if {
	fixture.status(data.assize.eu_ai_act.reg_02) == "fail" with input as exemption({"registered_at": "2028-03-01T00:00:00Z"}) with assize.reached as fixture.clock
	late := told({"eu_market_date": "2027-10-01T00:00:00Z"})
	fixture.status(data.assize.eu_ai_act.reg_02) == "fail" with input as late with assize.reached as fixture.clock
	fixture.says(rule.deny, "on the market on 2027-10-01") with input as late with assize.reached as fixture.clock
}

test_fail_claimed_by_a_developer if {
	fixture.status(data.assize.eu_ai_act.reg_02) == "fail" with input as fixture.marked(asked, "system-profile", {"roles": ["developer"]}) with assize.reached as fixture.clock
}

test_unassessable if {
	fixture.status(data.assize.eu_ai_act.reg_02) == "unassessable" with input as fixture.untold(asked, "system-profile", ["profiling_natural_persons"]) with assize.reached as fixture.clock
	fixture.status(data.assize.eu_ai_act.reg_02) == "unassessable" with input as told({"risk_tier": "unheard of"}) with assize.reached as fixture.clock
}

test_unassessable_in_use_since_nobody_knows if {
	silent := fixture.untold(used, "system-profile", ["eu_market_date"])
	fixture.status(data.assize.eu_ai_act.reg_02) == "unassessable" with input as silent with assize.reached as fixture.clock
	fixture.says(rule.not_assessable, "does not say when the system came on the market") with input as silent with assize.reached as fixture.clock
}

test_not_applicable if {
	fixture.status(data.assize.eu_ai_act.reg_02) == "not_applicable" with input as told({"risk_tier": "high_annex_iii"}) with assize.reached as fixture.clock
	unsigned := fixture.marked(told({"risk_tier": "minimal"}), "system-profile", {"roles": ["developer"]})
	fixture.status(data.assize.eu_ai_act.reg_02) == "unassessable" with input as unsigned with assize.reached as fixture.clock
}

# A second profile in force that claims the exemption is judged as well.
test_fail_older_claim_in_force if {
	older := object.union(asked.evidence["system-profile"][0], {"predicate": object.union(asked.evidence["system-profile"][0].predicate, {"profiling_natural_persons": true})})
	two := fixture.with_items(asked, "system-profile", [asked.evidence["system-profile"][0], older])
	fixture.status(data.assize.eu_ai_act.reg_02) == "fail" with input as two with assize.reached as fixture.clock
}

# What was to be done on a day after the statement came into the ledger is a promise,
# and the day having come does not make it a deed.
test_fail_promised if {
	early := fixture.marked(asked, "system-profile", {"proven": "2027-10-01T12:00:00.000000Z"})
	fixture.status(data.assize.eu_ai_act.reg_02) == "fail" with input as early with assize.reached as fixture.clock
}
