# METADATA
# title: Automatic retraining stays in its envelope
# description: >-
#   A model made without a person deciding keeps every bound that the monitoring plan set
#   for it before, by measured figures, or an approver who did not make it approved it.
# custom:
#   id: OPS-13
#   severity: high
#   kinds: [model]
#   actions: [deploy]
#   requires: [model-change]
#   reads: [monitoring-plan, eval-result, approval]
#   controls: ["eu-ai-act/art-43-4", "nist-ai-rmf/MANAGE-4.2", "nist-ai-rmf/GOVERN-3.2", "iso-42001/A.6.2.6"]
#   basis: guidance
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: State by a model-change whether the model came about by itself (automatic); where it did, have an approver decide on it, or declare an envelope before the next retraining.
package assize.ops.ops_13

import data.assize.lib.change
import data.assize.lib.metric
import data.assize.lib.show

changes := input.evidence["model-change"]

into := change.into(changes, input.subject)

# A person decided on each change, say those who signed it.
not_applicable if {
	into != set()
	every i in into {
		changes[i].predicate.automatic == false
	}
}

# envelopes are the plans that bound this retraining before it happened.
envelopes(step) := [plan |
	some plan in input.evidence["monitoring-plan"]
	plan.predicate.environment == input.environment
	plan.index < step.index
	count(plan.predicate.retraining) > 0
]

inside(step, bound) if {
	some entry in step.predicate.regression
	entry.metric == bound.metric
	object.get(entry, "slice", {}) == object.get(bound, "slice", {})
	entry.n > 0
	bound.comparator in {">=", ">", "<=", "<"}
	not metric.outside(entry.new, bound.comparator, bound.threshold)
	change.measured(entry, input.evidence["eval-result"], data.params.recompute_tolerance)
}

enveloped(step) if {
	step.predicate.predetermined == true
	count(envelopes(step)) > 0
	every plan in envelopes(step) {
		count(plan.predicate.retraining) > 0
		every bound in plan.predicate.retraining {
			inside(step, bound)
		}
	}
}

approved(step) if {
	some approval in input.evidence.approval
	approval.predicate.decision == "approved"
	approval.predicate.environment == input.environment
	approval.predicate.model in input.subject.refs
	approval.assurance == "signed"
	"approver" in approval.roles
	approval.index > step.index
	count({principal | some principal in approval.principals; principal in step.principals}) == 0
	not assize.reached(approval.predicate.valid_until)
}

cleared(step) if step.predicate.automatic == false

cleared(step) if {
	step.predicate.automatic == true
	enveloped(step)
}

cleared(step) if {
	step.predicate.automatic == true
	not enveloped(step)
	approved(step)
}

pass if {
	into != set()
	every i in into {
		cleared(changes[i])
	}
}

deny contains finding if {
	some i in into
	step := changes[i]
	step.predicate.automatic == true
	not cleared(step)
	some plan in envelopes(step)
	some bound in plan.predicate.retraining
	not inside(step, bound)
	finding := {
		"msg": sprintf("%s was made automatically; %s %s %v, which %s asks of it, is not shown by a measured comparison, and no approver but its maker approved it since", [
			show.said(step), change.named(bound), bound.comparator, bound.threshold, show.said(plan),
		]),
		"path": sprintf("model-change[%d].regression", [i]),
		"value": [entry.new | some entry in object.get(step.predicate, "regression", []); entry.metric == bound.metric],
		"bound": bound.threshold,
		"basis": sprintf("monitoring-plan %s", [plan.id]),
	}
}

deny contains finding if {
	some i in into
	step := changes[i]
	step.predicate.automatic == true
	not cleared(step)
	count(envelopes(step)) == 0
	finding := {
		"msg": sprintf("%s was made automatically; no monitoring plan older than it bounds retraining, and no approver but its maker approved it since", [show.said(step)]),
		"path": sprintf("model-change[%d].automatic", [i]),
		"value": true,
		"bound": false,
		"basis": "NIST AI RMF MANAGE 4.2",
	}
}

deny contains finding if {
	some i in into
	step := changes[i]
	step.predicate.automatic == true
	not cleared(step)
	object.get(step.predicate, "predetermined", false) != true
	finding := {
		"msg": sprintf("%s was made automatically and does not say that it was determined beforehand", [show.said(step)]),
		"path": sprintf("model-change[%d].predetermined", [i]),
		"value": object.get(step.predicate, "predetermined", null),
		"bound": true,
		"basis": "AI Act Art 43(4)",
	}
}

deny contains finding if {
	changes != []
	into == set()
	finding := {
		"msg": sprintf("no change of a model leads to %s, so nobody can tell whether a person decided on it", [show.thing(input.subject)]),
		"path": "model-change.to",
		"bound": input.subject.ref,
		"basis": "question",
	}
}

not_assessable contains reason if {
	deny == set()
	some i in into
	not is_boolean(object.get(changes[i].predicate, "automatic", null))
	reason := {"msg": sprintf("%s does not say whether it was made without a person deciding", [show.said(changes[i])])}
}
