# METADATA
# title: Deepfakes, generated text, emotion recognition and biometric sorting are disclosed
# description: >-
#   For each of the cases emotion_biometric, deepfake and public_text that art50 of
#   the profile names, a notice of that kind is shown: its text, channel and
#   languages are stated and it is live. Where the system already ran without, a
#   warning says for how long.
# custom:
#   id: TRA-07
#   severity: high
#   kinds: [deployment]
#   actions: [deploy, continue]
#   requires: [system-profile, transparency-notice]
#   reads: [deployment]
#   controls: ["eu-ai-act/art-50-3", "eu-ai-act/art-50-4", "eu-ai-act/art-50-5"]
#   basis: law
#   applies_from: "2026-08-02"
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: Show a notice of each named kind, and attest it with text, channel, languages and live_at.
package assize.transparency.tra_07

import data.assize.lib.announced
import data.assize.lib.notice
import data.assize.lib.scope

profiles := input.evidence["system-profile"]

notices := input.evidence["transparency-notice"]

# Art 50(3) and the two subparagraphs of Art 50(4).
provisions := {"emotion_biometric": "AI Act Art 50(3)", "deepfake": "AI Act Art 50(4)", "public_text": "AI Act Art 50(4)"}

owed contains case if {
	some profile in profiles
	some case in profile.predicate.art50
	provisions[case]
}

not_applicable if scope.beyond_union(profiles)

not_applicable if scope.owes_none(profiles, object.keys(provisions))

pass if {
	count(owed) > 0
	every case in owed {
		some i in notice.of_kind(notices, {case})
		notice.shown(notices[i], 0)
		announced.live(notices[i])
	}
}

deny contains finding if {
	some case in owed
	some finding in notice.faults(notices, {case}, 0, provisions[case])
}

deny contains finding if {
	some case in owed
	some finding in announced.faults(notices, {case}, provisions[case])
}

warn contains finding if {
	some case in owed
	some finding in notice.gaps(notices, {case}, 0, {"deployments": input.evidence.deployment, "environment": input.environment, "duty": "2026-08-02"}, provisions[case])
}

not_assessable contains {"msg": words} if {
	count(owed) == 0
	some words in scope.unowed(profiles)
}
