# METADATA
# title: The licence of the data permits training
# description: >-
#   Every datasheet names a licence that the parameters list as cleared for training,
#   none of the purposes it prohibits is the intended purpose of the system, and
#   every statement of rights says that reservations against text and data mining
#   were respected.
# custom:
#   id: PRV-10
#   severity: high
#   kinds: [dataset]
#   actions: [train, release, deploy]
#   requires: [dataset-card, data-rights, system-profile]
#   controls: ["eu-ai-act/art-53-1-c", "nist-ai-rmf/MAP-4.1", "nist-ai-600-1/intellectual-property"]
#   basis: guidance
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: >-
#     Obtain a licence that covers training for this purpose and have it added to
#     data_licences, remove what its owners reserved, or train on other data.
package assize.data.prv_10

import data.assize.lib.about
import data.assize.lib.licence
import data.assize.lib.show
import data.assize.lib.text

cards := about.those(input.evidence["dataset-card"], "digest", input.subject)

rights := about.those(input.evidence["data-rights"], "dataset", input.subject)

# barred are intended purposes that a card prohibits in the same words.
barred contains {"card": c, "purpose": profile.predicate.intended_purpose} if {
	some c, card in cards
	some purpose in card.predicate.prohibited_purposes
	some profile in input.evidence["system-profile"]
	text.plain(purpose) == text.plain(profile.predicate.intended_purpose)
}

pass if {
	count(cards) == count(input.evidence["dataset-card"])
	count(cards) > 0
	every card in cards {
		licence.allowed(card.predicate.license, data.params.data_licences)
	}
	count(rights) == count(input.evidence["data-rights"])
	count(rights) > 0
	every item in rights {
		item.predicate.tdm_optout_respected == true
	}
	count(input.evidence["system-profile"]) > 0
	every profile in input.evidence["system-profile"] {
		text.meaningful(profile.predicate.intended_purpose)
	}
	count(barred) == 0
}

deny contains finding if {
	some i, card in cards
	not text.meaningful(object.get(card.predicate, "license", ""))
	finding := {
		"msg": sprintf("%s names no licence", [show.said(card)]),
		"path": sprintf("dataset-card[%d].license", [i]),
		"value": object.get(card.predicate, "license", null),
		"basis": "NIST AI RMF MAP 4.1",
	}
}

deny contains finding if {
	some i, card in cards
	text.meaningful(card.predicate.license)
	not licence.allowed(card.predicate.license, data.params.data_licences)
	finding := {
		"msg": sprintf("the data are under %s, which is not among the licences cleared for training (%s)", [card.predicate.license, show.said(card)]),
		"path": sprintf("dataset-card[%d].license", [i]),
		"value": card.predicate.license,
		"bound": data.params.data_licences,
		"basis": "parameter data_licences",
	}
}

deny contains finding if {
	some one in barred
	finding := {
		"msg": sprintf("%s prohibits what the system is meant for: %s", [show.said(cards[one.card]), one.purpose]),
		"path": sprintf("dataset-card[%d].prohibited_purposes", [one.card]),
		"value": one.purpose,
		"basis": sprintf("dataset-card %s", [cards[one.card].id]),
	}
}

deny contains finding if {
	some i, item in rights
	item.predicate.tdm_optout_respected == false
	finding := {
		"msg": sprintf("reservations against text and data mining were not respected, says %s", [show.said(item)]),
		"path": sprintf("data-rights[%d].tdm_optout_respected", [i]),
		"value": false,
		"bound": true,
		"basis": "AI Act Art 53(1)(c)",
	}
}

not_assessable contains reason if {
	count(deny) == 0
	some type, member in {"dataset-card": "digest", "data-rights": "dataset"}
	some reason in about.others(input.evidence[type], member, input.subject)
}

not_assessable contains reason if {
	count(deny) == 0
	some item in rights
	not is_boolean(object.get(item.predicate, "tdm_optout_respected", null))
	reason := {"msg": sprintf("%s does not say whether reservations against text and data mining were respected; of data nobody could reserve it is true", [show.said(item)])}
}

not_assessable contains reason if {
	count(deny) == 0
	some profile in input.evidence["system-profile"]
	not text.meaningful(object.get(profile.predicate, "intended_purpose", ""))
	reason := {"msg": sprintf("%s does not state the intended purpose, so it cannot be held against what the licence permits", [show.said(profile)])}
}
