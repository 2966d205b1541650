# METADATA
# title: Waivers are granted with discipline
# description: >-
#   Every waiver in force for this question has a reason and an end, was requested
#   and approved by two different people who both signed, and waives no critical
#   rule. One given in an emergency is reviewed in time. How long a waiver counts is
#   capped by severity in the parameters, wherever it is applied.
# custom:
#   id: GOV-01
#   severity: high
#   kinds: [deployment]
#   actions: [deploy, continue]
#   reads: [waiver]
#   controls: ["nist-ai-rmf/GOVERN-1.4"]
#   basis: default
#   remediation: Have the waiver granted anew, or repair what it waives.
package assize.ops.gov_01

import data.assize.lib.show
import data.assize.lib.text

# A waiver that ended waives nothing any more and asks for no discipline.
in_force := [waiver |
	some waiver in input.related.waivers
	not ended(waiver)
]

# What was given in an emergency is reviewed in time: by then an ordinary waiver
# supersedes it or it is revoked, and either takes it off this list.
unreviewed contains i if {
	some i, waiver in input.related.waivers
	waiver.predicate.break_glass
	assize.reached(waiver.predicate.review_by)
}

ended(waiver) if assize.reached(waiver.predicate.expires_at)

not_applicable if {
	is_array(input.related.waivers)
	in_force == []
	unreviewed == set()
}

pass if {
	in_force != []
	unreviewed == set()
	every waiver in in_force {
		disciplined(waiver)
	}
}

disciplined(waiver) if {
	text.meaningful(waiver.predicate.reason)
	is_string(waiver.predicate.expires_at)
	waiver.predicate.requested_by != waiver.predicate.approved_by
	waiver.predicate.requested_by in waiver.principals
	waiver.predicate.approved_by in waiver.principals
	count(waiver.predicate.rules) > 0
	count(unwaivable(waiver)) == 0
}

unwaivable(waiver) := {id | some id in waiver.predicate.rules; id in data.params.unwaivable_rules}

deny contains finding if {
	some i in unreviewed
	waiver := input.related.waivers[i]
	finding := {
		"msg": sprintf(
			"%s was given in an emergency; it was to be superseded by an ordinary waiver or revoked by %s, and nobody has reviewed it",
			[show.said(waiver), show.day(waiver.predicate.review_by)],
		),
		"path": sprintf("waivers[%d].review_by", [i]),
		"value": waiver.predicate.review_by,
		"basis": "waiver discipline",
	}
}

deny contains finding if {
	some i, waiver in in_force
	not text.meaningful(object.get(waiver.predicate, "reason", ""))
	finding := {
		"msg": sprintf("%s gives no reason", [show.said(waiver)]),
		"path": sprintf("waivers[%d].reason", [i]),
		"basis": "waiver discipline",
	}
}

deny contains finding if {
	some i, waiver in in_force
	waiver.predicate.requested_by == waiver.predicate.approved_by
	finding := {
		"msg": sprintf("%s was requested and approved by %s", [show.said(waiver), waiver.predicate.approved_by]),
		"path": sprintf("waivers[%d].approved_by", [i]),
		"value": waiver.predicate.approved_by,
		"basis": "waiver discipline",
	}
}

deny contains finding if {
	some i, waiver in in_force
	some field in ["requested_by", "approved_by"]
	not waiver.predicate[field] in waiver.principals
	finding := {
		"msg": sprintf("%s names %q in %s, who has not signed it", [show.said(waiver), waiver.predicate[field], field]),
		"path": sprintf("waivers[%d].%s", [i, field]),
		"value": waiver.predicate[field],
		"bound": waiver.principals,
		"basis": "waiver discipline",
	}
}

deny contains finding if {
	some i, waiver in in_force
	some id in unwaivable(waiver)
	finding := {
		"msg": sprintf("%s waives %s, which is critical and cannot be waived", [show.said(waiver), id]),
		"path": sprintf("waivers[%d].rules", [i]),
		"value": id,
		"basis": "parameter unwaivable_rules",
	}
}
