# METADATA
# title: Records are kept as Colorado asks
# description: >-
#   Who puts a system for consequential decisions to use in Colorado keeps records
#   (org-evidence of topic records) for at least three years; the arrangement has a
#   document, an owner and an end that has not come. Jurisdictions US and US-CO count
#   as Colorado.
# custom:
#   id: REG-23
#   severity: medium
#   kinds: [deployment]
#   actions: [deploy, continue]
#   requires: [system-profile, org-evidence]
#   controls: ["colorado/6-1-1702-4"]
#   basis: law
#   applies_from: "2027-01-01"
#   legal_version: C.R.S. 6-1-1702 and 6-1-1704 (SB 26-189)
#   remediation: Keep records for three years at least, and attest it with retention_days.
package assize.eu_ai_act.reg_23

import data.assize.lib.organisation
import data.assize.lib.scope
import data.assize.lib.show

profiles := input.evidence["system-profile"]

items := input.evidence["org-evidence"]

kept := organisation.of_topic(items, "records")

colorado := {"US", "US-CO"}

not_applicable if scope.used_elsewhere(profiles, colorado)

not_applicable if scope.denies(profiles, "consequential_decision")

owed if {
	scope.used_in(profiles, colorado)
	scope.says(profiles, "consequential_decision")
}

enough(item) if item.predicate.retention_days >= data.params.colorado_retention_days

pass if {
	owed
	kept != set()
	every i in kept {
		organisation.held(items[i])
		enough(items[i])
	}
}

deny contains finding if {
	owed
	some finding in (organisation.absent(items, "records", "about how long records are kept", "C.R.S. 6-1-1702(4)") | organisation.flawed(items, kept, "C.R.S. 6-1-1702(4)"))
}

deny contains finding if {
	owed
	some i in kept
	not enough(items[i])
	finding := {
		"msg": sprintf("%s: records are kept for %v days; C.R.S. 6-1-1702(4) asks for three years, %d days", [show.said(items[i]), object.get(items[i].predicate, "retention_days", "an unstated number of"), data.params.colorado_retention_days]),
		"path": sprintf("org-evidence[%d].retention_days", [i]),
		"value": object.get(items[i].predicate, "retention_days", null),
		"bound": data.params.colorado_retention_days,
		"basis": "parameter colorado_retention_days",
	}
}

not_assessable contains {"msg": words} if {
	not owed
	some words in (scope.unplaced(profiles) | scope.unsaid(profiles, "consequential_decision"))
}
