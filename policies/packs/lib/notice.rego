# METADATA
# title: Notices to persons
# description: >-
#   Whether persons are told now: a notice of the kind that is shown, with its text,
#   where it is shown and in which languages.
package assize.lib.notice

import data.assize.lib.deployment as running
import data.assize.lib.instant
import data.assize.lib.show
import data.assize.lib.text

of_kind(notices, kinds) := {i |
	some i, notice in notices
	notice.predicate.kind in kinds
}

# shown: told in full, and since at least so many days.
shown(notice, days) if {
	full(notice)
	since(notice, days)
	not over(notice)
}

since(notice, days) if assize.reached(assize.plus_days(notice.predicate.live_at, days))

full(notice) if {
	worded(notice)
	text.meaningful(notice.predicate.channel)
	text.meaningful(notice.predicate.languages)
}

worded(notice) if is_string(notice.predicate.text)

worded(notice) if is_string(notice.predicate.document.digest)

over(notice) if assize.reached(notice.predicate.until)

# faults are findings when no notice of the kinds is shown: one for each that is
# not, and one when there is none. Empty as soon as one is shown.
faults(notices, kinds, days, basis) := none(notices, kinds, basis) | unshown(notices, kinds, days, basis) if {
	count({i | some i in of_kind(notices, kinds); shown(notices[i], days)}) == 0
} else := set()

none(notices, kinds, basis) := {finding |
	count(of_kind(notices, kinds)) == 0
	finding := {
		"msg": sprintf("of %d notices of the system none is of the kind %s, which %s asks for", [count(notices), concat(" or ", sort(kinds)), basis]),
		"path": "transparency-notice",
		"value": 0,
		"bound": 1,
		"basis": basis,
	}
}

unshown(notices, kinds, days, basis) := {finding |
	some i in of_kind(notices, kinds)
	some fault in wanting(notices[i], days)
	finding := {
		"msg": sprintf("%s, the notice of kind %s: %s", [show.said(notices[i]), notices[i].predicate.kind, fault.words]),
		"path": sprintf("transparency-notice[%d].%s", [i, fault.member]),
		"value": object.get(notices[i].predicate, fault.member, null),
		"basis": basis,
	}
}

hints := {
	"text": "neither text nor document.digest says which text is shown",
	"channel": "channel does not say where it is shown",
	"languages": "languages does not say in which languages it is shown",
	"live_at": "live_at does not say from when it is shown",
}

told(notice, "text") if worded(notice)

told(notice, member) if {
	member in {"channel", "languages", "live_at"}
	text.meaningful(notice.predicate[member])
}

wanting(notice, days) := ({{"member": member, "words": words} |
	some member, words in hints
	not told(notice, member)
} | {{"member": "live_at", "words": words} |
	not since(notice, days)
	words := since_when(notice, days)
}) | {{"member": "until", "words": words} |
	over(notice)
	words := sprintf("shown until %s and no longer", [show.day(notice.predicate.until)])
}

since_when(notice, 0) := sprintf("it is shown only from %s on", [show.day(notice.predicate.live_at)])

since_when(notice, days) := sprintf("it is shown from %s on and must be %d days before, so it counts from %s on", [
	show.day(notice.predicate.live_at), days, show.day(assize.plus_days(notice.predicate.live_at, days)),
]) if {
	days > 0
}

# gaps are the places where the system runs without the notices in force having
# been shown so many days before: persons were not told then, whatever is shown now.
# What began before the duty did is asked for from that date.
gaps(notices, kinds, days, question, basis) := {finding |
	some i, deployment in running.places(question.deployments, question.environment)
	deployment.predicate.state == "running"
	began := instant.latest({question.duty, begun(deployment)})
	first := instant.earliest({assize.plus_days(notices[k].predicate.live_at, days) |
		some k in of_kind(notices, kinds)
	})
	assize.before(began, first)
	finding := {
		"msg": sprintf("%s has run since %s; the notices of kind %s in force count from %s on, so persons it met in between were not told by them", [
			show.said(deployment), show.day(began), concat(" or ", sort(kinds)), show.day(first),
		]),
		"path": sprintf("deployment[%d].started_at", [i]),
		"value": began,
		"bound": first,
		"basis": basis,
	}
}

begun(deployment) := instant.earliest({deployment.predicate.started_at, instant.said_at(deployment)})

begun(deployment) := instant.said_at(deployment) if not deployment.predicate.started_at
