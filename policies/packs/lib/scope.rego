# METADATA
# title: Whom a duty binds
# description: >-
#   Reads from the profiles of a system in force whether a duty binds it. One
#   profile that says so is enough to bind; to be free takes the word of every
#   profile, each signed by a compliance role. What is neither is not told, and the
#   messages say why.
package assize.lib.scope

import data.assize.lib.act
import data.assize.lib.show

# signed: compliance has signed the profile. Nobody else can say that a system is free
# of a duty.
signed(profile) if some "compliance" in profile.roles

unsigned(profiles) := {words |
	some profile in profiles
	not "compliance" in profile.roles
	words := sprintf("%s is not signed by a compliance role, so it frees the system of nothing", [show.said(profile)])
}

# inside: some profile puts the system into one of the classes; outside: all of them
# put it into another.
inside(profiles, wanted) if {
	some profile in profiles
	profile.predicate.risk_tier in wanted
}

outside(profiles, wanted) if {
	profiles != []
	every profile in profiles {
		tier := profile.predicate.risk_tier
		not tier in wanted
		is_string(tier)
		signed(profile)
	}
}

unclassed(profiles) := {words |
	some profile in profiles
	not profile.predicate.risk_tier
	words := sprintf("%s does not classify the system (risk_tier)", [show.said(profile)])
} | unsigned(profiles)

# beyond_union: every profile states where the system is used, and no place of it is
# in the Union.
beyond_union(profiles) if {
	profiles != []
	every profile in profiles {
		act.abroad(profile.predicate)
		signed(profile)
	}
}

# unclear are the reasons why nobody can tell whether the duties of high-risk systems
# bind; none when it can be told.
unclear(profiles, system) := set() if {
	act.bound(profiles, system)
} else := act.unplaced(profiles, system) | {words |
	count(profiles) > 1
	not act.beyond(profiles, system)
	count(act.unplaced(profiles, system)) == 0
	words := sprintf("%d profiles in force disagree on whether the system is high-risk; the newer must name the older in supersedes", [count(profiles)])
}

# general: the model is a general-purpose model of AI Act Art 3(63).
general := {"gpai", "gpai_systemic"}

# says: some profile says yes to a question; denies: all of them say no.
says(profiles, field) if {
	some profile in profiles
	profile.predicate[field] == true
}

denies(profiles, field) if {
	profiles != []
	every profile in profiles {
		profile.predicate[field] == false
		signed(profile)
	}
}

unsaid(profiles, field) := {words |
	some profile in profiles
	not is_boolean(object.get(profile.predicate, field, null))
	words := sprintf("%s does not state %s", [show.said(profile), field])
} | unsigned(profiles)

# used_in: some profile says that the system is used in one of the places.
used_in(profiles, places) if {
	some profile in profiles
	some place in profile.predicate.jurisdictions
	place in places
}

used_elsewhere(profiles, places) if {
	profiles != []
	every profile in profiles {
		count(profile.predicate.jurisdictions) > 0
		{place | some place in profile.predicate.jurisdictions} & places == set()
		signed(profile)
	}
}

unplaced(profiles) := {words |
	some profile in profiles
	count(object.get(profile.predicate, "jurisdictions", [])) == 0
	words := sprintf("%s does not state jurisdictions", [show.said(profile)])
} | unsigned(profiles)

# owes: some profile says that the system falls under one of the cases of Art 50.
owes(profiles, cases) if {
	some profile in profiles
	some case in profile.predicate.art50
	case in cases
}

# owes_none: the cases are told, and none of these is among them. A system whose
# class is that of Art 50 falls under some case of it.
owes_none(profiles, cases) if {
	profiles != []
	every profile in profiles {
		is_array(profile.predicate.art50)
		{case | some case in profile.predicate.art50} & cases == set()
		not hollow(profile)
		signed(profile)
	}
}

hollow(profile) if {
	profile.predicate.risk_tier == "transparency"
	count(profile.predicate.art50) == 0
}

unowed(profiles) := ({words |
	some profile in profiles
	not is_array(object.get(profile.predicate, "art50", null))
	words := sprintf("%s does not state art50, the cases of AI Act Art 50 it falls under", [show.said(profile)])
} | {words |
	some profile in profiles
	hollow(profile)
	words := sprintf("%s puts the system into the class of Art 50 and names no case of it in art50", [show.said(profile)])
}) | unsigned(profiles)

# placed_before: every profile puts the system on the Union market before the date.
placed_before(profiles, date) if {
	profiles != []
	every profile in profiles {
		assize.before(profile.predicate.eu_market_date, date)
		signed(profile)
	}
}
