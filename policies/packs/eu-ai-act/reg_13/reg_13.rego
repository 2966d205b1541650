# METADATA
# title: Declaration of conformity and CE marking
# description: >-
#   The declaration holds the eight items of Annex V, was signed by who is named in it,
#   is kept for ten years, and the CE marking is affixed.
# custom:
#   id: REG-13
#   severity: critical
#   kinds: [deployment]
#   actions: [deploy, continue]
#   requires: [system-profile, conformity]
#   controls:
#     - eu-ai-act/art-47
#     - eu-ai-act/art-48
#     - eu-ai-act/annex-v-1
#     - eu-ai-act/annex-v-2
#     - eu-ai-act/annex-v-3
#     - eu-ai-act/annex-v-4
#     - eu-ai-act/annex-v-5
#     - eu-ai-act/annex-v-6
#     - eu-ai-act/annex-v-7
#     - eu-ai-act/annex-v-8
#     - eu-ai-act/annex-iv-8
#   basis: law
#   applies_from: "2027-12-02"
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: Complete the items named, have the signatory sign the statement with the own key, and affix the marking.
package assize.eu_ai_act.reg_13

import data.assize.lib.act
import data.assize.lib.instant
import data.assize.lib.show
import data.assize.lib.text

profiles := input.evidence["system-profile"]

statements := input.evidence.conformity

not_applicable if act.beyond(profiles, input.system)

not_applicable if act.outside_parts(profiles, input.system, {"provider", "product_manufacturer", "authorised_representative", "importer", "distributor"})

applies_from := act.products_from if act.product(profiles, input.system)

# items of Annex V that are text, by point.
items := {
	"1": ["system", "the system, unambiguously"],
	"2": ["provider", "name and address of the provider"],
	"4": ["statement", "that the system conforms"],
	"5": ["gdpr_statement", "compliance with data protection law, or that no personal data are processed"],
	"8": ["place", "the place"],
}

empty(declaration) := {point |
	some point, item in items
	not text.meaningful(object.get(declaration, item[0], ""))
}

# declaring are the statements that hold a declaration; a newer one replaces an
# older by naming it in supersedes, and all in force must be whole.
declaring contains i if {
	some i, statement in statements
	statement.predicate.declaration
}

# signed: the signatory named is among those whose signatures were verified.
signed(statement) if {
	statement.assurance == "signed"
	statement.predicate.declaration.signatory.id in statement.principals
	text.meaningful(object.get(statement.predicate.declaration.signatory, "role", ""))
}

kept(declaration) if not assize.before(declaration.kept_until, kept_from(declaration))

kept_from(declaration) := assize.plus_days(declaration.date, data.params.declaration_retention_days)

# A notified body is named where one took part (Annex V 7).
body(statement) if {
	statement.predicate.procedure in {"annex_vi", "sectoral"}
	not statement.predicate.notified_body
}

body(statement) if {
	statement.predicate.procedure in {"annex_vi", "annex_vii", "sectoral"}
	text.meaningful(statement.predicate.declaration.notified_body)
}

whole(statement) if {
	declaration := statement.predicate.declaration
	count(empty(declaration)) == 0
	declaration.sole_responsibility == true
	is_array(declaration.standards)
	body(statement)
	signed(statement)
	dated(statement)
	kept(declaration)
	statement.predicate.ce_marked == true
}

pass if {
	act.bound(profiles, input.system)
	declaring != set()
	every i in declaring {
		whole(statements[i])
	}
}

deny contains finding if {
	statements != []
	declaring == set()
	finding := {
		"msg": "no conformity statement holds a declaration of conformity",
		"path": "conformity.declaration",
		"value": 0,
		"bound": 1,
		"basis": "AI Act Art 47(1)",
	}
}

deny contains finding if {
	some i in declaring
	some point in empty(statements[i].predicate.declaration)
	finding := {
		"msg": sprintf("the declaration lacks item %s of Annex V, %s (%s)", [point, items[point][1], show.said(statements[i])]),
		"path": sprintf("conformity[%d].declaration.%s", [i, items[point][0]]),
		"basis": sprintf("AI Act Annex V point %s", [point]),
	}
}

deny contains finding if {
	some i in declaring
	object.get(statements[i].predicate.declaration, "sole_responsibility", false) != true
	finding := {
		"msg": sprintf("the declaration does not say that it is issued under the provider's sole responsibility (%s)", [show.said(statements[i])]),
		"path": sprintf("conformity[%d].declaration.sole_responsibility", [i]),
		"value": object.get(statements[i].predicate.declaration, "sole_responsibility", null),
		"bound": true,
		"basis": "AI Act Annex V point 3",
	}
}

deny contains finding if {
	some i in declaring
	not is_array(object.get(statements[i].predicate.declaration, "standards", null))
	finding := {
		"msg": sprintf("the declaration does not list standards; an empty list says that none was used (%s)", [show.said(statements[i])]),
		"path": sprintf("conformity[%d].declaration.standards", [i]),
		"basis": "AI Act Annex V point 6",
	}
}

deny contains finding if {
	some i in declaring
	not body(statements[i])
	finding := {
		"msg": sprintf("the declaration names no notified body though one took part, or the procedure is not stated (%s)", [show.said(statements[i])]),
		"path": sprintf("conformity[%d].declaration.notified_body", [i]),
		"value": object.get(statements[i].predicate, "procedure", null),
		"basis": "AI Act Annex V point 7",
	}
}

deny contains finding if {
	some i in declaring
	not signed(statements[i])
	finding := {
		"msg": sprintf("the declaration is not signed by whom it names with a function: it names %s, verified are the signatures of %s (%s)", [
			object.get(statements[i].predicate.declaration, ["signatory", "id"], "nobody"), show.list(statements[i].principals), show.said(statements[i]),
		]),
		"path": sprintf("conformity[%d].declaration.signatory", [i]),
		"value": object.get(statements[i].predicate.declaration, ["signatory", "id"], null),
		"bound": statements[i].principals,
		"basis": "AI Act Annex V point 8",
	}
}

deny contains finding if {
	some i in declaring
	declaration := statements[i].predicate.declaration
	not dated(statements[i])
	finding := {
		"msg": sprintf("the declaration has no date, or one that is still to come (%s)", [show.said(statements[i])]),
		"path": sprintf("conformity[%d].declaration.date", [i]),
		"value": object.get(declaration, "date", null),
		"basis": "AI Act Annex V point 8",
	}
}

dated(statement) if instant.done(statement, statement.predicate.declaration.date)

deny contains finding if {
	some i in declaring
	declaration := statements[i].predicate.declaration
	dated(statements[i])
	not kept(declaration)
	finding := {
		"msg": sprintf("the declaration of %s is to be kept until %s; stated is %s (%s)", [
			show.day(declaration.date), show.day(kept_from(declaration)), show.day(object.get(declaration, "kept_until", "nothing")), show.said(statements[i]),
		]),
		"path": sprintf("conformity[%d].declaration.kept_until", [i]),
		"value": object.get(declaration, "kept_until", null),
		"bound": kept_from(declaration),
		"basis": "AI Act Art 47(1), parameter declaration_retention_days",
	}
}

deny contains finding if {
	some i in declaring
	object.get(statements[i].predicate, "ce_marked", false) != true
	finding := {
		"msg": sprintf("%s does not say that the CE marking is affixed", [show.said(statements[i])]),
		"path": sprintf("conformity[%d].ce_marked", [i]),
		"value": object.get(statements[i].predicate, "ce_marked", null),
		"bound": true,
		"basis": "AI Act Art 48",
	}
}

not_assessable contains {"msg": msg} if {
	not pass
	deny == set()
	some msg in act.unplaced(profiles, input.system)
}
