# METADATA
# title: Go or no-go is on record
# description: >-
#   An accountable person approved this deployment of this model to this
#   environment, the approval is in force and nobody has rejected it since.
# custom:
#   id: RMF-01
#   severity: critical
#   kinds: [deployment]
#   actions: [deploy]
#   requires: [approval]
#   controls: ["nist-ai-rmf/MANAGE-1.1", "iso-42001/A.6.2.5"]
#   basis: guidance
#   remediation: Have an approver decide on this model, this environment and this action, with an end date.
package assize.nist_ai_rmf.rmf_01

import data.assize.lib.deployment as running
import data.assize.lib.show
import data.assize.lib.text

pass if {
	some approval in input.evidence.approval
	go(approval)
	objections(approval) == set()
}

unmet if not pass

go(approval) if {
	concerns(approval)
	approval.predicate.decision == "approved"
	accountable(approval)
	not assize.reached(approval.predicate.valid_until)
}

concerns(approval) if {
	approval.predicate.stage == input.action
	input.action in approval.predicate.actions
	approval.predicate.environment == input.environment
	approval.predicate.model in running.models(input.subject, input.parents)
}

# The person named decided: it is their verified signature, under a role that may
# approve.
accountable(approval) if {
	approval.assurance == "signed"
	approval.predicate.approver.id in approval.principals
	text.meaningful(approval.predicate.role)
	some "approver" in approval.roles
}

# objections are rejections of the same that came later.
objections(approval) := {other |
	some other in input.evidence.approval
	other.predicate.decision == "rejected"
	concerns(other)
	other.index > approval.index
}

deny contains finding if {
	unmet
	some i, approval in input.evidence.approval
	concerns(approval)
	approval.predicate.decision == "rejected"
	finding := {
		"msg": sprintf("%s rejects %s to %s", [show.said(approval), input.action, input.environment]),
		"path": sprintf("approval[%d].decision", [i]),
		"value": "rejected",
		"bound": "approved",
		"basis": "NIST AI RMF MANAGE 1.1",
	}
}

deny contains finding if {
	unmet
	some i, approval in input.evidence.approval
	concerns(approval)
	assize.reached(approval.predicate.valid_until)
	finding := {
		"msg": sprintf("%s ended on %s", [show.said(approval), show.day(approval.predicate.valid_until)]),
		"path": sprintf("approval[%d].valid_until", [i]),
		"value": approval.predicate.valid_until,
		"basis": sprintf("approval %s", [approval.id]),
	}
}

deny contains finding if {
	unmet
	some i, approval in input.evidence.approval
	concerns(approval)
	not accountable(approval)
	approval.assurance == "signed"
	finding := {
		"msg": sprintf("%s names %q as approver; the signatures are of %s with roles %s", [show.said(approval), object.get(approval.predicate, ["approver", "id"], ""), show.list(approval.principals), show.list(approval.roles)]),
		"path": sprintf("approval[%d].approver", [i]),
		"value": object.get(approval.predicate, ["approver", "id"], ""),
		"bound": approval.principals,
		"basis": "NIST AI RMF MANAGE 1.1",
	}
}

deny contains finding if {
	unmet
	some i, approval in input.evidence.approval
	concerns(approval)
	approval.assurance != "signed"
	finding := {
		"msg": sprintf("%s was imported: no signature of the approver was verified, so it approves nothing", [show.said(approval)]),
		"path": sprintf("approval[%d].assurance", [i]),
		"value": approval.assurance,
		"bound": "signed",
		"basis": "NIST AI RMF MANAGE 1.1",
	}
}

deny contains finding if {
	unmet
	count({approval | some approval in input.evidence.approval; concerns(approval)}) == 0
	some i, approval in input.evidence.approval
	finding := {
		"msg": sprintf("%s is for stage %s, actions %s, %s, model %s; asked is %s to %s of %s", [show.said(approval), approval.predicate.stage, show.list(approval.predicate.actions), approval.predicate.environment, show.id(approval.predicate.model), input.action, input.environment, show.id(input.subject.ref)]),
		"path": sprintf("approval[%d]", [i]),
		"basis": "question",
	}
}

warn contains finding if {
	some i, approval in input.evidence.approval
	go(approval)
	some j, condition in approval.predicate.conditions
	finding := {
		"msg": sprintf("approved on condition: %s (%s)", [condition, show.said(approval)]),
		"path": sprintf("approval[%d].conditions[%d]", [i, j]),
		"value": condition,
		"basis": sprintf("approval %s", [approval.id]),
	}
}

not_assessable contains reason if {
	deny == set()
	unmet
	some approval in input.evidence.approval
	concerns(approval)
	not approval.predicate.valid_until
	reason := {"msg": sprintf("%s does not state when it ends", [show.said(approval)])}
}
