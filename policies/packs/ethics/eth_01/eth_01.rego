# METADATA
# title: No prohibited practice
# description: >-
#   Every practice of Art 5(1) AI Act in force was examined with a reason, and
#   the system does none of them.
# custom:
#   id: ETH-01
#   severity: critical
#   kinds: [deployment]
#   actions: [deploy, continue]
#   requires: [system-profile]
#   controls: ["eu-ai-act/art-5-1"]
#   basis: law
#   applies_from: "2025-02-02"
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: Stop. Redesign the system or withdraw it; complete the screening where an answer is missing.
package assize.ethics.eth_01

import data.assize.lib.show
import data.assize.lib.text

profile := input.evidence["system-profile"][0]

practices := {
	"5(1)(a)": "manipulation or deception beyond awareness",
	"5(1)(b)": "exploiting vulnerability of age, disability or situation",
	"5(1)(c)": "social scoring",
	"5(1)(d)": "predicting crime from profiling alone",
	"5(1)(e)": "scraping faces to build recognition databases",
	"5(1)(f)": "inferring emotions at work or in education",
	"5(1)(g)": "categorising persons biometrically by sensitive traits",
	"5(1)(h)": "real-time remote biometric identification in public for law enforcement",
}

# Added by Regulation (EU) 2026/1744, from 2 December 2026.
added := {
	"5(1)(ba)": "intimate imagery of persons without their consent",
	"5(1)(bb)": "child sexual abuse material",
}

in_force := object.union(practices, added) if {
	assize.reached("2026-12-02")
} else := practices

pass if {
	in_force != {}
	open == set()
	admitted == {}
	admitted_before == set()
}

# admitted_before are practices that an older profile in force admits: the newer
# does not undo it unless it supersedes it.
admitted_before contains {"profile": p, "answer": i} if {
	some p, stated in input.evidence["system-profile"]
	p > 0
	some i, answer in stated.predicate.art5_screening
	answer.result == "yes"
	in_force[answer.practice]
}

# cleared are the practices the profile denies, with a reason.
cleared := {answer.practice |
	some answer in profile.predicate.art5_screening
	answer.result in {"no", "not_applicable"}
	text.meaningful(answer.reason)
}

# open are the practices in force that it does not deny with a reason.
open := object.keys(in_force) - cleared

admitted := {i: answer.practice |
	some i, answer in assize.where(profile.predicate.art5_screening, ["result"], "==", "yes")
	in_force[answer.practice]
}

deny contains finding if {
	some i, _ in admitted
	answer := profile.predicate.art5_screening[i]
	finding := {
		"msg": sprintf("the system does what Art %s AI Act prohibits (%s), says %s: %s", [answer.practice, in_force[answer.practice], show.said(profile), object.get(answer, "reason", "no reason given")]),
		"path": sprintf("system-profile[0].art5_screening[%d].result", [i]),
		"value": "yes",
		"bound": "no",
		"basis": sprintf("AI Act Art %s", [answer.practice]),
	}
}

deny contains finding if {
	some place in admitted_before
	older := input.evidence["system-profile"][place.profile]
	answer := older.predicate.art5_screening[place.answer]
	finding := {
		"msg": sprintf("the system does what Art %s AI Act prohibits (%s), says %s, which no later profile supersedes", [answer.practice, in_force[answer.practice], show.said(older)]),
		"path": sprintf("system-profile[%d].art5_screening[%d].result", [place.profile, place.answer]),
		"value": "yes",
		"bound": "no",
		"basis": sprintf("AI Act Art %s", [answer.practice]),
	}
}

deny contains finding if {
	some practice in (open - {named | some named in admitted})
	description := in_force[practice]
	finding := {
		"msg": sprintf("%s does not answer Art %s AI Act (%s) with a reason", [show.said(profile), practice, description]),
		"path": "system-profile[0].art5_screening",
		"bound": practice,
		"basis": sprintf("AI Act Art %s", [practice]),
	}
}

# Foretold once Regulation (EU) 2026/1744 is in force, 27 July 2026, and not
# before: nobody could know.
warn contains finding if {
	some practice, description in added
	assize.reached("2026-07-27")
	not assize.reached("2026-12-02")
	not practice in cleared
	finding := {
		"msg": sprintf("from 2026-12-02 Art %s AI Act (%s) must be answered too; %s does not", [practice, description, show.said(profile)]),
		"path": "system-profile[0].art5_screening",
		"bound": practice,
		"basis": sprintf("AI Act Art %s", [practice]),
	}
}
