package assize.data.prv_05_test

import data.assize.data.prv_05 as rule
import data.assize.fixture

params := {"erasure_max_days": 30}

# Stated on 2025-05-20.
asked := fixture.about_dataset(fixture.question("continue", {"data-rights": [fixture.item("data-rights", 140, {"erasure_requests": {"open": 0}})]}))

waiting := fixture.told(asked, "data-rights", {"erasure_requests": {"open": 2, "oldest_opened_at": "2025-05-10T00:00:00Z"}})

passing := {
	"none open": {"input": asked, "params": params},
	"open in time": {"input": waiting, "params": params},
}

at(question, now) := object.union(question, {"now": now})

test_pass_each if {
	count([name |
		some name, fixed in passing
		fixture.status(data.assize.data.prv_05) == "pass" with input as fixed.input with data.params as params with assize.reached as fixture.clock
	]) == count(passing)
}

test_fail_open_too_long if {
	fixture.status(data.assize.data.prv_05) == "pass" with input as at(waiting, "2025-06-08T23:59:59Z") with data.params as params with assize.reached as fixture.clock
	fixture.status(data.assize.data.prv_05) == "fail" with input as at(waiting, "2025-06-09T00:00:00Z") with data.params as params with assize.reached as fixture.clock
	fixture.says(rule.deny, "2 requests for erasure are open, the oldest since 2025-05-10; it was to be answered within 30 days") with input as at(waiting, "2025-06-09T00:00:00Z") with data.params as params with assize.reached as fixture.clock
}

# A request cannot have been opened after the statement that counts it.
test_fail_opened_in_the_future if {
	ahead := fixture.told(asked, "data-rights", {"erasure_requests": {"open": 2, "oldest_opened_at": "2030-01-01T00:00:00Z"}})
	fixture.status(data.assize.data.prv_05) == "fail" with input as at(ahead, "2025-06-20T00:00:00Z") with data.params as params with assize.reached as fixture.clock
}

# That none was open in May says nothing of July.
test_unassessable_silence if {
	later := at(asked, "2025-07-01T00:00:00Z")
	fixture.status(data.assize.data.prv_05) == "unassessable" with input as later with data.params as params with assize.reached as fixture.clock
	fixture.says(rule.not_assessable, "no request for erasure was open on 2025-05-20") with input as later with data.params as params with assize.reached as fixture.clock
}

test_unassessable_not_stated if {
	silent := fixture.untold(asked, "data-rights", ["erasure_requests"])
	fixture.status(data.assize.data.prv_05) == "unassessable" with input as silent with data.params as params with assize.reached as fixture.clock
	undated := fixture.told(silent, "data-rights", {"erasure_requests": {"open": 3}})
	fixture.status(data.assize.data.prv_05) == "unassessable" with input as undated with data.params as params with assize.reached as fixture.clock
	fixture.says(rule.not_assessable, "since when") with input as undated with data.params as params with assize.reached as fixture.clock
}

test_unassessable_other_dataset if {
	own := asked.evidence["data-rights"][0]
	stray := fixture.item("data-rights", 141, {"dataset": fixture.other, "erasure_requests": {"open": 0}})
	two := fixture.about_dataset(fixture.with_items(asked, "data-rights", [stray, own]))
	fixture.status(data.assize.data.prv_05) == "unassessable" with input as two with data.params as params with assize.reached as fixture.clock
}

test_not_applicable_no_personal_data if {
	none := fixture.about_dataset(object.union(asked, {"evidence": {"dataset-card": [fixture.item("dataset-card", 2, {"pii": "none"})]}}))
	fixture.status(data.assize.data.prv_05) == "not_applicable" with input as none with data.params as params with assize.reached as fixture.clock
}
