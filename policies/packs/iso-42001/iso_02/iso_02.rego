# METADATA
# title: Impact of the AI system is assessed
# description: >-
#   Every assessment of kind aiia in force answers the effects on individuals and on
#   society, says whom it consulted and when it was completed, which was before it was
#   signed, and its review is not overdue.
# custom:
#   id: ISO-02
#   severity: high
#   kinds: [deployment]
#   actions: [deploy, continue]
#   requires: [impact-assessment]
#   controls: ["iso-42001/A.5.2", "iso-42001/A.5.3", "iso-42001/A.5.4", "iso-42001/A.5.5"]
#   basis: standard
#   legal_version: ISO/IEC 42001:2023
#   remediation: Assess the effects on individuals and on society, set the next review, and sign the assessment.
package assize.iso_42001.iso_02

import data.assize.lib.instant
import data.assize.lib.show
import data.assize.lib.text

assessments := input.evidence["impact-assessment"]

systems := {i | some i, assessment in assessments; assessment.predicate.kind == "aiia"}

# Which control asks for which part.
parts := {"individual": "ISO/IEC 42001 A.5.4", "societal": "ISO/IEC 42001 A.5.5"}

pass if {
	systems != set()
	every i in systems {
		text.meaningful(assessments[i].predicate.elements.individual)
		text.meaningful(assessments[i].predicate.elements.societal)
		text.meaningful(assessments[i].predicate.consulted)
		instant.done(assessments[i], assessments[i].predicate.completed_at)
		not assize.reached(assessments[i].predicate.review_due)
	}
}

deny contains finding if {
	systems == set()
	finding := {
		"msg": sprintf("of %d impact assessments none is of kind aiia, the assessment of the AI system", [count(assessments)]),
		"path": "impact-assessment",
		"value": 0,
		"bound": 1,
		"basis": "ISO/IEC 42001 A.5.2",
	}
}

deny contains finding if {
	some i in systems
	some part, basis in parts
	value := object.get(assessments[i].predicate, ["elements", part], "")
	not text.meaningful(value)
	finding := {
		"msg": sprintf("%s does not answer the %s part, or answers with a placeholder", [show.said(assessments[i]), part]),
		"path": sprintf("impact-assessment[%d].elements.%s", [i, part]),
		"value": value,
		"basis": basis,
	}
}

deny contains finding if {
	some i in systems
	value := object.get(assessments[i].predicate, "consulted", [])
	not text.meaningful(value)
	finding := {
		"msg": sprintf("%s names nobody who was consulted", [show.said(assessments[i])]),
		"path": sprintf("impact-assessment[%d].consulted", [i]),
		"value": value,
		"basis": "ISO/IEC 42001 A.5.2",
	}
}

deny contains finding if {
	some i in systems
	assize.reached(assessments[i].predicate.review_due)
	finding := {
		"msg": sprintf("%s was due for review on %s", [show.said(assessments[i]), show.day(assessments[i].predicate.review_due)]),
		"path": sprintf("impact-assessment[%d].review_due", [i]),
		"value": assessments[i].predicate.review_due,
		"basis": sprintf("impact-assessment %s", [assessments[i].id]),
	}
}

deny contains finding if {
	some i in systems
	completed := assessments[i].predicate.completed_at
	not instant.done(assessments[i], completed)
	finding := {
		"msg": sprintf("%s was signed on %s and says it is complete on %s: what is still to be done is no assessment", [show.said(assessments[i]), show.day(assessments[i].proven), show.day(completed)]),
		"path": sprintf("impact-assessment[%d].completed_at", [i]),
		"value": completed,
		"bound": assessments[i].proven,
		"basis": "ISO/IEC 42001 A.5.2",
	}
}

not_assessable contains finding if {
	deny == set()
	some i in systems
	some member in ["completed_at", "review_due"]
	object.get(assessments[i].predicate, member, null) == null
	finding := {"msg": sprintf("%s does not state %s", [show.said(assessments[i]), member])}
}
