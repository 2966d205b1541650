package assize.eu_ai_act.reg_07_test

import data.assize.eu_ai_act.reg_07 as rule
import data.assize.fixture

params := {"biometric_log_fields": ["use_period", "reference_database", "matched_input", "verifiers"]}

asked := object.union(
	fixture.question("deploy", {
		"system-profile": [fixture.item("system-profile", 1, {"system_id": "system:credit-scoring", "risk_tier": "high_annex_iii", "annex_iii_point": "1(a)", "tier_reason": "identifies persons at a distance"})],
		"deployment": [fixture.item("deployment", 9, {
			"environment": "production", "state": "requested",
			"log": {"enabled": true, "fields": ["use_period", "reference_database", "matched_input", "verifiers"]},
		})],
	}),
	{"now": "2028-01-10T00:00:00Z"},
)

passing := {"identification": {"input": asked, "params": params}}

test_pass if {
	fixture.status(data.assize.eu_ai_act.reg_07) == "pass" with input as asked with data.params as params
	claimed := fixture.told(fixture.untold(asked, "system-profile", ["annex_iii_point"]), "system-profile", {"risk_tier": "art6_3_exempt"})
	fixture.status(data.assize.eu_ai_act.reg_07) == "pass" with input as claimed with data.params as params
}

test_fail if {
	short := fixture.told(asked, "deployment", {"log": {"fields": ["use_period", "matched_input"]}})
	fixture.status(data.assize.eu_ai_act.reg_07) == "fail" with input as short with data.params as params
	fixture.says(rule.deny, "does not log reference_database, verifiers") with input as short with data.params as params
	off := fixture.told(asked, "deployment", {"log": {"enabled": false}})
	fixture.status(data.assize.eu_ai_act.reg_07) == "fail" with input as off with data.params as params
	elsewhere := fixture.told(asked, "deployment", {"environment": "staging"})
	fixture.status(data.assize.eu_ai_act.reg_07) == "fail" with input as elsewhere with data.params as params
}

# Which points of Annex III are remote identification, however they are written.
test_points if {
	every point in ["1", "1(a)", "1 (a)", "1a", "1.a", "1(A)", "point 1"] {
		fixture.status(data.assize.eu_ai_act.reg_07) != "not_applicable" with input as fixture.told(asked, "system-profile", {"annex_iii_point": point}) with data.params as params
	}
	every point in ["1(b)", "1c", "5(b)", "8(a)"] {
		fixture.status(data.assize.eu_ai_act.reg_07) == "not_applicable" with input as fixture.told(asked, "system-profile", {"annex_iii_point": point}) with data.params as params
	}
}

test_unassessable if {
	every field in ["annex_iii_point", "tier_reason"] {
		fixture.status(data.assize.eu_ai_act.reg_07) == "unassessable" with input as fixture.untold(asked, "system-profile", [field]) with data.params as params
	}
}

test_not_applicable if {
	fixture.status(data.assize.eu_ai_act.reg_07) == "not_applicable" with input as fixture.told(asked, "system-profile", {"risk_tier": "minimal"}) with data.params as params
	fixture.status(data.assize.eu_ai_act.reg_07) == "not_applicable" with input as fixture.told(asked, "system-profile", {"risk_tier": "high_annex_i"}) with data.params as params
}
