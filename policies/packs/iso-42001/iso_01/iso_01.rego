# METADATA
# title: Statement of applicability is complete
# description: >-
#   The organisation's statement of applicability (org-evidence of topic soa) decides
#   each of the 38 controls of ISO/IEC 42001 Annex A once: whether it applies, for
#   which reason and, where it applies, who answers for it and whether it is in place.
#   The statement has an owner and has not ended. Controls that apply and are not in
#   place are warned of.
# custom:
#   id: ISO-01
#   severity: medium
#   kinds: [deployment]
#   actions: [deploy, continue]
#   requires: [org-evidence]
#   controls: ["iso-42001/6.1.3"]
#   basis: standard
#   legal_version: ISO/IEC 42001:2023
#   remediation: Attest the statement of applicability (org-evidence of topic soa) and decide in it every control of Annex A, the named ones first, with reason and owner.
package assize.iso_42001.iso_01

import data.assize.lib.show
import data.assize.lib.text

# Annex A of ISO/IEC 42001:2023 by objective: A.2 has 3 controls, A.3 2, A.4 5, A.5 4,
# A.6 9, A.7 5, A.8 4, A.9 3, A.10 3.
annex_a := {
	"A.2.2", "A.2.3", "A.2.4",
	"A.3.2", "A.3.3",
	"A.4.2", "A.4.3", "A.4.4", "A.4.5", "A.4.6",
	"A.5.2", "A.5.3", "A.5.4", "A.5.5",
	"A.6.1.2", "A.6.1.3", "A.6.2.2", "A.6.2.3", "A.6.2.4", "A.6.2.5", "A.6.2.6", "A.6.2.7", "A.6.2.8",
	"A.7.2", "A.7.3", "A.7.4", "A.7.5", "A.7.6",
	"A.8.2", "A.8.3", "A.8.4", "A.8.5",
	"A.9.2", "A.9.3", "A.9.4",
	"A.10.2", "A.10.3", "A.10.4",
}

statements := [item | some item in input.evidence["org-evidence"]; item.predicate.topic == "soa"]

soa := statements[0]

entries := soa.predicate.controls

ids := {entry.id | some entry in entries}

# said are the texts that say something; each is looked at once however often it
# stands there.
said := {words |
	some words in ({entry.reason | some entry in entries} | {entry.owner | some entry in entries})
	text.meaningful(words)
}

decided := {entry.id | some entry in entries; entry.reason in said; settled(entry)}

settled(entry) if entry.applicable == false

settled(entry) if {
	entry.applicable
	entry.owner in said
	is_boolean(entry.implemented)
}

pass if {
	count(annex_a) == count(annex_a & decided)
	count(entries) == count(ids)
	count(statements) == 1
	text.meaningful(soa.predicate.owner)
	not assize.reached(soa.predicate.valid_until)
}

deny contains finding if {
	statements == []
	finding := {
		"msg": sprintf("none of %d pieces of evidence about the organisation is a statement of applicability (topic soa)", [count(input.evidence["org-evidence"])]),
		"path": "org-evidence",
		"value": 0,
		"bound": 1,
		"basis": "ISO/IEC 42001 6.1.3",
	}
}

deny contains finding if {
	wanting := annex_a - ids
	count(wanting) > 0
	finding := {
		"msg": sprintf("%s decides %d of the 38 controls of Annex A; it does not hold %s", [show.said(soa), count(annex_a - wanting), show.list(wanting)]),
		"path": "org-evidence.controls",
		"value": count(annex_a - wanting),
		"bound": 38,
		"basis": "ISO/IEC 42001 6.1.3",
	}
}

deny contains finding if {
	some i, entry in entries
	not entry.id in decided
	faults := wrong(entry)
	count(faults) > 0
	finding := {
		"msg": sprintf("%s: control %s has no %s", [show.said(soa), entry.id, concat(" and no ", sort(faults))]),
		"path": sprintf("org-evidence.controls[%d]", [i]),
		"value": entry,
		"basis": "ISO/IEC 42001 6.1.3",
	}
}

wrong(entry) := (({"decision (applicable)" | not is_boolean(object.get(entry, "applicable", null))} | {"reason" | not object.get(entry, "reason", "") in said}) | {"owner" |
	entry.applicable
	not object.get(entry, "owner", "") in said
}) | {"word on whether it is in place (implemented)" |
	entry.applicable
	not is_boolean(object.get(entry, "implemented", null))
}

deny contains finding if {
	count(entries) > count(ids)
	some id in ids
	times := count([entry | some entry in entries; entry.id == id])
	times > 1
	finding := {
		"msg": sprintf("%s decides control %s %d times", [show.said(soa), id, times]),
		"path": "org-evidence.controls",
		"value": times,
		"bound": 1,
		"basis": "ISO/IEC 42001 6.1.3",
	}
}

deny contains finding if {
	assize.reached(soa.predicate.valid_until)
	finding := {
		"msg": sprintf("%s ended on %s", [show.said(soa), show.day(soa.predicate.valid_until)]),
		"path": "org-evidence.valid_until",
		"value": soa.predicate.valid_until,
		"basis": sprintf("org-evidence %s", [soa.id]),
	}
}

deny contains finding if {
	not text.meaningful(object.get(soa.predicate, "owner", ""))
	finding := {
		"msg": sprintf("%s names nobody who answers for it", [show.said(soa)]),
		"path": "org-evidence.owner",
		"value": object.get(soa.predicate, "owner", ""),
		"basis": "ISO/IEC 42001 6.1.3",
	}
}

warn contains finding if {
	open := {entry.id | some entry in entries; entry.applicable == true; entry.implemented == false}
	count(open) > 0
	finding := {
		"msg": sprintf("%d controls apply and are not in place: %s (%s)", [count(open), show.list(open), show.said(soa)]),
		"path": "org-evidence.controls",
		"value": count(open),
		"bound": 0,
		"basis": "ISO/IEC 42001 6.1.3",
	}
}

not_assessable contains finding if {
	deny == set()
	count(statements) > 1
	finding := {"msg": sprintf("%d statements of applicability are in force: %s; the newer must name the older in supersedes", [count(statements), concat("; ", [show.said(item) | some item in statements])])}
}

not_assessable contains finding if {
	deny == set()
	soa
	not soa.predicate.valid_until
	finding := {"msg": sprintf("%s does not state when it ends (valid_until)", [show.said(soa)])}
}
