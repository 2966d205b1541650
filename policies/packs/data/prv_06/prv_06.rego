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
import data.assize.lib.show

cards := assize.concerning(input.evidence["dataset-card"], "digest", input.subject)

not_applicable if {
	input.evidence["dataset-card"][0].predicate.pii == "none" # which settles most
	about.impersonal(input.evidence["dataset-card"], input.subject)
}

over := [{"card": i, "until": until} |
	some i
	until := cards.those[i].predicate.maintenance.retention_until
	assize.reached(until)
]

# terms are the cards that say until when the data are kept, with the furthest day
# the parameters allow.
terms := [{"card": i, "until": until, "furthest": furthest} |
	some i, card in cards.those
	until := card.predicate.maintenance.retention_until
	furthest := assize.plus_days(assize.earliest({card.claimed, card.proven}), data.params.retention_max_days)
]

long := [{"card": i, "until": until, "furthest": furthest} |
	some {"card": i, "until": until, "furthest": furthest} in terms
	assize.before(furthest, until)
]

pass if {
	cards.those != []
	cards.others == []
	count(terms) == count(cards.those)
	over == []
	long == []
}

deny contains finding if {
	some term in over
	finding := {
		"msg": sprintf("the data were to be deleted on %s, says %s", [show.day(term.until), show.said(cards.those[term.card])]),
		"path": sprintf("dataset-card[%d].maintenance.retention_until", [term.card]),
		"value": term.until,
		"basis": "GDPR Art 5(1)(e)",
	}
}

deny contains finding if {
	some term in long
	finding := {
		"msg": sprintf("the data are to be kept until %s, longer than the %d days after the datasheet that the parameters allow (%s)", [show.day(term.until), data.params.retention_max_days, show.said(cards.those[term.card])]),
		"path": sprintf("dataset-card[%d].maintenance.retention_until", [term.card]),
		"value": term.until,
		"bound": term.furthest,
		"basis": "parameter retention_max_days",
	}
}

deny contains finding if {
	some i, card in cards.those
	not card.predicate.maintenance.retention_until
	finding := {
		"msg": sprintf("%s does not say until when the data are kept", [show.said(card)]),
		"path": sprintf("dataset-card[%d].maintenance.retention_until", [i]),
		"basis": "GDPR Art 5(1)(e)",
	}
}

not_assessable contains about.elsewhere(other, "digest", input.subject) if {
	some other in cards.others
	deny == set()
}
