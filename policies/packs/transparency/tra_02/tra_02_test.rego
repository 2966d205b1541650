package assize.transparency.tra_02_test

import data.assize.fixture
import data.assize.transparency.tra_02 as rule

told := {
	"provider": "Bank AG, credit-model@bank.example",
	"characteristics": "AUC 0.78 on applications of 2024, weaker above 60 years",
	"changes": "recalibrated each quarter",
	"oversight": "a credit officer may overrule every score",
	"resources": "one CPU, replaced after two years",
	"logs": "score and reasons are logged for 400 days",
}

asked := object.union(
	fixture.question("release", {
		"model-card": [fixture.item("model-card", 6, {"instructions_for_use": told})],
		"system-profile": [fixture.item("system-profile", 1, {"system_id": "system:credit-scoring", "tier_reason": "credit of natural persons", "risk_tier": "high_annex_iii"})],
	}),
	{"now": "2028-01-01T00:00:00Z"},
)

product := object.union(fixture.told(asked, "system-profile", {"risk_tier": "high_annex_i"}), {"now": "2028-08-02T00:00:00Z"})

exempt := fixture.told(asked, "system-profile", {"risk_tier": "art6_3_exempt", "profiling_natural_persons": true})

passing := {
	"complete": {"input": asked, "params": {}},
	"product": {"input": product, "params": {}},
}

judged(doc) := status if {
	status := fixture.status(data.assize.transparency.tra_02) with input as doc
}

test_pass_each if count([name | some name, fixed in passing; judged(fixed.input) == "pass"]) == count(passing)

test_fail_each_element if {
	count([element |
		some element, _ in told
		short := fixture.told(fixture.untold(asked, "model-card", ["instructions_for_use"]), "model-card", {"instructions_for_use": object.remove(told, [element])})
		judged(short) == "fail"
		fixture.says(rule.deny, element) with input as short
	]) == count(told)
}

# Who profiles natural persons is not exempt.
test_profiling_is_high_risk if {
	judged(exempt) == "pass"
	judged(fixture.untold(exempt, "model-card", ["instructions_for_use"])) == "fail"
}

test_fail_placeholder if {
	filler := fixture.told(asked, "model-card", {"instructions_for_use": object.union(told, {"logs": "TBD"})})
	judged(filler) == "fail"
	fixture.says(rule.deny, "a placeholder") with input as filler
}

test_not_applicable if {
	judged(fixture.told(asked, "system-profile", {"risk_tier": "minimal"})) == "not_applicable"
	judged(fixture.told(asked, "system-profile", {"jurisdictions": ["US"]})) == "not_applicable"
}

# Products of Annex I are bound from 2 August 2028.
test_date_of_annex_i if {
	rule.applies_from == "2028-08-02" with input as product
	not rule.applies_from with input as asked
	judged(fixture.untold(product, "model-card", ["instructions_for_use"])) == "fail"
}

test_unassessable_class if {
	judged(fixture.untold(asked, "system-profile", ["risk_tier"])) == "unassessable"
	lowered := fixture.marked(fixture.told(asked, "system-profile", {"risk_tier": "minimal"}), "system-profile", {"roles": ["developer"]})
	judged(lowered) == "unassessable"
	fixture.says(rule.not_assessable, "signed by a compliance role") with input as lowered
}

# A second profile does not free what the first binds.
test_unassessable_profiles_disagree if {
	minimal := fixture.told(asked, "system-profile", {"risk_tier": "minimal"}).evidence["system-profile"][0]
	two := fixture.with_items(asked, "system-profile", [minimal, asked.evidence["system-profile"][0]])
	judged(two) == "unassessable"
	fixture.says(rule.not_assessable, "2 profiles in force disagree") with input as two
}

test_nothing_does_not_pass if {
	not rule.pass with input as fixture.with_items(asked, "model-card", [])
}
