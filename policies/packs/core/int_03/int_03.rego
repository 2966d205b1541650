# METADATA
# title: Dataset manifest is signed
# description: >-
#   A trusted signer vouches for the digest of the dataset, and it is the digest
#   by which the training run and the ledger know the dataset.
# custom:
#   id: INT-03
#   severity: high
#   kinds: [dataset]
#   actions: [train, release, deploy]
#   requires: [[dataset-card, model-signature]]
#   controls: ["eu-ai-act/art-10-2-b", "iso-42001/A.7.5"]
#   basis: standard
#   remediation: >-
#     Sign a manifest of the dataset, or a dataset card that states its digest,
#     over exactly the bytes that are trained on.
package assize.core.int_03

import data.assize.lib.manifest
import data.assize.lib.show

pass if {
	some card in input.evidence["dataset-card"]
	signed(card)
	card.predicate.digest in input.subject.refs
	strangers == set()
}

pass if {
	some listing in input.evidence["model-signature"]
	signed(listing)
	manifest.listed(listing.predicate.resources)
	strangers == set()
}

signed(item) if {
	item.assurance == "signed"
	item.principals != []
	some ref in input.subject.refs
	ref in item.subjects
}

# strangers are cards about this dataset that state the digest of another.
strangers contains i if {
	some i
	digest := input.evidence["dataset-card"][i].predicate.digest
	is_string(digest)
	not digest in input.subject.refs
}

deny contains finding if {
	some i in strangers
	card := input.evidence["dataset-card"][i]
	finding := {
		"msg": sprintf("%s states digest %s; the dataset used is %s", [show.said(card), show.id(card.predicate.digest), show.id(input.subject.ref)]),
		"path": sprintf("dataset-card[%d].digest", [i]),
		"value": card.predicate.digest,
		"bound": input.subject.ref,
		"basis": "ISO/IEC 42001 A.7.5",
	}
}

deny contains finding if {
	not pass
	some type in ["dataset-card", "model-signature"]
	some i, item in input.evidence[type]
	item.assurance != "signed"
	finding := {
		"msg": sprintf("%s is %s, not signed by whoever issues the data", [show.said(item), item.assurance]),
		"path": sprintf("%s[%d].assurance", [type, i]),
		"value": item.assurance,
		"bound": "signed",
		"basis": "ISO/IEC 42001 A.7.5",
	}
}
