# METADATA
# title: The model is not stale
# description: >-
#   The model was trained within the bound, or somebody who did not train it found it
#   fit within the bound and that finding still holds.
# custom:
#   id: OPS-09
#   severity: medium
#   kinds: [deployment]
#   actions: [deploy, continue]
#   requires: [deployment, training-run]
#   reads: [validation]
#   controls: ["nist-ai-rmf/MANAGE-2.2", "nist-ai-rmf/MEASURE-2.5", "sr-26-2/monitoring", "iso-42001/A.6.2.6"]
#   basis: default
#   remediation: Retrain on data of the present, or have the model validated anew by somebody who did not train it.
package assize.ops.ops_09

import data.assize.lib.deployment as running
import data.assize.lib.instant
import data.assize.lib.show

runs := input.evidence["training-run"]

places := running.places(input.evidence.deployment, input.environment)

# A run is as old as the oldest of what it states, when it was signed and when it was
# in the ledger; the model as its oldest run.
trained_at(run) := instant.earliest({run.claimed, run.proven} | {at | at := run.predicate.finished_at})

trained := instant.earliest({trained_at(run) | some run in runs})

stale_from := assize.plus_days(trained, data.params.model_max_age_days)

trainers := {principal | some run in runs; some principal in run.principals}

revalidated(validation) if {
	validation.predicate.conclusion in {"fit", "fit_with_conditions"}
	count(validation.principals) > 0
	count({principal | some principal in validation.principals; principal in trainers}) == 0
	not assize.reached(validation.predicate.valid_until)
	not assize.reached(assize.plus_days(instant.said_at(validation), data.params.model_max_age_days))
}

pass if {
	places != {}
	fresh
}

fresh if {
	runs != []
	count([run | some run in runs; is_string(run.predicate.finished_at)]) == count(runs)
	not assize.reached(stale_from)
}

fresh if {
	assize.reached(stale_from)
	some validation in input.evidence.validation
	revalidated(validation)
	unfit == set()
}

# unfit are validations in force that came to the opposite.
unfit contains i if {
	some i, validation in input.evidence.validation
	validation.predicate.conclusion == "unfit"
}

deny contains finding if {
	not fresh
	assize.reached(stale_from)
	finding := {
		"msg": sprintf("the model was trained by %s; from %s on, after %d days, it is stale, and no validation by others than %s finds it fit since", [
			show.day(trained), show.day(stale_from), data.params.model_max_age_days, show.list(trainers),
		]),
		"path": "training-run.finished_at",
		"value": trained,
		"bound": stale_from,
		"basis": "parameter model_max_age_days",
	}
}

deny contains finding if {
	places == {}
	input.evidence.deployment != []
	finding := {
		"msg": sprintf("no deployment to %s is asked for or running", [input.environment]),
		"path": "deployment",
		"basis": "question",
	}
}

not_assessable contains reason if {
	deny == set()
	not fresh
	some run in runs
	not run.predicate.finished_at
	reason := {"msg": sprintf("%s does not say when training ended", [show.said(run)])}
}
