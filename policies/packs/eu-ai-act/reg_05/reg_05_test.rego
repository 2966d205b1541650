package assize.eu_ai_act.reg_05_test

import data.assize.eu_ai_act.reg_05 as rule
import data.assize.fixture

profile := fixture.item("system-profile", 1, {
	"system_id": "system:credit-scoring", "risk_tier": "high_annex_iii", "tier_reason": "rates creditworthiness",
	"intended_purpose": "rates applications for consumer credit",
})

plan := fixture.item("eval-plan", 5, {"metrics": [{"rationale": "the cut-off moves with the economy"}]})

dataset := object.union(fixture.node("dataset", fixture.dataset, "applications"), {"evidence": {"dataset-card": [fixture.item("dataset-card", 2, {"origin": [{"source": "branches"}]})]}})

asked := object.union(
	fixture.question("deploy", {
		"system-profile": [profile],
		"model-card": [fixture.item("model-card", 3, {"version": "1.2", "limitations": ["not for companies"]})],
		"training-run": [fixture.item("training-run", 4, {"code": {"commit": "0a1b2c3d"}, "hyperparameters": {"trees": 200}, "hardware": "2 cores"})],
		"eval-plan": [plan],
		"eval-result": [fixture.item("eval-result", 6, {"plan": plan.id, "metrics": [{"name": "auc", "value": 0.78}]})],
		"human-oversight": [fixture.item("human-oversight", 7, {"measures": {"interpret": "reasons are shown beside the score"}})],
		"risk-assessment": [fixture.item("risk-assessment", 8, {"risks": [{"id": "bias"}]})],
		"monitoring-plan": [fixture.item("monitoring-plan", 9, {"environment": "production", "metrics": [{"name": "auc"}]})],
		"model-change": [fixture.item("model-change", 10, {"kind": "recalibrate", "reason": "outcomes of the year"})],
		"conformity": [fixture.item("conformity", 11, {
			"declaration": {"statement": "conforms to the Act"},
			"standards": [{"id": "EN 1"}],
			"predetermined_changes": [{"kind": "recalibrate", "description": "yearly, within the monitoring plan's bounds"}],
			"technical_file": [{"point": "2h", "document": {"uri": "https://bank.example/security.pdf", "digest": fixture.other}}],
		})],
	}),
	{"now": "2028-01-10T00:00:00Z", "ancestors": [dataset]},
)

# Every point by a document, and those that may not arise by a reason.
filed := object.union(
	fixture.question("deploy", {
		"system-profile": [fixture.untold_item(profile, ["intended_purpose"])],
		"conformity": [fixture.item("conformity", 11, {"technical_file": array.concat(
			[{"point": point, "document": {"uri": "https://bank.example/file.pdf", "digest": fixture.other}} |
				some point in ["1", "2a", "2b", "2c", "2e", "2g", "3", "4", "5", "8", "9"]
			],
			[{"point": point, "not_applicable": "no such thing in a table of rules written by hand"} |
				some point in ["2d", "2f", "2h", "6", "7"]
			],
		)})],
	}),
	{"now": "2028-01-10T00:00:00Z"},
)

passing := {
	"evidence": {"input": asked, "params": {}},
	"documents and reasons": {"input": filed, "params": {}},
	"other evidence": {"input": other_evidence, "params": {}},
}

# The other ways to show 2a, 2c and 2h.
other_evidence := object.union(
	fixture.with_items(
		fixture.with_items(
			fixture.untold(asked, "conformity", ["technical_file"]),
			"training-run", [fixture.item("training-run", 4, {"hyperparameters": {"trees": 200}, "compute_flop": 1e12})],
		),
		"slsa-provenance", [fixture.item("slsa-provenance", 4, {"buildDefinition": {"buildType": "https://example.com/train"}})],
	),
	{"evidence": {"vulns": [fixture.item("vulns", 4, {"scanner": {"result": []}})]}},
)

test_pass_each if {
	count([name | some name, fixed in passing; fixture.status(data.assize.eu_ai_act.reg_05) == "pass" with input as fixed.input with assize.reached as fixture.clock]) == count(passing)
	security := fixture.with_items(fixture.untold(asked, "conformity", ["technical_file"]), "eval-result", array.concat(
		asked.evidence["eval-result"],
		[fixture.item("eval-result", 6, {"category": "security", "metrics": [{"name": "attack_success_rate", "value": 0.1}]})],
	))
	fixture.status(data.assize.eu_ai_act.reg_05) == "pass" with input as security with assize.reached as fixture.clock
}

test_fail_names_the_point if {
	bare := fixture.untold(asked, "model-card", ["limitations"])
	fixture.status(data.assize.eu_ai_act.reg_05) == "fail" with input as bare with assize.reached as fixture.clock
	fixture.says(rule.deny, "point 3 of Annex IV") with input as bare with assize.reached as fixture.clock
	undescribed := object.union(asked, {"ancestors": [fixture.node("dataset", fixture.dataset, "applications")]})
	fixture.says(rule.deny, "point 2d of Annex IV") with input as undescribed with assize.reached as fixture.clock
}

test_fail_no_reason_stands_for_what_arises_everywhere if {
	excused := fixture.told(filed, "conformity", {"technical_file": [{"point": "5", "not_applicable": "we have no risks"}]})
	fixture.status(data.assize.eu_ai_act.reg_05) == "fail" with input as excused with assize.reached as fixture.clock
	fixture.says(rule.deny, "arises in every system") with input as excused with assize.reached as fixture.clock
}

test_fail_reason_of_a_developer if {
	unsigned := fixture.marked(filed, "conformity", {"roles": ["developer"]})
	fixture.status(data.assize.eu_ai_act.reg_05) == "fail" with input as unsigned with assize.reached as fixture.clock
	fixture.says(rule.deny, "for a compliance role to sign") with input as unsigned with assize.reached as fixture.clock
}

test_unassessable_unclassified if {
	fixture.status(data.assize.eu_ai_act.reg_05) == "unassessable" with input as fixture.marked(asked, "system-profile", {"roles": ["developer"]}) with assize.reached as fixture.clock
}

test_not_applicable if {
	fixture.status(data.assize.eu_ai_act.reg_05) == "not_applicable" with input as fixture.told(asked, "system-profile", {"risk_tier": "minimal"})
	fixture.status(data.assize.eu_ai_act.reg_05) == "not_applicable" with input as fixture.told(asked, "system-profile", {"roles": ["deployer"]})
}

test_products_later if {
	rule.applies_from == "2028-08-02" with input as fixture.told(asked, "system-profile", {"risk_tier": "high_annex_i"})
	not rule.applies_from with input as asked
}
