# METADATA
# title: Impact on fundamental rights was assessed before first use
# description: >-
#   A deployer in scope of Art 27 answered all six elements before first use, told the
#   market surveillance authority, and keeps the assessment up to date.
# custom:
#   id: REG-11
#   severity: high
#   kinds: [deployment]
#   actions: [deploy, continue]
#   requires: [system-profile, impact-assessment]
#   reads: [deployment]
#   controls: ["eu-ai-act/art-27", "iso-42001/A.5.2", "iso-42001/A.5.4", "nist-ai-rmf/MAP-5.1"]
#   basis: law
#   applies_from: "2027-12-02"
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: Complete the assessment with its six elements, notify the authority, and sign it before the system is used.
package assize.eu_ai_act.reg_11

import data.assize.lib.act
import data.assize.lib.instant
import data.assize.lib.show
import data.assize.lib.text

profiles := input.evidence["system-profile"]

assessments := input.evidence["impact-assessment"]

# Points 5(b) and 5(c) of Annex III, credit and insurance, bind every deployer.
finance := `^5($|[^0-9ad]*$|[^0-9a-z]*[bc])`

# Neither a public service nor finance; critical infrastructure is left out.
not_applicable if {
	profiles != []
	act.elsewhere_in_annex_iii(profiles, input.system, finance)
	every profile in profiles {
		private(profile)
	}
}

not_applicable if act.beyond(profiles, input.system)

# Art 27(1) is about systems of Art 6(2), those of Annex III.
not_applicable if act.product(profiles, input.system)

not_applicable if act.outside_parts(profiles, input.system, {"deployer"})

private(profile) if profile.predicate.public_service == false

private(profile) if act.point(profile, `^2`)

elements := {
	"a": "the processes it is used in", "b": "how long and how often", "c": "who is likely to be affected",
	"d": "which harm they may suffer", "e": "how humans oversee it", "f": "what is done when harm occurs",
}

candidates contains i if {
	some i, assessment in assessments
	assessment.predicate.kind == "fria"
}

unanswered(assessment) := {letter |
	some letter, _ in elements
	not text.meaningful(object.get(assessment.predicate, ["elements", letter], ""))
}

# began are the starts of what runs here; an assessment completed later was not
# there before first use.
began contains item.predicate.started_at if {
	some item in input.evidence.deployment
	item.predicate.environment == input.environment
	item.predicate.state == "running"
}

first(assessment) if {
	assessment.predicate.before_first_use == true
	instant.done(assessment, assessment.predicate.completed_at)
	count({start | some start in began; assize.before(start, assessment.predicate.completed_at)}) == 0
}

notified(assessment) if instant.done(assessment, assessment.predicate.authority_notified_at)

whole(assessment) if {
	count(unanswered(assessment)) == 0
	first(assessment)
	notified(assessment)
}

pass if {
	act.bound(profiles, input.system)
	some i in candidates
	whole(assessments[i])
	some k in candidates
	not assize.reached(assessments[k].predicate.review_due)
}

unmet if not pass

deny contains finding if {
	assessments != []
	candidates == set()
	finding := {
		"msg": "no impact assessment is one of fundamental rights (kind fria)",
		"path": "impact-assessment.kind",
		"value": {assessment.predicate.kind | some assessment in assessments},
		"bound": "fria",
		"basis": "AI Act Art 27(1)",
	}
}

deny contains finding if {
	unmet
	some i in candidates
	some letter in unanswered(assessments[i])
	finding := {
		"msg": sprintf("%s does not answer element (%s) of Art 27(1), %s", [show.said(assessments[i]), letter, elements[letter]]),
		"path": sprintf("impact-assessment[%d].elements.%s", [i, letter]),
		"value": letter,
		"bound": elements[letter],
		"basis": sprintf("AI Act Art 27(1)(%s)", [letter]),
	}
}

deny contains finding if {
	unmet
	some i in candidates
	not first(assessments[i])
	finding := {
		"msg": sprintf("%s was not completed before first use: completed on %s, first use on %s, before_first_use is %v", [
			show.said(assessments[i]), said_day(assessments[i], "completed_at"), earliest_start, object.get(assessments[i].predicate, "before_first_use", "not stated"),
		]),
		"path": sprintf("impact-assessment[%d].before_first_use", [i]),
		"value": object.get(assessments[i].predicate, "before_first_use", null),
		"bound": true,
		"basis": "AI Act Art 27(1)",
	}
}

said_day(assessment, member) := show.day(object.get(assessment.predicate, member, "no day stated"))

earliest_start := show.day(min(began)) if began != set()

earliest_start := "no day on record" if began == set()

deny contains finding if {
	unmet
	some i in candidates
	not notified(assessments[i])
	finding := {
		"msg": sprintf("%s does not say that the market surveillance authority was notified by now", [show.said(assessments[i])]),
		"path": sprintf("impact-assessment[%d].authority_notified_at", [i]),
		"value": object.get(assessments[i].predicate, "authority_notified_at", null),
		"basis": "AI Act Art 27(3)",
	}
}

deny contains finding if {
	candidates != set()
	every i in candidates {
		assize.reached(assessments[i].predicate.review_due)
	}
	finding := {
		"msg": sprintf("every assessment of fundamental rights was due for review by %s", [show.day(max({assessments[i].predicate.review_due | some i in candidates}))]),
		"path": "impact-assessment.review_due",
		"value": max({assessments[i].predicate.review_due | some i in candidates}),
		"basis": "AI Act Art 27(2)",
	}
}

not_assessable contains {"msg": msg} if {
	unmet
	deny == set()
	some msg in act.unplaced(profiles, input.system)
}

not_assessable contains reason if {
	deny == set()
	some i in candidates
	not assessments[i].predicate.review_due
	reason := {"msg": sprintf("%s does not say when it is due for review", [show.said(assessments[i])])}
}
