# METADATA
# title: Affected persons and workers are informed
# description: >-
#   For a high-risk system of Annex III a notice is shown to those it decides about:
#   to affected persons, to candidates where it recruits (point 4(a)), to workers
#   where it manages work (point 4(b)). Text, channel and languages are stated, and
#   the notice is live. Where the system already ran without, a warning says for how
#   long.
# custom:
#   id: TRA-08
#   severity: high
#   kinds: [deployment]
#   actions: [deploy, continue]
#   requires: [system-profile, transparency-notice]
#   reads: [deployment]
#   controls: ["eu-ai-act/art-26-7", "eu-ai-act/art-26-11", "gdpr/art-13", "gdpr/art-14"]
#   basis: law
#   applies_from: "2027-12-02"
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: Inform the persons named before the system is used on them, and attest the notice with text, channel, languages and live_at.
package assize.transparency.tra_08

import data.assize.lib.act
import data.assize.lib.announced
import data.assize.lib.notice
import data.assize.lib.scope
import data.assize.lib.show
import data.assize.lib.text

profiles := input.evidence["system-profile"]

notices := input.evidence["transparency-notice"]

not_applicable if act.beyond(profiles, input.system)

# Products of Annex I have no affected persons in the sense of Art 26(11).
not_applicable if act.product(profiles, input.system)

bound if act.bound(profiles, input.system)

# audiences are the kinds of notice, any of which informs those a point of Annex III
# is about.
audience(point) := {"worker"} if startswith(point, "4(b)")

audience(point) := {"candidate", "affected_person"} if startswith(point, "4(a)")

audience(point) := {"candidate", "affected_person", "worker"} if {
	startswith(point, "4")
	not startswith(point, "4(a)")
	not startswith(point, "4(b)")
}

audience(point) := {"affected_person"} if not startswith(point, "4")

audiences contains audience(point) if {
	some profile in profiles
	point := profile.predicate.annex_iii_point
	text.meaningful(point)
}

pointless := {i |
	some i, profile in profiles
	not text.meaningful(object.get(profile.predicate, "annex_iii_point", ""))
}

pass if {
	bound
	count(pointless) == 0
	count(audiences) > 0
	every kinds in audiences {
		some i in notice.of_kind(notices, kinds)
		notice.shown(notices[i], 0)
		announced.live(notices[i])
	}
}

deny contains finding if {
	bound
	some kinds in audiences
	some finding in notice.faults(notices, kinds, 0, provision(kinds))
}

deny contains finding if {
	bound
	some kinds in audiences
	some finding in announced.faults(notices, kinds, provision(kinds))
}

warn contains finding if {
	bound
	some kinds in audiences
	some finding in notice.gaps(notices, kinds, 0, {"deployments": input.evidence.deployment, "environment": input.environment, "duty": "2027-12-02"}, provision(kinds))
}

provision(kinds) := "AI Act Art 26(7)" if kinds == {"worker"}

provision(kinds) := "AI Act Art 26(11)" if kinds != {"worker"}

not_assessable contains {"msg": words} if {
	not bound
	some words in scope.unclear(profiles, input.system)
}

not_assessable contains finding if {
	count(deny) == 0
	some i in pointless
	finding := {"msg": sprintf("%s does not state annex_iii_point, so it is not known whom to inform", [show.said(profiles[i])])}
}
