package assize.data.dq_07_test

import data.assize.data.dq_07 as rule
import data.assize.fixture

params := {"data_max_age_days": 365}

asked := fixture.about_dataset(fixture.question("train", {"dataset-card": [fixture.item("dataset-card", 2, {"origin": [{"collected_to": "2024-12-31T00:00:00Z"}]})]}))

sourced := fixture.told(asked, "dataset-card", {"origin": [{"source": "own files", "collected_to": "2024-12-31T00:00:00Z"}]})

passing := {"recent": {"input": asked, "params": params}}

at(now) := object.union(sourced, {"now": now})

ended(instants) := fixture.told(asked, "dataset-card", {"origin": [{"collected_to": instant} | some instant in instants]})

test_pass_until_the_bound if {
	fixture.status(data.assize.data.dq_07) == "pass" with input as at("2025-12-30T23:59:59Z") with data.params as params with assize.reached as fixture.clock
	fixture.status(data.assize.data.dq_07) == "fail" with input as at("2025-12-31T00:00:00Z") with data.params as params with assize.reached as fixture.clock
	fixture.says(rule.deny, `collection from "own files" ended on 2024-12-31; data count as recent for 365 days`) with input as at("2025-12-31T00:00:00Z") with data.params as params with assize.reached as fixture.clock
}

# One old origin among recent ones.
test_fail_each_origin if {
	two := ended(["2024-12-31T00:00:00Z", "1975-12-31T00:00:00Z"])
	fixture.status(data.assize.data.dq_07) == "fail" with input as two with data.params as params with assize.reached as fixture.clock
	fixture.says(rule.deny, "origin 1") with input as two with data.params as params with assize.reached as fixture.clock
}

# An end in the future keeps data fresh no longer than their card.
test_fail_end_after_the_card if {
	later := object.union(ended(["2099-01-01T00:00:00Z"]), {"now": "2026-01-02T12:00:00Z"})
	fixture.status(data.assize.data.dq_07) == "fail" with input as later with data.params as params with assize.reached as fixture.clock
}

test_unassessable_undated if {
	silent := fixture.told(asked, "dataset-card", {"origin": [{"source": "own files"}]})
	fixture.status(data.assize.data.dq_07) == "unassessable" with input as silent with data.params as params with assize.reached as fixture.clock
	none := fixture.told(asked, "dataset-card", {"origin": []})
	fixture.status(data.assize.data.dq_07) == "unassessable" with input as none with data.params as params with assize.reached as fixture.clock
	fixture.says(rule.not_assessable, "how old the data are") with input as none with data.params as params with assize.reached as fixture.clock
}

test_unassessable_other_dataset if {
	other := fixture.told(asked, "dataset-card", {"digest": fixture.other})
	fixture.status(data.assize.data.dq_07) == "unassessable" with input as other with data.params as params with assize.reached as fixture.clock
}
