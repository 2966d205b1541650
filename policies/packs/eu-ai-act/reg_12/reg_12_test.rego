package assize.eu_ai_act.reg_12_test

import data.assize.eu_ai_act.reg_12 as rule
import data.assize.fixture

profile(patch) := fixture.item("system-profile", 1, object.union({"system_id": "system:credit-scoring", "risk_tier": "high_annex_iii", "annex_iii_point": "5(b)", "tier_reason": "rates creditworthiness"}, patch))

question(patch, conformity) := object.union(
	fixture.question("deploy", {"system-profile": [profile(patch)], "conformity": [fixture.item("conformity", 2, conformity)]}),
	{"now": "2028-01-10T00:00:00Z"},
)

body := {"id": "0123", "cert": "C-1", "expiry": "2030-01-01T00:00:00Z"}

asked := question({}, {"procedure": "annex_vi"})

notified := question({"annex_iii_point": "1(a)"}, {"procedure": "annex_vii", "notified_body": body})

standardised := question({"annex_iii_point": "1(a)"}, {"procedure": "annex_vi", "standards": [{"id": "EN 1", "extent": "full"}]})

passing := {
	"internal control": {"input": asked, "params": {}},
	"notified body": {"input": notified, "params": {}},
	"standards in full": {"input": standardised, "params": {}},
}

test_pass_each if {
	count([name | some name, fixed in passing; fixture.status(data.assize.eu_ai_act.reg_12) == "pass" with input as fixed.input with assize.reached as fixture.clock]) == count(passing)
	product := object.union(fixture.told(question({}, {"procedure": "sectoral"}), "system-profile", {"risk_tier": "high_annex_i"}), {"now": "2028-09-01T00:00:00Z"})
	fixture.status(data.assize.eu_ai_act.reg_12) == "pass" with input as product with assize.reached as fixture.clock
	rule.applies_from == "2028-08-02" with input as product
	exempted := question({"risk_tier": "art6_3_exempt"}, {"procedure": "annex_vii", "notified_body": body})
	fixture.status(data.assize.eu_ai_act.reg_12) == "pass" with input as exempted with assize.reached as fixture.clock
}

test_fail_procedure if {
	wrong := question({}, {"procedure": "annex_vii", "notified_body": body})
	fixture.status(data.assize.eu_ai_act.reg_12) == "fail" with input as wrong with assize.reached as fixture.clock
	fixture.says(rule.deny, "Art 43 asks for Annex VI, internal control") with input as wrong with assize.reached as fixture.clock
	fixture.status(data.assize.eu_ai_act.reg_12) == "fail" with input as question({}, {"ce_marked": true}) with assize.reached as fixture.clock
}

test_fail_internal_control_of_biometrics if {
	every standards in [[], [{"id": "EN 1", "extent": "partial"}], [{"id": "EN 1"}]] {
		fixture.status(data.assize.eu_ai_act.reg_12) == "fail" with input as question({"annex_iii_point": "1(a)"}, {"procedure": "annex_vi", "standards": standards}) with assize.reached as fixture.clock
	}
}

test_fail_certificate if {
	every bad in [object.union(body, {"expiry": "2028-01-10T00:00:00Z"}), object.remove(body, ["cert"]), {}] {
		fixture.status(data.assize.eu_ai_act.reg_12) == "fail" with input as question({"annex_iii_point": "1"}, {"procedure": "annex_vii", "notified_body": bad}) with assize.reached as fixture.clock
	}
	fixture.status(data.assize.eu_ai_act.reg_12) == "fail" with input as question({"annex_iii_point": "1"}, {"procedure": "annex_vii"}) with assize.reached as fixture.clock
	sectoral := question({"risk_tier": "high_annex_i"}, {"procedure": "sectoral", "notified_body": object.remove(body, ["id"])})
	fixture.status(data.assize.eu_ai_act.reg_12) == "fail" with input as sectoral with assize.reached as fixture.clock
}

# A second statement does not outvote a wrong one in force.
test_fail_beside_a_right_one if {
	two := fixture.with_items(asked, "conformity", [asked.evidence.conformity[0], fixture.item("conformity", 1, {"procedure": "sectoral"})])
	fixture.status(data.assize.eu_ai_act.reg_12) == "fail" with input as two with assize.reached as fixture.clock
}

test_unassessable if {
	every field in ["annex_iii_point", "tier_reason"] {
		fixture.status(data.assize.eu_ai_act.reg_12) == "unassessable" with input as fixture.untold(asked, "system-profile", [field]) with assize.reached as fixture.clock
	}
}

test_not_applicable if {
	fixture.status(data.assize.eu_ai_act.reg_12) == "not_applicable" with input as fixture.told(asked, "system-profile", {"risk_tier": "minimal"}) with assize.reached as fixture.clock
	fixture.status(data.assize.eu_ai_act.reg_12) == "not_applicable" with input as fixture.told(asked, "system-profile", {"roles": ["deployer"]}) with assize.reached as fixture.clock
}
