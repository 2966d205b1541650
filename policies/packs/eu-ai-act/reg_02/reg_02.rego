# METADATA
# title: The exemption from high risk is justified
# description: >-
#   A system of Annex III that is said not to be high-risk meets a condition of
#   Art 6(3) with reasons, profiles no natural person, and was registered before it
#   came on the market; to stay in use the profile has to say when that was.
# custom:
#   id: REG-02
#   severity: high
#   kinds: [deployment]
#   actions: [deploy, continue]
#   requires: [system-profile]
#   controls: ["eu-ai-act/art-6-3", "eu-ai-act/art-6-4", "eu-ai-act/art-49-2", "nist-ai-rmf/MAP-1.1"]
#   basis: law
#   applies_from: "2027-12-02"
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: >-
#     Have a compliance role document the condition and the reasons and register the
#     system; if natural persons are profiled, classify it as high-risk.
package assize.eu_ai_act.reg_02

import data.assize.lib.act
import data.assize.lib.instant
import data.assize.lib.show
import data.assize.lib.text

profiles := input.evidence["system-profile"]

claiming contains i if {
	some i, profile in profiles
	profile.predicate.risk_tier == "art6_3_exempt"
}

other_tiers := {"prohibited", "high_annex_i", "high_annex_iii", "transparency", "minimal", "gpai", "gpai_systemic"}

not_applicable if {
	profiles != []
	every profile in profiles {
		act.vouched(profile, input.system)
		profile.predicate.risk_tier in other_tiers
	}
}

pass if {
	claiming != set()
	every i in claiming {
		act.vouched(profiles[i], input.system)
		act.exempt(profiles[i].predicate)
		text.meaningful(profiles[i].predicate.annex_iii_point)
		registered(profiles[i])
	}
}

registered(profile) if {
	instant.done(profile, profile.predicate.art6_3.registered_at)
	not late(profile.predicate)
	not undated(profile.predicate)
}

# undated: in use, and nobody says since when it has been on the market.
undated(profile) if {
	input.action == "continue"
	not profile.eu_market_date
}

# late: on the market before it was registered.
late(profile) if assize.before(profile.eu_market_date, profile.art6_3.registered_at)

deny contains finding if {
	some i in claiming
	profiles[i].predicate.profiling_natural_persons == true
	finding := {
		"msg": sprintf("%s claims the exemption and says that natural persons are profiled; such a system is always high-risk (AI Act Art 6(3), last subparagraph)", [show.said(profiles[i])]),
		"path": sprintf("system-profile[%d].profiling_natural_persons", [i]),
		"value": true,
		"bound": false,
		"basis": "AI Act Art 6(3)",
	}
}

deny contains finding if {
	some i in claiming
	not profiles[i].predicate.art6_3.condition
	finding := {
		"msg": sprintf("%s claims the exemption under none of the conditions (a) to (d) of Art 6(3)", [show.said(profiles[i])]),
		"path": sprintf("system-profile[%d].art6_3.condition", [i]),
		"bound": ["a", "b", "c", "d"],
		"basis": "AI Act Art 6(3)",
	}
}

deny contains finding if {
	some i in claiming
	some member, value in {
		"art6_3.reasoning": object.get(profiles[i].predicate, ["art6_3", "reasoning"], ""),
		"annex_iii_point": object.get(profiles[i].predicate, "annex_iii_point", ""),
	}
	not text.meaningful(value)
	finding := {
		"msg": sprintf("%s claims the exemption and says nothing in %s; the assessment has to be documented (AI Act Art 6(4))", [show.said(profiles[i]), member]),
		"path": sprintf("system-profile[%d].%s", [i, member]),
		"value": value,
		"basis": "AI Act Art 6(4)",
	}
}

deny contains finding if {
	some i in claiming
	not profiles[i].predicate.art6_3.registered_at
	finding := {
		"msg": sprintf("%s claims the exemption and names no registration in the EU database; exempted systems are registered too (AI Act Art 49(2))", [show.said(profiles[i])]),
		"path": sprintf("system-profile[%d].art6_3.registered_at", [i]),
		"basis": "AI Act Art 49(2)",
	}
}

deny contains finding if {
	some i in claiming
	at := profiles[i].predicate.art6_3.registered_at
	not instant.done(profiles[i], at)
	finding := {
		"msg": sprintf("%s will be registered on %s only", [show.said(profiles[i]), show.day(profiles[i].predicate.art6_3.registered_at)]),
		"path": sprintf("system-profile[%d].art6_3.registered_at", [i]),
		"value": profiles[i].predicate.art6_3.registered_at,
		"basis": "AI Act Art 49(2)",
	}
}

deny contains finding if {
	some i in claiming
	late(profiles[i].predicate)
	finding := {
		"msg": sprintf("%s was on the market on %s and registered on %s, which was to come first (AI Act Art 49(2))", [
			show.said(profiles[i]), show.day(profiles[i].predicate.eu_market_date), show.day(profiles[i].predicate.art6_3.registered_at),
		]),
		"path": sprintf("system-profile[%d].art6_3.registered_at", [i]),
		"value": profiles[i].predicate.art6_3.registered_at,
		"bound": profiles[i].predicate.eu_market_date,
		"basis": "AI Act Art 49(2)",
	}
}

deny contains finding if {
	some i in claiming
	not "compliance" in profiles[i].roles
	finding := {
		"msg": sprintf("%s claims the exemption, signed by %s, none with the role compliance", [show.said(profiles[i]), show.list(profiles[i].principals)]),
		"path": sprintf("system-profile[%d].roles", [i]),
		"value": profiles[i].roles,
		"bound": "compliance",
		"basis": "AI Act Art 6(4)",
	}
}

not_assessable contains reason if {
	deny == set()
	some i in claiming
	not is_boolean(object.get(profiles[i].predicate, "profiling_natural_persons", null))
	reason := {"msg": sprintf("%s does not say whether natural persons are profiled, which would exclude the exemption", [show.said(profiles[i])])}
}

not_assessable contains {"msg": msg} if {
	deny == set()
	some msg in act.unplaced(profiles, input.system)
}

not_assessable contains reason if {
	deny == set()
	some i in claiming
	undated(profiles[i].predicate)
	reason := {
		"msg": sprintf("%s does not say when the system came on the market (eu_market_date), so nobody can tell whether it was registered before", [show.said(profiles[i])]),
		"path": sprintf("system-profile[%d].eu_market_date", [i]),
	}
}
