# METADATA
# title: Declared fairness bound is met
# description: >-
#   Each fairness metric of the evaluation plan, recomputed from the counts of
#   the groups, stays within the bound the plan set before the assessment. It
#   fails when the gap is outside, passes when its whole interval is inside, and
#   cannot be assessed in between.
# custom:
#   id: FAI-02
#   severity: high
#   kinds: [model]
#   actions: [release, deploy]
#   requires: [system-profile, eval-plan, fairness-assessment]
#   controls: ["eu-ai-act/art-9-8", "nist-ai-rmf/MEASURE-2.11"]
#   basis: convention
#   remediation: >-
#     Mitigate the gap, choose another decision threshold, restrict the use, or
#     collect more cases of the smaller groups where the interval is too wide.
package assize.ethics.fai_02

import data.assize.lib.fairness
import data.assize.lib.metric
import data.assize.lib.plan as under_plan
import data.assize.lib.show

plans := input.evidence["eval-plan"]

assessments := input.evidence["fairness-assessment"]

not_applicable if {
	count(input.evidence["system-profile"]) > 0
	every profile in input.evidence["system-profile"] {
		count(profile.predicate.affected_groups) == 0
	}
}

# cases are all there is to judge: each assessment of the model against each
# fairness metric of the plan it names.
cases := [of(p, declared, planned, a, assessment) |
	some p, declared in plans
	some planned in declared.predicate.metrics
	is_string(planned.attribute)
	some a, assessment in assessments
	assessment.predicate.plan == declared.id
]

of(p, declared, planned, a, assessment) := {"order": [p, a], "plan": declared, "planned": planned, "at": a, "assessment": assessment}

groups_of(case) := fairness.counts_of(case.assessment, case.planned.attribute)

min_n_of(case) := object.get(case.planned, "min_n", data.params.fairness_min_n)

# counted are the cases whose metric can be recomputed, with the groups it compares.
counted := [{"case": case, "min_n": min_n, "groups": groups, "small": sizes.small, "pairs": pairs(sizes)} |
	some case in cases
	fairness.known(case.planned)
	min_n := min_n_of(case)
	groups := groups_of(case)
	sizes := fairness.sizes(groups, case.planned.name, min_n)
]

# pairs of groups that are compared; none where there are too few of them.
pairs(sizes) := sizes.pairs if {
	fairness.enough(sizes)
} else := 0

# comparisons are all pairs of groups that one assessment has to hold together.
comparisons(order) := max([1, sum([other.pairs | some other in counted; other.case.order == order])])

# ordered: the bound was declared before it was measured.
ordered(case) if under_plan.before(case.plan, case.assessment)

# same_data: on the data of the plan, and on the split it names for the metric.
same_data(case) if {
	under_plan.same_data(case.plan, case.assessment)
	under_plan.as_planned(case.plan, case.planned, case.assessment, {})
}

bounded(planned) if {
	planned.comparator in {"<=", "<"}
	planned.threshold <= data.params.fairness_difference_limit
}

bounded(planned) if {
	planned.comparator in {">=", ">"}
	planned.threshold >= data.params.fairness_ratio_limit
}

judged := [{"case": case, "groups": groups, "gap": gap, "verdict": fairness.verdict(gap, case.planned), "comparisons": k} |
	some {"case": case, "min_n": min_n, "groups": groups, "small": _, "pairs": compared} in counted
	compared > 0
	ordered(case)
	same_data(case)
	k := comparisons(case.order)
	gap := fairness.gap(groups, case.planned.name, min_n, k)
]

pass if {
	count(input.evidence["system-profile"][0].predicate.affected_groups) > 0
	count(cases) > 0
	count(judged) == count(cases)
	every one in judged {
		one.verdict == "pass"
		bounded(one.case.planned)
	}
	count(misstated) == 0
	count(outdone) == 0
}

# outdone are cases whose bound another plan in force sets more tightly.
outdone contains {"case": case, "by": by} if {
	some case in cases
	some by in under_plan.stricter(plans, case.plan, case.planned)
}

# misstated are rates an assessment claims and its own counts do not give.
misstated contains object.union(one, {"assessment": a}) if {
	some a, assessment in assessments
	some one in assize.misstated(assessment.predicate.groups, data.params.recompute_tolerance)
	one.rate != "n"
}

misstated contains {"assessment": a, "group": g, "rate": "n", "claimed": claimed, "counted": n} if {
	some a, assessment in assessments
	some {"group": g, "rate": "n", "claimed": claimed, "counted": n} in assize.misstated(assessment.predicate.groups, 0)
}

side(groups, {"group": group, "k": k, "n": n, "rate": rate, "low": _, "high": _}) := sprintf("%s %s (n = %d, %d of %d)", [group, show.num(rate), groups[group].n, k, n])

part(groups, {"group": group, "k": k, "n": n, "rate": rate, "low": _, "high": _}) := {"group": group, "rate": rate, "k": k, "denominator": n, "n": groups[group].n}

source(case) := sprintf("%s; measured by %s", [show.said(case.plan), show.said(case.assessment)])

words(planned, groups, {"point": point, "low": low, "high": high, "lower": lower, "higher": higher, "reach": _}) := sprintf("%s over %s: %s, %s against %s; 95 %% interval %s", [
	planned.name, planned.attribute, show.num(point), side(groups, lower), side(groups, higher), show.interval(low, high),
])

members(case, groups, {"point": point, "low": low, "high": high, "lower": lower, "higher": higher, "reach": reach}) := {
	"path": sprintf("fairness-assessment[%d].groups", [case.at]),
	"attribute": case.planned.attribute,
	"metric": case.planned.name,
	"value": point, "ci_low": low, "ci_high": high, "ci_level": metric.level,
	"n": lower.n + higher.n,
	"reach": reach,
	"groups": [part(groups, lower), part(groups, higher)],
	"bound": case.planned.threshold,
	"basis": sprintf("eval-plan %s", [case.plan.id]),
}

finding_of(case, groups, gap, k, msg) := object.union(members(case, groups, gap), {"comparisons": k, "msg": msg})

deny contains finding_of(case, groups, gap, k, msg) if {
	some {"case": case, "groups": groups, "gap": gap, "verdict": "fail", "comparisons": k} in judged
	msg := sprintf("%s; bound %s %s, set by %s", [words(case.planned, groups, gap), case.planned.comparator, show.num(case.planned.threshold), source(case)])
}

deny contains finding if {
	some case in cases
	not ordered(case)
	finding := {
		"msg": sprintf("the bound was not declared before it was measured: %s", [source(case)]),
		"path": sprintf("fairness-assessment[%d].plan", [case.at]),
		"value": case.plan.proven,
		"bound": case.assessment.proven,
		"basis": sprintf("eval-plan %s", [case.plan.id]),
	}
}

deny contains finding if {
	some case in cases
	not same_data(case)
	finding := {
		"msg": sprintf("measured on other data or another split than planned: %s", [source(case)]),
		"path": sprintf("fairness-assessment[%d].dataset", [case.at]),
		"value": object.get(case.assessment.predicate, "dataset", ""),
		"bound": object.get(case.plan.predicate, "dataset", ""),
		"basis": sprintf("eval-plan %s", [case.plan.id]),
	}
}

deny contains finding if {
	some one in misstated
	assessment := assessments[one.assessment]
	finding := {
		"msg": sprintf("%s claims %s %s for %s; its counts give %s", [
			show.said(assessment), one.rate, show.num(one.claimed), name(assessment.predicate.groups[one.group]), show.num(one.counted),
		]),
		"path": sprintf("fairness-assessment[%d].groups[%d].%s", [one.assessment, one.group, one.rate]),
		"value": one.claimed,
		"bound": one.counted,
		"basis": "parameter recompute_tolerance",
	}
}

name(group) := show.list({value | some value in group.attributes})

deny contains finding if {
	count(cases) == 0
	finding := {
		"msg": "no assessment of this model answers a fairness metric of an evaluation plan in force",
		"path": "fairness-assessment.plan",
		"value": 0,
		"bound": 1,
		"basis": "evaluation plan",
	}
}

warn contains finding if {
	some {"case": case, "min_n": min_n, "groups": _, "small": small, "pairs": _} in counted
	some left in small
	finding := {
		"msg": sprintf("%s over %s: %s is too small to judge, %d in the denominator of the %s where the plan asks for %d", [case.planned.name, case.planned.attribute, left.group, left.n, left.rate, min_n]),
		"path": sprintf("fairness-assessment[%d].groups", [case.at]),
		"attribute": case.planned.attribute,
		"value": left.n,
		"bound": min_n,
		"n": left.n,
		"basis": sprintf("eval-plan %s", [case.plan.id]),
	}
}

# A group that was left out on purpose is named, whoever left it out.
warn contains finding if {
	some case in cases
	some k, excluded in case.assessment.predicate.excluded_groups
	group := excluded.group[case.planned.attribute]
	finding := {
		"msg": sprintf("%s over %s: %s leaves out %s (%s)", [
			case.planned.name, case.planned.attribute, show.said(case.assessment), group,
			object.get(excluded, "why", "no reason given"),
		]),
		"path": sprintf("fairness-assessment[%d].excluded_groups[%d]", [case.at, k]),
		"attribute": case.planned.attribute,
		"value": group,
		"basis": sprintf("fairness-assessment %s", [case.assessment.id]),
	}
}

warn contains finding if {
	some a, assessment in assessments
	not object.get(assessment.predicate, "plan", "") in {declared.id | some declared in plans}
	finding := {
		"msg": sprintf("%s does not name an evaluation plan in force, so it does not count", [show.said(assessment)]),
		"path": sprintf("fairness-assessment[%d].plan", [a]),
		"value": object.get(assessment.predicate, "plan", ""),
		"basis": "evaluation plan",
	}
}

# What straddles is named whatever the rest says; only if nothing fails does it
# make the rule unassessable.
straddling contains finding_of(case, groups, gap, k, msg) if {
	some {"case": case, "groups": groups, "gap": gap, "verdict": "straddles", "comparisons": k} in judged
	msg := sprintf("%s; bound %s %s is inside the reach %s of the intervals, corrected for %d comparisons: neither kept nor broken; %s", [
		words(case.planned, groups, gap), case.planned.comparator, show.num(case.planned.threshold),
		show.num(gap.reach), k, source(case),
	])
}

warn contains finding if {
	count(deny) > 0
	some finding in straddling
}

not_assessable contains finding if {
	undenied
	some finding in straddling
}

undenied if count(deny) == 0

not_assessable contains finding if {
	undenied
	some case in cases
	not fairness.known(case.planned)
	finding := {"msg": sprintf("the plan's metric %q with comparator %q cannot be recomputed from counts", [case.planned.name, case.planned.comparator])}
}

not_assessable contains finding if {
	undenied
	some case in cases
	unread := fairness.sizes(groups_of(case), case.planned.name, min_n_of(case)).unread
	unread != set()
	finding := {"msg": sprintf("%s over %s cannot be recomputed: %s of %s is without its counts", [
		case.planned.name, case.planned.attribute, show.list(unread), show.said(case.assessment),
	])}
}

not_assessable contains finding if {
	undenied
	some found in outdone
	planned := found.case.planned
	finding := {"msg": sprintf("%s asks for %s over %s %s %v; another plan in force asks for more: %s; the newer must name the older in supersedes", [
		show.said(found.case.plan), planned.name, planned.attribute, planned.comparator, planned.threshold, found.by,
	])}
}

not_assessable contains finding if {
	undenied
	some one in counted
	one.pairs == 0
	finding := {"msg": sprintf("%s over %s: fewer than two groups have their counts and at least %d in the denominator", [one.case.planned.name, one.case.planned.attribute, one.min_n])}
}

not_assessable contains finding if {
	undenied
	some case in cases
	not bounded(case.planned)
	finding := {"msg": sprintf("the plan's bound %s %s for %s is laxer than the parameters let a plan set (difference at most %s, ratio at least %s)", [
		case.planned.comparator, show.num(case.planned.threshold), case.planned.name,
		show.num(data.params.fairness_difference_limit), show.num(data.params.fairness_ratio_limit),
	])}
}
