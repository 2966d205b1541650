# METADATA
# title: An overseer is competent and empowered
# description: >-
#   At least one person named as overseer has the authority to override and stop
#   the system, proof of training, and training that has not expired.
# custom:
#   id: OVR-02
#   severity: high
#   kinds: [deployment]
#   actions: [deploy, continue]
#   requires: [system-profile, human-oversight]
#   controls: ["eu-ai-act/art-26-2", "eu-ai-act/art-4", "nist-ai-rmf/GOVERN-3.2"]
#   basis: law
#   applies_from: "2027-12-02"
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: >-
#     Assign a person to oversight, train them, give them the authority to override
#     and stop, and name them with proof and end of the training.
package assize.ethics.ovr_02

import data.assize.lib.act
import data.assize.lib.overseer
import data.assize.lib.show

profiles := input.evidence["system-profile"]

not_applicable if act.beyond(profiles, input.system)

applies_from := act.products_from if act.product(profiles, input.system)

able := overseer.able(input.evidence["human-oversight"])

pass if {
	act.bound(profiles, input.system)
	count(able) > 0
}

deny contains finding if {
	count(able) == 0
	some i, statement in input.evidence["human-oversight"]
	some j, person in statement.predicate.overseers
	finding := {
		"msg": sprintf("%s cannot oversee the system: the person wants %s (%s)", [object.get(person.person, "id", "an overseer"), show.list(overseer.lacking(person)), show.said(statement)]),
		"path": sprintf("human-oversight[%d].overseers[%d]", [i, j]),
		"value": object.get(person, "competent_until", null),
		"basis": "AI Act Art 26(2)",
	}
}

deny contains finding if {
	count(input.evidence["human-oversight"]) > 0
	count([person | some person in input.evidence["human-oversight"][_].predicate.overseers]) == 0
	finding := {
		"msg": sprintf("nobody is named who oversees %s", [input.system.uri]),
		"path": "human-oversight.overseers",
		"value": 0,
		"bound": 1,
		"basis": "AI Act Art 26(2)",
	}
}

not_assessable contains {"msg": msg} if {
	count(deny) == 0
	some msg in act.unplaced(profiles, input.system)
}
