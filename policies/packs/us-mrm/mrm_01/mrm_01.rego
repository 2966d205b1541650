# METADATA
# title: Model is in the inventory with its materiality
# description: >-
#   Every profile of the system in force names its owner and intended purpose and
#   ranks its materiality: exposure, purpose and a tier from 1 to 3. Profiles that
#   rank it differently are not counted for either.
# custom:
#   id: MRM-01
#   severity: high
#   kinds: [model]
#   actions: [release, deploy, continue]
#   requires: [system-profile]
#   controls: ["sr-26-2/inventory", "sr-26-2/materiality", "sr-11-7/VI-inventory", "nist-ai-rmf/GOVERN-1.6"]
#   basis: guidance
#   legal_version: SR 26-2 / OCC Bulletin 2026-13
#   remediation: Enter owner, intended purpose, exposure, purpose and tier of the model into the system profile and sign it again.
package assize.us_mrm.mrm_01

import data.assize.lib.show
import data.assize.lib.text

profiles := input.evidence["system-profile"]

# What an entry of the inventory holds, by its place in the profile.
members := {
	"owner": {"path": ["owner"], "words": "who answers for the model"},
	"intended_purpose": {"path": ["intended_purpose"], "words": "what it is for"},
	"materiality.exposure": {"path": ["materiality", "exposure"], "words": "the size of what depends on it"},
	"materiality.purpose": {"path": ["materiality", "purpose"], "words": "what depends on it"},
}

tiers := {profile.predicate.materiality.tier | some profile in profiles}

pass if {
	profiles != []
	every profile in profiles {
		text.meaningful(profile.predicate.owner)
		text.meaningful(profile.predicate.intended_purpose)
		text.meaningful(profile.predicate.materiality.exposure)
		text.meaningful(profile.predicate.materiality.purpose)
		profile.predicate.materiality.tier in {1, 2, 3}
	}
	count(tiers) == 1
}

deny contains finding if {
	not pass
	some i, profile in profiles
	some member, about in members
	value := object.get(profile.predicate, about.path, "")
	not text.meaningful(value)
	finding := {
		"msg": sprintf("%s does not state %s (%s), or states a placeholder", [show.said(profile), member, about.words]),
		"path": sprintf("system-profile[%d].%s", [i, member]),
		"value": value,
		"basis": "SR 26-2, inventory",
	}
}

deny contains finding if {
	not pass
	some i, profile in profiles
	value := object.get(profile.predicate, ["materiality", "tier"], null)
	not value in {1, 2, 3}
	finding := {
		"msg": sprintf("%s does not rank the model into a materiality tier from 1 to 3", [show.said(profile)]),
		"path": sprintf("system-profile[%d].materiality.tier", [i]),
		"value": value,
		"bound": [1, 2, 3],
		"basis": "SR 26-2, materiality",
	}
}

not_assessable contains finding if {
	deny == set()
	count(tiers) > 1
	finding := {
		"msg": sprintf("profiles in force rank the model into tiers %s; the newer must name the older in supersedes", [concat(", ", [format_int(tier, 10) | some tier in sort(tiers)])]),
		"path": "system-profile",
		"value": tiers,
	}
}
