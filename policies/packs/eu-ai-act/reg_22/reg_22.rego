# METADATA
# title: Staff is AI literate
# description: >-
#   Measures for AI literacy (org-evidence of topic literacy) were taken within the
#   days the parameters allow, by the date they name and the date the ledger proves;
#   they have a document, an owner and an end that has not come. A system that every
#   profile keeps out of the Union needs none.
# custom:
#   id: REG-22
#   severity: medium
#   kinds: [deployment]
#   actions: [deploy, continue]
#   requires: [org-evidence]
#   reads: [system-profile]
#   controls: ["eu-ai-act/art-4", "iso-42001/A.4.6", "nist-ai-rmf/GOVERN-2.2"]
#   basis: law
#   applies_from: "2025-02-02"
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: Train those who run and use the system, and attest the measures with document, owner, done_at and valid_until.
package assize.eu_ai_act.reg_22

import data.assize.lib.instant
import data.assize.lib.organisation
import data.assize.lib.scope
import data.assize.lib.show

items := input.evidence["org-evidence"]

measures := organisation.of_topic(items, "literacy")

not_applicable if scope.beyond_union(input.evidence["system-profile"])

# taken: when the measures were taken, and no later than they were told; what was still
# to be done when it was told was not taken.
taken(item) := instant.earliest({item.predicate.done_at, instant.said_at(item)}) if instant.done(item, item.predicate.done_at)

expires(item) := assize.plus_days(taken(item), data.params.literacy_max_days)

recent(item) if not assize.reached(expires(item))

good := {i |
	some i in measures
	organisation.held(items[i])
	recent(items[i])
}

pass if good != set()

deny contains finding if {
	good == set()
	some finding in (organisation.absent(items, "literacy", "about AI literacy", "AI Act Art 4") | organisation.flawed(items, measures, "AI Act Art 4"))
}

deny contains finding if {
	good == set()
	some i in measures
	not items[i].predicate.done_at
	finding := {
		"msg": sprintf("%s does not say when the measures were taken (done_at)", [show.said(items[i])]),
		"path": sprintf("org-evidence[%d].done_at", [i]),
		"basis": "AI Act Art 4",
	}
}

deny contains finding if {
	good == set()
	some i in measures
	done := items[i].predicate.done_at
	not instant.done(items[i], done)
	finding := {
		"msg": sprintf("%s was signed on %s and tells of measures on %s: what is still to be done is announced, not taken", [show.said(items[i]), show.day(items[i].proven), show.day(done)]),
		"path": sprintf("org-evidence[%d].done_at", [i]),
		"value": done,
		"bound": items[i].proven,
		"basis": "AI Act Art 4",
	}
}

deny contains finding if {
	good == set()
	some i in measures
	assize.reached(expires(items[i]))
	finding := {
		"msg": sprintf("%s: the last measures for AI literacy were taken on %s; they count for %d days, until %s", [show.said(items[i]), show.day(taken(items[i])), data.params.literacy_max_days, show.day(expires(items[i]))]),
		"path": sprintf("org-evidence[%d].done_at", [i]),
		"value": taken(items[i]),
		"bound": expires(items[i]),
		"basis": "parameter literacy_max_days",
	}
}
