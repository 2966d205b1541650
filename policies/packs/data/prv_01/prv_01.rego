# METADATA
# title: Personal data have a lawful basis
# description: >-
#   Data about persons are used on one of the grounds of Art 6(1) GDPR; where the
#   ground is consent, the consent is described.
# custom:
#   id: PRV-01
#   severity: critical
#   kinds: [dataset]
#   actions: [train, release, deploy, continue]
#   requires: [dataset-card, data-rights]
#   controls: ["gdpr/art-6", "gdpr/art-5-1-a"]
#   basis: law
#   legal_version: Regulation (EU) 2016/679
#   remediation: Establish a lawful basis and sign it as data-rights, or stop using the data.
package assize.data.prv_01

import data.assize.lib.about
import data.assize.lib.show
import data.assize.lib.text

cards := assize.concerning(input.evidence["dataset-card"], "digest", input.subject)

statements := assize.concerning(input.evidence["data-rights"], "dataset", input.subject)

rights := statements.those[0]

grounds := {"6(1)(a)", "6(1)(b)", "6(1)(c)", "6(1)(d)", "6(1)(e)", "6(1)(f)"}

not_applicable if {
	input.evidence["dataset-card"][0].predicate.pii == "none" # which settles most
	about.impersonal(input.evidence["dataset-card"], input.subject)
}

# untold are the cards that do not say what personal data there are.
untold := [card |
	some card in input.evidence["dataset-card"]
	not object.get(card.predicate, "pii", "") in {"none", "pseudonymous", "direct"}
]

pass if {
	cards.those != []
	cards.others == []
	untold == []
	described
}

# described: a ground is named; where it is consent, that is described, as the
# controller must be able to demonstrate it (Art 7(1)).
described if {
	rights.predicate.lawful_basis == "6(1)(a)"
	text.meaningful(rights.predicate.consent.version)
	text.meaningful(rights.predicate.consent.scope)
} else if rights.predicate.lawful_basis in {"6(1)(b)", "6(1)(c)", "6(1)(d)", "6(1)(e)", "6(1)(f)"}

deny contains finding if {
	not described
	not object.get(rights.predicate, "lawful_basis", "") in grounds
	finding := {
		"msg": sprintf("the dataset holds %s personal data and %s names no ground of Art 6(1) GDPR", [show.list({card.predicate.pii | some card in input.evidence["dataset-card"]}), show.said(rights)]),
		"path": "data-rights[0].lawful_basis",
		"bound": grounds,
		"basis": "GDPR Art 6(1)",
	}
}

deny contains finding if {
	not described
	rights.predicate.lawful_basis == "6(1)(a)"
	finding := {
		"msg": sprintf("%s rests on consent and does not describe it; version of the text and purposes consented to are needed", [show.said(rights)]),
		"path": "data-rights[0].consent",
		"value": object.get(rights.predicate, "consent", null),
		"basis": "GDPR Art 7(1)",
	}
}

not_assessable contains reason if {
	some card in untold
	deny == set()
	reason := {"msg": sprintf("%s does not say whether the dataset holds personal data", [show.said(card)])}
}

not_assessable contains about.elsewhere(other, "digest", input.subject) if some other in cards.others

not_assessable contains about.elsewhere(other, "dataset", input.subject) if some other in statements.others
