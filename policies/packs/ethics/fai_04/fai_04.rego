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
import data.assize.lib.text

assessments := input.evidence["fairness-assessment"]

# counted are the groups of each assessment by how many members they have: large is how
# many have enough, small those with too few, spared those that may have too few.
counted := [{"at": a, "assessment": assessment, "groups": groups, "large": large, "small": object.remove(few, spared), "spared": object.filter(few, spared)} |
	least := data.params.group_claim_min_n
	some a, assessment in assessments
	groups := object.get(assessment, ["predicate", "groups"], [])
	large := count(assize.where(groups, ["counts", "n"], ">=", least))
	few := assize.where(groups, ["counts", "n"], "<", least)
	spared := {g |
		some excluded in left_out(assessment.predicate)
		some g, _ in assize.where(few, ["attributes"], "==", excluded)
	}
]

# left_out are the groups of which nothing is to be told, and the assessment says why.
left_out(stated) := {excluded.group |
	some excluded in stated.excluded_groups
	text.meaningful(excluded.why)
}

# uncertain are gaps stated without an interval that could be theirs.
uncertain contains {"assessment": a, "metric": m} if {
	level := metric.level
	some a, assessment in assessments
	some m, gap in assessment.predicate.metrics
	not bracketed(gap, level)
}

bracketed(gap, level) if {
	value := gap.value
	gap.ci_level >= level
	gap.ci_low <= value
	value <= gap.ci_high
}

misstated := claims.misstated(assessments, data.params.recompute_tolerance)

pass if {
	counted != []
	every one in counted {
		count(one.groups) == (one.large + count(one.small)) + count(one.spared)
		one.large > 1
	}
	every one in counted {
		described(one.groups)
	}
	every one in counted {
		one.small == {}
	}
	uncertain == set()
	misstated == set()
}

# described: each group states an attribute.
described(groups) if count(assize.where(assize.lengths(groups, ["attributes"]), [], ">", 0)) == count(groups)

deny contains {
	"msg": sprintf("%s has %d members; claims about a group want %d, or the group listed in excluded_groups with a reason (%s)", [assize.members(object.get(group, "attributes", {})), n, least, said]),
	"path": sprintf("fairness-assessment[%d].groups[%d].counts.n", [a, g]),
	"value": n,
	"bound": least,
	"basis": "parameter group_claim_min_n",
} if {
	some {"at": a, "assessment": assessment, "groups": _, "large": _, "small": groups, "spared": _} in counted
	groups != {}
	said := assize.said(assessment)
	least := data.params.group_claim_min_n
	some g, group in groups
	n := group.counts.n
}

deny contains finding if {
	some one in uncertain
	gap := assessments[one.assessment].predicate.metrics[one.metric]
	finding := {
		"msg": sprintf("%s states %s %v for %s without a 95 %% interval around it", [assize.said(assessments[one.assessment]), gap.name, gap.value, object.get(gap, "attribute", "no attribute")]),
		"path": sprintf("fairness-assessment[%d].metrics[%d]", [one.assessment, one.metric]),
		"value": gap.value,
		"bound": metric.level,
		"basis": "NIST AI RMF MEASURE 2.1",
	}
}

deny contains finding if some finding in misstated

warn contains finding if {
	some {"at": a, "assessment": assessment, "groups": _, "large": _, "small": _, "spared": groups} in counted
	some g, group in groups
	n := group.counts.n
	finding := {
		"msg": sprintf("%s has %d members and is left out, with a reason (%s)", [claims.name(group), n, assize.said(assessment)]),
		"path": sprintf("fairness-assessment[%d].groups[%d].counts.n", [a, g]),
		"value": n,
		"bound": data.params.group_claim_min_n,
		"basis": "parameter group_claim_min_n",
	}
}

not_assessable contains reason if {
	deny == set()
	some one in counted
	some group in one.groups
	not group.counts.n
	reason := {"msg": sprintf("%s gives no counts for %s, so the size of the group is not known", [assize.said(one.assessment), claims.name(group)])}
}

not_assessable contains reason if {
	deny == set()
	some one in counted
	one.large < 2
	reason := {"msg": sprintf("%s has fewer than two groups of %d members or more, so nothing is compared", [assize.said(one.assessment), data.params.group_claim_min_n])}
}
