# METADATA
# title: Instructions for use are complete
# description: >-
#   The model card of a high-risk system holds instructions for use with the six
#   elements of Art 13(3): provider, characteristics and limits, changes foreseen,
#   oversight measures, resources and upkeep, logs. Systems of Annex III are bound
#   from 2 December 2027, those of Annex I from 2 August 2028.
# custom:
#   id: TRA-02
#   severity: high
#   kinds: [model]
#   actions: [release, deploy]
#   requires: [model-card, system-profile]
#   controls: ["eu-ai-act/art-13-3", "eu-ai-act/annex-iv-3", "iso-42001/A.8.2"]
#   basis: law
#   applies_from: "2027-12-02"
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: Write the named elements into instructions_for_use of the model card and sign it again.
package assize.transparency.tra_02

import data.assize.lib.act
import data.assize.lib.scope
import data.assize.lib.show
import data.assize.lib.text

profiles := input.evidence["system-profile"]

card := input.evidence["model-card"][0]

# The letters of Art 13(3) by the member that answers them.
elements := {
	"provider": {"letter": "a", "words": "identity and contact of the provider"},
	"characteristics": {"letter": "b", "words": "characteristics, capabilities and limits of performance"},
	"changes": {"letter": "c", "words": "changes determined beforehand"},
	"oversight": {"letter": "d", "words": "measures of human oversight"},
	"resources": {"letter": "e", "words": "resources needed, lifetime, maintenance and care"},
	"logs": {"letter": "f", "words": "how logs are collected, kept and read"},
}

not_applicable if act.beyond(profiles, input.system)

applies_from := act.products_from if act.product(profiles, input.system)

bound if act.bound(profiles, input.system)

# told are the elements that say something.
told := {element |
	some element, value in card.predicate.instructions_for_use
	elements[element]
	text.meaningful(value)
}

pass if {
	bound
	told == object.keys(elements)
}

deny contains finding if {
	bound
	some element in (object.keys(elements) - told)
	about := elements[element]
	value := object.get(card.predicate, ["instructions_for_use", element], "")
	finding := {
		"msg": sprintf("%s: the instructions for use do not tell the %s (%s): %s, which Art 13(3)(%s) AI Act asks for", [show.said(card), about.words, element, state(value), about.letter]),
		"path": sprintf("model-card[0].instructions_for_use.%s", [element]),
		"value": value,
		"basis": sprintf("AI Act Art 13(3)(%s)", [about.letter]),
	}
}

state("") := "not filled in"

state(value) := "a placeholder" if value != ""

not_assessable contains {"msg": words} if some words in scope.unclear(profiles, input.system)
