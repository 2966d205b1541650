# METADATA
# title: Feedback loops are guarded against
# description: >-
#   A model that went on learning says whether the system's own outputs were among what it
#   learned from, and they were not, were left out, or were handled in a way it states.
# custom:
#   id: OPS-16
#   severity: medium
#   kinds: [model]
#   actions: [release, deploy]
#   requires: [model-change]
#   controls: ["eu-ai-act/art-15-4", "nist-ai-rmf/MEASURE-2.5"]
#   basis: guidance
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: State by a model-change how the model came about (kind initial for the first of its system). Leave the system's own outputs out of the training data, or state how their bias is kept from coming back as input.
package assize.ops.ops_16

import data.assize.lib.change
import data.assize.lib.show
import data.assize.lib.text

changes := input.evidence["model-change"]

into := change.into(changes, input.subject)

learning := {"retrain", "recalibrate", "data"}

not_applicable if {
	into != set()
	every i in into {
		changes[i].predicate.kind in {"config", "rollback", "initial"}
	}
}

guarded(step) if step.predicate.own_outputs in {"absent", "excluded"}

guarded(step) if {
	step.predicate.own_outputs == "handled"
	text.meaningful(step.predicate.own_outputs_handling)
}

pass if {
	into != set()
	every i in into {
		settled(changes[i])
	}
}

settled(step) if step.predicate.kind in {"config", "rollback", "initial"}

settled(step) if {
	step.predicate.kind in learning
	guarded(step)
}

deny contains finding if {
	some i in into
	changes[i].predicate.own_outputs == "included"
	finding := {
		"msg": sprintf("%s learned from outputs of the system itself and did nothing about it; what it got wrong comes back as truth", [show.said(changes[i])]),
		"path": sprintf("model-change[%d].own_outputs", [i]),
		"value": "included",
		"bound": ["absent", "excluded", "handled"],
		"basis": "AI Act Art 15(4)",
	}
}

deny contains finding if {
	some i in into
	changes[i].predicate.own_outputs == "handled"
	not text.meaningful(object.get(changes[i].predicate, "own_outputs_handling", ""))
	finding := {
		"msg": sprintf("%s says that the system's own outputs were handled and not how", [show.said(changes[i])]),
		"path": sprintf("model-change[%d].own_outputs_handling", [i]),
		"value": object.get(changes[i].predicate, "own_outputs_handling", null),
		"basis": "AI Act Art 15(4)",
	}
}

deny contains finding if {
	changes != []
	into == set()
	finding := {
		"msg": sprintf("no change of a model leads to %s; the first model says so by a change of kind initial", [show.thing(input.subject)]),
		"path": "model-change.to",
		"bound": input.subject.ref,
		"basis": "question",
	}
}

not_assessable contains reason if {
	deny == set()
	some i in into
	changes[i].predicate.kind in learning
	not changes[i].predicate.own_outputs
	reason := {"msg": sprintf("%s does not say whether the system's own outputs were among what it learned from", [show.said(changes[i])])}
}
