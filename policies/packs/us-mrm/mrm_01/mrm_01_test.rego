package assize.us_mrm.mrm_01_test

import data.assize.fixture
import data.assize.us_mrm.mrm_01 as rule

entry := {
	"owner": "head of credit", "intended_purpose": "scoring of consumer credit",
	"materiality": {"exposure": "EUR 4bn", "purpose": "credit decisions", "tier": 1},
}

asked := fixture.question("release", {"system-profile": [fixture.item("system-profile", 1, entry)]})

passing := {"entered": {"input": asked, "params": {}}}

judged(doc) := status if {
	status := fixture.status(data.assize.us_mrm.mrm_01) with input as doc
}

material(patch) := fixture.told(fixture.untold(asked, "system-profile", ["materiality"]), "system-profile", {"materiality": patch})

test_pass if judged(asked) == "pass"

test_fail_each_member if {
	every doc, words in {
		fixture.untold(asked, "system-profile", ["owner"]): "owner",
		fixture.told(asked, "system-profile", {"intended_purpose": "TBD"}): "intended_purpose",
		material(object.remove(entry.materiality, ["exposure"])): "materiality.exposure",
		material(object.remove(entry.materiality, ["purpose"])): "materiality.purpose",
		material(object.remove(entry.materiality, ["tier"])): "into a materiality tier",
		material(object.union(entry.materiality, {"tier": 4})): "into a materiality tier",
	} {
		judged(doc) == "fail"
		fixture.says(rule.deny, words) with input as doc
	}
}

test_unassessable_two_tiers if {
	light := fixture.item("system-profile", 2, object.union(entry, {"materiality": {"tier": 3}}))
	two := fixture.with_items(asked, "system-profile", [light, asked.evidence["system-profile"][0]])
	judged(two) == "unassessable"
	fixture.says(rule.not_assessable, "tiers 1, 3") with input as two
}

test_nothing_does_not_pass if judged(fixture.with_items(asked, "system-profile", [])) == "unassessable"
