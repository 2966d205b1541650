# METADATA
# title: No floor will be crossed soon
# description: >-
#   A robust line through the performance of at least six reports, with its interval,
#   does not meet the plan's bound within the horizon. Of a series without a trend about
#   one in forty raises a false alarm, of six reports one in a hundred.
# custom:
#   id: OPS-08
#   severity: medium
#   kinds: [deployment]
#   actions: [continue]
#   requires: [monitoring-plan, monitoring-report]
#   controls: ["nist-ai-rmf/MANAGE-2.3", "nist-ai-rmf/MEASURE-4.3", "nist-ai-rmf/MEASURE-3.1"]
#   basis: default
#   remediation: Schedule retraining or recalibration before the day the message names.
package assize.ops.ops_08

import data.assize.lib.metric
import data.assize.lib.show
import data.assize.lib.window

watch := input.evidence["monitoring-plan"][0]

# The newest reports are enough to tell a trend; older ones would blur it.
reports := array.slice(input.evidence["monitoring-report"], 0, data.params.forecast_max_reports)

unsettled := window.unsettled(input.evidence["monitoring-plan"], data.params.monitoring_cadence_limit_s)

# planned are the metrics of performance, by their places in the plan.
planned[m] := entry if {
	some m, entry in watch.predicate.metrics
	not entry.name in {"psi", "ks", "js", "wasserstein", "chi2", "hellinger", "drift_share"}
	not entry.attribute
}

here := assize.where(reports, ["predicate", "environment"], "==", input.environment)

# series of a metric: where a window ended, in days, and what was measured.
series[m] := assize.series(possible(entry.name, assize.records(reports, "perf", entry)), here) if {
	some m, entry in planned
}

# possible are the records of at least one case whose value the metric can have.
possible(name, found) := assize.where(assize.where(counted, ["record", "value"], ">=", 0), ["record", "value"], "<=", 1) if {
	name in metric.shares
	counted := assize.where(found, ["record", "n"], ">", 0)
}

possible(name, found) := assize.where(found, ["record", "n"], ">", 0) if not name in metric.shares

enough contains m if {
	some m, line in series
	count(line.x) >= data.params.forecast_min_reports
}

# Several metrics are forecast at once: each gets its part of the error.
confidence := assize.round(1 - (0.05 / count(planned))) if planned != {}

crossing[m] := assize.crossing(series[m].x, series[m].y, confidence, entry.threshold, entry.comparator) if {
	some m in enough
	entry := planned[m]
	entry.comparator in {">=", ">", "<=", "<"}
	is_number(entry.threshold)
}

# day is the date of a number of days, within what dates there are.
day(days) := assize.plus_seconds("2000-01-01", round(days * 86400)) if {
	days > 0
	days < 36500
}

# A crossing is foreseen when the whole interval of the slope leads to the bound.
foreseen[m] := day(found.at) if {
	some m, found in crossing
	found.sure
}

# near are those it is too late to wait for.
near contains m if {
	some m, at in foreseen
	assize.reached(assize.plus_days(at, 0 - data.params.forecast_horizon_days))
}

quiet contains m if {
	some m, found in crossing
	not found.sure
}

# Above 2099, or before 2000, it is no matter of this decade.
quiet contains m if {
	some m, found in crossing
	found.sure
	found.at >= 36500
}

quiet contains m if {
	some m, _ in foreseen
	not m in near
}

pass if {
	unsettled == set()
	watch.predicate.cadence_s > 0
	watch.predicate.environment == input.environment
	window.sound(reports, input.environment)
	planned != {}
	object.keys(planned) - quiet == set()
}

range(m) := sprintf("between %s and %s", [edge(crossing[m].earliest), edge(crossing[m].latest)])

edge(days) := show.day(day(days))

edge(days) := "a day beyond this century" if not day(days)

words(m) := sprintf("%s is forecast to cross %s %s on %s (%s), by the line through %d reports that changes it by %s a day, interval %s at %s", [
	planned[m].name, planned[m].comparator, assize.decimals(planned[m].threshold), show.day(foreseen[m]), range(m), count(series[m].x),
	small(crossing[m].trend.slope), ends(crossing[m].trend), show.percent(confidence),
])

# Changes per day are small numbers.
small(x) := sprintf("%v", [round(x * 1000000) / 1000000])

ends(trend) := sprintf("[%s, %s]", [small(trend.low), small(trend.high)])

members(m) := {
	"path": sprintf("monitoring-plan[0].metrics[%d]", [m]),
	"value": foreseen[m],
	"earliest": edge(crossing[m].earliest), "latest": edge(crossing[m].latest),
	"slope": crossing[m].trend.slope, "n": count(series[m].x),
}

deny contains object.union(members(m), {
	"msg": sprintf("%s; less than %d days are left from %s on (%s)", [
		words(m), data.params.forecast_horizon_days, show.day(assize.plus_days(foreseen[m], 0 - data.params.forecast_horizon_days)), assize.said(watch),
	]),
	"bound": data.params.forecast_horizon_days,
	"basis": "parameter forecast_horizon_days",
}) if {
	some m in near
}

warn contains object.union(members(m), {
	"msg": sprintf("%s; that is more than %d days away (%s)", [words(m), data.params.forecast_horizon_days, assize.said(watch)]),
	"bound": data.params.forecast_horizon_days,
	"basis": "parameter forecast_horizon_days",
}) if {
	some m, _ in foreseen
	not m in near
}

not_assessable contains reason if {
	deny == set()
	some reason in unclear
}

unclear contains {"msg": msg} if some msg in unsettled

unclear contains reason if {
	some m, line in series
	not m in enough
	reason := {
		"msg": sprintf("%d reports hold %s; a trend is forecast from %d on", [count(line.x), planned[m].name, data.params.forecast_min_reports]),
		"value": count(line.x),
		"bound": data.params.forecast_min_reports,
		"basis": "parameter forecast_min_reports",
	}
}

unclear contains reason if {
	some m in enough
	not crossing[m]
	reason := {"msg": sprintf("%s sets no bound for %s that can be met from one side", [assize.said(watch), planned[m].name])}
}

unclear contains {"msg": sprintf("%s declares no performance metric", [assize.said(watch)])} if planned == {}
