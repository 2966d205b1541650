package assize.nyc_ll144.nyc_01_test

import data.assize.fixture
import data.assize.nyc_ll144.nyc_01 as rule

params := {"nyc_audit_max_days": 365}

auditor := {"org": "Fair Audit LLC", "independent": true, "conflicts": []}

asked := fixture.question("deploy", {
	"system-profile": [fixture.item("system-profile", 1, {"jurisdictions": ["US-NY"], "aedt": true})],
	"bias-audit": [fixture.item("bias-audit", 10, {"auditor": auditor, "audit_date": "2025-01-05T00:00:00Z"})],
	"training-run": [], "slsa-provenance": [], "deployment": [],
})

passing := {"audited": {"input": asked, "params": params}}

judged(doc) := status if {
	status := fixture.status(data.assize.nyc_ll144.nyc_01) with input as doc with assize.reached as fixture.clock with data.params as params
}

denied(doc, words) if {
	judged(doc) == "fail"
	fixture.says(rule.deny, words) with input as doc with assize.reached as fixture.clock with data.params as params
}

by(patch) := fixture.told(fixture.untold(asked, "bias-audit", ["auditor"]), "bias-audit", {"auditor": patch})

test_pass if judged(asked) == "pass"

test_fail_too_old if {
	denied(object.union(asked, {"now": "2026-01-05T00:00:00Z"}), "ended on 2026-01-05")
	judged(object.union(asked, {"now": "2026-01-04T23:59:59Z"})) == "pass"
	denied(fixture.untold(asked, "bias-audit", ["audit_date"]), "does not say when it was made")
}

test_fail_not_independent if {
	denied(by(object.union(auditor, {"independent": false})), "does not say that the auditor is independent")
	denied(by(object.remove(auditor, ["independent"])), "does not say that the auditor is independent")
	denied(by(object.union(auditor, {"conflicts": ["sells the tool"]})), "sells the tool")
	denied(by(object.remove(auditor, ["conflicts"])), "does not say whether")
	denied(by({"org": "TBD", "independent": true, "conflicts": []}), "names no auditor")
	denied(fixture.untold(asked, "bias-audit", ["auditor"]), "names no auditor")
	denied(fixture.marked(asked, "bias-audit", {"assurance": "imported"}), "was imported")
}

# Independence is also checked by signatures.
test_fail_signed_by_who_made_or_runs_it if {
	every type in ["training-run", "slsa-provenance", "deployment"] {
		own := fixture.with_items(asked, type, [object.union(fixture.item(type, 5, {}), {"principals": ["auditor"]})])
		denied(own, sprintf("auditor, who also signed %s", [type]))
	}
}

# An older audit that has run out takes nothing from a new one, and one of this year
# that is not independent does.
test_other_audits if {
	expired := fixture.item("bias-audit", 5, {"audit_date": "2023-01-05T00:00:00Z"})
	judged(fixture.with_items(asked, "bias-audit", [asked.evidence["bias-audit"][0], expired])) == "pass"
	biased := fixture.item("bias-audit", 5, {"audit_date": "2025-01-03T00:00:00Z", "auditor": object.union(auditor, {"independent": false})})
	judged(fixture.with_items(asked, "bias-audit", [asked.evidence["bias-audit"][0], biased])) == "fail"
}

test_not_applicable if {
	judged(fixture.told(asked, "system-profile", {"aedt": false})) == "not_applicable"
	judged(fixture.told(asked, "system-profile", {"jurisdictions": ["EU", "US-CO"]})) == "not_applicable"
}

test_unassessable if {
	judged(fixture.untold(asked, "system-profile", ["aedt"])) == "unassessable"
	judged(fixture.untold(asked, "system-profile", ["jurisdictions"])) == "unassessable"
}
