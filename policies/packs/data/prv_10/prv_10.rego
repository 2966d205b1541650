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

cards := assize.concerning(input.evidence["dataset-card"], "digest", input.subject)

rights := assize.concerning(input.evidence["data-rights"], "dataset", input.subject)

# barred are intended purposes that a card prohibits in the same words.
barred contains {"card": c, "purpose": purpose} if {
	some c, card in cards.those
	some words in card.predicate.prohibited_purposes
	prohibited := assize.plain(words)
	some profile in input.evidence["system-profile"]
	purpose := profile.predicate.intended_purpose
	assize.plain(purpose) == prohibited
}

# unfit are the cards whose licence is not among those cleared for training, or that
# name none.
unfit := [{"at": i, "card": card} |
	some i, card in cards.those
	not cleared(card.predicate)
]

cleared(stated) if {
	licence.allowed(stated.license, data.params.data_licences)
	text.meaningful(stated.license)
}

# aimless are the profiles that do not say what the system is for.
aimless := [profile |
	some profile in input.evidence["system-profile"]
	not text.meaningful(object.get(profile.predicate, "intended_purpose", ""))
]

# unanswered are the statements that do not say whether reservations were respected.
unanswered := [item |
	some item in rights.those
	not is_boolean(object.get(item.predicate, "tdm_optout_respected", null))
]

mined contains i if rights.those[i].predicate.tdm_optout_respected == false

pass if {
	unanswered == []
	mined == set()
	unfit == []
	barred == set()
	aimless == []
	cards.others == []
	rights.others == []
	cards.those != []
	rights.those != []
	input.evidence["system-profile"] != []
}

deny contains finding if {
	some {"at": i, "card": card} in unfit
	not text.meaningful(object.get(card.predicate, "license", ""))
	finding := {
		"msg": sprintf("%s names no licence", [show.said(card)]),
		"path": sprintf("dataset-card[%d].license", [i]),
		"value": object.get(card.predicate, "license", null),
		"basis": "NIST AI RMF MAP 4.1",
	}
}

deny contains finding if {
	some {"at": i, "card": card} in unfit
	text.meaningful(card.predicate.license)
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
		"msg": sprintf("%s prohibits what the system is meant for: %s", [show.said(cards.those[one.card]), one.purpose]),
		"path": sprintf("dataset-card[%d].prohibited_purposes", [one.card]),
		"value": one.purpose,
		"basis": sprintf("dataset-card %s", [cards.those[one.card].id]),
	}
}

deny contains finding if {
	some i in mined
	item := rights.those[i]
	finding := {
		"msg": sprintf("reservations against text and data mining were not respected, says %s", [show.said(item)]),
		"path": sprintf("data-rights[%d].tdm_optout_respected", [i]),
		"value": false,
		"bound": true,
		"basis": "AI Act Art 53(1)(c)",
	}
}

not_assessable contains about.elsewhere(other, "digest", input.subject) if {
	some other in cards.others
	deny == set()
}

not_assessable contains about.elsewhere(other, "dataset", input.subject) if {
	some other in rights.others
	deny == set()
}

not_assessable contains reason if {
	some item in unanswered
	deny == set()
	reason := {"msg": sprintf("%s does not say whether reservations against text and data mining were respected; of data nobody could reserve it is true", [show.said(item)])}
}

not_assessable contains reason if {
	some profile in aimless
	deny == set()
	reason := {"msg": sprintf("%s does not state the intended purpose, so it cannot be held against what the licence permits", [show.said(profile)])}
}
