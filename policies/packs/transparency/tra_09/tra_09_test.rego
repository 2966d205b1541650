package assize.transparency.tra_09_test

import data.assize.fixture
import data.assize.transparency.tra_09 as rule

explanation := {"scope": ["local"], "method": "shap", "recipients": ["applicant"], "per_decision_available": true}

asked := fixture.question("release", {
	"system-profile": [fixture.item("system-profile", 1, {"consequential_decision": true})],
	"explainability": [fixture.item("explainability", 8, explanation)],
})

passing := {"explained": {"input": asked, "params": {}}}

judged(doc) := status if {
	status := fixture.status(data.assize.transparency.tra_09) with input as doc
}

denied(doc, words) if {
	judged(doc) == "fail"
	fixture.says(rule.deny, words) with input as doc
}

test_pass if judged(asked) == "pass"

test_fail_each_member if {
	denied(fixture.told(asked, "explainability", {"scope": ["global"]}), "does not hold local")
	denied(fixture.untold(asked, "explainability", ["scope"]), "does not hold local")
	denied(fixture.told(asked, "explainability", {"method": "TBD"}), "does not state method")
	denied(fixture.untold(asked, "explainability", ["recipients"]), "does not state recipients")
	denied(fixture.told(asked, "explainability", {"per_decision_available": false}), "every single decision")
	denied(fixture.untold(asked, "explainability", ["per_decision_available"]), "every single decision")
}

# An older assessment in force that says otherwise is not undone by a newer one.
test_fail_older_assessment if {
	older := fixture.item("explainability", 7, object.union(explanation, {"per_decision_available": false}))
	denied(fixture.with_items(asked, "explainability", [fixture.item("explainability", 8, explanation), older]), "at index 7")
}

test_not_applicable if judged(fixture.told(asked, "system-profile", {"consequential_decision": false})) == "not_applicable"

test_unassessable if {
	judged(fixture.untold(asked, "system-profile", ["consequential_decision"])) == "unassessable"
	unsigned := fixture.marked(fixture.told(asked, "system-profile", {"consequential_decision": false}), "system-profile", {"roles": []})
	judged(unsigned) == "unassessable"
}
