# METADATA
# title: Requests for erasure are answered in time
# description: >-
#   No open request for erasure is older than the bound. A statement that none was
#   open says so for its own day only: as long after it as a request may stay open,
#   it tells nothing any more.
# custom:
#   id: PRV-05
#   severity: high
#   kinds: [dataset]
#   actions: [train, release, deploy, continue]
#   requires: [data-rights]
#   reads: [dataset-card]
#   controls: ["gdpr/art-12-3", "gdpr/art-17"]
#   basis: law
#   legal_version: Regulation (EU) 2016/679
#   remediation: >-
#     Erase what was asked for, rebuild the dataset, assess what that means for the
#     models made from it, and state anew how many requests are open. An extension
#     under Art 12(3) is declared as erasure_max_days in the evaluation plan.
package assize.data.prv_05

import data.assize.lib.about
import data.assize.lib.show

not_applicable if {
	input.evidence["dataset-card"][0].predicate.pii == "none" # which settles most
	about.impersonal(input.evidence["dataset-card"], input.subject)
}

rights := assize.concerning(input.evidence["data-rights"], "dataset", input.subject)

# Requests come and go: the newest statement counts.
newest := rights.those[0]

requests := object.get(newest.predicate, "erasure_requests", {})

said := assize.earliest({newest.claimed, newest.proven})

# A request that was open on the day of the statement was made before it; of those
# made since nothing is known.
since := said if requests.open == 0

else := assize.earliest({requests.oldest_opened_at, said}) if requests.open > 0

due := assize.plus_days(since, data.params.erasure_max_days)

overdue := assize.reached(due)

pass if {
	requests.open >= 0
	overdue == false
	rights.others == []
}

deny contains finding if {
	overdue == true
	requests.open > 0
	finding := {
		"msg": sprintf("%d requests for erasure are open, the oldest since %s; it was to be answered within %d days (%s)", [requests.open, show.day(since), data.params.erasure_max_days, show.said(newest)]),
		"path": "data-rights[0].erasure_requests.oldest_opened_at",
		"value": since,
		"bound": due,
		"basis": "parameter erasure_max_days; GDPR Art 12(3)",
	}
}

not_assessable contains about.elsewhere(other, "dataset", input.subject) if {
	some other in rights.others
	deny == set()
}

not_assessable contains reason if {
	overdue == true
	requests.open == 0
	reason := {"msg": sprintf("no request for erasure was open on %s; what came in since may be open longer than %d days, and nothing newer says (%s)", [show.day(said), data.params.erasure_max_days, show.said(newest)])}
}

not_assessable contains reason if {
	not due
	deny == set()
	reason := {"msg": sprintf("%s does not say how many requests for erasure are open and since when (erasure_requests.open, oldest_opened_at)", [show.said(newest)])}
}
