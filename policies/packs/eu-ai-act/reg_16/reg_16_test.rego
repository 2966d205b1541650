package assize.eu_ai_act.reg_16_test

import data.assize.eu_ai_act.reg_16 as rule
import data.assize.fixture

params := {"monitoring_cadence_limit_s": 8035200}

plan := {
	"environment": "production", "methods": ["labels after 90 days"], "owner": "model operations",
	"actions": ["roll back"], "cadence_s": 86400,
	"metrics": [{"name": "auc", "comparator": ">=", "threshold": 0.7}],
}

asked := object.union(
	fixture.question("deploy", {
		"system-profile": [fixture.item("system-profile", 1, {"system_id": "system:credit-scoring", "tier_reason": "credit of natural persons", "risk_tier": "high_annex_iii"})],
		"monitoring-plan": [fixture.item("monitoring-plan", 3, object.remove(plan, ["name"]))],
	}),
	{"now": "2028-01-01T00:00:00Z"},
)

planned(patch) := fixture.told(asked, "monitoring-plan", patch)

unnamed := planned({"metrics": [{"comparator": ">=", "threshold": 0.7}]})

relative := planned({"metrics": [{"max_drop": 0.05}]})

passing := {
	"bound": {"input": unnamed, "params": params},
	"drop": {"input": relative, "params": params},
}

judged(doc) := status if {
	status := fixture.status(data.assize.eu_ai_act.reg_16) with input as doc with assize.reached as fixture.clock with data.params as params
}

denied(doc, words) if {
	judged(doc) == "fail"
	fixture.says(rule.deny, words) with input as doc with assize.reached as fixture.clock with data.params as params
}

test_pass_each if count([name | some name, fixed in passing; judged(fixed.input) == "pass"]) == count(passing)

test_fail_each_part if {
	judged(asked) == "pass"
	denied(planned({"methods": []}), "by which methods")
	denied(planned({"owner": "TBD"}), "who watches")
	denied(fixture.untold(asked, "monitoring-plan", ["actions"]), "when a bound is crossed")
	denied(planned({"cadence_s": 0}), "how often")
	denied(fixture.untold(asked, "monitoring-plan", ["cadence_s"]), "how often")
	denied(planned({"cadence_s": 315360000}), "every 3650 days; the longest that may lie between two looks is 93 days")
	denied(planned({"metrics": []}), "watches no figure")
	denied(planned({"metrics": [{"name": "auc", "threshold": 0.7}]}), "watches auc without a bound")
}

test_fail_other_environment if denied(planned({"environment": "staging"}), "none of 1 monitoring plans is for production")

test_unassessable_two if {
	two := fixture.with_items(asked, "monitoring-plan", [asked.evidence["monitoring-plan"][0], fixture.item("monitoring-plan", 2, plan)])
	judged(two) == "unassessable"
}

test_not_applicable if judged(fixture.told(asked, "system-profile", {"risk_tier": "minimal"})) == "not_applicable"

test_unassessable_class if judged(fixture.untold(asked, "system-profile", ["risk_tier"])) == "unassessable"

# Products of Annex I are bound from 2 August 2028.
test_date_of_annex_i if rule.applies_from == "2028-08-02" with input as fixture.told(asked, "system-profile", {"risk_tier": "high_annex_i"})
