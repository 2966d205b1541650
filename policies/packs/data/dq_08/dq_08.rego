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

cards := assize.concerning(input.evidence["dataset-card"], "digest", input.subject)

reports := assize.concerning(input.evidence["data-quality"], "dataset", input.subject)

assessments := assize.concerning(input.evidence["fairness-assessment"], "dataset", input.subject)

# Bias in the sense of the Act is bias that can harm persons.
not_applicable if {
	input.evidence["system-profile"] != []
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
	some card in cards.those
	some attribute in examination(card).attributes
}

# assessed are the attributes by which an assessment of the data itself counts two
# groups or more.
assessed contains attribute if {
	some assessment in assessments.those
	some attribute in {key | some group in assessment.predicate.groups; some key, _ in group.attributes}
	count([n | some counts in fairness.counts_of(assessment, attribute); n := counts.n; n > 0]) > 1
}

# uncounted are the attributes of the examination by which neither an assessment nor a
# quality report of the data counts two groups, each with records.
uncounted contains attribute if {
	some attribute in (attributes - assessed)
	not reported(attribute)
}

reported(attribute) if {
	some report in reports.those
	count([n | some n in report.predicate.group_counts[attribute]; n > 0]) > 1
}

# untreated are biases any card in force knows of, without what is done about them.
untreated := [{"card": c, "bias": i, "stated": bias} |
	some c, card in cards.those
	some i, bias in text.unsaid(card.predicate.known_biases, ["mitigation"])
]

# silent are the cards that do not say which biases are known.
silent := [card |
	some card in cards.those
	not is_array(object.get(card.predicate, "known_biases", null))
]

some_examination if {
	some card in cards.those
	examined(card)
}

some_examination if assessed != set()

pass if {
	some_examination
	attributes | assessed != set()
	uncounted == set()
	cards.others == []
	silent == []
	untreated == []
}

deny contains finding if {
	not some_examination
	card := cards.those[0]
	finding := {
		"msg": sprintf("%s does not say by which method, over which attributes and when the data were examined for bias (bias_examination)", [show.said(card)]),
		"path": "dataset-card[0].bias_examination",
		"value": examination(card),
		"basis": "AI Act Art 10(2)(f)",
	}
}

deny contains finding if {
	some attribute in uncounted
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
	finding := {
		"msg": sprintf("%s knows of a bias and does not say what is done about it: %s", [show.said(cards.those[one.card]), one.stated.description]),
		"path": sprintf("dataset-card[%d].known_biases[%d].mitigation", [one.card, one.bias]),
		"value": object.get(one.stated, "mitigation", null),
		"basis": "AI Act Art 10(2)(g)",
	}
}

# What the system is to be fair by, and the data were not examined by.
warn contains finding if {
	some_examination
	some declared in input.evidence["eval-plan"]
	planned := {attribute | attribute := declared.predicate.metrics[_].attribute}
	some attribute in (planned - (attributes | assessed))
	finding := {
		"msg": sprintf("%s declares %q as protected; the data were not examined for bias by it", [show.said(declared), attribute]),
		"path": "dataset-card[0].bias_examination.attributes",
		"value": attribute,
		"basis": sprintf("eval-plan %s", [declared.id]),
	}
}

not_assessable contains reason if {
	deny == set()
	some reason in untold
}

# untold are the reasons why nobody can tell whether bias was looked for.
untold contains about.elsewhere(other, "digest", input.subject) if {
	some other in cards.others
}

untold contains about.elsewhere(other, "dataset", input.subject) if {
	some other in array.concat(reports.others, assessments.others)
}

untold contains reason if {
	some card in silent
	reason := {"msg": sprintf("%s does not say which biases are known; an empty list says none", [show.said(card)])}
}
