# METADATA
# title: Consent is live
# description: >-
#   Data that rest on consent are used for a purpose consented to, consent can be
#   withdrawn, and who withdrew is out of the data up to a day within the bound.
# custom:
#   id: PRV-04
#   severity: high
#   kinds: [dataset]
#   actions: [train, release, deploy]
#   requires: [data-rights, system-profile]
#   reads: [dataset-card]
#   controls: ["gdpr/art-7-3"]
#   basis: law
#   legal_version: Regulation (EU) 2016/679
#   remediation: >-
#     Rebuild the dataset without the records of those who withdrew, state up to
#     which instant that was done (excluded_as_of) and where consent is withdrawn;
#     name the purpose in the words of the system profile, or ask for consent to it.
package assize.data.prv_04

import data.assize.lib.about
import data.assize.lib.show
import data.assize.lib.text

rights := assize.concerning(input.evidence["data-rights"], "dataset", input.subject)

not_applicable if {
	input.evidence["dataset-card"][0].predicate.pii == "none" # which settles most
	about.impersonal(input.evidence["dataset-card"], input.subject)
}

# Nothing rests on consent.
not_applicable if {
	input.evidence["data-rights"][0].predicate.lawful_basis != "6(1)(a)" # which settles most
	count(input.evidence["data-rights"]) > 0
	every item in input.evidence["data-rights"] {
		item.predicate.lawful_basis in {"6(1)(b)", "6(1)(c)", "6(1)(d)", "6(1)(e)", "6(1)(f)"}
		object.get(item.predicate, "art9_condition", "") != "9(2)(a)"
	}
	rights.others == []
}

# resting are the statements by which the data rest on consent.
resting := [{"place": i, "item": item, "consent": object.get(item.predicate, "consent", {})} |
	some i, item in rights.those
	rests(item.predicate)
]

rests(stated) if stated.lawful_basis == "6(1)(a)"

rests(stated) if stated.art9_condition == "9(2)(a)"

# terms say up to when withdrawals are excluded, and how long that will do. No
# statement excludes withdrawals later than it was made.
terms := [{"of": one, "excluded": excluded, "expires": assize.plus_days(excluded, data.params.consent_exclusion_max_days)} |
	some one in resting
	excluded := assize.earliest({one.consent.excluded_as_of, one.item.claimed, one.item.proven})
]

expired := [terms[i] | some i; assize.reached(terms[i].expires)]

# unreachable are those that do not say where consent can be withdrawn.
unreachable := [one |
	some one in resting
	not text.meaningful(object.get(one.consent, "withdrawal_endpoint", ""))
]

purposes contains input.evidence["system-profile"][_].predicate.intended_purpose

# A purpose is covered when the consent names it in the same words.
uncovered := [{"place": i, "item": item, "consent": consent, "purpose": purpose} |
	some {"place": i, "item": item, "consent": consent} in resting
	some purpose in purposes
	not covered(consent, purpose)
]

covered(consent, purpose) if {
	text.meaningful(purpose)
	assize.plain(purpose) in {assize.plain(scope) | some scope in consent.scope}
}

# groundless are the statements that name no ground at all.
groundless := [item | some item in rights.those; not item.predicate.lawful_basis]

pass if {
	uncovered == []
	unreachable == []
	expired == []
	groundless == []
	rights.others == []
	count(resting) > 0
	every one in resting {
		one.consent.withdrawn_count >= 0
	}
	count(terms) == count(resting)
	purposes != set()
}

deny contains finding if {
	some {"of": {"place": i, "item": item, "consent": _}, "excluded": excluded, "expires": expires} in expired
	finding := {
		"msg": sprintf("withdrawals of consent are excluded up to %s only; more than %d days may not lie between a withdrawal and its effect on the data (%s)", [show.day(excluded), data.params.consent_exclusion_max_days, show.said(item)]),
		"path": sprintf("data-rights[%d].consent.excluded_as_of", [i]),
		"value": excluded,
		"bound": expires,
		"basis": "parameter consent_exclusion_max_days; GDPR Art 7(3)",
	}
}

deny contains finding if {
	some one in unreachable
	finding := {
		"msg": sprintf("%s rests on consent and does not say where it can be withdrawn", [show.said(one.item)]),
		"path": sprintf("data-rights[%d].consent.withdrawal_endpoint", [one.place]),
		"value": object.get(one.consent, "withdrawal_endpoint", null),
		"basis": "GDPR Art 7(3)",
	}
}

deny contains finding if {
	some {"place": i, "item": item, "consent": consent, "purpose": purpose} in uncovered
	text.meaningful(purpose)
	scope := object.get(consent, "scope", [])
	finding := {
		"msg": sprintf("consent was given to %s; the intended purpose of the system is %q, which is not among it word for word (%s)", [scope, purpose, show.said(item)]),
		"path": sprintf("data-rights[%d].consent.scope", [i]),
		"value": scope,
		"bound": purpose,
		"basis": "GDPR Art 6(1)(a)",
	}
}

not_assessable contains about.elsewhere(other, "dataset", input.subject) if {
	some other in rights.others
	deny == set()
}

not_assessable contains reason if {
	deny == set()
	some item in groundless
	reason := {"msg": sprintf("%s names no ground of Art 6(1) GDPR, so it is not known whether the data rest on consent", [show.said(item)])}
}

not_assessable contains reason if {
	deny == set()
	some one in resting
	some member in ["excluded_as_of", "withdrawn_count"]
	not one.consent[member]
	reason := {"msg": sprintf("%s does not state consent.%s, so nobody can tell whether those who withdrew are out of the data", [show.said(one.item), member])}
}

not_assessable contains reason if {
	deny == set()
	some one in uncovered
	not text.meaningful(one.purpose)
	reason := {"msg": "the system profile does not state the intended purpose, so it cannot be held against the consent"}
}
