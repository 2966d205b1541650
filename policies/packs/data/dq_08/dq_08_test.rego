package assize.data.dq_08_test

import data.assize.data.dq_08 as rule
import data.assize.fixture

examination := {"method": "outcomes compared between groups", "attributes": ["sex"], "examined_at": "2025-01-02T00:00:00Z"}

bias := {"description": "Bad outcomes are over-sampled.", "mitigation": "Weights in training."}

card := fixture.item("dataset-card", 2, {"bias_examination": examination, "known_biases": []})

asked := fixture.about_dataset(fixture.question("train", {
	"dataset-card": [card],
	"data-quality": [fixture.item("data-quality", 3, {"group_counts": {"sex": {"female": 310, "male": 690}}})],
}))

assessed := object.union(asked, {"evidence": {
	"dataset-card": [fixture.item("dataset-card", 2, {"known_biases": []})],
	"data-quality": [],
	"fairness-assessment": [fixture.item("fairness-assessment", 4, {"groups": [
		{"attributes": {"sex": "female"}, "counts": {"n": 310}},
		{"attributes": {"sex": "male"}, "counts": {"n": 690}},
	]})],
}})

passing := {
	"examined": {"input": asked, "params": {}},
	"assessed": {"input": fixture.about_dataset(assessed), "params": {}},
}

told(patch) := fixture.told(asked, "dataset-card", patch)

test_pass if {
	fixture.status(data.assize.data.dq_08) == "pass" with input as fixture.about_dataset(assessed)
	fixture.status(data.assize.data.dq_08) == "pass" with input as asked
	fixture.status(data.assize.data.dq_08) == "pass" with input as told({"known_biases": [bias]})
}

test_fail_not_examined if {
	fixture.status(data.assize.data.dq_08) == "fail" with input as fixture.untold(asked, "dataset-card", ["bias_examination"])
	every member in object.keys(examination) {
		partly := fixture.told(fixture.untold(asked, "dataset-card", ["bias_examination"]), "dataset-card", {"bias_examination": object.remove(examination, [member])})
		fixture.status(data.assize.data.dq_08) == "fail" with input as partly
		fixture.says(rule.deny, "bias_examination") with input as partly
	}
}

# An examination yet to come.
test_fail_announced if {
	fixture.status(data.assize.data.dq_08) == "fail" with input as told({"bias_examination": {"examined_at": "2025-03-01T00:00:00Z"}})
}

test_fail_groups_not_counted if {
	every groups in [{}, {"sex": {"female": 310}}, {"sex": {"female": 310, "male": 0}}, {"age": {"young": 500, "old": 500}}] {
		uncounted := fixture.told(fixture.untold(asked, "data-quality", ["group_counts"]), "data-quality", {"group_counts": groups})
		fixture.status(data.assize.data.dq_08) == "fail" with input as uncounted
		fixture.says(rule.deny, `examined for bias over "sex"; no quality report or assessment of the data counts two groups of it`) with input as uncounted
	}
}

test_fail_untreated if {
	bare := told({"known_biases": [bias, {"description": "Few older applicants."}]})
	fixture.status(data.assize.data.dq_08) == "fail" with input as bare
	fixture.says(rule.deny, "what is done about it: Few older applicants.") with input as bare
}

# A bias an older card in force knows of stays known.
test_fail_untreated_on_an_older_card if {
	older := fixture.item("dataset-card", 1, {"known_biases": [{"description": "Few women."}]})
	two := fixture.about_dataset(fixture.with_items(asked, "dataset-card", [card, older]))
	fixture.status(data.assize.data.dq_08) == "fail" with input as two
}

test_protected_attribute_is_named if {
	planned := object.union(asked, {"evidence": {"eval-plan": [fixture.item("eval-plan", 1, {"metrics": [{"attribute": "sex"}, {"attribute": "age"}, {"name": "auc"}]})]}})
	fixture.status(data.assize.data.dq_08) == "pass" with input as planned
	count(rule.warn) == 1 with input as planned
	fixture.says(rule.warn, `declares "age" as protected`) with input as planned
}

test_not_applicable_nobody_affected if {
	nobody := object.union(asked, {"evidence": {"system-profile": [fixture.item("system-profile", 1, {"affected_groups": []})]}})
	fixture.status(data.assize.data.dq_08) == "not_applicable" with input as nobody
	somebody := object.union(asked, {"evidence": {"system-profile": [fixture.item("system-profile", 1, {"affected_groups": ["applicants"]})]}})
	fixture.status(data.assize.data.dq_08) == "pass" with input as somebody
}

test_unassessable_biases_not_stated if {
	silent := fixture.untold(asked, "dataset-card", ["known_biases"])
	fixture.status(data.assize.data.dq_08) == "unassessable" with input as silent
	fixture.says(rule.not_assessable, "an empty list says none") with input as silent
}

test_unassessable_other_dataset if {
	card_of_other := told({"digest": fixture.other})
	fixture.status(data.assize.data.dq_08) == "unassessable" with input as card_of_other
	fixture.says(rule.not_assessable, "speaks of") with input as card_of_other
}

test_unassessable_report_of_another if {
	report_of_other := fixture.told(fixture.about_dataset(assessed), "fairness-assessment", {"dataset": fixture.other})
	still := object.union(report_of_other, {"evidence": {"dataset-card": asked.evidence["dataset-card"], "data-quality": asked.evidence["data-quality"]}})
	fixture.status(data.assize.data.dq_08) == "unassessable" with input as still
	fixture.says(rule.not_assessable, "speaks of") with input as still
}
