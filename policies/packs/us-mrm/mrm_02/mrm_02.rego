# METADATA
# title: Model is independently validated
# description: >-
#   Somebody who had no part in making the model found it fit, the validation has
#   not expired for the model's materiality, and no grave finding is open.
# custom:
#   id: MRM-02
#   severity: high
#   kinds: [model]
#   actions: [release, deploy, continue]
#   requires: [validation, system-profile, [training-run, slsa-provenance]]
#   controls: ["sr-26-2/validation", "sr-11-7/V", "nist-ai-rmf/MEASURE-1.3"]
#   basis: guidance
#   legal_version: SR 26-2 / OCC Bulletin 2026-13
#   remediation: Have the model validated by somebody independent of its development, and close the open findings.
package assize.us_mrm.mrm_02

import data.assize.lib.instant
import data.assize.lib.show

profile := input.evidence["system-profile"][0]

max_days(1) := data.params.validation_max_days_tier_1

max_days(2) := data.params.validation_max_days_tier_2

max_days(3) := data.params.validation_max_days_tier_3

# Of several profiles in force the graver tier counts.
tier := min({stated.predicate.materiality.tier | some stated in input.evidence["system-profile"]}) if profile.predicate.materiality.tier

days := max_days(tier)

# makers are the principals behind the making of the model.
makers contains principal if {
	some run in input.evidence["training-run"]
	some principal in run.principals
}

makers contains principal if {
	some run in input.evidence["slsa-provenance"]
	some principal in run.principals
}

pass if {
	makers != set()
	input.evidence.validation != []
	every validation in input.evidence.validation {
		fit(validation)
	}
	some validation in input.evidence.validation
	not assize.reached(expires(validation))
	not assize.reached(validation.predicate.valid_until)
}

unmet if not pass

fit(validation) if {
	independent(validation)
	validation.predicate.conclusion in {"fit", "fit_with_conditions"}
	is_array(validation.predicate.findings)
	grave(validation) == set()
}

# Independence is claimed and, as far as signatures tell, checked.
independent(validation) if {
	validation.assurance == "signed"
	validation.predicate.independent_of_development == true
	validation.principals != []
	{principal | some principal in validation.principals} & makers == set()
}

# grave are findings that are not known to be closed or minor.
grave(validation) := {i |
	some i, finding in validation.predicate.findings
	object.get(finding, "severity", "critical") in {"critical", "high"}
	object.get(finding, "status", "open") == "open"
}

expires(validation) := assize.plus_days(instant.said_at(validation), days)

deny contains finding if {
	unmet
	input.evidence.validation != []
	every validation in input.evidence.validation {
		over(validation)
	}
	newest := input.evidence.validation[0]
	finding := {
		"msg": sprintf("%s was made on %s; for materiality tier %d a validation holds for %d days, and it states %s as its own end", [show.said(newest), show.day(instant.said_at(newest)), tier, days, show.day(object.get(newest.predicate, "valid_until", "none"))]),
		"path": "validation[0].valid_until",
		"value": object.get(newest.predicate, "valid_until", null),
		"bound": expires(newest),
		"basis": sprintf("parameter validation_max_days_tier_%d", [tier]),
	}
}

over(validation) if assize.reached(expires(validation))

over(validation) if assize.reached(validation.predicate.valid_until)

deny contains finding if {
	unmet
	some i, validation in input.evidence.validation
	validation.predicate.independent_of_development == false
	finding := {
		"msg": sprintf("%s says it is not independent of development", [show.said(validation)]),
		"path": sprintf("validation[%d].independent_of_development", [i]),
		"value": false,
		"bound": true,
		"basis": "SR 26-2",
	}
}

deny contains finding if {
	unmet
	some i, validation in input.evidence.validation
	some principal in validation.principals
	principal in makers
	finding := {
		"msg": sprintf("%s is signed by %s, who also signed the making of the model", [show.said(validation), principal]),
		"path": sprintf("validation[%d].principals", [i]),
		"value": principal,
		"basis": "SR 26-2",
	}
}

deny contains finding if {
	unmet
	some i, validation in input.evidence.validation
	validation.assurance != "signed"
	finding := {
		"msg": sprintf("%s was imported: no signature of the validator was verified, so nothing tells that it is independent", [show.said(validation)]),
		"path": sprintf("validation[%d].assurance", [i]),
		"value": validation.assurance,
		"bound": "signed",
		"basis": "SR 26-2",
	}
}

deny contains finding if {
	unmet
	some i, validation in input.evidence.validation
	validation.predicate.conclusion == "unfit"
	finding := {
		"msg": sprintf("%s concludes that the model is unfit", [show.said(validation)]),
		"path": sprintf("validation[%d].conclusion", [i]),
		"value": "unfit",
		"bound": "fit",
		"basis": "SR 26-2",
	}
}

deny contains finding if {
	unmet
	some i, validation in input.evidence.validation
	some j in grave(validation)
	open := validation.predicate.findings[j]
	finding := {
		"msg": sprintf("finding %q of %s is open: %s", [object.get(open, "id", sprintf("%d", [j])), show.said(validation), object.get(open, "description", "not described")]),
		"path": sprintf("validation[%d].findings[%d]", [i, j]),
		"value": open.severity,
		"basis": "SR 26-2",
	}
}

warn contains finding if {
	some i, validation in input.evidence.validation
	validation.predicate.conclusion == "fit_with_conditions"
	some j, condition in validation.predicate.conditions
	finding := {
		"msg": sprintf("fit on condition: %s (%s)", [condition, show.said(validation)]),
		"path": sprintf("validation[%d].conditions[%d]", [i, j]),
		"value": condition,
		"basis": sprintf("validation %s", [validation.id]),
	}
}

not_assessable contains reason if {
	deny == set()
	not days
	reason := {"msg": sprintf("%s states no materiality tier (1 to 3), so it is not known how long a validation holds", [show.said(profile)])}
}
