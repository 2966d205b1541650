# METADATA
# title: No slice falls far behind
# description: >-
#   In every result that states a performance metric for the whole and for slices,
#   each slice with enough cases reaches the given share of the value for the whole
#   (for error rates: stays within its inverse), by its interval; or what is left of
#   the risk is accepted in the register, which names the result as its source.
# custom:
#   id: FAI-06
#   severity: medium
#   kinds: [model]
#   actions: [release, deploy]
#   requires: [eval-result]
#   reads: [risk-assessment]
#   controls: ["eu-ai-act/art-15-1", "nist-ai-rmf/MEASURE-2.11"]
#   basis: default
#   remediation: >-
#     Rebalance or collect cases of the slice, restrict the use, or have the
#     residual risk accepted: a risk in the register whose source is the id of the
#     result, acceptable, with the name of who accepted it.
package assize.ethics.fai_06

import data.assize.lib.metric
import data.assize.lib.show
import data.assize.lib.text

results := input.evidence["eval-result"]

# More is better, or less is; of other metrics nobody can say which slice is worse.
direct := {
	"accuracy", "balanced_accuracy", "auc", "roc_auc", "auroc", "auprc", "average_precision", "f1", "f1_score", "tpr",
	"true_positive_rate", "recall", "sensitivity", "tnr", "true_negative_rate", "specificity", "ppv",
	"positive_predictive_value", "precision", "npv", "negative_predictive_value",
}

inverse := {"error_rate", "fpr", "false_positive_rate", "fnr", "false_negative_rate", "brier_score"}

graded := direct | inverse

# figures are the metrics of performance results: where each stands, what it is of
# (metric, data and split), and how many attributes of a slice it has.
figures := [{"at": m, "attributes": count(object.get(record, "slice", {})), "of": [r, object.union({"dataset": "", "split": ""}, object.filter(record, {"name", "dataset", "split"}))], "record": record} |
	some r, result in results
	result.predicate.category == "performance"
	some m, record in result.predicate.metrics
]

# slices are the figures for slices, by what they are of.
slices[of][s] := record if {
	some {"at": s, "attributes": attributes, "of": of, "record": record} in figures
	attributes > 0
}

# groups: each figure for the whole with the slices of it, on the same data and split.
groups := [{"result": of[0], "whole": whole, "small": small, "large": object.remove(beside, small)} |
	some {"at": _, "attributes": 0, "of": of, "record": whole} in figures
	graded[of[1].name]
	beside := slices[of]
	least := data.params.fairness_min_n
	small := {s | some s, record in beside; record.n < least}
]

# large are the slices of enough cases, which are judged together.
large := [case | some group in groups; some case in together(group.result, group.whole, group.large)]

together(r, whole, beside) := [{"result": r, "at": s, "slice": record, "whole": whole, "verdict": verdict} |
	comparisons := count(beside)
	some s, record in beside
	verdict := judged(record, whole, comparisons)
]

judged(record, whole, comparisons) := metric.verdict(record, bound(whole), comparisons) if {
	whole.n >= record.n
} else := "untold"

# bound of a slice. The value for the whole is taken as it stands: it rests on more
# cases than any slice.
bound(whole) := {"name": whole.name, "comparator": ">=", "threshold": whole.value * data.params.slice_performance_ratio} if {
	whole.name in direct
}

bound(whole) := {"name": whole.name, "comparator": "<=", "threshold": whole.value / data.params.slice_performance_ratio} if {
	whole.name in inverse
}

# sources of what is left of a risk that somebody took over, such as a result.
sources := {risk.source |
	some register in input.evidence["risk-assessment"]
	some risk in register.predicate.risks
	risk.acceptable == true
	text.meaningful(risk.accepted_by)
}

accepted(case) if results[case.result].id in sources

outside := [case | some case in large; case.verdict == "fail"]

pass if {
	count(large) > 0
	every case in large {
		settled(case)
	}
}

settled(case) if case.verdict == "pass"

settled(case) if {
	case.verdict in {"fail", "straddles"}
	accepted(case)
}

words(case) := sprintf("%s, which is %s (parameter slice_performance_ratio); measured by %s", [
	metric.words(case.slice, bound(case.whole)), share(case.whole), show.said(results[case.result]),
])

share(whole) := sprintf("%s of the %s of the whole", [show.percent(data.params.slice_performance_ratio), show.num(whole.value)]) if {
	whole.name in direct
}

share(whole) := sprintf("the %s of the whole over %s", [show.num(whole.value), show.num(data.params.slice_performance_ratio)]) if {
	whole.name in inverse
}

members(case) := object.union(metric.members(case.slice, bound(case.whole)), {
	"path": sprintf("eval-result[%d].metrics[%d]", [case.result, case.at]),
	"basis": "parameter slice_performance_ratio",
})

deny contains object.union(members(case), {"msg": words(case)}) if {
	some case in outside
	not accepted(case)
}

warn contains object.union(members(case), {"msg": sprintf("%s; the risk is accepted in the register", [words(case)])}) if {
	some case in outside
	accepted(case)
}

warn contains finding if {
	some group in groups
	some s in group.small
	record := results[group.result].predicate.metrics[s]
	finding := {
		"msg": sprintf("%s%s rests on %d cases, too few to judge (%s)", [record.name, metric.sliced(record), record.n, show.said(results[group.result])]),
		"path": sprintf("eval-result[%d].metrics[%d].n", [group.result, s]),
		"value": record.n,
		"bound": data.params.fairness_min_n,
		"basis": "parameter fairness_min_n",
	}
}

not_assessable contains object.union(members(case), {"msg": sprintf("%s: the interval lies on both sides of the bound", [words(case)])}) if {
	count(deny) == 0
	some case in large
	case.verdict == "straddles"
	not accepted(case)
}

not_assessable contains finding if {
	count(deny) == 0
	some case in large
	case.verdict == "untold"
	finding := {"msg": sprintf("%s%s has no 95 %% interval, or no number of cases, or more than the whole has, so it cannot be judged (%s)", [case.slice.name, metric.sliced(case.slice), show.said(results[case.result])])}
}

not_assessable contains finding if {
	count(large) == 0
	finding := {"msg": sprintf("no performance result of this model states a metric for the whole and, on the same data, for a slice of %d cases or more", [data.params.fairness_min_n])}
}
