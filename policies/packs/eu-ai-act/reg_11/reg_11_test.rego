package assize.eu_ai_act.reg_11_test

import data.assize.eu_ai_act.reg_11 as rule
import data.assize.fixture

asked := object.union(
	fixture.question("continue", {
		"system-profile": [fixture.item("system-profile", 1, {"system_id": "system:credit-scoring", "risk_tier": "high_annex_iii", "annex_iii_point": "5(b)", "tier_reason": "rates creditworthiness"})],
		"impact-assessment": [fixture.item("impact-assessment", 1070, {
			"kind": "fria", "completed_at": "2027-11-01T00:00:00Z", "before_first_use": true,
			"authority_notified_at": "2027-11-10T00:00:00Z", "review_due": "2028-11-01T00:00:00Z",
			"elements": {"a": "credit decisions", "b": "daily, for years", "c": "applicants", "d": "wrongly refused credit", "e": "an officer decides", "f": "complaint and review"},
		})],
		"deployment": [],
	}),
	{"now": "2028-01-10T00:00:00Z"},
)

passing := {"credit": {"input": fixture.untold(asked, "system-profile", ["annex_iii_point"]), "params": {}}}

told(patch) := fixture.told(asked, "impact-assessment", patch)

profiled(patch) := fixture.told(asked, "system-profile", patch)

running(start) := fixture.with_items(asked, "deployment", [fixture.item("deployment", 9, {"environment": "production", "state": "running", "started_at": start})])

test_pass if {
	fixture.status(data.assize.eu_ai_act.reg_11) == "pass" with input as asked with assize.reached as fixture.clock
	fixture.status(data.assize.eu_ai_act.reg_11) == "pass" with input as running("2027-12-10T00:00:00Z") with assize.reached as fixture.clock
	fixture.status(data.assize.eu_ai_act.reg_11) == "pass" with input as passing.credit.input with assize.reached as fixture.clock
}

test_fail_each if {
	every patch in [
		{"kind": "dpia"}, {"before_first_use": false}, {"completed_at": "2028-02-01T00:00:00Z"}, {"review_due": "2028-01-09T00:00:00Z"},
		{"authority_notified_at": "2028-02-01T00:00:00Z"}, {"elements": {"d": "tbd"}},
	] {
		fixture.status(data.assize.eu_ai_act.reg_11) == "fail" with input as told(patch) with assize.reached as fixture.clock
	}
	fixture.status(data.assize.eu_ai_act.reg_11) == "fail" with input as fixture.untold(asked, "impact-assessment", ["authority_notified_at"]) with assize.reached as fixture.clock
	fixture.says(rule.deny, "element (d) of Art 27(1), which harm they may suffer") with input as told({"elements": {"d": "tbd"}}) with assize.reached as fixture.clock
}

test_fail_used_before if {
	used := running("2027-06-01T00:00:00Z")
	fixture.status(data.assize.eu_ai_act.reg_11) == "fail" with input as used with assize.reached as fixture.clock
	fixture.says(rule.deny, "completed on 2027-11-01, first use on 2027-06-01") with input as used with assize.reached as fixture.clock
}

test_unassessable if {
	fixture.status(data.assize.eu_ai_act.reg_11) == "unassessable" with input as fixture.untold(asked, "impact-assessment", ["review_due"]) with assize.reached as fixture.clock
	fixture.status(data.assize.eu_ai_act.reg_11) == "unassessable" with input as fixture.marked(asked, "system-profile", {"roles": ["developer"]}) with assize.reached as fixture.clock
}

test_scope if {
	every patch in [
		{"risk_tier": "minimal"}, {"risk_tier": "high_annex_i"}, {"roles": ["provider"]}, {"annex_iii_point": "4(a)", "public_service": false},
		{"annex_iii_point": "2"}, {"annex_iii_point": "5(a)", "public_service": false},
	] {
		fixture.status(data.assize.eu_ai_act.reg_11) == "not_applicable" with input as profiled(patch) with assize.reached as fixture.clock
	}
	every patch in [{"annex_iii_point": "4(a)"}, {"annex_iii_point": "4(a)", "public_service": true}, {"annex_iii_point": "5(c)", "public_service": false}, {"annex_iii_point": "5", "public_service": false}] {
		fixture.status(data.assize.eu_ai_act.reg_11) == "pass" with input as profiled(patch) with assize.reached as fixture.clock
	}
}

# What was to be done on a day after the statement came into the ledger is a promise,
# and the day having come does not make it a deed.
test_fail_promised if {
	early := fixture.marked(asked, "impact-assessment", {"proven": "2027-10-01T12:00:00.000000Z"})
	fixture.status(data.assize.eu_ai_act.reg_11) == "fail" with input as early with assize.reached as fixture.clock
}
