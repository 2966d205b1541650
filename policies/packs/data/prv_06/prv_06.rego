# METADATA
# title: Retention ends
# description: >-
#   Every datasheet of personal data states until when they are kept; that day has
#   not come, and lies no further off than the bound.
# custom:
#   id: PRV-06
#   severity: medium
#   kinds: [dataset]
#   actions: [train, release, deploy]
#   requires: [dataset-card]
#   controls: ["gdpr/art-5-1-e"]
#   basis: law
#   legal_version: Regulation (EU) 2016/679
#   remediation: >-
#     Delete the dataset, or decide with a reason that it is needed longer and state
#     the new day as maintenance.retention_until of the datasheet.
package assize.data.prv_06

import data.assize.lib.about
import data.assize.lib.instant
import data.assize.lib.show

cards := about.those(input.evidence["dataset-card"], "digest", input.subject)

not_applicable if about.impersonal(input.evidence["dataset-card"], input.subject)

until(card) := card.predicate.maintenance.retention_until

furthest(card) := assize.plus_days(instant.said_at(card), data.params.retention_max_days)

pass if {
	count(input.evidence["dataset-card"]) > 0
	every card in input.evidence["dataset-card"] {
		about.concerns(card, "digest", input.subject)
		not assize.reached(until(card))
		not assize.before(furthest(card), until(card))
	}
}

deny contains finding if {
	some i, card in cards
	assize.reached(until(card))
	finding := {
		"msg": sprintf("the data were to be deleted on %s, says %s", [show.day(until(card)), show.said(card)]),
		"path": sprintf("dataset-card[%d].maintenance.retention_until", [i]),
		"value": until(card),
		"basis": "GDPR Art 5(1)(e)",
	}
}

deny contains finding if {
	some i, card in cards
	assize.before(furthest(card), until(card))
	finding := {
		"msg": sprintf("the data are to be kept until %s, longer than the %d days after the datasheet that the parameters allow (%s)", [show.day(until(card)), data.params.retention_max_days, show.said(card)]),
		"path": sprintf("dataset-card[%d].maintenance.retention_until", [i]),
		"value": until(card),
		"bound": furthest(card),
		"basis": "parameter retention_max_days",
	}
}

deny contains finding if {
	some i, card in cards
	not until(card)
	finding := {
		"msg": sprintf("%s does not say until when the data are kept", [show.said(card)]),
		"path": sprintf("dataset-card[%d].maintenance.retention_until", [i]),
		"basis": "GDPR Art 5(1)(e)",
	}
}

not_assessable contains reason if {
	count(deny) == 0
	some reason in about.others(input.evidence["dataset-card"], "digest", input.subject)
}
