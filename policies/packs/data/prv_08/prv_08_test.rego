package assize.data.prv_08_test

import data.assize.data.prv_08 as rule
import data.assize.fixture

elements := {"a": "scoring of applications", "b": "no milder means", "c": "wrong refusals", "d": "review by a clerk"}

item(type, index, predicate) := object.union(fixture.item("system-profile", index, predicate), {"type": type})

dpia := item("impact-assessment", 5, {"kind": "dpia", "elements": elements, "completed_at": "2025-01-04T00:00:00Z", "before_first_use": true})

asked := fixture.question("deploy", {"impact-assessment": [dpia], "system-profile": [], "deployment": []})

passing := {"done": {"input": asked, "params": {}}}

since(instant) := fixture.with_items(asked, "deployment", [fixture.item("deployment", 9, {"environment": "production", "state": "running", "started_at": instant})])

profiled(stated) := fixture.with_items(asked, "system-profile", [fixture.item("system-profile", 1, object.union(stated, {"system_id": "system:credit-scoring", "tier_reason": "rates creditworthiness"}))])

harmless := {"risk_tier": "minimal", "profiling_natural_persons": false, "consequential_decision": false}

upstream(categories) := object.union(fixture.node("dataset", fixture.dataset, "loans"), {"evidence": {"dataset-card": [fixture.item("dataset-card", 2, {"special_categories": categories})]}})

test_pass if {
	fixture.status(data.assize.data.prv_08) == "pass" with input as asked with assize.reached as fixture.clock
	fixture.status(data.assize.data.prv_08) == "pass" with input as since("2025-02-01T00:00:00Z") with assize.reached as fixture.clock
}

test_fail_each_element if {
	every element in ["a", "b", "c", "d"] {
		partly := fixture.told(fixture.untold(asked, "impact-assessment", ["elements"]), "impact-assessment", {"elements": object.remove(elements, [element])})
		fixture.status(data.assize.data.prv_08) == "fail" with input as partly with assize.reached as fixture.clock
		fixture.says(rule.deny, sprintf("does not answer element %s", [element])) with input as partly with assize.reached as fixture.clock
	}
}

test_fail_other_kind if {
	other := fixture.told(asked, "impact-assessment", {"kind": "fria"})
	fixture.status(data.assize.data.prv_08) == "fail" with input as other with assize.reached as fixture.clock
	fixture.says(rule.deny, "no data protection impact assessment among the 1") with input as other with assize.reached as fixture.clock
}

test_fail_too_late if {
	late := since("2025-01-01T00:00:00Z")
	fixture.status(data.assize.data.prv_08) == "fail" with input as late with assize.reached as fixture.clock
	fixture.says(rule.deny, "was completed on 2025-01-04; a deployment to production runs since 2025-01-01") with input as late with assize.reached as fixture.clock
	after := fixture.told(asked, "impact-assessment", {"before_first_use": false})
	fixture.status(data.assize.data.prv_08) == "fail" with input as after with assize.reached as fixture.clock
}

test_fail_review_overdue if {
	due := fixture.told(asked, "impact-assessment", {"review_due": "2025-07-01T00:00:00Z"})
	fixture.status(data.assize.data.prv_08) == "pass" with input as due with assize.reached as fixture.clock
	overdue := object.union(due, {"now": "2025-07-01T00:00:00Z"})
	fixture.status(data.assize.data.prv_08) == "fail" with input as overdue with assize.reached as fixture.clock
	fixture.says(rule.deny, "due for review on 2025-07-01") with input as overdue with assize.reached as fixture.clock
}

test_unassessable_not_dated if {
	every member in ["completed_at", "before_first_use"] {
		silent := fixture.untold(asked, "impact-assessment", [member])
		fixture.status(data.assize.data.prv_08) == "unassessable" with input as silent with assize.reached as fixture.clock
		fixture.says(rule.not_assessable, "whether it was done in time") with input as silent with assize.reached as fixture.clock
	}
}

# An assessment that was yet to be completed, whether or not the day has come since.
test_fail_announced if {
	every day in ["2025-02-01", "2026-01-01"] {
		ahead := fixture.told(asked, "impact-assessment", {"completed_at": sprintf("%sT00:00:00Z", [day])})
		fixture.status(data.assize.data.prv_08) == "fail" with input as ahead with assize.reached as fixture.clock
		fixture.says(rule.deny, sprintf("was signed on 2025-01-05 and says it is complete on %s", [day])) with input as ahead with assize.reached as fixture.clock
	}
}

test_older_assessment_stands_in if {
	two := fixture.with_items(asked, "impact-assessment", [item("impact-assessment", 8, {"kind": "dpia"}), dpia])
	fixture.status(data.assize.data.prv_08) == "pass" with input as two with assize.reached as fixture.clock
}

test_not_applicable if {
	nobody := profiled({"affected_groups": []})
	fixture.status(data.assize.data.prv_08) == "not_applicable" with input as nobody with assize.reached as fixture.clock
	low := object.union(profiled(harmless), {"ancestors": [upstream([])]})
	fixture.status(data.assize.data.prv_08) == "not_applicable" with input as low with assize.reached as fixture.clock
}

# A sign of a high risk, or a profile no compliance role signed.
test_applies if {
	every patch in [{"profiling_natural_persons": true}, {"consequential_decision": true}, {"risk_tier": "high_annex_iii"}] {
		not rule.not_applicable with input as object.union(profiled(object.union(harmless, patch)), {"ancestors": [upstream([])]})
	}
	not rule.not_applicable with input as object.union(profiled(harmless), {"ancestors": [upstream(["health"])]})
	not rule.not_applicable with input as profiled(harmless)
	not rule.not_applicable with input as fixture.marked(profiled({"affected_groups": []}), "system-profile", {"roles": ["developer"]})
}
