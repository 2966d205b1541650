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
features := named | seen

seen contains drift.feature if {
	some report in reports
	some drift in report.predicate.feature_drift
	drift.method == "psi"
}

# references are what the features are held against; one that changes between
# reports could follow the drift.
references contains [drift.feature, drift.histogram.upper_edges, drift.histogram.reference_counts] if {
	some report in reports
	some drift in report.predicate.feature_drift
	drift.method == "psi"
}

fail_at(feature) := least({entry.threshold | some entry in planned; object.get(entry, "feature", feature) == feature}, data.params.psi_fail)

# bound is what a report is held to: a plan that came after it cannot make it pass
# what the parameters fail.
bound(case) := fail_at(drift_of(case).feature) if reports[case.report].index > watch.index

bound(case) := min([fail_at(drift_of(case).feature), data.params.psi_fail]) if reports[case.report].index <= watch.index

warn_at(feature) := least({entry.warn | some entry in planned; object.get(entry, "feature", feature) == feature}, data.params.psi_warn)

least(stated, default_value) := default_value if count(stated) == 0

least(stated, _) := min(stated) if count(stated) > 0

cases contains {"report": i, "drift": k} if {
	some i in last
	some k, drift in reports[i].predicate.feature_drift
	drift.method == "psi"
}

reported contains [case.report, drift_of(case).feature] if some case in cases

drift_of(case) := reports[case.report].predicate.feature_drift[case.drift]

min_n := object.get(watch.predicate, "min_n", data.params.monitoring_min_n)

enough(case) if {
	histogram := drift_of(case).histogram
	sum(histogram.window_counts) >= max([1, min_n])
	sum(histogram.reference_counts) >= 1
	count(histogram.window_counts) > 1
	count(histogram.window_counts) == count(histogram.upper_edges) + 1
	count(histogram.reference_counts) == count(histogram.window_counts)
}

psi[case] := assize.psi(histogram.reference_counts, histogram.window_counts, data.params.psi_floor) if {
	some case in cases
	enough(case)
	histogram := drift_of(case).histogram
}

unsettled := window.unsettled(input.evidence["monitoring-plan"], data.params.monitoring_cadence_limit_s)

pass if {
	count(unsettled) == 0
	watch.predicate.environment == input.environment
	reports != []
	every report in reports {
		window.proper(report, input.environment)
	}
	not assize.reached(stale_from)
	last != set()
	every i in last {
		count(features) > 0
		every feature in features {
			[i, feature] in reported
		}
	}
	count(references) == count(seen)
	cases != set()
	every case in cases {
		psi[case] < bound(case)
		fail_at(drift_of(case).feature) <= data.params.psi_limit
		abs(drift_of(case).stat - psi[case]) <= data.params.recompute_tolerance
		sum(drift_of(case).histogram.window_counts) <= reports[case.report].predicate.n
	}
}

# overfull are histograms that count more cases than the window had.
overfull contains case if {
	some case in cases
	sum(drift_of(case).histogram.window_counts) > reports[case.report].predicate.n
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

source(case) := bound_from(drift_of(case).feature) if bound(case) == fail_at(drift_of(case).feature)

source(case) := "parameter psi_fail" if bound(case) != fail_at(drift_of(case).feature)

members(case) := {
	"path": sprintf("monitoring-report[%d].feature_drift[%d]", [case.report, case.drift]),
	"feature": drift_of(case).feature,
	"value": psi[case],
	"n": sum(drift_of(case).histogram.window_counts),
	"basis": source(case),
}

deny contains object.union(members(case), {
	"msg": sprintf("PSI of %s is %s, recomputed from %d cases; from %s on it fails (%s; %s)", [
		drift_of(case).feature, show.num(value), sum(drift_of(case).histogram.window_counts),
		show.num(bound(case)), replace(source(case), watch.id, show.id(watch.id)), span(reports[case.report]),
	]),
	"bound": bound(case),
}) if {
	some case, value in psi
	value >= bound(case)
}

warn contains object.union(members(case), {
	"msg": sprintf("PSI of %s is %s, recomputed from %d cases; from %s on it warns (%s)", [
		drift_of(case).feature, show.num(value), sum(drift_of(case).histogram.window_counts),
		show.num(warn_at(drift_of(case).feature)), span(reports[case.report]),
	]),
	"bound": warn_at(drift_of(case).feature),
}) if {
	some case, value in psi
	value >= warn_at(drift_of(case).feature)
	value < bound(case)
}

deny contains object.union(members(case), {
	"msg": sprintf("%s claims PSI %v for %s; its own counts give %v", [show.said(reports[case.report]), drift_of(case).stat, drift_of(case).feature, value]),
	"claimed": drift_of(case).stat,
	"bound": data.params.recompute_tolerance,
	"basis": "parameter recompute_tolerance",
}) if {
	some case, value in psi
	abs(drift_of(case).stat - value) > data.params.recompute_tolerance
}

deny contains finding if {
	some case in overfull
	finding := {
		"msg": sprintf("the histogram of %s counts %d cases, the window had %d (%s)", [drift_of(case).feature, sum(drift_of(case).histogram.window_counts), reports[case.report].predicate.n, span(reports[case.report])]),
		"path": sprintf("monitoring-report[%d].feature_drift[%d].histogram", [case.report, case.drift]),
		"value": sum(drift_of(case).histogram.window_counts),
		"bound": reports[case.report].predicate.n,
		"basis": sprintf("monitoring-report %s", [reports[case.report].id]),
	}
}

deny contains finding if {
	some i in last
	some feature in features
	not [i, feature] in reported
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
	reason := {"msg": sprintf("%s has no histogram of at least %d cases with its edges, so its PSI cannot be recomputed (%s)", [drift_of(case).feature, min_n, span(reports[case.report])])}
}

not_assessable contains reason if {
	deny == set()
	some feature in features
	fail_at(feature) > data.params.psi_limit
	reason := {"msg": sprintf("the bound %s for %s is laxer than the %s the parameters let a plan set", [show.num(fail_at(feature)), feature, show.num(data.params.psi_limit)])}
}

not_assessable contains reason if {
	deny == set()
	some i in last
	not is_number(object.get(reports[i].predicate, "n", null))
	reason := {"msg": sprintf("the report does not say how many cases its window had (%s)", [span(reports[i])])}
}

not_assessable contains reason if {
	deny == set()
	some feature in seen
	count({reference | some reference in references; reference[0] == feature}) > 1
	reason := {"msg": sprintf("the reports hold %s against different references, so their PSI cannot be compared", [feature])}
}

not_assessable contains reason if {
	deny == set()
	count(features) == 0
	reason := {"msg": "neither plan nor reports name a feature whose PSI is monitored"}
}
