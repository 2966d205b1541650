package assize.data.prv_11_test

import data.assize.data.prv_11 as rule
import data.assize.fixture

params := {"membership_inference_auc_max": 0.6}

record := {"name": "membership_inference_auc", "value": 0.53, "n": 2000, "ci_low": 0.51, "ci_high": 0.55, "ci_level": 0.95}

by(measured) := fixture.question("release", {"eval-result": [fixture.item("eval-result", 8, {"category": "privacy", "metrics": [measured]})]})

asked := by(record)

passing := {"attacked": {"input": asked, "params": params}}

source(pii) := object.union(fixture.node("dataset", fixture.dataset, "loans"), {"evidence": {"dataset-card": [fixture.item("dataset-card", 2, {"digest": fixture.dataset, "pii": pii})]}})

test_pass if {
	fixture.status(data.assize.data.prv_11) == "pass" with input as asked with data.params as params
}

test_fail_members_can_be_told if {
	told := by(object.union(record, {"value": 0.64, "ci_low": 0.62, "ci_high": 0.66}))
	fixture.status(data.assize.data.prv_11) == "fail" with input as told with data.params as params
	fixture.says(rule.deny, "membership_inference_auc 0.64, 95 % interval [0.62, 0.66] (claimed), n = 2000; bound <= 0.6") with input as told with data.params as params
}

# Wrong too often is right when turned round.
test_fail_turned_round if {
	wrong := by(object.union(record, {"value": 0.2, "ci_low": 0.18, "ci_high": 0.22}))
	fixture.status(data.assize.data.prv_11) == "fail" with input as wrong with data.params as params
	fixture.says(rule.deny, "as good as 0.8") with input as wrong with data.params as params
}

test_fail_conceded if {
	conceded := fixture.told(asked, "eval-result", {"passed": false})
	fixture.status(data.assize.data.prv_11) == "fail" with input as conceded with data.params as params
}

test_fail_no_attack if {
	other := fixture.told(asked, "eval-result", {"category": "performance"})
	fixture.status(data.assize.data.prv_11) == "fail" with input as other with data.params as params
	fixture.says(rule.deny, "none of the 1 results") with input as other with data.params as params
}

test_fail_one_of_two_attacks if {
	second := fixture.item("eval-result", 7, {"category": "privacy", "metrics": [object.union(record, {"value": 0.7, "ci_low": 0.65, "ci_high": 0.75})]})
	two := fixture.with_items(asked, "eval-result", array.concat(asked.evidence["eval-result"], [second]))
	fixture.status(data.assize.data.prv_11) == "fail" with input as two with data.params as params
}

test_unassessable_uncertain if {
	wide := by(object.union(record, {"ci_high": 0.61}))
	fixture.status(data.assize.data.prv_11) == "unassessable" with input as wide with data.params as params
	every member in ["n", "ci_low", "ci_level"] {
		bare := by(object.remove(record, [member]))
		fixture.status(data.assize.data.prv_11) == "unassessable" with input as bare with data.params as params
	}
}

test_not_applicable_no_personal_data if {
	clean := object.union(asked, {"ancestors": [source("none")]})
	fixture.status(data.assize.data.prv_11) == "not_applicable" with input as clean with data.params as params
	mixed := object.union(asked, {"ancestors": [source("none"), source("pseudonymous")]})
	fixture.status(data.assize.data.prv_11) == "pass" with input as mixed with data.params as params
}
