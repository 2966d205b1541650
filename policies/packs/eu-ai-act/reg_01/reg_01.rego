# METADATA
# title: Risk tier is classified
# description: >-
#   The system profile says which class of the AI Act the system falls into and
#   why, and a compliance role of the system has signed it.
# custom:
#   id: REG-01
#   severity: critical
#   kinds: [deployment]
#   actions: [deploy, continue]
#   requires: [system-profile]
#   controls: ["eu-ai-act/art-6", "eu-ai-act/annex-iii", "nist-ai-rmf/MAP-1.1"]
#   basis: guidance
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: Classify the system with reasons and have a compliance role sign the profile.
package assize.eu_ai_act.reg_01

import data.assize.lib.show
import data.assize.lib.text

profile := input.evidence["system-profile"][0]

tiers := {
	"high_annex_i", "high_annex_iii", "art6_3_exempt", "transparency", "minimal", "gpai", "gpai_systemic",
}

pass if {
	profile.predicate.risk_tier in tiers
	pointed
	text.meaningful(profile.predicate.tier_reason)
	"compliance" in profile.roles
	profile.predicate.system_id == input.system.uri
	prohibited == set()
}

# prohibited are the profiles in force that call the system so: a newer one does not
# undo that unless it supersedes it.
prohibited contains i if {
	some i, stated in input.evidence["system-profile"]
	stated.predicate.risk_tier == "prohibited"
}

# The class of Annex III is a class with its point.
pointed if profile.predicate.risk_tier in (tiers - {"high_annex_iii"})

pointed if {
	profile.predicate.risk_tier == "high_annex_iii"
	text.meaningful(profile.predicate.annex_iii_point)
}

deny contains finding if {
	not profile.predicate.risk_tier
	finding := {
		"msg": sprintf("%s does not classify the system", [show.said(profile)]),
		"path": "system-profile[0].risk_tier",
		"bound": tiers,
		"basis": "AI Act Art 6",
	}
}

deny contains finding if {
	some i in prohibited
	finding := {
		"msg": sprintf("%s classifies the system as prohibited", [show.said(input.evidence["system-profile"][i])]),
		"path": sprintf("system-profile[%d].risk_tier", [i]),
		"value": "prohibited",
		"bound": tiers,
		"basis": "AI Act Art 5",
	}
}

deny contains finding if {
	profile.predicate.risk_tier == "high_annex_iii"
	not pointed
	finding := {
		"msg": sprintf("%s says high risk under Annex III and not under which point", [show.said(profile)]),
		"path": "system-profile[0].annex_iii_point",
		"basis": "AI Act Annex III",
	}
}

deny contains finding if {
	not text.meaningful(object.get(profile.predicate, "tier_reason", ""))
	finding := {
		"msg": sprintf("%s gives no reason for the class", [show.said(profile)]),
		"path": "system-profile[0].tier_reason",
		"basis": "NIST AI RMF MAP 1.1",
	}
}

deny contains finding if {
	not "compliance" in profile.roles
	finding := {
		"msg": sprintf("%s is signed by %s, none with the role compliance", [show.said(profile), show.list(profile.principals)]),
		"path": "system-profile[0].roles",
		"value": profile.roles,
		"bound": "compliance",
		"basis": "NIST AI RMF MAP 1.1",
	}
}

deny contains finding if {
	profile.predicate.system_id != input.system.uri
	finding := {
		"msg": sprintf("%s describes %s, not %s", [show.said(profile), profile.predicate.system_id, input.system.uri]),
		"path": "system-profile[0].system_id",
		"value": profile.predicate.system_id,
		"bound": input.system.uri,
		"basis": "question",
	}
}
