package assize.data.dq_04_test

import data.assize.data.dq_04 as rule
import data.assize.fixture

params := {"missing_rate_max": 0.05, "recompute_tolerance": 0.000000001}

asked := fixture.about_dataset(fixture.question("train", {"data-quality": [fixture.item("data-quality", 3, {
	"rows": 1000, "columns": 20, "missing_cells": 1000,
})]}))

passing := {"counted": {"input": asked, "params": params}}

carded(n) := fixture.about_dataset(object.union(asked, {"evidence": {"dataset-card": [fixture.item("dataset-card", 2, {"record_count": n})]}}))

told(patch) := fixture.told(asked, "data-quality", patch)

test_pass_at_the_bound if {
	fixture.status(data.assize.data.dq_04) == "pass" with input as asked with data.params as params
	claimed := told({"missing_rate": 0.05})
	fixture.status(data.assize.data.dq_04) == "pass" with input as claimed with data.params as params
}

test_fail_too_many if {
	fixture.status(data.assize.data.dq_04) == "fail" with input as told({"missing_cells": 1001}) with data.params as params
	fixture.says(rule.deny, "1001 of 1000 x 20 cells have no value, 5.005 %; at most 5 %") with input as told({"missing_cells": 1001}) with data.params as params
}

test_fail_claim_differs_from_counts if {
	fixture.status(data.assize.data.dq_04) == "fail" with input as told({"missing_rate": 0.01}) with data.params as params
	fixture.says(rule.deny, "claims missing_rate 0.01; its counts give 0.05") with input as told({"missing_rate": 0.01}) with data.params as params
}

test_fail_older_report if {
	older := fixture.item("data-quality", 2, {"rows": 10, "columns": 10, "missing_cells": 50})
	two := fixture.with_items(asked, "data-quality", array.concat(asked.evidence["data-quality"], [older]))
	fixture.status(data.assize.data.dq_04) == "fail" with input as fixture.about_dataset(two) with data.params as params
}

# A rate without the counts behind it, and nothing missing of nothing.
test_unassessable_not_counted if {
	bare := fixture.untold(told({"missing_rate": 0}), "data-quality", ["missing_cells"])
	fixture.status(data.assize.data.dq_04) == "unassessable" with input as bare with data.params as params
	empty := told({"rows": 0, "missing_cells": 0})
	fixture.status(data.assize.data.dq_04) == "unassessable" with input as empty with data.params as params
	fixture.says(rule.not_assessable, "cannot be computed") with input as empty with data.params as params
}

# The best of the records are not the data.
test_unassessable_some_records if {
	fixture.status(data.assize.data.dq_04) == "pass" with input as carded(1000) with data.params as params
	fixture.status(data.assize.data.dq_04) == "unassessable" with input as carded(1001) with data.params as params
	fixture.says(rule.not_assessable, "examined 1000 records of 1001") with input as carded(1001) with data.params as params
}

test_unassessable_silent if {
	silent := fixture.untold(asked, "data-quality", ["missing_cells"])
	fixture.status(data.assize.data.dq_04) == "unassessable" with input as silent with data.params as params
	fixture.says(rule.not_assessable, "counts missing values") with input as silent with data.params as params
}

test_unassessable_other_dataset if {
	fixture.status(data.assize.data.dq_04) == "unassessable" with input as told({"dataset": fixture.other}) with data.params as params
	fixture.says(rule.not_assessable, "speaks of") with input as told({"dataset": fixture.other}) with data.params as params
	fixture.status(data.assize.data.dq_04) == "pass" with input as told({"dataset": fixture.dataset}) with data.params as params
}
