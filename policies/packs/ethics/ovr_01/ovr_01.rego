# METADATA
# title: Oversight measures are defined
# description: >-
#   A statement of human oversight describes for each of the five abilities of Art
#   14(4) AI Act how the persons who oversee the system are given it.
# custom:
#   id: OVR-01
#   severity: high
#   kinds: [deployment]
#   actions: [deploy, continue]
#   requires: [system-profile, human-oversight]
#   controls: ["eu-ai-act/art-14-4", "nist-ai-rmf/MAP-3.5"]
#   basis: law
#   applies_from: "2027-12-02"
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: Describe the measures that are missing, build them into the system or its use, and sign the statement again.
package assize.ethics.ovr_01

import data.assize.lib.act
import data.assize.lib.show
import data.assize.lib.text

profiles := input.evidence["system-profile"]

not_applicable if act.beyond(profiles, input.system)

applies_from := act.products_from if act.product(profiles, input.system)

abilities := {
	"understand": {"point": "a", "what": "to understand what the system can do and where it fails"},
	"automation_bias": {"point": "b", "what": "to stay aware of relying too much on it"},
	"interpret": {"point": "c", "what": "to interpret its output"},
	"override": {"point": "d", "what": "to decide otherwise than it says"},
	"stop": {"point": "e", "what": "to stop it"},
}

missing(statement) := {ability |
	some ability, _ in abilities
	not text.meaningful(object.get(statement.predicate, ["measures", ability], ""))
}

pass if {
	act.bound(profiles, input.system)
	complete
}

# complete: one statement describes them all.
complete if {
	some statement in input.evidence["human-oversight"]
	count(missing(statement)) == 0
}

newest := input.evidence["human-oversight"][0]

deny contains finding if {
	not complete
	some ability in missing(newest)
	finding := {
		"msg": sprintf("%s does not describe how overseers are enabled %s (%s)", [show.said(newest), abilities[ability].what, ability]),
		"path": sprintf("human-oversight[0].measures.%s", [ability]),
		"value": object.get(newest.predicate, ["measures", ability], null),
		"basis": sprintf("AI Act Art 14(4)(%s)", [abilities[ability].point]),
	}
}

not_assessable contains {"msg": msg} if {
	count(deny) == 0
	some msg in act.unplaced(profiles, input.system)
}
