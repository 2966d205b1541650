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

plans := input.evidence["eval-plan"]

assessments := input.evidence["fairness-assessment"]

not_applicable if {
	profiles := input.evidence["system-profile"]
	profiles != []
	every profile in profiles {
		count(profile.predicate.affected_groups) == 0
	}
}

# cases are all there is to judge: each assessment of the model against each fairness
# metric of the plan it names. late: the bound was not declared before it was measured;
# strayed: measured on other data than the plan's, or on another split than it names for
# the metric.
cases := [{"of": i, "at": a, "plan": plan, "planned": planned, "assessment": assessment, "late": late, "strayed": strayed} |
	some i, {"plan": plan, "of": _, "result": assessment, "at": a, "amiss": amiss} in assize.answers(plans, assessments).answers
	metrics := [planned | some planned in plan.predicate.metrics; is_string(planned.attribute)]
	metrics != []
	late := [true | amiss & {"order", "run"} != set()]
	elsewhere := [true | "data" in amiss]
	split := object.get(assessment, ["predicate", "split"], "")
	some planned in metrics
	strayed := [true | [elsewhere, object.get(planned, "split", split)] != [[], split]]
]

min_n_of(planned) := object.get(planned, "min_n", data.params.fairness_min_n)

# counted are the cases whose metric can be recomputed, with the groups it compares.
counted := [counts(case) | some case in cases]

counts(case) := {"case": case, "of": of, "late": late, "strayed": strayed, "min_n": min_n, "groups": groups, "small": sized.small, "pairs": fairness.compared_pairs(sized)} if {
	{"of": of, "at": _, "plan": _, "planned": planned, "assessment": assessment, "late": late, "strayed": strayed} := case
	rates := fairness.compared(planned.name, planned.comparator)
	min_n := min_n_of(planned)
	groups := assize.counts_by(assessment.predicate, planned.attribute)
	sized := assize.group_sizes(groups, rates, min_n)
}

# comparisons are all pairs of groups that one assessment has to hold together.
comparisons := {i: max([1, sum([pairs | some [of, pairs] in compared; of == i])]) | some [i, _] in compared}

compared := [[of, pairs] | some {"case": _, "of": of, "late": _, "strayed": _, "min_n": _, "groups": _, "small": _, "pairs": pairs} in counted]

bounded(planned) if {
	planned.comparator in {"<=", "<"}
	planned.threshold <= data.params.fairness_difference_limit
}

bounded(planned) if {
	planned.comparator in {">=", ">"}
	planned.threshold >= data.params.fairness_ratio_limit
}

judged := [judgement(case, groups, min_n, comparisons[of]) |
	some {"case": case, "of": of, "late": [], "strayed": [], "min_n": min_n, "groups": groups, "small": _, "pairs": pairs} in counted
	pairs > 0
]

judgement(case, groups, min_n, k) := {"case": case, "groups": groups, "gap": gap, "verdict": fairness.verdict(gap, planned), "comparisons": k} if {
	planned := case.planned
	gap := fairness.gap(groups, planned.name, min_n, k)
}

pass if {
	count(input.evidence["system-profile"][0].predicate.affected_groups) > 0
	cases != []
	count(judged) == count(cases)
	every one in judged {
		one.verdict == "pass"
		bounded(one.case.planned)
	}
	misstated == set()
	outdone == set()
}

# outdone are cases whose bound another plan in force sets more tightly.
outdone contains {"case": i, "by": by} if {
	some i, case in cases
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

# finding_of a judgement says how its gap stands to its bound.
finding_of(
	{
		"case": {"of": _, "at": at, "plan": plan, "planned": planned, "assessment": assessment, "late": _, "strayed": _},
		"groups": groups,
		"gap": {
			"point": point, "low": low, "high": high, "reach": reach,
			"lower": {"group": a, "k": a_k, "n": a_n, "rate": a_rate, "low": _, "high": _},
			"higher": {"group": b, "k": b_k, "n": b_n, "rate": b_rate, "low": _, "high": _},
		},
		"verdict": _,
		"comparisons": k,
	},
	stands,
) := {
	"msg": sprintf("%s over %s: %s, %s %s (n = %d, %d of %d) against %s %s (n = %d, %d of %d); 95 %% interval [%s, %s]; bound %s %s%s %s; measured by %s", [
		name, attribute, assize.decimals(point), a, assize.decimals(a_rate), a_size, a_k, a_n, b, assize.decimals(b_rate), b_size, b_k, b_n,
		assize.decimals(low), assize.decimals(high), planned.comparator, assize.decimals(bound), stands, assize.said(plan), assize.said(assessment),
	]),
	"path": sprintf("fairness-assessment[%d].groups", [at]),
	"attribute": attribute,
	"metric": name,
	"value": point, "ci_low": low, "ci_high": high, "ci_level": metric.level,
	"n": a_n + b_n,
	"reach": reach,
	"comparisons": k,
	"groups": [
		{"group": a, "rate": a_rate, "k": a_k, "denominator": a_n, "n": a_size},
		{"group": b, "rate": b_rate, "k": b_k, "denominator": b_n, "n": b_size},
	],
	"bound": bound,
	"basis": sprintf("eval-plan %s", [plan.id]),
} if {
	name := planned.name
	attribute := planned.attribute
	bound := planned.threshold
	a_size := groups[a].n
	b_size := groups[b].n
}

source(case) := sprintf("%s; measured by %s", [assize.said(case.plan), assize.said(case.assessment)])

deny contains finding_of(one, ", set by") if {
	some one in judged
	one.verdict == "fail"
}

deny contains finding if {
	some case in cases
	case.late != []
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
	case.strayed != []
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
			assize.said(assessment), one.rate, assize.decimals(one.claimed), name(assessment.predicate.groups[one.group]), assize.decimals(one.counted),
		]),
		"path": sprintf("fairness-assessment[%d].groups[%d].%s", [one.assessment, one.group, one.rate]),
		"value": one.claimed,
		"bound": one.counted,
		"basis": "parameter recompute_tolerance",
	}
}

name(group) := assize.listed({value | some value in group.attributes})

deny contains finding if {
	cases == []
	finding := {
		"msg": "no assessment of this model answers a fairness metric of an evaluation plan in force",
		"path": "fairness-assessment.plan",
		"value": 0,
		"bound": 1,
		"basis": "evaluation plan",
	}
}

warn contains finding if {
	some {"case": case, "of": _, "late": _, "strayed": _, "min_n": min_n, "groups": _, "small": small, "pairs": _} in counted
	some {"group": group, "n": n, "rate": rate} in small
	planned := case.planned
	attribute := planned.attribute
	finding := {
		"msg": sprintf("%s over %s: %s is too small to judge, %d in the denominator of the %s where the plan asks for %d", [planned.name, attribute, group, n, rate, min_n]),
		"path": sprintf("fairness-assessment[%d].groups", [case.at]),
		"attribute": attribute,
		"value": n,
		"bound": min_n,
		"n": n,
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
			case.planned.name, case.planned.attribute, assize.said(case.assessment), group,
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
		"msg": sprintf("%s does not name an evaluation plan in force, so it does not count", [assize.said(assessment)]),
		"path": sprintf("fairness-assessment[%d].plan", [a]),
		"value": object.get(assessment.predicate, "plan", ""),
		"basis": "evaluation plan",
	}
}

# What straddles is named whatever the rest says; only if nothing fails does it
# make the rule unassessable.
straddling contains finding_of(one, sprintf(" is inside the reach %s of the intervals, corrected for %d comparisons: neither kept nor broken;", [assize.decimals(one.gap.reach), one.comparisons])) if {
	some one in judged
	one.verdict == "straddles"
}

warn contains finding if {
	deny != set()
	some finding in straddling
}

not_assessable contains finding if {
	undenied
	some finding in straddling
}

undenied if deny == set()

not_assessable contains finding if {
	undenied
	some case in cases
	not fairness.compared(case.planned.name, case.planned.comparator)
	finding := {"msg": sprintf("the plan's metric %q with comparator %q cannot be recomputed from counts", [case.planned.name, case.planned.comparator])}
}

not_assessable contains finding if {
	undenied
	some case in cases
	planned := case.planned
	unread := fairness.sizes(fairness.counts_of(case.assessment, planned.attribute), planned.name, min_n_of(planned)).unread
	unread != set()
	finding := {"msg": sprintf("%s over %s cannot be recomputed: %s of %s is without its counts", [
		planned.name, planned.attribute, assize.listed(unread), assize.said(case.assessment),
	])}
}

not_assessable contains finding if {
	undenied
	some found in outdone
	case := cases[found.case]
	planned := case.planned
	finding := {"msg": sprintf("%s asks for %s over %s %s %v; another plan in force asks for more: %s; the newer must name the older in supersedes", [
		assize.said(case.plan), planned.name, planned.attribute, planned.comparator, planned.threshold, found.by,
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
		case.planned.comparator, assize.decimals(case.planned.threshold), case.planned.name,
		assize.decimals(data.params.fairness_difference_limit), assize.decimals(data.params.fairness_ratio_limit),
	])}
}
