# METADATA
# title: Summary of the bias audit is public
# description: >-
#   Every audit in force names the public address of its summary, when it was
#   published and when the tool was first used after it; it was published before
#   that use and before the audit was signed into the ledger, and stays public for six months after the last use of
#   the tool: while the tool is used its end may not come nearer than that.
# custom:
#   id: NYC-03
#   severity: high
#   kinds: [deployment]
#   actions: [deploy, continue]
#   requires: [system-profile, bias-audit]
#   controls: ["nyc-ll144/20-871", "nyc-ll144/5-303"]
#   basis: law
#   applies_from: "2023-07-05"
#   legal_version: NYC Adm. Code 20-870 to 20-874; 6 RCNY 5-300 to 5-304
#   remediation: Publish the summary with the distribution date on the site where jobs are offered, before the tool is used, and keep it there.
package assize.nyc_ll144.nyc_03

import data.assize.lib.instant
import data.assize.lib.scope
import data.assize.lib.show

profiles := input.evidence["system-profile"]

audits := input.evidence["bias-audit"]

city := {"US", "US-NY"}

not_applicable if scope.used_elsewhere(profiles, city)

not_applicable if scope.denies(profiles, "aedt")

owed if {
	scope.used_in(profiles, city)
	scope.says(profiles, "aedt")
}

pass if {
	owed
	count(audits) > 0
	every audit in audits {
		reachable(audit)
		instant.done(audit, audit.predicate.published_at)
		is_string(audit.predicate.aedt_distribution_date)
		not used_before(audit)
		not ends(audit)
	}
}

reachable(audit) if regex.match(`^https?://[^\s/]+`, audit.predicate.summary_url)

used_before(audit) if assize.before(audit.predicate.aedt_distribution_date, audit.predicate.published_at)

# ends: the summary would be taken down less than six months after use goes on today.
ends(audit) if assize.reached(last_use(audit))

last_use(audit) := assize.plus_days(audit.predicate.published_until, 0 - data.params.nyc_publication_days)

deny contains finding if {
	owed
	some i, audit in audits
	some fault in faults(audit)
	finding := {
		"msg": sprintf("%s: %s", [show.said(audit), fault.words]),
		"path": sprintf("bias-audit[%d].%s", [i, fault.member]),
		"value": object.get(audit.predicate, fault.member, null),
		"basis": fault.basis,
	}
}

faults(audit) := (((({{"member": "summary_url", "basis": "6 RCNY 5-303", "words": "summary_url is no public address of the summary"} |
	not reachable(audit)
} | {{"member": "published_at", "basis": "6 RCNY 5-303", "words": "published_at does not say when the summary was published"} |
	not audit.predicate.published_at
}) | {{"member": "published_at", "basis": "6 RCNY 5-303", "words": words} |
	published := audit.predicate.published_at
	not instant.done(audit, published)
	words := sprintf("the summary was to be published on %s, after this was signed on %s: attest it again once it is published", [show.day(published), show.day(audit.proven)])
}) | {{"member": "aedt_distribution_date", "basis": "6 RCNY 5-303", "words": "aedt_distribution_date does not say when the tool was first used after the audit, which the summary has to tell"} |
	not audit.predicate.aedt_distribution_date
}) | {{"member": "published_at", "basis": "6 RCNY 5-303", "words": words} |
	used_before(audit)
	words := sprintf("published on %s, after the tool was first used on %s", [show.day(audit.predicate.published_at), show.day(audit.predicate.aedt_distribution_date)])
}) | {{"member": "published_until", "basis": "parameter nyc_publication_days (6 RCNY 5-303)", "words": words} |
	ends(audit)
	words := sprintf("public until %s; it has to stay for %d days after the last use, so the tool may be used until %s at the latest", [show.day(audit.predicate.published_until), data.params.nyc_publication_days, show.day(last_use(audit))])
}

not_assessable contains {"msg": words} if {
	not owed
	some words in (scope.unplaced(profiles) | scope.unsaid(profiles, "aedt"))
}
