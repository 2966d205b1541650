package assize.iso_42001.iso_01_test

import data.assize.fixture
import data.assize.iso_42001.iso_01 as rule

decided(id) := {"id": id, "applicable": true, "reason": "the system decides on credit", "implemented": true, "owner": "risk office"}

aside(id) := {"id": id, "applicable": false, "reason": "nothing is bought from third parties"}

soa(controls) := fixture.item("org-evidence", 3, {
	"topic": "soa", "owner": "quality office", "valid_until": "2025-12-31T00:00:00Z", "controls": controls,
})

all := [entry |
	some i, id in sort(rule.annex_a)
	entry := [decided(id), aside(id)][i % 2]
]

asked := fixture.question("deploy", {"org-evidence": [soa(all)]})

passing := {"complete": {"input": asked, "params": {}}}

judged(doc) := status if {
	status := fixture.status(data.assize.iso_42001.iso_01) with input as doc with assize.reached as fixture.clock
}

denied(doc, words) if {
	judged(doc) == "fail"
	fixture.says(rule.deny, words) with input as doc with assize.reached as fixture.clock
}

states(controls) := fixture.with_items(asked, "org-evidence", [soa(controls)])

# changed puts an entry in the place of the first.
changed(entry) := states(array.concat([entry], array.slice(all, 1, 38)))

test_pass if judged(asked) == "pass"

test_38_controls if count(rule.annex_a) == 38

test_pass_names_what_is_not_in_place if {
	open := changed(object.union(decided("A.10.2"), {"implemented": false}))
	judged(open) == "pass"
	fixture.says(rule.warn, "1 controls apply and are not in place: A.10.2") with input as open with assize.reached as fixture.clock
}

test_fail_control_left_out if {
	denied(states(array.slice(all, 1, 38)), "decides 37 of the 38 controls")
	denied(states(array.slice(all, 1, 38)), "A.10.2")
}

test_fail_entry if {
	entry := decided("A.10.2")
	denied(changed(object.remove(entry, ["applicable"])), "no decision (applicable)")
	denied(changed(object.union(entry, {"reason": "TBD"})), "has no reason")
	denied(changed(object.remove(entry, ["reason", "owner"])), "no owner and no reason")
	denied(changed(object.remove(entry, ["implemented"])), "in place (implemented)")
	denied(changed({"id": "A.10.2", "applicable": false}), "has no reason")
}

test_fail_decided_twice if denied(states(array.concat(all, [aside("A.2.2")])), "decides control A.2.2 2 times")

test_fail_ended if denied(object.union(asked, {"now": "2025-12-31T00:00:00Z"}), "ended on 2025-12-31")

test_fail_owner if denied(fixture.told(asked, "org-evidence", {"owner": ""}), "names nobody")

test_fail_other_topic if denied(fixture.told(asked, "org-evidence", {"topic": "qms"}), "none of 1 pieces")

test_unassessable_two if {
	two := fixture.with_items(asked, "org-evidence", [soa(all), object.union(soa(all), {"index": 2})])
	judged(two) == "unassessable"
}

test_unassessable_endless if judged(fixture.untold(asked, "org-evidence", ["valid_until"])) == "unassessable"
