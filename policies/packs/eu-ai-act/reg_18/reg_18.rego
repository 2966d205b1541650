# METADATA
# title: Documents are kept for ten years
# description: >-
#   The provider of a high-risk system keeps documents and records (org-evidence of
#   topic records) for at least ten years after the system is placed on the market;
#   the arrangement has a document, an owner and an end that has not come. Annex III
#   from 2 December 2027, Annex I from 2 August 2028.
# custom:
#   id: REG-18
#   severity: medium
#   kinds: [model]
#   actions: [release, deploy]
#   requires: [system-profile, org-evidence]
#   controls: ["eu-ai-act/art-18"]
#   basis: law
#   applies_from: "2027-12-02"
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: Extend the time documents are kept to ten years after the system is placed on the market, and attest it with retention_days.
package assize.eu_ai_act.reg_18

import data.assize.lib.act
import data.assize.lib.organisation
import data.assize.lib.scope
import data.assize.lib.show

profiles := input.evidence["system-profile"]

items := input.evidence["org-evidence"]

kept := organisation.of_topic(items, "records")

enough(item) if item.predicate.retention_days >= data.params.document_retention_days

not_applicable if act.beyond(profiles, input.system)

applies_from := act.products_from if act.product(profiles, input.system)

bound if act.bound(profiles, input.system)

pass if {
	bound
	kept != set()
	every i in kept {
		organisation.held(items[i])
		enough(items[i])
	}
}

unmet if not pass

deny contains finding if {
	unmet
	bound
	some finding in (organisation.absent(items, "records", "about how long documents are kept", "AI Act Art 18(1)") | organisation.flawed(items, kept, "AI Act Art 18(1)"))
}

deny contains finding if {
	unmet
	bound
	some i in kept
	not enough(items[i])
	finding := {
		"msg": sprintf("%s: documents are kept for %v days; Art 18(1) AI Act asks for ten years after the system is placed on the market, %d days", [show.said(items[i]), object.get(items[i].predicate, "retention_days", "an unstated number of"), data.params.document_retention_days]),
		"path": sprintf("org-evidence[%d].retention_days", [i]),
		"value": object.get(items[i].predicate, "retention_days", null),
		"bound": data.params.document_retention_days,
		"basis": "parameter document_retention_days",
	}
}

not_assessable contains {"msg": words} if {
	unmet
	some words in scope.unclear(profiles, input.system)
}
