# METADATA
# title: Origin and purpose are known
# description: >-
#   For each origin of the data the card names source, place, period and method
#   of collection, and it says what the data may be used for.
# custom:
#   id: DQ-02
#   severity: high
#   kinds: [dataset]
#   actions: [train, release, deploy]
#   requires: [dataset-card]
#   controls: ["eu-ai-act/art-10-2-b", "iso-42001/A.7.5"]
#   basis: standard
#   remediation: Document where, when and how the data were collected and for which purposes they may be used.
package assize.data.dq_02

import data.assize.lib.form
import data.assize.lib.show
import data.assize.lib.text

card := input.evidence["dataset-card"][0]

origins := object.get(card.predicate, "origin", [])

fields := {"source", "geography", "method", "collected_from", "collected_to"}

vague contains i if {
	some i, origin in origins
	not form.filled(origin, fields)
}

backward contains i if {
	some i, origin in origins
	assize.before(origin.collected_to, origin.collected_from)
}

future contains i if {
	some i, origin in origins
	assize.before(card.proven, origin.collected_to)
}

purposed if text.meaningful(card.predicate.allowed_purposes)

pass if {
	is_array(origins)
	origins != []
	vague == set()
	backward == set()
	card.proven
	future == set()
	purposed
}

deny contains finding if {
	count(origins) == 0
	finding := {
		"msg": sprintf("%s names no origin", [show.said(card)]),
		"path": "dataset-card[0].origin",
		"basis": "AI Act Art 10(2)(b)",
	}
}

deny contains finding if {
	some i in vague
	origin := origins[i]
	some field in fields
	not text.meaningful(object.get(origin, field, ""))
	finding := {
		"msg": sprintf("%s: origin %d does not say %s", [show.said(card), i, field]),
		"path": sprintf("dataset-card[0].origin[%d].%s", [i, field]),
		"value": object.get(origin, field, ""),
		"basis": "AI Act Art 10(2)(b)",
	}
}

deny contains finding if {
	some i in backward
	origin := origins[i]
	finding := {
		"msg": sprintf("%s: origin %d was collected until %s, before it began on %s", [show.said(card), i, show.day(origin.collected_to), show.day(origin.collected_from)]),
		"path": sprintf("dataset-card[0].origin[%d].collected_to", [i]),
		"value": origin.collected_to,
		"bound": origin.collected_from,
		"basis": "AI Act Art 10(2)(b)",
	}
}

deny contains finding if {
	some i in future
	origin := origins[i]
	finding := {
		"msg": sprintf("%s: origin %d was collected until %s, after the card was in the ledger", [show.said(card), i, show.day(origin.collected_to)]),
		"path": sprintf("dataset-card[0].origin[%d].collected_to", [i]),
		"value": origin.collected_to,
		"bound": card.proven,
		"basis": "AI Act Art 10(2)(b)",
	}
}

deny contains finding if {
	not purposed
	finding := {
		"msg": sprintf("%s does not say what the data may be used for", [show.said(card)]),
		"path": "dataset-card[0].allowed_purposes",
		"basis": "AI Act Art 10(2)(b)",
	}
}
