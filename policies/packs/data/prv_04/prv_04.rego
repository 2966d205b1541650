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
import data.assize.lib.instant
import data.assize.lib.show
import data.assize.lib.text

rights := about.those(input.evidence["data-rights"], "dataset", input.subject)

other_grounds := {"6(1)(b)", "6(1)(c)", "6(1)(d)", "6(1)(e)", "6(1)(f)"}

not_applicable if about.impersonal(input.evidence["dataset-card"], input.subject)

# Nothing rests on consent.
not_applicable if {
	count(input.evidence["data-rights"]) > 0
	every item in input.evidence["data-rights"] {
		about.concerns(item, "dataset", input.subject)
		item.predicate.lawful_basis in other_grounds
		object.get(item.predicate, "art9_condition", "") != "9(2)(a)"
	}
}

# resting are the statements by which the data rest on consent.
resting contains i if {
	some i, item in rights
	item.predicate.lawful_basis == "6(1)(a)"
}

resting contains i if {
	some i, item in rights
	item.predicate.art9_condition == "9(2)(a)"
}

consent_of(i) := object.get(rights[i].predicate, "consent", {})

# A purpose is covered when the consent names it in the same words.
uncovered contains {"rights": i, "purpose": profile.predicate.intended_purpose} if {
	some i in resting
	some profile in input.evidence["system-profile"]
	not covered(i, profile.predicate.intended_purpose)
}

covered(i, purpose) if {
	text.meaningful(purpose)
	some scope in consent_of(i).scope
	text.plain(scope) == text.plain(purpose)
}

# No statement excludes withdrawals later than it was made.
excluded(i) := instant.earliest({consent_of(i).excluded_as_of, rights[i].claimed, rights[i].proven})

expires(i) := assize.plus_days(excluded(i), data.params.consent_exclusion_max_days)

pass if {
	count(resting) > 0
	every i in resting {
		text.meaningful(consent_of(i).withdrawal_endpoint)
		consent_of(i).withdrawn_count >= 0
		not assize.reached(expires(i))
	}
	count([profile | some profile in input.evidence["system-profile"]; text.meaningful(profile.predicate.intended_purpose)]) > 0
	count(uncovered) == 0
	count([item | some item in rights; item.predicate.lawful_basis]) == count(input.evidence["data-rights"])
}

deny contains finding if {
	some i in resting
	assize.reached(expires(i))
	finding := {
		"msg": sprintf("withdrawals of consent are excluded up to %s only; more than %d days may not lie between a withdrawal and its effect on the data (%s)", [show.day(excluded(i)), data.params.consent_exclusion_max_days, show.said(rights[i])]),
		"path": sprintf("data-rights[%d].consent.excluded_as_of", [i]),
		"value": excluded(i),
		"bound": expires(i),
		"basis": "parameter consent_exclusion_max_days; GDPR Art 7(3)",
	}
}

deny contains finding if {
	some i in resting
	not text.meaningful(object.get(consent_of(i), "withdrawal_endpoint", ""))
	finding := {
		"msg": sprintf("%s rests on consent and does not say where it can be withdrawn", [show.said(rights[i])]),
		"path": sprintf("data-rights[%d].consent.withdrawal_endpoint", [i]),
		"value": object.get(consent_of(i), "withdrawal_endpoint", null),
		"basis": "GDPR Art 7(3)",
	}
}

deny contains finding if {
	some one in uncovered
	text.meaningful(one.purpose)
	scope := object.get(consent_of(one.rights), "scope", [])
	finding := {
		"msg": sprintf("consent was given to %s; the intended purpose of the system is %q, which is not among it word for word (%s)", [scope, one.purpose, show.said(rights[one.rights])]),
		"path": sprintf("data-rights[%d].consent.scope", [one.rights]),
		"value": scope,
		"bound": one.purpose,
		"basis": "GDPR Art 6(1)(a)",
	}
}

not_assessable contains reason if {
	count(deny) == 0
	some reason in about.others(input.evidence["data-rights"], "dataset", input.subject)
}

not_assessable contains reason if {
	count(deny) == 0
	some item in rights
	not item.predicate.lawful_basis
	reason := {"msg": sprintf("%s names no ground of Art 6(1) GDPR, so it is not known whether the data rest on consent", [show.said(item)])}
}

not_assessable contains reason if {
	count(deny) == 0
	some i in resting
	some member in ["excluded_as_of", "withdrawn_count"]
	not consent_of(i)[member]
	reason := {"msg": sprintf("%s does not state consent.%s, so nobody can tell whether those who withdrew are out of the data", [show.said(rights[i]), member])}
}

not_assessable contains reason if {
	count(deny) == 0
	some one in uncovered
	not text.meaningful(one.purpose)
	reason := {"msg": "the system profile does not state the intended purpose, so it cannot be held against the consent"}
}
