# METADATA
# title: Use is compatible with the purpose of collection
# description: >-
#   Personal data, of this dataset or of those a model was made from, serve the
#   purpose they were collected for, or every statement of rights in force says why
#   the intended purpose of the system is compatible with it.
# custom:
#   id: PRV-03
#   severity: high
#   kinds: [dataset, model]
#   actions: [train, release, deploy]
#   requires: [system-profile]
#   reads: [dataset-card, data-rights]
#   controls: ["gdpr/art-5-1-b", "gdpr/art-6-4"]
#   basis: law
#   legal_version: Regulation (EU) 2016/679
#   remediation: >-
#     Assess compatibility by the criteria of Art 6(4) GDPR and sign the result as
#     data-rights of the dataset; where it is not compatible, ask for consent anew
#     or train on other data.
package assize.data.prv_03

import data.assize.lib.about
import data.assize.lib.show
import data.assize.lib.text

not_applicable if {
	input.subject.kind == "dataset"
	about.impersonal(input.evidence["dataset-card"], input.subject)
}

not_applicable if {
	input.subject.kind == "model"
	count(datasets) > 0
	every node in datasets {
		about.impersonal(node.evidence["dataset-card"], node)
	}
}

datasets := [node | some node in input.ancestors; node.kind == "dataset"]

# sources are the datasets whose use is judged, with what is said of them.
sources := [source(input.subject, input.evidence["dataset-card"], input.evidence["data-rights"])] if {
	input.subject.kind == "dataset"
} else := [source(node, node.evidence["dataset-card"], node.evidence["data-rights"]) |
	input.subject.kind == "model"
	some node in datasets
]

source(node, cards, rights) := {"node": node, "cards": cards, "rights": assize.concerning(rights, "dataset", node)}

# personal are the sources that are not known to hold no personal data.
personal := [one |
	some one in sources
	not about.impersonal(one.cards, one.node)
]

# stated: each profile says what the system is for.
stated if aimless == []

aimless := [profile |
	some profile in input.evidence["system-profile"]
	not text.meaningful(object.get(profile.predicate, "intended_purpose", ""))
]

purposes contains text.plain(profile.predicate.intended_purpose) if {
	some profile in input.evidence["system-profile"]
}

allows(item) if {
	item.predicate.compatible == true
	text.meaningful(item.predicate.original_purpose)
	text.meaningful(item.predicate.compatibility_assessment)
}

# The purpose itself needs no assessment.
allows(item) if {
	object.get(item.predicate, "compatible", true) == true
	{text.plain(item.predicate.original_purpose)} == purposes
}

# open are the statements that do not allow the use.
open := [{"node": one.node, "item": item} |
	some one in personal
	some item in one.rights.those
	not allows(item)
]

# silent are the sources of which nothing says what they are for, astray the
# statements about something else.
silent := [one | some one in personal; one.rights.those == []]

astray := [other | some one in personal; some other in one.rights.others]

pass if {
	stated
	purposes != set()
	sources != []
	silent == []
	astray == []
	open == []
}

deny contains finding if {
	some one in personal
	some item in one.rights.those
	item.predicate.compatible == false
	finding := {
		"msg": sprintf("%s was collected for %q; %s says that the use by %s is not compatible with that", [
			show.thing(one.node), object.get(item.predicate, "original_purpose", "a purpose not stated"), show.said(item), input.system.uri,
		]),
		"path": "data-rights.compatible",
		"value": false,
		"bound": true,
		"basis": "GDPR Art 5(1)(b)",
	}
}

deny contains finding if {
	stated
	some {"node": node, "item": item} in open
	object.get(item.predicate, "compatible", true) == true
	finding := {
		"msg": sprintf("%s was collected for %q and is to serve %q; %s does not say with reasons that this is compatible", [
			show.thing(node), object.get(item.predicate, "original_purpose", "a purpose not stated"), show.list(intended), show.said(item),
		]),
		"path": "data-rights.compatibility_assessment",
		"value": object.get(item.predicate, "original_purpose", null),
		"bound": intended,
		"basis": "GDPR Art 5(1)(b), 6(4)",
	}
}

intended contains profile.predicate.intended_purpose if some profile in input.evidence["system-profile"]

deny contains finding if {
	some one in silent
	one.rights.others == []
	finding := {
		"msg": sprintf("nothing says for which purpose %s was collected, nor that it holds no personal data", [show.thing(one.node)]),
		"path": "data-rights.original_purpose",
		"value": 0,
		"bound": 1,
		"basis": "GDPR Art 5(1)(b)",
	}
}

not_assessable contains reason if {
	deny == set()
	not stated
	reason := {"msg": sprintf("the profile of %s does not state the intended purpose, so no use can be held against the purpose of collection", [input.system.uri])}
}

not_assessable contains reason if {
	deny == set()
	sources == []
	reason := {"msg": sprintf("which data %s was made from is not on record", [show.thing(input.subject)])}
}

not_assessable contains about.elsewhere(other, "dataset", one.node) if {
	deny == set()
	some one in sources
	some other in one.rights.others
}
