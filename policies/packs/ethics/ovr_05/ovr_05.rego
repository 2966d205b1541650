# METADATA
# title: No solely automated decision without safeguard
# description: >-
#   Decisions with legal or similarly significant effect on persons are not taken
#   without a person; or they rest on a ground of Art 22(2) GDPR and a notice in
#   force tells persons how a human reviews their case. That a person decides must
#   not be contradicted by a share of reviewed outputs of zero.
# custom:
#   id: OVR-05
#   severity: critical
#   kinds: [deployment]
#   actions: [deploy, continue]
#   requires: [system-profile]
#   reads: [human-oversight, transparency-notice]
#   controls: ["gdpr/art-22"]
#   basis: law
#   legal_version: Regulation (EU) 2016/679
#   remediation: >-
#     Put a person who can decide otherwise before the decision; or establish a
#     ground of Art 22(2), open a route by which persons get a human to review
#     their case, and publish it in a notice.
package assize.ethics.ovr_05

import data.assize.lib.instant
import data.assize.lib.show
import data.assize.lib.text

profiles := input.evidence["system-profile"]

# Nobody is decided upon.
not_applicable if {
	count(profiles) > 0
	every profile in profiles {
		"compliance" in profile.roles
		harmless(profile.predicate)
	}
}

harmless(stated) if count(stated.affected_groups) == 0

harmless(stated) if stated.consequential_decision == false

# automated are the profiles by which decisions are taken without a person, or that
# do not say.
automated contains i if {
	some i, profile in profiles
	object.get(profile.predicate, "automated_only", true) == true
}

grounded(i) if profiles[i].predicate.art22_ground in {"22(2)(a)", "22(2)(b)", "22(2)(c)"}

# routes are the notices in force by which a person gets a human review.
routes contains i if {
	some i, notice in input.evidence["transparency-notice"]
	text.meaningful(notice.predicate.review_route)
	instant.done(notice, notice.predicate.live_at)
	not ended(notice.predicate)
}

ended(notice) if assize.reached(notice.until)

# unreviewed are statements by which nobody looks at any output.
unreviewed contains i if {
	some i, statement in input.evidence["human-oversight"]
	statement.predicate.review_sample_rate == 0
}

pass if {
	count(profiles) > 0
	count(automated) == 0
	count(unreviewed) == 0
}

pass if {
	count(automated) > 0
	every i in automated {
		profiles[i].predicate.automated_only == true
		grounded(i)
	}
	count(routes) > 0
}

deny contains finding if {
	some i in automated
	profiles[i].predicate.automated_only == true
	not grounded(i)
	finding := {
		"msg": sprintf("%s says that decisions are taken without a person and names no ground of Art 22(2) GDPR (art22_ground)", [show.said(profiles[i])]),
		"path": sprintf("system-profile[%d].art22_ground", [i]),
		"value": object.get(profiles[i].predicate, "art22_ground", null),
		"bound": {"22(2)(a)", "22(2)(b)", "22(2)(c)"},
		"basis": "GDPR Art 22(1), (2)",
	}
}

deny contains finding if {
	some i in automated
	profiles[i].predicate.automated_only == true
	count(routes) == 0
	finding := {
		"msg": sprintf("%s says that decisions are taken without a person, and no notice in force tells how a human reviews a case (review_route, live_at)", [show.said(profiles[i])]),
		"path": "transparency-notice.review_route",
		"value": 0,
		"bound": 1,
		"basis": "GDPR Art 22(3)",
	}
}

# A route that was still to be opened when its notice was signed is announced, and not
# opened by waiting.
deny contains finding if {
	some k in automated
	profiles[k].predicate.automated_only == true
	count(routes) == 0
	some i, notice in input.evidence["transparency-notice"]
	text.meaningful(notice.predicate.review_route)
	live := notice.predicate.live_at
	not instant.done(notice, live)
	finding := {
		"msg": sprintf("%s was signed on %s and tells of a human review from %s on; nobody has signed since that there is one", [show.said(notice), show.day(notice.proven), show.day(live)]),
		"path": sprintf("transparency-notice[%d].live_at", [i]),
		"value": live,
		"bound": notice.proven,
		"basis": "GDPR Art 22(3)",
	}
}

deny contains finding if {
	count(automated) == 0
	some i in unreviewed
	finding := {
		"msg": sprintf("%s says that a person decides; by %s no output is reviewed", [show.said(profiles[0]), show.said(input.evidence["human-oversight"][i])]),
		"path": sprintf("human-oversight[%d].review_sample_rate", [i]),
		"value": 0,
		"basis": "GDPR Art 22(1)",
	}
}

not_assessable contains reason if {
	count(deny) == 0
	some profile in profiles
	not is_boolean(object.get(profile.predicate, "automated_only", null))
	reason := {"msg": sprintf("%s does not say whether decisions are taken without a person (automated_only)", [show.said(profile)])}
}
