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

last := window.last(reports, watch.predicate.cadence_s)

stale_from := window.stale_from(reports, data.params.monitoring_silence_cadences * watch.predicate.cadence_s)

unsettled := window.unsettled(input.evidence["monitoring-plan"], data.params.monitoring_cadence_limit_s)

raised contains {"report": i, "alert": k} if {
	some i, report in reports
	some k, _ in report.predicate.alerts
}

alert_of(case) := reports[case.report].predicate.alerts[case.alert]

# due: so long after the alarm was raised; a later report cannot raise it later.
due(id) := assize.plus_seconds(min({alert_of(case).raised_at | some case in by_id[id]; is_string(alert_of(case).raised_at)}), round(data.params.alert_answer_hours * 3600))

by_id[alert_of(case).id] contains case if some case in raised

# answers to an alarm, with when each was given: by its own word in a report, which
# has to lie before the report, or when it was in the ledger.
answers[id] contains at if {
	some id, cases in by_id
	some case in cases
	text.meaningful(alert_of(case).action)
	at := alert_of(case).acted_at
	not assize.before(reports[case.report].proven, at)
}

answers[id] contains incident.proven if {
	some incident in input.evidence.incident
	some id in incident.predicate.alerts
}

answers[id] contains change.proven if {
	some change in input.evidence["model-change"]
	some id in change.predicate.answers
}

in_time(id) if {
	some at in answers[id]
	not assize.before(due(id), at)
}

# open: the time to answer is not over.
open(id) if not assize.reached(due(id))

settled(id) if in_time(id)

settled(id) if open(id)

pass if {
	count(unsettled) == 0
	watch.predicate.environment == input.environment
	reports != []
	every report in reports {
		window.proper(report, input.environment)
	}
	not assize.reached(stale_from)
	last != set()
	every i in last {
		is_array(reports[i].predicate.alerts)
	}
	count({case | some case in raised; text.meaningful(alert_of(case).id)}) == count(raised)
	count(by_id) >= 0
	every id, cases in by_id {
		count(cases) > 0
		settled(id)
	}
}

where(id) := show.list({show.said(reports[case.report]) | some case in by_id[id]})

figure(id) := sprintf(" (%s)", [show.list(names)]) if {
	names := {alert_of(case).metric | some case in by_id[id]}
	count(names) > 0
}

figure(id) := "" if count({alert_of(case).metric | some case in by_id[id]}) == 0

answered(id) := sprintf("answered on %s only", [show.day(min(answers[id]))]) if count(answers[id]) > 0

answered(id) := "not answered" if not answers[id]

deny contains finding if {
	some id, _ in by_id
	assize.reached(due(id))
	not in_time(id)
	finding := {
		"msg": sprintf("alarm %q%s was to be answered by %s, %v hours after it was raised, and was %s: %s", [id, figure(id), due(id), data.params.alert_answer_hours, answered(id), where(id)]),
		"path": "monitoring-report.alerts",
		"value": sort(object.get(answers, id, set())),
		"bound": due(id),
		"basis": "parameter alert_answer_hours",
	}
}

warn contains finding if {
	some id, _ in by_id
	open(id)
	not in_time(id)
	finding := {
		"msg": sprintf("alarm %q%s is to be answered by %s: %s", [id, figure(id), due(id), where(id)]),
		"path": "monitoring-report.alerts",
		"bound": due(id),
		"basis": "parameter alert_answer_hours",
	}
}

not_assessable contains {"msg": msg} if {
	deny == set()
	some msg in unsettled
}

not_assessable contains reason if {
	deny == set()
	assize.reached(stale_from)
	reason := {"msg": sprintf("the newest monitoring window ended on %s and is too old to tell of alarms now", [show.day(window.newest(reports))])}
}

not_assessable contains reason if {
	deny == set()
	some i in last
	not is_array(object.get(reports[i].predicate, "alerts", null))
	reason := {"msg": sprintf("%s does not state its alarms; an empty list says that there was none", [show.said(reports[i])])}
}

not_assessable contains reason if {
	deny == set()
	some id, _ in by_id
	not due(id)
	reason := {"msg": sprintf("alarm %q does not say when it was raised: %s", [id, where(id)])}
}
