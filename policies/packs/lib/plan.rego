# METADATA
# title: Results under a plan
# description: Whether a result answers a plan that was there before it.
package assize.lib.plan

import data.assize.lib.show

# answers are the results that name one of the plans, each with its plan and its
# place among the results.
answers(plans, results) := [{"plan": plan, "result": result, "at": i} |
	some i, result in results
	some plan in plans
	result.predicate.plan == plan.id
]

# before: the plan was in the ledger before the result was, and before the test
# ran by the result's own word.
before(plan, result) if {
	plan.index < result.index
	not assize.before(result.proven, plan.proven)
	not ran_before(plan, result)
}

# logged_before: the plan's place in the ledger and its proven time lie before the
# result's. Entries of one batch may share a time, never an index.
logged_before(plan, result) if {
	plan.index < result.index
	not assize.before(result.proven, plan.proven)
}

# ran_before: the result says that the test was over when there was no plan yet.
ran_before(plan, result) if assize.before(result.predicate.executed_at, plan.proven)

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

# under: the result answers this plan.
under(plan, result) if {
	result.predicate.plan == plan.id
	before(plan, result)
	same_data(plan, result)
}
