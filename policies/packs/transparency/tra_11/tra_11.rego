# METADATA
# title: Colorado adverse-outcome notices are in place
# description: >-
#   A system used in Colorado for consequential decisions tells persons at the point
#   of interaction that AI is used (a live notice of kind ai_interaction or
#   affected_person), and after an adverse outcome (kind adverse_outcome) explains it
#   within the days the law gives, with a route to review by a person and one to
#   correct data. Jurisdictions US and US-CO count as Colorado.
# custom:
#   id: TRA-11
#   severity: high
#   kinds: [deployment]
#   actions: [deploy, continue]
#   requires: [system-profile, transparency-notice]
#   controls: ["colorado/6-1-1704"]
#   basis: law
#   applies_from: "2027-01-01"
#   legal_version: C.R.S. 6-1-1702 and 6-1-1704 (SB 26-189)
#   remediation: Set up the notice at the point of interaction and the adverse-outcome process with explanation, correction and human review, and attest both.
package assize.transparency.tra_11

import data.assize.lib.announced
import data.assize.lib.notice
import data.assize.lib.scope
import data.assize.lib.show
import data.assize.lib.text

profiles := input.evidence["system-profile"]

notices := input.evidence["transparency-notice"]

colorado := {"US", "US-CO"}

not_applicable if scope.used_elsewhere(profiles, colorado)

not_applicable if scope.denies(profiles, "consequential_decision")

owed if {
	scope.used_in(profiles, colorado)
	scope.says(profiles, "consequential_decision")
}

at_interaction := {"ai_interaction", "affected_person"}

pass if {
	owed
	some i in notice.of_kind(notices, at_interaction)
	notice.shown(notices[i], 0)
	announced.live(notices[i])
	some k in notice.of_kind(notices, {"adverse_outcome"})
	notice.shown(notices[k], 0)
	announced.live(notices[k])
	explains(notices[k])
}

explains(outcome) if {
	outcome.predicate.explanation_within_days <= data.params.colorado_explanation_days
	text.meaningful(outcome.predicate.review_route)
	text.meaningful(outcome.predicate.correction_route)
}

deny contains finding if {
	owed
	some kinds in [at_interaction, {"adverse_outcome"}]
	some finding in notice.faults(notices, kinds, 0, "C.R.S. 6-1-1704")
}

deny contains finding if {
	owed
	some kinds in [at_interaction, {"adverse_outcome"}]
	some finding in announced.faults(notices, kinds, "C.R.S. 6-1-1704")
}

# Notices that are shown and do not hold what the law asks; none when one does.
deny contains finding if {
	owed
	shown := {i | some i in notice.of_kind(notices, {"adverse_outcome"}); notice.shown(notices[i], 0)}
	count({i | some i in shown; explains(notices[i])}) == 0
	some i in shown
	some fault in faults(notices[i])
	finding := {
		"msg": sprintf("%s, the notice after an adverse outcome: %s", [show.said(notices[i]), fault.words]),
		"path": sprintf("transparency-notice[%d].%s", [i, fault.member]),
		"value": object.get(notices[i].predicate, fault.member, null),
		"bound": fault.bound,
		"basis": fault.basis,
	}
}

faults(outcome) := {{"member": "explanation_within_days", "words": words, "bound": most, "basis": "parameter colorado_explanation_days"} |
	most := data.params.colorado_explanation_days
	days := object.get(outcome.predicate, "explanation_within_days", "an unstated number of")
	not days <= most
	words := sprintf("explains within %v days; C.R.S. 6-1-1704 gives %d", [days, most])
} | {{"member": member, "words": words, "bound": "a route", "basis": "C.R.S. 6-1-1704"} |
	some member, what in {"review_route": "have a person review the decision", "correction_route": "have wrong personal data corrected"}
	not text.meaningful(object.get(outcome.predicate, member, ""))
	words := sprintf("%s does not say how to %s", [member, what])
}

not_assessable contains {"msg": words} if {
	not owed
	some words in (scope.unplaced(profiles) | scope.unsaid(profiles, "consequential_decision"))
}
