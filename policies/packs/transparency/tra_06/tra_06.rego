# METADATA
# title: Synthetic output is marked
# description: >-
#   A system that makes synthetic text, images, sound or video (art50 of its profile
#   names synthetic_marking) marks its output by a scheme that machines read, and the
#   marking was live when that was signed. Systems that every profile puts on the Union market before 2
#   August 2026 are bound from 2 December 2026 on.
# custom:
#   id: TRA-06
#   severity: high
#   kinds: [deployment]
#   actions: [deploy, continue]
#   requires: [system-profile, transparency-notice]
#   controls: ["eu-ai-act/art-50-2", "eu-ai-act/art-111-4"]
#   basis: law
#   applies_from: "2026-08-02"
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: Mark all synthetic output by a scheme machines can read, and attest it as a notice of kind synthetic_marking with marking_scheme and live_at.
package assize.transparency.tra_06

import data.assize.lib.instant
import data.assize.lib.notice
import data.assize.lib.scope
import data.assize.lib.show

profiles := input.evidence["system-profile"]

notices := input.evidence["transparency-notice"]

kinds := {"synthetic_marking"}

not_applicable if scope.beyond_union(profiles)

# A profile that calls the system generative and names no synthetic_marking
# contradicts itself, unless an exemption of Art 50(2) is granted by a waiver.
not_applicable if {
	scope.owes_none(profiles, kinds)
	not scope.says(profiles, "generative")
}

# Art 111(4): systems on the market before 2 August 2026.
applies_from := "2026-12-02" if scope.placed_before(profiles, "2026-08-02")

marks := notice.of_kind(notices, kinds)

pass if {
	scope.owes(profiles, kinds)
	some i in marks
	marked(notices[i])
}

marked(mark) if {
	readable(mark)
	instant.done(mark, mark.predicate.live_at)
	not notice.over(mark)
}

# A scheme may be named with its version.
readable(mark) if {
	some scheme in data.params.marking_schemes
	startswith(lower(mark.predicate.marking_scheme), lower(scheme))
}

unmarked if {
	scope.owes(profiles, kinds)
	count({i | some i in marks; marked(notices[i])}) == 0
}

deny contains finding if {
	unmarked
	count(marks) == 0
	finding := {
		"msg": sprintf("of %d notices of the system none is of the kind synthetic_marking, so nothing says that synthetic output is marked", [count(notices)]),
		"path": "transparency-notice",
		"value": 0,
		"bound": 1,
		"basis": "AI Act Art 50(2)",
	}
}

deny contains finding if {
	unmarked
	some i in marks
	not readable(notices[i])
	stated := object.get(notices[i].predicate, "marking_scheme", "")
	finding := {
		"msg": sprintf("%s marks output by %q, which is none of the schemes known to be machine-readable: %s", [show.said(notices[i]), stated, show.list(data.params.marking_schemes)]),
		"path": sprintf("transparency-notice[%d].marking_scheme", [i]),
		"value": stated,
		"bound": data.params.marking_schemes,
		"basis": "parameter marking_schemes",
	}
}

deny contains finding if {
	unmarked
	some i in marks
	some fault in notice.wanting(notices[i], 0)
	fault.member in {"live_at", "until"}
	finding := {
		"msg": sprintf("%s, the marking of synthetic output: %s", [show.said(notices[i]), fault.words]),
		"path": sprintf("transparency-notice[%d].%s", [i, fault.member]),
		"value": object.get(notices[i].predicate, fault.member, null),
		"basis": "AI Act Art 50(2)",
	}
}

# What was still to go live when it was signed is announced, and not done by waiting.
deny contains finding if {
	unmarked
	some i in marks
	live := notices[i].predicate.live_at
	assize.reached(live)
	not instant.done(notices[i], live)
	finding := {
		"msg": sprintf("%s announced on %s that marking goes live on %s; nobody has signed since that it did", [show.said(notices[i]), show.day(notices[i].proven), show.day(live)]),
		"path": sprintf("transparency-notice[%d].live_at", [i]),
		"value": live,
		"basis": "AI Act Art 50(2)",
	}
}

not_assessable contains {"msg": words} if {
	not scope.owes(profiles, kinds)
	some words in scope.unowed(profiles)
}

not_assessable contains finding if {
	not scope.owes(profiles, kinds)
	some i, profile in profiles
	profile.predicate.generative == true
	finding := {
		"msg": sprintf("%s says that the system is generative and names no synthetic_marking in art50; name it, or have a waiver say which exemption of Art 50(2) AI Act holds", [show.said(profile)]),
		"path": sprintf("system-profile[%d].art50", [i]),
	}
}
