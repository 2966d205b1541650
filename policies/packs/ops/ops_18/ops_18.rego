# METADATA
# title: What is retired does not run
# description: >-
#   No deployment of the system that runs in this environment, or is asked for, is of a
#   model a later statement retired.
# custom:
#   id: OPS-18
#   severity: high
#   kinds: [deployment]
#   actions: [deploy, continue]
#   requires: [deployment]
#   reads: [model-change]
#   controls: ["nist-ai-rmf/GOVERN-1.7", "nist-ai-rmf/MANAGE-2.4", "iso-42001/A.6.2.6"]
#   basis: guidance
#   remediation: Take the model out of service, or state by a change of kind rollback that it was put back.
package assize.ops.ops_18

import data.assize.lib.deployment as running
import data.assize.lib.show

deployments := input.evidence.deployment

places := running.places(deployments, input.environment)

# steps are the changes of the subject and of what it was made from, each once.
steps := {[step.index, step.predicate.kind, object.get(step.predicate, "from", ""), object.get(step.predicate, "to", ""), show.said(step)] |
	some step in input.evidence["model-change"]
} | {[step.index, step.predicate.kind, object.get(step.predicate, "from", ""), object.get(step.predicate, "to", ""), show.said(step)] |
	some node in input.related.subjects
	some step in node.evidence["model-change"]
}

# retired by the statement of the greatest index that nothing put back since.
retired[ref] contains step[4] if {
	some step in steps
	step[1] == "retire"
	some ref in ({step[2], step[3]} - {""})
	count({back | some back in steps; back[1] == "rollback"; back[3] == ref; back[0] > step[0]}) == 0
}

live := input.related.deployments

# shown are the deployments looked at: all that run in this environment, whatever their
# model, and what is asked for.
shown := {[object.get(item.predicate, "model", null), show.said(item)] | some item in live} | {[object.get(item.predicate, "model", null), show.said(item)] | some item in places}

pass if {
	is_array(live)
	places != {}
	shown != set()
	every found in shown {
		is_string(found[0])
		not retired[found[0]]
	}
}

deny contains finding if {
	some found in shown
	some by in retired[found[0]]
	finding := {
		"msg": sprintf("%s is of model %s, which %s retired", [found[1], show.id(found[0]), by]),
		"path": "deployment.model",
		"value": found[0],
		"basis": "NIST AI RMF GOVERN 1.7",
	}
}

deny contains finding if {
	places == {}
	deployments != []
	finding := {
		"msg": sprintf("no deployment to %s is asked for or running", [input.environment]),
		"path": "deployment",
		"basis": "question",
	}
}
