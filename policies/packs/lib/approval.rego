# METADATA
# title: Approvals of a question
# description: >-
#   Which approvals are about what is asked, and whether a person entitled to decide
#   stands behind them.
package assize.lib.approval

import data.assize.lib.show
import data.assize.lib.text

# concerns: the approval is of this action, in this environment, of one of the models
# in question.
concerns(approval, question) if {
	approval.predicate.stage == question.action
	question.action in approval.predicate.actions
	approval.predicate.environment == question.environment
	approval.predicate.model in question.models
}

# accountable: whom it names as approver has signed it, in a role that may approve.
accountable(approval) if {
	approval.assurance == "signed"
	approval.predicate.approver.id in approval.principals
	text.meaningful(approval.predicate.role)
	"approver" in approval.roles
}

# standing: a decision to go ahead that has not ended and that no later rejection of
# the same question takes back.
standing(approval, approvals, question) if {
	concerns(approval, question)
	approval.predicate.decision == "approved"
	is_string(approval.predicate.valid_until)
	not assize.reached(approval.predicate.valid_until)
	[i |
		some i
		approvals[i].predicate.decision == "rejected"
		approvals[i].index > approval.index
		concerns(approvals[i], question)
	] == []
}

# unfit says why an approval that concerns the question approves nothing.
unfit(approval, approvals, question) := {"member": "decision", "words": "rejects it", "value": "rejected"} if {
	approval.predicate.decision == "rejected"
} else := {"member": "valid_until", "words": sprintf("ended on %s", [show.day(approval.predicate.valid_until)]), "value": approval.predicate.valid_until} if {
	assize.reached(approval.predicate.valid_until)
} else := {"member": "valid_until", "words": "does not state when it ends", "value": null} if {
	not approval.predicate.valid_until
} else := {"member": "decision", "words": "was taken back by a later rejection", "value": "approved"} if {
	not standing(approval, approvals, question)
} else := {"member": "assurance", "words": "was imported: no signature of the approver was verified", "value": approval.assurance} if {
	approval.assurance != "signed"
} else := {"member": "approver", "words": words, "value": object.get(approval.predicate, ["approver", "id"], null)} if {
	not accountable(approval)
	words := sprintf("names %q as approver, in the function %q; the signatures are of %s with roles %s", [
		object.get(approval.predicate, ["approver", "id"], ""), object.get(approval.predicate, "role", ""),
		show.list(approval.principals), show.list(approval.roles),
	])
}
