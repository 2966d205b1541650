# METADATA
# title: Annotators agree
# description: >-
#   Where persons made the labels, the protocol is described and the agreement
#   between annotators, corrected for chance, reaches the bound on enough items.
# custom:
#   id: DQ-06
#   severity: medium
#   kinds: [dataset]
#   actions: [train, release, deploy]
#   requires: [dataset-card]
#   controls: ["eu-ai-act/art-10-2-c", "iso-42001/A.7.6"]
#   basis: convention
#   remediation: >-
#     Sharpen the annotation protocol, train the annotators, label a sample again
#     by two or more of them and state the agreement with its number of items.
package assize.data.dq_06

import data.assize.lib.about
import data.assize.lib.show
import data.assize.lib.text

# Measures of agreement that take out what chance gives; by how often two
# annotators say the same, rare classes always agree.
corrected := {"cohen_kappa", "fleiss_kappa", "weighted_kappa", "krippendorff_alpha", "scott_pi", "gwet_ac1"}

cards := assize.concerning(input.evidence["dataset-card"], "digest", input.subject)

# Labels that are outcomes seen later, or no labels, need no annotator.
not_applicable if {
	input.evidence["dataset-card"] != []
	every card in input.evidence["dataset-card"] {
		card.predicate.annotation.labels in {"observed", "none"}
	}
	cards.others == []
}

annotated := [{"place": i, "card": card, "annotation": card.predicate.annotation} |
	some i, card in cards.those
	card.predicate.annotation.labels == "annotated"
]

pass if {
	annotated != []
	every one in annotated {
		text.meaningful(one.annotation.protocol)
		measured(one.annotation.agreement)
		one.annotation.agreement.value >= data.params.annotation_agreement_min
	}
}

measured(agreement) if {
	agreement.metric in corrected
	agreement.value <= 1
	agreement.n >= data.params.annotation_min_n
}

deny contains finding if {
	some one in annotated
	agreement := one.annotation.agreement
	agreement.metric in corrected
	agreement.value < data.params.annotation_agreement_min
	finding := {
		"msg": sprintf("annotators agree by %s %v; at least %v is asked for (%s)", [agreement.metric, agreement.value, data.params.annotation_agreement_min, show.said(one.card)]),
		"path": sprintf("dataset-card[%d].annotation.agreement.value", [one.place]),
		"value": agreement.value,
		"bound": data.params.annotation_agreement_min,
		"basis": "parameter annotation_agreement_min",
	}
}

deny contains finding if {
	some one in annotated
	not text.meaningful(object.get(one.annotation, "protocol", ""))
	finding := {
		"msg": sprintf("%s does not say by which protocol the labels were made", [show.said(one.card)]),
		"path": sprintf("dataset-card[%d].annotation.protocol", [one.place]),
		"basis": "AI Act Art 10(2)(c)",
	}
}

not_assessable contains reason if {
	deny == set()
	some reason in untold
}

# untold are the reasons why nobody can tell whether annotators agree.
untold contains about.elsewhere(other, "digest", input.subject) if {
	some other in cards.others
}

untold contains reason if {
	some one in annotated
	not measured(object.get(one.annotation, "agreement", {}))
	reason := {"msg": sprintf("%s states no agreement that can be judged: one of %s, at most 1, on at least %d items", [show.said(one.card), show.list(corrected), data.params.annotation_min_n])}
}

untold contains reason if {
	annotated == []
	some card in cards.those
	not card.predicate.annotation.labels
	reason := {"msg": sprintf("%s does not say whether persons made the labels (annotation.labels: annotated, observed or none)", [show.said(card)])}
}
