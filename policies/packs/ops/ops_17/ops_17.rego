# METADATA
# title: No blocking incident is open
# description: >-
#   No incident of the system in this environment is open that blocks: one of a category
#   of Art 3(49) until it is contained and released, any other unless its statement says
#   that it does not block and tells of no death, no wide spread and no critical severity.
# custom:
#   id: OPS-17
#   severity: critical
#   kinds: [deployment]
#   actions: [deploy, continue]
#   reads: [incident]
#   controls: ["eu-ai-act/art-20", "nist-ai-rmf/MANAGE-4.3", "nist-ai-rmf/MANAGE-2.3", "iso-42001/A.8.4"]
#   basis: guidance
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: Correct the system or withdraw it; then have a risk, compliance or validation role close the incident.
package assize.ops.ops_17

import data.assize.lib.show

incidents := input.related.incidents

# spared: the incident is open and does not block.
spared(incident) if {
	incident.predicate.blocking == false
	incident.predicate.category == "internal"
	not grave(incident)
}

# grave: called internal, and what it says itself contradicts that.
grave(incident) if incident.predicate.death != false

grave(incident) if incident.predicate.widespread != false

grave(incident) if incident.predicate.severity == "critical"

spared(incident) if {
	incident.predicate.blocking == false
	incident.predicate.status == "contained"
	incident.predicate.category in {"death_or_health", "critical_infrastructure", "fundamental_rights", "property_or_environment"}
}

pass if {
	is_array(incidents)
	count([incident | some incident in incidents; spared(incident)]) == count(incidents)
}

words := {
	"death_or_health": "harm to life or health", "critical_infrastructure": "disruption of critical infrastructure",
	"fundamental_rights": "breach of fundamental rights", "property_or_environment": "harm to property or the environment",
	"internal": "internal matter",
}

deny contains finding if {
	some i, incident in incidents
	not spared(incident)
	finding := {
		"msg": sprintf("incident %s is %s and blocks: %s, %s (%s)", [
			object.get(incident.predicate, "id", "without id"), object.get(incident.predicate, "status", "open"),
			object.get(words, object.get(incident.predicate, "category", ""), "of no category that was stated"), why(incident), show.said(incident),
		]),
		"path": sprintf("related.incidents[%d]", [i]),
		"value": object.get(incident.predicate, "status", "open"),
		"bound": "closed",
		"basis": "AI Act Art 20(1); NIST AI RMF MANAGE 4.3",
	}
}

why(incident) := "it is not said that it does not block" if object.get(incident.predicate, "blocking", true) != false

why(incident) := "which blocks until it is contained" if {
	incident.predicate.blocking == false
	object.get(incident.predicate, "category", "") != "internal"
}

why(incident) := "though it tells of a death, of wide spread or of critical severity, and so blocks until it is closed" if {
	incident.predicate.blocking == false
	incident.predicate.category == "internal"
}
