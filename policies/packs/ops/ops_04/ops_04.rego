# METADATA
# title: The share of drifted features is below its bound
# description: >-
#   In every report that overlaps the last cadence, fewer of the features drifted than
#   the bound allows; whether a feature did is recomputed from its histogram, whatever
#   the method.
# custom:
#   id: OPS-04
#   severity: high
#   kinds: [deployment]
#   actions: [continue]
#   requires: [monitoring-plan, monitoring-report]
#   controls: ["nist-ai-rmf/MEASURE-2.4", "nist-ai-rmf/MANAGE-4.1", "eu-ai-act/art-72"]
#   basis: convention
#   remediation: Find out what changed in the inputs together; retrain on data of the present.
package assize.ops.ops_04

import data.assize.lib.drift
import data.assize.lib.show
import data.assize.lib.window

watch := input.evidence["monitoring-plan"][0]

reports := input.evidence["monitoring-report"]

recent := assize.windows_recent(reports, watch.predicate.cadence_s)

last := {place | some place in recent.places}

stale if assize.reached(assize.plus_seconds(recent.newest, data.params.monitoring_silence_cadences * watch.predicate.cadence_s))

unsettled := window.unsettled(input.evidence["monitoring-plan"], data.params.monitoring_cadence_limit_s)

# every feature any report speaks of counts in each: one that is left out of a report
# has not stopped drifting. The output is none.
monitored := assize.monitored(watch, reports, last, {"features": ((drift.tests | drift.distances) | {"psi"}), "output": set()})

features := monitored.features

min_n := object.get(watch.predicate, "min_n", data.params.monitoring_min_n)

cases := [case |
	some case in assize.recomputed(monitored.entries, reports, last, {"min_n": min_n, "floor": data.params.psi_floor, "overfull": false})
	case.value
]

unread := assize.left_out(features, cases, last)

# most is what a distance has to stay below.
most := {
	"js": data.params.drift_distance,
	"hellinger": data.params.drift_distance,
	"wasserstein": data.params.drift_distance,
	"psi": data.params.psi_warn,
}

moved := array.concat(
	[case | some case in cases; case.value >= most[case.drift.method]],
	[case | some case in cases; case.p < data.params.drift_test_level],
)

drifted[i] := {case.feature | some case in moved; case.report == i} if some i in last

share[i] := assize.round(count(names) / count(features)) if {
	features != set()
	some i, names in drifted
}

planned := assize.planned(watch, {"drift_share"}, "", "threshold")

bound := min(planned | {data.params.drift_share_limit})

source := "parameter drift_share_limit" if bound == data.params.drift_share_limit

source := sprintf("monitoring-plan %s", [watch.id]) if bound != data.params.drift_share_limit

pass if {
	unsettled == set()
	watch.predicate.environment == input.environment
	window.sound(reports, input.environment)
	not stale
	last != set()
	unread == {}
	every i in last {
		share[i] < bound
		object.get(reports[i].predicate, "drift_share", 0) < bound
	}
}

deny contains finding if {
	most_of := bound
	some i, value in share
	value >= most_of
	names := drifted[i]
	names != set()
	finding := {
		"msg": sprintf("%d of %d features drifted (%s): %s; from %s on it fails (%s; %s)", [
			count(names), count(features), show.percent(value), assize.listed(names), show.percent(most_of),
			replace(source, watch.id, assize.short(watch.id)), assize.window_said(reports[i]),
		]),
		"path": sprintf("monitoring-report[%d].feature_drift", [i]),
		"value": value,
		"bound": most_of,
		"n": count(features),
		"basis": source,
	}
}

deny contains finding if {
	some i in last
	claimed := reports[i].predicate.drift_share
	claimed >= bound
	finding := {
		"msg": sprintf("%s says itself that %s of the features drifted; from %s on it fails (%s)", [assize.said(reports[i]), show.percent(claimed), show.percent(bound), replace(source, watch.id, assize.short(watch.id))]),
		"path": sprintf("monitoring-report[%d].drift_share", [i]),
		"value": claimed,
		"bound": bound,
		"basis": source,
	}
}

warn contains finding if {
	some i, value in share
	claimed := reports[i].predicate.drift_share
	abs(claimed - value) > data.params.recompute_tolerance
	finding := {
		"msg": sprintf("%s claims a drift share of %s; by its own counts and the bounds of the parameters it is %s", [assize.said(reports[i]), show.percent(claimed), show.percent(value)]),
		"path": sprintf("monitoring-report[%d].drift_share", [i]),
		"value": value,
		"claimed": claimed,
		"basis": "parameters psi_warn, drift_distance, drift_test_level",
	}
}

not_assessable contains {"msg": msg} if {
	deny == set()
	some msg in unclear
}

unclear contains msg if some msg in unsettled

unclear contains sprintf("the newest monitoring window ended on %s and is too old to tell of drift now", [show.day(recent.newest)]) if stale

unclear contains msg if {
	some i, names in unread
	msg := sprintf("for %s there is no histogram of at least %d cases, so whether they drifted is not known (%s)", [assize.listed(names), min_n, assize.window_said(reports[i])])
}

unclear contains "neither plan nor reports name a feature whose drift is monitored" if features == set()
