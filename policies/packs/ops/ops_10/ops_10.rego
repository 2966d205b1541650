# METADATA
# title: Evidence is fresh
# description: >-
#   The newest statement of each required type, and of each kind of evaluation, is
#   younger than the bound for its type.
# custom:
#   id: OPS-10
#   severity: high
#   kinds: [deployment]
#   actions: [continue]
#   requires: [system-profile, model-card, eval-result, risk-assessment, monitoring-plan]
#   reads: [human-oversight, fairness-assessment, explainability]
#   controls: ["nist-ai-rmf/GOVERN-1.5", "nist-ai-rmf/MEASURE-1.2", "nist-ai-rmf/MANAGE-4.2", "iso-42001/8.2"]
#   basis: default
#   remediation: Review what the old statement says, renew it where it no longer holds, and sign it again.
package assize.ops.ops_10

import data.assize.lib.instant
import data.assize.lib.show

days := {
	"system-profile": data.params.fresh_days_system_profile,
	"model-card": data.params.fresh_days_model_card,
	"eval-result": data.params.fresh_days_eval_result,
	"risk-assessment": data.params.fresh_days_risk_assessment,
	"monitoring-plan": data.params.fresh_days_monitoring_plan,
	"human-oversight": data.params.fresh_days_human_oversight,
	"fairness-assessment": data.params.fresh_days_fairness_assessment,
	"explainability": data.params.fresh_days_explainability,
}

parameter(type) := sprintf("parameter fresh_days_%s", [replace(type, "-", "_")])

# A statement is as old as the oldest of when it was signed, in the ledger and, where it
# says so, made.
made_at(item) := instant.earliest([item.claimed, proven, executed, reviewed]) if {
	proven := item.proven
	executed := object.get(item, ["predicate", "executed_at"], proven)
	reviewed := object.get(item, ["predicate", "reviewed_at"], proven)
}

# made is when statements of each kind were: evaluations of different kinds do not
# stand for one another.
made[[type, kind]] contains made_at(item) if {
	some type, _ in days
	some item in input.evidence[type]
	kind := object.get(item, ["predicate", "category"], "")
}

newest[group] := instant.latest(instants) if some group, instants in made

expires[group] := assize.plus_days(at, days[group[0]]) if some group, at in newest

required := {"system-profile", "model-card", "eval-result", "risk-assessment", "monitoring-plan"}

pass if {
	required - {group[0] | some group, _ in newest} == set()
	count(newest) > 0
	stale == set()
}

stale contains group if {
	some group, at in expires
	assize.reached(at)
}

name(group) := group[0] if {
	group[1] == ""
} else := sprintf("%s (%s)", group)

deny contains finding if {
	some group in stale
	at := newest[group]
	finding := {
		"msg": sprintf("the newest %s is of %s; after %v days, on %s, it is no longer fresh", [name(group), show.day(at), days[group[0]], show.day(expires[group])]),
		"path": group[0],
		"value": at,
		"bound": expires[group],
		"basis": parameter(group[0]),
	}
}

not_assessable contains reason if {
	deny == set()
	some type in required
	count(input.evidence[type]) > 0
	not type in {group[0] | some group, _ in newest}
	reason := {"msg": sprintf("when the newest %s was made cannot be told", [type])}
}
