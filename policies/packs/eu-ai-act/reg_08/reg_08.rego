# METADATA
# title: Robustness was tested
# description: >-
#   Under each perturbation tested, the robustness metrics of the evaluation plan
#   keep their bounds.
# custom:
#   id: REG-08
#   severity: high
#   kinds: [model]
#   actions: [release, deploy]
#   requires: [eval-plan, eval-result]
#   controls: ["eu-ai-act/art-15-4", "nist-ai-rmf/MEASURE-2.6"]
#   basis: guidance
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: Harden the model against the perturbation, or restrict the use to inputs without it.
package assize.eu_ai_act.reg_08

import data.assize.lib.metric
import data.assize.lib.plan as under_plan
import data.assize.lib.show
import data.assize.lib.text

plans := input.evidence["eval-plan"]

results := input.evidence["eval-result"]

# answers are robustness results of this model that name a plan in force.
answers contains {"plan": p, "result": r} if {
	some p, declared in plans
	some r, result in results
	result.predicate.category == "robustness"
	result.predicate.plan == declared.id
}

demands contains {"plan": p, "metric": m} if {
	some p, declared in plans
	some m, planned in declared.predicate.metrics
	planned.category == "robustness"
}

planned_of(demand) := plans[demand.plan].predicate.metrics[demand.metric]

# cases: each perturbation of each answer against each robustness metric of its
# plan.
cases contains {"plan": answer.plan, "result": answer.result, "metric": demand.metric, "perturbation": k} if {
	some answer in answers
	some demand in demands
	demand.plan == answer.plan
	some k, _ in results[answer.result].predicate.perturbations
}

perturbation_of(case) := results[case.result].predicate.perturbations[case.perturbation]

# The share of decisions that changed is counted; every other metric is a record
# of the perturbation.
record_of(case) := record if {
	planned := planned_of(case)
	not planned.name in {"decisions_changed", "decisions_changed_rate"}
	found := [candidate |
		some candidate in perturbation_of(case).metrics
		candidate.name == planned.name
		object.get(candidate, "slice", {}) == {}
		under_plan.as_planned(plans[case.plan], planned, results[case.result], candidate)
	]
	count(found) == 1
	record := object.union({"n": perturbation_of(case).n}, found[0])
}

tested(case) := count({other.perturbation |
	some other in cases
	other.plan == case.plan
	other.result == case.result
})

verdict(case) := metric.verdict(record_of(case), planned_of(case), tested(case)) if {
	not planned_of(case).name in {"decisions_changed", "decisions_changed_rate"}
}

verdict(case) := assize.judge(between.point, between.low, between.high, planned.threshold, planned.comparator) if {
	planned := planned_of(case)
	planned.name in {"decisions_changed", "decisions_changed_rate"}
	planned.comparator in {"<=", "<", ">=", ">"}
	perturbation_of(case).n >= object.get(planned, "min_n", 1)
	between := changed(case, tested(case))
}

changed(case, comparisons) := assize.wilson(perturbation_of(case).decisions_changed, perturbation_of(case).n, metric.level, comparisons)

pass if {
	count(answers) > 0
	every answer in answers {
		under_plan.under(plans[answer.plan], results[answer.result])
		count(results[answer.result].predicate.perturbations) > 0
	}
	count(cases) > 0
	every case in cases {
		text.meaningful(perturbation_of(case).name)
		verdict(case) == "pass"
	}
	count(outdone) == 0
	count(conceded) == 0
}

# outdone are cases whose bound another plan in force sets more tightly.
outdone contains {"case": case, "by": by} if {
	some case in cases
	some by in under_plan.stricter(plans, plans[case.plan], planned_of(case))
}

# conceded are robustness results that their own producer calls failed, as a whole or
# under one perturbation.
conceded contains {"result": answer.result, "path": "passed"} if {
	some answer in answers
	results[answer.result].predicate.passed == false
}

conceded contains {"result": case.result, "path": sprintf("perturbations[%d].metrics", [case.perturbation])} if {
	some case in cases
	some record in perturbation_of(case).metrics
	record.name == planned_of(case).name
	record.passed == false
}

words(case) := metric.words(record_of(case), planned_of(case)) if {
	not planned_of(case).name in {"decisions_changed", "decisions_changed_rate"}
}

words(case) := sprintf("%d of %d decisions changed (%s), 95 %% interval %s; bound %s %s", [
	perturbation_of(case).decisions_changed, perturbation_of(case).n, show.num(between.point),
	show.interval(between.low, between.high), planned.comparator, show.num(planned.threshold),
]) if {
	planned := planned_of(case)
	planned.name in {"decisions_changed", "decisions_changed_rate"}
	between := changed(case, 1)
}

members(case) := object.union(metric.members(record_of(case), planned_of(case)), {
	"perturbation": perturbation_of(case).name,
	"path": sprintf("eval-result[%d].perturbations[%d]", [case.result, case.perturbation]),
	"basis": sprintf("eval-plan %s", [plans[case.plan].id]),
}) if {
	not planned_of(case).name in {"decisions_changed", "decisions_changed_rate"}
}

members(case) := {
	"perturbation": perturbation_of(case).name,
	"path": sprintf("eval-result[%d].perturbations[%d].decisions_changed", [case.result, case.perturbation]),
	"basis": sprintf("eval-plan %s", [plans[case.plan].id]),
	"value": between.point, "ci_low": between.low, "ci_high": between.high, "ci_level": metric.level,
	"n": perturbation_of(case).n, "bound": planned_of(case).threshold,
} if {
	planned_of(case).name in {"decisions_changed", "decisions_changed_rate"}
	between := changed(case, 1)
}

source(case) := sprintf("set by %s; measured by %s", [show.said(plans[case.plan]), show.said(results[case.result])])

deny contains object.union(members(case), {"msg": sprintf("under %q %s, %s", [perturbation_of(case).name, words(case), source(case)])}) if {
	some case in cases
	verdict(case) == "fail"
}

deny contains finding if {
	some answer in answers
	not under_plan.under(plans[answer.plan], results[answer.result])
	finding := {
		"msg": sprintf("%s was not made after its plan on the planned data (%s)", [show.said(results[answer.result]), show.said(plans[answer.plan])]),
		"path": sprintf("eval-result[%d].plan", [answer.result]),
		"value": results[answer.result].index,
		"bound": plans[answer.plan].index,
		"basis": sprintf("eval-plan %s", [plans[answer.plan].id]),
	}
}

deny contains finding if {
	some answer in conceded
	finding := {
		"msg": sprintf("%s says itself that the test failed", [show.said(results[answer.result])]),
		"path": sprintf("eval-result[%d].%s", [answer.result, answer.path]),
		"value": false,
		"bound": true,
		"basis": sprintf("eval-result %s", [results[answer.result].id]),
	}
}

deny contains finding if {
	count(demands) == 0
	finding := {
		"msg": "no evaluation plan in force declares a robustness metric",
		"path": "eval-plan.metrics.category",
		"value": 0,
		"bound": 1,
		"basis": "NIST AI RMF MEASURE 2.6",
	}
}

deny contains finding if {
	count(demands) > 0
	count(cases) == 0
	finding := {
		"msg": "no robustness result of this model answers an evaluation plan in force with a perturbation",
		"path": "eval-result.perturbations",
		"value": 0,
		"bound": 1,
		"basis": "evaluation plan",
	}
}

not_assessable contains object.union(members(case), {"msg": sprintf("under %q %s: neither kept nor broken (%s)", [perturbation_of(case).name, words(case), source(case)])}) if {
	count(deny) == 0
	some case in cases
	verdict(case) == "straddles"
}

not_assessable contains finding if {
	count(deny) == 0
	some case in cases
	not verdict(case)
	finding := {"msg": sprintf("under %q there is no %s with interval and at least %d cases (%s)", [perturbation_of(case).name, planned_of(case).name, object.get(planned_of(case), "min_n", 1), source(case)])}
}

not_assessable contains finding if {
	count(deny) == 0
	some found in outdone
	planned := planned_of(found.case)
	finding := {"msg": sprintf("%s asks for %s %s %v; another plan in force asks for more: %s; the newer must name the older in supersedes", [
		show.said(plans[found.case.plan]), planned.name, planned.comparator, planned.threshold, found.by,
	])}
}

not_assessable contains finding if {
	count(deny) == 0
	some answer in answers
	count(object.get(results[answer.result].predicate, "perturbations", [])) == 0
	finding := {"msg": sprintf("%s names no perturbation", [show.said(results[answer.result])])}
}
