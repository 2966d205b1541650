# METADATA
# title: Fairness is monitored while the system runs
# description: >-
#   The monitoring plan names a fairness metric for a protected attribute, and in every
#   report that overlaps the last cadence the metric recomputed from the counts of the
#   groups keeps the plan's bound, interval included.
# custom:
#   id: OPS-15
#   severity: medium
#   kinds: [deployment]
#   actions: [continue]
#   requires: [monitoring-plan, monitoring-report, system-profile]
#   controls: ["nist-ai-rmf/MEASURE-2.11", "nist-ai-rmf/MEASURE-2.4", "eu-ai-act/art-72", "iso-42001/A.5.4"]
#   basis: convention
#   remediation: Have the groups counted in the reports; mitigate, change the threshold or restrict the use where the gap is too wide.
package assize.ops.ops_15

import data.assize.lib.act
import data.assize.lib.fairness
import data.assize.lib.show
import data.assize.lib.window

watch := input.evidence["monitoring-plan"][0]

profiles := input.evidence["system-profile"]

delay := object.get(watch.predicate, "label_delay_s", 0)

# reports whose outcomes are known: they count groups, or the label delay is over.
reports := input.evidence["monitoring-report"] if {
	count(stating) == count(input.evidence["monitoring-report"])
} else := [report |
	some report in input.evidence["monitoring-report"]
	due(report)
]

# stating are those with a list of groups that is not empty: lists lie in order between
# the empty one and objects.
stating := assize.where(assize.where(input.evidence["monitoring-report"], ["predicate", "slices"], ">", []), ["predicate", "slices"], "<", {})

due(report) if count(report.predicate.slices) > 0

due(report) if {
	count(object.get(report.predicate, "slices", [])) == 0
	assize.reached(assize.plus_seconds(report.predicate.window.end, delay))
}

recent := assize.windows_recent(reports, watch.predicate.cadence_s)

stale if assize.reached(assize.plus_seconds(recent.newest, (data.params.monitoring_silence_cadences * watch.predicate.cadence_s) + delay))

unsettled := window.unsettled(input.evidence["monitoring-plan"], data.params.monitoring_cadence_limit_s)

# Nobody is affected, say all profiles in force.
not_applicable if {
	profiles != []
	every profile in profiles {
		act.vouched(profile, input.system)
		profile.predicate.affected_groups == []
	}
}

planned contains m if {
	some m, entry in watch.predicate.metrics
	text_of(entry.attribute) != ""
}

text_of(attribute) := attribute if is_string(attribute)

entry_of(m) := watch.predicate.metrics[m]

min_n(m) := object.get(entry_of(m), "min_n", data.params.fairness_min_n)

groups(case) := fairness.counts_of({"predicate": {"groups": object.get(reports[case.report].predicate, "slices", [])}}, entry_of(case.metric).attribute)

cases contains {"report": i, "metric": m} if {
	some i in recent.places
	some m in planned
}

comparable(case) if {
	fairness.known(entry_of(case.metric))
	fairness.comparable(groups(case), entry_of(case.metric).name, min_n(case.metric))
}

comparisons := sum([pairs |
	some case in cases
	comparable(case)
	pairs := fairness.pairs(groups(case), entry_of(case.metric).name, min_n(case.metric))
])

gap[case] := fairness.gap(groups(case), entry_of(case.metric).name, min_n(case.metric), comparisons) if {
	some case in cases
	comparable(case)
}

verdict(case) := fairness.verdict(gap[case], entry_of(case.metric))

# strict: the plan's bound is no laxer than the parameters let a plan set.
strict(m) if {
	entry_of(m).comparator in {"<=", "<"}
	entry_of(m).threshold <= data.params.fairness_difference_limit
}

strict(m) if {
	entry_of(m).comparator in {">=", ">"}
	entry_of(m).threshold >= data.params.fairness_ratio_limit
}

pass if {
	unsettled == set()
	delay <= data.params.monitoring_label_delay_limit_s
	watch.predicate.environment == input.environment
	window.sound(reports, input.environment)
	not stale
	recent.places != set()
	affected
	planned != set()
	every m in planned {
		strict(m)
	}
	cases != set()
	every case in cases {
		verdict(case) == "pass"
		counted(case)
	}
}

# affected: some profile says whom the system affects.
affected if {
	some profile in profiles
	count(profile.predicate.affected_groups) > 0
}

# counted: the groups are of the window, no more than it had.
counted(case) if sum([counts.n | some counts in groups(case)]) <= reports[case.report].predicate.n

members(case) := {
	"path": sprintf("monitoring-report[%d].slices", [case.report]),
	"attribute": entry_of(case.metric).attribute,
	"value": gap[case].point, "ci_low": gap[case].low, "ci_high": gap[case].high,
	"bound": entry_of(case.metric).threshold,
	"basis": sprintf("monitoring-plan %s", [watch.id]),
}

words(case) := sprintf("%s by %s is %s between %s and %s, 95 %% interval %s, recomputed from the counts; bound %s %s, set by %s (%s)", [
	entry_of(case.metric).name, entry_of(case.metric).attribute, assize.decimals(gap[case].point), gap[case].higher.group, gap[case].lower.group,
	show.interval(gap[case].low, gap[case].high), entry_of(case.metric).comparator, assize.decimals(entry_of(case.metric).threshold), assize.said(watch), assize.window_said(reports[case.report]),
])

deny contains object.union(members(case), {"msg": words(case)}) if {
	some case in cases
	verdict(case) == "fail"
}

deny contains finding if {
	profiles != []
	count(object.get(watch.predicate, "metrics", [])) > 0
	planned == set()
	finding := {
		"msg": sprintf("%s names no metric with a protected attribute, so nobody watches whether groups drift apart", [assize.said(watch)]),
		"path": "monitoring-plan[0].metrics",
		"value": 0,
		"bound": 1,
		"basis": "NIST AI RMF MEASURE 2.11",
	}
}

deny contains finding if {
	some case in cases
	count(groups(case)) == 0
	finding := {
		"msg": sprintf("%s by %s is monitored and the report counts no group of it (%s)", [entry_of(case.metric).name, entry_of(case.metric).attribute, assize.window_said(reports[case.report])]),
		"path": sprintf("monitoring-report[%d].slices", [case.report]),
		"value": 0,
		"bound": 2,
		"basis": sprintf("monitoring-plan %s", [watch.id]),
	}
}

deny contains finding if {
	some case in cases
	counted_n := sum([counts.n | some counts in groups(case)])
	counted_n > reports[case.report].predicate.n
	finding := {
		"msg": sprintf("the groups of %s hold %d cases, the window had %d (%s)", [entry_of(case.metric).attribute, counted_n, reports[case.report].predicate.n, assize.window_said(reports[case.report])]),
		"path": sprintf("monitoring-report[%d].slices", [case.report]),
		"value": counted_n,
		"bound": reports[case.report].predicate.n,
		"basis": sprintf("monitoring-report %s", [reports[case.report].id]),
	}
}

not_assessable contains reason if {
	deny == set()
	some reason in unclear
}

unclear contains object.union(members(case), {"msg": sprintf("%s: the intervals reach beyond the bound, so it is neither kept nor broken", [words(case)])}) if {
	some case in cases
	verdict(case) == "straddles"
}

unclear contains reason if {
	some case in cases
	not comparable(case)
	reason := {"msg": sprintf("%s by %s cannot be computed: fewer than two groups of %d cases with their counts, or no metric with a bound on its side (%s)", [
		entry_of(case.metric).name, entry_of(case.metric).attribute, min_n(case.metric), assize.window_said(reports[case.report]),
	])}
}

unclear contains reason if {
	some m in planned
	not strict(m)
	reason := {"msg": sprintf("%s sets %s %s %v; the parameters let no plan be laxer than %s for a difference and %s for a ratio", [
		assize.said(watch), entry_of(m).name, object.get(entry_of(m), "comparator", "without a side"), object.get(entry_of(m), "threshold", "without a bound"),
		assize.decimals(data.params.fairness_difference_limit), assize.decimals(data.params.fairness_ratio_limit),
	])}
}

unclear contains {"msg": msg} if some msg in unsettled

unclear contains {"msg": sprintf("the newest window with known outcomes ended on %s and is too old to tell of fairness now", [show.day(recent.newest)])} if stale

unclear contains {"msg": "no system profile says whom the system affects"} if not affected
