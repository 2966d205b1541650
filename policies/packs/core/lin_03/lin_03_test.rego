package assize.core.lin_03_test

import data.assize.core.lin_03 as rule
import data.assize.fixture

revocation := {"id": "r1", "reason": "consent_withdrawn", "principals": ["steward"], "index": 40}

data_node := object.union(fixture.node("dataset", fixture.dataset, "credit-applications"), {
	"relation": "trained-on",
	"path": [fixture.model, fixture.dataset],
})

model_asked := object.union(fixture.question("continue", {}), {"parents": [data_node], "ancestors": [data_node]})

dataset_asked := fixture.about_dataset(fixture.question("train", {}))

upstream_asked := object.union(fixture.question("release", {}), {"subject": object.union(
	fixture.node("model", fixture.base_model, "encoder"),
	{"relation": "fine-tuned-from", "path": [fixture.model, fixture.base_model]},
)})

passing := {
	"model": {"input": model_asked, "params": {}},
	"dataset": {"input": dataset_asked, "params": {}},
	"upstream model": {"input": upstream_asked, "params": {}},
}

revoked(patch) := object.union(model_asked, {"ancestors": [object.union(data_node, {"revoked": [object.union(revocation, patch)]})]})

test_pass_each if {
	count([name | some name, fixed in passing; fixture.status(data.assize.core.lin_03) == "pass" with input as fixed.input]) == count(passing)
}

test_fail_revoked_subject if {
	gone := object.union(dataset_asked, {"subject": object.union(dataset_asked.subject, {"revoked": [revocation]})})
	fixture.status(data.assize.core.lin_03) == "fail" with input as gone
}

test_fail_revoked_ancestor_names_the_path if {
	asked := revoked({})
	fixture.status(data.assize.core.lin_03) == "fail" with input as asked
	some finding in rule.deny with input as asked
	contains(finding.msg, "model scorer (sha256:a1a1a1a1a1a1) <- dataset credit-applications (sha256:d2d2d2d2d2d2)")
	contains(finding.msg, "consent_withdrawn")
	finding.lineage == [fixture.model, fixture.dataset]
}

test_revocation_counts_from_its_date if {
	asked := revoked({"effective_at": "2025-07-01T00:00:00Z"})
	fixture.status(data.assize.core.lin_03) == "pass" with input as asked with assize.reached as fixture.clock
	fixture.says(rule.warn, "is revoked from 2025-07-01 on") with input as asked with assize.reached as fixture.clock
	later := object.union(asked, {"now": "2025-07-01T00:00:00Z"})
	fixture.status(data.assize.core.lin_03) == "fail" with input as later with assize.reached as fixture.clock
}

test_unassessable_lineage_lost if {
	lost := object.union(model_asked, {"parents": [], "ancestors": []})
	fixture.status(data.assize.core.lin_03) == "unassessable" with input as lost
	fixture.says(rule.not_assessable, "not on record") with input as lost
}

test_unassessable_unknown_ancestor if {
	stranger := object.union(model_asked, {"ancestors": [object.union(data_node, {"known": false})]})
	fixture.status(data.assize.core.lin_03) == "unassessable" with input as stranger
}

test_unassessable_conflict if {
	torn := object.union(model_asked, {"subject": object.union(model_asked.subject, {"conflict": true})})
	fixture.status(data.assize.core.lin_03) == "unassessable" with input as torn
}

test_unassessable_parent_not_among_ancestors if {
	cut := object.union(model_asked, {"ancestors": []})
	fixture.status(data.assize.core.lin_03) == "unassessable" with input as cut
}

test_path_names_what_it_can if {
	pathless := object.union(model_asked, {"ancestors": [object.union(data_node, {"path": [], "revoked": [revocation]})]})
	fixture.says(rule.deny, "path: dataset credit-applications") with input as pathless
	beyond := object.union(model_asked, {"ancestors": [object.union(data_node, {"path": [fixture.model, fixture.other, fixture.dataset], "revoked": [revocation]})]})
	fixture.says(rule.deny, "model scorer (sha256:a1a1a1a1a1a1) <- sha256:f6f6f6f6f6f6 <- dataset") with input as beyond
}
