# METADATA
# title: Data protection impact assessment is done
# description: >-
#   Where processing is likely to be a high risk to persons, an impact assessment
#   with the four elements of Art 35(7) GDPR was completed before it was signed, before
#   first use, and before any deployment to the environment began; its next review is not overdue.
# custom:
#   id: PRV-08
#   severity: high
#   kinds: [deployment]
#   actions: [deploy, continue]
#   requires: [impact-assessment]
#   reads: [system-profile, dataset-card, deployment]
#   controls: ["gdpr/art-35", "eu-ai-act/art-26-9"]
#   basis: law
#   legal_version: Regulation (EU) 2016/679
#   remediation: >-
#     Carry out the assessment with the data protection officer, answer elements a
#     to d, and sign it as impact-assessment of kind dpia before the system is used.
package assize.data.prv_08

import data.assize.lib.act
import data.assize.lib.instant
import data.assize.lib.show
import data.assize.lib.text

# The elements of Art 35(7).
elements := {
	"a": "the processing and its purposes",
	"b": "necessity and proportionality",
	"c": "the risks to persons",
	"d": "the measures against the risks",
}

profiles := input.evidence["system-profile"]

# A system that affects nobody.
not_applicable if {
	profiles != []
	every profile in profiles {
		act.vouched(profile, input.system)
		count(profile.predicate.affected_groups) == 0
	}
}

# None of the signs of a high risk: no class of the Act, no profiling, no decision
# that weighs on persons, no special categories in the data behind it.
not_applicable if {
	profiles != []
	every profile in profiles {
		act.vouched(profile, input.system)
		profile.predicate.risk_tier in {"minimal", "transparency"}
		profile.predicate.profiling_natural_persons == false
		profile.predicate.consequential_decision == false
	}
	sources != set()
	every node in sources {
		ordinary(node)
	}
}

sources contains input.ancestors[i] if {
	some i
	input.ancestors[i].kind == "dataset"
}

ordinary(node) if {
	count(node.evidence["dataset-card"]) > 0
	every card in node.evidence["dataset-card"] {
		count(card.predicate.special_categories) == 0
	}
}

assessments contains i if input.evidence["impact-assessment"][i].predicate.kind == "dpia"

assessment_of(i) := input.evidence["impact-assessment"][i]

# begun are the instants at which deployments to the environment went live.
begun contains deployment.predicate.started_at if {
	some deployment in input.evidence.deployment
	deployment.predicate.environment == input.environment
	deployment.predicate.state == "running"
}

# late are deployments that went live before the assessment was completed.
late contains {"assessment": i, "start": start} if {
	some i in assessments
	some start in begun
	assize.before(start, assessment_of(i).predicate.completed_at)
}

lacking(i) := {element |
	stated := input.evidence["impact-assessment"][i].predicate
	some element, _ in elements
	not text.meaningful(object.get(stated, ["elements", element], ""))
}

overdue(i) if assize.reached(assessment_of(i).predicate.review_due)

sound(i) if {
	assessment := input.evidence["impact-assessment"][i]
	lacking(i) == set()
	instant.done(assessment, assessment.predicate.completed_at)
	assessment.predicate.before_first_use == true
	not overdue(i)
	[one | some one in late; one.assessment == i] == []
}

pass if {
	some i in assessments
	sound(i)
}

# What the newest assessment lacks is told; an older one may do in its place.
newest := min(assessments)

deny contains finding if {
	assessments == set()
	finding := {
		"msg": sprintf("no data protection impact assessment among the %d impact assessments of %s (kind dpia)", [count(input.evidence["impact-assessment"]), input.system.uri]),
		"path": "impact-assessment.kind",
		"value": 0,
		"bound": 1,
		"basis": "GDPR Art 35(1)",
	}
}

deny contains finding if {
	not pass
	some element in lacking(newest)
	finding := {
		"msg": sprintf("%s does not answer element %s: %s", [show.said(assessment_of(newest)), element, elements[element]]),
		"path": sprintf("impact-assessment[%d].elements.%s", [newest, element]),
		"basis": sprintf("GDPR Art 35(7)(%s)", [element]),
	}
}

deny contains finding if {
	not pass
	overdue(newest)
	finding := {
		"msg": sprintf("%s was due for review on %s", [show.said(assessment_of(newest)), show.day(assessment_of(newest).predicate.review_due)]),
		"path": sprintf("impact-assessment[%d].review_due", [newest]),
		"value": assessment_of(newest).predicate.review_due,
		"basis": "GDPR Art 35(11)",
	}
}

deny contains finding if {
	not pass
	object.get(assessment_of(newest).predicate, "before_first_use", null) == false
	finding := {
		"msg": sprintf("%s says that it was made after first use", [show.said(assessment_of(newest))]),
		"path": sprintf("impact-assessment[%d].before_first_use", [newest]),
		"value": false,
		"bound": true,
		"basis": "GDPR Art 35(1)",
	}
}

deny contains finding if {
	not pass
	completed := assessment_of(newest).predicate.completed_at
	not instant.done(assessment_of(newest), completed)
	finding := {
		"msg": sprintf("%s was signed on %s and says it is complete on %s: what is still to be done is no assessment", [show.said(assessment_of(newest)), show.day(assessment_of(newest).proven), show.day(completed)]),
		"path": sprintf("impact-assessment[%d].completed_at", [newest]),
		"value": completed,
		"bound": assessment_of(newest).proven,
		"basis": "GDPR Art 35(1)",
	}
}

deny contains finding if {
	not pass
	some one in late
	one.assessment == newest
	finding := {
		"msg": sprintf("%s was completed on %s; a deployment to %s runs since %s", [show.said(assessment_of(newest)), show.day(assessment_of(newest).predicate.completed_at), input.environment, show.day(one.start)]),
		"path": sprintf("impact-assessment[%d].completed_at", [newest]),
		"value": assessment_of(newest).predicate.completed_at,
		"bound": one.start,
		"basis": "GDPR Art 35(1)",
	}
}

not_assessable contains reason if {
	not pass
	deny == set()
	reason := {"msg": sprintf("%s does not state completed_at and before_first_use, so nobody can tell whether it was done in time", [show.said(assessment_of(newest))])}
}
