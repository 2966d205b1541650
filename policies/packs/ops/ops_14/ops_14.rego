# METADATA
# title: Rollback is ready
# description: >-
#   Each deployment that runs in this environment, or is asked for, names another model
#   to return to: one the ledger knows, that nobody revoked, and that the critical rules
#   of this gate would let be deployed in its place today.
# custom:
#   id: OPS-14
#   severity: high
#   kinds: [deployment]
#   actions: [deploy, continue]
#   requires: [deployment]
#   controls: ["nist-ai-rmf/MANAGE-2.4", "iso-42001/A.6.2.5"]
#   basis: guidance
#   remediation: >-
#     Name a model to return to as rollback_target of the deployment, and keep it fit to
#     go live: attested, with an approval to deploy that is in force, and with a
#     deployment of its own in state requested that says which configuration and purpose
#     it would have. Ask the gate about that model to see what is still missing.
package assize.ops.ops_14

import data.assize.lib.deployment as running
import data.assize.lib.show

deployments := input.evidence.deployment

places := running.places(deployments, input.environment)

judged := input.related.rollbacks

# asked are the models the question is about: returning to one of them is no return.
asked := running.models(input.subject, input.parents)

returns(deployment, target) if {
	target.ref == deployment.predicate.rollback_target
	target.ref != deployment.predicate.model
	not target.ref in asked
}

ready(target) if {
	target.known == true
	count(target.revoked) == 0
	target.verdict == "allow"
	some finding in target.findings
	finding.status == "pass"
}

pass if {
	places != {}
	every deployment in places {
		some target in judged
		returns(deployment, target)
		ready(target)
	}
}

# named are the judged targets of the deployments looked at, with their position.
named contains [i, target] if {
	some i, deployment in places
	some target in judged
	returns(deployment, target)
}

deny contains finding if {
	some i, deployment in places
	not deployment.predicate.rollback_target
	finding := {
		"msg": sprintf("%s names no model to return to (rollback_target)", [show.said(deployment)]),
		"path": sprintf("deployment[%d].rollback_target", [i]),
		"basis": "NIST AI RMF MANAGE 2.4",
	}
}

deny contains finding if {
	some i, deployment in places
	target := deployment.predicate.rollback_target
	target in (asked | {deployment.predicate.model})
	finding := {
		"msg": sprintf("%s names the model it is of, %s, as the one to return to", [show.said(deployment), show.id(target)]),
		"path": sprintf("deployment[%d].rollback_target", [i]),
		"value": target,
		"basis": "NIST AI RMF MANAGE 2.4",
	}
}

deny contains finding if {
	some [i, target] in named
	target.known == false
	finding := {
		"msg": sprintf("%s names %s as the model to return to; no evidence in the ledger that counts is about it", [show.said(deployments[i]), show.id(target.ref)]),
		"path": sprintf("deployment[%d].rollback_target", [i]),
		"value": target.ref,
		"basis": "NIST AI RMF MANAGE 2.4",
	}
}

deny contains finding if {
	some [i, target] in named
	some revocation in target.revoked
	finding := {
		"msg": sprintf("%s, the model %s returns to, was revoked by %s: %s", [show.id(target.ref), show.said(deployments[i]), show.list(revocation.principals), revocation.reason]),
		"path": sprintf("deployment[%d].rollback_target", [i]),
		"value": target.ref,
		"basis": sprintf("revocation %s", [revocation.id]),
	}
}

# faults are what stands between a target and a deployment today.
faults(target) := {{"rule": finding.rule, "words": words} |
	some finding in target.findings
	finding.status in {"fail", "missing", "unassessable"}
	words := sprintf("%s (%s) is %s%s: %s", [finding.rule, finding.title, finding.status, about(finding.subject), why(finding)])
} | {{"rule": "gate", "words": words} | some words in target.reasons}

about(subject) := sprintf(" for %s", [show.thing(subject)]) if subject.ref != ""

about(subject) := "" if subject.ref == ""

why(finding) := concat("; ", finding.says) if count(finding.says) > 0

why(finding) := finding.reason if count(finding.says) == 0

deny contains finding if {
	some [i, target] in named
	target.verdict == "deny"
	some fault in faults(target)
	finding := {
		"msg": sprintf("%s, the model %s returns to, may not be deployed today: %s", [show.id(target.ref), show.said(deployments[i]), fault.words]),
		"path": sprintf("deployment[%d].rollback_target", [i]),
		"value": target.ref,
		"basis": fault.rule,
	}
}

deny contains finding if {
	places == {}
	deployments != []
	finding := {
		"msg": sprintf("no deployment to %s is asked for or running", [input.environment]),
		"path": "deployment",
		"basis": "question",
	}
}

not_assessable contains reason if {
	deny == set()
	some [i, target] in named
	target.verdict == "indeterminate"
	some fault in faults(target)
	reason := {"msg": sprintf("whether %s, the model %s returns to, may be deployed today cannot be told: %s", [show.id(target.ref), show.said(deployments[i]), fault.words])}
}

not_assessable contains reason if {
	deny == set()
	some i, deployment in places
	count({target | some [k, target] in named; k == i}) == 0
	reason := {"msg": sprintf("%s, the model %s returns to, was not judged beside this question: more rollback targets are named than are looked at, or nothing looked at them", [show.id(deployment.predicate.rollback_target), show.said(deployment)])}
}
