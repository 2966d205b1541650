# METADATA
# title: Evidence about the organisation
# description: >-
#   Whether what an organisation has decided is on record: a document that can be
#   found, somebody who answers for it, and an end that has not come.
package assize.lib.organisation

import data.assize.lib.show
import data.assize.lib.text

of_topic(items, topic) := {i | some i, item in items; item.predicate.topic == topic}

held(item) if {
	named(item.predicate.document)
	text.meaningful(item.predicate.owner)
	not assize.reached(item.predicate.valid_until)
}

named(document) if text.meaningful(document.uri)

named(document) if is_string(document.digest)

# faults are what keeps an item from being held.
faults(item) := (({{"member": "document", "words": "neither address nor digest of the document is stated"} |
	not named(object.get(item.predicate, "document", {}))
} | {{"member": "owner", "words": "nobody is named who answers for it"} |
	not text.meaningful(object.get(item.predicate, "owner", ""))
}) | {{"member": "valid_until", "words": "it does not state when it ends"} |
	not item.predicate.valid_until
}) | {{"member": "valid_until", "words": words} |
	assize.reached(item.predicate.valid_until)
	words := sprintf("it ended on %s", [show.day(item.predicate.valid_until)])
}

# absent is the finding that there is nothing of the topic.
absent(items, topic, what, basis) := {finding |
	count(of_topic(items, topic)) == 0
	finding := {
		"msg": sprintf("none of %d pieces of evidence about the organisation is %s (topic %s), which %s asks for", [count(items), what, topic, basis]),
		"path": "org-evidence",
		"value": 0,
		"bound": 1,
		"basis": basis,
	}
}

# flawed are the findings about the items at the places.
flawed(items, places, basis) := {finding |
	some i in places
	some fault in faults(items[i])
	finding := {
		"msg": sprintf("%s (%s): %s", [show.said(items[i]), items[i].predicate.topic, fault.words]),
		"path": sprintf("org-evidence[%d].%s", [i, fault.member]),
		"value": object.get(items[i].predicate, fault.member, null),
		"basis": basis,
	}
}
