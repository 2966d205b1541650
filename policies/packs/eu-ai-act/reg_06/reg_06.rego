# METADATA
# title: Events are logged and kept
# description: >-
#   Every deployment asked for or running in the environment logs events and keeps
#   the logs for at least the time the law sets.
# custom:
#   id: REG-06
#   severity: high
#   kinds: [deployment]
#   actions: [deploy, continue]
#   requires: [system-profile, deployment]
#   controls: ["eu-ai-act/art-12", "eu-ai-act/art-19", "eu-ai-act/art-26-6", "iso-42001/A.6.2.8"]
#   basis: law
#   applies_from: "2027-12-02"
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: Switch logging on, keep the logs for six months at least, and state both in the deployment.
package assize.eu_ai_act.reg_06

import data.assize.lib.act
import data.assize.lib.deployment as running
import data.assize.lib.show

profiles := input.evidence["system-profile"]

deployments := input.evidence.deployment

places := running.places(deployments, input.environment)

not_applicable if act.beyond(profiles, input.system)

applies_from := act.products_from if act.product(profiles, input.system)

pass if {
	act.bound(profiles, input.system)
	places != {}
	every deployment in places {
		deployment.predicate.log.enabled == true
		deployment.predicate.log.retention_days >= data.params.log_retention_days
	}
}

unmet if not pass

deny contains finding if {
	unmet
	some i, deployment in places
	deployment.predicate.log.enabled == false
	finding := {
		"msg": sprintf("%s says that events are not logged", [show.said(deployment)]),
		"path": sprintf("deployment[%d].log.enabled", [i]),
		"value": false,
		"bound": true,
		"basis": "AI Act Art 12(1)",
	}
}

deny contains finding if {
	unmet
	some i, deployment in places
	kept := deployment.predicate.log.retention_days
	kept < data.params.log_retention_days
	finding := {
		"msg": sprintf("%s keeps logs for %v days; six months, taken as %v days, are the least", [show.said(deployment), kept, data.params.log_retention_days]),
		"path": sprintf("deployment[%d].log.retention_days", [i]),
		"value": kept,
		"bound": data.params.log_retention_days,
		"basis": "AI Act Art 19(1) and 26(6), parameter log_retention_days",
	}
}

deny contains finding if {
	unmet
	some i, deployment in places
	some member in ["enabled", "retention_days"]
	object.get(deployment.predicate, ["log", member], null) == null
	finding := {
		"msg": sprintf("%s does not state log.%s", [show.said(deployment), member]),
		"path": sprintf("deployment[%d].log.%s", [i, member]),
		"basis": "AI Act Art 12(1), 19(1), 26(6)",
	}
}

deny contains finding if {
	unmet
	places == {}
	deployments != []
	finding := {
		"msg": sprintf("no deployment to %s is asked for or running, so there is no log to look at", [input.environment]),
		"path": "deployment",
		"basis": "question",
	}
}

not_assessable contains {"msg": msg} if {
	unmet
	deny == set()
	some msg in act.unplaced(profiles, input.system)
}
