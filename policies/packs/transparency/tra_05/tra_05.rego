# METADATA
# title: Persons are told that they deal with AI
# description: >-
#   A system that interacts with natural persons (art50 of its profile names
#   ai_interaction) shows a notice of that kind: its text, channel and languages are
#   stated, and it is live at the instant judged, so at the latest at the first
#   interaction. Where the system already ran without, a warning says for how long.
# custom:
#   id: TRA-05
#   severity: high
#   kinds: [deployment]
#   actions: [deploy, continue]
#   requires: [system-profile, transparency-notice]
#   reads: [deployment]
#   controls: ["eu-ai-act/art-50-1", "eu-ai-act/art-50-5"]
#   basis: law
#   applies_from: "2026-08-02"
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: Show persons at the first interaction that they deal with an AI system, and attest the notice with text, channel, languages and live_at.
package assize.transparency.tra_05

import data.assize.lib.announced
import data.assize.lib.notice
import data.assize.lib.scope

profiles := input.evidence["system-profile"]

notices := input.evidence["transparency-notice"]

kinds := {"ai_interaction"}

not_applicable if scope.beyond_union(profiles)

not_applicable if scope.owes_none(profiles, kinds)

pass if {
	scope.owes(profiles, kinds)
	some i in notice.of_kind(notices, kinds)
	notice.shown(notices[i], 0)
	announced.live(notices[i])
}

deny contains finding if {
	scope.owes(profiles, kinds)
	some finding in notice.faults(notices, kinds, 0, "AI Act Art 50(1)")
}

deny contains finding if {
	scope.owes(profiles, kinds)
	some finding in announced.faults(notices, kinds, "AI Act Art 50(1)")
}

warn contains finding if {
	scope.owes(profiles, kinds)
	some finding in notice.gaps(notices, kinds, 0, {"deployments": input.evidence.deployment, "environment": input.environment, "duty": "2026-08-02"}, "AI Act Art 50(5)")
}

not_assessable contains {"msg": words} if {
	not scope.owes(profiles, kinds)
	some words in scope.unowed(profiles)
}
