package assize.eu_ai_act.reg_15_test

import data.assize.eu_ai_act.reg_15 as rule
import data.assize.fixture

profile := fixture.item("system-profile", 1, {"system_id": "system:credit-scoring", "risk_tier": "high_annex_iii", "tier_reason": "rates creditworthiness"})

covered := object.union(
	fixture.question("deploy", {"system-profile": [profile], "conformity": [fixture.item("conformity", 2, {"models": [fixture.model]})], "model-change": []}),
	{"now": "2028-01-10T00:00:00Z"},
)

asked := object.union(covered, {"evidence": {
	"conformity": [fixture.item("conformity", 2, {"models": [fixture.other], "predetermined_changes": [{"kind": "recalibrate", "description": "yearly"}]})],
	"model-change": [fixture.item("model-change", 5, {"from": fixture.other, "to": fixture.model, "kind": "recalibrate", "predetermined": true, "substantial": false, "reason": "outcomes of the year"})],
}})

passing := {
	"covered": {"input": covered, "params": {}},
	"changed as foreseen": {"input": asked, "params": {}},
}

test_pass_each if {
	count([name | some name, fixed in passing; fixture.status(data.assize.eu_ai_act.reg_15) == "pass" with input as fixed.input]) == count(passing)
}

test_fail_not_covered if {
	alone := fixture.with_items(asked, "model-change", [])
	fixture.status(data.assize.eu_ai_act.reg_15) == "fail" with input as alone
	fixture.says(rule.deny, "no conformity assessment signed by a compliance role covers model scorer") with input as alone
	unsigned := fixture.marked(covered, "conformity", {"roles": ["developer"]})
	fixture.status(data.assize.eu_ai_act.reg_15) == "fail" with input as unsigned
}

test_fail_change if {
	every patch in [{"predetermined": false}, {"substantial": true}, {"kind": "retrain"}, {"reason": "tbd"}, {"from": fixture.dataset}] {
		fixture.status(data.assize.eu_ai_act.reg_15) == "fail" with input as fixture.told(asked, "model-change", patch)
	}
	fixture.says(rule.deny, "it is substantial") with input as fixture.told(asked, "model-change", {"substantial": true})
	undescribed := fixture.told(asked, "conformity", {"predetermined_changes": [{"kind": "recalibrate"}]})
	fixture.status(data.assize.eu_ai_act.reg_15) == "fail" with input as undescribed
}

# What was foreseen was foreseen before the change, not written down after it.
test_fail_foreseen_afterwards if {
	fixture.status(data.assize.eu_ai_act.reg_15) == "fail" with input as fixture.marked(asked, "conformity", {"index": 9})
}

# Of two statements about the change that led here, each must hold.
test_fail_second_change if {
	two := fixture.with_items(asked, "model-change", [asked.evidence["model-change"][0], object.union(asked.evidence["model-change"][0], {"predicate": {"substantial": true}})])
	fixture.status(data.assize.eu_ai_act.reg_15) == "fail" with input as two
}

test_unassessable_unclassified if {
	fixture.status(data.assize.eu_ai_act.reg_15) == "unassessable" with input as fixture.untold(covered, "system-profile", ["tier_reason"])
}

test_not_applicable if {
	fixture.status(data.assize.eu_ai_act.reg_15) == "not_applicable" with input as fixture.told(asked, "system-profile", {"risk_tier": "minimal"})
}

test_products_later if {
	rule.applies_from == "2028-08-02" with input as fixture.told(asked, "system-profile", {"risk_tier": "high_annex_i"})
	not rule.applies_from with input as asked
}
