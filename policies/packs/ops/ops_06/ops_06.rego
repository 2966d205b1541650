# METADATA
# title: Realised performance holds
# description: >-
#   In every report that overlaps the last cadence with known outcomes, each
#   performance metric of the monitoring plan keeps its floor and has not dropped
#   from its value at the evaluation by more than the plan allows.
# custom:
#   id: OPS-06
#   severity: high
#   kinds: [deployment]
#   actions: [continue]
#   requires: [monitoring-plan, monitoring-report]
#   controls: ["eu-ai-act/art-15", "nist-ai-rmf/MANAGE-4.1"]
#   basis: guidance
#   remediation: Roll back or retrain; if the interval is too wide, collect more outcomes.
package assize.ops.ops_06

import data.assize.lib.metric
import data.assize.lib.show
import data.assize.lib.window

watch := input.evidence["monitoring-plan"][0]

delay := object.get(watch.predicate, "label_delay_s", 0)

# reports whose outcomes are known: they state them, or the label delay is over.
reports := input.evidence["monitoring-report"] if {
	count(stating) == count(input.evidence["monitoring-report"])
} else := [report |
	some report in input.evidence["monitoring-report"]
	due(report)
]

# stating are those with a list of outcomes that is not empty: lists lie in order between
# the empty one and objects.
stating := assize.where(assize.where(input.evidence["monitoring-report"], ["predicate", "perf"], ">", []), ["predicate", "perf"], "<", {})

due(report) if some _ in report.predicate.perf

due(report) if {
	count(object.get(report.predicate, "perf", [])) == 0
	assize.reached(assize.plus_seconds(report.predicate.window.end, delay))
}

recent := assize.windows_recent(reports, watch.predicate.cadence_s)

last := {place | some place in recent.places}

stale if assize.reached(assize.plus_seconds(recent.newest, (data.params.monitoring_silence_cadences * watch.predicate.cadence_s) + delay))

unsettled := window.unsettled(input.evidence["monitoring-plan"], data.params.monitoring_cadence_limit_s)

# planned are the performance metrics, by their places; statistics of drift are OPS-02's.
planned[m] := object.union({"min_n": min_n, "max_drop": data.params.performance_max_drop}, entry) if {
	some m, entry in watch.predicate.metrics
	not entry.name in {"psi", "ks", "js", "wasserstein", "chi2", "hellinger", "drift_share"}
	not entry.attribute
}

min_n := object.get(watch.predicate, "min_n", data.params.monitoring_min_n)

# cases are the records of planned metrics with what they say of the floor, and of the
# drop since the evaluation.
cases := [{
	"report": i, "metric": m, "at": found.at, "record": found.record, "entry": entry,
	"floor": verdict(found.record, entry),
	"drop": verdict(found.record, object.union(entry, {"threshold": object.get(dropped_to, m, null)})),
} |
	some i in last
	some m, entry in planned
	some found in assize.records([reports[i]], "perf", entry)
]

verdict(record, entry) := said if {
	entry.threshold != null
	said := assize.verdict(record, entry, 1, metric.metrics)
} else := "untold"

# dropped_to is the value that is max_drop below (for a metric that should be
# small: above) the value at the evaluation.
dropped_to[m] := assize.round(entry.baseline * (1 - entry.max_drop)) if {
	some m, entry in planned
	entry.comparator in {">=", ">"}
	entry.baseline > 0
}

dropped_to[m] := assize.round(entry.baseline * (1 + entry.max_drop)) if {
	some m, entry in planned
	entry.comparator in {"<=", "<"}
	entry.baseline > 0
}

# left_out are planned metrics by the reports that lack them.
left_out := {[i, m] | some i in last; some m, _ in planned} - {[case.report, case.metric] | some case in cases}

# conceded are figures that their own producer calls failed.
conceded := [case | some case in cases; case.record.passed == false]

# idle are the bounds that no value of the metric can miss.
idle contains m if {
	some m, entry in planned
	entry.threshold <= 0
	entry.comparator in {">=", ">"}
	entry.name in metric.shares
}

# lax are the metrics that may drop more than the parameters let a plan allow.
lax contains m if {
	some m, entry in planned
	entry.max_drop > data.params.performance_drop_limit
}

pass if {
	unsettled == set()
	idle == set()
	conceded == []
	delay <= data.params.monitoring_label_delay_limit_s
	watch.predicate.environment == input.environment
	window.sound(reports, input.environment)
	not stale
	last != set()
	planned != {}
	lax == set()
	left_out == set()
	cases != []
	every case in cases {
		case.floor == "pass"
		case.drop == "pass"
	}
}

place(case) := sprintf("monitoring-report[%d].perf[%d]", [case.report, case.at])

deny contains object.union(metric.members(case.record, case.entry), {
	"msg": sprintf("%s, set by %s (%s)", [metric.words(case.record, case.entry), assize.said(watch), assize.window_said(reports[case.report])]),
	"path": place(case),
	"basis": sprintf("monitoring-plan %s", [watch.id]),
}) if {
	some case in cases
	case.floor == "fail"
}

deny contains object.union(metric.members(case.record, case.entry), {
	"msg": sprintf("%s went from %s at the evaluation to %s, more than the %s that %s allows (%s)", [
		case.record.name, assize.decimals(case.entry.baseline), assize.decimals(case.record.value),
		show.percent(case.entry.max_drop), drop_from(case.metric), assize.window_said(reports[case.report]),
	]),
	"path": place(case),
	"bound": dropped_to[case.metric],
	"basis": drop_from(case.metric),
}) if {
	some case in cases
	case.drop == "fail"
}

deny contains finding if {
	some case in conceded
	finding := {
		"msg": sprintf("%s says itself that %s is not good enough (%s)", [assize.said(reports[case.report]), case.record.name, assize.window_said(reports[case.report])]),
		"path": sprintf("%s.passed", [place(case)]),
		"value": false,
		"bound": true,
		"basis": sprintf("monitoring-report %s", [reports[case.report].id]),
	}
}

drop_from(m) := sprintf("monitoring-plan %s", [watch.id]) if watch.predicate.metrics[m].max_drop

drop_from(m) := "parameter performance_max_drop" if not watch.predicate.metrics[m].max_drop

deny contains finding if {
	some [i, m] in left_out
	finding := {
		"msg": sprintf("%s is monitored and not in the report, though its outcomes are due (%s)", [planned[m].name, assize.window_said(reports[i])]),
		"path": sprintf("monitoring-report[%d].perf", [i]),
		"value": 0,
		"bound": 1,
		"basis": sprintf("monitoring-plan %s", [watch.id]),
	}
}

not_assessable contains reason if {
	deny == set()
	some reason in unclear
}

unclear contains reason if {
	delay > data.params.monitoring_label_delay_limit_s
	reason := {"msg": sprintf("%s lets outcomes come %v s late, more than the %v s the parameters let a plan set", [assize.said(watch), delay, data.params.monitoring_label_delay_limit_s])}
}

unclear contains reason if {
	some m in idle
	entry := planned[m]
	reason := {
		"msg": sprintf("%s sets the floor of %s at %s, which no value of it can miss", [assize.said(watch), entry.name, assize.decimals(entry.threshold)]),
		"path": sprintf("monitoring-plan[0].metrics[%d].threshold", [m]),
		"value": entry.threshold,
		"basis": sprintf("monitoring-plan %s", [watch.id]),
	}
}

unclear contains {"msg": msg} if some msg in unsettled

unclear contains straddling(case, case.entry.threshold) if {
	some case in cases
	case.floor == "straddles"
}

unclear contains straddling(case, dropped_to[case.metric]) if {
	some case in cases
	case.drop == "straddles"
}

straddling(case, bound) := object.union(metric.members(case.record, case.entry), {
	"msg": sprintf("%s: the interval reaches beyond %s, so the bound is neither kept nor broken (%s)", [metric.words(case.record, case.entry), assize.decimals(bound), assize.window_said(reports[case.report])]),
	"path": place(case),
	"bound": bound,
	"basis": sprintf("monitoring-plan %s", [watch.id]),
})

unclear contains reason if {
	some case in cases
	case.floor == "untold"
	reason := {"msg": sprintf("%s: no interval, fewer than %d cases, or no bound in the plan (%s)", [case.record.name, case.entry.min_n, assize.window_said(reports[case.report])])}
}

unclear contains reason if {
	some m, entry in planned
	not dropped_to[m]
	reason := {"msg": sprintf("%s states no value of %s at the evaluation above 0, so a drop cannot be told", [assize.said(watch), entry.name])}
}

unclear contains reason if {
	some m in lax
	entry := planned[m]
	reason := {"msg": sprintf("the drop of %s that the plan allows for %s is more than the %s the parameters let a plan allow", [show.percent(entry.max_drop), entry.name, show.percent(data.params.performance_drop_limit)])}
}

unclear contains {"msg": sprintf("the newest window with known outcomes ended on %s and is too old to tell of performance now", [show.day(recent.newest)])} if stale

unclear contains {"msg": sprintf("%s declares no performance metric", [assize.said(watch)])} if planned == {}
