# METADATA
# title: Predictions have not drifted
# description: >-
#   Every report that overlaps the last cadence holds the drift of the model's output,
#   and each Jensen-Shannon, Hellinger and Wasserstein distance in it, of the output
#   and of features, recomputed from its histogram, stays below its bound.
# custom:
#   id: OPS-05
#   severity: medium
#   kinds: [deployment]
#   actions: [continue]
#   requires: [monitoring-plan, monitoring-report]
#   controls: ["nist-ai-rmf/MEASURE-2.4", "eu-ai-act/art-72"]
#   basis: convention
#   remediation: Find out why the model answers otherwise than at its evaluation; check the inputs before the model.
package assize.ops.ops_05

import data.assize.lib.drift
import data.assize.lib.show
import data.assize.lib.window

watch := input.evidence["monitoring-plan"][0]

reports := input.evidence["monitoring-report"]

last := window.last(reports, watch.predicate.cadence_s)

stale_from := window.stale_from(reports, data.params.monitoring_silence_cadences * watch.predicate.cadence_s)

unsettled := window.unsettled(input.evidence["monitoring-plan"], data.params.monitoring_cadence_limit_s)

# methods: OPS-02 judges the index of features, OPS-03 what is tested.
methods := drift.distances | {"psi"}

judged(entry) if entry.drift.method in drift.distances

judged(entry) if {
	entry.drift.method == "psi"
	entry.feature == drift.output
}

entries := drift.entries(reports, methods)

distances := drift.entries(reports, drift.distances)

features := drift.named(watch, drift.distances) | {feature | feature := distances[_].feature}

unreported := drift.left_out(features, drift.within(distances, last), last)

min_n := object.get(watch.predicate, "min_n", data.params.monitoring_min_n)

cases := [entry |
	some entry in drift.within(entries, last)
	judged(entry)
]

readable contains k if {
	some k, case in cases
	drift.readable(reports[case.report], case.drift, min_n)
}

value[k] := drift.distance(case.drift, data.params.psi_floor) if {
	some k in readable
	case := cases[k]
}

given(case) := drift.given(watch, {case.drift.method}, case.feature, "threshold") if case.drift.method in drift.distances

given(case) := set() if case.drift.method == "psi"

bound(case) := min(given(case)) if count(given(case)) > 0

bound(case) := data.params.drift_distance if {
	count(given(case)) == 0
	case.drift.method != "psi"
}

bound(case) := data.params.psi_fail if case.drift.method == "psi"

source(case) := sprintf("monitoring-plan %s", [watch.id]) if count(given(case)) > 0

source(case) := "parameter drift_distance" if {
	count(given(case)) == 0
	case.drift.method != "psi"
}

source(case) := "parameter psi_fail" if case.drift.method == "psi"

# A figure is that of its own counts; Wasserstein's may be given in the unit of the
# feature.
honest(k) if abs(cases[k].drift.stat - value[k]) <= data.params.recompute_tolerance

honest(k) if {
	cases[k].drift.method == "wasserstein"
	histogram := cases[k].drift.histogram
	plain := assize.wasserstein(histogram.reference_counts, histogram.window_counts, drift.edges(histogram))
	abs(cases[k].drift.stat - plain) <= data.params.recompute_tolerance * max([1, plain])
}

pass if {
	unsettled == set()
	watch.predicate.environment == input.environment
	window.sound(reports, input.environment)
	not assize.reached(stale_from)
	last != set()
	every i in last {
		is_string(reports[i].predicate.prediction_drift.method)
	}
	unreported == {}
	assize.rebased(entries) == set()
	cases != []
	every k, case in cases {
		value[k] < bound(case)
		bound(case) <= data.params.drift_distance_limit
		honest(k)
	}
}

span(case) := sprintf("window %s to %s, %s", [
	show.day(reports[case.report].predicate.window.start), show.day(reports[case.report].predicate.window.end), show.said(reports[case.report]),
])

words := {"js": "Jensen-Shannon distance", "hellinger": "Hellinger distance", "wasserstein": "Wasserstein distance in standard deviations", "psi": "PSI"}

members(k, case) := {
	"path": sprintf("monitoring-report[%d].%s", [case.report, case.path]),
	"feature": case.feature, "value": value[k], "n": sum(case.drift.histogram.window_counts),
}

deny contains object.union(members(k, case), {
	"msg": sprintf("%s of %s is %s, recomputed from %d cases; from %s on it fails (%s; %s)", [
		words[case.drift.method], case.feature, show.num(value[k]), sum(case.drift.histogram.window_counts), show.num(bound(case)), replace(source(case), watch.id, show.id(watch.id)), span(case),
	]),
	"bound": bound(case),
	"basis": source(case),
}) if {
	some k, case in cases
	value[k] >= bound(case)
}

deny contains object.union(members(k, case), {
	"msg": sprintf("%s claims %v as %s of %s; its own counts give %v", [show.said(reports[case.report]), case.drift.stat, words[case.drift.method], case.feature, value[k]]),
	"claimed": case.drift.stat,
	"bound": data.params.recompute_tolerance,
	"basis": "parameter recompute_tolerance",
}) if {
	some k, case in cases
	value[k] >= 0
	not honest(k)
}

deny contains finding if {
	some i in last
	not reports[i].predicate.prediction_drift
	finding := {
		"msg": sprintf("%s holds no drift of the model's output (prediction_drift)", [show.said(reports[i])]),
		"path": sprintf("monitoring-report[%d].prediction_drift", [i]),
		"value": 0,
		"bound": 1,
		"basis": "NIST AI RMF MEASURE 2.4",
	}
}

deny contains finding if {
	some i, missing in unreported
	some feature in missing
	finding := {
		"msg": sprintf("%s is monitored by a distance that is not in %s", [feature, show.said(reports[i])]),
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
	some k, case in cases
	not k in readable
	reason := {"msg": sprintf("%s has no histogram with its edges (for Wasserstein low and high too) of at least %d cases and no more than the window had, so its distance cannot be recomputed (%s)", [case.feature, min_n, span(case)])}
}

not_assessable contains reason if {
	deny == set()
	some case in cases
	bound(case) > data.params.drift_distance_limit
	reason := {"msg": sprintf("the bound %s for %s is laxer than the %s the parameters let a plan set", [show.num(bound(case)), case.feature, show.num(data.params.drift_distance_limit)])}
}

not_assessable contains reason if {
	deny == set()
	some feature in assize.rebased(entries)
	reason := {"msg": sprintf("the reports hold %s against different references, so their distances cannot be compared", [feature])}
}

not_assessable contains reason if {
	deny == set()
	last != set()
	cases == []
	reason := {"msg": "the output is monitored by a test and nothing by a distance; the test of the output is another rule's"}
}
