package assize.ops.ops_17_test

import data.assize.fixture
import data.assize.ops.ops_17 as rule

question(incidents) := object.union(fixture.question("continue", {}), {"related": {"incidents": incidents}})

incident(predicate) := fixture.item("incident", 9, predicate)

small := incident({"blocking": false, "category": "internal"})

contained := incident({"blocking": false, "category": "death_or_health", "status": "contained"})

passing := {
	"internal": {"input": question([small]), "params": {}},
	"contained": {"input": question([contained]), "params": {}},
}

status(question_) := s if {
	s := fixture.status(data.assize.ops.ops_17) with input as question_
}

test_pass_each if {
	count([name | some name, fixed in passing; status(fixed.input) == "pass"]) == count(passing)
	status(question([])) == "pass"
}

test_fail if {
	every predicate in [
		{"id": "i1", "status": "open"}, {"category": "internal"}, {"category": "internal", "blocking": true},
		{"category": "fundamental_rights", "blocking": false, "status": "open"},
	] {
		status(question([small, incident(predicate)])) == "fail"
	}
	fixture.says(rule.deny, "incident i1 is open and blocks: harm to life or health, which blocks until it is contained") with input as question([incident({"id": "i1", "status": "open", "category": "death_or_health", "blocking": false})])
}

# Internal in name.
test_fail_internal_in_name if {
	every contradiction in [{"death": true}, {"widespread": true}, {"severity": "critical"}] {
		status(question([incident(object.union(small.predicate, contradiction))])) == "fail"
	}
	status(question([incident(object.union(small.predicate, {"death": false, "widespread": false, "severity": "low"}))])) == "pass"
	fixture.says(rule.deny, "though it tells of a death") with input as question([incident(object.union(small.predicate, {"death": true}))])
}

# Without an answer of the service about the whole ledger nothing is known.
test_unassessable_nothing_known if {
	status(fixture.question("continue", {})) == "unassessable"
}
