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

import data.assize.lib.show
import data.assize.lib.window

watch := input.evidence["monitoring-plan"][0]

reports := input.evidence["monitoring-report"]

newest := assize.windows_newest(reports)

# silence_s is how long there may be no word: so many cadences of the plan.
silence_s := data.params.monitoring_silence_cadences * watch.predicate.cadence_s

silent_from := assize.plus_seconds(newest, silence_s)

unsettled := window.unsettled(input.evidence["monitoring-plan"], data.params.monitoring_cadence_limit_s)

pass if {
	unsettled == set()
	watch.predicate.environment == input.environment
	watch.predicate.cadence_s > 0
	window.sound(reports, input.environment)
	early == set()
	long == {}
	unfollowed == set()
	not assize.reached(silent_from)
}

# early are reports made before their window was over.
early := assize.windows_early(reports)

# long are the lengths of windows that last longer than silence may; one window over
# a year would be a gap with a name.
long := assize.where(assize.windows_lengths(reports), [], ">", most) if most := silence_s

# unfollowed are windows without another that begins in time and ends later, and that
# do not lie too far back to matter.
unfollowed contains i if {
	some i in assize.windows_open(reports, data.params.monitoring_gap_max_s)
	not assize.reached(assize.plus_days(reports[i].predicate.window.end, data.params.monitoring_lookback_days))
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
	some i in unfollowed
	report := reports[i]
	finding := {
		"msg": sprintf("no window follows the one that ended on %s (%s) within %s: a gap in monitoring", [show.day(report.predicate.window.end), show.said(report), lasting(data.params.monitoring_gap_max_s)]),
		"path": "monitoring-report.window",
		"value": report.predicate.window.end,
		"bound": data.params.monitoring_gap_max_s,
		"basis": "parameter monitoring_gap_max_s",
	}
}

deny contains finding if {
	some i in early
	report := reports[i]
	finding := {
		"msg": sprintf("the window ends on %s, after its report was in the ledger (%s)", [show.day(report.predicate.window.end), show.said(report)]),
		"path": "monitoring-report.window.end",
		"value": report.predicate.window.end,
		"bound": report.proven,
		"basis": sprintf("monitoring-report %s", [report.id]),
	}
}

deny contains finding if {
	some i, length in long
	report := reports[i]
	finding := {
		"msg": sprintf("the window that ended on %s is %s long; the plan asks for one every %s, and %d of these are the longest silence (%s)", [show.day(report.predicate.window.end), lasting(length), lasting(watch.predicate.cadence_s), data.params.monitoring_silence_cadences, show.said(report)]),
		"path": "monitoring-report.window",
		"value": length,
		"bound": silence_s,
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
