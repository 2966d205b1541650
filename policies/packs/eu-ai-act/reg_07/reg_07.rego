# METADATA
# title: Logs of biometric identification hold what the law lists
# description: >-
#   A remote biometric identification system logs when it was used, against which
#   reference database, which input led to a match, and who verified the result.
# custom:
#   id: REG-07
#   severity: high
#   kinds: [deployment]
#   actions: [deploy, continue]
#   requires: [system-profile, deployment]
#   controls: ["eu-ai-act/art-12-3", "iso-42001/A.6.2.8"]
#   basis: law
#   applies_from: "2027-12-02"
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: Extend the log by the fields named and state them in the deployment.
package assize.eu_ai_act.reg_07

import data.assize.lib.act
import data.assize.lib.deployment as running
import data.assize.lib.show

profiles := input.evidence["system-profile"]

deployments := input.evidence.deployment

places := running.places(deployments, input.environment)

# Point 1(a) of Annex III, or point 1 without saying which of its letters.
identification := `^1($|[^0-9bc]*$|[^0-9a-z]*a)`

not_applicable if act.elsewhere_in_annex_iii(profiles, input.system, identification)

not_applicable if act.beyond(profiles, input.system)

not_applicable if act.product(profiles, input.system)

wanted := {field | some field in data.params.biometric_log_fields}

lacking(item) := wanted - {field | some field in item.predicate.log.fields}

pass if {
	act.bound(profiles, input.system)
	profiles != []
	every profile in profiles {
		identifying(profile)
	}
	wanted != set()
	places != {}
	every deployment in places {
		count(lacking(deployment)) == 0
		deployment.predicate.log.enabled == true
	}
}

unmet if not pass

identifying(profile) if act.point(profile, identification)

# An exemption whose conditions are not met exempts from nothing.
identifying(profile) if profile.predicate.risk_tier == "art6_3_exempt"

deny contains finding if {
	unmet
	some i, deployment in places
	missing := lacking(deployment)
	count(missing) > 0
	finding := {
		"msg": sprintf("%s does not log %s, which remote biometric identification has to (AI Act Art 12(3)); the names are those of the parameter biometric_log_fields", [show.said(deployment), show.list(missing)]),
		"path": sprintf("deployment[%d].log.fields", [i]),
		"value": object.get(deployment.predicate, ["log", "fields"], []),
		"bound": wanted,
		"basis": "AI Act Art 12(3), parameter biometric_log_fields",
	}
}

deny contains finding if {
	unmet
	some i, deployment in places
	object.get(deployment.predicate, ["log", "enabled"], false) != true
	finding := {
		"msg": sprintf("%s does not say that events are logged", [show.said(deployment)]),
		"path": sprintf("deployment[%d].log.enabled", [i]),
		"value": object.get(deployment.predicate, ["log", "enabled"], null),
		"bound": true,
		"basis": "AI Act Art 12(3)",
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

not_assessable contains reason if {
	unmet
	deny == set()
	some profile in profiles
	profile.predicate.risk_tier == "high_annex_iii"
	not act.point(profile, `^[1-8]`)
	reason := {"msg": sprintf("%s does not say under which point of Annex III the system falls, so nobody can tell whether it identifies persons", [show.said(profile)])}
}
