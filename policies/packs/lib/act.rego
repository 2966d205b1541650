# METADATA
# title: Whom the AI Act binds
# description: >-
#   From what a compliance role of the system signed: whether the duties of
#   high-risk systems bind it, from when, and in which part it plays. Where several
#   profiles are in force, all of them must agree that a duty does not bind.
package assize.lib.act

import data.assize.lib.show
import data.assize.lib.text

# vouched: a compliance role classified this system, with a reason.
vouched(profile, system) if {
	some "compliance" in profile.roles
	profile.predicate.system_id == system.uri
	text.meaningful(profile.predicate.tier_reason)
}

# bound: the duties of high-risk systems bind the system, says every profile in
# force.
bound(profiles, system) if {
	profiles != []
	every profile in profiles {
		bearing(profile)
		vouched(profile, system)
	}
}

# bearing: a class that brings these duties. Who claims the exemption of Art 6(3)
# without its conditions is bound too.
bearing(profile) if profile.predicate.risk_tier in {"high_annex_i", "high_annex_iii", "art6_3_exempt"}

# beyond: they do not, says every profile in force.
beyond(profiles, system) if {
	profiles != []
	every profile in profiles {
		spared(profile.predicate)
		vouched(profile, system)
	}
}

spared(profile) if profile.risk_tier in {"transparency", "minimal", "gpai", "gpai_systemic"}

spared(profile) if {
	profile.risk_tier == "art6_3_exempt"
	exempt(profile)
}

spared(profile) if abroad(profile)

# exempt: Art 6(3) was claimed with a condition and reasons, and no natural person
# is profiled, which excludes the exemption.
exempt(profile) if {
	profile.risk_tier == "art6_3_exempt"
	profile.art6_3.condition in {"a", "b", "c", "d"}
	text.meaningful(profile.art6_3.reasoning)
	profile.profiling_natural_persons == false
}

# abroad: the places of use are stated and none is in the Union.
abroad(profile) if {
	not in_union(profile)
	is_array(profile.jurisdictions)
	count(profile.jurisdictions) > 0
}

# in_union: a place is where the Act applies: in the member states, or in the states
# of the European Economic Area it is to be taken over into. ISO 3166-1; of an ISO
# 3166-2 code the country counts.
in_union(profile) if {
	some place in profile.jurisdictions
	regex.match(`^(EU|EEA|AT|BE|BG|CY|CZ|DE|DK|EE|ES|FI|FR|GR|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK|IS|LI|NO)(-|$)`, upper(place))
}

# outside_parts: the parts the organisation plays are stated, and none is among
# those a duty is for.
outside_parts(profiles, system, parts) if {
	not plays(profiles, parts)
	profiles != []
	every profile in profiles {
		count(profile.predicate.roles) > 0
		vouched(profile, system)
	}
}

plays(profiles, parts) if {
	some profile in profiles
	some part in profile.predicate.roles
	part in parts
}

# product: the system is a product of Annex I, which the Act binds later.
product(profiles, system) if {
	profiles[_].predicate.risk_tier == "high_annex_i"
	profiles != []
	every profile in profiles {
		profile.predicate.risk_tier == "high_annex_i"
		vouched(profile, system)
	}
}

products_from := "2028-08-02"

# point: the profile names a point of Annex III that begins so.
point(profile, pattern) if regex.match(pattern, placed(profile))

placed(profile) := lower(replace(profile.predicate.annex_iii_point, " ", "")) if profile.predicate.risk_tier == "high_annex_iii"

# elsewhere_in_annex_iii: every profile puts the system under a point of Annex III
# that does not match the pattern.
elsewhere_in_annex_iii(profiles, system, pattern) if {
	profiles != []
	every profile in profiles {
		place := placed(profile)
		regex.match(`^[1-8]`, place)
		not regex.match(pattern, place)
		vouched(profile, system)
	}
}

# unplaced are the reasons why nobody can tell whether a duty binds.
unplaced(profiles, system) := set() if {
	bound(profiles, system)
} else := {msg |
	some profile in profiles
	not vouched(profile, system)
	msg := sprintf("%s classifies no system as this rule needs it: with a reason, about %s, signed by a compliance role (it has %s)", [
		show.said(profile), system.uri, show.list(profile.roles),
	])
} | {msg |
	some profile in profiles
	not bearing(profile)
	not spared(profile.predicate)
	msg := sprintf("%s puts the system under no class of the AI Act that this rule knows", [show.said(profile)])
}
