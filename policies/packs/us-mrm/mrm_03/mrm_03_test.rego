package assize.us_mrm.mrm_03_test

import data.assize.fixture
import data.assize.us_mrm.mrm_03 as rule

approval := fixture.item("approval", 20, {
	"decision": "approved", "stage": "deploy", "environment": "production", "actions": ["deploy"],
	"model": fixture.model, "approver": {"id": "head-of-credit"}, "role": "head of credit",
	"valid_until": "2025-12-31T00:00:00Z",
})

asked := fixture.question("deploy", {
	"approval": [approval],
	"training-run": [fixture.item("training-run", 5, {})],
	"slsa-provenance": [], "model-signature": [], "model-card": [],
})

built := fixture.with_items(fixture.with_items(asked, "training-run", []), "slsa-provenance", [fixture.item("slsa-provenance", 5, {})])

passing := {
	"training run": {"input": asked, "params": {}},
	"provenance": {"input": built, "params": {}},
}

judged(doc) := status if {
	status := fixture.status(data.assize.us_mrm.mrm_03) with input as doc with assize.reached as fixture.clock
}

denied(doc, words) if {
	judged(doc) == "fail"
	fixture.says(rule.deny, words) with input as doc with assize.reached as fixture.clock
}

test_pass_each if count([name | some name, fixed in passing; judged(fixed.input) == "pass"]) == count(passing)

test_fail_approver_made_it if {
	denied(fixture.marked(asked, "approval", {"principals": ["head-of-credit", "trainer"]}), "trainer, who also signed training-run")
	denied(fixture.with_items(asked, "model-card", [object.union(fixture.item("model-card", 6, {}), {"principals": ["head-of-credit"]})]), "also signed model-card")
	denied(fixture.told(asked, "approval", {"separation": {"not_producer": false}}), "took part in the work")
}

test_fail_not_entitled if {
	denied(fixture.marked(asked, "approval", {"roles": ["developer"]}), "with roles developer")
	denied(fixture.told(asked, "approval", {"approver": {"id": "board"}}), `names "board"`)
	denied(fixture.untold(asked, "approval", ["role"]), `in the function ""`)
	denied(fixture.marked(asked, "approval", {"assurance": "imported"}), "was imported")
}

test_fail_not_standing if {
	denied(fixture.told(asked, "approval", {"decision": "rejected"}), "rejects it")
	denied(object.union(asked, {"now": "2025-12-31T00:00:00Z"}), "ended on 2025-12-31")
	rejection := fixture.item("approval", 25, object.union(approval.predicate, {"decision": "rejected"}))
	denied(fixture.with_items(asked, "approval", [rejection, approval]), "taken back by a later rejection")
}

test_fail_elsewhere if denied(fixture.told(asked, "approval", {"environment": "staging"}), "none is to deploy this model to production")

test_fail_endless if denied(fixture.untold(asked, "approval", ["valid_until"]), "does not state when it ends")
