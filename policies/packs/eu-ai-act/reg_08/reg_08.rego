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

# answers are robustness results of this model that name a plan in force.
answers := assize.answers(plans, assize.where(input.evidence["eval-result"], ["predicate", "category"], "==", "robustness")).answers

# The share of decisions that changed is counted; every other metric is a record
# of the perturbation, of the model as a whole.
counted := {"decisions_changed", "decisions_changed_rate"}

# demands are the robustness metrics of a plan.
demands(plan) := [{"planned": planned, "counted": object.get(planned, "name", "") in counted} |
	some planned in assize.where(plan.predicate.metrics, ["category"], "==", "robustness")
]

tests := perturbed(answers)

# perturbed: each perturbation of each answer whose plan asks for robustness.
perturbed(given) := [{"answer": answer, "perturbation": perturbation, "at": k, "of": count(perturbations), "metrics": metrics} |
	some answer in given
	metrics := demands(answer.plan)
	metrics != []
	perturbations := answer.result.predicate.perturbations
	some k, perturbation in perturbations
]

cases := judged(tests)

# judged: each test against each robustness metric of its plan, with the verdict.
judged(given) := [{"test": test, "metric": planned, "verdict": verdict(test, planned, share)} |
	some test in given
	some {"planned": planned, "counted": share} in test.metrics
]

record_of({"answer": answer, "perturbation": perturbation, "at": _, "of": _, "metrics": _}, planned) := object.union({"n": perturbation.n}, found.record) if {
	[found] = assize.as_planned(perturbation.metrics, object.remove(planned, {"slice"}), answer.plan.predicate, answer.result.predicate)
}

# verdict is null where nothing can be said.
default verdict(_, _, _) := null

verdict(test, planned, false) := assize.verdict(record_of(test, planned), planned, test.of, metric.metrics)

verdict({"answer": _, "perturbation": perturbation, "at": _, "of": of, "metrics": _}, planned, true) := assize.counted(perturbation.decisions_changed, perturbation.n, planned, metric.level, of)

pass if {
	answers != []
	every answer in answers {
		answer.amiss == set()
		count(answer.result.predicate.perturbations) > 0
	}
	tests != []
	every test in tests {
		text.meaningful(test.perturbation.name)
	}
	{case.verdict | some case in cases} == {"pass"}
	outdone == set()
	conceded == set()
}

unmet if not pass

# outdone are cases whose bound another plan in force sets more tightly.
outdone contains {"plan": plan, "metric": case.metric, "by": by} if {
	plans[1]
	some case in cases
	plan := case.test.answer.plan
	some by in under_plan.stricter(plans, plan, case.metric)
}

# conceded are robustness results that their own producer calls failed, as a whole or
# under one perturbation.
conceded contains {"answer": answer, "path": "passed"} if {
	some answer in answers
	answer.result.predicate.passed == false
}

conceded contains {"answer": test.answer, "path": sprintf("perturbations[%d].metrics", [test.at])} if {
	some test in tests
	some record in test.perturbation.metrics
	record.passed == false
	some asked in test.metrics
	record.name == asked.planned.name
}

changed(test) := assize.wilson(test.perturbation.decisions_changed, test.perturbation.n, metric.level, 1)

words(test, planned) := metric.words(record_of(test, planned), planned) if not planned.name in counted

words(test, planned) := sprintf("%d of %d decisions changed (%s), 95 %% interval %s; bound %s %s", [
	test.perturbation.decisions_changed, test.perturbation.n, show.num(between.point),
	show.interval(between.low, between.high), planned.comparator, show.num(planned.threshold),
]) if {
	planned.name in counted
	between := changed(test)
}

members(test, planned) := object.union(metric.members(record_of(test, planned), planned), {
	"perturbation": test.perturbation.name,
	"path": sprintf("eval-result[%d].perturbations[%d]", [test.answer.at, test.at]),
	"basis": sprintf("eval-plan %s", [test.answer.plan.id]),
}) if {
	not planned.name in counted
}

members(test, planned) := {
	"perturbation": test.perturbation.name,
	"path": sprintf("eval-result[%d].perturbations[%d].decisions_changed", [test.answer.at, test.at]),
	"basis": sprintf("eval-plan %s", [test.answer.plan.id]),
	"value": between.point, "ci_low": between.low, "ci_high": between.high, "ci_level": metric.level,
	"n": test.perturbation.n, "bound": planned.threshold,
} if {
	planned.name in counted
	between := changed(test)
}

source(answer) := sprintf("set by %s; measured by %s", [show.said(answer.plan), show.said(answer.result)])

deny contains object.union(members(case.test, case.metric), {"msg": sprintf("under %q %s, %s", [
	case.test.perturbation.name, words(case.test, case.metric), source(case.test.answer),
])}) if {
	unmet
	some case in cases
	case.verdict == "fail"
}

deny contains finding if {
	unmet
	some answer in answers
	answer.amiss != set()
	finding := {
		"msg": sprintf("%s was not made after its plan on the planned data (%s)", [show.said(answer.result), show.said(answer.plan)]),
		"path": sprintf("eval-result[%d].plan", [answer.at]),
		"value": answer.result.index,
		"bound": answer.plan.index,
		"basis": sprintf("eval-plan %s", [answer.plan.id]),
	}
}

deny contains finding if {
	some place in conceded
	result := place.answer.result
	finding := {
		"msg": sprintf("%s says itself that the test failed", [show.said(result)]),
		"path": sprintf("eval-result[%d].%s", [place.answer.at, place.path]),
		"value": false,
		"bound": true,
		"basis": sprintf("eval-result %s", [result.id]),
	}
}

deny contains finding if {
	cases == []
	demanded == []
	finding := {
		"msg": "no evaluation plan in force declares a robustness metric",
		"path": "eval-plan.metrics.category",
		"value": 0,
		"bound": 1,
		"basis": "NIST AI RMF MEASURE 2.6",
	}
}

demanded := [asked | some plan in plans; some asked in demands(plan)]

deny contains finding if {
	cases == []
	demanded != []
	finding := {
		"msg": "no robustness result of this model answers an evaluation plan in force with a perturbation",
		"path": "eval-result.perturbations",
		"value": 0,
		"bound": 1,
		"basis": "evaluation plan",
	}
}

not_assessable contains object.union(members(case.test, case.metric), {"msg": sprintf("under %q %s: neither kept nor broken (%s)", [
	case.test.perturbation.name, words(case.test, case.metric), source(case.test.answer),
])}) if {
	unmet
	deny == set()
	some case in cases
	case.verdict == "straddles"
}

not_assessable contains finding if {
	unmet
	deny == set()
	some case in cases
	case.verdict == null
	planned := case.metric
	finding := {"msg": sprintf("under %q there is no %s with interval and at least %d cases (%s)", [
		case.test.perturbation.name, planned.name, object.get(planned, "min_n", 1), source(case.test.answer),
	])}
}

not_assessable contains finding if {
	deny == set()
	some found in outdone
	finding := {"msg": sprintf("%s asks for %s %s %v; another plan in force asks for more: %s; the newer must name the older in supersedes", [
		show.said(found.plan), found.metric.name, found.metric.comparator, found.metric.threshold, found.by,
	])}
}

not_assessable contains finding if {
	unmet
	deny == set()
	some answer in answers
	count(object.get(answer.result.predicate, "perturbations", [])) == 0
	finding := {"msg": sprintf("%s names no perturbation", [show.said(answer.result)])}
}
