# METADATA
# title: Declared accuracy is the measured one
# description: >-
#   Every figure the model card of a high-risk system declares names the evaluation
#   result it is taken from, and is the figure of that result: the same metric,
#   slice, split and dataset, the same value, number of cases and interval, without
#   any tolerance. At least one is from an evaluation of performance. Annex III from 2 December 2027, Annex I from 2 August 2028.
# custom:
#   id: TRA-03
#   severity: high
#   kinds: [model]
#   actions: [release, deploy]
#   requires: [model-card, eval-result, system-profile]
#   controls: ["eu-ai-act/art-13-3-b-ii", "eu-ai-act/art-15-3"]
#   basis: law
#   applies_from: "2027-12-02"
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: Copy the figures of the evaluation result into metrics of the model card, name the result with each, and sign the card again.
package assize.transparency.tra_03

import data.assize.lib.act
import data.assize.lib.scope
import data.assize.lib.show

profiles := input.evidence["system-profile"]

card := input.evidence["model-card"][0]

results := input.evidence["eval-result"]

not_applicable if act.beyond(profiles, input.system)

applies_from := act.products_from if act.product(profiles, input.system)

bound if act.bound(profiles, input.system)

pass if {
	bound
	count(performing) > 0
	count(card.predicate.metrics) > 0
	every i, declared in card.predicate.metrics {
		some figure in figures
		figure.at == i
		figure.own
		declared.value == figure.record.value
		differences(declared, figure.record) == set()
	}
}

# performing are the declared figures taken from an evaluation of performance.
performing := {i |
	some i, declared in card.predicate.metrics
	some result in results
	result.id == declared.result
	result.predicate.category == "performance"
}

# figures: each record of a result that measures what the card declares: the same
# metric, on the same slice, split and data.
figures := [{"at": i, "of": [i, r], "declared": declared, "own": from == result.id, "result": result, "record": records[k]} |
	some r, result in results
	records := result.predicate.metrics
	otherwise := usual(result.predicate)
	some i, declared in card.predicate.metrics
	from := declared.result
	some k in assize.alike(records, declared, {"name"}, otherwise)
]

# usual is what a figure is of that does not say so itself.
usual(stated) := {"slice": {}, "split": object.get(stated, "split", ""), "dataset": object.get(stated, "dataset", "")}

# measured are the declared figures with the results that hold them.
measured := {figure.of | some figure in figures}

# differences are the members the card declares and the record does not hold alike.
differences(declared, record) := {member |
	some member, value in object.filter(declared, {"value", "n", "ci_low", "ci_high", "ci_level", "unit"})
	value != object.get(record, member, null)
}

deny contains finding if {
	bound
	count(object.get(card.predicate, "metrics", [])) == 0
	finding := {
		"msg": sprintf("%s declares no figure of accuracy", [show.said(card)]),
		"path": "model-card[0].metrics",
		"value": 0,
		"bound": 1,
		"basis": "AI Act Art 15(3)",
	}
}

deny contains finding if {
	bound
	count(card.predicate.metrics) > 0
	count(performing) == 0
	finding := {
		"msg": sprintf("%s takes none of its %d figures from an evaluation of performance, so it declares no level of accuracy", [show.said(card), count(card.predicate.metrics)]),
		"path": "model-card[0].metrics",
		"value": 0,
		"bound": 1,
		"basis": "AI Act Art 15(3)",
	}
}

deny contains finding if {
	bound
	known := {result.id | some result in results}
	some i, declared in card.predicate.metrics
	not object.get(declared, "result", "") in known
	finding := {
		"msg": sprintf("%s declares %s %v and names %s as the result it is taken from", [show.said(card), declared.name, declared.value, source(declared)]),
		"path": sprintf("model-card[0].metrics[%d].result", [i]),
		"value": object.get(declared, "result", null),
		"bound": "an evaluation result of this model that is in force",
		"basis": "AI Act Art 13(3)(b)(ii)",
	}
}

source(declared) := "none" if not declared.result

source(declared) := sprintf("%s, which is no evaluation result of this model in force", [show.id(declared.result)])

deny contains finding if {
	bound
	some i, declared in card.predicate.metrics
	some r, result in results
	result.id == declared.result
	not [i, r] in measured
	finding := {
		"msg": sprintf("%s declares %s %v; %s, which it names, does not measure that metric on that slice, split and dataset", [show.said(card), declared.name, declared.value, show.said(result)]),
		"path": sprintf("model-card[0].metrics[%d]", [i]),
		"value": declared.value,
		"basis": "AI Act Art 13(3)(b)(ii)",
	}
}

deny contains finding if {
	bound
	some figure in figures
	figure.own
	declared := figure.declared
	some member in differences(declared, figure.record)
	finding := {
		"msg": sprintf("%s declares %s %v of %s; measured was %v (%s)", [show.said(card), member, declared[member], declared.name, object.get(figure.record, member, "none"), show.said(figure.result)]),
		"path": sprintf("model-card[0].metrics[%d].%s", [figure.at, member]),
		"value": declared[member],
		"bound": object.get(figure.record, member, null),
		"basis": "AI Act Art 15(3)",
	}
}

# Two results of one figure: the card may name the better one.
warn contains finding if {
	bound
	some figure in figures
	not figure.own
	declared := figure.declared
	figure.record.value != declared.value
	finding := {
		"msg": sprintf("%s declares %s %v; another result in force measured %v of the same (%s)", [show.said(card), declared.name, declared.value, figure.record.value, show.said(figure.result)]),
		"path": sprintf("model-card[0].metrics[%d].value", [figure.at]),
		"value": declared.value,
		"bound": figure.record.value,
		"basis": sprintf("eval-result %s", [figure.result.id]),
	}
}

not_assessable contains {"msg": words} if some words in scope.unclear(profiles, input.system)
