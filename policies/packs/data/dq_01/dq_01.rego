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

import data.assize.lib.form
import data.assize.lib.show
import data.assize.lib.text

card := input.evidence["dataset-card"][0]

# Fields that must say something, and fields whose empty list is an answer
# ("none"), which silence is not.
filled := {
	"id", "version", "digest", "size_bytes", "record_count", "modality", "splits", "origin", "issuer", "license",
	"allowed_purposes", "confidentiality", "limitations", "maintenance",
}

listed := {"prohibited_purposes", "special_categories", "known_biases"}

lists := object.filter(card.predicate, listed)

pass if {
	complete
	count([n | some list in lists; n := count(list)]) == count(listed)
	hollow == []
	card.predicate.synthetic_share >= 0
	owned
	text.meaningful(card.predicate.maintenance.retention_until)
}

# complete: every field is answered. What of it is not, is looked for field by field.
complete if {
	stated := card.predicate
	form.filled(stated, filled)
	stated.size_bytes > 0
	stated.record_count > 0
	stated.pii in {"none", "pseudonymous", "direct"}
}

# pii "none" is an answer, not a placeholder.
answered("pii", value) if value in {"none", "pseudonymous", "direct"}

answered(field, value) if {
	field != "pii"
	text.meaningful(value)
	positive(field, value)
}

positive(field, value) if {
	field in {"size_bytes", "record_count"}
	value > 0
}

positive(field, _) if not field in {"size_bytes", "record_count"}

# unlisted are the lists that are not there, hollow the entries that say nothing.
unlisted := listed - {field | some field, list in lists; is_array(list)}

hollow := [{"field": field, "place": i, "value": entry} |
	some field, list in lists
	some i, entry in text.unsaid(list, [])
]

owned if text.meaningful(card.predicate.maintenance.owner)

deny contains finding if {
	not complete
	some field in (filled | {"pii"})
	not answered(field, object.get(card.predicate, field, ""))
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
	some field in unlisted
	finding := {
		"msg": sprintf("%s does not state %s; an empty list says there are none", [show.said(card), field]),
		"path": sprintf("dataset-card[0].%s", [field]),
		"basis": "AI Act Annex IV 2(d)",
	}
}

deny contains finding if {
	some one in hollow
	finding := {
		"msg": sprintf("%s: entry %d of %s is a placeholder", [show.said(card), one.place, one.field]),
		"path": sprintf("dataset-card[0].%s[%d]", [one.field, one.place]),
		"value": one.value,
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
	not owned
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
