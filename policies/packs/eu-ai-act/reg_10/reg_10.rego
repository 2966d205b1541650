# METADATA
# title: A quality management system is in place
# description: >-
#   The provider's quality management system is documented by digest, has an owner,
#   and what was stated of it is still valid.
# custom:
#   id: REG-10
#   severity: high
#   kinds: [deployment]
#   actions: [deploy, continue]
#   requires: [system-profile, org-evidence]
#   controls: ["eu-ai-act/art-17", "iso-42001/A.2.2", "iso-42001/A.6.1.3", "nist-ai-rmf/GOVERN-1.2"]
#   basis: law
#   applies_from: "2027-12-02"
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: Have whoever owns the quality management system state its document with digest, the owner and until when it is valid.
package assize.eu_ai_act.reg_10

import data.assize.lib.act
import data.assize.lib.show
import data.assize.lib.text

profiles := input.evidence["system-profile"]

statements := input.evidence["org-evidence"]

not_applicable if act.beyond(profiles, input.system)

not_applicable if act.outside_parts(profiles, input.system, {"provider", "product_manufacturer"})

applies_from := act.products_from if act.product(profiles, input.system)

systems contains i if {
	some i, statement in statements
	statement.predicate.topic == "qms"
}

sound(statement) if {
	text.meaningful(statement.predicate.owner)
	text.meaningful(statement.predicate.document.uri)
	is_string(statement.predicate.document.digest)
	not assize.reached(statement.predicate.valid_until)
}

pass if {
	act.bound(profiles, input.system)
	some i in systems
	sound(statements[i])
}

unmet if not pass

deny contains finding if {
	statements != []
	systems == set()
	finding := {
		"msg": "no statement of the organisation is about a quality management system (topic qms)",
		"path": "org-evidence.topic",
		"value": {statement.predicate.topic | some statement in statements},
		"bound": "qms",
		"basis": "AI Act Art 17(1)",
	}
}

deny contains finding if {
	unmet
	some i in systems
	assize.reached(statements[i].predicate.valid_until)
	finding := {
		"msg": sprintf("%s was valid until %s", [show.said(statements[i]), show.day(statements[i].predicate.valid_until)]),
		"path": sprintf("org-evidence[%d].valid_until", [i]),
		"value": statements[i].predicate.valid_until,
		"basis": sprintf("org-evidence %s", [statements[i].id]),
	}
}

deny contains finding if {
	unmet
	some i in systems
	some member, path in {"owner": ["owner"], "document.uri": ["document", "uri"], "document.digest": ["document", "digest"], "valid_until": ["valid_until"]}
	not text.meaningful(object.get(statements[i].predicate, path, ""))
	finding := {
		"msg": sprintf("%s does not state %s of the quality management system", [show.said(statements[i]), member]),
		"path": sprintf("org-evidence[%d].%s", [i, member]),
		"basis": "AI Act Art 17(1)",
	}
}

not_assessable contains {"msg": msg} if {
	unmet
	deny == set()
	some msg in act.unplaced(profiles, input.system)
}
