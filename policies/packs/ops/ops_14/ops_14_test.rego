package assize.ops.ops_14_test

import data.assize.fixture
import data.assize.ops.ops_14 as rule

running := fixture.item("deployment", 9, {
	"environment": "production", "state": "running", "model": fixture.model, "rollback_target": fixture.other,
})

before := {
	"ref": fixture.other, "known": true, "revoked": [], "verdict": "allow", "reasons": [],
	"findings": [finding("pass", [], "")],
}

finding(status_, says, reason) := {
	"rule": "LIN-04", "title": "What is deployed is what was approved", "status": status_, "reason": reason, "says": says,
	"subject": {"ref": fixture.other, "name": "scorer 1", "kind": "deployment"},
}

asked := object.union(fixture.question("continue", {"deployment": [running]}), {"related": {"rollbacks": [before]}})

passing := {"ready": {"input": asked, "params": {}}}

status(question_) := s if {
	s := fixture.status(data.assize.ops.ops_14) with input as question_
}

judged(patch) := object.union(asked, {"related": {"rollbacks": [object.union(before, patch)]}})

test_pass if status(asked) == "pass"

test_fail_no_target if {
	none := fixture.untold(asked, "deployment", ["rollback_target"])
	status(none) == "fail"
	fixture.says(rule.deny, "deployment 000000000000 of platform at index 9 names no model to return to (rollback_target)") with input as none
}

test_fail_target_is_what_runs if {
	itself := object.union(
		fixture.told(asked, "deployment", {"rollback_target": fixture.model}),
		{"related": {"rollbacks": [object.union(before, {"ref": fixture.model})]}},
	)
	status(itself) == "fail"
	fixture.says(rule.deny, "names the model it is of, sha256:a1a1a1a1a1a1, as the one to return to") with input as itself
}

# Asked about an image, the model in it is what runs.
test_fail_target_is_packaged if {
	packed := object.union(asked, {
		"subject": fixture.node("image", fixture.image, "scorer"),
		"parents": [object.union(fixture.node("model", fixture.other, "scorer 1"), {"relation": "packaged-as"})],
	})
	status(packed) == "fail"
	fixture.says(rule.deny, "names the model it is of, sha256:f6f6f6f6f6f6") with input as packed
}

test_fail_unknown if {
	status(judged({"known": false})) == "fail"
	fixture.says(rule.deny, "names sha256:f6f6f6f6f6f6 as the model to return to; no evidence in the ledger that counts is about it") with input as judged({"known": false})
}

test_fail_revoked if {
	revoked := judged({"revoked": [{"id": "r", "reason": "unfit", "principals": ["auditor"], "index": 12}]})
	status(revoked) == "fail"
	fixture.says(rule.deny, "sha256:f6f6f6f6f6f6, the model deployment 000000000000 of platform at index 9 returns to, was revoked by auditor: unfit") with input as revoked
}

test_fail_denied if {
	denied := judged({"verdict": "deny", "findings": [finding("pass", [], ""), finding("missing", [], "no approval"), finding("fail", ["configuration differs", "end is past"], "")]})
	status(denied) == "fail"
	count(rule.deny) == 2 with input as denied
	fixture.says(rule.deny, "may not be deployed today: LIN-04 (What is deployed is what was approved) is missing for deployment scorer 1 (sha256:f6f6f6f6f6f6): no approval") with input as denied
	fixture.says(rule.deny, "is fail for deployment scorer 1 (sha256:f6f6f6f6f6f6): configuration differs; end is past") with input as denied
	nothing := {"rule": "PRV-01", "title": "Lawful basis", "status": "missing", "reason": "no dataset was found to judge", "says": [], "subject": {"ref": "", "name": "", "kind": ""}}
	fixture.says(rule.deny, "PRV-01 (Lawful basis) is missing: no dataset was found to judge") with input as judged({"verdict": "deny", "findings": [nothing]})
	refused := judged({"verdict": "deny", "reasons": ["the gate has no critical rule"], "findings": []})
	fixture.says(rule.deny, "may not be deployed today: the gate has no critical rule") with input as refused
}

test_fail_one_place_without if {
	second := fixture.item("deployment", 8, {"environment": "production", "state": "requested", "model": fixture.model, "endpoint": "two"})
	status(fixture.with_items(asked, "deployment", [running, second])) == "fail"
}

test_fail_nothing_runs_here if {
	status(fixture.told(asked, "deployment", {"environment": "staging"})) == "fail"
}

test_unassessable if {
	cannot := judged({"verdict": "indeterminate", "findings": [finding("unassessable", [], "model-card at index 3 was erased")]})
	status(cannot) == "unassessable"
	fixture.says(rule.not_assessable, "may be deployed today cannot be told: LIN-04") with input as cannot
	status(object.union(asked, {"related": {"rollbacks": []}})) == "unassessable"
	status(object.remove(asked, ["related"])) == "unassessable"
	status(judged({"findings": []})) == "unassessable"
}
