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

last := window.last(reports, watch.predicate.cadence_s)

stale_from := window.stale_from(reports, data.params.monitoring_silence_cadences * watch.predicate.cadence_s)

unsettled := window.unsettled(input.evidence["monitoring-plan"], data.params.monitoring_cadence_limit_s)

methods := (drift.tests | drift.distances) | {"psi"}

min_n := object.get(watch.predicate, "min_n", data.params.monitoring_min_n)

# entries of features, without the output, which is none.
entries := assize.drifts(reports, methods).features

# every feature any report speaks of counts in each: one that is left out of a report
# has not stopped drifting.
features := {feature | feature := entries[_].feature} | drift.named(watch, methods)

cases := [case |
	some case in drift.within(entries, last)
	drift.readable(reports[case.report], case.drift, min_n)
]

unread := drift.left_out(features, cases, last)

drifted[case.report] contains case.feature if {
	some case in cases
	moved(case.drift)
}

moved(entry) if {
	entry.method in drift.tests
	drift.tested(entry).p < data.params.drift_test_level
}

moved(entry) if {
	entry.method in drift.distances
	drift.distance(entry, data.params.psi_floor) >= data.params.drift_distance
}

moved(entry) if {
	entry.method == "psi"
	drift.distance(entry, data.params.psi_floor) >= data.params.psi_warn
}

share[i] := assize.round(count(object.get(drifted, i, set())) / count(features)) if {
	some i in last
	features != set()
}

planned := drift.given(watch, {"drift_share"}, "", "threshold")

bound := min(planned | {data.params.drift_share_limit})

source := "parameter drift_share_limit" if bound == data.params.drift_share_limit

source := sprintf("monitoring-plan %s", [watch.id]) if bound != data.params.drift_share_limit

pass if {
	unsettled == set()
	watch.predicate.environment == input.environment
	window.sound(reports, input.environment)
	not assize.reached(stale_from)
	last != set()
	unread == {}
	every i in last {
		share[i] < bound
		object.get(reports[i].predicate, "drift_share", 0) < bound
	}
}

span(i) := sprintf("window %s to %s, %s", [show.day(reports[i].predicate.window.start), show.day(reports[i].predicate.window.end), show.said(reports[i])])

deny contains finding if {
	some i, value in share
	value >= bound
	finding := {
		"msg": sprintf("%d of %d features drifted (%s): %s; from %s on it fails (%s; %s)", [
			count(drifted[i]), count(features), show.percent(value), show.list(drifted[i]), show.percent(bound), replace(source, watch.id, show.id(watch.id)), span(i),
		]),
		"path": sprintf("monitoring-report[%d].feature_drift", [i]),
		"value": value,
		"bound": bound,
		"n": count(features),
		"basis": source,
	}
}

deny contains finding if {
	some i in last
	claimed := reports[i].predicate.drift_share
	claimed >= bound
	finding := {
		"msg": sprintf("%s says itself that %s of the features drifted; from %s on it fails (%s)", [show.said(reports[i]), show.percent(claimed), show.percent(bound), replace(source, watch.id, show.id(watch.id))]),
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
		"msg": sprintf("%s claims a drift share of %s; by its own counts and the bounds of the parameters it is %s", [show.said(reports[i]), show.percent(claimed), show.percent(value)]),
		"path": sprintf("monitoring-report[%d].drift_share", [i]),
		"value": value,
		"claimed": claimed,
		"basis": "parameters psi_warn, drift_distance, drift_test_level",
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
	some i, names in unread
	reason := {"msg": sprintf("for %s there is no histogram of at least %d cases, so whether they drifted is not known (%s)", [show.list(names), min_n, span(i)])}
}

not_assessable contains reason if {
	deny == set()
	features == set()
	reason := {"msg": "neither plan nor reports name a feature whose drift is monitored"}
}
