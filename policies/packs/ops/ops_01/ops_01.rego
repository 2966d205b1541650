# METADATA
# title: Monitoring is alive
# description: >-
#   The newest monitoring window ended within the allowed number of cadences of
#   the plan, and between the windows of the past year there is no gap.
# custom:
#   id: OPS-01
#   severity: high
#   kinds: [deployment]
#   actions: [continue]
#   requires: [monitoring-plan, monitoring-report]
#   controls: ["eu-ai-act/art-26-5", "eu-ai-act/art-72", "nist-ai-rmf/MEASURE-2.4"]
#   basis: guidance
#   remediation: Restore monitoring; if a window was lost, report on it from the logs.
package assize.ops.ops_01

import data.assize.lib.instant
import data.assize.lib.show
import data.assize.lib.window

watch := input.evidence["monitoring-plan"][0]

reports := input.evidence["monitoring-report"]

newest := window.newest(reports)

silent_from := assize.plus_seconds(newest, data.params.monitoring_silence_cadences * watch.predicate.cadence_s)

# spans are the windows by their ends, as numbers, so that each has to look only
# at the next; of windows that end together the longest counts.
spans := sort([span |
	some end, windows in ending
	span := array.concat([end], min(windows))
])

ending[end] contains [instant.seconds(report.predicate.window.start), i] if {
	some i, report in reports
	end := instant.seconds(report.predicate.window.end)
}

unsettled := window.unsettled(input.evidence["monitoring-plan"], data.params.monitoring_cadence_limit_s)

pass if {
	count(unsettled) == 0
	watch.predicate.environment == input.environment
	watch.predicate.cadence_s > 0
	reports != []
	every report in reports {
		window.proper(report, input.environment)
		whole(report)
	}
	count(spans) > 0
	every k, _ in spans {
		followed(k)
	}
	not assize.reached(silent_from)
}

# A window is over when its report is made, and no longer than silence may last;
# one window over a year would be a gap with a name.
whole(report) if {
	not assize.before(report.proven, report.predicate.window.end)
	length(report) <= data.params.monitoring_silence_cadences * watch.predicate.cadence_s
}

length(report) := assize.seconds_between(report.predicate.window.start, report.predicate.window.end)

# A window is followed by one that begins in time and ends later, is the last, or
# lies too far back to matter.
followed(k) if joins(k, k + 1)

followed(k) if {
	not joins(k, k + 1)
	some next, _ in spans
	joins(k, next)
}

followed(k) if k == count(spans) - 1

followed(k) if assize.reached(assize.plus_days(reports[spans[k][2]].predicate.window.end, data.params.monitoring_lookback_days))

joins(k, next) if {
	spans[next][0] > spans[k][0]
	spans[next][1] <= spans[k][0] + data.params.monitoring_gap_max_s
}

# lasting writes seconds as people read them.
lasting(seconds) := sprintf("%s days", [show.num(seconds / 86400)]) if seconds >= 86400

lasting(seconds) := sprintf("%s hours", [show.num(seconds / 3600)]) if seconds < 86400

deny contains finding if {
	assize.reached(silent_from)
	finding := {
		"msg": sprintf("the newest monitoring window ended on %s; after %d times %s, the cadence of the plan, on %s, silence is a failure", [show.day(newest), data.params.monitoring_silence_cadences, lasting(watch.predicate.cadence_s), show.day(silent_from)]),
		"path": "monitoring-report.window.end",
		"value": newest,
		"bound": silent_from,
		"basis": sprintf("monitoring-plan %s, parameter monitoring_silence_cadences", [watch.id]),
	}
}

deny contains finding if {
	some k, span in spans
	not followed(k)
	report := reports[span[2]]
	finding := {
		"msg": sprintf("no window follows the one that ended on %s (%s) within %s: a gap in monitoring", [show.day(report.predicate.window.end), show.said(report), lasting(data.params.monitoring_gap_max_s)]),
		"path": "monitoring-report.window",
		"value": report.predicate.window.end,
		"bound": data.params.monitoring_gap_max_s,
		"basis": "parameter monitoring_gap_max_s",
	}
}

deny contains finding if {
	some report in reports
	assize.before(report.proven, report.predicate.window.end)
	finding := {
		"msg": sprintf("the window ends on %s, after its report was in the ledger (%s)", [show.day(report.predicate.window.end), show.said(report)]),
		"path": "monitoring-report.window.end",
		"value": report.predicate.window.end,
		"bound": report.proven,
		"basis": sprintf("monitoring-report %s", [report.id]),
	}
}

deny contains finding if {
	some report in reports
	length(report) > data.params.monitoring_silence_cadences * watch.predicate.cadence_s
	finding := {
		"msg": sprintf("the window that ended on %s is %s long; the plan asks for one every %s, and %d of these are the longest silence (%s)", [show.day(report.predicate.window.end), lasting(length(report)), lasting(watch.predicate.cadence_s), data.params.monitoring_silence_cadences, show.said(report)]),
		"path": "monitoring-report.window",
		"value": length(report),
		"bound": data.params.monitoring_silence_cadences * watch.predicate.cadence_s,
		"basis": sprintf("monitoring-plan %s, parameter monitoring_silence_cadences", [watch.id]),
	}
}

not_assessable contains {"msg": msg} if {
	deny == set()
	some msg in unsettled
}

not_assessable contains reason if {
	deny == set()
	not watch.predicate.cadence_s
	reason := {"msg": sprintf("%s states no cadence", [show.said(watch)])}
}
