# METADATA
# title: A substantial change was assessed anew
# description: >-
#   The model is one a conformity assessment covered, or came from a covered one by a
#   change that was determined at that assessment and is not substantial.
# custom:
#   id: REG-15
#   severity: high
#   kinds: [model]
#   actions: [deploy]
#   requires: [system-profile, conformity]
#   reads: [model-change]
#   controls: ["eu-ai-act/art-43-4", "eu-ai-act/art-25", "eu-ai-act/annex-iv-6", "eu-ai-act/annex-iv-2f", "iso-42001/A.6.2.6"]
#   basis: law
#   applies_from: "2027-12-02"
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: >-
#     Have conformity assessed for this model and list its digest in models of the
#     conformity statement, or record the change from a covered model.
package assize.eu_ai_act.reg_15

import data.assize.lib.act
import data.assize.lib.show
import data.assize.lib.text

profiles := input.evidence["system-profile"]

statements := input.evidence.conformity

changes := input.evidence["model-change"]

not_applicable if act.beyond(profiles, input.system)

applies_from := act.products_from if act.product(profiles, input.system)

covered contains ref if {
	some statement in statements
	"compliance" in statement.roles
	some ref in statement.predicate.models
}

# foreseen are the kinds of change each assessment determined beforehand; it has to
# have been in the ledger before the change.
foreseen(change) if {
	some statement in statements
	"compliance" in statement.roles
	statement.index < change.index
	change.predicate.from in {ref | some ref in statement.predicate.models}
	some planned in statement.predicate.predetermined_changes
	planned.kind == change.predicate.kind
	text.meaningful(planned.description)
}

# into are the changes that led to this model.
into contains i if {
	some i, change in changes
	change.predicate.to in input.subject.refs
}

minor(change) if {
	change.predicate.predetermined == true
	change.predicate.substantial == false
	text.meaningful(change.predicate.reason)
	foreseen(change)
}

pass if {
	act.bound(profiles, input.system)
	assessed
}

assessed if {
	some ref in input.subject.refs
	ref in covered
}

assessed if {
	count({ref | some ref in input.subject.refs; ref in covered}) == 0
	into != set()
	every i in into {
		minor(changes[i])
	}
}

deny contains finding if {
	not assessed
	into == set()
	finding := {
		"msg": sprintf("no conformity assessment signed by a compliance role covers %s, and no change that was determined beforehand leads to it", [show.thing(input.subject)]),
		"path": "conformity.models",
		"value": input.subject.ref,
		"bound": covered,
		"basis": "AI Act Art 43(1), (4)",
	}
}

deny contains finding if {
	not assessed
	some i in into
	not minor(changes[i])
	finding := {
		"msg": sprintf("%s led to %s and asks for a new conformity assessment: %s", [show.said(changes[i]), show.thing(input.subject), show.list(reasons(changes[i]))]),
		"path": sprintf("model-change[%d]", [i]),
		"value": {"predetermined": object.get(changes[i].predicate, "predetermined", null), "substantial": object.get(changes[i].predicate, "substantial", null)},
		"bound": {"predetermined": true, "substantial": false},
		"basis": "AI Act Art 43(4)",
	}
}

reasons(change) := (({"it is substantial, or does not say that it is not" | object.get(change.predicate, "substantial", true) != false} | {"it does not say that it was determined beforehand" |
	object.get(change.predicate, "predetermined", false) != true
}) | {"no assessment of the model before, older than the change, determined a change of its kind" | not foreseen(change)}) | {"it gives no reason" |
	not text.meaningful(object.get(change.predicate, "reason", ""))
}

not_assessable contains {"msg": msg} if {
	not pass
	deny == set()
	some msg in act.unplaced(profiles, input.system)
}
