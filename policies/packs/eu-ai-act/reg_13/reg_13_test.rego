package assize.eu_ai_act.reg_13_test

import data.assize.eu_ai_act.reg_13 as rule
import data.assize.fixture

params := {"declaration_retention_days": 3653}

declaration := {
	"system": "Scorer 1", "provider": "Bank AG, Berlin", "sole_responsibility": true, "statement": "conforms to Regulation (EU) 2024/1689",
	"gdpr_statement": "conforms to Regulation (EU) 2016/679", "standards": [], "place": "Berlin", "date": "2027-11-20T00:00:00Z",
	"kept_until": "2037-11-20T00:00:00Z", "signatory": {"id": "board", "role": "member of the board"},
}

conformity := object.union(
	fixture.item("conformity", 1070, {"procedure": "annex_vi", "ce_marked": true, "declaration": declaration}),
	{"principals": ["board", "compliance-office"]},
)

asked := object.union(
	fixture.question("deploy", {
		"system-profile": [fixture.item("system-profile", 1, {"system_id": "system:credit-scoring", "risk_tier": "high_annex_iii", "tier_reason": "rates creditworthiness"})],
		"conformity": [conformity],
	}),
	{"now": "2028-01-10T00:00:00Z"},
)

certified := fixture.told(asked, "conformity", {"procedure": "annex_vii", "declaration": {"notified_body": "0123 of Berlin"}})

passing := {
	"internal control": {"input": asked, "params": params},
	"notified body": {"input": certified, "params": params},
}

test_pass_each if {
	count([name | some name, fixed in passing; fixture.status(data.assize.eu_ai_act.reg_13) == "pass" with input as fixed.input with assize.reached as fixture.clock with data.params as params]) == count(passing)
}

with_declaration(changed) := fixture.restated(asked, "conformity", object.union(object.remove(conformity.predicate, ["declaration"]), {"declaration": changed}))

test_fail_each_item_left_out if {
	every field, _ in declaration {
		bare := with_declaration(object.remove(declaration, [field]))
		fixture.status(data.assize.eu_ai_act.reg_13) == "fail" with input as bare with assize.reached as fixture.clock with data.params as params
	}
	fixture.says(rule.deny, "lacks item 4 of Annex V") with input as with_declaration(object.remove(declaration, ["statement"])) with assize.reached as fixture.clock with data.params as params
	every field in ["declaration", "ce_marked", "procedure"] {
		fixture.status(data.assize.eu_ai_act.reg_13) == "fail" with input as fixture.untold(asked, "conformity", [field]) with assize.reached as fixture.clock with data.params as params
	}
}

# Whoever writes a name into a declaration has not made the person sign it.
test_fail_signed_by_another if {
	forged := fixture.marked(asked, "conformity", {"principals": ["trainer"]})
	fixture.status(data.assize.eu_ai_act.reg_13) == "fail" with input as forged with assize.reached as fixture.clock with data.params as params
	fixture.says(rule.deny, "it names board, verified are the signatures of trainer") with input as forged with assize.reached as fixture.clock with data.params as params
	imported := fixture.marked(asked, "conformity", {"assurance": "imported"})
	fixture.status(data.assize.eu_ai_act.reg_13) == "fail" with input as imported with assize.reached as fixture.clock with data.params as params
}

test_fail_dates if {
	every patch in [{"date": "2028-02-01T00:00:00Z"}, {"kept_until": "2032-01-01T00:00:00Z"}] {
		fixture.status(data.assize.eu_ai_act.reg_13) == "fail" with input as with_declaration(object.union(declaration, patch)) with assize.reached as fixture.clock with data.params as params
	}
	fixture.says(rule.deny, "to be kept until 2037-11-20") with input as with_declaration(object.union(declaration, {"kept_until": "2032-01-01T00:00:00Z"})) with assize.reached as fixture.clock with data.params as params
}

test_fail_notified_body_not_named if {
	took_part := fixture.told(asked, "conformity", {"notified_body": {"id": "0123"}})
	fixture.status(data.assize.eu_ai_act.reg_13) == "fail" with input as took_part with assize.reached as fixture.clock with data.params as params
}

test_unassessable_unclassified if {
	fixture.status(data.assize.eu_ai_act.reg_13) == "unassessable" with input as fixture.untold(asked, "system-profile", ["risk_tier"]) with assize.reached as fixture.clock with data.params as params
}

test_not_applicable if {
	fixture.status(data.assize.eu_ai_act.reg_13) == "not_applicable" with input as fixture.told(asked, "system-profile", {"risk_tier": "minimal"}) with assize.reached as fixture.clock with data.params as params
	fixture.status(data.assize.eu_ai_act.reg_13) == "not_applicable" with input as fixture.told(asked, "system-profile", {"roles": ["deployer"]}) with assize.reached as fixture.clock with data.params as params
}

test_products_later if {
	rule.applies_from == "2028-08-02" with input as fixture.told(asked, "system-profile", {"risk_tier": "high_annex_i"})
	not rule.applies_from with input as asked
}

# What was to be done on a day after the statement came into the ledger is a promise,
# and the day having come does not make it a deed.
test_fail_promised if {
	early := fixture.marked(asked, "conformity", {"proven": "2027-10-01T12:00:00.000000Z"})
	fixture.status(data.assize.eu_ai_act.reg_13) == "fail" with input as early with assize.reached as fixture.clock with data.params as params
}
