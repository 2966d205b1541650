package assize.ethics.fai_04_test

import data.assize.ethics.fai_04 as rule
import data.assize.fixture

params := {"group_claim_min_n": 100, "recompute_tolerance": 0.000000001}

gap := {"name": "demographic_parity_difference", "attribute": "sex", "value": 0.02, "ci_low": -0.06, "ci_high": 0.12, "ci_level": 0.95}

groups := [
	{"attributes": {"sex": "female"}, "counts": {"n": 120}},
	{"attributes": {"sex": "male"}, "counts": {"n": 201}},
]

asked := fixture.question("release", {"fairness-assessment": [fixture.item("fairness-assessment", 8, {"groups": groups})]})

stated := fixture.told(asked, "fairness-assessment", {"metrics": [gap]})

passing := {"enough": {"input": asked, "params": params}}

with_few := fixture.told(asked, "fairness-assessment", {"groups": array.concat(groups, [{"attributes": {"sex": "diverse"}, "counts": {"n": 9}}])})

test_pass if {
	fixture.status(data.assize.ethics.fai_04) == "pass" with input as asked with data.params as params
	fixture.status(data.assize.ethics.fai_04) == "pass" with input as stated with data.params as params
}

test_fail_few if {
	fixture.status(data.assize.ethics.fai_04) == "fail" with input as with_few with data.params as params
	fixture.says(rule.deny, "sex diverse has 9 members; claims about a group want 100") with input as with_few with data.params as params
}

test_left_out_with_a_reason if {
	marked := fixture.told(with_few, "fairness-assessment", {"excluded_groups": [{"group": {"sex": "diverse"}, "why": "nine cases"}]})
	fixture.status(data.assize.ethics.fai_04) == "pass" with input as marked with data.params as params
	fixture.says(rule.warn, "sex diverse has 9 members and is left out") with input as marked with data.params as params
	every why in ["", "TBD"] {
		unexplained := fixture.told(with_few, "fairness-assessment", {"excluded_groups": [{"group": {"sex": "diverse"}, "why": why}]})
		fixture.status(data.assize.ethics.fai_04) == "fail" with input as unexplained with data.params as params
	}
}

test_fail_gap_without_interval if {
	every odd in [object.remove(gap, ["ci_low"]), object.remove(gap, ["ci_level"]), object.union(gap, {"ci_level": 0.8}), object.union(gap, {"value": 0.5}), object.union(gap, {"value": -0.5})] {
		bare := fixture.told(asked, "fairness-assessment", {"metrics": [odd]})
		fixture.status(data.assize.ethics.fai_04) == "fail" with input as bare with data.params as params
		fixture.says(rule.deny, "without a 95 % interval around it") with input as bare with data.params as params
	}
}

test_fail_size_against_counts if {
	boasted := fixture.told(asked, "fairness-assessment", {"groups": [object.union(groups[0], {"n": 1200}), groups[1]]})
	fixture.status(data.assize.ethics.fai_04) == "fail" with input as boasted with data.params as params
	fixture.says(rule.deny, "claims n 1200 for sex female; its counts give 120") with input as boasted with data.params as params
}

test_unassessable_without_counts if {
	bare := fixture.told(asked, "fairness-assessment", {"groups": array.concat(groups, [{"attributes": {"sex": "diverse"}, "n": 500}])})
	fixture.status(data.assize.ethics.fai_04) == "unassessable" with input as bare with data.params as params
	fixture.says(rule.not_assessable, "no counts for sex diverse") with input as bare with data.params as params
}

# Every group marked as left out leaves nothing that is claimed.
test_unassessable_nothing_compared if {
	thin := fixture.told(asked, "fairness-assessment", {
		"groups": [object.union(groups[0], {"counts": {"n": 20}}), groups[1]],
		"excluded_groups": [{"group": {"sex": "female"}, "why": "few"}],
	})
	fixture.status(data.assize.ethics.fai_04) == "unassessable" with input as thin with data.params as params
	none := fixture.untold(asked, "fairness-assessment", ["groups"])
	fixture.status(data.assize.ethics.fai_04) == "unassessable" with input as none with data.params as params
	fixture.says(rule.not_assessable, "fewer than two groups") with input as none with data.params as params
}

test_fail_counts_contradict_each_other if {
	impossible := fixture.told(asked, "fairness-assessment", {"groups": [object.union(groups[0], {"counts": {"n": 120, "selected": 130}}), groups[1]]})
	fixture.status(data.assize.ethics.fai_04) == "fail" with input as impossible with data.params as params
	fixture.says(rule.deny, "counts 130 selected for sex female among 120 members") with input as impossible with data.params as params
}

test_rates_as_counted if {
	counted := object.union(groups[0], {"counts": {"selected": 60, "positives": 80, "true_positives": 50, "false_positives": 10}, "selection_rate": 0.5, "tpr": 0.625, "fpr": 0.25})
	honest := fixture.told(asked, "fairness-assessment", {"groups": [counted, groups[1]]})
	fixture.status(data.assize.ethics.fai_04) == "pass" with input as honest with data.params as params
	boasted := fixture.told(asked, "fairness-assessment", {"groups": [object.union(counted, {"ppv": 0.95}), groups[1]]})
	fixture.status(data.assize.ethics.fai_04) == "fail" with input as boasted with data.params as params
}
