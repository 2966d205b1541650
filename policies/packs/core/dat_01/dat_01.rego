# METADATA
# title: Dataset is versioned
# description: >-
#   The dataset has a version and a digest and names the version before it,
#   unless it is stated to be the first.
# custom:
#   id: DAT-01
#   severity: high
#   kinds: [dataset]
#   actions: [train, release, deploy]
#   requires: [dataset-card]
#   controls: ["iso-42001/A.7.2"]
#   basis: standard
#   remediation: Give the dataset a version, state its digest and that of the version before, and sign the card again.
package assize.core.dat_01

import data.assize.lib.show
import data.assize.lib.text

card := input.evidence["dataset-card"][0]

versioned if text.meaningful(card.predicate.version)

own if card.predicate.digest in input.subject.refs

known if text.meaningful(card.predicate.id)

first := object.get(card.predicate, "first_version", false)

previous := object.get(card.predicate, "previous_version", "")

pass if {
	versioned
	own
	succession
}

succession if {
	first == false
	text.meaningful(previous)
	not previous in input.subject.refs
}

succession if {
	first == true
	known
	previous == ""
	elders == set()
}

# elders are other datasets of this question that carry the same id and were
# attested before: then this one is not the first.
elders contains node.ref if {
	id := card.predicate.id
	some i, j
	input.related.subjects[i].evidence["dataset-card"][j].predicate.id == id
	node := input.related.subjects[i]
	node.evidence["dataset-card"][j].index < card.index
	not node.ref in input.subject.refs
}

deny contains finding if {
	not versioned
	finding := {
		"msg": sprintf("%s states no version", [show.said(card)]),
		"path": "dataset-card[0].version",
		"basis": "ISO/IEC 42001 A.7.2",
	}
}

deny contains finding if {
	not own
	finding := {
		"msg": sprintf("%s states digest %q; the dataset used is %s", [show.said(card), object.get(card.predicate, "digest", ""), show.id(input.subject.ref)]),
		"path": "dataset-card[0].digest",
		"value": object.get(card.predicate, "digest", ""),
		"bound": input.subject.ref,
		"basis": "ISO/IEC 42001 A.7.2",
	}
}

deny contains finding if {
	first == false
	previous == ""
	finding := {
		"msg": sprintf("%s names no version before and does not say that it is the first", [show.said(card)]),
		"path": "dataset-card[0].previous_version",
		"basis": "ISO/IEC 42001 A.7.2",
	}
}

deny contains finding if {
	not succession
	first == true
	previous != ""
	finding := {
		"msg": sprintf("%s says it is the first version and names one before it", [show.said(card)]),
		"path": "dataset-card[0].previous_version",
		"value": card.predicate.previous_version,
		"basis": "ISO/IEC 42001 A.7.2",
	}
}

deny contains finding if {
	first == true
	some elder in elders
	finding := {
		"msg": sprintf("%s says it is the first version of %q; %s carries that id and came before", [show.said(card), card.predicate.id, show.id(elder)]),
		"path": "dataset-card[0].first_version",
		"value": true,
		"bound": elder,
		"basis": "ISO/IEC 42001 A.7.2",
	}
}

deny contains finding if {
	not succession
	first == true
	not known
	finding := {
		"msg": sprintf("%s says it is the first version and states no id by which an earlier one would be known", [show.said(card)]),
		"path": "dataset-card[0].id",
		"basis": "ISO/IEC 42001 A.7.2",
	}
}

deny contains finding if {
	card.predicate.previous_version in input.subject.refs
	finding := {
		"msg": sprintf("%s names itself as the version before", [show.said(card)]),
		"path": "dataset-card[0].previous_version",
		"value": card.predicate.previous_version,
		"basis": "ISO/IEC 42001 A.7.2",
	}
}
