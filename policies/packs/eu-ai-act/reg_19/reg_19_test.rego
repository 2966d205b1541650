package assize.eu_ai_act.reg_19_test

import data.assize.eu_ai_act.reg_19 as rule
import data.assize.fixture

params := {"open_source_licences": ["Apache-2.0"], "systemic_compute_flop": 1e25, "general_compute_flop": 1e23}

card := {
	"intended_use": ["answering questions"], "out_of_scope": ["medical advice"], "released_at": "2025-09-01T00:00:00Z",
	"type": "decoder-only transformer", "parameter_count": 7000000000, "input_modalities": ["text"],
	"output_modalities": ["text"], "license": "proprietary", "limitations": ["knows nothing after 2024"],
	"developer": "Model GmbH", "instructions_for_use": {"document": "https://model.example/integrate"},
}

run := {
	"code": {"commit": "4f2a"}, "hyperparameters": {"layers": 32}, "inputs": [{"digest": fixture.dataset}],
	"compute_flop": 8.4e22, "started_at": "2025-03-01T00:00:00Z", "finished_at": "2025-05-01T00:00:00Z",
	"hardware": "512 accelerators", "energy_kwh": 210000,
}

asked := object.union(
	fixture.question("release", {
		"system-profile": [fixture.item("system-profile", 1, {"risk_tier": "gpai"})],
		"model-card": [fixture.item("model-card", 6, card)],
		"training-run": [fixture.item("training-run", 5, run)],
	}),
	{"now": "2025-10-01T00:00:00Z"},
)

passing := {
	"documented": {"input": asked, "params": params},
	"systemic": {"input": fixture.told(asked, "system-profile", {"risk_tier": "gpai_systemic"}), "params": params},
}

judged(doc) := status if {
	status := fixture.status(data.assize.eu_ai_act.reg_19) with input as doc with assize.reached as fixture.clock with data.params as params
}

test_pass_each if count([name | some name, fixed in passing; judged(fixed.input) == "pass"]) == count(passing)

test_fail_each_member_left_out if {
	count([member |
		some type, members in {"model-card": card, "training-run": run}
		some member, _ in members
		silent := fixture.untold(asked, type, [member])
		judged(silent) == "fail"
		fixture.says(rule.deny, sprintf("%s is not filled in", [member])) with input as silent with data.params as params
	]) == count(card) + count(run)
}

test_fail_placeholder if judged(fixture.told(asked, "model-card", {"type": "TBD"})) == "fail"

open := fixture.told(asked, "model-card", {"license": "Apache-2.0", "weights_public": true})

# Open models are free of it, unless of systemic risk.
test_open_model if {
	judged(open) == "not_applicable"
	judged(fixture.told(open, "system-profile", {"risk_tier": "gpai_systemic"})) == "pass"
	bare := fixture.untold(open, "training-run", ["energy_kwh"])
	judged(bare) == "not_applicable"
	judged(fixture.told(bare, "model-card", {"weights_public": false})) == "fail"
	judged(fixture.told(bare, "model-card", {"license": "custom"})) == "fail"
	judged(fixture.told(bare, "training-run", {"compute_flop": 2e25})) == "fail"
	judged(fixture.untold(bare, "training-run", ["compute_flop"])) == "fail"
}

test_not_applicable if judged(fixture.told(asked, "system-profile", {"risk_tier": "minimal"})) == "not_applicable"

test_unassessable_class if judged(fixture.untold(asked, "system-profile", ["risk_tier"])) == "unassessable"

# Models on the market before 2 August 2025 have until 2 August 2027.
test_date_of_older_models if {
	rule.applies_from == "2027-08-02" with input as fixture.told(asked, "system-profile", {"eu_market_date": "2025-08-01T00:00:00Z"})
	not rule.applies_from with input as fixture.told(asked, "system-profile", {"eu_market_date": "2025-08-02T00:00:00Z"})
}

test_not_applicable_abroad if judged(fixture.told(asked, "system-profile", {"jurisdictions": ["US"]})) == "not_applicable"

test_unassessable_presumed if {
	small := fixture.told(asked, "system-profile", {"risk_tier": "minimal", "generative": true})
	judged(small) == "not_applicable"
	large := fixture.told(small, "training-run", {"compute_flop": 2e23})
	judged(large) == "unassessable"
	fixture.says(rule.not_assessable, "more than 1e+23 FLOP") with input as large with data.params as params
	silent := fixture.untold(small, "training-run", ["compute_flop"])
	judged(silent) == "unassessable"
	fixture.says(rule.not_assessable, "does not state compute_flop") with input as silent with data.params as params
	not rule.not_applicable with input as fixture.with_items(small, "training-run", []) with data.params as params
}
