# METADATA
# title: Challenge is effective
# description: >-
#   Somebody who signed nothing of the making of the model (training run, provenance,
#   model signature, model card) approved it for this action and environment, by
#   their own verified signature in a role that may approve; the approval stands, and
#   does not say that its approver took part.
# custom:
#   id: MRM-03
#   severity: high
#   kinds: [model]
#   actions: [deploy]
#   requires: [approval, [training-run, slsa-provenance]]
#   reads: [model-signature, model-card]
#   controls: ["sr-26-2/effective-challenge", "sr-11-7/III", "nist-ai-rmf/GOVERN-3.2"]
#   basis: guidance
#   legal_version: SR 26-2 / OCC Bulletin 2026-13
#   remediation: Have the model approved by somebody with the authority to refuse it who had no part in making it.
package assize.us_mrm.mrm_03

import data.assize.lib.approval as decided
import data.assize.lib.deployment as running
import data.assize.lib.show

approvals := input.evidence.approval

question := {"action": input.action, "environment": input.environment, "models": running.models(input.subject, input.parents)}

makers[principal] contains item.type if {
	some type in ["training-run", "slsa-provenance", "model-signature", "model-card"]
	some item in input.evidence[type]
	some principal in item.principals
}

trained if {
	some type in ["training-run", "slsa-provenance"]
	some item in input.evidence[type]
	count(item.principals) > 0
}

pass if {
	trained
	some approval in approvals
	decided.standing(approval, approvals, question)
	decided.accountable(approval)
	apart(approval)
}

unmet if not pass

apart(approval) if {
	object.get(approval, ["predicate", "separation", "not_producer"], true) == true
	{principal | some principal in approval.principals; makers[principal]} == set()
}

deny contains finding if {
	unmet
	some i, approval in approvals
	decided.concerns(approval, question)
	fault := decided.unfit(approval, approvals, question)
	finding := {
		"msg": sprintf("%s %s, so it challenges nothing", [show.said(approval), fault.words]),
		"path": sprintf("approval[%d].%s", [i, fault.member]),
		"value": fault.value,
		"basis": "SR 26-2, effective challenge",
	}
}

deny contains finding if {
	unmet
	some i, approval in approvals
	decided.concerns(approval, question)
	some principal in approval.principals
	finding := {
		"msg": sprintf("%s is signed by %s, who also signed %s of the model", [show.said(approval), principal, show.list(makers[principal])]),
		"path": sprintf("approval[%d].principals", [i]),
		"value": principal,
		"basis": "SR 26-2, effective challenge",
	}
}

deny contains finding if {
	unmet
	some i, approval in approvals
	decided.concerns(approval, question)
	approval.predicate.separation.not_producer == false
	finding := {
		"msg": sprintf("%s says itself that its approver took part in the work", [show.said(approval)]),
		"path": sprintf("approval[%d].separation.not_producer", [i]),
		"value": false,
		"bound": true,
		"basis": "SR 26-2, effective challenge",
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
		"basis": "SR 26-2, effective challenge",
	}
}
