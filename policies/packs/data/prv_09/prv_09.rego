# METADATA
# title: Personal data are minimised
# description: >-
#   No datasheet of the dataset says that it holds direct identifiers, or it says
#   why they are needed.
# custom:
#   id: PRV-09
#   severity: high
#   kinds: [dataset]
#   actions: [train, release, deploy]
#   requires: [dataset-card]
#   controls: ["gdpr/art-5-1-c", "gdpr/art-25"]
#   basis: law
#   legal_version: Regulation (EU) 2016/679
#   remediation: >-
#     Replace direct identifiers by pseudonyms and sign a card of the new dataset;
#     where the purpose needs them, say why as pii_reason of the datasheet.
package assize.data.prv_09

import data.assize.lib.about
import data.assize.lib.show
import data.assize.lib.text

not_applicable if about.impersonal(input.evidence["dataset-card"], input.subject)

pass if {
	count(input.evidence["dataset-card"]) > 0
	every card in input.evidence["dataset-card"] {
		about.concerns(card, "digest", input.subject)
		minimised(card)
	}
}

minimised(card) if card.predicate.pii in {"none", "pseudonymous"}

minimised(card) if justified(card)

justified(card) if {
	card.predicate.pii == "direct"
	text.meaningful(card.predicate.pii_reason)
}

deny contains finding if {
	some i, card in input.evidence["dataset-card"]
	about.concerns(card, "digest", input.subject)
	card.predicate.pii == "direct"
	not justified(card)
	finding := {
		"msg": sprintf("the dataset holds direct identifiers and %s does not say why they are needed", [show.said(card)]),
		"path": sprintf("dataset-card[%d].pii", [i]),
		"value": "direct",
		"bound": {"none", "pseudonymous"},
		"basis": "GDPR Art 5(1)(c)",
	}
}

warn contains finding if {
	some i, card in input.evidence["dataset-card"]
	about.concerns(card, "digest", input.subject)
	justified(card)
	finding := {
		"msg": sprintf("the dataset holds direct identifiers; %s gives as reason: %s", [show.said(card), card.predicate.pii_reason]),
		"path": sprintf("dataset-card[%d].pii_reason", [i]),
		"value": "direct",
		"basis": "GDPR Art 5(1)(c)",
	}
}

not_assessable contains reason if {
	count(deny) == 0
	some reason in about.others(input.evidence["dataset-card"], "digest", input.subject)
}

not_assessable contains reason if {
	count(deny) == 0
	some card in input.evidence["dataset-card"]
	not object.get(card.predicate, "pii", "") in {"none", "pseudonymous", "direct"}
	reason := {"msg": sprintf("%s does not say whether the dataset holds personal data", [show.said(card)])}
}
