# METADATA
# title: General-purpose model is documented
# description: >-
#   For a general-purpose model the model card and the training run hold what Annex XI
#   and XII ask for: tasks, acceptable use, release, architecture and size, modalities,
#   licence and integration; training data, process, hardware, time, compute and
#   energy. Models released under an open licence with public weights are free of it
#   unless they are of systemic risk. Models that every profile puts on the market
#   before 2 August 2025 are bound from 2 August 2027.
# custom:
#   id: REG-19
#   severity: high
#   kinds: [model]
#   actions: [release, deploy]
#   requires: [system-profile, model-card, training-run]
#   controls: ["eu-ai-act/art-53-1-a", "eu-ai-act/art-53-1-b", "eu-ai-act/annex-xi-1", "eu-ai-act/annex-xi-2", "eu-ai-act/annex-xi-2d", "eu-ai-act/annex-xii-1", "eu-ai-act/annex-xii-2"]
#   basis: law
#   applies_from: "2025-08-02"
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: Fill in the named members of the model card or the training run and sign it again.
package assize.eu_ai_act.reg_19

import data.assize.lib.scope
import data.assize.lib.show
import data.assize.lib.text

profiles := input.evidence["system-profile"]

card := input.evidence["model-card"][0]

run := input.evidence["training-run"][0]

# Which point of the annexes each member answers.
of_card := {
	"intended_use": "Annex XI 1(a), the tasks it is meant for",
	"out_of_scope": "Annex XI 1(b), acceptable use",
	"released_at": "Annex XI 1(c), date of release",
	"type": "Annex XI 1(d), architecture",
	"parameter_count": "Annex XI 1(d), number of parameters",
	"input_modalities": "Annex XI 1(e), what it takes in",
	"output_modalities": "Annex XI 1(e), what it gives out",
	"license": "Annex XI 1(f), licence",
	"limitations": "Art 53(1)(b), capabilities and limitations",
	"developer": "Annex XII 1, who provides it",
	"instructions_for_use": "Annex XI 2(a) and XII 2(a), how it is integrated",
}

of_run := {
	"code": "Annex XI 2(b), training process",
	"hyperparameters": "Annex XI 2(b), key design choices",
	"inputs": "Annex XI 2(c), data it was trained on",
	"compute_flop": "Annex XI 2(d), computational resources",
	"started_at": "Annex XI 2(d), training time",
	"finished_at": "Annex XI 2(d), training time",
	"hardware": "Annex XI 2(d), means of training",
	"energy_kwh": "Annex XI 2(e), energy consumption",
}

not_applicable if {
	scope.outside(profiles, scope.general)
	not scope.says(profiles, "generative")
}

not_applicable if scope.beyond_union(profiles)

not_applicable if {
	scope.outside(profiles, scope.general)
	input.evidence["training-run"] != []
	every stated in input.evidence["training-run"] {
		stated.predicate.compute_flop <= data.params.general_compute_flop
	}
}

# indicated: by the criterion of the Commission's guidelines more compute than this
# speaks for a general-purpose model, where the model generates.
indicated if {
	scope.says(profiles, "generative")
	some stated in input.evidence["training-run"]
	stated.predicate.compute_flop > data.params.general_compute_flop
}

# uncounted: it generates, and a run keeps its compute to itself.
uncounted contains i if {
	scope.says(profiles, "generative")
	some i, stated in input.evidence["training-run"]
	not stated.predicate.compute_flop
}

# Art 111(3): models on the market before 2 August 2025.
applies_from := "2027-08-02" if scope.placed_before(profiles, "2025-08-02")

# Art 53(2): free and open-source models, unless of systemic risk.
not_applicable if {
	scope.outside(profiles, {"gpai_systemic"})
	scope.inside(profiles, {"gpai"})
	input.evidence["model-card"] != []
	every stated in input.evidence["model-card"] {
		stated.predicate.license in data.params.open_source_licences
		stated.predicate.weights_public == true
	}
	computed_below_the_trigger
}

# A model past the compute of Art 51(2) is presumed to be of systemic risk, whatever
# its profile says.
computed_below_the_trigger if {
	input.evidence["training-run"] != []
	every stated in input.evidence["training-run"] {
		stated.predicate.compute_flop <= data.params.systemic_compute_flop
	}
}

pass if {
	scope.inside(profiles, scope.general)
	count(of_card) > 0
	every member, _ in of_card {
		text.meaningful(card.predicate[member])
	}
	count(of_run) > 0
	every member, _ in of_run {
		text.meaningful(run.predicate[member])
	}
}

deny contains finding if {
	scope.inside(profiles, scope.general)
	some documents in [{"item": card, "members": of_card, "type": "model-card"}, {"item": run, "members": of_run, "type": "training-run"}]
	some member, point in documents.members
	value := object.get(documents.item.predicate, member, "")
	not text.meaningful(value)
	finding := {
		"msg": sprintf("%s: %s is %s (AI Act %s)", [show.said(documents.item), member, state(value), point]),
		"path": sprintf("%s[0].%s", [documents.type, member]),
		"value": value,
		"basis": sprintf("AI Act %s", [point]),
	}
}

state("") := "not filled in"

state(value) := "a placeholder, or holds one, or is empty" if value != ""

not_assessable contains {"msg": words} if {
	not scope.inside(profiles, scope.general)
	some words in scope.unclassed(profiles)
}

not_assessable contains finding if {
	not scope.inside(profiles, scope.general)
	indicated
	finding := {
		"msg": sprintf("the model is generative and was trained with more than %v FLOP, the criterion by which the Commission's guidelines of July 2025 indicate a general-purpose model; classify it as gpai, or have a waiver say why it is none", [data.params.general_compute_flop]),
		"path": "system-profile[0].risk_tier",
		"bound": data.params.general_compute_flop,
		"basis": "parameter general_compute_flop",
	}
}

not_assessable contains finding if {
	not scope.inside(profiles, scope.general)
	some i in uncounted
	finding := {
		"msg": sprintf("the model is generative and %s does not state compute_flop, so nobody can tell whether it passes the %v FLOP that indicate a general-purpose model", [show.said(input.evidence["training-run"][i]), data.params.general_compute_flop]),
		"path": sprintf("training-run[%d].compute_flop", [i]),
		"bound": data.params.general_compute_flop,
		"basis": "parameter general_compute_flop",
	}
}
