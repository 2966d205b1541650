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

planned contains m if {
	some m, entry in watch.predicate.metrics
	not entry.name in {"psi", "ks", "js", "wasserstein", "chi2", "hellinger", "drift_share"}
	not entry.attribute
}

entry_of(m) := watch.predicate.metrics[m]

# points of a metric: where a window ended, in days, and what was measured.
points[m] := [[assize.seconds_between("2000-01-01", report.predicate.window.end) / 86400, found.record.value] |
	some found in assize.records(reports, "perf", entry_of(m))
	metric.possible(found.record)
	report := reports[found.statement]
	report.predicate.environment == input.environment
] if {
	some m in planned
}

enough(m) if count(points[m]) >= data.params.forecast_min_reports

# Several metrics are forecast at once: each gets its part of the error.
confidence := assize.round(1 - (0.05 / count(planned))) if planned != set()

crossing[m] := assize.crossing([point[0] | some point in points[m]], [point[1] | some point in points[m]], confidence, entry_of(m).threshold, entry_of(m).comparator) if {
	some m in planned
	entry_of(m).comparator in {">=", ">", "<=", "<"}
	is_number(entry_of(m).threshold)
	enough(m)
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

# Above 2099, or before 2000, it is no matter of this decade.
near(m) if assize.reached(assize.plus_days(foreseen[m], 0 - data.params.forecast_horizon_days))

quiet(m) if crossing[m].sure == false

quiet(m) if {
	crossing[m].sure == true
	crossing[m].at >= 36500
}

quiet(m) if {
	foreseen[m]
	not near(m)
}

pass if {
	unsettled == set()
	watch.predicate.cadence_s > 0
	watch.predicate.environment == input.environment
	window.sound(reports, input.environment)
	planned != set()
	every m in planned {
		quiet(m)
	}
}

range(m) := sprintf("between %s and %s", [edge(crossing[m].earliest), edge(crossing[m].latest)])

edge(days) := show.day(day(days))

edge(days) := "a day beyond this century" if not day(days)

words(m) := sprintf("%s is forecast to cross %s %s on %s (%s), by the line through %d reports that changes it by %s a day, interval %s at %s", [
	entry_of(m).name, entry_of(m).comparator, show.num(entry_of(m).threshold), show.day(foreseen[m]), range(m), count(points[m]),
	small(crossing[m].trend.slope), ends(crossing[m].trend), show.percent(confidence),
])

# Changes per day are small numbers.
small(x) := sprintf("%v", [round(x * 1000000) / 1000000])

ends(trend) := sprintf("[%s, %s]", [small(trend.low), small(trend.high)])

members(m) := {
	"path": sprintf("monitoring-plan[0].metrics[%d]", [m]),
	"value": foreseen[m],
	"earliest": edge(crossing[m].earliest), "latest": edge(crossing[m].latest),
	"slope": crossing[m].trend.slope, "n": count(points[m]),
}

deny contains object.union(members(m), {
	"msg": sprintf("%s; less than %d days are left from %s on (%s)", [
		words(m), data.params.forecast_horizon_days, show.day(assize.plus_days(foreseen[m], 0 - data.params.forecast_horizon_days)), show.said(watch),
	]),
	"bound": data.params.forecast_horizon_days,
	"basis": "parameter forecast_horizon_days",
}) if {
	some m, _ in foreseen
	near(m)
}

warn contains object.union(members(m), {
	"msg": sprintf("%s; that is more than %d days away (%s)", [words(m), data.params.forecast_horizon_days, show.said(watch)]),
	"bound": data.params.forecast_horizon_days,
	"basis": "parameter forecast_horizon_days",
}) if {
	some m, _ in foreseen
	not near(m)
}

not_assessable contains {"msg": msg} if {
	deny == set()
	some msg in unsettled
}

not_assessable contains reason if {
	deny == set()
	some m in planned
	not enough(m)
	reason := {
		"msg": sprintf("%d reports hold %s; a trend is forecast from %d on", [count(points[m]), entry_of(m).name, data.params.forecast_min_reports]),
		"value": count(points[m]),
		"bound": data.params.forecast_min_reports,
		"basis": "parameter forecast_min_reports",
	}
}

not_assessable contains reason if {
	deny == set()
	some m in planned
	enough(m)
	not crossing[m]
	reason := {"msg": sprintf("%s sets no bound for %s that can be met from one side", [show.said(watch), entry_of(m).name])}
}

not_assessable contains reason if {
	deny == set()
	planned == set()
	reason := {"msg": sprintf("%s declares no performance metric", [show.said(watch)])}
}
