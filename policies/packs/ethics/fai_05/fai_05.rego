# METADATA
# title: Combinations of attributes are compared
# description: >-
#   Each assessment compares combinations of attributes, with counts, or says why
#   not. For a tool that decides on employment no reason will do: every combination
#   of the sexes and the races or ethnic groups it counts must be there, or be
#   listed as left out with a reason.
# custom:
#   id: FAI-05
#   severity: medium
#   kinds: [model]
#   actions: [release, deploy]
#   requires: [system-profile, fairness-assessment]
#   controls: ["nist-ai-rmf/MEASURE-2.11", "nyc-ll144/5-301"]
#   basis: guidance
#   remediation: >-
#     Count outcomes for each combination of the protected attributes and add them
#     as groups of the assessment; where that cannot be, say why in
#     intersectional_reason.
package assize.ethics.fai_05

import data.assize.lib.show
import data.assize.lib.text

assessments := input.evidence["fairness-assessment"]

sexes := {"sex", "gender"}

races := {"race", "ethnicity", "race_ethnicity"}

not_applicable if {
	profiles := input.evidence["system-profile"]
	profiles != []
	every profile in profiles {
		count(profile.predicate.affected_groups) == 0
	}
}

hiring if {
	some profile in input.evidence["system-profile"]
	profile.predicate.aedt == true
}

# other: every profile says that it is no tool for hiring, and whom it affects.
other if count([profile |
	some profile in input.evidence["system-profile"]
	profile.predicate.aedt == false
	count(profile.predicate.affected_groups) > 0
]) == count(input.evidence["system-profile"])

# combined are the combinations an assessment counts.
combined(assessment) := {group.attributes |
	groups := object.get(assessment, ["predicate", "groups"], [])
	several := assize.where(assize.lengths(groups, ["attributes"]), [], ">", 1)
	some group in object.filter(assize.where(groups, ["counts", "n"], ">", 0), several)
}

# crossed: it says so, and at least two combinations are counted.
crossed(assessment) if {
	assessment.predicate.intersectional == true
	count(combined(assessment)) > 1
}

explained(assessment) if {
	assessment.predicate.intersectional == false
	text.meaningful(assessment.predicate.intersectional_reason)
}

# values of the attributes an assessment counts groups of alone.
values(assessment, names) := {[attribute, value] |
	some group in assessment.predicate.groups
	count(group.attributes) == 1
	group.counts.n > 0
	some attribute, value in group.attributes
	attribute in names
}

# absent are the combinations of sex and race that are neither counted nor left out
# with a reason.
absent contains {"assessment": a, "group": combination} if {
	hiring
	some a, assessment in assessments
	named := combined(assessment) | left_out(assessment)
	some sex in values(assessment, sexes)
	some race in values(assessment, races)
	combination := {sex[0]: sex[1], race[0]: race[1]}
	not combination in named
}

left_out(assessment) := {excluded.group |
	some excluded in assessment.predicate.excluded_groups
	text.meaningful(excluded.why)
}

# hired_on: the assessment counts both what the combinations are made of.
hired_on(assessment) if {
	count(values(assessment, sexes)) > 1
	count(values(assessment, races)) > 1
}

pass if {
	hiring
	assessments != []
	every assessment in assessments {
		crossed(assessment)
		hired_on(assessment)
	}
	absent == set()
}

pass if {
	other
	assessments != []
	every assessment in assessments {
		answered(assessment)
	}
}

answered(assessment) if crossed(assessment)

answered(assessment) if explained(assessment)

deny contains finding if {
	hiring
	some i, assessment in assessments
	not crossed(assessment)
	finding := {
		"msg": sprintf("the tool decides on employment, and %s counts %d combinations of attributes (intersectional %v)", [show.said(assessment), count(combined(assessment)), object.get(assessment.predicate, "intersectional", "not stated")]),
		"path": sprintf("fairness-assessment[%d].intersectional", [i]),
		"value": count(combined(assessment)),
		"bound": 2,
		"basis": "6 RCNY 5-301",
	}
}

deny contains finding if {
	hiring
	some i, assessment in assessments
	crossed(assessment)
	not hired_on(assessment)
	finding := {
		"msg": sprintf("%s does not count two sexes and two races or ethnic groups, whose combinations are to be compared", [show.said(assessment)]),
		"path": sprintf("fairness-assessment[%d].groups", [i]),
		"basis": "6 RCNY 5-301",
	}
}

deny contains finding if {
	some one in absent
	crossed(assessments[one.assessment])
	finding := {
		"msg": sprintf("%s neither counts %s nor leaves it out with a reason", [show.said(assessments[one.assessment]), show.list({sprintf("%s %s", [attribute, value]) | some attribute, value in one.group})]),
		"path": sprintf("fairness-assessment[%d].groups", [one.assessment]),
		"value": one.group,
		"basis": "6 RCNY 5-301",
	}
}

deny contains finding if {
	not hiring
	some i, assessment in assessments
	not answered(assessment)
	finding := {
		"msg": sprintf("%s counts %d combinations of attributes and does not say why there are no more (intersectional %v)", [show.said(assessment), count(combined(assessment)), object.get(assessment.predicate, "intersectional", "not stated")]),
		"path": sprintf("fairness-assessment[%d].intersectional_reason", [i]),
		"value": count(combined(assessment)),
		"bound": 2,
		"basis": "NIST AI RMF MEASURE 2.11",
	}
}

warn contains finding if {
	not hiring
	some i, assessment in assessments
	explained(assessment)
	finding := {
		"msg": sprintf("%s compares no combinations of attributes; its reason: %s", [show.said(assessment), assessment.predicate.intersectional_reason]),
		"path": sprintf("fairness-assessment[%d].intersectional_reason", [i]),
		"value": false,
		"basis": "NIST AI RMF MEASURE 2.11",
	}
}

not_assessable contains reason if {
	not hiring
	not other
	deny == set()
	reason := {"msg": sprintf("a profile of %s does not say whether it is an automated employment decision tool (aedt), or whom it affects", [input.system.uri])}
}
