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
	performing != set()
	places != set()
	places - kept == set()
}

# places are those of the declared figures.
places := {i | some i, _ in card.predicate.metrics}

# performing are the declared figures taken from an evaluation of performance.
performing := {figure.at |
	some figure in figures
	figure.result.predicate.category == "performance"
}

# kept are the declared figures that are those of the results they name.
kept := {figure.at |
	some figure in figures
	some found in figure.found
	found.differs == set()
	found.record.value == figure.declared.value
}

# figures: each declared figure with the result it names, and what the records of that
# result that measure the same hold otherwise.
figures := [{"at": i, "declared": declared, "result": result, "found": found} |
	some i, declared in card.predicate.metrics
	some result in results
	result.id == declared.result
	measured := result.predicate
	found := [{"record": record, "differs": differences(declared, record)} |
		some k in alike(measured, declared)
		record := measured.metrics[k]
	]
]

# alike are the places of the records of a result that measure what the card declares: the same
# metric, on the same slice, split and data, which are those of the result where a record
# does not say so itself.
alike(stated, declared) := assize.alike(stated.metrics, declared, {"name"}, object.union({"slice": {}, "split": "", "dataset": ""}, object.filter(stated, {"split", "dataset"})))

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
	performing == set()
	count(card.predicate.metrics) > 0
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
	some figure in figures
	figure.found == []
	declared := figure.declared
	finding := {
		"msg": sprintf("%s declares %s %v; %s, which it names, does not measure that metric on that slice, split and dataset", [show.said(card), declared.name, declared.value, show.said(figure.result)]),
		"path": sprintf("model-card[0].metrics[%d]", [figure.at]),
		"value": declared.value,
		"basis": "AI Act Art 13(3)(b)(ii)",
	}
}

deny contains finding if {
	bound
	some figure in figures
	some found in figure.found
	some member in found.differs
	declared := figure.declared
	finding := {
		"msg": sprintf("%s declares %s %v of %s; measured was %v (%s)", [show.said(card), member, declared[member], declared.name, object.get(found.record, member, "none"), show.said(figure.result)]),
		"path": sprintf("model-card[0].metrics[%d].%s", [figure.at, member]),
		"value": declared[member],
		"bound": object.get(found.record, member, null),
		"basis": "AI Act Art 15(3)",
	}
}

# Two results of one figure: the card may name the better one.
warn contains finding if {
	bound
	some i, declared in card.predicate.metrics
	some result in results
	result.id != declared.result
	some k in alike(result.predicate, declared)
	record := result.predicate.metrics[k]
	record.value != declared.value
	finding := {
		"msg": sprintf("%s declares %s %v; another result in force measured %v of the same (%s)", [show.said(card), declared.name, declared.value, record.value, show.said(result)]),
		"path": sprintf("model-card[0].metrics[%d].value", [i]),
		"value": declared.value,
		"bound": record.value,
		"basis": sprintf("eval-result %s", [result.id]),
	}
}

not_assessable contains {"msg": words} if some words in scope.unclear(profiles, input.system)
