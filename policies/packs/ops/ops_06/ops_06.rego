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

# reports whose outcomes are known: the label delay is over, or they state them.
reports := [report |
	some report in input.evidence["monitoring-report"]
	due(report)
]

due(report) if some _ in report.predicate.perf

due(report) if {
	count(object.get(report.predicate, "perf", [])) == 0
	assize.reached(assize.plus_seconds(report.predicate.window.end, delay))
}

last := window.last(reports, watch.predicate.cadence_s)

stale_from := window.stale_from(reports, (data.params.monitoring_silence_cadences * watch.predicate.cadence_s) + delay)

# planned are the performance metrics; statistics of drift are OPS-02's.
planned contains m if {
	some m, entry in watch.predicate.metrics
	not entry.name in {"psi", "ks", "js", "wasserstein", "chi2", "hellinger", "drift_share"}
	not entry.attribute
}

entry_of(m) := object.union({"min_n": object.get(watch.predicate, "min_n", data.params.monitoring_min_n)}, watch.predicate.metrics[m])

cases contains {"report": i, "metric": m, "record": k} if {
	some i in last
	some m in planned
	some k, record in reports[i].predicate.perf
	metric.matches(record, watch.predicate.metrics[m])
}

record_of(case) := reports[case.report].predicate.perf[case.record]

max_drop(m) := object.get(entry_of(m), "max_drop", data.params.performance_max_drop)

# dropped_to is the value that is max_drop below (for a metric that should be
# small: above) the value at the evaluation.
dropped_to(m) := assize.round(entry.baseline * (1 - max_drop(m))) if {
	entry := entry_of(m)
	entry.comparator in {">=", ">"}
	entry.baseline > 0
}

dropped_to(m) := assize.round(entry.baseline * (1 + max_drop(m))) if {
	entry := entry_of(m)
	entry.comparator in {"<=", "<"}
	entry.baseline > 0
}

floor_verdict(case) := metric.verdict(record_of(case), entry_of(case.metric), 1)

drop_verdict(case) := metric.verdict(record_of(case), object.union(entry_of(case.metric), {"threshold": dropped_to(case.metric)}), 1)

# conceded are figures that their own producer calls failed.
conceded contains case if {
	some case in cases
	record_of(case).passed == false
}

unsettled := window.unsettled(input.evidence["monitoring-plan"], data.params.monitoring_cadence_limit_s)

# idle are the bounds that no value of the metric can miss.
idle contains m if {
	some m in planned
	entry := watch.predicate.metrics[m]
	entry.name in metric.shares
	entry.comparator in {">=", ">"}
	entry.threshold <= 0
}

pass if {
	unsettled == set()
	idle == set()
	conceded == set()
	delay <= data.params.monitoring_label_delay_limit_s
	watch.predicate.environment == input.environment
	window.sound(reports, input.environment)
	not assize.reached(stale_from)
	last != set()
	every i in last {
		planned != set()
		every m in planned {
			max_drop(m) <= data.params.performance_drop_limit
			some case in cases
			case.report == i
			case.metric == m
		}
	}
	cases != set()
	every case in cases {
		floor_verdict(case) == "pass"
		drop_verdict(case) == "pass"
	}
}

span(report) := sprintf("window %s to %s, %s", [show.day(report.predicate.window.start), show.day(report.predicate.window.end), show.said(report)])

place(case) := sprintf("monitoring-report[%d].perf[%d]", [case.report, case.record])

deny contains object.union(metric.members(record_of(case), entry_of(case.metric)), {
	"msg": sprintf("%s, set by %s (%s)", [metric.words(record_of(case), entry_of(case.metric)), show.said(watch), span(reports[case.report])]),
	"path": place(case),
	"basis": sprintf("monitoring-plan %s", [watch.id]),
}) if {
	some case in cases
	floor_verdict(case) == "fail"
}

deny contains object.union(metric.members(record_of(case), entry_of(case.metric)), {
	"msg": sprintf("%s went from %s at the evaluation to %s, more than the %s that %s allows (%s)", [
		record_of(case).name, show.num(entry_of(case.metric).baseline), show.num(record_of(case).value),
		show.percent(max_drop(case.metric)), drop_from(case.metric), span(reports[case.report]),
	]),
	"path": place(case),
	"bound": dropped_to(case.metric),
	"basis": drop_from(case.metric),
}) if {
	some case in cases
	drop_verdict(case) == "fail"
}

deny contains finding if {
	some case in conceded
	finding := {
		"msg": sprintf("%s says itself that %s is not good enough (%s)", [show.said(reports[case.report]), record_of(case).name, span(reports[case.report])]),
		"path": sprintf("%s.passed", [place(case)]),
		"value": false,
		"bound": true,
		"basis": sprintf("monitoring-report %s", [reports[case.report].id]),
	}
}

drop_from(m) := sprintf("monitoring-plan %s", [watch.id]) if entry_of(m).max_drop

drop_from(m) := "parameter performance_max_drop" if not entry_of(m).max_drop

deny contains finding if {
	some i in last
	some m in planned
	count({case | some case in cases; case.report == i; case.metric == m}) == 0
	finding := {
		"msg": sprintf("%s is monitored and not in the report, though its outcomes are due (%s)", [entry_of(m).name, span(reports[i])]),
		"path": sprintf("monitoring-report[%d].perf", [i]),
		"value": 0,
		"bound": 1,
		"basis": sprintf("monitoring-plan %s", [watch.id]),
	}
}

not_assessable contains reason if {
	deny == set()
	delay > data.params.monitoring_label_delay_limit_s
	reason := {"msg": sprintf("%s lets outcomes come %v s late, more than the %v s the parameters let a plan set", [show.said(watch), delay, data.params.monitoring_label_delay_limit_s])}
}

not_assessable contains reason if {
	deny == set()
	some m in idle
	entry := watch.predicate.metrics[m]
	reason := {
		"msg": sprintf("%s sets the floor of %s at %s, which no value of it can miss", [show.said(watch), entry.name, show.num(entry.threshold)]),
		"path": sprintf("monitoring-plan[0].metrics[%d].threshold", [m]),
		"value": entry.threshold,
		"basis": sprintf("monitoring-plan %s", [watch.id]),
	}
}

not_assessable contains {"msg": msg} if {
	deny == set()
	some msg in unsettled
}

not_assessable contains reason if {
	deny == set()
	some case in cases
	some verdict in [{"bound": entry_of(case.metric).threshold, "is": floor_verdict(case)}, {"bound": dropped_to(case.metric), "is": drop_verdict(case)}]
	verdict.is == "straddles"
	reason := object.union(metric.members(record_of(case), entry_of(case.metric)), {
		"msg": sprintf("%s: the interval reaches beyond %s, so the bound is neither kept nor broken (%s)", [metric.words(record_of(case), entry_of(case.metric)), show.num(verdict.bound), span(reports[case.report])]),
		"path": place(case),
		"bound": verdict.bound,
		"basis": sprintf("monitoring-plan %s", [watch.id]),
	})
}

not_assessable contains reason if {
	deny == set()
	some case in cases
	not floor_verdict(case)
	reason := {"msg": sprintf("%s: no interval, fewer than %d cases, or no bound in the plan (%s)", [record_of(case).name, entry_of(case.metric).min_n, span(reports[case.report])])}
}

not_assessable contains reason if {
	deny == set()
	some m in planned
	not dropped_to(m)
	reason := {"msg": sprintf("%s states no value of %s at the evaluation above 0, so a drop cannot be told", [show.said(watch), entry_of(m).name])}
}

not_assessable contains reason if {
	deny == set()
	some m in planned
	max_drop(m) > data.params.performance_drop_limit
	reason := {"msg": sprintf("the drop of %s that the plan allows for %s is more than the %s the parameters let a plan allow", [show.percent(max_drop(m)), entry_of(m).name, show.percent(data.params.performance_drop_limit)])}
}

not_assessable contains reason if {
	deny == set()
	assize.reached(stale_from)
	reason := {"msg": sprintf("the newest window with known outcomes ended on %s and is too old to tell of performance now", [show.day(window.newest(reports))])}
}

not_assessable contains reason if {
	deny == set()
	planned == set()
	reason := {"msg": sprintf("%s declares no performance metric", [show.said(watch)])}
}
