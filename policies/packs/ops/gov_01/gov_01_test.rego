package assize.ops.gov_01_test

import data.assize.fixture
import data.assize.ops.gov_01 as rule

params := {"unwaivable_rules": ["LIN-03"]}

waiver := fixture.item("waiver", 30, {
	"rules": ["FAI-02"], "reason": "remedial training planned for July",
	"requested_by": "trainer", "approved_by": "head-of-credit",
	"expires_at": "2025-04-15T00:00:00Z",
})

question(waivers) := object.union(fixture.question("deploy", {}), {
	"now": "2025-02-15T00:00:00Z",
	"related": {"subjects": [], "waivers": waivers},
})

asked := question([waiver])

passing := {"one waiver": {"input": asked, "params": params}}

granted(patch) := question([object.union(waiver, {"predicate": object.union(waiver.predicate, patch)})])

test_pass if {
	fixture.status(data.assize.ops.gov_01) == "pass" with input as asked with assize.reached as fixture.clock with data.params as params
}

emergency(day) := granted({"break_glass": true, "review_by": day})

test_pass_emergency_in_time if {
	fixture.status(data.assize.ops.gov_01) == "pass" with input as emergency("2025-02-16T00:00:00Z") with assize.reached as fixture.clock with data.params as params
}

test_fail_emergency_unreviewed if {
	fixture.status(data.assize.ops.gov_01) == "fail" with input as emergency("2025-02-15T00:00:00Z") with assize.reached as fixture.clock with data.params as params
	some finding in rule.deny with input as emergency("2025-02-15T00:00:00Z") with assize.reached as fixture.clock with data.params as params
	finding.path == "waivers[0].review_by"
}

# It does not go away by ending.
test_fail_emergency_ended_unreviewed if {
	late := object.union(emergency("2025-02-10T00:00:00Z"), {"now": "2025-06-15T00:00:00Z"})
	fixture.status(data.assize.ops.gov_01) == "fail" with input as late with assize.reached as fixture.clock with data.params as params
}

test_not_applicable_none if {
	fixture.status(data.assize.ops.gov_01) == "not_applicable" with input as question([]) with assize.reached as fixture.clock with data.params as params
}

# One that ended is not in force; beside one that is, it does not matter.
test_not_applicable_ended if {
	late := object.union(asked, {"now": "2025-04-15T00:00:00Z"})
	fixture.status(data.assize.ops.gov_01) == "not_applicable" with input as late with assize.reached as fixture.clock with data.params as params
}

test_pass_beside_one_that_ended if {
	old := object.union(waiver, {"predicate": object.union(waiver.predicate, {"reason": "tbd", "expires_at": "2025-02-01T00:00:00Z"})})
	both := question([waiver, old])
	fixture.status(data.assize.ops.gov_01) == "pass" with input as both with assize.reached as fixture.clock with data.params as params
}

# The caps by severity of the parameters say how long a waiver counts, nothing here.
test_pass_longer_than_a_quarter if {
	long := granted({"expires_at": "2025-07-15T00:00:00Z"})
	fixture.status(data.assize.ops.gov_01) == "pass" with input as long with assize.reached as fixture.clock with data.params as params
}

test_fail_one_human_on_both_sides if {
	alone := granted({"requested_by": "head-of-credit"})
	fixture.status(data.assize.ops.gov_01) == "fail" with input as alone with assize.reached as fixture.clock with data.params as params
}

test_fail_approver_did_not_sign if {
	fixture.status(data.assize.ops.gov_01) == "fail" with input as granted({"approved_by": "board"}) with assize.reached as fixture.clock with data.params as params
}

test_fail_critical_rule if {
	critical := granted({"rules": ["FAI-02", "LIN-03"]})
	fixture.status(data.assize.ops.gov_01) == "fail" with input as critical with assize.reached as fixture.clock with data.params as params
	fixture.says(rule.deny, "waives LIN-03") with input as critical with assize.reached as fixture.clock with data.params as params
}

test_fail_no_reason if {
	fixture.status(data.assize.ops.gov_01) == "fail" with input as granted({"reason": "tbd"}) with assize.reached as fixture.clock with data.params as params
}

test_unassessable_no_rule_named if {
	fixture.status(data.assize.ops.gov_01) == "unassessable" with input as granted({"rules": []}) with assize.reached as fixture.clock with data.params as params
}
