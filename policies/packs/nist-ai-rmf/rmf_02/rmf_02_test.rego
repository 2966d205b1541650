package assize.nist_ai_rmf.rmf_02_test

import data.assize.fixture
import data.assize.nist_ai_rmf.rmf_02 as rule

approval := fixture.item("approval", 20, {
	"decision": "approved", "stage": "deploy", "environment": "production", "actions": ["deploy"],
	"model": fixture.model, "approver": {"id": "head-of-credit"}, "role": "head of credit",
	"valid_until": "2025-12-31T00:00:00Z", "residual_risk_accepted": true, "residual_risks": ["R-1"],
})

asked := fixture.question("deploy", {
	"approval": [approval],
	"risk-assessment": [fixture.item("risk-assessment", 3, {"risks": [{"id": "R-1"}]})],
})

passing := {"accepted": {"input": asked, "params": {}}}

judged(doc) := status if {
	status := fixture.status(data.assize.nist_ai_rmf.rmf_02) with input as doc with assize.reached as fixture.clock
}

denied(doc, words) if {
	judged(doc) == "fail"
	fixture.says(rule.deny, words) with input as doc with assize.reached as fixture.clock
}

risks(list) := fixture.told(asked, "risk-assessment", {"risks": list})

test_pass if {
	judged(asked) == "pass"
	judged(risks([{"id": "R-1"}, {"id": "R-2", "applicable": false}])) == "pass"
}

test_fail_risk_not_listed if {
	denied(risks([{"id": "R-1"}, {"id": "R-2"}]), `does not list risk "R-2"`)
	denied(fixture.untold(asked, "approval", ["residual_risks"]), `does not list risk "R-1"`)
	older := fixture.item("risk-assessment", 2, {"risks": [{"id": "R-9", "acceptable": false}]})
	denied(fixture.with_items(asked, "risk-assessment", [asked.evidence["risk-assessment"][0], older]), `"R-9"`)
}

test_fail_not_accepted if {
	denied(fixture.told(asked, "approval", {"residual_risk_accepted": false}), "does not accept")
	denied(fixture.untold(asked, "approval", ["residual_risk_accepted"]), "does not accept")
}

test_fail_no_risk if denied(risks([{"id": "R-1", "applicable": false}]), "nothing a person could have accepted")

test_fail_not_standing if {
	denied(object.union(asked, {"now": "2025-12-31T00:00:00Z"}), "ended on")
	denied(fixture.marked(asked, "approval", {"roles": ["developer"]}), "with roles developer")
	denied(fixture.told(asked, "approval", {"environment": "staging"}), "none is to deploy")
}

test_warn_unknown_risk if {
	more := fixture.told(asked, "approval", {"residual_risks": ["R-1", "R-7"]})
	judged(more) == "pass"
	fixture.says(rule.warn, `accepts risk "R-7"`) with input as more with assize.reached as fixture.clock
}

test_fail_endless if denied(fixture.untold(asked, "approval", ["valid_until"]), "does not state when it ends")
