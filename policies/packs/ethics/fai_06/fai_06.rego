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

# groups are the figures for the whole of performance results, each with the slices of
# it on the same data and split: small are of too few cases, large of enough.
groups := [{"result": r, "whole": whole, "small": small, "large": object.remove(beside, small)} |
	least := data.params.fairness_min_n
	some r, result in results
	result.predicate.category == "performance"
	some {"whole": whole, "slices": beside} in assize.slices(result.predicate.metrics, graded)
	small := assize.where(beside, ["n"], "<", least)
]

# judged are the large slices of a figure, which are judged together. A slice of more
# cases than the whole is none of it.
judged := [{"result": r, "whole": whole, "bound": limit, "slices": slices, "verdicts": verdicts} |
	some {"result": r, "whole": whole, "small": _, "large": slices} in groups
	slices != {}
	limit := bound(whole)
	verdicts := assize.verdicts(assize.where(slices, ["n"], "<=", object.get(whole, "n", null)), limit, count(slices), metric.metrics)
]

# bound of a slice. The value for the whole is taken as it stands: it rests on more
# cases than any slice.
bound(whole) := {"name": whole.name, "comparator": ">=", "threshold": whole.value * data.params.slice_performance_ratio} if {
	whole.name in direct
} else := {"name": whole.name, "comparator": "<=", "threshold": whole.value / data.params.slice_performance_ratio} if {
	whole.name in inverse
} else := {}

cases(verdict) := [{"result": results[r], "path": sprintf("eval-result[%d].metrics[%d]", [r, s]), "slice": slices[s], "whole": whole, "bound": limit} |
	some {"result": r, "whole": whole, "bound": limit, "slices": slices, "verdicts": verdicts} in judged
	some s, _ in assize.where(verdicts, [], "==", verdict)
]

outside := cases("fail")

# sources of what is left of a risk that somebody took over, such as a result.
sources := {risk.source |
	some register in input.evidence["risk-assessment"]
	some risk in register.predicate.risks
	risk.acceptable == true
	text.meaningful(risk.accepted_by)
}

accepted(result) if result.id in sources

pass if {
	judged != []
	every one in judged {
		count(one.verdicts) == count(one.slices)
		settled(one)
	}
}

settled(one) if {verdict | some verdict in one.verdicts} == {"pass"}

settled(one) if accepted(results[one.result])

words(case) := sprintf("%s, which is %s (parameter slice_performance_ratio); measured by %s", [
	metric.words(case.slice, case.bound), share(case.whole), assize.said(case.result),
])

share(whole) := sprintf("%s of the %s of the whole", [show.percent(data.params.slice_performance_ratio), assize.decimals(whole.value)]) if {
	whole.name in direct
}

share(whole) := sprintf("the %s of the whole over %s", [assize.decimals(whole.value), assize.decimals(data.params.slice_performance_ratio)]) if {
	whole.name in inverse
}

finding_of(case, msg) := object.union(metric.members(case.slice, case.bound), {
	"msg": msg,
	"path": case.path,
	"basis": "parameter slice_performance_ratio",
})

deny contains finding_of(case, words(case)) if {
	some case in outside
	not accepted(case.result)
}

warn contains finding_of(case, sprintf("%s; the risk is accepted in the register", [words(case)])) if {
	some case in outside
	accepted(case.result)
}

warn contains {
	"msg": sprintf("%s (%s) rests on %d cases, too few to judge (%s)", [record.name, assize.members(record.slice), n, assize.said(results[r])]),
	"path": sprintf("eval-result[%d].metrics[%d].n", [r, s]),
	"value": n,
	"bound": data.params.fairness_min_n,
	"basis": "parameter fairness_min_n",
} if {
	some {"result": r, "whole": _, "small": small, "large": _} in groups
	some s, record in small
	n := record.n
}

not_assessable contains finding_of(case, sprintf("%s: the interval lies on both sides of the bound", [words(case)])) if {
	deny == set()
	some case in cases("straddles")
	not accepted(case.result)
}

not_assessable contains {"msg": msg} if {
	deny == set()
	some {"result": r, "whole": _, "bound": _, "slices": slices, "verdicts": verdicts} in judged
	some record in object.remove(slices, verdicts)
	msg := sprintf("%s%s has no 95 %% interval, or no number of cases, or more than the whole has, so it cannot be judged (%s)", [record.name, metric.sliced(record), assize.said(results[r])])
}

not_assessable contains {"msg": msg} if {
	judged == []
	msg := sprintf("no performance result of this model states a metric for the whole and, on the same data, for a slice of %d cases or more", [data.params.fairness_min_n])
}
