package assize.ethics.ovr_06_test

import data.assize.ethics.ovr_06 as rule
import data.assize.fixture

params := {"override_min_n": 200, "override_rate_rounding": 0.0005}

oversight(index, predicate) := object.union(fixture.item("system-profile", index, predicate), {"type": "human-oversight"})

by(figures) := fixture.question("continue", {"human-oversight": [oversight(5, figures)], "system-profile": []})

asked := by({"override_rate": 0.04, "override_n": 400})

explained := by({"override_rate": 0, "override_n": 400, "override_explained": "A second reader of 50 cases found no error."})

passing := {
	"overridden": {"input": asked, "params": params},
	"explained": {"input": explained, "params": params},
}

test_pass_each if {
	count([name | some name, fixed in passing; fixture.status(data.assize.ethics.ovr_06) == "pass" with input as fixed.input with data.params as params]) == count(passing)
	fixture.says(rule.warn, "the reason given: A second reader") with input as explained with data.params as params
}

test_fail_never_overridden if {
	every why in ["", "n/a"] {
		stamped := by({"override_rate": 0, "override_n": 400, "override_explained": why})
		fixture.status(data.assize.ethics.ovr_06) == "fail" with input as stamped with data.params as params
		fixture.says(rule.deny, "of 400 reviewed outputs none was overridden") with input as stamped with data.params as params
	}
}

# Less than one of two hundred is none.
test_fail_rate_of_no_count if {
	odd := by({"override_rate": 0.002, "override_n": 200})
	fixture.status(data.assize.ethics.ovr_06) == "fail" with input as odd with data.params as params
	fixture.says(rule.deny, "which no count of 200 gives") with input as odd with data.params as params
	tiny := by({"override_rate": 0.0001, "override_n": 200})
	fixture.status(data.assize.ethics.ovr_06) == "fail" with input as tiny with data.params as params
}

# The newest figures tell of the present.
test_newest_counts if {
	older := oversight(4, {"override_rate": 0, "override_n": 900})
	plan := oversight(6, {"two_person": false})
	both := fixture.with_items(asked, "human-oversight", array.concat([plan], array.concat(asked.evidence["human-oversight"], [older])))
	fixture.status(data.assize.ethics.ovr_06) == "pass" with input as both with data.params as params
}

test_unassessable if {
	few := by({"override_rate": 0.1, "override_n": 199})
	fixture.status(data.assize.ethics.ovr_06) == "unassessable" with input as few with data.params as params
	fixture.says(rule.not_assessable, "199 reviewed outputs; 200 are needed") with input as few with data.params as params
	every figures in [{"override_n": 400}, {"override_rate": 0.1}, {}] {
		fixture.status(data.assize.ethics.ovr_06) == "unassessable" with input as by(figures) with data.params as params
	}
}

test_not_applicable_nobody_reviews if {
	alone := fixture.with_items(asked, "system-profile", [fixture.item("system-profile", 1, {"automated_only": true})])
	fixture.status(data.assize.ethics.ovr_06) == "not_applicable" with input as alone with data.params as params
	with_person := fixture.with_items(asked, "system-profile", [fixture.item("system-profile", 1, {"automated_only": false})])
	fixture.status(data.assize.ethics.ovr_06) == "pass" with input as with_person with data.params as params
}
