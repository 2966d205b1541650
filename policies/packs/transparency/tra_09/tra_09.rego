# METADATA
# title: Single decisions can be explained
# description: >-
#   Where the system takes or prepares decisions with legal or similarly significant
#   effects, every assessment of explainability in force says that single outputs are
#   explained (scope local), by which method and to whom, for every decision.
# custom:
#   id: TRA-09
#   severity: high
#   kinds: [model, deployment]
#   actions: [release, deploy, continue]
#   requires: [system-profile, explainability]
#   controls: ["eu-ai-act/art-86", "gdpr/art-15-1-h", "nist-ai-rmf/MEASURE-2.9"]
#   basis: law
#   legal_version: Regulation (EU) 2016/679; Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: Provide an explanation of every single decision to the person concerned, and attest method, recipients and per_decision_available.
package assize.transparency.tra_09

import data.assize.lib.scope
import data.assize.lib.show
import data.assize.lib.text

profiles := input.evidence["system-profile"]

explanations := input.evidence.explainability

not_applicable if scope.denies(profiles, "consequential_decision")

owed if scope.says(profiles, "consequential_decision")

pass if {
	owed
	count(explanations) > 0
	every explanation in explanations {
		"local" in explanation.predicate.scope
		text.meaningful(explanation.predicate.method)
		text.meaningful(explanation.predicate.recipients)
		explanation.predicate.per_decision_available == true
	}
}

deny contains finding if {
	owed
	some i, explanation in explanations
	not "local" in object.get(explanation.predicate, "scope", [])
	finding := {
		"msg": sprintf("%s explains the model as a whole or nothing; its scope does not hold local, so single decisions are not explained", [show.said(explanation)]),
		"path": sprintf("explainability[%d].scope", [i]),
		"value": object.get(explanation.predicate, "scope", []),
		"bound": "local",
		"basis": "GDPR Art 15(1)(h)",
	}
}

deny contains finding if {
	owed
	some i, explanation in explanations
	some member in ["method", "recipients"]
	value := object.get(explanation.predicate, member, "")
	not text.meaningful(value)
	finding := {
		"msg": sprintf("%s does not state %s, or states a placeholder", [show.said(explanation), member]),
		"path": sprintf("explainability[%d].%s", [i, member]),
		"value": value,
		"basis": "AI Act Art 86(1)",
	}
}

deny contains finding if {
	owed
	some i, explanation in explanations
	value := object.get(explanation.predicate, "per_decision_available", null)
	value != true
	finding := {
		"msg": sprintf("%s does not say that every single decision can be explained", [show.said(explanation)]),
		"path": sprintf("explainability[%d].per_decision_available", [i]),
		"value": value,
		"bound": true,
		"basis": "AI Act Art 86(1)",
	}
}

not_assessable contains {"msg": words} if {
	not owed
	some words in scope.unsaid(profiles, "consequential_decision")
}
