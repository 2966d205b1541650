# METADATA
# title: Alarms are answered in time
# description: >-
#   Every alarm a monitoring report raises was answered, by an action the reports state
#   or an incident or change of the model that names it, within the time allowed.
# custom:
#   id: OPS-11
#   severity: high
#   kinds: [deployment]
#   actions: [continue]
#   requires: [monitoring-plan, monitoring-report]
#   reads: [incident, model-change]
#   controls: ["nist-ai-rmf/MANAGE-4.1", "nist-ai-rmf/MANAGE-2.3", "eu-ai-act/art-26-5", "iso-42001/A.6.2.6"]
#   basis: default
#   remediation: Act on the alarm and record it, in the next report, as an incident or as a change of the model that names the alarm.
package assize.ops.ops_11

import data.assize.lib.show
import data.assize.lib.text
import data.assize.lib.window

watch := input.evidence["monitoring-plan"][0]

reports := input.evidence["monitoring-report"]

recent := assize.windows_recent(reports, watch.predicate.cadence_s)

stale if assize.reached(assize.plus_seconds(recent.newest, data.params.monitoring_silence_cadences * watch.predicate.cadence_s))

unsettled := window.unsettled(input.evidence["monitoring-plan"], data.params.monitoring_cadence_limit_s)

raised := [{"report": report, "alert": alert} |
	some report in reports
	some alert in report.predicate.alerts
]

by_id := assize.gathered(raised, ["alert", "id"], {"reports": ["report"], "metrics": ["alert", "metric"], "instants": ["alert", "raised_at"]})

answer_s := round(data.params.alert_answer_hours * 3600)

# due: so long after the alarm was raised; a later report cannot raise it later.
due[id] := assize.plus_seconds(min(stated), wait) if {
	wait := answer_s
	some id, said in by_id
	stated := {at | some at in said.instants; is_string(at)}
}

# answers to an alarm, with when each was given: by its own word in a report, which
# has to lie before the report, or when it was in the ledger.
answers[case.alert.id] contains at if {
	some case in raised
	at := case.alert.acted_at
	text.meaningful(case.alert.action)
	not assize.before(case.report.proven, at)
}

answers[id] contains incident.proven if {
	some incident in input.evidence.incident
	some id in incident.predicate.alerts
}

answers[id] contains change.proven if {
	some change in input.evidence["model-change"]
	some id in change.predicate.answers
}

in_time contains id if {
	some id, given in answers
	some at in given
	not assize.before(due[id], at)
}

# open: the time to answer is not over; it is for all when it is for the last.
open contains id if {
	not assize.reached(assize.latest([until | some until in due]))
	some id, until in due
	not assize.reached(until)
}

pass if {
	unsettled == set()
	watch.predicate.environment == input.environment
	window.sound(reports, input.environment)
	not stale
	recent.places != set()
	every i in recent.places {
		is_array(reports[i].predicate.alerts)
	}
	object.keys(by_id) - (in_time | open) == set()
	count([case | some case in raised; text.meaningful(case.alert.id)]) == count(raised)
}

# where an alarm was raised, and what of.
where(said) := assize.listed({assize.said(report) | some report in said.reports})

figure(set()) := ""

figure(metrics) := sprintf(" (%s)", [assize.listed(metrics)]) if metrics != set()

answered(set()) := "not answered"

answered(given) := sprintf("answered on %s only", [show.day(min(given))]) if given != set()

deny contains finding if {
	all := answers
	some id, until in object.remove(due, open | in_time)
	given := object.get(all, id, set())
	said := by_id[id]
	finding := {
		"msg": sprintf("alarm %q%s was to be answered by %s, %v hours after it was raised, and was %s: %s", [id, figure(said.metrics), until, data.params.alert_answer_hours, answered(given), where(said)]),
		"path": "monitoring-report.alerts",
		"value": sort(given),
		"bound": until,
		"basis": "parameter alert_answer_hours",
	}
}

warn contains finding if {
	some id in (open - in_time)
	said := by_id[id]
	finding := {
		"msg": sprintf("alarm %q%s is to be answered by %s: %s", [id, figure(said.metrics), due[id], where(said)]),
		"path": "monitoring-report.alerts",
		"bound": due[id],
		"basis": "parameter alert_answer_hours",
	}
}

not_assessable contains {"msg": msg} if {
	deny == set()
	some msg in unclear
}

unclear contains msg if some msg in unsettled

unclear contains sprintf("the newest monitoring window ended on %s and is too old to tell of alarms now", [show.day(recent.newest)]) if stale

unclear contains msg if {
	some i in recent.places
	not is_array(object.get(reports[i].predicate, "alerts", null))
	msg := sprintf("%s does not state its alarms; an empty list says that there was none", [assize.said(reports[i])])
}

unclear contains msg if {
	some id, said in by_id
	not due[id]
	msg := sprintf("alarm %q does not say when it was raised: %s", [id, where(said)])
}
