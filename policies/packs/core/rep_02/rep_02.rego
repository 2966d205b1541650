# METADATA
# title: The evaluation was reproduced
# description: >-
#   Somebody else repeated an evaluation of the model under the same plan, on the
#   same data and number of cases, and came within the tolerance of the plan for
#   each primary metric. A repetition on the same data is held against the value
#   itself, not against its sampling error.
# custom:
#   id: REP-02
#   severity: medium
#   kinds: [model]
#   actions: [release, deploy]
#   requires: [eval-plan, eval-result]
#   controls: ["nist-ai-rmf/MEASURE-2.5"]
#   basis: guidance
#   remediation: >-
#     Have somebody who did not make the first evaluation run it again from the
#     plan, and submit the result with assurance reproduced, naming the id of the
#     result it repeats. Where the values differ, find out why before either is
#     used.
package assize.core.rep_02

import data.assize.lib.metric
import data.assize.lib.plan as under_plan
import data.assize.lib.show

plans := input.evidence["eval-plan"]

results := input.evidence["eval-result"]

reproductions contains r if {
	some r, result in results
	result.predicate.assurance == "reproduced"
}

# originals of a reproduction: the result it names, when it is in force.
originals(r) := {o |
	some o, result in results
	result.id == results[r].predicate.reproduces
}

# pairs of a reproduction and what it repeats, with the plan of the latter.
pairs contains {"reproduction": r, "original": o, "plan": p} if {
	some r in reproductions
	some o in originals(r)
	some p, declared in plans
	declared.id == results[o].predicate.plan
}

# cases: each primary metric of the plan that the original answers.
cases contains object.union(pair, {"metric": m}) if {
	some pair in pairs
	some m, planned in plans[pair.plan].predicate.metrics
	planned.primary == true
	object.get(planned, "category", "performance") == results[pair.original].predicate.category
}

planned_of(case) := plans[case.plan].predicate.metrics[case.metric]

# answering is the place of the record of a result that answers a metric; two
# answer nothing.
answering := {[case.plan, case.metric, i]: found[0] |
	some case in cases
	some i in [case.original, case.reproduction]
	planned := planned_of(case)
	found := [k |
		some k, candidate in results[i].predicate.metrics
		candidate.name == planned.name
		metric.matches(candidate, planned)
		under_plan.as_planned(plans[case.plan], planned, results[i], candidate)
	]
	count(found) == 1
}

record(i, case) := results[i].predicate.metrics[answering[[case.plan, case.metric, i]]]

first(case) := record(case.original, case)

again(case) := record(case.reproduction, case)

tolerance(case) := object.get(planned_of(case), "tolerance", data.params.reproduction_tolerance)

apart(case) := abs(again(case).value - first(case).value)

reach(case) := tolerance(case) * abs(first(case).value)

# alike: on as many cases, within the tolerance.
alike(case) if {
	counted(case)
	tolerance(case) <= data.params.reproduction_tolerance_limit
	apart(case) <= reach(case)
}

# repeated: by somebody else, later, under the same plan.
repeated(pair) if {
	count(shared(pair)) == 0
	count(results[pair.reproduction].principals) > 0
	results[pair.reproduction].predicate.category == results[pair.original].predicate.category
	results[pair.original].index < results[pair.reproduction].index
	under_plan.under(plans[pair.plan], results[pair.original])
	under_plan.under(plans[pair.plan], results[pair.reproduction])
}

shared(pair) := {principal |
	some principal in results[pair.reproduction].principals
	principal in results[pair.original].principals
}

pass if {
	count(reproductions) > 0
	every r in reproductions {
		count({case | some case in cases; case.reproduction == r}) > 0
	}
	count(cases) > 0
	every case in cases {
		alike(case)
	}
	count([pair | some pair in pairs; repeated(pair)]) == count(pairs)
}

deny contains finding if {
	count(reproductions) == 0
	finding := {
		"msg": sprintf("none of the %d results of this model repeats another (assurance reproduced): nobody has reproduced the evaluation", [count(results)]),
		"path": "eval-result.assurance",
		"value": 0,
		"bound": 1,
		"basis": "NIST AI RMF MEASURE 2.5",
	}
}

deny contains finding if {
	some r in reproductions
	count(originals(r)) == 0
	finding := {
		"msg": sprintf("%s names %s as the result it repeats, and no result of this model in force has that id", [show.said(results[r]), show.id(object.get(results[r].predicate, "reproduces", "none"))]),
		"path": sprintf("eval-result[%d].reproduces", [r]),
		"value": object.get(results[r].predicate, "reproduces", null),
		"basis": "NIST AI RMF MEASURE 2.5",
	}
}

deny contains finding if {
	some pair in pairs
	not repeated(pair)
	finding := {
		"msg": sprintf("%s is no repetition of %s: it must be of the same category, later, by another principal, and answer the same plan (%s) on the same data", [show.said(results[pair.reproduction]), show.said(results[pair.original]), show.said(plans[pair.plan])]),
		"path": sprintf("eval-result[%d]", [pair.reproduction]),
		"value": results[pair.reproduction].principals,
		"basis": "NIST AI RMF MEASURE 2.5",
	}
}

deny contains finding if {
	some case in cases
	apart(case) > reach(case)
	finding := {
		"msg": sprintf("%s is %v in %s and %v in %s that repeats it: %s apart, and the tolerance of %s allows %s (%s)", [
			planned_of(case).name, first(case).value, show.said(results[case.original]),
			again(case).value, show.said(results[case.reproduction]),
			show.num(apart(case)), show.percent(tolerance(case)), show.num(reach(case)), whose(case),
		]),
		"path": sprintf("eval-result[%d].metrics", [case.reproduction]),
		"value": again(case).value,
		"bound": first(case).value,
		"basis": whose(case),
	}
}

whose(case) := sprintf("eval-plan %s", [show.id(plans[case.plan].id)]) if planned_of(case).tolerance

whose(case) := "parameter reproduction_tolerance" if not planned_of(case).tolerance

not_assessable contains reason if {
	count(deny) == 0
	some case in cases
	tolerance(case) > data.params.reproduction_tolerance_limit
	reason := {"msg": sprintf("%s lets a reproduction of %s be %s off; a plan may allow %s at most (parameter reproduction_tolerance_limit)", [
		show.said(plans[case.plan]), planned_of(case).name, show.percent(tolerance(case)), show.percent(data.params.reproduction_tolerance_limit),
	])}
}

not_assessable contains reason if {
	count(deny) == 0
	some case in cases
	not counted(case)
	reason := {"msg": sprintf("%s and %s do not both state %s once, with the same n", [show.said(results[case.original]), show.said(results[case.reproduction]), planned_of(case).name])}
}

counted(case) if {
	first(case).n > 0
	again(case).n == first(case).n
}

not_assessable contains reason if {
	count(deny) == 0
	some r in reproductions
	count({case | some case in cases; case.reproduction == r}) == 0
	reason := {"msg": sprintf("%s repeats a result whose plan is not in force or marks no metric as primary, so it is not known what had to come out alike", [show.said(results[r])])}
}
