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

# cases: each primary metric of the plan that the original answers.
cases contains {"reproduction": r, "original": o, "plan": p, "metric": m} if {
	some r in reproductions
	some o in originals(r)
	some p, declared in plans
	declared.id == results[o].predicate.plan
	some m, planned in declared.predicate.metrics
	planned.primary == true
	object.get(planned, "category", "performance") == results[o].predicate.category
}

planned_of(case) := plans[case.plan].predicate.metrics[case.metric]

# record of a result that answers the metric; two answer nothing.
record(case, i) := found[0] if {
	found := [candidate |
		some candidate in results[i].predicate.metrics
		metric.matches(candidate, planned_of(case))
		under_plan.as_planned(plans[case.plan], planned_of(case), results[i], candidate)
	]
	count(found) == 1
}

tolerance(case) := object.get(planned_of(case), "tolerance", data.params.reproduction_tolerance)

apart(case) := abs(record(case, case.reproduction).value - record(case, case.original).value)

reach(case) := tolerance(case) * abs(record(case, case.original).value)

# alike: on as many cases, within the tolerance.
alike(case) if {
	record(case, case.original).n > 0
	record(case, case.reproduction).n == record(case, case.original).n
	tolerance(case) <= data.params.reproduction_tolerance_limit
	apart(case) <= reach(case)
}

# repeated: by somebody else, later, under the same plan.
repeated(case) if {
	count(shared(case)) == 0
	count(results[case.reproduction].principals) > 0
	results[case.reproduction].predicate.category == results[case.original].predicate.category
	results[case.original].index < results[case.reproduction].index
	under_plan.under(plans[case.plan], results[case.original])
	under_plan.under(plans[case.plan], results[case.reproduction])
}

shared(case) := {principal |
	some principal in results[case.reproduction].principals
	principal in results[case.original].principals
}

pass if {
	count(reproductions) > 0
	every r in reproductions {
		count({case | some case in cases; case.reproduction == r}) > 0
	}
	count(cases) > 0
	every case in cases {
		repeated(case)
		alike(case)
	}
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
	some case in cases
	not repeated(case)
	finding := {
		"msg": sprintf("%s is no repetition of %s: it must be of the same category, later, by another principal, and answer the same plan (%s) on the same data", [show.said(results[case.reproduction]), show.said(results[case.original]), show.said(plans[case.plan])]),
		"path": sprintf("eval-result[%d]", [case.reproduction]),
		"value": results[case.reproduction].principals,
		"basis": "NIST AI RMF MEASURE 2.5",
	}
}

deny contains finding if {
	some case in cases
	apart(case) > reach(case)
	finding := {
		"msg": sprintf("%s is %v in %s and %v in %s that repeats it: %s apart, and the tolerance of %s allows %s (%s)", [
			planned_of(case).name, record(case, case.original).value, show.said(results[case.original]),
			record(case, case.reproduction).value, show.said(results[case.reproduction]),
			show.num(apart(case)), show.percent(tolerance(case)), show.num(reach(case)), whose(case),
		]),
		"path": sprintf("eval-result[%d].metrics", [case.reproduction]),
		"value": record(case, case.reproduction).value,
		"bound": record(case, case.original).value,
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
	record(case, case.original).n > 0
	record(case, case.reproduction).n == record(case, case.original).n
}

not_assessable contains reason if {
	count(deny) == 0
	some r in reproductions
	count({case | some case in cases; case.reproduction == r}) == 0
	reason := {"msg": sprintf("%s repeats a result whose plan is not in force or marks no metric as primary, so it is not known what had to come out alike", [show.said(results[r])])}
}
