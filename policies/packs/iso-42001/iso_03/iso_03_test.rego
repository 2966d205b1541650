package assize.iso_42001.iso_03_test

import data.assize.fixture
import data.assize.iso_42001.iso_03 as rule

agreement := {
	"topic": "supplier", "models": [fixture.base_model], "document": {"uri": "https://bank.example/contracts/17"},
	"owner": "procurement", "valid_until": "2025-12-31T00:00:00Z",
}

asked := fixture.question("release", {
	"training-run": [fixture.item("training-run", 5, {"base_models": [{"digest": fixture.base_model}]})],
	"org-evidence": [fixture.item("org-evidence", 3, agreement)],
})

hashed := fixture.told(fixture.untold(asked, "org-evidence", ["document"]), "org-evidence", {"document": {"digest": fixture.other}})

passing := {
	"address": {"input": asked, "params": {}},
	"digest": {"input": hashed, "params": {}},
}

judged(doc) := status if {
	status := fixture.status(data.assize.iso_42001.iso_03) with input as doc with assize.reached as fixture.clock
}

denied(doc, words) if {
	judged(doc) == "fail"
	fixture.says(rule.deny, words) with input as doc with assize.reached as fixture.clock
}

test_pass_each if count([name | some name, fixed in passing; judged(fixed.input) == "pass"]) == count(passing)

test_fail_model_not_named if {
	denied(fixture.told(asked, "org-evidence", {"models": [fixture.other]}), "no agreement with a supplier names model without name (sha256:b3b3b3b3b3b3)")
	denied(fixture.untold(asked, "org-evidence", ["models"]), "no agreement with a supplier")
	denied(fixture.told(asked, "org-evidence", {"topic": "security"}), "no agreement with a supplier")
	denied(fixture.told(asked, "training-run", {"base_models": [{"name": "bert"}]}), "bert (without digest)")
}

test_fail_agreement if {
	denied(fixture.untold(asked, "org-evidence", ["document"]), "neither address nor digest")
	denied(fixture.told(asked, "org-evidence", {"owner": "TBD"}), "nobody is named who answers")
	denied(object.union(asked, {"now": "2025-12-31T00:00:00Z"}), "ended on 2025-12-31")
	denied(fixture.untold(asked, "org-evidence", ["valid_until"]), "does not state when it ends")
}

test_not_applicable if judged(fixture.told(asked, "training-run", {"base_models": []})) == "not_applicable"

test_unassessable if {
	judged(fixture.untold(asked, "training-run", ["base_models"])) == "unassessable"
	silent := object.union(fixture.item("training-run", 4, {}), {"id": "older"})
	judged(fixture.with_items(asked, "training-run", [asked.evidence["training-run"][0], silent])) == "unassessable"
}

# A run that says it started from nothing does not hide what the lineage knows.
test_lineage_tells if {
	start := object.union(fixture.node("model", fixture.base_model, "bert"), {"relation": "fine-tuned-from"})
	judged(object.union(asked, {"parents": [start]})) == "pass"
	hidden := object.union(fixture.told(fixture.told(asked, "training-run", {"base_models": []}), "org-evidence", {"models": [fixture.other]}), {"parents": [start]})
	denied(hidden, "which the lineage says")
}
