package assize.core.rep_03_test

import data.assize.core.rep_03 as rule
import data.assize.fixture

baseline := {"run": "logistic-3", "metric": "auc", "delta": 0.02}

asked := fixture.question("release", {"training-run": [fixture.item("training-run", 5, {
	"compared_with": [baseline],
	"selected_because": "higher AUC at the same gap between groups",
})]})

passing := {"compared": {"input": asked, "params": {}}}

test_pass if {
	fixture.status(data.assize.core.rep_03) == "pass" with input as asked
	named := fixture.told(asked, "training-run", {"run_id": "forest-7"})
	fixture.status(data.assize.core.rep_03) == "pass" with input as named
}

test_fail_no_comparison if {
	every patch in [["compared_with"], ["selected_because"]] {
		fixture.status(data.assize.core.rep_03) == "fail" with input as fixture.untold(asked, "training-run", patch)
	}
	none := fixture.told(asked, "training-run", {"compared_with": []})
	fixture.status(data.assize.core.rep_03) == "fail" with input as none
	fixture.says(rule.deny, "is compared with no other run") with input as none
}

test_fail_each_member_left_out if {
	every member in object.keys(baseline) {
		silent := fixture.told(asked, "training-run", {"compared_with": [object.remove(baseline, [member])]})
		fixture.status(data.assize.core.rep_03) == "fail" with input as silent
	}
}

test_fail_compared_with_itself if {
	mirror := fixture.told(asked, "training-run", {"run_id": "logistic-3"})
	fixture.status(data.assize.core.rep_03) == "fail" with input as mirror
	fixture.says(rule.deny, "another run than itself") with input as mirror
}

test_fail_placeholder if {
	filler := fixture.told(asked, "training-run", {"selected_because": "TBD"})
	fixture.status(data.assize.core.rep_03) == "fail" with input as filler
}

test_fail_second_run if {
	second := fixture.item("training-run", 4, {"selected_because": "cheaper"})
	two := fixture.with_items(asked, "training-run", array.concat(asked.evidence["training-run"], [second]))
	fixture.status(data.assize.core.rep_03) == "fail" with input as two
}
