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

cards := assize.concerning(input.evidence["dataset-card"], "digest", input.subject)

not_applicable if {
	input.evidence["dataset-card"][0].predicate.pii == "none" # which settles most
	about.impersonal(input.evidence["dataset-card"], input.subject)
}

# untold are the cards that do not say what personal data there are.
untold := [card |
	some card in input.evidence["dataset-card"]
	not object.get(card.predicate, "pii", "") in {"none", "pseudonymous", "direct"}
]

# direct are the cards of data with direct identifiers.
direct contains i if {
	some i
	input.evidence["dataset-card"][i].predicate.pii == "direct"
	not input.evidence["dataset-card"][i] in cards.others
}

unjustified contains i if {
	some i in direct
	not justified(i)
}

justified(i) if text.meaningful(input.evidence["dataset-card"][i].predicate.pii_reason)

pass if {
	cards.those != []
	cards.others == []
	untold == []
	unjustified == set()
}

deny contains finding if {
	some i in unjustified
	finding := {
		"msg": sprintf("the dataset holds direct identifiers and %s does not say why they are needed", [show.said(input.evidence["dataset-card"][i])]),
		"path": sprintf("dataset-card[%d].pii", [i]),
		"value": "direct",
		"bound": {"none", "pseudonymous"},
		"basis": "GDPR Art 5(1)(c)",
	}
}

warn contains finding if {
	some i in direct
	not i in unjustified
	card := input.evidence["dataset-card"][i]
	finding := {
		"msg": sprintf("the dataset holds direct identifiers; %s gives as reason: %s", [show.said(card), card.predicate.pii_reason]),
		"path": sprintf("dataset-card[%d].pii_reason", [i]),
		"value": "direct",
		"basis": "GDPR Art 5(1)(c)",
	}
}

not_assessable contains about.elsewhere(other, "digest", input.subject) if {
	some other in cards.others
	deny == set()
}

not_assessable contains reason if {
	some card in untold
	deny == set()
	reason := {"msg": sprintf("%s does not say whether the dataset holds personal data", [show.said(card)])}
}
