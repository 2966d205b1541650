# METADATA
# title: Results under a plan
# description: Whether a result answers a plan that was there before it.
package assize.lib.plan

import data.assize.lib.show

# same_data: measured on the data the plan names, on the split it names.
same_data(plan, result) if {
	plan.predicate.dataset == result.predicate.dataset
	object.get(plan, ["predicate", "split"], "") == object.get(result, ["predicate", "split"], "")
}

split(item) := object.get(item, ["predicate", "split"], "")

# as_planned: the record of a result, which may name data of its own, is of the
# data and the split the plan names for the metric.
as_planned(plan, planned, result, record) if {
	object.get(record, "dataset", result.predicate.dataset) == plan.predicate.dataset
	object.get(record, "split", split(result)) == object.get(planned, "split", split(plan))
}

# stricter are the bounds other plans in force set for the same metric on the same
# data and that the planned one is laxer than. A plan made to be met stands beside
# the one it was to replace; until one supersedes the other nobody can say which
# is to be kept.
stricter(plans, plan, planned) := {words |
	some other in plans
	other.id != plan.id
	same_data(plan, other)
	some bound in other.predicate.metrics
	same_metric(bound, planned)
	tighter(bound, planned)
	words := sprintf("%s %s %v, set by %s", [bound.name, bound.comparator, bound.threshold, show.said(other)])
}

same_metric(a, b) if identity(a) == identity(b)

identity(planned) := [
	planned.name,
	object.get(planned, "category", "performance"),
	object.get(planned, "attribute", ""),
	object.get(planned, "slice", {}),
	object.get(planned, "split", ""),
]

tighter(a, b) if {
	a.comparator in {">=", ">"}
	b.comparator in {">=", ">"}
	a.threshold > b.threshold
}

tighter(a, b) if {
	a.comparator in {"<=", "<"}
	b.comparator in {"<=", "<"}
	a.threshold < b.threshold
}

# under: the result answers this plan, was made after it and on its data.
under(plan, result) if assize.answers([plan], [result]).answers[0].amiss == set()
