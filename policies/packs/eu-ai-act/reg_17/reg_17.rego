# METADATA
# title: Serious incidents are reported in time
# description: >-
#   Every serious incident of a high-risk system in the environment that its provider
#   became aware of since Art 73 binds it was reported to an authority in time: within
#   2 days if it is widespread or hit critical infrastructure, 10 if a person died, 15
#   otherwise. What an incident leaves open counts for the shorter time. A report not
#   yet due, and a late one of a closed incident, are warned of; no serious incident
#   on record means that there is nothing to judge. Annex III from 2 December 2027,
#   Annex I from 2 August 2028.
# custom:
#   id: REG-17
#   severity: critical
#   kinds: [deployment]
#   actions: [deploy, continue]
#   requires: [system-profile]
#   reads: [incident]
#   controls: ["eu-ai-act/art-73", "iso-42001/A.8.4", "nist-ai-rmf/MANAGE-4.3"]
#   basis: law
#   applies_from: "2027-12-02"
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: Report now to the market surveillance authority; an incomplete initial report is allowed and counts. Then record it in the incident, and close the incident when it is resolved.
package assize.eu_ai_act.reg_17

import data.assize.lib.act
import data.assize.lib.instant
import data.assize.lib.scope
import data.assize.lib.show
import data.assize.lib.text

profiles := input.evidence["system-profile"]

incidents := input.evidence.incident

# binds is since when Art 73 binds the system.
binds := act.products_from if act.product(profiles, input.system)

binds := "2027-12-02" if not act.product(profiles, input.system)

applies_from := act.products_from if act.product(profiles, input.system)

bound if act.bound(profiles, input.system)

# harmless: called internal, and nothing it says itself contradicts that.
harmless(incident) if {
	incident.predicate.category == "internal"
	object.get(incident.predicate, "death", false) == false
	object.get(incident.predicate, "widespread", false) == false
}

# serious are the incidents to report: not harmless, and not known before the
# duty bound the system.
serious := {i |
	some i, incident in incidents
	not harmless(incident)
	not before_duty(incident)
}

before_duty(incident) if {
	assize.before(incident.predicate.aware_at, binds)
	not since_duty(incident)
}

# Nobody is aware of what has not happened.
since_duty(incident) if not assize.before(incident.predicate.occurred_at, binds)

not_applicable if act.beyond(profiles, input.system)

not_applicable if {
	bound
	is_array(incidents)
	serious == set()
	lost == set()
}

# lost are incidents that were told and can no longer be read or believed: nobody
# can say that they were none.
lost := {item.index |
	some item in input.withheld.incident
	item.state in {"erased", "untrusted"}
}

# days to report, by the gravest the incident does not rule out.
days(incident) := data.params.incident_report_days_widespread if {
	grave(incident)
} else := data.params.incident_report_days_death if {
	object.get(incident.predicate, "category", "death_or_health") == "death_or_health"
	object.get(incident.predicate, "death", null) != false
} else := data.params.incident_report_days

grave(incident) if incident.predicate.category == "critical_infrastructure"

grave(incident) if object.get(incident.predicate, "widespread", null) != false

basis(incident) := "parameter incident_report_days_widespread (AI Act Art 73(3))" if {
	grave(incident)
} else := "parameter incident_report_days_death (AI Act Art 73(4))" if {
	days(incident) == data.params.incident_report_days_death
} else := "parameter incident_report_days (AI Act Art 73(2))"

# aware: no later than the incident was said to be there.
aware(incident) := instant.earliest({incident.predicate.aware_at, incident.claimed, incident.proven})

due(incident) := assize.plus_days(aware(incident), days(incident))

# sent are when reports went to an authority; none went out before what it reports.
sent(incident) := {report.sent_at |
	some report in incident.predicate.reports
	text.meaningful(report.authority)
	instant.done(incident, report.sent_at)
	not premature(incident, report)
}

premature(incident, report) if assize.before(report.sent_at, incident.predicate.occurred_at)

in_time(incident) if not assize.before(due(incident), instant.earliest(sent(incident)))

# answered: reported in time; or not yet due; or reported late and over.
answered(incident) if in_time(incident)

answered(incident) if not assize.reached(due(incident))

answered(incident) if {
	count(sent(incident)) > 0
	incident.predicate.status == "closed"
	aware(incident)
}

pass if {
	bound
	serious != set()
	every i in serious {
		is_string(incidents[i].predicate.category)
		answered(incidents[i])
	}
}

deny contains finding if {
	bound
	some i in serious
	incident := incidents[i]
	count(sent(incident)) == 0
	assize.reached(due(incident))
	finding := {
		"msg": sprintf("incident %s has not been reported to an authority: known since %s, due within %d days, on %s (%s)", [incident.predicate.id, show.day(aware(incident)), days(incident), show.day(due(incident)), show.said(incident)]),
		"path": sprintf("incident[%d].reports", [i]),
		"value": 0,
		"bound": due(incident),
		"basis": basis(incident),
	}
}

deny contains object.union(finding, {"path": sprintf("incident[%d].reports", [i])}) if {
	bound
	some i in serious
	incidents[i].predicate.status != "closed"
	finding := late(incidents[i])
}

warn contains object.union(finding, {"path": sprintf("incident[%d].reports", [i])}) if {
	bound
	some i in serious
	incidents[i].predicate.status == "closed"
	finding := late(incidents[i])
}

late(incident) := {"msg": words, "value": first, "bound": due(incident), "basis": basis(incident)} if {
	first := instant.earliest(sent(incident))
	assize.before(due(incident), first)
	words := sprintf("incident %s was reported on %s, after %s, %d days after it was known on %s (%s)", [incident.predicate.id, show.day(first), show.day(due(incident)), days(incident), show.day(aware(incident)), show.said(incident)])
}

deny contains finding if {
	bound
	some i in serious
	some member, words in {"category": "which kind of serious incident it is, or that it is internal", "aware_at": "when the provider became aware of it"}
	not incidents[i].predicate[member]
	finding := {
		"msg": sprintf("incident %s does not state %s: %s (%s)", [incidents[i].predicate.id, member, words, show.said(incidents[i])]),
		"path": sprintf("incident[%d].%s", [i, member]),
		"basis": "AI Act Art 73(2)",
	}
}

warn contains finding if {
	bound
	some i in serious
	incident := incidents[i]
	count(sent(incident)) == 0
	not assize.reached(due(incident))
	finding := {
		"msg": sprintf("incident %s must be reported until %s, %d days after it was known (%s)", [incident.predicate.id, show.day(due(incident)), days(incident), show.said(incident)]),
		"path": sprintf("incident[%d].reports", [i]),
		"value": 0,
		"bound": due(incident),
		"basis": basis(incident),
	}
}

not_assessable contains {"msg": words} if {
	not pass
	some words in scope.unclear(profiles, input.system)
}

not_assessable contains finding if {
	deny == set()
	serious == set()
	some index in lost
	finding := {"msg": sprintf("the incident at index %d was told and no longer counts, so it is not known whether it was serious", [index])}
}
