# METADATA
# title: Datasheet is complete
# description: >-
#   Every field a reader needs to judge the dataset is filled in, none with a
#   placeholder.
# custom:
#   id: DQ-01
#   severity: high
#   kinds: [dataset]
#   actions: [train, release, deploy]
#   requires: [dataset-card]
#   controls: ["eu-ai-act/annex-iv-2d", "iso-42001/A.7.6"]
#   basis: standard
#   remediation: Fill in the named fields of the datasheet and sign it again.
package assize.data.dq_01

import data.assize.lib.show
import data.assize.lib.text

card := input.evidence["dataset-card"][0]

# Fields that must say something, and fields whose empty list is an answer
# ("none"), which silence is not.
filled := {
	"id", "version", "digest", "size_bytes", "record_count", "modality", "splits", "origin", "issuer", "license",
	"allowed_purposes", "confidentiality", "pii", "limitations", "maintenance",
}

listed := {"prohibited_purposes", "special_categories", "known_biases"}

pass if {
	count(filled) > 0
	every field in filled {
		complete(field, card.predicate[field])
	}
	count(listed) > 0
	every field in listed {
		count(card.predicate[field]) == count([entry | some entry in card.predicate[field]; text.meaningful(entry)])
	}
	card.predicate.synthetic_share >= 0
	text.meaningful(card.predicate.maintenance.owner)
	text.meaningful(card.predicate.maintenance.retention_until)
}

# pii "none" is an answer, not a placeholder.
complete("pii", value) if value in {"none", "pseudonymous", "direct"}

complete(field, value) if {
	field != "pii"
	text.meaningful(value)
	positive(field, value)
}

positive(field, value) if {
	field in {"size_bytes", "record_count"}
	value > 0
}

positive(field, _) if not field in {"size_bytes", "record_count"}

deny contains finding if {
	some field in filled
	not complete(field, object.get(card.predicate, field, ""))
	finding := {
		"msg": sprintf("%s: %s is %s", [show.said(card), field, state(object.get(card.predicate, field, ""))]),
		"path": sprintf("dataset-card[0].%s", [field]),
		"value": object.get(card.predicate, field, ""),
		"basis": "AI Act Annex IV 2(d)",
	}
}

state(value) := "not filled in" if value in {"", null}

state(value) := "a placeholder or empty" if not value in {"", null}

deny contains finding if {
	some field in listed
	not is_array(object.get(card.predicate, field, null))
	finding := {
		"msg": sprintf("%s does not state %s; an empty list says there are none", [show.said(card), field]),
		"path": sprintf("dataset-card[0].%s", [field]),
		"basis": "AI Act Annex IV 2(d)",
	}
}

deny contains finding if {
	some field in listed
	some i, entry in card.predicate[field]
	not text.meaningful(entry)
	finding := {
		"msg": sprintf("%s: entry %d of %s is a placeholder", [show.said(card), i, field]),
		"path": sprintf("dataset-card[0].%s[%d]", [field, i]),
		"value": entry,
		"basis": "AI Act Annex IV 2(d)",
	}
}

deny contains finding if {
	not is_number(object.get(card.predicate, "synthetic_share", null))
	finding := {
		"msg": sprintf("%s does not state which share of the records is synthetic; 0 says none", [show.said(card)]),
		"path": "dataset-card[0].synthetic_share",
		"basis": "AI Act Annex IV 2(d)",
	}
}

deny contains finding if {
	not text.meaningful(object.get(card.predicate, ["maintenance", "owner"], ""))
	finding := {
		"msg": sprintf("%s names nobody who keeps the dataset", [show.said(card)]),
		"path": "dataset-card[0].maintenance.owner",
		"basis": "AI Act Annex IV 2(d)",
	}
}

deny contains finding if {
	not card.predicate.maintenance.retention_until
	finding := {
		"msg": sprintf("%s does not state until when the dataset is kept", [show.said(card)]),
		"path": "dataset-card[0].maintenance.retention_until",
		"basis": "AI Act Annex IV 2(d)",
	}
}
