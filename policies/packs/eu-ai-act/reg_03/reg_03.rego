# METADATA
# title: Risk management is current
# description: >-
#   The risk register was reviewed within the bound, its next review is not
#   overdue, misuse was considered, and somebody accepted what is left of each
#   risk.
# custom:
#   id: REG-03
#   severity: high
#   kinds: [model, deployment]
#   actions: [deploy, continue]
#   requires: [risk-assessment]
#   controls: ["eu-ai-act/art-9", "iso-42001/8.2", "iso-23894/6"]
#   basis: standard
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: Review the register, treat what is not acceptable, have the rest accepted, and sign it again.
package assize.eu_ai_act.reg_03

import data.assize.lib.show
import data.assize.lib.text

register := input.evidence["risk-assessment"][0]

# The review is as old as the oldest of what the register states, when it was
# signed and when it was in the ledger.
reviewed := assize.earliest({register.predicate.reviewed_at, register.claimed, register.proven})

expires := assize.plus_days(reviewed, data.params.risk_review_max_days)

pass if {
	risks := register.predicate.risks
	count(risks) > 0
	every risk in risks {
		settled(risk)
	}
	some arising in risks
	object.get(arising, "applicable", true) == true
	unsettled_before == set()
	register.predicate.misuse_considered == true
	object.get(register, ["predicate", "vulnerable_groups_considered"], true) != false
	not assize.reached(expires)
	not assize.reached(register.predicate.review_due)
}

unmet if not pass

# unsettled_before are risks that an older register in force finds not acceptable:
# leaving them out of the newer one settles nothing.
unsettled_before contains {"register": k, "risk": i} if {
	some k, older in input.evidence["risk-assessment"]
	k > 0
	some i, risk in older.predicate.risks
	risk.acceptable == false
	object.get(risk, "applicable", true) == true
}

settled(risk) if {
	risk.acceptable == true
	text.meaningful(risk.accepted_by)
	text.meaningful(risk.id)
}

# A risk that was examined and does not arise leaves nothing to accept.
settled(risk) if {
	risk.applicable == false
	text.meaningful(risk.id)
}

deny contains finding if {
	unmet
	assize.reached(expires)
	finding := {
		"msg": sprintf("%s was reviewed on %s; a review holds for %d days", [show.said(register), show.day(reviewed), data.params.risk_review_max_days]),
		"path": "risk-assessment[0].reviewed_at",
		"value": reviewed,
		"bound": expires,
		"basis": "parameter risk_review_max_days",
	}
}

deny contains finding if {
	unmet
	assize.reached(register.predicate.review_due)
	finding := {
		"msg": sprintf("%s was due for review on %s", [show.said(register), show.day(register.predicate.review_due)]),
		"path": "risk-assessment[0].review_due",
		"value": register.predicate.review_due,
		"basis": sprintf("risk-assessment %s", [register.id]),
	}
}

deny contains finding if {
	unmet
	some i, risk in register.predicate.risks
	risk.acceptable == false
	object.get(risk, "applicable", true) == true
	finding := {
		"msg": sprintf("what is left of risk %q is not acceptable, says %s", [risk.id, show.said(register)]),
		"path": sprintf("risk-assessment[0].risks[%d].acceptable", [i]),
		"value": false,
		"bound": true,
		"basis": "ISO/IEC 42001 8.2",
	}
}

deny contains finding if {
	unmet
	some place in unsettled_before
	older := input.evidence["risk-assessment"][place.register]
	finding := {
		"msg": sprintf("what is left of risk %q is not acceptable, says %s, which no later register supersedes", [older.predicate.risks[place.risk].id, show.said(older)]),
		"path": sprintf("risk-assessment[%d].risks[%d].acceptable", [place.register, place.risk]),
		"value": false,
		"bound": true,
		"basis": "ISO/IEC 42001 8.2",
	}
}

deny contains finding if {
	unmet
	some i, risk in register.predicate.risks
	risk.acceptable == true
	object.get(risk, "applicable", true) == true
	not text.meaningful(object.get(risk, "accepted_by", ""))
	finding := {
		"msg": sprintf("nobody is named who accepted what is left of risk %q (%s)", [risk.id, show.said(register)]),
		"path": sprintf("risk-assessment[0].risks[%d].accepted_by", [i]),
		"basis": "ISO/IEC 42001 8.2",
	}
}

deny contains finding if {
	unmet
	count(object.get(register.predicate, "risks", [])) == 0
	finding := {
		"msg": sprintf("%s holds no risk", [show.said(register)]),
		"path": "risk-assessment[0].risks",
		"value": 0,
		"bound": 1,
		"basis": "AI Act Art 9(2)(a)",
	}
}

deny contains finding if {
	unmet
	count(register.predicate.risks) > 0
	every risk in register.predicate.risks {
		risk.applicable == false
	}
	finding := {
		"msg": sprintf("%s finds no risk applicable; a register with nothing that arises manages no risk", [show.said(register)]),
		"path": "risk-assessment[0].risks",
		"value": 0,
		"bound": 1,
		"basis": "AI Act Art 9(2)(a)",
	}
}

deny contains finding if {
	unmet
	object.get(register.predicate, "misuse_considered", null) != true
	finding := {
		"msg": sprintf("%s does not say that foreseeable misuse was considered", [show.said(register)]),
		"path": "risk-assessment[0].misuse_considered",
		"value": object.get(register.predicate, "misuse_considered", null),
		"bound": true,
		"basis": "AI Act Art 9(2)(b)",
	}
}

deny contains finding if {
	unmet
	register.predicate.vulnerable_groups_considered == false
	finding := {
		"msg": sprintf("%s says that children and other vulnerable groups were not considered", [show.said(register)]),
		"path": "risk-assessment[0].vulnerable_groups_considered",
		"value": false,
		"bound": true,
		"basis": "AI Act Art 9(9)",
	}
}

not_assessable contains reason if {
	unmet
	deny == set()
	some field in ["reviewed_at", "review_due"]
	not register.predicate[field]
	reason := {"msg": sprintf("%s does not state %s", [show.said(register), field])}
}

not_assessable contains reason if {
	unmet
	deny == set()
	some risk in register.predicate.risks
	object.get(risk, "applicable", true) == true
	not is_boolean(object.get(risk, "acceptable", null))
	reason := {"msg": sprintf("%s does not say whether what is left of risk %q is acceptable", [show.said(register), risk.id])}
}
