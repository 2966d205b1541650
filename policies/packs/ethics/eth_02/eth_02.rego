# METADATA
# title: Use is an intended one
# description: >-
#   The purpose of the deployment is among the uses the model is meant for, and
#   not among those it is not meant for.
# custom:
#   id: ETH-02
#   severity: critical
#   kinds: [deployment]
#   actions: [deploy, continue]
#   requires: [deployment, model-card]
#   controls: ["eu-ai-act/art-26-1", "iso-42001/A.9.4", "nist-ai-rmf/MAP-1.1"]
#   basis: standard
#   remediation: Use the model for what it is meant for, choose another model, or have its developer extend and test the intended use.
package assize.ethics.eth_02

import data.assize.lib.deployment as running
import data.assize.lib.show
import data.assize.lib.text

card := input.evidence["model-card"][0]

places := running.places(input.evidence.deployment, input.environment)

intended contains use.id if {
	some use in card.predicate.intended_use
	text.meaningful(use.text)
}

excluded contains use.id if some use in card.predicate.out_of_scope

# served are the purposes a deployment may have.
served := intended - excluded

pass if {
	places != {}
	every deployment in places {
		deployment.predicate.purpose in served
	}
	count([use | some use in card.predicate.out_of_scope; text.meaningful(use.id); text.meaningful(use.text)]) == count(card.predicate.out_of_scope)
}

unmet if not pass

deny contains finding if {
	unmet
	some i, item in places
	item.predicate.purpose in excluded
	finding := {
		"msg": sprintf("%s serves %q, which %s puts out of scope", [show.said(item), item.predicate.purpose, show.said(card)]),
		"path": sprintf("deployment[%d].purpose", [i]),
		"value": item.predicate.purpose,
		"bound": intended,
		"basis": sprintf("model-card %s", [card.id]),
	}
}

deny contains finding if {
	unmet
	some i, item in places
	purpose := object.get(item.predicate, "purpose", "")
	not purpose in excluded
	not purpose in intended
	finding := {
		"msg": sprintf("%s serves %q; %s intends %s", [show.said(item), purpose, show.said(card), show.list(intended)]),
		"path": sprintf("deployment[%d].purpose", [i]),
		"value": purpose,
		"bound": intended,
		"basis": sprintf("model-card %s", [card.id]),
	}
}

deny contains finding if {
	unmet
	places == {}
	finding := {
		"msg": sprintf("no deployment to %s is requested or running, so its purpose is not known", [input.environment]),
		"path": "deployment",
		"basis": "question",
	}
}

not_assessable contains reason if {
	unmet
	deny == set()
	some use in card.predicate.out_of_scope
	not text.meaningful(object.get(use, "text", ""))
	reason := {"msg": sprintf("%s names a use out of scope without saying which it is", [show.said(card)])}
}

not_assessable contains reason if {
	deny == set()
	not is_array(object.get(card.predicate, "out_of_scope", null))
	reason := {"msg": sprintf("%s does not say what the model is not meant for", [show.said(card)])}
}
