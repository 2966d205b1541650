package assize.ethics.ovr_01_test

import data.assize.ethics.ovr_01 as rule
import data.assize.fixture

measures := {
	"understand": "two days of training", "automation_bias": "score shown after the clerk's own view",
	"interpret": "reason codes", "override": "a button", "stop": "a switch",
}

profile := fixture.item("system-profile", 1, {"system_id": "system:credit-scoring", "tier_reason": "rates creditworthiness", "risk_tier": "high_annex_iii"})

oversight(index, predicate) := object.union(fixture.item("system-profile", index, predicate), {"type": "human-oversight"})

asked := object.union(fixture.question("deploy", {"human-oversight": [oversight(5, {"measures": measures})], "system-profile": [profile]}), {"now": "2028-02-01T00:00:00Z"})

passing := {"described": {"input": asked, "params": {}}}

profiled(stated) := fixture.with_items(asked, "system-profile", [object.union(profile, {"predicate": object.union(profile.predicate, stated)})])

test_pass if {
	fixture.status(data.assize.ethics.ovr_01) == "pass" with input as asked
	two := fixture.with_items(asked, "human-oversight", [oversight(6, {"override_n": 400}), oversight(5, {"measures": measures})])
	fixture.status(data.assize.ethics.ovr_01) == "pass" with input as two
}

test_fail_each_measure if {
	every ability in object.keys(measures) {
		partly := fixture.with_items(asked, "human-oversight", [oversight(5, {"measures": object.remove(measures, [ability])})])
		fixture.status(data.assize.ethics.ovr_01) == "fail" with input as partly
		fixture.says(rule.deny, sprintf("(%s)", [ability])) with input as partly
		filler := fixture.with_items(asked, "human-oversight", [oversight(5, {"measures": object.union(measures, {ability: "TBD"})})])
		fixture.status(data.assize.ethics.ovr_01) == "fail" with input as filler
	}
}

# Half of the measures here and half there are not a plan.
test_fail_measures_scattered if {
	halves := fixture.with_items(asked, "human-oversight", [
		oversight(6, {"measures": object.remove(measures, ["stop"])}),
		oversight(5, {"measures": {"stop": "a switch"}}),
	])
	fixture.status(data.assize.ethics.ovr_01) == "fail" with input as halves
}

test_not_applicable_lighter_class if {
	fixture.status(data.assize.ethics.ovr_01) == "not_applicable" with input as profiled({"risk_tier": "minimal"})
}

test_unassessable_nobody_classified_it if {
	own := fixture.marked(asked, "system-profile", {"roles": ["developer"]})
	fixture.status(data.assize.ethics.ovr_01) == "unassessable" with input as own
	fixture.says(rule.not_assessable, "signed by a compliance role") with input as own
}

test_products_of_annex_i_later if {
	rule.applies_from == "2028-08-02" with input as profiled({"risk_tier": "high_annex_i"})
	not rule.applies_from with input as asked
}

test_nothing_does_not_pass if {
	fixture.status(data.assize.ethics.ovr_01) == "unassessable" with input as fixture.with_items(asked, "human-oversight", [])
}
