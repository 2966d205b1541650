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
import data.assize.lib.instant
import data.assize.lib.show

# origins with the end of their collection.
origins contains {"card": c, "origin": i, "ended": ended, "expires": assize.plus_days(ended, data.params.data_max_age_days)} if {
	some c, card in input.evidence["dataset-card"]
	about.concerns(card, "digest", input.subject)
	some i, origin in card.predicate.origin
	ended := instant.earliest({origin.collected_to, card.claimed, card.proven})
}

# undated are cards without an origin, and origins without an end.
undated contains {"card": c, "path": "origin"} if {
	some c, card in input.evidence["dataset-card"]
	count(object.get(card.predicate, "origin", [])) == 0
}

undated contains {"card": c, "path": sprintf("origin[%d].collected_to", [i])} if {
	some c, card in input.evidence["dataset-card"]
	some i, origin in card.predicate.origin
	not origin.collected_to
}

pass if {
	count(origins) > 0
	every origin in origins {
		not assize.reached(origin.expires)
	}
	count(undated) == 0
	count(about.others(input.evidence["dataset-card"], "digest", input.subject)) == 0
}

deny contains finding if {
	some origin in origins
	assize.reached(origin.expires)
	card := input.evidence["dataset-card"][origin.card]
	finding := {
		"msg": sprintf("collection from %q ended on %s; data count as recent for %d days (%s)", [
			object.get(card.predicate.origin[origin.origin], "source", sprintf("origin %d", [origin.origin])),
			show.day(origin.ended), data.params.data_max_age_days, show.said(card),
		]),
		"path": sprintf("dataset-card[%d].origin[%d].collected_to", [origin.card, origin.origin]),
		"value": origin.ended,
		"bound": origin.expires,
		"basis": "parameter data_max_age_days",
	}
}

not_assessable contains reason if {
	count(deny) == 0
	some reason in about.others(input.evidence["dataset-card"], "digest", input.subject)
}

not_assessable contains reason if {
	count(deny) == 0
	some gap in undated
	reason := {"msg": sprintf("%s does not state %s, so nobody can tell how old the data are", [show.said(input.evidence["dataset-card"][gap.card]), gap.path])}
}
