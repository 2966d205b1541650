package assize.core.lin_05_test

import data.assize.core.lin_05 as rule
import data.assize.fixture

params := {
	"trusted_builders": ["L3 https://build.example/trainer@refs/tags/v*", "L2 https://build.example/shared", "L1 https://laptop.example", "no level https://odd.example"],
	"builder_level_min": 2,
}

by(id) := fixture.question("release", {"slsa-provenance": [fixture.item("slsa-provenance", 5, {"runDetails": {"builder": {"id": id}}})]})

asked := by("https://build.example/shared")

passing := {
	"listed": {"input": asked, "params": params},
	"release of a builder": {"input": by("https://build.example/trainer@refs/tags/v2.1.0"), "params": params},
	"version 0.2": {
		"input": fixture.question("release", {"slsa-provenance": [fixture.item("slsa-provenance", 5, {"builder": {"id": "https://build.example/shared"}})]}),
		"params": params,
	},
}

test_pass_each if {
	count([name |
		some name, fixed in passing
		fixture.status(data.assize.core.lin_05) == "pass" with input as fixed.input with data.params as params
	]) == count(passing)
}

test_fail_stranger if {
	every id in ["https://elsewhere.example", "https://build.example/shared/", "https://build.example/trainer@refs/heads/main", "https://odd.example"] {
		fixture.status(data.assize.core.lin_05) == "fail" with input as by(id) with data.params as params
		fixture.says(rule.deny, "which the parameters do not list; at least build level 2") with input as by(id) with data.params as params
	}
}

test_fail_level_too_low if {
	fixture.status(data.assize.core.lin_05) == "fail" with input as by("https://laptop.example") with data.params as params
	fixture.says(rule.deny, "trust at build level 1") with input as by("https://laptop.example") with data.params as params
}

# Whoever trained the model writes what a builder would.
test_fail_not_signed_by_a_builder if {
	own := fixture.marked(asked, "slsa-provenance", {"roles": ["developer"]})
	fixture.status(data.assize.core.lin_05) == "fail" with input as own with data.params as params
	imported := fixture.marked(asked, "slsa-provenance", {"assurance": "imported"})
	fixture.status(data.assize.core.lin_05) == "fail" with input as imported with data.params as params
}

test_fail_second_provenance if {
	second := fixture.item("slsa-provenance", 4, {"runDetails": {"builder": {"id": "https://elsewhere.example"}}})
	two := fixture.with_items(asked, "slsa-provenance", array.concat(asked.evidence["slsa-provenance"], [second]))
	fixture.status(data.assize.core.lin_05) == "fail" with input as two with data.params as params
}

test_unassessable_no_builder_or_two if {
	none := fixture.untold(asked, "slsa-provenance", ["runDetails"])
	fixture.status(data.assize.core.lin_05) == "unassessable" with input as none with data.params as params
	fixture.says(rule.not_assessable, "names 0 builders") with input as none with data.params as params
	two := fixture.told(asked, "slsa-provenance", {"builder": {"id": "https://elsewhere.example"}})
	fixture.status(data.assize.core.lin_05) == "unassessable" with input as two with data.params as params
}
