package assize.ethics.ovr_05_test

import data.assize.ethics.ovr_05 as rule
import data.assize.fixture

other(type, index, predicate) := object.union(fixture.item("system-profile", index, predicate), {"type": type})

by(stated) := fixture.question("deploy", {
	"system-profile": [fixture.item("system-profile", 1, stated)],
	"transparency-notice": [], "human-oversight": [],
})

asked := by({"automated_only": false})

notice := {"review_route": "letter to the ombudsman", "live_at": "2025-01-04T00:00:00Z"}

notified(given) := fixture.with_items(by({"automated_only": true, "art22_ground": "22(2)(a)"}), "transparency-notice", [other("transparency-notice", 5, given)])

passing := {
	"a person decides": {"input": asked, "params": {}},
	"ground and route": {"input": notified(notice), "params": {}},
}

test_pass_each if {
	count([name |
		some name, fixed in passing
		fixture.status(data.assize.ethics.ovr_05) == "pass" with input as fixed.input with assize.reached as fixture.clock
	]) == count(passing)
}

test_fail_no_ground if {
	bare := fixture.untold(notified(notice), "system-profile", ["art22_ground"])
	fixture.status(data.assize.ethics.ovr_05) == "fail" with input as bare with assize.reached as fixture.clock
	fixture.says(rule.deny, "names no ground of Art 22(2)") with input as bare with assize.reached as fixture.clock
}

test_fail_no_route if {
	every given in [
		object.remove(notice, ["review_route"]), object.union(notice, {"review_route": "TBD"}), object.remove(notice, ["live_at"]),
		object.union(notice, {"live_at": "2025-07-01T00:00:00Z"}), object.union(notice, {"until": "2025-05-01T00:00:00Z"}),
	] {
		fixture.status(data.assize.ethics.ovr_05) == "fail" with input as notified(given) with assize.reached as fixture.clock
		fixture.says(rule.deny, "how a human reviews a case") with input as notified(given) with assize.reached as fixture.clock
	}
}

test_fail_announced if {
	ahead := notified(object.union(notice, {"live_at": "2025-02-01T00:00:00Z"}))
	fixture.status(data.assize.ethics.ovr_05) == "fail" with input as ahead with assize.reached as fixture.clock
	fixture.says(rule.deny, "was signed on 2025-01-05 and tells of a human review from 2025-02-01 on") with input as ahead with assize.reached as fixture.clock
}

# A person who never looks decides nothing.
test_fail_nobody_looks if {
	blind := fixture.with_items(asked, "human-oversight", [other("human-oversight", 6, {"review_sample_rate": 0})])
	fixture.status(data.assize.ethics.ovr_05) == "fail" with input as blind with assize.reached as fixture.clock
	fixture.says(rule.deny, "no output is reviewed") with input as blind with assize.reached as fixture.clock
	looked := fixture.with_items(asked, "human-oversight", [other("human-oversight", 6, {"review_sample_rate": 0.1})])
	fixture.status(data.assize.ethics.ovr_05) == "pass" with input as looked with assize.reached as fixture.clock
}

# One profile that says a person decides does not silence another.
test_fail_profiles_differ if {
	two := fixture.with_items(asked, "system-profile", array.concat(asked.evidence["system-profile"], [fixture.item("system-profile", 0, {"automated_only": true})]))
	fixture.status(data.assize.ethics.ovr_05) == "fail" with input as two with assize.reached as fixture.clock
}

test_not_applicable if {
	every stated in [{"affected_groups": []}, {"consequential_decision": false, "automated_only": true}] {
		fixture.status(data.assize.ethics.ovr_05) == "not_applicable" with input as by(stated) with assize.reached as fixture.clock
	}
	not rule.not_applicable with input as fixture.marked(by({"affected_groups": []}), "system-profile", {"roles": ["developer"]})
}

test_unassessable_not_stated if {
	silent := by({})
	fixture.status(data.assize.ethics.ovr_05) == "unassessable" with input as silent with assize.reached as fixture.clock
	fixture.says(rule.not_assessable, "automated_only") with input as silent with assize.reached as fixture.clock
}
