package assize.transparency.tra_12_test

import data.assize.fixture
import data.assize.transparency.tra_12 as rule

run := fixture.item("training-run", 5, {"energy_kwh": 12.5})

bom(cost) := {
	"id": "bom", "type": "cyclonedx", "predicate_type": "https://cyclonedx.org/bom", "subjects": [fixture.model],
	"claimed": fixture.at(6), "proven": fixture.at(6), "index": 6, "leaf": "6", "assurance": "signed", "state": "ok",
	"principals": ["builder"], "roles": ["builder"],
	"predicate": {"components": [{"modelCard": {"considerations": {"environmentalConsiderations": {"energyConsumptions": [{
		"activity": "training", "activityEnergyCost": cost,
	}]}}}}]},
}

asked(runs, boms) := fixture.question("release", {"training-run": runs, "cyclonedx": boms, "system-profile": []})

passing := {
	"run": {"input": asked([run], []), "params": {}},
	"bill of materials": {"input": asked([], [bom({"value": 12.5, "unit": "kWh"})]), "params": {}},
}

judged(doc) := status if {
	status := fixture.status(data.assize.transparency.tra_12) with input as doc
}

test_pass_each if count([name | some name, fixed in passing; judged(fixed.input) == "pass"]) == count(passing)

test_pass_told_by_either if judged(asked([fixture.item("training-run", 5, {})], [bom({"value": 1, "unit": "kWh"})])) == "pass"

test_fail_run if {
	silent := asked([fixture.item("training-run", 5, {})], [])
	judged(silent) == "fail"
	fixture.says(rule.deny, "MEASURE 2.12 asks for") with input as silent
	judged(asked([fixture.item("training-run", 5, {"energy_kwh": 0})], [])) == "fail"
	judged(asked([run, fixture.item("training-run", 4, {})], [])) == "fail"
}

test_fail_bill_of_materials if {
	every cost in [{"value": 12.5, "unit": "J"}, {"value": 0, "unit": "kWh"}, {"value": 1}] {
		judged(asked([], [bom(cost)])) == "fail"
	}
}

test_fail_names_the_law_for_general_purpose_models if {
	silent := fixture.with_items(asked([fixture.item("training-run", 5, {})], []), "system-profile", [fixture.item("system-profile", 1, {"risk_tier": "gpai"})])
	judged(silent) == "fail"
	fixture.says(rule.deny, "Annex XI") with input as silent
}
