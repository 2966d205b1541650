# METADATA
# title: Candidates are told ten business days ahead
# description: >-
#   A notice of kind candidate with its text, channel and languages has been shown for
#   the days ten business days can take, holidays allowed for, and is still shown.
#   Where the tool already ran without, a warning says for how long.
# custom:
#   id: NYC-04
#   severity: high
#   kinds: [deployment]
#   actions: [deploy, continue]
#   requires: [system-profile, transparency-notice]
#   reads: [deployment]
#   controls: ["nyc-ll144/20-871", "nyc-ll144/5-304"]
#   basis: law
#   applies_from: "2023-07-05"
#   legal_version: NYC Adm. Code 20-870 to 20-874; 6 RCNY 5-300 to 5-304
#   remediation: Show candidates the notice ten business days before the tool is used on them, and attest it with text, channel, languages and live_at.
package assize.nyc_ll144.nyc_04

import data.assize.lib.announced
import data.assize.lib.notice
import data.assize.lib.scope

profiles := input.evidence["system-profile"]

notices := input.evidence["transparency-notice"]

city := {"US", "US-NY"}

kinds := {"candidate"}

not_applicable if scope.used_elsewhere(profiles, city)

not_applicable if scope.denies(profiles, "aedt")

owed if {
	scope.used_in(profiles, city)
	scope.says(profiles, "aedt")
}

pass if {
	owed
	some i in notice.of_kind(notices, kinds)
	notice.shown(notices[i], data.params.nyc_notice_days)
	announced.live(notices[i])
}

deny contains finding if {
	owed
	some finding in notice.faults(notices, kinds, data.params.nyc_notice_days, "6 RCNY 5-304")
}

deny contains finding if {
	owed
	some finding in announced.faults(notices, kinds, "6 RCNY 5-304")
}

warn contains finding if {
	owed
	question := {"deployments": input.evidence.deployment, "environment": input.environment, "duty": "2023-07-05"}
	some finding in notice.gaps(notices, kinds, data.params.nyc_notice_days, question, "6 RCNY 5-304")
}

not_assessable contains {"msg": words} if {
	not owed
	some words in (scope.unplaced(profiles) | scope.unsaid(profiles, "aedt"))
}
