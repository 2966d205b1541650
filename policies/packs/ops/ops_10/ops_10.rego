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

# held are the newest statements of each type and of each kind of evaluation: kinds do
# not stand for one another. A statement is as old as the oldest of when it was signed, in
# the ledger and, where it says so, made.
held := assize.expiring(input.evidence, days, ["executed_at", "reviewed_at"], "category")

required := {"system-profile", "model-card", "eval-result", "risk-assessment", "monitoring-plan"}

undated := required - {newest.type | some newest in held}

pass if {
	undated == set()
	stale == []
}

# stale: none is while the first to end lasts.
stale := [newest |
	assize.reached(held[0].until)
	some newest in held
	assize.reached(newest.until)
]

deny contains finding if {
	some newest in stale
	finding := {
		"msg": sprintf("the newest %s is of %s; after %v days, on %s, it is no longer fresh", [name(newest), show.day(newest.made), days[newest.type], show.day(newest.until)]),
		"path": newest.type,
		"value": newest.made,
		"bound": newest.until,
		"basis": sprintf("parameter fresh_days_%s", [replace(newest.type, "-", "_")]),
	}
}

name(newest) := newest.type if newest.kind == ""

name(newest) := sprintf("%s (%s)", [newest.type, newest.kind]) if newest.kind != ""

not_assessable contains reason if {
	deny == set()
	some type in undated
	count(input.evidence[type]) > 0
	reason := {"msg": sprintf("when the newest %s was made cannot be told", [type])}
}
