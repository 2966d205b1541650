package assize.data.dq_06_test

import data.assize.data.dq_06 as rule
import data.assize.fixture

params := {"annotation_agreement_min": 0.6, "annotation_min_n": 50}

annotation := {
	"labels": "annotated",
	"protocol": "two readers, a third decides",
	"agreement": {"metric": "cohen_kappa", "value": 0.72, "n": 400},
}

by(made) := fixture.about_dataset(fixture.question("train", {"dataset-card": [fixture.item("dataset-card", 2, {"annotation": made})]}))

asked := by(annotation)

passing := {"agreed": {"input": asked, "params": params}}

test_pass if {
	fixture.status(data.assize.data.dq_06) == "pass" with input as asked with data.params as params
}

test_fail_disagree if {
	low := by(object.union(annotation, {"agreement": {"value": 0.59}}))
	fixture.status(data.assize.data.dq_06) == "fail" with input as low with data.params as params
	fixture.says(rule.deny, "agree by cohen_kappa 0.59; at least 0.6 is asked for") with input as low with data.params as params
}

test_fail_no_protocol if {
	every protocol in ["", "n/a"] {
		vague := by(object.union(annotation, {"protocol": protocol}))
		fixture.status(data.assize.data.dq_06) == "fail" with input as vague with data.params as params
	}
}

test_unassessable_measures if {
	every patch in [{"metric": "percent_agreement"}, {"value": 1.2}, {"n": 49}] {
		odd := by(object.union(annotation, {"agreement": patch}))
		fixture.status(data.assize.data.dq_06) == "unassessable" with input as odd with data.params as params
	}
	none := by(object.remove(annotation, ["agreement"]))
	fixture.status(data.assize.data.dq_06) == "unassessable" with input as none with data.params as params
	fixture.says(rule.not_assessable, "no agreement that can be judged") with input as none with data.params as params
}

test_unassessable_not_said if {
	silent := by(object.remove(annotation, ["labels"]))
	fixture.status(data.assize.data.dq_06) == "unassessable" with input as silent with data.params as params
	fixture.says(rule.not_assessable, "whether persons made the labels") with input as silent with data.params as params
}

test_unassessable_other_dataset if {
	other := fixture.told(asked, "dataset-card", {"digest": fixture.other})
	fixture.status(data.assize.data.dq_06) == "unassessable" with input as other with data.params as params
}

test_not_applicable_nobody_annotated if {
	every labels in ["observed", "none"] {
		fixture.status(data.assize.data.dq_06) == "not_applicable" with input as by({"labels": labels}) with data.params as params
	}
}

# One card that calls the labels observed does not silence another.
test_applies_when_cards_differ if {
	observed := fixture.item("dataset-card", 5, {"annotation": {"labels": "observed"}})
	two := fixture.about_dataset(fixture.with_items(asked, "dataset-card", array.concat([observed], asked.evidence["dataset-card"])))
	fixture.status(data.assize.data.dq_06) == "pass" with input as two with data.params as params
	not rule.not_applicable with input as two with data.params as params
}
