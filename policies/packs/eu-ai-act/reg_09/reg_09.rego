# METADATA
# title: Attacks were tested and no critical vulnerability is open
# description: >-
#   Every security metric of the evaluation plans keeps its bound, adversarial inputs
#   and poisoned data are among what is planned, and the newest scan of each scanner
#   is recent and finds nothing critical.
# custom:
#   id: REG-09
#   severity: high
#   kinds: [model, deployment]
#   actions: [release, deploy]
#   requires: [eval-plan, eval-result, vulns]
#   controls: ["eu-ai-act/art-15-5", "eu-ai-act/annex-iv-2h", "nist-ai-rmf/MEASURE-2.7", "nist-ai-600-1/information-security"]
#   basis: guidance
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: Scan model and image for vulnerabilities and submit the scan (vulns); fix what is critical and scan again; plan and run the attacks that are missing; harden the model where one succeeds.
package assize.eu_ai_act.reg_09

import data.assize.lib.instant
import data.assize.lib.metric
import data.assize.lib.plan as under_plan
import data.assize.lib.show

plans := input.evidence["eval-plan"]

results := input.evidence["eval-result"]

scans := input.evidence.vulns

demands contains {"plan": p, "metric": m} if {
	some p, plan in plans
	some m, planned in plan.predicate.metrics
	planned.category == "security"
}

planned_of(case) := plans[case.plan].predicate.metrics[case.metric]

# kinds of attack a security metric is about, by its name or its rationale.
attacks contains kind if {
	some kind in data.params.security_attacks
	some demand in demands
	planned := planned_of(demand)
	contains(lower(sprintf("%s %s", [planned.name, object.get(planned, "rationale", "")])), kind)
}

cases contains {"plan": demand.plan, "metric": demand.metric, "result": r, "record": k} if {
	some demand in demands
	some r, result in results
	result.predicate.category == "security"
	result.predicate.plan == plans[demand.plan].id
	some k, record in result.predicate.metrics
	metric.matches(record, planned_of(demand))
	under_plan.as_planned(plans[demand.plan], planned_of(demand), result, record)
}

record_of(case) := results[case.result].predicate.metrics[case.record]

answered contains {"plan": case.plan, "metric": case.metric} if some case in cases

verdict(case) := metric.verdict(record_of(case), planned_of(case), count(cases))

outdone contains {"case": case, "by": by} if {
	some case in cases
	some by in under_plan.stricter(plans, plans[case.plan], planned_of(case))
}

# newest are the latest scan of each scanner: what an older one found may be fixed,
# what another scanner found is not answered by this one.
newest contains i if {
	some i, scan in scans
	count({j | some j, other in scans; j < i; scanner(other) == scanner(scan)}) == 0
}

scanner(scan) := object.get(scan.predicate, ["scanner", "uri"], "")

scanned_at(scan) := instant.earliest({scan.predicate.metadata.scanFinishedOn, scan.claimed, scan.proven})

stale_from(scan) := assize.plus_days(scanned_at(scan), data.params.vulnerability_scan_max_days)

# ratings of a finding of a scan; in version 0.1 there is one, later a list.
ratings(found) := found.severity if is_array(found.severity)

ratings(found) := [found.severity] if is_object(found.severity)

number := `^[0-9]{1,3}(\.[0-9]{1,6})?$`

critical(rating) if upper(rating.score) == "CRITICAL"

critical(rating) if {
	regex.match(number, rating.score)
	to_number(rating.score) >= data.params.vulnerability_critical_score
}

harmless(rating) if upper(rating.score) in {"HIGH", "MODERATE", "MEDIUM", "LOW", "NEGLIGIBLE", "NONE", "INFO", "INFORMATIONAL"}

harmless(rating) if {
	regex.match(number, rating.score)
	to_number(rating.score) < data.params.vulnerability_critical_score
}

# worst: findings of the newest scans with a critical rating; unread: without any
# rating that can be read.
worst contains {"scan": i, "result": k} if {
	some i in newest
	some k, found in scans[i].predicate.scanner.result
	some rating in ratings(found)
	critical(rating)
}

unread contains {"scan": i, "result": k} if {
	some i in newest
	some k, found in scans[i].predicate.scanner.result
	not read(found)
}

read(found) if {
	some rating in ratings(found)
	critical(rating)
}

read(found) if {
	some rating in ratings(found)
	harmless(rating)
}

pass if {
	count(data.params.security_attacks) > 0
	every kind in data.params.security_attacks {
		kind in attacks
	}
	demands != set()
	every demand in demands {
		demand in answered
	}
	cases != set()
	every case in cases {
		under_plan.under(plans[case.plan], results[case.result])
		verdict(case) == "pass"
	}
	outdone == set()
	newest != set()
	every i in newest {
		is_array(scans[i].predicate.scanner.result)
		scanner(scans[i]) != ""
		not assize.reached(stale_from(scans[i]))
	}
	worst == set()
	unread == set()
}

deny contains finding if {
	some place in worst
	scan := scans[place.scan]
	found := scan.predicate.scanner.result[place.result]
	finding := {
		"msg": sprintf("%s has a critical rating (score from %v on, or named so), says %s", [
			object.get(found, "id", "a vulnerability without id"), data.params.vulnerability_critical_score, show.said(scan),
		]),
		"path": sprintf("vulns[%d].scanner.result[%d]", [place.scan, place.result]),
		"value": [object.get(rating, "score", "") | some rating in ratings(found)],
		"bound": data.params.vulnerability_critical_score,
		"basis": "parameter vulnerability_critical_score",
	}
}

deny contains finding if {
	some i in newest
	assize.reached(stale_from(scans[i]))
	finding := {
		"msg": sprintf("the newest scan by %s ended on %s; a scan holds for %d days (%s)", [
			scanner(scans[i]), show.day(scanned_at(scans[i])), data.params.vulnerability_scan_max_days, show.said(scans[i]),
		]),
		"path": sprintf("vulns[%d].metadata.scanFinishedOn", [i]),
		"value": scanned_at(scans[i]),
		"bound": stale_from(scans[i]),
		"basis": "parameter vulnerability_scan_max_days",
	}
}

deny contains finding if {
	some kind in data.params.security_attacks
	not kind in attacks
	finding := {
		"msg": sprintf("no security metric of an evaluation plan in force is about %s, by its name or rationale", [kind]),
		"path": "eval-plan.metrics",
		"value": kind,
		"bound": data.params.security_attacks,
		"basis": "AI Act Art 15(5), parameter security_attacks",
	}
}

deny contains finding if {
	some demand in demands
	not demand in answered
	planned := planned_of(demand)
	finding := {
		"msg": sprintf("%s plans %s as a security metric and no security result of this model holds it on the planned data", [show.said(plans[demand.plan]), planned.name]),
		"path": sprintf("eval-plan[%d].metrics[%d]", [demand.plan, demand.metric]),
		"value": 0,
		"bound": 1,
		"basis": sprintf("eval-plan %s", [plans[demand.plan].id]),
	}
}

members(case) := object.union(metric.members(record_of(case), planned_of(case)), {
	"path": sprintf("eval-result[%d].metrics[%d]", [case.result, case.record]),
	"basis": sprintf("eval-plan %s", [plans[case.plan].id]),
})

deny contains object.union(members(case), {"msg": sprintf("%s, set by %s; measured by %s", [
	metric.words(record_of(case), planned_of(case)), show.said(plans[case.plan]), show.said(results[case.result]),
])}) if {
	some case in cases
	verdict(case) == "fail"
}

deny contains finding if {
	some case in cases
	not under_plan.under(plans[case.plan], results[case.result])
	finding := {
		"msg": sprintf("%s was not made after its plan (%s)", [show.said(results[case.result]), show.said(plans[case.plan])]),
		"path": sprintf("eval-result[%d].plan", [case.result]),
		"value": results[case.result].index,
		"bound": plans[case.plan].index,
		"basis": sprintf("eval-plan %s", [plans[case.plan].id]),
	}
}

not_assessable contains object.union(members(case), {"msg": sprintf("%s: the interval reaches beyond the bound, so it is neither kept nor broken (%s)", [
	metric.words(record_of(case), planned_of(case)), show.said(results[case.result]),
])}) if {
	deny == set()
	some case in cases
	verdict(case) == "straddles"
}

not_assessable contains reason if {
	deny == set()
	some case in cases
	not verdict(case)
	reason := {"msg": sprintf("%s has no interval or too few cases (%s)", [record_of(case).name, show.said(results[case.result])])}
}

not_assessable contains reason if {
	deny == set()
	some found in outdone
	reason := {"msg": sprintf("another plan in force asks for more than %s: %s; the newer must name the older in supersedes", [show.said(plans[found.case.plan]), found.by])}
}

not_assessable contains reason if {
	deny == set()
	some place in unread
	reason := {"msg": sprintf("%s rates %s in no way this rule can read; give a score from 0 to 10 or a word such as HIGH", [
		show.said(scans[place.scan]), object.get(scans[place.scan].predicate.scanner.result[place.result], "id", "a vulnerability"),
	])}
}

not_assessable contains reason if {
	deny == set()
	some i in newest
	not complete(scans[i])
	reason := {"msg": sprintf("%s lacks the scanner's uri, its list of results or when the scan ended", [show.said(scans[i])])}
}

complete(scan) if {
	is_array(scan.predicate.scanner.result)
	scanner(scan) != ""
	is_string(scan.predicate.metadata.scanFinishedOn)
}
