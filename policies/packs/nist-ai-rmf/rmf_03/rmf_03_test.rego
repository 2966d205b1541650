package assize.nist_ai_rmf.rmf_03_test

import data.assize.fixture
import data.assize.nist_ai_rmf.rmf_03 as rule

ids := [
	"cbrn", "confabulation", "dangerous-content", "data-privacy", "environment", "harmful-bias", "human-ai-configuration",
	"information-integrity", "information-security", "intellectual-property", "abusive-content", "value-chain",
]

assessed(id) := {"id": id, "category": id, "likelihood": 2, "severity": 3, "controls": ["filter"], "acceptable": true}

aside(id) := {"id": id, "category": id, "applicable": false, "description": "answers come from a fixed list"}

register(risks) := fixture.item("risk-assessment", 3, {"risks": risks})

asked := fixture.question("release", {
	"system-profile": [fixture.item("system-profile", 1, {"generative": true})],
	"risk-assessment": [register([object.remove(assessed(id), ["id"]) | some id in ids])],
})

passing := {
	"assessed": {"input": asked, "params": {}},
	"set aside": {"input": fixture.with_items(asked, "risk-assessment", [register([object.remove(aside(id), ["id"]) | some id in ids])]), "params": {}},
}

judged(doc) := status if {
	status := fixture.status(data.assize.nist_ai_rmf.rmf_03) with input as doc
}

test_pass_each if count([name | some name, fixed in passing; judged(fixed.input) == "pass"]) == count(passing)

test_fail_each_risk_left_out if {
	count([id |
		some id in ids
		short := fixture.with_items(asked, "risk-assessment", [register([assessed(other) | some other in ids; other != id])])
		judged(short) == "fail"
		fixture.says(rule.deny, id) with input as short
	]) == 12
}

test_fail_half_answered if {
	rest := [assessed(id) | some id in ids; id != "cbrn"]
	every half in [
		object.remove(assessed("cbrn"), ["likelihood"]), object.remove(assessed("cbrn"), ["severity"]),
		object.union(assessed("cbrn"), {"controls": ["TBD"]}), object.remove(assessed("cbrn"), ["acceptable"]),
		object.remove(aside("cbrn"), ["description"]),
	] {
		doc := fixture.with_items(asked, "risk-assessment", [register(array.concat(rest, [half]))])
		judged(doc) == "fail"
		fixture.says(rule.deny, "names, without") with input as doc
	}
}

test_not_applicable if judged(fixture.told(asked, "system-profile", {"generative": false})) == "not_applicable"

# What a system is shows elsewhere in its profile.
test_generative_whatever_it_says if {
	every patch in [{"risk_tier": "gpai"}, {"art50": ["deepfake"]}] {
		judged(fixture.told(asked, "system-profile", object.union(patch, {"generative": false}))) == "pass"
	}
}

test_unassessable if {
	judged(fixture.untold(asked, "system-profile", ["generative"])) == "unassessable"
	judged(fixture.marked(fixture.told(asked, "system-profile", {"generative": false}), "system-profile", {"roles": []})) == "unassessable"
}
