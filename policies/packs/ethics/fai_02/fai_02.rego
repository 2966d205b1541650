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
cases contains {"plan": p, "metric": m, "assessment": a} if {
	some p, declared in plans
	some m, planned in declared.predicate.metrics
	is_string(planned.attribute)
	some a, assessment in assessments
	assessment.predicate.plan == declared.id
}

planned_of(case) := plans[case.plan].predicate.metrics[case.metric]

groups_of(case) := fairness.counts_of(assessments[case.assessment], planned_of(case).attribute)

min_n_of(case) := object.get(planned_of(case), "min_n", data.params.fairness_min_n)

ordered(case) if {
	under_plan.under(plans[case.plan], assessments[case.assessment])
	same_data(case)
}

# same_data: on the data of the plan, and on the split it names for the metric.
same_data(case) if {
	under_plan.same_data(plans[case.plan], assessments[case.assessment])
	under_plan.as_planned(plans[case.plan], planned_of(case), assessments[case.assessment], {})
}

# comparisons are all pairs of groups that one assessment has to hold together.
comparisons(case) := max([1, sum([fairness.pairs(groups_of(other), planned_of(other).name, min_n_of(other)) |
	some other in cases
	other.plan == case.plan
	other.assessment == case.assessment
	fairness.known(planned_of(other))
	fairness.comparable(groups_of(other), planned_of(other).name, min_n_of(other))
])])

bounded(planned) if {
	planned.comparator in {"<=", "<"}
	planned.threshold <= data.params.fairness_difference_limit
}

bounded(planned) if {
	planned.comparator in {">=", ">"}
	planned.threshold >= data.params.fairness_ratio_limit
}

judged[case] := {"gap": gap, "verdict": fairness.verdict(gap, planned), "comparisons": k} if {
	some case in cases
	ordered(case)
	planned := planned_of(case)
	fairness.known(planned)
	fairness.comparable(groups_of(case), planned.name, min_n_of(case))
	k := comparisons(case)
	gap := fairness.gap(groups_of(case), planned.name, min_n_of(case), k)
}

pass if {
	count(input.evidence["system-profile"][0].predicate.affected_groups) > 0
	count(cases) > 0
	every case in cases {
		judged[case].verdict == "pass"
		bounded(planned_of(case))
	}
	count(misstated) == 0
	count(outdone) == 0
}

# outdone are cases whose bound another plan in force sets more tightly.
outdone contains {"case": case, "by": by} if {
	some case in cases
	some by in under_plan.stricter(plans, plans[case.plan], planned_of(case))
}

# misstated are rates an assessment claims and its own counts do not give.
misstated contains object.union(one, {"assessment": a}) if {
	some a, assessment in assessments
	some one in assize.misstated(assessment.predicate.groups, data.params.recompute_tolerance)
	one.rate != "n"
}

misstated contains {"assessment": a, "group": g, "rate": "n", "claimed": group.n, "counted": group.counts.n} if {
	some a, assessment in assessments
	some g, group in assessment.predicate.groups
	group.n != group.counts.n
}

side(groups, rate) := sprintf("%s %s (n = %d, %d of %d)", [rate.group, show.num(rate.rate), groups[rate.group].n, rate.k, rate.n])

source(case) := sprintf("%s; measured by %s", [show.said(plans[case.plan]), show.said(assessments[case.assessment])])

words(case) := sprintf("%s over %s: %s, %s against %s; 95 %% interval %s", [
	planned_of(case).name, planned_of(case).attribute, show.num(gap.point),
	side(groups_of(case), gap.lower), side(groups_of(case), gap.higher), show.interval(gap.low, gap.high),
]) if {
	gap := judged[case].gap
}

members(case) := {
	"path": sprintf("fairness-assessment[%d].groups", [case.assessment]),
	"attribute": planned_of(case).attribute,
	"metric": planned_of(case).name,
	"value": gap.point, "ci_low": gap.low, "ci_high": gap.high, "ci_level": metric.level,
	"n": gap.lower.n + gap.higher.n,
	"comparisons": judged[case].comparisons, "reach": gap.reach,
	"groups": [
		{"group": gap.lower.group, "rate": gap.lower.rate, "k": gap.lower.k, "denominator": gap.lower.n, "n": groups_of(case)[gap.lower.group].n},
		{"group": gap.higher.group, "rate": gap.higher.rate, "k": gap.higher.k, "denominator": gap.higher.n, "n": groups_of(case)[gap.higher.group].n},
	],
	"bound": planned_of(case).threshold,
	"basis": sprintf("eval-plan %s", [plans[case.plan].id]),
} if {
	gap := judged[case].gap
}

deny contains object.union(members(case), {"msg": sprintf("%s; bound %s %s, set by %s", [
	words(case), planned_of(case).comparator, show.num(planned_of(case).threshold), source(case),
])}) if {
	some case, outcome in judged
	outcome.verdict == "fail"
}

deny contains finding if {
	some case in cases
	not under_plan.before(plans[case.plan], assessments[case.assessment])
	finding := {
		"msg": sprintf("the bound was not declared before it was measured: %s", [source(case)]),
		"path": sprintf("fairness-assessment[%d].plan", [case.assessment]),
		"value": plans[case.plan].proven,
		"bound": assessments[case.assessment].proven,
		"basis": sprintf("eval-plan %s", [plans[case.plan].id]),
	}
}

deny contains finding if {
	some case in cases
	not same_data(case)
	finding := {
		"msg": sprintf("measured on other data or another split than planned: %s", [source(case)]),
		"path": sprintf("fairness-assessment[%d].dataset", [case.assessment]),
		"value": object.get(assessments[case.assessment].predicate, "dataset", ""),
		"bound": object.get(plans[case.plan].predicate, "dataset", ""),
		"basis": sprintf("eval-plan %s", [plans[case.plan].id]),
	}
}

deny contains finding if {
	some case in misstated
	finding := {
		"msg": sprintf("%s claims %s %s for %s; its counts give %s", [show.said(assessments[case.assessment]), case.rate, show.num(case.claimed), group_name(case), show.num(case.counted)]),
		"path": sprintf("fairness-assessment[%d].groups[%d].%s", [case.assessment, case.group, case.rate]),
		"value": case.claimed,
		"bound": case.counted,
		"basis": "parameter recompute_tolerance",
	}
}

group_name(case) := show.list({value | some value in assessments[case.assessment].predicate.groups[case.group].attributes})

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
	some case in cases
	planned := planned_of(case)
	fairness.known(planned)
	some left in fairness.small(groups_of(case), planned.name, min_n_of(case))
	finding := {
		"msg": sprintf("%s over %s: %s is too small to judge, %d in the denominator of the %s where the plan asks for %d", [planned.name, planned.attribute, left.group, left.n, left.rate, min_n_of(case)]),
		"path": sprintf("fairness-assessment[%d].groups", [case.assessment]),
		"attribute": planned.attribute,
		"value": left.n,
		"bound": min_n_of(case),
		"n": left.n,
		"basis": sprintf("eval-plan %s", [plans[case.plan].id]),
	}
}

# A group that was left out on purpose is named, whoever left it out.
warn contains finding if {
	some case in cases
	some k, excluded in assessments[case.assessment].predicate.excluded_groups
	group := excluded.group[planned_of(case).attribute]
	finding := {
		"msg": sprintf("%s over %s: %s leaves out %s (%s)", [
			planned_of(case).name, planned_of(case).attribute, show.said(assessments[case.assessment]), group,
			object.get(excluded, "why", "no reason given"),
		]),
		"path": sprintf("fairness-assessment[%d].excluded_groups[%d]", [case.assessment, k]),
		"attribute": planned_of(case).attribute,
		"value": group,
		"basis": sprintf("fairness-assessment %s", [assessments[case.assessment].id]),
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
straddling[case] := object.union(members(case), {"msg": sprintf("%s; bound %s %s is inside the reach %s of the intervals, corrected for %d comparisons: neither kept nor broken; %s", [
	words(case), planned_of(case).comparator, show.num(planned_of(case).threshold),
	show.num(outcome.gap.reach), outcome.comparisons, source(case),
])}) if {
	some case, outcome in judged
	outcome.verdict == "straddles"
}

warn contains finding if {
	count(deny) > 0
	some finding in straddling
}

not_assessable contains finding if {
	count(deny) == 0
	some case
	finding := straddling[case]
}

not_assessable contains finding if {
	count(deny) == 0
	some case in cases
	not fairness.known(planned_of(case))
	finding := {"msg": sprintf("the plan's metric %q with comparator %q cannot be recomputed from counts", [planned_of(case).name, planned_of(case).comparator])}
}

not_assessable contains finding if {
	count(deny) == 0
	some case in cases
	unread := fairness.unread(groups_of(case), planned_of(case).name)
	count(unread) > 0
	finding := {"msg": sprintf("%s over %s cannot be recomputed: %s of %s is without its counts", [
		planned_of(case).name, planned_of(case).attribute, show.list(unread), show.said(assessments[case.assessment]),
	])}
}

not_assessable contains finding if {
	count(deny) == 0
	some found in outdone
	planned := planned_of(found.case)
	finding := {"msg": sprintf("%s asks for %s over %s %s %v; another plan in force asks for more: %s; the newer must name the older in supersedes", [
		show.said(plans[found.case.plan]), planned.name, planned.attribute, planned.comparator, planned.threshold, found.by,
	])}
}

not_assessable contains finding if {
	count(deny) == 0
	some case in cases
	fairness.known(planned_of(case))
	not fairness.comparable(groups_of(case), planned_of(case).name, min_n_of(case))
	finding := {"msg": sprintf("%s over %s: fewer than two groups have their counts and at least %d in the denominator", [planned_of(case).name, planned_of(case).attribute, min_n_of(case)])}
}

not_assessable contains finding if {
	count(deny) == 0
	some case in cases
	not bounded(planned_of(case))
	finding := {"msg": sprintf("the plan's bound %s %s for %s is laxer than the parameters let a plan set (difference at most %s, ratio at least %s)", [
		planned_of(case).comparator, show.num(planned_of(case).threshold), planned_of(case).name,
		show.num(data.params.fairness_difference_limit), show.num(data.params.fairness_ratio_limit),
	])}
}
