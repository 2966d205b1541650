package assize.eu_ai_act.reg_21_test

import data.assize.eu_ai_act.reg_21 as rule
import data.assize.fixture

params := {"systemic_compute_flop": 1e25, "systemic_notice_days": 14}

run := {"compute_flop": 8e24, "base_models": []}

asked := object.union(
	fixture.question("release", {
		"system-profile": [fixture.item("system-profile", 1, {"risk_tier": "gpai"})],
		"training-run": [fixture.item("training-run", 5, run)],
		"eval-result": [], "risk-assessment": [], "org-evidence": [],
	}),
	{"now": "2025-10-01T00:00:00Z"},
)

base := object.union(fixture.node("model", fixture.base_model, "base"), {"evidence": {"training-run": [fixture.item("training-run", 2, {"compute_flop": 1e24, "base_models": []})]}})

tuned := object.union(fixture.told(asked, "training-run", {"base_models": [{"digest": fixture.base_model}]}), {"ancestors": [base]})

notice := {"topic": "systemic_risk_notice", "document": {"digest": fixture.other}, "models": [fixture.model], "done_at": "2025-09-14T00:00:00Z"}

protection := {"topic": "security", "document": {"digest": fixture.other}, "owner": "security office", "valid_until": "2026-12-31T00:00:00Z"}

large := object.union(asked, {"evidence": {
	"system-profile": [fixture.item("system-profile", 1, {"risk_tier": "gpai_systemic"})],
	"training-run": [fixture.item("training-run", 5, {"compute_flop": 2e25, "finished_at": "2025-09-01T00:00:00Z"})],
	"eval-result": [fixture.item("eval-result", 8, {"category": "security", "metrics": [{}]}), fixture.item("eval-result", 7, {"category": "safety", "metrics": [{}]})],
	"risk-assessment": [fixture.item("risk-assessment", 6, {"risks": [{}]})],
	"org-evidence": [fixture.item("org-evidence", 270, notice), fixture.item("org-evidence", 10, protection)],
}})

passing := {
	"small": {"input": asked, "params": params},
	"large": {"input": large, "params": params},
}

judged(doc) := status if {
	status := fixture.status(data.assize.eu_ai_act.reg_21) with input as doc with assize.reached as fixture.clock with data.params as params
}

denied(doc, words) if {
	judged(doc) == "fail"
	fixture.says(rule.deny, words) with input as doc with assize.reached as fixture.clock with data.params as params
}

warned(doc, words) if {
	judged(doc) == "pass"
	fixture.says(rule.warn, words) with input as doc with assize.reached as fixture.clock with data.params as params
}

test_pass if {
	judged(asked) == "pass"
	judged(tuned) == "pass"
	judged(large) == "pass"
}

test_fail_not_classified if {
	denied(fixture.told(large, "system-profile", {"risk_tier": "gpai"}), "no profile classifies")
	denied(fixture.told(large, "system-profile", {"risk_tier": "minimal"}), "no profile classifies")
}

test_fail_with_the_compute_of_its_base if {
	denied(object.union(tuned, {"ancestors": [object.union(base, {"evidence": {"training-run": [fixture.item("training-run", 2, {"compute_flop": 3e24, "base_models": []})]}})]}), "past the 1e+25")
}

test_fail_no_notice if {
	silent := fixture.with_items(large, "org-evidence", [fixture.item("org-evidence", 10, protection)])
	denied(silent, "due within 14 days, on 2025-09-15")
	denied(fixture.told(large, "org-evidence", {"models": [fixture.other]}), "none that names model scorer")
	warned(object.union(silent, {"now": "2025-09-14T00:00:00Z"}), "is due on 2025-09-15")
}

# Without the end of training, the day the run was told counts.
test_end_of_training_not_stated if {
	silent := fixture.untold(fixture.with_items(large, "org-evidence", [fixture.item("org-evidence", 10, protection)]), "training-run", ["finished_at"])
	denied(silent, "ended on 2025-01-05")
}

test_warn_late_notice if warned(fixture.told(large, "org-evidence", {"done_at": "2025-09-20T00:00:00Z"}), "sent on 2025-09-20, after 2025-09-15")

test_fail_evidence_of_art_55 if {
	every type, words in {"eval-result": "an evaluation of safety", "risk-assessment": "a register of systemic risks"} {
		denied(fixture.with_items(large, type, []), words)
	}
	denied(fixture.with_items(large, "eval-result", []), "an evaluation under attack")
	denied(fixture.with_items(large, "org-evidence", [fixture.item("org-evidence", 270, notice)]), "security of model and infrastructure")
}

# A model the Commission designated owes the evidence and no notice.
test_designated if {
	small := fixture.told(large, "training-run", {"compute_flop": 5e24})
	judged(fixture.with_items(small, "org-evidence", [fixture.item("org-evidence", 10, protection)])) == "pass"
	denied(fixture.with_items(small, "risk-assessment", []), "a register of systemic risks")
}

test_fail_compute_not_stated if denied(fixture.untold(asked, "training-run", ["compute_flop"]), "does not state compute_flop")

test_not_applicable if {
	judged(fixture.told(asked, "system-profile", {"risk_tier": "minimal"})) == "not_applicable"
	judged(fixture.untold(fixture.told(asked, "system-profile", {"risk_tier": "high_annex_iii"}), "training-run", ["compute_flop"])) == "not_applicable"
}

test_unassessable_generative_keeps_silent if {
	silent := fixture.untold(fixture.told(asked, "system-profile", {"risk_tier": "minimal", "generative": true}), "training-run", ["compute_flop"])
	judged(silent) == "unassessable"
	fixture.says(rule.not_assessable, "the model is generative and a run of it does not state compute_flop") with input as silent with data.params as params
	judged(fixture.told(asked, "system-profile", {"risk_tier": "minimal", "generative": true})) == "not_applicable"
}

test_unassessable if {
	judged(fixture.untold(asked, "system-profile", ["risk_tier"])) == "unassessable"
	judged(object.union(tuned, {"ancestors": []})) == "unassessable"
	judged(fixture.told(asked, "training-run", {"base_models": [{"name": "bert"}]})) == "unassessable"
	judged(fixture.untold(asked, "training-run", ["base_models"])) == "unassessable"
}

# Models on the market before 2 August 2025 have until 2 August 2027.
test_date_of_older_models if {
	rule.applies_from == "2027-08-02" with input as fixture.told(asked, "system-profile", {"eu_market_date": "2025-08-01T00:00:00Z"})
	not rule.applies_from with input as fixture.told(asked, "system-profile", {"eu_market_date": "2025-08-02T00:00:00Z"})
}

test_not_applicable_abroad if judged(fixture.told(asked, "system-profile", {"jurisdictions": ["US"]})) == "not_applicable"

# The model below the model it was made from counts too, and a run of either that keeps
# its compute to itself.
below(runs) := object.union(tuned, {"ancestors": [object.union(base, {"evidence": {"training-run": runs}})]})

test_unassessable_deeper if {
	judged(below([fixture.item("training-run", 2, {"compute_flop": 1e24, "base_models": []})])) == "pass"
	judged(below([fixture.item("training-run", 2, {"compute_flop": 1e24, "base_models": [{"digest": fixture.other}]})])) == "unassessable"
	judged(below([fixture.item("training-run", 2, {"compute_flop": 1e24})])) == "unassessable"
	judged(below([fixture.item("training-run", 3, {"base_models": []}), fixture.item("training-run", 2, {"compute_flop": 1e24, "base_models": []})])) == "unassessable"
}

# A notice to be sent after the statement came into the ledger is a promise.
test_fail_promised_notice if denied(fixture.marked(large, "org-evidence", {"proven": "2025-09-10T12:00:00.000000Z"}), "none that names")
