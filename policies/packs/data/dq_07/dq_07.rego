# METADATA
# title: Data are not stale
# description: >-
#   From each origin of the dataset collection ended no longer ago than the bound.
#   No collection ended later than its card was made, whatever the card says.
# custom:
#   id: DQ-07
#   severity: medium
#   kinds: [dataset]
#   actions: [train, release, deploy]
#   requires: [dataset-card]
#   controls: ["eu-ai-act/art-10-2-e", "iso-42001/A.7.2"]
#   basis: default
#   remediation: >-
#     Collect recent data, or show in a drift analysis that the old data still
#     describe today's cases and set data_max_age_days in the evaluation plan.
package assize.data.dq_07

import data.assize.lib.about
import data.assize.lib.show

cards := assize.concerning(input.evidence["dataset-card"], "digest", input.subject)

# origins with the end of their collection.
origins := [{"card": c, "place": i, "origin": origin, "ended": ended, "expires": assize.plus_days(ended, data.params.data_max_age_days)} |
	some c, card in input.evidence["dataset-card"]
	not card in cards.others
	some i, origin in card.predicate.origin
	ended := assize.earliest({origin.collected_to, card.claimed, card.proven})
]

old := [one | some one in origins; assize.reached(one.expires)]

# undated are cards without an origin, and origins without an end.
undated contains {"card": card, "path": "origin"} if {
	some card in input.evidence["dataset-card"]
	count(object.get(card.predicate, "origin", [])) == 0
}

undated contains {"card": card, "path": sprintf("origin[%d].collected_to", [i])} if {
	some card in input.evidence["dataset-card"]
	some i, origin in card.predicate.origin
	not origin.collected_to
}

pass if {
	old == []
	origins != []
	undated == set()
	cards.others == []
}

deny contains finding if {
	some one in old
	finding := {
		"msg": sprintf("collection from %q ended on %s; data count as recent for %d days (%s)", [
			object.get(one.origin, "source", sprintf("origin %d", [one.place])),
			show.day(one.ended), data.params.data_max_age_days, show.said(input.evidence["dataset-card"][one.card]),
		]),
		"path": sprintf("dataset-card[%d].origin[%d].collected_to", [one.card, one.place]),
		"value": one.ended,
		"bound": one.expires,
		"basis": "parameter data_max_age_days",
	}
}

not_assessable contains reason if {
	deny == set()
	some reason in untold
}

# untold are the reasons why nobody can tell how old the data are.
untold contains about.elsewhere(other, "digest", input.subject) if {
	some other in cards.others
}

untold contains reason if {
	some gap in undated
	reason := {"msg": sprintf("%s does not state %s, so nobody can tell how old the data are", [show.said(gap.card), gap.path])}
}
