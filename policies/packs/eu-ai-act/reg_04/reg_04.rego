# METADATA
# title: Thresholds were fixed before testing
# description: >-
#   The model was tested against metrics and thresholds declared beforehand: the
#   plan lies before each result that names it, by place in the ledger and by
#   proven time, data and thresholds are the planned ones, and every planned
#   threshold is kept by every result under the plan.
# custom:
#   id: REG-04
#   severity: high
#   kinds: [model]
#   actions: [release, deploy]
#   requires: [eval-plan, eval-result]
#   reads: [fairness-assessment]
#   controls: ["eu-ai-act/art-9-8"]
#   basis: law
#   applies_from: "2027-12-02"
#   legal_version: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744
#   remediation: Declare metrics, thresholds and data in an evaluation plan, submit it, then test and name the plan in the result.
package assize.eu_ai_act.reg_04

import data.assize.lib.metric
import data.assize.lib.plan as under_plan
import data.assize.lib.show

plans := input.evidence["eval-plan"]

evaluated := assize.answers(plans, input.evidence["eval-result"])

assessed := assize.answers(plans, input.evidence["fairness-assessment"])

# answers are the results of this model that name a plan in force. Others do not
# count, for or against.
answers := array.concat(evaluated.answers, assessed.answers)

# demands are the metrics of the answered plans that a result states as such, each
# with the records that answer it. Gaps between groups are FAI-02's, perturbations
# REG-08's.
demands := assize.demands(answers, {"robustness", "fairness"})

unmeasured := [demand | some demand in demands; demand.records == []]

# cases: each of these records with its verdict, which is null where nothing can be
# said.
cases := [{"demand": demand, "found": found, "verdict": verdict(found.record, demand.metric, count(demand.records))} |
	some demand in demands
	some found in demand.records
]

verdict(record, planned, tests) := kept if {
	kept := metric.verdict(record, planned, tests)
} else := null

pass if {
	answers != []
	improper == []
	unmeasured == []
	{case.verdict | some case in cases} == {"pass"}
	altered == []
	outdone == set()
	conceded == set()
}

# improper are answers that were not made after their plan on the planned data.
improper := [answer | some answer in answers; answer.amiss != set()]

# outdone are demands that another plan in force sets more tightly.
outdone contains {"demand": demand, "by": by} if {
	plans[1]
	some demand in demands
	some by in under_plan.stricter(plans, demand.plan, demand.metric)
}

# conceded are results that their own producer calls failed, as a whole or in a
# record that answers a demand.
conceded contains {"result": answer.result, "path": sprintf("eval-result[%d].passed", [answer.at])} if {
	some answer in evaluated.answers
	answer.result.predicate.passed == false
}

conceded contains {"result": case.found.answer.result, "path": sprintf("%s.passed", [place(case)])} if {
	some case in cases
	case.found.record.passed == false
}

place(case) := sprintf("eval-result[%d].metrics[%d]", [case.found.answer.at, case.found.at])

# altered are thresholds a result states otherwise than its plan.
altered := [case |
	some case in cases
	not object.subset(case.demand.metric, object.filter(case.found.record, {"threshold", "comparator"}))
]

typed(answer) := sprintf("%s[%d]", [answer.result.type, answer.at])

source(answer) := sprintf("%s, plan %s", [show.said(answer.result), show.said(answer.plan)])

deny contains finding if {
	some answer in improper
	assize.before(answer.result.predicate.executed_at, answer.plan.proven)
	finding := {
		"msg": sprintf("the test ran on %s, before the plan was in the ledger on %s (%s)", [
			answer.result.predicate.executed_at, answer.plan.proven, source(answer),
		]),
		"path": sprintf("%s.executed_at", [typed(answer)]),
		"value": answer.result.predicate.executed_at,
		"bound": answer.plan.proven,
		"basis": "AI Act Art 9(8)",
	}
}

deny contains finding if {
	some conceding in conceded
	finding := {
		"msg": sprintf("%s says itself that the test failed", [show.said(conceding.result)]),
		"path": conceding.path,
		"value": false,
		"bound": true,
		"basis": sprintf("eval-result %s", [conceding.result.id]),
	}
}

deny contains finding if {
	some answer in improper
	"order" in answer.amiss
	finding := {
		"msg": sprintf("the plan does not lie before the result: result at index %d proven %s, plan at index %d proven %s (%s)", [
			answer.result.index, answer.result.proven, answer.plan.index, answer.plan.proven, source(answer),
		]),
		"path": sprintf("%s.plan", [typed(answer)]),
		"value": answer.result.index,
		"bound": answer.plan.index,
		"basis": "AI Act Art 9(8)",
	}
}

deny contains finding if {
	some answer in improper
	"data" in answer.amiss
	finding := {
		"msg": sprintf("measured on other data or another split than planned (%s)", [source(answer)]),
		"path": sprintf("%s.dataset", [typed(answer)]),
		"value": object.get(answer.result.predicate, "dataset", ""),
		"bound": object.get(answer.plan.predicate, "dataset", ""),
		"basis": "AI Act Art 9(8)",
	}
}

deny contains finding if {
	some case in altered
	record := case.found.record
	planned := case.demand.metric
	finding := {
		"msg": sprintf("the result holds %s against %s %v, the plan says %s %v", [record.name, object.get(record, "comparator", planned.comparator), object.get(record, "threshold", planned.threshold), planned.comparator, planned.threshold]),
		"path": sprintf("%s.threshold", [place(case)]),
		"value": object.get(record, "threshold", planned.threshold),
		"bound": planned.threshold,
		"basis": sprintf("eval-plan %s", [case.demand.plan.id]),
	}
}

deny contains object.union(metric.members(record, planned), {
	"msg": sprintf("%s, set by %s; measured by %s", [metric.words(record, planned), show.said(case.demand.plan), show.said(case.found.answer.result)]),
	"path": place(case),
	"basis": sprintf("eval-plan %s", [case.demand.plan.id]),
}) if {
	some case in cases
	case.verdict == "fail"
	planned := case.demand.metric
	record := case.found.record
}

deny contains finding if {
	some demand in unmeasured
	planned := demand.metric
	finding := {
		"msg": sprintf("no result under %s measures %s %s %v", [show.said(demand.plan), planned.name, planned.comparator, planned.threshold]),
		"path": sprintf("eval-plan[%d].metrics[%d]", [demand.of, demand.at]),
		"value": 0,
		"bound": 1,
		"basis": sprintf("eval-plan %s", [demand.plan.id]),
	}
}

deny contains finding if {
	answers == []
	finding := {
		"msg": "no result of this model names an evaluation plan in force",
		"path": "eval-result.plan",
		"value": 0,
		"bound": 1,
		"basis": "AI Act Art 9(8)",
	}
}

warn contains finding if {
	some type, given in {"eval-result": evaluated, "fairness-assessment": assessed}
	some i, result in given.others
	finding := {
		"msg": sprintf("%s does not name an evaluation plan in force, so it does not count", [show.said(result)]),
		"path": sprintf("%s[%d].plan", [type, i]),
		"value": object.get(result.predicate, "plan", ""),
		"basis": "evaluation plan",
	}
}

not_assessable contains finding if {
	deny == set()
	some case in cases
	case.verdict in {"straddles", null}
	planned := case.demand.metric
	record := case.found.record
	finding := object.union(metric.members(record, planned), {
		"msg": sprintf("%s: neither kept nor broken, or without the interval or the %d cases it takes to tell (%s)", [metric.words(record, planned), object.get(planned, "min_n", 1), show.said(case.demand.plan)]),
		"path": place(case),
		"basis": sprintf("eval-plan %s", [case.demand.plan.id]),
	})
}

not_assessable contains finding if {
	deny == set()
	some case in outdone
	planned := case.demand.metric
	finding := {"msg": sprintf("%s asks for %s %s %v; another plan in force asks for more: %s; the newer must name the older in supersedes", [
		show.said(case.demand.plan), planned.name, planned.comparator, planned.threshold, case.by,
	])}
}

not_assessable contains finding if {
	deny == set()
	answers != []
	demands == []
	finding := {"msg": "the evaluation plan declares no metric of the model as a whole"}
}
