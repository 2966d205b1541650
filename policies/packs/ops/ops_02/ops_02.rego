# METADATA
# title: Features have not drifted
# description: >-
#   The population stability index of each monitored feature, recomputed from the
#   histograms of every report that overlaps the last cadence, stays below the
#   bound; from the lower bound on it warns.
# custom:
#   id: OPS-02
#   severity: high
#   kinds: [deployment]
#   actions: [continue]
#   requires: [monitoring-plan, monitoring-report]
#   controls: ["nist-ai-rmf/MEASURE-2.4", "eu-ai-act/art-72"]
#   basis: convention
#   remediation: Find out what changed in the inputs; retrain, recalibrate or roll back if it is here to stay.
package assize.ops.ops_02

import data.assize.lib.drift
import data.assize.lib.show
import data.assize.lib.window

watch := input.evidence["monitoring-plan"][0]

reports := input.evidence["monitoring-report"]

last := window.last(reports, watch.predicate.cadence_s)

stale_from := window.stale_from(reports, data.params.monitoring_silence_cadences * watch.predicate.cadence_s)

# planned are the plan's bounds for the index; without a feature for all of them.
planned contains entry if {
	some entry in watch.predicate.metrics
	entry.name == "psi"
}

named contains entry.feature if some entry in planned

# features are those the plan names and those any report speaks of: a feature
# that is no longer reported has not stopped drifting.
features := named | {feature | feature := entries[_].feature}

# entries are the indices of features that any report states.
entries := assize.drifts(reports, {"psi"}).features

fail_at(feature) := least({entry.threshold | some entry in planned; object.get(entry, "feature", feature) == feature}, data.params.psi_fail)

# bound is what a report is held to: a plan that came after it cannot make it pass
# what the parameters fail.
bound(case) := fail_at(case.feature) if reports[case.report].index > watch.index

bound(case) := min([fail_at(case.feature), data.params.psi_fail]) if reports[case.report].index <= watch.index

warn_at(feature) := least({entry.warn | some entry in planned; object.get(entry, "feature", feature) == feature}, data.params.psi_warn)

least(stated, default_value) := default_value if count(stated) == 0

least(stated, _) := min(stated) if count(stated) > 0

cases := drift.within(entries, last)

unreported := drift.left_out(features, cases, last)

min_n := object.get(watch.predicate, "min_n", data.params.monitoring_min_n)

enough(case) if {
	window := case.drift.histogram.window_counts
	reference := case.drift.histogram.reference_counts
	sum(window) >= max([1, min_n])
	sum(reference) >= 1
	bins := count(window)
	bins > 1
	bins == count(case.drift.histogram.upper_edges) + 1
	bins == count(reference)
}

judged := recomputed(cases)

# recomputed are the cases with their index, as its own counts give it, and its bound.
recomputed(given) := [object.union(case, {"psi": psi, "bound": bound(case)}) |
	some case in given
	enough(case)
	histogram := case.drift.histogram
	psi := assize.psi(histogram.reference_counts, histogram.window_counts, data.params.psi_floor)
]

unsettled := window.unsettled(input.evidence["monitoring-plan"], data.params.monitoring_cadence_limit_s)

pass if {
	unsettled == set()
	watch.predicate.environment == input.environment
	window.sound(reports, input.environment)
	not assize.reached(stale_from)
	last != set()
	features != set()
	unreported == {}
	assize.rebased(entries) == set()
	cases != []
	count(judged) == count(cases)
	drifted == []
	misstated == []
	lax == set()
	overfull == []
	unsized == set()
}

drifted := [case | some case in judged; case.psi >= case.bound]

misstated := [case | some case in judged; not honest(case)]

honest(case) if abs(case.drift.stat - case.psi) <= data.params.recompute_tolerance

# lax are features for which the plan sets a bound that the parameters do not let it.
lax contains feature if {
	some feature in features
	fail_at(feature) > data.params.psi_limit
}

# overfull are histograms that count more cases than the window had.
overfull := [case |
	some case in cases
	sum(case.drift.histogram.window_counts) > reports[case.report].predicate.n
]

# unsized are reports that do not say how many cases their window had.
unsized contains i if {
	some i in last
	not is_number(object.get(reports[i].predicate, "n", null))
}

span(report) := sprintf("window %s to %s, %s", [show.day(report.predicate.window.start), show.day(report.predicate.window.end), show.said(report)])

bound_from(feature) := sprintf("monitoring-plan %s", [watch.id]) if {
	some entry in planned
	object.get(entry, "feature", feature) == feature
	is_number(entry.threshold)
}

bound_from(feature) := "parameter psi_fail" if {
	count({entry | some entry in planned; object.get(entry, "feature", feature) == feature; is_number(entry.threshold)}) == 0
}

source(case) := bound_from(case.feature) if case.bound == fail_at(case.feature)

source(case) := "parameter psi_fail" if case.bound != fail_at(case.feature)

counted(case) := sum(case.drift.histogram.window_counts)

members(case) := {
	"path": sprintf("monitoring-report[%d].%s", [case.report, case.path]),
	"feature": case.feature,
	"value": case.psi,
	"n": counted(case),
	"basis": source(case),
}

deny contains object.union(members(case), {
	"msg": sprintf("PSI of %s is %s, recomputed from %d cases; from %s on it fails (%s; %s)", [
		case.feature, show.num(case.psi), counted(case),
		show.num(case.bound), replace(source(case), watch.id, show.id(watch.id)), span(reports[case.report]),
	]),
	"bound": case.bound,
}) if {
	some case in drifted
}

warn contains object.union(members(case), {
	"msg": sprintf("PSI of %s is %s, recomputed from %d cases; from %s on it warns (%s)", [
		case.feature, show.num(case.psi), counted(case),
		show.num(warn_at(case.feature)), span(reports[case.report]),
	]),
	"bound": warn_at(case.feature),
}) if {
	some case in judged
	case.psi < case.bound
	case.psi >= warn_at(case.feature)
}

deny contains object.union(members(case), {
	"msg": sprintf("%s claims PSI %v for %s; its own counts give %v", [show.said(reports[case.report]), case.drift.stat, case.feature, case.psi]),
	"claimed": case.drift.stat,
	"bound": data.params.recompute_tolerance,
	"basis": "parameter recompute_tolerance",
}) if {
	some case in misstated
}

deny contains finding if {
	some case in overfull
	finding := {
		"msg": sprintf("the histogram of %s counts %d cases, the window had %d (%s)", [case.feature, counted(case), reports[case.report].predicate.n, span(reports[case.report])]),
		"path": sprintf("monitoring-report[%d].%s.histogram", [case.report, case.path]),
		"value": counted(case),
		"bound": reports[case.report].predicate.n,
		"basis": sprintf("monitoring-report %s", [reports[case.report].id]),
	}
}

deny contains finding if {
	some i, left_out in unreported
	some feature in left_out
	finding := {
		"msg": sprintf("%s is monitored and its PSI is not in the report (%s)", [feature, span(reports[i])]),
		"path": sprintf("monitoring-report[%d].feature_drift", [i]),
		"value": 0,
		"bound": 1,
		"basis": sprintf("monitoring-plan %s", [watch.id]),
	}
}

not_assessable contains {"msg": msg} if {
	deny == set()
	some msg in unsettled
}

not_assessable contains reason if {
	deny == set()
	assize.reached(stale_from)
	reason := {"msg": sprintf("the newest monitoring window ended on %s and is too old to tell of drift now", [show.day(window.newest(reports))])}
}

not_assessable contains reason if {
	deny == set()
	some case in cases
	not enough(case)
	reason := {"msg": sprintf("%s has no histogram of at least %d cases with its edges, so its PSI cannot be recomputed (%s)", [case.feature, min_n, span(reports[case.report])])}
}

not_assessable contains reason if {
	deny == set()
	some feature in lax
	reason := {"msg": sprintf("the bound %s for %s is laxer than the %s the parameters let a plan set", [show.num(fail_at(feature)), feature, show.num(data.params.psi_limit)])}
}

not_assessable contains reason if {
	deny == set()
	some i in unsized
	reason := {"msg": sprintf("the report does not say how many cases its window had (%s)", [span(reports[i])])}
}

not_assessable contains reason if {
	deny == set()
	some feature in assize.rebased(entries)
	reason := {"msg": sprintf("the reports hold %s against different references, so their PSI cannot be compared", [feature])}
}

not_assessable contains reason if {
	deny == set()
	features == set()
	reason := {"msg": "neither plan nor reports name a feature whose PSI is monitored"}
}
