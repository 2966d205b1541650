# METADATA
# title: Energy of training is recorded
# description: >-
#   Every training run of the model states the energy it took in kWh, above zero, or
#   the model's bill of materials does for its training. For general-purpose models
#   the documentation of Annex XI asks for it, which the finding says.
# custom:
#   id: TRA-12
#   severity: low
#   kinds: [model]
#   actions: [release, deploy]
#   requires: [[training-run, cyclonedx]]
#   reads: [system-profile]
#   controls: ["nist-ai-rmf/MEASURE-2.12", "eu-ai-act/annex-xi-2e", "nist-ai-600-1/environment"]
#   basis: guidance
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: Measure the energy of training, or estimate it from hardware and time, and attest energy_kwh in the training run.
package assize.transparency.tra_12

import data.assize.lib.scope
import data.assize.lib.show

runs := input.evidence["training-run"]

boms := input.evidence.cyclonedx

# stated by a run, or by the bill of materials for the training of the model
# (CycloneDX 1.6 considerations.environmentalConsiderations).
from_run(run) if run.predicate.energy_kwh > 0

from_bom(bom) if {
	some component in bom.predicate.components
	some use in component.modelCard.considerations.environmentalConsiderations.energyConsumptions
	use.activity == "training"
	use.activityEnergyCost.unit == "kWh"
	use.activityEnergyCost.value > 0
}

pass if {
	count(runs) > 0
	every run in runs {
		from_run(run)
	}
}

pass if {
	some bom in boms
	from_bom(bom)
}

silent if count({i | some i, bom in boms; from_bom(bom)}) == 0

duty := "AI Act Annex XI section 1 point 2(e)" if scope.inside(input.evidence["system-profile"], scope.general)

duty := "NIST AI RMF MEASURE 2.12" if not scope.inside(input.evidence["system-profile"], scope.general)

said(stated) := "does not state the energy it took (energy_kwh)" if stated == null

said(stated) := sprintf("states energy_kwh %v", [stated]) if stated != null

deny contains finding if {
	silent
	some i, run in runs
	not from_run(run)
	stated := object.get(run.predicate, "energy_kwh", null)
	finding := {
		"msg": sprintf("%s %s; %s asks for the energy of training in kWh", [show.said(run), said(stated), duty]),
		"path": sprintf("training-run[%d].energy_kwh", [i]),
		"value": stated,
		"bound": "above 0 kWh",
		"basis": duty,
	}
}

deny contains finding if {
	silent
	count(runs) == 0
	some i, bom in boms
	finding := {
		"msg": sprintf("%s states no energy in kWh for the activity training of a model; %s asks for it", [show.said(bom), duty]),
		"path": sprintf("cyclonedx[%d].components", [i]),
		"bound": "above 0 kWh",
		"basis": duty,
	}
}
