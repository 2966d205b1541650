# METADATA
# title: Members of the training data cannot be told
# description: >-
#   In every privacy test of the model the AUC of membership inference, with its
#   whole interval, stays within the bound, and no further below one half than
#   above: an attack that is wrong too often is right when turned round.
# custom:
#   id: PRV-11
#   severity: medium
#   kinds: [model]
#   actions: [release, deploy]
#   requires: [eval-result]
#   reads: [dataset-card]
#   controls: ["nist-ai-rmf/MEASURE-2.10", "nist-ai-600-1/data-privacy"]
#   basis: default
#   remediation: >-
#     Train with differential privacy, regularise or stop earlier, and attack the
#     model again; on more records where the interval is too wide.
package assize.data.prv_11

import data.assize.lib.about
import data.assize.lib.metric
import data.assize.lib.show

results := input.evidence["eval-result"]

names := {"membership_inference_auc", "mia_auc"}

# sources are the data the model was made from.
sources := [input.ancestors[i] | some i; input.ancestors[i].kind == "dataset"]

# None of the data a model was made from are personal.
not_applicable if {
	sources != []
	every node in sources {
		about.impersonal(node.evidence["dataset-card"], node)
	}
	input.subject.conflict == false
}

attacks contains {"result": r, "metric": m} if {
	some r
	results[r].predicate.category == "privacy"
	some m, record in results[r].predicate.metrics
	record.name in names
}

record_of(attack) := results[attack.result].predicate.metrics[attack.metric]

above(attack) := metric.verdict(record_of(attack), {"comparator": "<=", "threshold": data.params.membership_inference_auc_max}, count(attacks))

below(attack) := metric.verdict(record_of(attack), {"comparator": ">=", "threshold": least}, count(attacks))

least := 1 - data.params.membership_inference_auc_max

pass if {
	attacks != set()
	every attack in attacks {
		above(attack) == "pass"
		below(attack) == "pass"
	}
	conceded == set()
}

# conceded are privacy tests their own producer calls failed.
conceded contains r if {
	some r
	results[r].predicate.category == "privacy"
	results[r].predicate.passed == false
}

words(attack) := sprintf("%s, where 0.5 tells nothing; told by %s", [
	metric.words(record_of(attack), {"comparator": "<=", "threshold": data.params.membership_inference_auc_max}),
	show.said(results[attack.result]),
])

members(attack) := object.union(
	metric.members(record_of(attack), {"threshold": data.params.membership_inference_auc_max}),
	{"path": sprintf("eval-result[%d].metrics[%d]", [attack.result, attack.metric]), "basis": "parameter membership_inference_auc_max"},
)

deny contains object.union(members(attack), {"msg": words(attack)}) if {
	some attack in attacks
	above(attack) == "fail"
}

deny contains object.union(members(attack), {"msg": sprintf("%s; turned round the attack is as good as %s", [words(attack), show.num(1 - record_of(attack).value)])}) if {
	some attack in attacks
	below(attack) == "fail"
}

deny contains finding if {
	some r in conceded
	finding := {
		"msg": sprintf("%s says itself that the privacy test failed", [show.said(results[r])]),
		"path": sprintf("eval-result[%d].passed", [r]),
		"value": false,
		"bound": true,
		"basis": sprintf("eval-result %s", [results[r].id]),
	}
}

deny contains finding if {
	attacks == set()
	finding := {
		"msg": sprintf("none of the %d results of this model is a privacy test with %s", [count(results), show.list(names)]),
		"path": "eval-result.category",
		"value": 0,
		"bound": 1,
		"basis": "NIST AI RMF MEASURE 2.10",
	}
}

not_assessable contains object.union(members(attack), {"msg": sprintf("%s: within the bound by its value, not by its whole interval, or without number of cases and 95 %% interval", [words(attack)])}) if {
	some attack in attacks
	deny == set()
	not held(attack)
}

held(attack) if {
	above(attack) == "pass"
	below(attack) == "pass"
}
