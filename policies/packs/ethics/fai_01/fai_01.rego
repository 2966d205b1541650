# METADATA
# title: Fairness is assessed where persons are affected
# description: >-
#   Every protected attribute that the evaluation plan declares is covered by an
#   assessment under that plan, with counts for at least two groups.
# custom:
#   id: FAI-01
#   severity: high
#   kinds: [model]
#   actions: [release, deploy]
#   requires: [system-profile, eval-plan, fairness-assessment]
#   controls: ["nist-ai-rmf/MEASURE-2.11", "eu-ai-act/art-10-2-f", "eu-ai-act/art-15", "iso-42001/A.5.4"]
#   basis: guidance
#   remediation: Declare the protected attributes in the evaluation plan and run the assessment over all of them.
package assize.ethics.fai_01

import data.assize.lib.plan as under_plan

plans := input.evidence["eval-plan"]

profile := input.evidence["system-profile"][0]

not_applicable if {
	profiles := input.evidence["system-profile"]
	profiles != []
	every stated in profiles {
		count(stated.predicate.affected_groups) == 0
	}
}

# wanted are the attributes each plan declares, if any.
wanted := [[declared, names] |
	some declared in plans
	names := {metric.attribute | some metric in declared.predicate.metrics}
	names != set()
]

attributes := {attribute | some [_, names] in wanted; some attribute in names}

# covered are the attributes a plan declares and an assessment under it counts at least
# two values of. A combination of attributes is no group of one of them.
covered contains attribute if {
	some [declared, names] in wanted
	some assessment in input.evidence["fairness-assessment"]
	under_plan.under(declared, assessment)
	counted := assize.counted_values(assessment.predicate.groups)
	some attribute in names
	count(counted[attribute]) > 1
}

uncovered := attributes - covered

pass if {
	count(profile.predicate.affected_groups) > 0
	attributes != set()
	uncovered == set()
}

deny contains finding if {
	attributes == set()
	finding := {
		"msg": "no evaluation plan in force declares a protected attribute, and persons are affected",
		"path": "eval-plan.metrics.attribute",
		"value": 0,
		"bound": 1,
		"basis": sprintf("system-profile %s", [profile.id]),
	}
}

deny contains finding if {
	some attribute in uncovered
	finding := {
		"msg": sprintf("the evaluation plan declares %q; no assessment under it gives counts for two groups of it", [attribute]),
		"path": "fairness-assessment.groups",
		"value": attribute,
		"bound": attributes,
		"basis": "evaluation plan",
	}
}

warn contains finding if {
	some i, assessment in input.evidence["fairness-assessment"]
	plan := object.get(assessment.predicate, "plan", "")
	not plan in {declared.id | some declared in plans}
	finding := {
		"msg": sprintf("%s does not name an evaluation plan in force, so it does not count", [assize.said(assessment)]),
		"path": sprintf("fairness-assessment[%d].plan", [i]),
		"value": plan,
		"basis": "evaluation plan",
	}
}

not_assessable contains reason if {
	not is_array(object.get(profile.predicate, "affected_groups", null))
	deny == set()
	reason := {"msg": sprintf("%s does not say which groups of persons the system affects; an empty list says none", [assize.said(profile)])}
}
