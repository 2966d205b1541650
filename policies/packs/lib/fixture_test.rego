# Builders for the inputs of tests, and the one clock of tests: a question
# carries `now`, and `with assize.reached as fixture.clock` asks it.
package assize.fixture

model := concat("", ["sha256:", concat("", [pair | some _ in numbers.range(1, 32); pair := "a1"])])

dataset := concat("", ["sha256:", concat("", [pair | some _ in numbers.range(1, 32); pair := "d2"])])

base_model := concat("", ["sha256:", concat("", [pair | some _ in numbers.range(1, 32); pair := "b3"])])

image := concat("", ["sha256:", concat("", [pair | some _ in numbers.range(1, 32); pair := "c4"])])

config := concat("", ["sha256:", concat("", [pair | some _ in numbers.range(1, 32); pair := "e5"])])

other := concat("", ["sha256:", concat("", [pair | some _ in numbers.range(1, 32); pair := "f6"])])

system := {"uri": "system:credit-scoring", "ref": "sha256:5757575757575757575757575757575757575757575757575757575757575757"}

# Who says what in these tests.
voice := {
	"model-signature": {"principals": ["trainer"], "roles": ["developer"]},
	"training-run": {"principals": ["trainer"], "roles": ["developer"]},
	"slsa-provenance": {"principals": ["builder"], "roles": ["builder"]},
	"dataset-card": {"principals": ["steward"], "roles": ["data-steward"]},
	"data-quality": {"principals": ["steward"], "roles": ["data-steward"]},
	"data-rights": {"principals": ["steward"], "roles": ["data-steward"]},
	"model-card": {"principals": ["trainer"], "roles": ["developer"]},
	"eval-plan": {"principals": ["risk-office"], "roles": ["risk"]},
	"eval-result": {"principals": ["tester"], "roles": ["evaluator"]},
	"fairness-assessment": {"principals": ["tester"], "roles": ["evaluator"]},
	"risk-assessment": {"principals": ["risk-office"], "roles": ["risk"]},
	"system-profile": {"principals": ["compliance-office"], "roles": ["compliance"]},
	"validation": {"principals": ["validator"], "roles": ["validator"]},
	"approval": {"principals": ["head-of-credit"], "roles": ["approver"]},
	"deployment": {"principals": ["platform"], "roles": ["operator"]},
	"monitoring-plan": {"principals": ["platform"], "roles": ["operator"]},
	"monitoring-report": {"principals": ["platform"], "roles": ["operator"]},
	"conformity": {"principals": ["compliance-office"], "roles": ["compliance"]},
	"org-evidence": {"principals": ["compliance-office"], "roles": ["compliance"]},
	"impact-assessment": {"principals": ["compliance-office"], "roles": ["compliance"]},
	"human-oversight": {"principals": ["risk-office"], "roles": ["risk"]},
	"transparency-notice": {"principals": ["compliance-office"], "roles": ["compliance"]},
	"explainability": {"principals": ["tester"], "roles": ["evaluator"]},
	"bias-audit": {"principals": ["auditor"], "roles": ["evaluator"]},
	"incident": {"principals": ["platform"], "roles": ["operator"]},
	"model-change": {"principals": ["trainer"], "roles": ["developer"]},
	"vulns": {"principals": ["tester"], "roles": ["evaluator"]},
	"cyclonedx": {"principals": ["builder"], "roles": ["builder"]},
	"waiver": {"principals": ["head-of-credit", "trainer"], "roles": ["approver", "developer"]},
}

# item of a type at an index; the index tells day and id, so that order and time
# agree.
item(type, index, predicate) := object.union(voice[type], {
	"id": sprintf("%064d", [index]),
	"type": type,
	"predicate_type": sprintf("https://assize.dev/attestation/%s/v0.1", [type]),
	"predicate": object.union({"stated_at": at(index), "systems": [system.uri]}, predicate),
	"subjects": [model],
	"claimed": at(index),
	"proven": at(index),
	"index": index,
	"leaf": sprintf("%064d", [1000 + index]),
	"assurance": "signed",
	"state": "ok",
})

# at is noon of a day: index 1 is 2025-01-01.
at(index) := sprintf("%s.000000Z", [trim_suffix(assize.plus_days("2024-12-31T12:00:00Z", index), "Z")])

# node is an artefact known to the ledger.
node(kind, ref, name) := {
	"ref": ref, "refs": [ref], "name": name, "kind": kind, "known": true, "conflict": false,
	"revoked": [], "relation": "", "role": "", "path": [], "evidence": {},
}

# question about a model with evidence {type: [items]}.
question(action, evidence) := {
	"action": action,
	"environment": "production",
	"system": system,
	"now": "2025-06-01T00:00:00Z",
	"subject": node("model", model, "scorer"),
	"evidence": evidence,
	"parents": [],
	"ancestors": [],
	"related": {"subjects": []},
}

# about puts a dataset in the place of the model.
about_dataset(asked) := object.union(asked, {
	"subject": node("dataset", dataset, "credit-applications"),
	"evidence": {type: items |
		some type, given in asked.evidence
		items := [object.union(one, {"subjects": [dataset]}) | some one in given]
	},
})

# told changes the predicate of the newest item of a type.
told(asked, type, patch) := instead(asked, type, object.union(first, {"predicate": object.union(first.predicate, patch)})) if {
	first := asked.evidence[type][0]
}

# untold removes members of the predicate of the newest item of a type.
untold(asked, type, fields) := instead(asked, type, object.union(
	object.remove(first, ["predicate"]),
	{"predicate": object.remove(first.predicate, fields)},
)) if {
	first := asked.evidence[type][0]
}

# restated gives the newest item of a type another predicate altogether.
restated(asked, type, predicate) := instead(asked, type, object.union(
	object.remove(asked.evidence[type][0], ["predicate"]),
	{"predicate": predicate},
))

# untold_item removes members of the predicate of an item.
untold_item(item, fields) := object.union(
	object.remove(item, ["predicate"]),
	{"predicate": object.remove(item.predicate, fields)},
)

# marked changes members of the newest item of a type itself.
marked(asked, type, patch) := instead(asked, type, object.union(asked.evidence[type][0], patch))

instead(asked, type, first) := with_items(asked, type, array.concat([first], array.slice(
	asked.evidence[type], 1,
	count(asked.evidence[type]),
)))

# with_items replaces all items of a type.
with_items(asked, type, items) := object.union(asked, {"evidence": {type: items}})

# clock stands in for assize.reached.
clock(instant) := false if assize.before(input.now, instant)

clock(instant) if not assize.before(input.now, instant)

# status is what the engine makes of the exports of a rule, in its order.
status(exports) := "not_applicable" if {
	exports.not_applicable == true
} else := "unassessable" if {
	count(exports.not_assessable) > 0
} else := "fail" if {
	count(exports.deny) > 0
} else := "pass" if {
	exports.pass == true
} else := "unassessable"

# says: some message of the export holds the text.
says(export, text) if {
	some finding in export
	contains(finding.msg, text)
}
