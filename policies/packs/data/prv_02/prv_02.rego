# METADATA
# title: Special categories are protected
# description: >-
#   Special categories of personal data are used under a condition of Art 9(2)
#   GDPR, or for bias detection with every safeguard of Art 4a AI Act.
# custom:
#   id: PRV-02
#   severity: critical
#   kinds: [dataset]
#   actions: [train, release, deploy, continue]
#   requires: [dataset-card, data-rights]
#   controls: ["gdpr/art-9", "eu-ai-act/art-4a"]
#   basis: law
#   legal_version: Regulation (EU) 2016/679; Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: Remove the special categories, or document the condition or the strict necessity and its safeguards.
package assize.data.prv_02

import data.assize.lib.about
import data.assize.lib.show
import data.assize.lib.text

cards := assize.concerning(input.evidence["dataset-card"], "digest", input.subject)

statements := assize.concerning(input.evidence["data-rights"], "dataset", input.subject)

rights := statements.those[0]

conditions := {
	"9(2)(a)", "9(2)(b)", "9(2)(c)", "9(2)(d)", "9(2)(e)",
	"9(2)(f)", "9(2)(g)", "9(2)(h)", "9(2)(i)", "9(2)(j)",
}

not_applicable if {
	cards.others == []
	cards.those != []
	every card in cards.those {
		count(card.predicate.special_categories) == 0
	}
}

categories contains input.evidence["dataset-card"][_].predicate.special_categories[_]

pass if {
	stated
	categories != set()
	rights.predicate.art9_condition in conditions
}

pass if {
	stated
	categories != set()
	safeguarded
}

stated if {
	cards.others == []
	cards.those != []
	every card in cards.those {
		is_array(card.predicate.special_categories)
	}
}

# unconditioned: special categories are used, and under no condition of Art 9(2).
unconditioned if {
	categories != set()
	not object.get(rights.predicate, "art9_condition", "") in conditions
}

# Art 4a came with Regulation (EU) 2026/1744, in force since 27 July 2026; before,
# nothing could rest on it.
enacted if assize.reached("2026-07-27")

safeguarded if {
	enacted
	rights.predicate.art4a_grounds.strictly_necessary == true
	text.meaningful(rights.predicate.art4a_grounds.alternatives_considered)
	text.meaningful(rights.predicate.art4a_grounds.access_controls)
	rights.predicate.art4a_grounds.no_transfer == true
	undeleted
}

# The data may serve until they are to be deleted; what was trained before may
# go on.
undeleted if {
	input.action == "train"
	not assize.reached(rights.predicate.art4a_grounds.deletion_date)
}

undeleted if {
	input.action in {"release", "deploy", "continue"}
	text.meaningful(rights.predicate.art4a_grounds.deletion_date)
}

deny contains finding if {
	unconditioned
	not rights.predicate.art4a_grounds
	finding := {
		"msg": sprintf("the dataset holds special categories (%s) and %s names neither a condition of Art 9(2) GDPR nor the grounds of Art 4a AI Act", [show.list(categories), show.said(rights)]),
		"path": "data-rights[0].art9_condition",
		"value": categories,
		"basis": "GDPR Art 9(1)",
	}
}

deny contains finding if {
	unconditioned
	is_object(rights.predicate.art4a_grounds)
	not enacted
	finding := {
		"msg": sprintf("the dataset holds special categories (%s); %s rests on Art 4a AI Act, which is in force only from 2026-07-27", [show.list(categories), show.said(rights)]),
		"path": "data-rights[0].art4a_grounds",
		"value": categories,
		"bound": "2026-07-27",
		"basis": "AI Act Art 4a",
	}
}

deny contains finding if {
	unconditioned
	some gap in gaps
	finding := {
		"msg": sprintf("the dataset holds special categories (%s) for bias detection; %s: %s", [show.list(categories), show.said(rights), gap.msg]),
		"path": sprintf("data-rights[0].art4a_grounds.%s", [gap.field]),
		"value": object.get(rights.predicate.art4a_grounds, gap.field, null),
		"basis": "AI Act Art 4a",
	}
}

gaps contains {"field": field, "msg": sprintf("%s must be true", [field])} if {
	some field in ["strictly_necessary", "no_transfer"]
	object.get(rights.predicate.art4a_grounds, field, null) != true
}

gaps contains {"field": field, "msg": sprintf("%s must be described", [field])} if {
	some field in ["alternatives_considered", "access_controls"]
	not text.meaningful(object.get(rights.predicate.art4a_grounds, field, ""))
}

gaps contains {"field": "deletion_date", "msg": "deletion_date must be stated"} if {
	object.get(rights.predicate.art4a_grounds, "deletion_date", "") == ""
}

gaps contains {"field": "deletion_date", "msg": sprintf("the data were to be deleted on %s", [show.day(rights.predicate.art4a_grounds.deletion_date)])} if {
	input.action == "train"
	assize.reached(rights.predicate.art4a_grounds.deletion_date)
}

not_assessable contains reason if {
	not stated
	deny == set()
	some card in input.evidence["dataset-card"]
	not is_array(object.get(card.predicate, "special_categories", null))
	reason := {"msg": sprintf("%s does not say which special categories the dataset holds; an empty list says none", [show.said(card)])}
}

not_assessable contains about.elsewhere(other, "digest", input.subject) if some other in cards.others

not_assessable contains about.elsewhere(other, "dataset", input.subject) if some other in statements.others
