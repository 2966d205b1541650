# METADATA
# title: Risks of generative AI are assessed
# description: >-
#   For a generative system the risk register answers each of the twelve risks of NIST
#   AI 600-1, by its id as the category of a risk: likelihood and severity, what is
#   done about it and whether the rest is acceptable; or that it does not arise, and
#   why. A system is generative if a profile says so, is a general-purpose model, or
#   makes synthetic content under Art 50.
# custom:
#   id: RMF-03
#   severity: high
#   kinds: [model]
#   actions: [release, deploy]
#   requires: [system-profile, risk-assessment]
#   controls: ["nist-ai-600-1/cbrn", "nist-ai-600-1/confabulation", "nist-ai-600-1/dangerous-content", "nist-ai-600-1/data-privacy", "nist-ai-600-1/environment", "nist-ai-600-1/harmful-bias", "nist-ai-600-1/human-ai-configuration", "nist-ai-600-1/information-integrity", "nist-ai-600-1/information-security", "nist-ai-600-1/intellectual-property", "nist-ai-600-1/abusive-content", "nist-ai-600-1/value-chain"]
#   basis: guidance
#   legal_version: NIST AI 600-1, July 2024
#   remediation: Say in the system profile whether the system generates content (generative). Where it does, assess each named risk in the register with that category, or state there why it does not arise.
package assize.nist_ai_rmf.rmf_03

import data.assize.lib.scope
import data.assize.lib.show
import data.assize.lib.text

profiles := input.evidence["system-profile"]

register := input.evidence["risk-assessment"][0]

# NIST AI 600-1 section 2, by the ids of frameworks/nist-ai-600-1.yaml.
wanted := {
	"cbrn": "chemical, biological, radiological or nuclear information",
	"confabulation": "false content stated with confidence",
	"dangerous-content": "dangerous, violent or hateful content",
	"data-privacy": "leakage and inference of personal data",
	"environment": "environmental impact",
	"harmful-bias": "harmful bias and homogenization",
	"human-ai-configuration": "how people and the system work together",
	"information-integrity": "mis- and disinformation",
	"information-security": "attacks by and on the system",
	"intellectual-property": "infringement of intellectual property",
	"abusive-content": "obscene, degrading or abusive content",
	"value-chain": "parts of third parties",
}

generative if scope.says(profiles, "generative")

generative if scope.inside(profiles, scope.general)

generative if scope.owes(profiles, {"synthetic_marking", "deepfake", "public_text"})

not_applicable if {
	not generative
	scope.denies(profiles, "generative")
}

answered contains risk.category if {
	some risk in register.predicate.risks
	settled(risk)
}

settled(risk) if {
	object.get(risk, "applicable", true) == true
	risk.likelihood >= 1
	risk.severity >= 1
	text.meaningful(risk.controls)
	is_boolean(risk.acceptable)
}

settled(risk) if {
	risk.applicable == false
	text.meaningful(risk.description)
}

pass if {
	generative
	count(wanted) > 0
	every category, _ in wanted {
		category in answered
	}
}

deny contains finding if {
	generative
	some category, words in wanted
	not category in answered
	finding := {
		"msg": sprintf("%s %s risk %q of NIST AI 600-1 (%s)", [show.said(register), state(category), category, words]),
		"path": "risk-assessment[0].risks",
		"bound": category,
		"basis": sprintf("NIST AI 600-1 %s", [category]),
	}
}

state(category) := "does not hold" if not category in categories

state(category) := "names, without likelihood, severity, controls and acceptance, or without why it does not arise," if category in categories

categories := {risk.category | some risk in register.predicate.risks}

not_assessable contains {"msg": words} if {
	not generative
	some words in scope.unsaid(profiles, "generative")
}
