# METADATA
# title: The new model is no worse than the old
# description: >-
#   For every primary metric of the evaluation plan, and every slice compared, the new
#   model is worse than the one before by no more than the tolerance, and the new figure
#   is one an evaluation of the new model measured.
# custom:
#   id: OPS-12
#   severity: high
#   kinds: [model]
#   actions: [release, deploy]
#   requires: [model-change, eval-plan, eval-result]
#   controls: ["iso-42001/A.6.2.6", "nist-ai-rmf/MANAGE-4.2", "nist-ai-rmf/MEASURE-4.3", "eu-ai-act/art-15-1"]
#   basis: default
#   remediation: State by a model-change from which model this one came (kind initial for the first of its system) and compare the two; where it is worse, find out why and train it again, or reject it.
package assize.ops.ops_12

import data.assize.lib.change
import data.assize.lib.metric
import data.assize.lib.show

changes := input.evidence["model-change"]

plans := input.evidence["eval-plan"]

into := change.into(changes, input.subject)

not_applicable if change.first(changes, input.subject)

# demands are the metrics of performance: the primary ones, where a plan names any.
demands contains {"plan": p, "metric": m} if {
	some p, plan in plans
	some m, planned in plan.predicate.metrics
	performance(planned)
	object.get(planned, "primary", false) in {true, names_primary(plan)}
}

performance(planned) if {
	object.get(planned, "category", "performance") == "performance"
	not planned.attribute
	planned.comparator in {">=", ">", "<=", "<"}
}

names_primary(plan) if {
	some planned in plan.predicate.metrics
	planned.primary == true
} else := false

planned_of(demand) := plans[demand.plan].predicate.metrics[demand.metric]

# cases: each comparison of a change that is about a demanded metric, in any slice.
cases contains {"change": i, "entry": k, "plan": demand.plan, "metric": demand.metric} if {
	some i in into
	some k, entry in changes[i].predicate.regression
	some demand in demands
	entry.metric == planned_of(demand).name
}

entry_of(case) := changes[case.change].predicate.regression[case.entry]

compared contains {"change": case.change, "plan": case.plan, "metric": case.metric} if {
	some case in cases
	entry := entry_of(case)
	metric.matches({"name": entry.metric, "slice": object.get(entry, "slice", {})}, planned_of(case))
}

tolerated(case) := assize.round(entry_of(case).old * (1 - data.params.regression_tolerance)) if planned_of(case).comparator in {">=", ">"}

tolerated(case) := assize.round(entry_of(case).old * (1 + data.params.regression_tolerance)) if planned_of(case).comparator in {"<=", "<"}

kept(case) if {
	planned_of(case).comparator in {">=", ">"}
	entry_of(case).new >= tolerated(case)
}

kept(case) if {
	planned_of(case).comparator in {"<=", "<"}
	entry_of(case).new <= tolerated(case)
}

measured(case) if change.measured(entry_of(case), input.evidence["eval-result"], data.params.recompute_tolerance)

enough(case) if entry_of(case).n >= max([1, object.get(planned_of(case), "min_n", 1)])

pass if {
	into != set()
	every i in into {
		is_string(changes[i].predicate.from)
		changes[i].predicate.kind != "initial"
	}
	demands != set()
	every demand in demands {
		every i in into {
			object.union(demand, {"change": i}) in compared
		}
	}
	cases != set()
	every case in cases {
		kept(case)
		measured(case)
		enough(case)
	}
}

place(case) := sprintf("model-change[%d].regression[%d]", [case.change, case.entry])

deny contains finding if {
	some case in cases
	entry := entry_of(case)
	not kept(case)
	finding := {
		"msg": sprintf("%s went from %s to %s; with a tolerance of %s the bound is %s (%s)", [
			change.named(entry), show.num(entry.old), show.num(entry.new), show.percent(data.params.regression_tolerance), show.num(tolerated(case)),
			show.said(changes[case.change]),
		]),
		"path": place(case),
		"value": entry.new,
		"bound": tolerated(case),
		"basis": "parameter regression_tolerance",
	}
}

deny contains finding if {
	some case in cases
	entry := entry_of(case)
	not measured(case)
	finding := {
		"msg": sprintf("%s says that the new model has %s %v; no evaluation of it measured that", [show.said(changes[case.change]), change.named(entry), entry.new]),
		"path": sprintf("%s.new", [place(case)]),
		"value": entry.new,
		"bound": data.params.recompute_tolerance,
		"basis": "parameter recompute_tolerance",
	}
}

deny contains finding if {
	some i in into
	some demand in demands
	not object.union(demand, {"change": i}) in compared
	finding := {
		"msg": sprintf("%s does not compare %s of both models, which %s makes a measure of performance", [show.said(changes[i]), planned_of(demand).name, show.said(plans[demand.plan])]),
		"path": sprintf("model-change[%d].regression", [i]),
		"value": 0,
		"bound": 1,
		"basis": sprintf("eval-plan %s", [plans[demand.plan].id]),
	}
}

deny contains finding if {
	changes != []
	into == set()
	finding := {
		"msg": sprintf("no change of a model leads to %s; the first model says so by a change of kind initial", [show.thing(input.subject)]),
		"path": "model-change.to",
		"value": {to | some other in changes; to := other.predicate.to},
		"bound": input.subject.ref,
		"basis": "question",
	}
}

not_assessable contains reason if {
	deny == set()
	some case in cases
	not enough(case)
	reason := {"msg": sprintf("%s compares %s on too few cases, or does not say on how many", [show.said(changes[case.change]), change.named(entry_of(case))])}
}

not_assessable contains reason if {
	deny == set()
	demands == set()
	reason := {"msg": "no evaluation plan in force names a metric of performance with a bound that has a side"}
}

not_assessable contains reason if {
	deny == set()
	some i in into
	not stepped(changes[i])
	reason := {"msg": sprintf("%s does not say from which model it led here, or calls itself initial beside another change", [show.said(changes[i])])}
}

stepped(step) if {
	is_string(step.predicate.from)
	step.predicate.kind != "initial"
}
