# METADATA
# title: Group claims rest on enough cases
# description: >-
#   Each group of an assessment has enough members, or is marked as left out with a
#   reason; at least two have; and every gap the assessment states carries a 95 %
#   interval around its value. Rates that differ from their own counts are a finding.
# custom:
#   id: FAI-04
#   severity: medium
#   kinds: [model]
#   actions: [release, deploy]
#   requires: [fairness-assessment]
#   controls: ["nist-ai-rmf/MEASURE-2.1"]
#   basis: default
#   remediation: >-
#     Collect more cases of the group, or list it in excluded_groups with the reason
#     and say nothing about it; state interval and level for each gap.
package assize.ethics.fai_04

import data.assize.lib.claims
import data.assize.lib.metric
import data.assize.lib.show
import data.assize.lib.text

assessments := input.evidence["fairness-assessment"]

# sizes are the numbers of members as counted, by assessment.
sizes := {a: of |
	some a, assessment in assessments
	of := [n | n := assessment.predicate.groups[_].counts.n]
}

# small are the groups of an assessment with too few members.
small := {a: of |
	some a, assessment in assessments
	least := data.params.group_claim_min_n
	excluded := left_out(assessment.predicate)
	of := [{"group": g, "n": n, "name": claims.name(group), "left_out": object.get(group, "attributes", set()) in excluded} |
		some g, group in assessment.predicate.groups
		n := group.counts.n
		n < least
	]
}

# left_out are the groups of which nothing is to be told, and the assessment says why.
left_out(stated) := {excluded.group |
	some excluded in stated.excluded_groups
	text.meaningful(excluded.why)
}

# large is how many groups have enough members.
large(a) := count(sizes[a]) - count(small[a])

# uncertain are gaps stated without an interval that could be theirs.
uncertain contains {"assessment": a, "metric": m} if {
	some a, assessment in assessments
	some m, gap in assessment.predicate.metrics
	not bracketed(gap)
}

bracketed(gap) if {
	gap.ci_level >= metric.level
	gap.ci_low <= gap.value
	gap.value <= gap.ci_high
}

misstated := claims.misstated(assessments, data.params.recompute_tolerance)

pass if {
	count(assessments) > 0
	every a, assessment in assessments {
		count(assessment.predicate.groups) > 0
		count(sizes[a]) == count(assessment.predicate.groups)
		large(a) > 1
	}
	described == count([n | n := sizes[_][_]])
	count([g | some {"group": g, "n": _, "name": _, "left_out": false} in small[_]]) == 0
	count(uncertain) == 0
	count(misstated) == 0
}

# described is how many groups state an attribute.
described := count([attributes | attributes := assessments[_].predicate.groups[_].attributes; count(attributes) > 0])

deny contains finding if {
	some a, groups in small
	some {"group": g, "n": n, "name": name, "left_out": false} in groups
	finding := {
		"msg": sprintf("%s has %d members; claims about a group want %d, or the group listed in excluded_groups with a reason (%s)", [
			name, n, data.params.group_claim_min_n, show.said(assessments[a]),
		]),
		"path": sprintf("fairness-assessment[%d].groups[%d].counts.n", [a, g]),
		"value": n,
		"bound": data.params.group_claim_min_n,
		"basis": "parameter group_claim_min_n",
	}
}

deny contains finding if {
	some one in uncertain
	gap := assessments[one.assessment].predicate.metrics[one.metric]
	finding := {
		"msg": sprintf("%s states %s %v for %s without a 95 %% interval around it", [show.said(assessments[one.assessment]), gap.name, gap.value, object.get(gap, "attribute", "no attribute")]),
		"path": sprintf("fairness-assessment[%d].metrics[%d]", [one.assessment, one.metric]),
		"value": gap.value,
		"bound": metric.level,
		"basis": "NIST AI RMF MEASURE 2.1",
	}
}

deny contains finding if some finding in misstated

warn contains finding if {
	some a, groups in small
	some {"group": g, "n": n, "name": name, "left_out": true} in groups
	finding := {
		"msg": sprintf("%s has %d members and is left out, with a reason (%s)", [name, n, show.said(assessments[a])]),
		"path": sprintf("fairness-assessment[%d].groups[%d].counts.n", [a, g]),
		"value": n,
		"bound": data.params.group_claim_min_n,
		"basis": "parameter group_claim_min_n",
	}
}

not_assessable contains reason if {
	count(deny) == 0
	some a, assessment in assessments
	some g, group in object.get(assessment.predicate, "groups", [])
	not group.counts.n
	reason := {"msg": sprintf("%s gives no counts for %s, so the size of the group is not known", [show.said(assessment), claims.name(group)])}
}

not_assessable contains reason if {
	count(deny) == 0
	some a, assessment in assessments
	large(a) < 2
	reason := {"msg": sprintf("%s has fewer than two groups of %d members or more, so nothing is compared", [show.said(assessment), data.params.group_claim_min_n])}
}
