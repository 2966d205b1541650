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

recent := assize.windows_recent(reports, watch.predicate.cadence_s)

last := {place | some place in recent.places}

stale if assize.reached(assize.plus_seconds(recent.newest, data.params.monitoring_silence_cadences * watch.predicate.cadence_s))

unsettled := window.unsettled(input.evidence["monitoring-plan"], data.params.monitoring_cadence_limit_s)

# OPS-02 judges the index of features, OPS-03 what is tested.
distances := assize.monitored(watch, reports, last, {"features": drift.distances, "output": drift.distances})

indices := assize.monitored(watch, reports, last, {"features": {"psi"}, "output": {"psi"}})

rebased := distances.rebased | indices.rebased

unreported := assize.left_out(distances.features, distances.entries, last)

min_n := object.get(watch.predicate, "min_n", data.params.monitoring_min_n)

stated := array.concat(distances.entries, indices.entries)

cases := [object.union(case, bound(case.drift.method, case.feature)) |
	some case in assize.recomputed(stated, reports, last, {"min_n": min_n, "floor": data.params.psi_floor, "overfull": false})
]

# bound: of an index only that of the output.
bound("psi", feature) := {"bound": data.params.psi_fail, "basis": "parameter psi_fail"} if feature == drift.output

bound(method, feature) := least(assize.planned(watch, {method}, feature, "threshold")) if method != "psi"

least(set()) := {"bound": data.params.drift_distance, "basis": "parameter drift_distance"}

least(given) := {"bound": min(given), "basis": sprintf("monitoring-plan %s", [watch.id])} if given != set()

# readable are the cases whose histogram gives their value.
readable := [case | some case in cases; case.value >= 0]

drifted := [case | some case in readable; case.value >= case.bound]

misstated := [case |
	some case in readable
	abs(case.drift.stat - case.value) > data.params.recompute_tolerance
	not plain(case)
]

# A figure is that of its own counts; Wasserstein's may be given in the unit of the
# feature.
plain(case) if {
	case.drift.method == "wasserstein"
	histogram := case.drift.histogram
	value := assize.wasserstein(histogram.reference_counts, histogram.window_counts, drift.edges(histogram))
	abs(case.drift.stat - value) <= data.params.recompute_tolerance * max([1, value])
}

pass if {
	unsettled == set()
	watch.predicate.environment == input.environment
	window.sound(reports, input.environment)
	not stale
	last != set()
	every i in last {
		is_string(reports[i].predicate.prediction_drift.method)
	}
	unreported == {}
	rebased == set()
	cases != []
	drifted == []
	misstated == []
	lax == []
	count([stat | stat := readable[_].drift.stat]) == count(cases)
}

lax := [case | some case in cases; case.bound > data.params.drift_distance_limit]

words := {"js": "Jensen-Shannon distance", "hellinger": "Hellinger distance", "wasserstein": "Wasserstein distance in standard deviations", "psi": "PSI"}

deny contains object.union(members(case), {
	"msg": sprintf("%s of %s is %s, recomputed from %d cases; from %s on it fails (%s; %s)", [
		words[case.drift.method], case.feature, assize.decimals(case.value), case.n, assize.decimals(case.bound),
		replace(case.basis, watch.id, assize.short(watch.id)), assize.window_said(reports[case.report]),
	]),
	"bound": case.bound,
	"basis": case.basis,
}) if {
	some case in drifted
}

deny contains object.union(members(case), {
	"msg": sprintf("%s claims %v as %s of %s; its own counts give %v", [assize.said(reports[case.report]), case.drift.stat, words[case.drift.method], case.feature, case.value]),
	"claimed": case.drift.stat,
	"bound": data.params.recompute_tolerance,
	"basis": "parameter recompute_tolerance",
}) if {
	some case in misstated
}

members(case) := {
	"path": sprintf("monitoring-report[%d].%s", [case.report, case.path]),
	"feature": case.feature, "value": case.value, "n": case.n,
}

deny contains finding if {
	some i in last
	not reports[i].predicate.prediction_drift
	finding := {
		"msg": sprintf("%s holds no drift of the model's output (prediction_drift)", [assize.said(reports[i])]),
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
		"msg": sprintf("%s is monitored by a distance that is not in %s", [feature, assize.said(reports[i])]),
		"path": sprintf("monitoring-report[%d].feature_drift", [i]),
		"value": 0,
		"bound": 1,
		"basis": sprintf("monitoring-plan %s", [watch.id]),
	}
}

not_assessable contains {"msg": msg} if {
	deny == set()
	some msg in unclear
}

unclear contains msg if some msg in unsettled

unclear contains sprintf("the newest monitoring window ended on %s and is too old to tell of drift now", [show.day(recent.newest)]) if stale

unclear contains msg if {
	some case in cases
	not case in readable
	msg := sprintf("%s has no histogram with its edges (for Wasserstein low and high too) of at least %d cases and no more than the window had, so its distance cannot be recomputed (%s)", [case.feature, min_n, assize.window_said(reports[case.report])])
}

unclear contains msg if {
	some case in lax
	msg := sprintf("the bound %s for %s is laxer than the %s the parameters let a plan set", [assize.decimals(case.bound), case.feature, assize.decimals(data.params.drift_distance_limit)])
}

unclear contains msg if {
	some feature in rebased
	msg := sprintf("the reports hold %s against different references, so their distances cannot be compared", [feature])
}

unclear contains "the output is monitored by a test and nothing by a distance; the test of the output is another rule's" if {
	cases == []
	last != set()
}
