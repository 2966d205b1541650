# METADATA
# title: Model card is complete
# description: >-
#   The sections a user of the model needs are filled in, none with a
#   placeholder.
# custom:
#   id: TRA-01
#   severity: high
#   kinds: [model]
#   actions: [release, deploy]
#   requires: [model-card]
#   controls: ["iso-42001/A.8.2", "nist-ai-rmf/MEASURE-2.8", "eu-ai-act/art-13-3"]
#   basis: standard
#   remediation: Fill in the named sections of the model card and sign it again.
package assize.transparency.tra_01

import data.assize.lib.show
import data.assize.lib.text

card := input.evidence["model-card"][0]

# The sections of Mitchell et al. (2019), Model Cards for Model Reporting.
sections := {
	"name", "version", "developer", "type", "license", "intended_use", "out_of_scope", "users", "factors", "metrics",
	"training_data", "evaluation_data", "limitations", "ethical_considerations", "caveats", "contact",
}

# filled are the sections that say something.
filled := {section |
	some section, value in object.filter(card.predicate, sections)
	text.meaningful(value)
}

pass if filled == sections

deny contains finding if {
	some section in (sections - filled)
	value := object.get(card.predicate, section, "")
	finding := {
		"msg": sprintf("%s: %s is %s", [show.said(card), section, state(value)]),
		"path": sprintf("model-card[0].%s", [section]),
		"value": value,
		"basis": "ISO/IEC 42001 A.8.2",
	}
}

state("") := "not filled in"

state(value) := "a placeholder, or holds one, or is empty" if value != ""
