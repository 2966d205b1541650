package assize.nyc_ll144.nyc_02_test

import data.assize.fixture
import data.assize.nyc_ll144.nyc_02 as rule

params := {"impact_ratio_tolerance": 0.001, "nyc_excluded_share": 0.02}

# Ratios as 6 RCNY 5-301 computes them: the rate over the highest of the family.
category(who, n, selected, ratio) := object.union(who, {
	"counts": {"n": n, "selected": selected}, "selection_rate": selected / n, "impact_ratio": ratio,
})

categories := [
	category({"sex": "female"}, 400, 100, 0.625),
	category({"sex": "male"}, 500, 200, 1),
	category({"race_ethnicity": "Asian"}, 450, 180, 1),
	category({"race_ethnicity": "White"}, 440, 110, 0.625),
	category({"sex": "female", "race_ethnicity": "Asian"}, 200, 60, 0.6),
	category({"sex": "female", "race_ethnicity": "White"}, 200, 40, 0.4),
	category({"sex": "male", "race_ethnicity": "Asian"}, 250, 100, 0.8),
	category({"sex": "male", "race_ethnicity": "White"}, 240, 120, 1),
]

other := {"race_ethnicity": "Native American or Alaska Native", "excluded": true, "n": 8, "excluded_why": "too few to compare"}

asked := fixture.question("release", {
	"system-profile": [fixture.item("system-profile", 1, {"jurisdictions": ["US-NY"], "aedt": true})],
	"bias-audit": [fixture.item("bias-audit", 10, {
		"unknown_n": 12, "data": {"kind": "historical", "source": "applications of 2024"}, "categories": categories,
	})],
})

audited(patch) := fixture.told(asked, "bias-audit", patch)

tested := audited({"data": {"kind": "test", "source": "synthetic applications", "why": "no use yet"}})

scored := audited({"categories": [scoring |
	some each in categories
	scoring := object.union(object.remove(each, ["selection_rate"]), {"scoring_rate": each.selection_rate})
]})

passing := {
	"historical": {"input": asked, "params": params},
	"scores": {"input": scored, "params": params},
	"test data": {"input": tested, "params": params},
}

# changed puts a category in the place of the first, female.
changed(patch) := audited({"categories": array.concat([object.union(categories[0], patch)], array.slice(categories, 1, 8))})

judged(doc) := status if {
	status := fixture.status(data.assize.nyc_ll144.nyc_02) with input as doc with data.params as params
}

denied(doc, words) if {
	judged(doc) == "fail"
	fixture.says(rule.deny, words) with input as doc with data.params as params
}

test_pass_each if count([name | some name, fixed in passing; judged(fixed.input) == "pass"]) == count(passing)

test_pass_rounded if judged(changed({"selection_rate": 0.2505, "impact_ratio": 0.6255, "n": 400})) == "pass"

test_pass_left_out if judged(audited({"categories": array.concat(categories, [other])})) == "pass"

# A claim that does not match its own counts is a finding of its own.
test_fail_claims_against_counts if {
	denied(changed({"impact_ratio": 0.81}), `the impact ratio of "female" is stated as 0.81; its counts, 100 of 400, give 0.625`)
	denied(changed({"selection_rate": 0.3}), `selection_rate of "female" is stated as 0.3; its counts, 100 of 400, give 0.25`)
	denied(changed({"scoring_rate": 0.3}), "scoring_rate")
	denied(changed({"n": 40}), `"female" has n 40 and counts of 400 persons`)
}

test_fail_figure_left_out if {
	bare := object.remove(categories[0], ["impact_ratio"])
	denied(audited({"categories": array.concat([bare], array.slice(categories, 1, 8))}), "is stated as no figure")
	rateless := object.remove(categories[0], ["selection_rate"])
	denied(audited({"categories": array.concat([rateless], array.slice(categories, 1, 8))}), "neither selection_rate")
	countless := object.remove(categories[0], ["counts"])
	denied(audited({"categories": array.concat([countless], array.slice(categories, 1, 8))}), "has no counts")
	denied(changed({"counts": {"n": 10, "selected": 11}}), "has no counts")
	denied(audited({"categories": array.concat(categories, [category({}, 5, 1, 1)])}), "names neither sex")
}

test_fail_family_wanting if {
	denied(audited({"categories": array.slice(categories, 0, 4)}), "0 categories by sex and race or ethnicity together")
	denied(audited({"categories": array.slice(categories, 2, 8)}), "0 categories by sex have counts")
	denied(audited({"categories": array.slice(categories, 0, 7)}), `intersection "male, White"`)
	denied(fixture.untold(asked, "bias-audit", ["categories"]), "0 categories by race")
	denied(audited({"categories": array.concat(categories, [categories[0]])}), `"female" is there twice`)
}

left(patch) := audited({"categories": array.concat(categories, [object.union(other, patch)])})

test_fail_exclusion if {
	denied(left({"excluded_why": "TBD"}), "is left out without a reason")
	denied(left({"n": 100}), "is 10.101 % of all; only below 2 %")
	sizeless := audited({"categories": array.concat(categories, [object.remove(other, ["n"])])})
	denied(sizeless, "has no number of persons")
}

test_fail_source if {
	denied(fixture.untold(asked, "bias-audit", ["unknown_n"]), "unknown category")
	denied(fixture.untold(asked, "bias-audit", ["data"]), "what was counted")
	denied(audited({"data": {"kind": "test"}}), "what was counted")
}

test_unassessable_nobody_selected if {
	nobody := audited({"categories": [object.union(each, {"selection_rate": 0, "counts": {"n": each.counts.n, "selected": 0}}) | some each in categories]})
	judged(nobody) == "unassessable"
	fixture.says(rule.not_assessable, "nobody was selected in any category by sex") with input as nobody with data.params as params
}

test_not_applicable if {
	judged(fixture.told(asked, "system-profile", {"aedt": false})) == "not_applicable"
	judged(fixture.told(asked, "system-profile", {"jurisdictions": ["EU"]})) == "not_applicable"
}

test_unassessable if judged(fixture.untold(asked, "system-profile", ["aedt"])) == "unassessable"

test_warn_fewer_than_the_report if fixture.says(rule.warn, "lists 2 categories of race or ethnicity") with input as asked with data.params as params
