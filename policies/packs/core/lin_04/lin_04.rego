# METADATA
# title: What is deployed is what was approved
# description: >-
#   Model and configuration of the deployment are those of an approval that is in
#   force for this environment and action.
# custom:
#   id: LIN-04
#   severity: critical
#   kinds: [deployment]
#   actions: [deploy, continue]
#   requires: [deployment, approval]
#   controls: ["nist-ai-rmf/MANAGE-1.1", "iso-42001/A.6.2.5"]
#   basis: guidance
#   remediation: Deploy what was approved, or have what is to be deployed approved anew.
package assize.core.lin_04

import data.assize.lib.deployment as running
import data.assize.lib.show

places := running.places(input.evidence.deployment, input.environment)

models := running.models(input.subject, input.parents)

pass if {
	places != {}
	unapproved == {}
}

# unapproved are the deployments that differ from all that was approved.
unapproved := {i: item |
	some i, item in places
	not approved(item)
}

approved(deployment) if {
	deployment.predicate.model in models
	some approval in binding
	objections(approval) == set()
	approval.predicate.model == deployment.predicate.model
	approval.predicate.config == deployment.predicate.config
}

# binding are the approvals in force for the question.
binding := [approval |
	some approval in input.evidence.approval
	binds(approval)
]

binds(approval) if {
	approval.predicate.decision == "approved"
	approval.assurance == "signed"
	"approver" in approval.roles
	approval.predicate.environment == input.environment
	approval.predicate.actions[_] in {input.action, "deploy"} # to go on is covered by the approval to deploy
	not assize.reached(approval.predicate.valid_until)
}

# objections are rejections of the same model that came later.
objections(approval) := {other.index |
	some other in input.evidence.approval
	other.predicate.decision == "rejected"
	other.predicate.environment == approval.predicate.environment
	other.predicate.model == approval.predicate.model
	other.index > approval.index
}

deny contains finding if {
	some i, item in unapproved
	is_string(item.predicate.config)
	some approval in binding
	approval.predicate.model == item.predicate.model
	is_string(approval.predicate.config)
	finding := {
		"msg": sprintf("%s has configuration %s; %s approves %s", [show.said(item), show.id(item.predicate.config), show.said(approval), show.id(approval.predicate.config)]),
		"path": sprintf("deployment[%d].config", [i]),
		"value": item.predicate.config,
		"bound": approval.predicate.config,
		"basis": sprintf("approval %s", [approval.id]),
	}
}

bound_models := {approval.predicate.model | some approval in binding}

deny contains finding if {
	some i, item in unapproved
	not item.predicate.model in bound_models
	finding := {
		"msg": sprintf("%s has model %s; no approval in force for %s and %s approves it", [show.said(item), show.id(item.predicate.model), input.action, input.environment]),
		"path": sprintf("deployment[%d].model", [i]),
		"value": item.predicate.model,
		"bound": bound_models,
		"basis": "approvals in force",
	}
}

deny contains finding if {
	some i
	input.evidence.approval[i].predicate.decision == "rejected"
	approval := input.evidence.approval[i]
	approval.predicate.environment == input.environment
	approval.predicate.model in models
	not pass
	finding := {
		"msg": sprintf("%s rejects the model for %s", [show.said(approval), input.environment]),
		"path": sprintf("approval[%d].decision", [i]),
		"value": "rejected",
		"bound": "approved",
		"basis": sprintf("approval %s", [approval.id]),
	}
}

deny contains finding if {
	some i, item in unapproved
	not item.predicate.model in models
	finding := {
		"msg": sprintf("%s has model %s; asked about is %s", [show.said(item), show.id(item.predicate.model), show.id(input.subject.ref)]),
		"path": sprintf("deployment[%d].model", [i]),
		"value": item.predicate.model,
		"bound": input.subject.ref,
		"basis": "question",
	}
}

deny contains finding if {
	some i
	input.evidence.approval[i].assurance != "signed"
	approval := input.evidence.approval[i]
	approval.predicate.decision == "approved"
	approval.predicate.environment == input.environment
	approval.predicate.model in models
	not pass
	finding := {
		"msg": sprintf("%s was imported: no signature of the approver was verified, so it approves nothing", [show.said(approval)]),
		"path": sprintf("approval[%d].assurance", [i]),
		"value": approval.assurance,
		"bound": "signed",
		"basis": sprintf("approval %s", [approval.id]),
	}
}

deny contains finding if {
	places == {}
	count(input.evidence.deployment) > 0
	finding := {
		"msg": sprintf("no deployment to %s is requested or running", [input.environment]),
		"path": "deployment",
		"basis": "question",
	}
}

not_assessable contains reason if {
	some item in places
	not item.predicate.config
	deny == set()
	reason := {"msg": sprintf("%s does not state its configuration, so it cannot be held against the approved one", [show.said(item)])}
}

not_assessable contains reason if {
	not pass
	deny == set()
	some approval in binding
	not approval.predicate.config
	reason := {"msg": sprintf("%s does not state the configuration it approves", [show.said(approval)])}
}
