# METADATA
# title: Measured values against declared bounds
# description: >-
#   The interval of a measured value, and whether the value keeps a bound: pass
#   when the whole interval is inside, fail when the value is outside, else it
#   straddles.
package assize.lib.metric

level := 0.95

# Shares of a count of cases; their interval is computed from value and n. For
# each, n of the record is the denominator.
rates := {
	"accuracy", "error_rate", "tpr", "true_positive_rate", "recall", "sensitivity", "fpr", "false_positive_rate",
	"tnr", "true_negative_rate", "specificity", "fnr", "false_negative_rate", "ppv", "positive_predictive_value",
	"precision", "npv", "negative_predictive_value", "selection_rate", "refusal_rate", "attack_success_rate",
}

# Figures between 0 and 1 that are no share of a count.
shares := rates | {
	"auc", "roc_auc", "auroc", "auprc", "average_precision", "f1", "f1_score", "balanced_accuracy", "brier_score",
	"membership_inference_auc", "mia_auc",
}

metrics := {"level": level, "rates": rates, "shares": shares}

# interval of a record: computed for a rate, else the one its producer claims,
# if it claims at least 95 % of a possible value. A value that no count gives was
# rounded, or made up: it may be either of the two shares around it.
interval(entry, comparisons) := assize.interval(entry, comparisons, metrics)

# verdict of a record of enough cases against a bound. A value outside its bound fails,
# with or without an interval.
verdict(entry, planned, comparisons) := assize.verdict(entry, planned, comparisons, metrics)

outside(value, "<=", bound) if value > bound

outside(value, "<", bound) if value >= bound

outside(value, ">=", bound) if value < bound

outside(value, ">", bound) if value <= bound

# matches: the record is of the metric, and of the slice, that was planned. "*"
# stands for every value of an attribute.
matches(entry, planned) if {
	entry.name == planned.name
	wanted := object.get(planned, "slice", {})
	given := object.get(entry, "slice", {})
	object.keys(wanted) == object.keys(given)
	{attribute | some attribute, value in wanted; not value in {"*", given[attribute]}} == set()
}

# words names a record, its interval and its bound.
words(entry, planned) := sprintf("%s%s %s, 95 %% interval [%s, %s] (%s), n = %d; bound %s %s", [
	entry.name, sliced(entry), assize.decimals(entry.value), assize.decimals(between.low), assize.decimals(between.high), between.source,
	entry.n, planned.comparator, assize.decimals(planned.threshold),
]) if {
	between := assize.interval(entry, 1, metrics)
} else := sprintf("%s%s %s, no interval, n = %v; bound %s %s", [
	entry.name, sliced(entry), assize.decimals(entry.value), object.get(entry, "n", "not given"),
	planned.comparator, assize.decimals(planned.threshold),
])

# sliced names the slice a record is of.
sliced(entry) := "" if {
	object.get(entry, "slice", {}) == {}
} else := sprintf(" (%s)", [assize.members(entry.slice)])

# members of a finding about a record.
members(entry, planned) := object.union(
	{"value": entry.value, "bound": planned.threshold, "n": object.get(entry, "n", null)},
	limits(entry),
)

limits(entry) := {"ci_low": between.low, "ci_high": between.high, "ci_level": level, "interval": between.source} if {
	between := assize.interval(entry, 1, metrics)
} else := {}
