package assize.data.dq_05_test

import data.assize.data.dq_05 as rule
import data.assize.fixture

params := {"group_min_n": 100, "reference_share_tolerance": 0.01}

population := {
	"description": "applicants for consumer credit", "source": "applications of 2024",
	"shares": {"sex": {"female": 0.4, "male": 0.6}},
}

asked := fixture.about_dataset(fixture.question("train", {"data-quality": [fixture.item("data-quality", 3, {
	"rows": 1000,
	"group_counts": {"sex": {"female": 310, "male": 690}},
	"reference_population": population,
})]}))

passing := {"represented": {"input": asked, "params": params}}

told(patch) := fixture.told(asked, "data-quality", patch)

thin := told({"group_counts": {"sex": {"female": 99, "male": 690}}})

test_pass if {
	fixture.status(data.assize.data.dq_05) == "pass" with input as asked with data.params as params
}

test_fail_few if {
	fixture.status(data.assize.data.dq_05) == "fail" with input as thin with data.params as params
	fixture.says(rule.deny, `sex "female" is 40 % of the population and has 99 records; at least 100`) with input as thin with data.params as params
}

# A group of the population that the data do not know at all.
test_fail_none if {
	absent := told({"reference_population": object.union(population, {"shares": {"sex": {"female": 0.4, "male": 0.59, "diverse": 0.01}}})})
	fixture.status(data.assize.data.dq_05) == "fail" with input as absent with data.params as params
	fixture.says(rule.deny, "has 0 records") with input as absent with data.params as params
}

test_gap_on_record if {
	known := fixture.told(thin, "data-quality", {"gaps": [{"group": "female", "reason": "not used for applications by women before 2026"}]})
	fixture.status(data.assize.data.dq_05) == "pass" with input as known with data.params as params
	fixture.says(rule.warn, "the gap is on record") with input as known with data.params as params
	other := fixture.told(thin, "data-quality", {"gaps": [{"attribute": "age", "group": "female", "reason": "few"}]})
	fixture.status(data.assize.data.dq_05) == "fail" with input as other with data.params as params
	filler := fixture.told(thin, "data-quality", {"gaps": [{"group": "female", "reason": "TBD"}]})
	fixture.status(data.assize.data.dq_05) == "fail" with input as filler with data.params as params
}

test_fail_more_members_than_records if {
	fixture.status(data.assize.data.dq_05) == "fail" with input as told({"rows": 900}) with data.params as params
	fixture.says(rule.deny, "counts 1000 records over the groups of sex and has 900") with input as told({"rows": 900}) with data.params as params
}

test_fail_no_population if {
	silent := fixture.untold(asked, "data-quality", ["reference_population"])
	fixture.status(data.assize.data.dq_05) == "fail" with input as silent with data.params as params
	fixture.says(rule.deny, "population they should represent") with input as silent with data.params as params
}

# Groups left out of the population are not represented by silence.
test_unassessable_shares_do_not_add_up if {
	left := fixture.told(fixture.untold(asked, "data-quality", ["reference_population"]), "data-quality", {"reference_population": object.union(
		object.remove(population, ["shares"]),
		{"shares": {"sex": {"male": 0.6}}},
	)})
	fixture.status(data.assize.data.dq_05) == "unassessable" with input as left with data.params as params
	fixture.says(rule.not_assessable, "add up to 0.6") with input as left with data.params as params
}

test_unassessable_one_group if {
	all := told({"group_counts": {"sex": {"person": 1000}}, "reference_population": object.union(population, {"shares": {"sex": {"person": 1, "female": 0, "male": 0}}})})
	fixture.status(data.assize.data.dq_05) == "unassessable" with input as fixture.told(all, "data-quality", {"rows": 2000}) with data.params as params
	fixture.says(rule.not_assessable, "by sex the population") with input as fixture.told(all, "data-quality", {"rows": 2000}) with data.params as params
}

test_protected_attribute_is_named if {
	planned := object.union(asked, {"evidence": {"eval-plan": [fixture.item("eval-plan", 1, {"metrics": [{"attribute": "sex"}, {"attribute": "age"}, {"name": "auc"}]})]}})
	fixture.status(data.assize.data.dq_05) == "pass" with input as planned with data.params as params
	count(rule.warn) == 1 with input as planned with data.params as params
	fixture.says(rule.warn, `declares "age" as protected`) with input as planned with data.params as params
}

test_unassessable_not_described if {
	every gone in ["description", "source", "shares"] {
		vague := fixture.told(fixture.untold(asked, "data-quality", ["reference_population"]), "data-quality", {"reference_population": object.remove(population, [gone])})
		fixture.status(data.assize.data.dq_05) == "unassessable" with input as vague with data.params as params
	}
	unsized := fixture.untold(asked, "data-quality", ["rows"])
	fixture.status(data.assize.data.dq_05) == "unassessable" with input as unsized with data.params as params
}

test_unassessable_other_dataset if {
	fixture.status(data.assize.data.dq_05) == "unassessable" with input as told({"dataset": fixture.other}) with data.params as params
}

# Who knows of gaps has held the data against a population, and does not say which.
test_unassessable_gaps_alone if {
	gaps := fixture.told(fixture.untold(asked, "data-quality", ["reference_population"]), "data-quality", {"gaps": [{"group": "female", "reason": "few apply"}]})
	fixture.status(data.assize.data.dq_05) == "unassessable" with input as gaps with data.params as params
	fixture.says(rule.not_assessable, "which population the data should represent") with input as gaps with data.params as params
	fixture.says(rule.not_assessable, "no group with a share") with input as gaps with data.params as params
}
