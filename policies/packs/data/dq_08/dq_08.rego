# METADATA
# title: Data were examined for bias
# description: >-
#   A datasheet says by which method, over which attributes and when the data were
#   examined for bias, a quality report or an assessment of the data counts the
#   groups of each of these attributes, and every bias any datasheet knows of has a
#   mitigation. An assessment of the data by groups is an examination by itself.
# custom:
#   id: DQ-08
#   severity: high
#   kinds: [dataset]
#   actions: [train, release, deploy]
#   requires: [dataset-card, [data-quality, fairness-assessment]]
#   reads: [system-profile, eval-plan]
#   controls: ["eu-ai-act/art-10-2-f", "eu-ai-act/art-10-2-g"]
#   basis: standard
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: >-
#     Compare the groups of each protected attribute in the data, state method,
#     attributes and day as bias_examination of the datasheet, count the groups in
#     the quality report (or sign a fairness-assessment of the dataset), and say for
#     each bias found what is done about it.
package assize.data.dq_08

import data.assize.lib.about
import data.assize.lib.fairness
import data.assize.lib.show
import data.assize.lib.text

cards := about.those(input.evidence["dataset-card"], "digest", input.subject)

# Bias in the sense of the Act is bias that can harm persons.
not_applicable if {
	count(input.evidence["system-profile"]) > 0
	every profile in input.evidence["system-profile"] {
		count(profile.predicate.affected_groups) == 0
	}
}

examination(card) := object.get(card.predicate, "bias_examination", {})

# examined: method, attributes and day are given, and the day had come when the
# card was in the ledger.
examined(card) if {
	text.meaningful(examination(card).method)
	count(examination(card).attributes) > 0
	not assize.before(card.proven, examination(card).examined_at)
}

attributes contains attribute if {
	some card in cards
	some attribute in examination(card).attributes
}

# assessed are the attributes by which an assessment of the data itself counts two
# groups or more.
assessed contains attribute if {
	some assessment in about.those(input.evidence["fairness-assessment"], "dataset", input.subject)
	some attribute in {key | some group in assessment.predicate.groups; some key, _ in group.attributes}
	count([n | some counts in fairness.counts_of(assessment, attribute); n := counts.n; n > 0]) > 1
}

counted(attribute) if attribute in assessed

# counted: some report of the dataset has at least two groups of the attribute,
# each with records.
counted(attribute) if {
	some report in about.those(input.evidence["data-quality"], "dataset", input.subject)
	count([n | some n in report.predicate.group_counts[attribute]; n > 0]) > 1
}

# untreated are biases any card in force knows of, without what is done about them.
untreated contains {"card": c, "bias": i} if {
	some c, card in cards
	some i, bias in card.predicate.known_biases
	not text.meaningful(object.get(bias, "mitigation", ""))
}

some_examination if {
	some card in cards
	examined(card)
}

some_examination if count(assessed) > 0

pass if {
	some_examination
	count(attributes | assessed) > 0
	every attribute in attributes | assessed {
		counted(attribute)
	}
	count([card | some card in cards; is_array(card.predicate.known_biases)]) == count(input.evidence["dataset-card"])
	count(untreated) == 0
}

deny contains finding if {
	count(cards) > 0
	not some_examination
	finding := {
		"msg": sprintf("%s does not say by which method, over which attributes and when the data were examined for bias (bias_examination)", [show.said(cards[0])]),
		"path": "dataset-card[0].bias_examination",
		"value": examination(cards[0]),
		"basis": "AI Act Art 10(2)(f)",
	}
}

deny contains finding if {
	some attribute in attributes
	not counted(attribute)
	finding := {
		"msg": sprintf("the data are said to be examined for bias over %q; no quality report or assessment of the data counts two groups of it", [attribute]),
		"path": "data-quality.group_counts",
		"value": attribute,
		"bound": attributes,
		"basis": "AI Act Art 10(2)(f)",
	}
}

deny contains finding if {
	some one in untreated
	card := cards[one.card]
	finding := {
		"msg": sprintf("%s knows of a bias and does not say what is done about it: %s", [show.said(card), card.predicate.known_biases[one.bias].description]),
		"path": sprintf("dataset-card[%d].known_biases[%d].mitigation", [one.card, one.bias]),
		"value": object.get(card.predicate.known_biases[one.bias], "mitigation", null),
		"basis": "AI Act Art 10(2)(g)",
	}
}

# What the system is to be fair by, and the data were not examined by.
warn contains finding if {
	some_examination
	some declared in input.evidence["eval-plan"]
	some planned in declared.predicate.metrics
	not planned.attribute in (attributes | assessed)
	finding := {
		"msg": sprintf("%s declares %q as protected; the data were not examined for bias by it", [show.said(declared), planned.attribute]),
		"path": "dataset-card[0].bias_examination.attributes",
		"value": planned.attribute,
		"basis": sprintf("eval-plan %s", [declared.id]),
	}
}

not_assessable contains reason if {
	count(deny) == 0
	some type, member in {"dataset-card": "digest", "data-quality": "dataset", "fairness-assessment": "dataset"}
	some reason in about.others(input.evidence[type], member, input.subject)
}

not_assessable contains reason if {
	count(deny) == 0
	some card in cards
	not is_array(object.get(card.predicate, "known_biases", null))
	reason := {"msg": sprintf("%s does not say which biases are known; an empty list says none", [show.said(card)])}
}
