# METADATA
# title: Processing is on the record
# description: >-
#   Every statement of rights in personal data names the entry of the record of
#   processing activities that covers their use.
# custom:
#   id: PRV-07
#   severity: medium
#   kinds: [dataset]
#   actions: [train, release, deploy]
#   requires: [data-rights]
#   reads: [dataset-card]
#   controls: ["gdpr/art-30"]
#   basis: law
#   legal_version: Regulation (EU) 2016/679
#   remediation: Enter the processing in the register of the controller and name the entry as ropa_ref in data-rights.
package assize.data.prv_07

import data.assize.lib.about
import data.assize.lib.show
import data.assize.lib.text

rights := assize.concerning(input.evidence["data-rights"], "dataset", input.subject)

not_applicable if {
	input.evidence["dataset-card"][0].predicate.pii == "none" # which settles most
	about.impersonal(input.evidence["dataset-card"], input.subject)
}

# unentered are the statements that name no entry of the record.
unentered contains i if {
	some i, item in input.evidence["data-rights"]
	not text.meaningful(object.get(item.predicate, "ropa_ref", ""))
	not item in rights.others
}

pass if {
	rights.those != []
	rights.others == []
	unentered == set()
}

deny contains finding if {
	some i in unentered
	item := input.evidence["data-rights"][i]
	finding := {
		"msg": sprintf("%s names no entry of the record of processing activities", [show.said(item)]),
		"path": sprintf("data-rights[%d].ropa_ref", [i]),
		"value": object.get(item.predicate, "ropa_ref", null),
		"basis": "GDPR Art 30(1)",
	}
}

not_assessable contains about.elsewhere(other, "dataset", input.subject) if {
	some other in rights.others
	deny == set()
}
