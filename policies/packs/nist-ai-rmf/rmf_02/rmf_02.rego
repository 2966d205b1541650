# METADATA
# title: What is left of the risks is accepted
# description: >-
#   The approval of this action and environment, by a person entitled to it and in
#   force, says that the residual risk is accepted and lists every risk of the
#   registers in force that arises. Risks it lists and no register holds are warned of.
# custom:
#   id: RMF-02
#   severity: high
#   kinds: [deployment]
#   actions: [deploy]
#   requires: [approval, risk-assessment]
#   controls: ["nist-ai-rmf/MANAGE-1.4", "eu-ai-act/art-9"]
#   basis: guidance
#   remediation: Have the approver accept what is left of each named risk, by its id in residual_risks with residual_risk_accepted true, or treat the risk.
package assize.nist_ai_rmf.rmf_02

import data.assize.lib.approval as decided
import data.assize.lib.deployment as running
import data.assize.lib.show

approvals := input.evidence.approval

question := {"action": input.action, "environment": input.environment, "models": running.models(input.subject, input.parents)}

# arising are the ids of the risks that arise.
arising := {risk.id |
	some register in input.evidence["risk-assessment"]
	some risk in register.predicate.risks
	object.get(risk, "applicable", true) == true
}

# standing are the registers a risk arises in.
standing(id) := sort({show.said(register) |
	some register in input.evidence["risk-assessment"]
	some risk in register.predicate.risks
	risk.id == id
	object.get(risk, "applicable", true) == true
})

pass if {
	arising != set()
	some approval in approvals
	decided.standing(approval, approvals, question)
	decided.accountable(approval)
	approval.predicate.residual_risk_accepted == true
	arising - listed(approval) == set()
}

unmet if not pass

listed(approval) := {id | some id in approval.predicate.residual_risks}

deny contains finding if {
	unmet
	some i, approval in approvals
	decided.concerns(approval, question)
	fault := decided.unfit(approval, approvals, question)
	finding := {
		"msg": sprintf("%s %s, so it accepts nothing", [show.said(approval), fault.words]),
		"path": sprintf("approval[%d].%s", [i, fault.member]),
		"value": fault.value,
		"basis": "NIST AI RMF MANAGE 1.4",
	}
}

deny contains finding if {
	unmet
	some i, approval in approvals
	decided.concerns(approval, question)
	accepted := object.get(approval.predicate, "residual_risk_accepted", null)
	accepted != true
	finding := {
		"msg": sprintf("%s does not accept what is left of the risks", [show.said(approval)]),
		"path": sprintf("approval[%d].residual_risk_accepted", [i]),
		"value": accepted,
		"bound": true,
		"basis": "NIST AI RMF MANAGE 1.4",
	}
}

deny contains finding if {
	unmet
	some i, approval in approvals
	decided.concerns(approval, question)
	some id in (arising - listed(approval))
	finding := {
		"msg": sprintf("%s does not list risk %q, which arises (%s)", [show.said(approval), id, concat("; ", standing(id))]),
		"path": sprintf("approval[%d].residual_risks", [i]),
		"value": object.get(approval.predicate, "residual_risks", []),
		"bound": id,
		"basis": "NIST AI RMF MANAGE 1.4",
	}
}

deny contains finding if {
	unmet
	count({i | some i, approval in approvals; decided.concerns(approval, question)}) == 0
	finding := {
		"msg": sprintf("of %d approvals none is to %s this model to %s", [count(approvals), input.action, input.environment]),
		"path": "approval",
		"value": 0,
		"bound": 1,
		"basis": "NIST AI RMF MANAGE 1.4",
	}
}

deny contains finding if {
	arising == set()
	finding := {
		"msg": sprintf("no risk arises in %d registers in force, so there is nothing a person could have accepted; a register without risks manages none", [count(input.evidence["risk-assessment"])]),
		"path": "risk-assessment[0].risks",
		"value": 0,
		"bound": 1,
		"basis": "NIST AI RMF MANAGE 1.4",
	}
}

warn contains finding if {
	some i, approval in approvals
	some id in (listed(approval) - arising)
	decided.standing(approval, approvals, question)
	finding := {
		"msg": sprintf("%s accepts risk %q, which arises in no register in force", [show.said(approval), id]),
		"path": sprintf("approval[%d].residual_risks", [i]),
		"value": id,
		"basis": "NIST AI RMF MANAGE 1.4",
	}
}
