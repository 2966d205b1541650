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

# wholes are the figures for the whole, by what they are of: metric, data and split.
wholes[place] contains w if {
	some r, result in results
	result.predicate.category == "performance"
	some w, whole in result.predicate.metrics
	whole.name in graded
	count(object.get(whole, "slice", {})) == 0
	place := [r, kind(whole)]
}

# cases: each slice beside the whole, on the same data and split.
cases contains {"result": r, "whole": w, "slice": s} if {
	some r, result in results
	result.predicate.category == "performance"
	some s, part in result.predicate.metrics
	count(object.get(part, "slice", {})) > 0
	some w in wholes[[r, kind(part)]]
}

kind(record) := [record.name, object.get(record, "dataset", ""), object.get(record, "split", "")]

whole_of(case) := results[case.result].predicate.metrics[case.whole]

slice_of(case) := results[case.result].predicate.metrics[case.slice]

# bound of a slice. The value for the whole is taken as it stands: it rests on more
# cases than any slice.
bound(case) := {"name": whole.name, "comparator": ">=", "threshold": whole.value * data.params.slice_performance_ratio} if {
	whole := whole_of(case)
	whole.name in direct
}

bound(case) := {"name": whole.name, "comparator": "<=", "threshold": whole.value / data.params.slice_performance_ratio} if {
	whole := whole_of(case)
	whole.name in inverse
}

small contains case if {
	some case in cases
	slice_of(case).n < data.params.fairness_min_n
}

large := cases - small

verdicts := {case: verdict |
	some case in large
	whole_of(case).n >= slice_of(case).n
	verdict := metric.verdict(slice_of(case), bound(case), count(beside[[case.result, case.whole]]))
}

# beside are the slices of a result that are judged by the metric.
beside[[case.result, case.whole]] contains case.slice if some case in large

# accepted: somebody took over what is left of the risk that this result shows.
accepted(case) if {
	some register in input.evidence["risk-assessment"]
	some risk in register.predicate.risks
	risk.source == results[case.result].id
	risk.acceptable == true
	text.meaningful(risk.accepted_by)
}

pass if {
	count(large) > 0
	every case in large {
		settled(case)
	}
}

settled(case) if verdicts[case] == "pass"

settled(case) if {
	verdicts[case] in {"fail", "straddles"}
	accepted(case)
}

words(case) := sprintf("%s, which is %s (parameter slice_performance_ratio); measured by %s", [
	metric.words(slice_of(case), bound(case)), share(case), show.said(results[case.result]),
])

share(case) := sprintf("%s of the %s of the whole", [show.percent(data.params.slice_performance_ratio), show.num(whole_of(case).value)]) if {
	whole_of(case).name in direct
}

share(case) := sprintf("the %s of the whole over %s", [show.num(whole_of(case).value), show.num(data.params.slice_performance_ratio)]) if {
	whole_of(case).name in inverse
}

members(case) := object.union(metric.members(slice_of(case), bound(case)), {
	"path": sprintf("eval-result[%d].metrics[%d]", [case.result, case.slice]),
	"basis": "parameter slice_performance_ratio",
})

deny contains object.union(members(case), {"msg": words(case)}) if {
	some case in large
	verdicts[case] == "fail"
	not accepted(case)
}

warn contains object.union(members(case), {"msg": sprintf("%s; the risk is accepted in the register", [words(case)])}) if {
	some case in large
	verdicts[case] == "fail"
	accepted(case)
}

warn contains finding if {
	some case in small
	finding := {
		"msg": sprintf("%s%s rests on %d cases, too few to judge (%s)", [slice_of(case).name, metric.sliced(slice_of(case)), slice_of(case).n, show.said(results[case.result])]),
		"path": sprintf("eval-result[%d].metrics[%d].n", [case.result, case.slice]),
		"value": slice_of(case).n,
		"bound": data.params.fairness_min_n,
		"basis": "parameter fairness_min_n",
	}
}

not_assessable contains object.union(members(case), {"msg": sprintf("%s: the interval lies on both sides of the bound", [words(case)])}) if {
	count(deny) == 0
	some case in large
	verdicts[case] == "straddles"
	not accepted(case)
}

not_assessable contains finding if {
	count(deny) == 0
	some case in large
	not verdicts[case]
	finding := {"msg": sprintf("%s%s has no 95 %% interval, or no number of cases, or more than the whole has, so it cannot be judged (%s)", [slice_of(case).name, metric.sliced(slice_of(case)), show.said(results[case.result])])}
}

not_assessable contains finding if {
	count(large) == 0
	finding := {"msg": sprintf("no performance result of this model states a metric for the whole and, on the same data, for a slice of %d cases or more", [data.params.fairness_min_n])}
}
