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
	input.evidence["dataset-card"][0].predicate.pii == "none" # which settles most
	about.impersonal(input.evidence["dataset-card"], input.subject)
}

not_applicable if {
	input.subject.kind == "model"
	count(datasets) > 0
	every node in datasets {
		about.impersonal(node.evidence["dataset-card"], node)
	}
}

datasets := [input.ancestors[i] | some i; input.ancestors[i].kind == "dataset"]

# sources are the datasets whose use is judged, with what is said of them.
sources := [{
	"node": input.subject, "cards": input.evidence["dataset-card"],
	"rights": assize.concerning(input.evidence["data-rights"], "dataset", input.subject),
}] if {
	input.subject.kind == "dataset"
} else := [{"node": node, "cards": node.evidence["dataset-card"], "rights": assize.concerning(node.evidence["data-rights"], "dataset", node)} |
	input.subject.kind == "model"
	some node in datasets
]

# personal are the sources that are not known to hold no personal data; to a dataset
# known to hold none the rule does not apply.
personal := sources if {
	input.subject.kind == "dataset"
} else := [one |
	some one in sources
	not about.impersonal(one.cards, one.node)
]

# aimless are the profiles that do not say what the system is for.
aimless := [profile |
	some profile in input.evidence["system-profile"]
	not text.meaningful(object.get(profile.predicate, "intended_purpose", ""))
]

purposes contains text.plain(input.evidence["system-profile"][_].predicate.intended_purpose)

allows(stated) if {
	stated.compatible == true
	text.meaningful(stated.original_purpose)
	text.meaningful(stated.compatibility_assessment)
}

# The purpose itself needs no assessment.
allows(stated) if {
	object.get(stated, "compatible", true) == true
	{text.plain(stated.original_purpose)} == purposes
}

# open are the statements that do not allow the use.
open := [{"node": personal[i].node, "item": item} |
	some i, j
	item := personal[i].rights.those[j]
	not allows(item.predicate)
]

# silent are the sources of which nothing says what they are for, astray the
# statements about something else.
silent := [i | personal[i].rights.those == []]

astray := [other | other := personal[_].rights.others[_]]

pass if {
	aimless == []
	purposes != set()
	sources != []
	silent == []
	astray == []
	open == []
}

deny contains finding if {
	some i, j
	personal[i].rights.those[j].predicate.compatible == false
	item := personal[i].rights.those[j]
	finding := {
		"msg": sprintf("%s was collected for %q; %s says that the use by %s is not compatible with that", [
			show.thing(personal[i].node), object.get(item.predicate, "original_purpose", "a purpose not stated"), show.said(item), input.system.uri,
		]),
		"path": "data-rights.compatible",
		"value": false,
		"bound": true,
		"basis": "GDPR Art 5(1)(b)",
	}
}

deny contains finding if {
	aimless == []
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
	some i in silent
	personal[i].rights.others == []
	finding := {
		"msg": sprintf("nothing says for which purpose %s was collected, nor that it holds no personal data", [show.thing(personal[i].node)]),
		"path": "data-rights.original_purpose",
		"value": 0,
		"bound": 1,
		"basis": "GDPR Art 5(1)(b)",
	}
}

not_assessable contains reason if {
	some _ in aimless
	deny == set()
	reason := {"msg": sprintf("the profile of %s does not state the intended purpose, so no use can be held against the purpose of collection", [input.system.uri])}
}

not_assessable contains reason if {
	sources == []
	deny == set()
	reason := {"msg": sprintf("which data %s was made from is not on record", [show.thing(input.subject)])}
}

not_assessable contains about.elsewhere(other, "dataset", sources[i].node) if {
	some i
	other := sources[i].rights.others[_]
	deny == set()
}
