# METADATA
# title: The system is registered in the EU database
# description: >-
#   A system of Annex III has its id in the EU database, and was registered before it
#   came on the market; to stay in use its provider has to say when that was.
# custom:
#   id: REG-14
#   severity: high
#   kinds: [deployment]
#   actions: [deploy, continue]
#   requires: [system-profile, conformity]
#   controls: ["eu-ai-act/art-49", "eu-ai-act/annex-viii", "nist-ai-rmf/GOVERN-1.6"]
#   basis: law
#   applies_from: "2027-12-02"
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: Register provider and system and state the id and the day, and in the profile the day it came on the market (eu_market_date).
package assize.eu_ai_act.reg_14

import data.assize.lib.act
import data.assize.lib.instant
import data.assize.lib.show
import data.assize.lib.text

profiles := input.evidence["system-profile"]

statements := input.evidence.conformity

not_applicable if act.beyond(profiles, input.system)

# Art 49(1) is about Annex III; critical infrastructure is registered nationally.
not_applicable if act.product(profiles, input.system)

not_applicable if {
	profiles != []
	every profile in profiles {
		act.point(profile, `^2`)
		act.vouched(profile, input.system)
	}
}

# Of deployers only public ones register (Art 49(3)).
not_applicable if {
	act.outside_parts(profiles, input.system, {"provider", "product_manufacturer", "authorised_representative"})
	profiles != []
	every profile in profiles {
		profile.predicate.public_service == false
	}
}

registered(statement) if {
	text.meaningful(statement.predicate.eu_db_id)
	instant.done(statement, statement.predicate.registered_at)
	count({profile | some profile in profiles; late(profile, statement)}) == 0
}

late(profile, statement) if {
	places(profile)
	assize.before(profile.predicate.eu_market_date, statement.predicate.registered_at)
}

# places: the profile is of who puts the system on the market; who only uses it
# registers its own use, long after.
places(profile) if count(others(profile)) > 0

places(profile) if count(object.get(profile.predicate, "roles", [])) == 0

others(profile) := {part | some part in profile.predicate.roles; part != "deployer"}

# undated: in use, and nobody says since when it has been on the market.
undated contains i if {
	input.action == "continue"
	some i, profile in profiles
	places(profile)
	not profile.predicate.eu_market_date
}

pass if {
	act.bound(profiles, input.system)
	undated == set()
	some statement in statements
	registered(statement)
}

unmet if not pass

deny contains finding if {
	statements != []
	every statement in statements {
		not text.meaningful(object.get(statement.predicate, "eu_db_id", ""))
	}
	finding := {
		"msg": "no conformity statement names the system's id in the EU database",
		"path": "conformity.eu_db_id",
		"value": 0,
		"bound": 1,
		"basis": "AI Act Art 49(1), 71",
	}
}

deny contains finding if {
	unmet
	some k, statement in statements
	text.meaningful(statement.predicate.eu_db_id)
	at := statement.predicate.registered_at
	not instant.done(statement, at)
	finding := {
		"msg": sprintf("%s will be registered on %s only", [show.said(statement), show.day(statement.predicate.registered_at)]),
		"path": sprintf("conformity[%d].registered_at", [k]),
		"value": statement.predicate.registered_at,
		"basis": "AI Act Art 49(1)",
	}
}

deny contains finding if {
	unmet
	some k, statement in statements
	some profile in profiles
	late(profile, statement)
	finding := {
		"msg": sprintf("the system was on the market on %s (%s) and registered on %s (%s), which was to come first", [
			show.day(profile.predicate.eu_market_date), show.said(profile), show.day(statement.predicate.registered_at), show.said(statement),
		]),
		"path": sprintf("conformity[%d].registered_at", [k]),
		"value": statement.predicate.registered_at,
		"bound": profile.predicate.eu_market_date,
		"basis": "AI Act Art 49(1)",
	}
}

not_assessable contains {"msg": msg} if {
	unmet
	deny == set()
	some msg in act.unplaced(profiles, input.system)
}

not_assessable contains reason if {
	deny == set()
	unmet
	some statement in statements
	text.meaningful(statement.predicate.eu_db_id)
	not statement.predicate.registered_at
	reason := {"msg": sprintf("%s names an id in the EU database and not since when", [show.said(statement)])}
}

not_assessable contains reason if {
	deny == set()
	some i in undated
	reason := {
		"msg": sprintf("%s does not say when the system came on the market (eu_market_date), so nobody can tell whether it was registered before", [show.said(profiles[i])]),
		"path": sprintf("system-profile[%d].eu_market_date", [i]),
	}
}
