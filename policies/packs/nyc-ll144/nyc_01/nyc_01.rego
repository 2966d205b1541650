# METADATA
# title: Bias audit is a year old at most and independent
# description: >-
#   An automated employment decision tool used in New York City has a bias audit not
#   more than a year old at the instant judged, and every audit of that year is
#   signed, names its auditor, says that the auditor is independent and has no
#   conflict, and is not signed by anybody who signed the making or the deployment of
#   the tool. Jurisdictions US and US-NY count as the city.
# custom:
#   id: NYC-01
#   severity: critical
#   kinds: [deployment]
#   actions: [deploy, continue]
#   requires: [system-profile, bias-audit]
#   reads: [training-run, slsa-provenance, deployment]
#   controls: ["nyc-ll144/20-871", "nyc-ll144/5-301"]
#   basis: law
#   applies_from: "2023-07-05"
#   legal_version: NYC Adm. Code 20-870 to 20-874; 6 RCNY 5-300 to 5-304
#   remediation: Commission a bias audit from an auditor who had no part in the tool and no interest in its user or vendor, before it is used again.
package assize.nyc_ll144.nyc_01

import data.assize.lib.scope
import data.assize.lib.show
import data.assize.lib.text

profiles := input.evidence["system-profile"]

audits := input.evidence["bias-audit"]

city := {"US", "US-NY"}

not_applicable if scope.used_elsewhere(profiles, city)

not_applicable if scope.denies(profiles, "aedt")

owed if {
	scope.used_in(profiles, city)
	scope.says(profiles, "aedt")
}

# involved are those whose signatures say that they made or run the tool.
involved[principal] contains item.type if {
	some type in ["training-run", "slsa-provenance", "deployment"]
	some item in input.evidence[type]
	some principal in item.principals
}

expires(audit) := assize.plus_days(audit.predicate.audit_date, data.params.nyc_audit_max_days)

# current are the audits that still hold.
current contains i if {
	some i, audit in audits
	expires(audit)
	not assize.reached(expires(audit))
}

pass if {
	owed
	count(current) > 0
	every i in current {
		independent(audits[i])
	}
}

independent(audit) if {
	audit.assurance == "signed"
	text.meaningful(audit.predicate.auditor.org)
	audit.predicate.auditor.independent == true
	audit.predicate.auditor.conflicts == []
	count(audit.principals) > 0
	count({principal | some principal in audit.principals; involved[principal]}) == 0
}

deny contains finding if {
	owed
	count(current) == 0
	some i, audit in audits
	finding := {
		"msg": sprintf("%s: %s", [show.said(audit), age(audit)]),
		"path": sprintf("bias-audit[%d].audit_date", [i]),
		"value": object.get(audit.predicate, "audit_date", null),
		"bound": data.params.nyc_audit_max_days,
		"basis": "parameter nyc_audit_max_days (NYC Adm. Code 20-871)",
	}
}

age(audit) := sprintf("audited on %s; an audit holds for %d days, so this one ended on %s", [show.day(audit.predicate.audit_date), data.params.nyc_audit_max_days, show.day(expires(audit))])

age(audit) := "audit_date does not say when it was made, so nothing tells that it is of the last year" if not audit.predicate.audit_date

deny contains finding if {
	owed
	some i in current
	some fault in faults(audits[i])
	finding := {
		"msg": sprintf("%s: %s", [show.said(audits[i]), fault.words]),
		"path": sprintf("bias-audit[%d].%s", [i, fault.member]),
		"value": fault.value,
		"basis": "6 RCNY 5-300, independent auditor",
	}
}

faults(audit) := ((({{"member": "auditor.org", "value": null, "words": "it names no auditor"} |
	not text.meaningful(object.get(audit.predicate, ["auditor", "org"], ""))
} | {{"member": "auditor.independent", "value": value, "words": "it does not say that the auditor is independent"} |
	value := object.get(audit.predicate, ["auditor", "independent"], null)
	value != true
}) | {{"member": "auditor.conflicts", "value": value, "words": words} |
	value := object.get(audit.predicate, ["auditor", "conflicts"], null)
	words := conflict(value)
}) | {{"member": "assurance", "value": audit.assurance, "words": "it was imported: no signature of the auditor was verified"} |
	audit.assurance != "signed"
}) | {{"member": "principals", "value": principal, "words": words} |
	some principal in audit.principals
	words := sprintf("it is signed by %s, who also signed %s of the tool", [principal, show.list(involved[principal])])
}

conflict(null) := "it does not say whether the auditor has a conflict of interest (an empty list says none)"

conflict(value) := sprintf("the auditor has conflicts of interest: %s", [show.list(value)]) if {
	is_array(value)
	count(value) > 0
}

not_assessable contains {"msg": words} if {
	not owed
	some words in (scope.unplaced(profiles) | scope.unsaid(profiles, "aedt"))
}
