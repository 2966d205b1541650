package assize.iso_42001.iso_02_test

import data.assize.fixture
import data.assize.iso_42001.iso_02 as rule

asked := fixture.question("deploy", {"impact-assessment": [fixture.item("impact-assessment", 3, {
	"kind": "aiia",
	"elements": {"individual": "refusal of credit", "societal": "access to credit by region"},
	"consulted": ["works council"],
	"completed_at": "2025-01-02T00:00:00Z",
	"review_due": "2025-12-01T00:00:00Z",
})]})

passing := {"assessed": {"input": asked, "params": {}}}

judged(doc) := status if {
	status := fixture.status(data.assize.iso_42001.iso_02) with input as doc with assize.reached as fixture.clock
}

denied(doc, words) if {
	judged(doc) == "fail"
	fixture.says(rule.deny, words) with input as doc with assize.reached as fixture.clock
}

test_pass if judged(asked) == "pass"

test_fail_each_part if {
	denied(fixture.told(asked, "impact-assessment", {"elements": {"individual": "TBD"}}), "the individual part")
	denied(fixture.untold(asked, "impact-assessment", ["elements"]), "the societal part")
	denied(fixture.untold(asked, "impact-assessment", ["consulted"]), "names nobody")
}

test_fail_overdue if denied(object.union(asked, {"now": "2025-12-01T00:00:00Z"}), "due for review on 2025-12-01")

test_fail_promise if {
	denied(fixture.told(asked, "impact-assessment", {"completed_at": "2025-02-01T00:00:00Z"}), "was signed on 2025-01-03 and says it is complete on 2025-02-01")
	denied(fixture.told(asked, "impact-assessment", {"completed_at": "2025-09-01T00:00:00Z"}), "complete on 2025-09-01")
}

test_fail_other_kind if denied(fixture.told(asked, "impact-assessment", {"kind": "dpia"}), "none is of kind aiia")

test_unassessable if {
	judged(fixture.untold(asked, "impact-assessment", ["completed_at"])) == "unassessable"
	endless := fixture.untold(asked, "impact-assessment", ["review_due"])
	judged(endless) == "unassessable"
	fixture.says(rule.not_assessable, "does not state review_due") with input as endless with assize.reached as fixture.clock
}
