# METADATA
# title: Two persons verify identifications
# description: >-
#   For remote biometric identification (Annex III point 1(a) AI Act) every
#   statement of human oversight that speaks of it says that nothing is done on an
#   identification before two persons verified it, and at least two different
#   overseers are named with competence, training in force and authority.
# custom:
#   id: OVR-04
#   severity: critical
#   kinds: [deployment]
#   actions: [deploy, continue]
#   requires: [system-profile, human-oversight]
#   controls: ["eu-ai-act/art-14-5"]
#   basis: law
#   applies_from: "2027-12-02"
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: >-
#     Stop acting on identifications until two persons verify each of them
#     separately; train and empower a second one, and state two_person and both
#     overseers.
package assize.ethics.ovr_04

import data.assize.lib.act
import data.assize.lib.overseer
import data.assize.lib.show

# The points of Annex III but the one this rule is about, in the one way they are
# written. A point written otherwise is taken for that one.
points := {
	"1(b)", "1(c)", "2", "3(a)", "3(b)", "3(c)", "3(d)", "4(a)", "4(b)", "5(a)", "5(b)", "5(c)", "5(d)",
	"6(a)", "6(b)", "6(c)", "6(d)", "6(e)", "7(a)", "7(b)", "7(c)", "7(d)", "8(a)", "8(b)",
}

not_applicable if {
	count(input.evidence["system-profile"]) > 0
	every profile in input.evidence["system-profile"] {
		act.vouched(profile, input.system)
		elsewhere(profile.predicate)
	}
}

elsewhere(profile) if {
	profile.risk_tier == "high_annex_iii"
	profile.annex_iii_point in points
}

# Of another class altogether: no point is named, or one that is not this.
elsewhere(profile) if {
	other_class(profile)
	object.get(profile, "annex_iii_point", "2") in points
}

other_class(profile) if act.spared(profile)

other_class(profile) if profile.risk_tier == "high_annex_i"

able := overseer.able(input.evidence["human-oversight"])

denied contains i if {
	some i, statement in input.evidence["human-oversight"]
	statement.predicate.two_person == false
}

confirmed contains i if {
	some i, statement in input.evidence["human-oversight"]
	statement.predicate.two_person == true
}

# identifying: the use this rule is about is stated; or the profile does not rule
# it out.
identifying if {
	some profile in input.evidence["system-profile"]
	is_string(profile.predicate.annex_iii_point)
}

pass if {
	identifying
	count(confirmed) > 0
	count(denied) == 0
	count(able) > 1
}

deny contains finding if {
	some i in denied
	finding := {
		"msg": sprintf("%s says that one person alone verifies an identification", [show.said(input.evidence["human-oversight"][i])]),
		"path": sprintf("human-oversight[%d].two_person", [i]),
		"value": false,
		"bound": true,
		"basis": "AI Act Art 14(5)",
	}
}

deny contains finding if {
	count(denied) == 0
	count(confirmed) == 0
	finding := {
		"msg": sprintf("no statement of human oversight of %s says that two persons verify each identification (two_person)", [input.system.uri]),
		"path": "human-oversight.two_person",
		"value": 0,
		"bound": 1,
		"basis": "AI Act Art 14(5)",
	}
}

deny contains finding if {
	count(confirmed) > 0
	count(able) < 2
	finding := {
		"msg": sprintf("%d overseers are named with authority, proof of training and training in force (%s); two are needed to verify an identification", [count(able), show.list(able)]),
		"path": "human-oversight.overseers",
		"value": count(able),
		"bound": 2,
		"basis": "AI Act Art 14(5)",
	}
}

not_assessable contains reason if {
	count(deny) == 0
	not identifying
	reason := {"msg": sprintf("no profile of %s names its point of Annex III, so it is not known whether it identifies persons at a distance", [input.system.uri])}
}
