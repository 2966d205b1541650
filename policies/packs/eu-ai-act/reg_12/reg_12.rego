# METADATA
# title: Conformity was assessed by the right procedure
# description: >-
#   The conformity assessment followed the procedure Art 43 asks of this system, with a
#   certificate of a notified body in force where one takes part.
# custom:
#   id: REG-12
#   severity: critical
#   kinds: [deployment]
#   actions: [deploy, continue]
#   requires: [system-profile, conformity]
#   controls: ["eu-ai-act/art-43", "eu-ai-act/art-40", "nist-ai-rmf/GOVERN-1.1"]
#   basis: law
#   applies_from: "2027-12-02"
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: Have the procedure the message names carried out and state it; do not use the system before.
package assize.eu_ai_act.reg_12

import data.assize.lib.act
import data.assize.lib.show
import data.assize.lib.text

profiles := input.evidence["system-profile"]

statements := input.evidence.conformity

not_applicable if act.beyond(profiles, input.system)

not_applicable if act.outside_parts(profiles, input.system, {"provider", "product_manufacturer", "authorised_representative", "importer", "distributor"})

applies_from := act.products_from if act.product(profiles, input.system)

biometrics := `^1($|[^0-9])`

# accepted are the procedures of Art 43 for the system as each profile puts it.
accepted contains {"annex_vi", "annex_vii"} if {
	some profile in profiles
	act.point(profile, biometrics)
}

accepted contains {"annex_vi"} if {
	some profile in profiles
	act.point(profile, `^[2-8]`)
}

accepted contains {"sectoral"} if {
	some profile in profiles
	profile.predicate.risk_tier == "high_annex_i"
}

# An exemption whose conditions are not met leaves the system in Annex III.
accepted contains {"annex_vi", "annex_vii"} if {
	some profile in profiles
	profile.predicate.risk_tier == "art6_3_exempt"
}

provision := {"annex_vi": "Annex VI, internal control", "annex_vii": "Annex VII, with a notified body", "sectoral": "the procedure of the product's own law"}

right(statement) if {
	count(accepted) == 1
	some procedures in accepted
	statement.predicate.procedure in procedures
	standardised(statement)
	certified(statement)
}

# Of point 1, internal control is open only to who applied standards in full (Art
# 43(1)).
standardised(statement) if statement.predicate.procedure in {"annex_vii", "sectoral"}

standardised(statement) if {
	statement.predicate.procedure == "annex_vi"
	accepted == {{"annex_vi"}}
}

standardised(statement) if {
	statement.predicate.procedure == "annex_vi"
	accepted != {{"annex_vi"}}
	count(statement.predicate.standards) > 0
	every standard in statement.predicate.standards {
		text.meaningful(standard.id)
		standard.extent == "full"
	}
}

# A notified body takes part by law under Annex VII, and wherever one is named.
certified(statement) if {
	statement.predicate.procedure != "annex_vii"
	not statement.predicate.notified_body
}

certified(statement) if {
	body := statement.predicate.notified_body
	text.meaningful(body.id)
	text.meaningful(body.cert)
	not assize.reached(body.expiry)
}

pass if {
	act.bound(profiles, input.system)
	statements != []
	some statement in statements
	right(statement)
	contradicted == set()
}

# contradicted are statements in force beside one another that name procedures of
# which only one can be right.
contradicted contains k if {
	some k, statement in statements
	not right(statement)
	statement.predicate.procedure
}

deny contains finding if {
	some k in contradicted
	some procedures in accepted
	not statements[k].predicate.procedure in procedures
	finding := {
		"msg": sprintf("%s followed %s; for this system Art 43 asks for %s", [
			show.said(statements[k]), provision[statements[k].predicate.procedure], show.list({provision[procedure] | some procedure in procedures}),
		]),
		"path": sprintf("conformity[%d].procedure", [k]),
		"value": statements[k].predicate.procedure,
		"bound": procedures,
		"basis": "AI Act Art 43(1) to (3)",
	}
}

deny contains finding if {
	accepted == {{"annex_vi", "annex_vii"}}
	some k in contradicted
	statements[k].predicate.procedure == "annex_vi"
	not standardised(statements[k])
	finding := {
		"msg": sprintf("%s followed internal control for a system of point 1 of Annex III without standards applied in full; then a notified body has to take part (AI Act Art 43(1))", [show.said(statements[k])]),
		"path": sprintf("conformity[%d].standards", [k]),
		"value": object.get(statements[k].predicate, "standards", []),
		"bound": "full",
		"basis": "AI Act Art 43(1)",
	}
}

deny contains finding if {
	some k in contradicted
	assize.reached(statements[k].predicate.notified_body.expiry)
	finding := {
		"msg": sprintf("the certificate %s of notified body %s ended on %s (%s)", [
			object.get(statements[k].predicate.notified_body, "cert", "without number"), object.get(statements[k].predicate.notified_body, "id", "without number"),
			show.day(statements[k].predicate.notified_body.expiry), show.said(statements[k]),
		]),
		"path": sprintf("conformity[%d].notified_body.expiry", [k]),
		"value": statements[k].predicate.notified_body.expiry,
		"basis": "AI Act Art 44",
	}
}

deny contains finding if {
	some k in contradicted
	statements[k].predicate.procedure in {"annex_vii", "sectoral"}
	some member in ["id", "cert", "expiry"]
	named(statements[k])
	not text.meaningful(object.get(statements[k].predicate, ["notified_body", member], ""))
	finding := {
		"msg": sprintf("%s does not state the %s of the notified body", [show.said(statements[k]), member]),
		"path": sprintf("conformity[%d].notified_body.%s", [k, member]),
		"basis": "AI Act Art 43(1), 44",
	}
}

named(statement) if statement.predicate.procedure == "annex_vii"

named(statement) if statement.predicate.notified_body

deny contains finding if {
	some k, statement in statements
	not statement.predicate.procedure
	finding := {
		"msg": sprintf("%s names no procedure of conformity assessment", [show.said(statement)]),
		"path": sprintf("conformity[%d].procedure", [k]),
		"basis": "AI Act Art 43",
	}
}

not_assessable contains {"msg": msg} if {
	not pass
	deny == set()
	some msg in act.unplaced(profiles, input.system)
}

not_assessable contains reason if {
	deny == set()
	count(accepted) != 1
	reason := {"msg": "the system profiles in force do not agree on one point of Annex III or on Annex I, so nobody can tell which procedure is right"}
}
