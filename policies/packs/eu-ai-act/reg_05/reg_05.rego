# METADATA
# title: The technical file is complete
# description: >-
#   Each point of Annex IV has evidence in the ledger, a document by digest, or, where
#   a point may not apply, a reason why signed by a compliance role.
# custom:
#   id: REG-05
#   severity: high
#   kinds: [deployment]
#   actions: [deploy, continue]
#   requires: [system-profile, conformity]
#   reads:
#     - model-card
#     - training-run
#     - slsa-provenance
#     - dataset-card
#     - human-oversight
#     - model-change
#     - eval-plan
#     - eval-result
#     - vulns
#     - monitoring-plan
#     - risk-assessment
#   controls:
#     - eu-ai-act/art-11
#     - eu-ai-act/annex-iv-1
#     - eu-ai-act/annex-iv-2a
#     - eu-ai-act/annex-iv-2b
#     - eu-ai-act/annex-iv-2c
#     - eu-ai-act/annex-iv-2d
#     - eu-ai-act/annex-iv-2e
#     - eu-ai-act/annex-iv-2f
#     - eu-ai-act/annex-iv-2g
#     - eu-ai-act/annex-iv-2h
#     - eu-ai-act/annex-iv-3
#     - eu-ai-act/annex-iv-4
#     - eu-ai-act/annex-iv-5
#     - eu-ai-act/annex-iv-6
#     - eu-ai-act/annex-iv-7
#     - eu-ai-act/annex-iv-8
#     - eu-ai-act/annex-iv-9
#     - iso-42001/A.6.2.7
#   basis: law
#   applies_from: "2027-12-02"
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: >-
#     Supply the evidence each message names, or list the point with the document's
#     digest in technical_file of the conformity statement.
package assize.eu_ai_act.reg_05

import data.assize.lib.act
import data.assize.lib.text

profiles := input.evidence["system-profile"]

statements := input.evidence.conformity

not_applicable if act.beyond(profiles, input.system)

not_applicable if act.outside_parts(profiles, input.system, {"provider", "product_manufacturer", "authorised_representative", "importer", "distributor"})

applies_from := act.products_from if act.product(profiles, input.system)

# points of Annex IV, and what shows them.
points := {
	"1": "a general description: purpose in the system profile, version in the model card",
	"2a": "how it was developed: code commit in the training run, or build provenance",
	"2b": "design choices: hyperparameters in the training run",
	"2c": "computing power: hardware or compute_flop in the training run",
	"2d": "data: a dataset card for every dataset it was made from",
	"2e": "human oversight: measures in human-oversight",
	"2f": "changes determined beforehand: predetermined_changes in the conformity statement",
	"2g": "tests: an eval-result with metrics that answers an eval-plan",
	"2h": "cybersecurity: an eval-result of category security, or a vulnerability scan",
	"3": "monitoring and control: limitations in the model card",
	"4": "why the metrics fit: a rationale in the eval-plan",
	"5": "risk management: risks in a risk-assessment",
	"6": "changes through the lifecycle: a model-change",
	"7": "standards applied: standards in the conformity statement",
	"8": "the declaration of conformity: its statement in the conformity statement",
	"9": "the post-market plan: metrics in a monitoring-plan",
}

# dispensable points need not arise in a system; the others arise in every one.
dispensable := {"2d", "2f", "2h", "6", "7"}

shown contains "1" if {
	some profile in profiles
	text.meaningful(profile.predicate.intended_purpose)
	some card in input.evidence["model-card"]
	text.meaningful(card.predicate.version)
}

shown contains "2a" if {
	some run in input.evidence["training-run"]
	text.meaningful(run.predicate.code.commit)
}

shown contains "2a" if {
	some build in input.evidence["slsa-provenance"]
	text.meaningful(object.get(build.predicate, ["buildDefinition", "buildType"], object.get(build.predicate, "buildType", "")))
}

shown contains "2b" if {
	some run in input.evidence["training-run"]
	count(run.predicate.hyperparameters) > 0
}

shown contains "2c" if {
	some run in input.evidence["training-run"]
	text.meaningful(run.predicate.hardware)
}

shown contains "2c" if {
	some run in input.evidence["training-run"]
	run.predicate.compute_flop > 0
}

datasets := [node | some node in input.ancestors; node.kind == "dataset"]

shown contains "2d" if {
	datasets != []
	every node in datasets {
		described(node)
	}
}

described(node) if {
	some card in node.evidence["dataset-card"]
	count(card.predicate.origin) > 0
}

shown contains "2e" if {
	some plan in input.evidence["human-oversight"]
	text.meaningful(plan.predicate.measures)
}

shown contains "2f" if {
	some statement in statements
	some change in statement.predicate.predetermined_changes
	is_string(change.kind)
	text.meaningful(change.description)
}

shown contains "2g" if {
	some result in input.evidence["eval-result"]
	measured(result)
	some plan in input.evidence["eval-plan"]
	result.predicate.plan == plan.id
}

shown contains "2h" if {
	some result in input.evidence["eval-result"]
	result.predicate.category == "security"
	measured(result)
}

measured(result) if {
	some metric in result.predicate.metrics
	text.meaningful(metric.name)
	is_number(metric.value)
}

shown contains "2h" if {
	some scan in input.evidence.vulns
	is_array(scan.predicate.scanner.result)
}

shown contains "3" if {
	some card in input.evidence["model-card"]
	text.meaningful(card.predicate.limitations)
}

shown contains "4" if {
	some plan in input.evidence["eval-plan"]
	some planned in plan.predicate.metrics
	text.meaningful(planned.rationale)
}

shown contains "5" if {
	some register in input.evidence["risk-assessment"]
	some risk in register.predicate.risks
	text.meaningful(risk.id)
}

shown contains "6" if {
	some change in input.evidence["model-change"]
	change.predicate.kind in {"retrain", "recalibrate", "config", "data", "rollback"}
	text.meaningful(change.predicate.reason)
}

shown contains "7" if {
	some statement in statements
	some standard in statement.predicate.standards
	text.meaningful(standard.id)
}

shown contains "8" if {
	some statement in statements
	text.meaningful(statement.predicate.declaration.statement)
}

shown contains "9" if {
	some plan in input.evidence["monitoring-plan"]
	plan.predicate.environment == input.environment
	some watched in plan.predicate.metrics
	text.meaningful(watched.name)
}

# filed: kept elsewhere, and by its digest the same for everybody.
filed contains entry.point if {
	some statement in statements
	some entry in statement.predicate.technical_file
	text.meaningful(entry.document.uri)
	is_string(entry.document.digest)
}

# dispensed: a compliance role says why the point does not apply.
dispensed contains entry.point if {
	some statement in statements
	"compliance" in statement.roles
	some entry in statement.predicate.technical_file
	entry.point in dispensable
	text.meaningful(entry.not_applicable)
}

covered := (shown | filed) | dispensed

pass if {
	act.bound(profiles, input.system)
	count(points) > 0
	every point, _ in points {
		point in covered
	}
}

deny contains finding if {
	not pass
	some point, wanted in points
	not point in covered
	finding := {
		"msg": sprintf("nothing in the ledger shows point %s of Annex IV, %s%s", [point, wanted, why_not(point)]),
		"path": "conformity.technical_file",
		"value": point,
		"bound": wanted,
		"basis": sprintf("AI Act Annex IV point %s", [point]),
	}
}

why_not(point) := "; it arises in every system, so no reason stands in its place" if {
	point in excused
	not point in dispensable
} else := "; that it does not apply is for a compliance role to sign" if {
	point in excused
} else := ""

excused contains entry.point if {
	some statement in statements
	some entry in statement.predicate.technical_file
	entry.not_applicable
}

not_assessable contains {"msg": msg} if {
	not pass
	deny == set()
	some msg in act.unplaced(profiles, input.system)
}
