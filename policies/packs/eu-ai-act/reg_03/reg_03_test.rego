package assize.eu_ai_act.reg_03_test

import data.assize.eu_ai_act.reg_03 as rule
import data.assize.fixture

params := {"risk_review_max_days": 365}

risk := {"id": "R-1", "acceptable": true, "accepted_by": "head-of-credit"}

asked := fixture.question("deploy", {"risk-assessment": [fixture.item("risk-assessment", 3, {
	"risks": [risk],
	"misuse_considered": true,
	"reviewed_at": "2025-01-02T00:00:00Z",
	"review_due": "2025-12-01T00:00:00Z",
})]})

passing := {"reviewed": {"input": asked, "params": params}}

register(patch) := fixture.told(asked, "risk-assessment", patch)

test_pass if {
	fixture.status(data.assize.eu_ai_act.reg_03) == "pass" with input as asked with assize.reached as fixture.clock with data.params as params
}

test_fail_vulnerable_groups if {
	fixture.status(data.assize.eu_ai_act.reg_03) == "fail" with input as register({"vulnerable_groups_considered": false}) with assize.reached as fixture.clock with data.params as params
	fixture.says(rule.deny, "vulnerable groups were not considered") with input as register({"vulnerable_groups_considered": false}) with assize.reached as fixture.clock with data.params as params
	fixture.status(data.assize.eu_ai_act.reg_03) == "pass" with input as register({"vulnerable_groups_considered": true}) with assize.reached as fixture.clock with data.params as params
}

test_pass_risk_that_does_not_arise if {
	aside := register({"risks": [risk, {"id": "R-2", "applicable": false}]})
	fixture.status(data.assize.eu_ai_act.reg_03) == "pass" with input as aside with assize.reached as fixture.clock with data.params as params
}

test_fail_review_overdue if {
	due := object.union(asked, {"now": "2025-12-01T00:00:00Z"})
	fixture.status(data.assize.eu_ai_act.reg_03) == "fail" with input as due with assize.reached as fixture.clock with data.params as params
	fixture.says(rule.deny, "was due for review on 2025-12-01") with input as due with assize.reached as fixture.clock with data.params as params
}

test_fail_review_too_old if {
	far := object.union(register({"review_due": "2030-01-01T00:00:00Z"}), {"now": "2026-01-02T00:00:00Z"})
	fixture.status(data.assize.eu_ai_act.reg_03) == "fail" with input as far with assize.reached as fixture.clock with data.params as params
	some finding in rule.deny with input as far with assize.reached as fixture.clock with data.params as params
	finding.bound == "2026-01-02T00:00:00Z"
}

# A review claimed for later than the ledger proves is as old as the ledger says.
test_fail_review_claimed_for_the_future if {
	ahead := object.union(register({"reviewed_at": "2026-01-01T00:00:00Z", "review_due": "2030-01-01T00:00:00Z"}), {"now": "2026-02-01T00:00:00Z"})
	fixture.status(data.assize.eu_ai_act.reg_03) == "fail" with input as ahead with assize.reached as fixture.clock with data.params as params
}

test_fail_unacceptable if {
	fixture.status(data.assize.eu_ai_act.reg_03) == "fail" with input as register({"risks": [object.union(risk, {"acceptable": false})]}) with assize.reached as fixture.clock with data.params as params
}

test_fail_accepted_by_nobody if {
	fixture.status(data.assize.eu_ai_act.reg_03) == "fail" with input as register({"risks": [object.remove(risk, ["accepted_by"])]}) with assize.reached as fixture.clock with data.params as params
}

test_fail_empty_register if {
	fixture.status(data.assize.eu_ai_act.reg_03) == "fail" with input as register({"risks": []}) with assize.reached as fixture.clock with data.params as params
}

test_fail_misuse_not_considered if {
	fixture.status(data.assize.eu_ai_act.reg_03) == "fail" with input as register({"misuse_considered": false}) with assize.reached as fixture.clock with data.params as params
}

test_unassessable_no_review_date if {
	silent := fixture.untold(asked, "risk-assessment", ["reviewed_at"])
	fixture.status(data.assize.eu_ai_act.reg_03) == "unassessable" with input as silent with assize.reached as fixture.clock with data.params as params
}

test_unassessable_acceptance_not_stated if {
	silent := register({"risks": [object.remove(risk, ["acceptable"])]})
	fixture.status(data.assize.eu_ai_act.reg_03) == "unassessable" with input as silent with assize.reached as fixture.clock with data.params as params
}

test_fail_older_register_finds_a_risk_not_acceptable if {
	some fixed in passing
	newest := fixed.input.evidence["risk-assessment"][0]
	older := object.union(newest, {"index": 0, "predicate": object.union(newest.predicate, {"risks": [{"id": "r9", "acceptable": false}]})})
	two := fixture.with_items(fixed.input, "risk-assessment", [newest, older])
	fixture.status(data.assize.eu_ai_act.reg_03) == "fail" with input as two with assize.reached as fixture.clock with data.params as fixed.params
	fixture.says(rule.deny, "no later register supersedes") with input as two with assize.reached as fixture.clock with data.params as fixed.params
}

test_fail_nothing_arises if {
	nothing := register({"risks": [{"id": "R-1", "applicable": false}]})
	fixture.status(data.assize.eu_ai_act.reg_03) == "fail" with input as nothing with assize.reached as fixture.clock with data.params as params
	fixture.says(rule.deny, "finds no risk applicable") with input as nothing with assize.reached as fixture.clock with data.params as params
}
