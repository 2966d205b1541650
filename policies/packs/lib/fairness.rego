# METADATA
# title: Gaps between groups
# description: >-
#   Recomputes a fairness metric from the counts of the groups of one attribute.
#   Groups whose denominator is too small are left out and named.
package assize.lib.fairness

import data.assize.lib.metric

# The rates each metric compares. Names as in Fairlearn.
differences := {
	"demographic_parity_difference": {"selection_rate"},
	"equal_opportunity_difference": {"true_positive_rate"},
	"equalized_odds_difference": {"true_positive_rate", "false_positive_rate"},
	"false_positive_rate_difference": {"false_positive_rate"},
	"predictive_parity_difference": {"positive_predictive_value"},
}

ratios := {
	"demographic_parity_ratio": {"selection_rate"},
	"equal_opportunity_ratio": {"true_positive_rate"},
}

rates := object.union(differences, ratios)

# compared are the rates of a known metric.
compared(name, comparator) := differences[name] if comparator in {"<=", "<"}

compared(name, comparator) := ratios[name] if comparator in {">=", ">"}

# known: the metric can be computed, and its bound is on the right side.
known(planned) if compared(planned.name, planned.comparator)

# counts_of are the groups of the attribute alone; a combination of attributes is
# no group of one of them.
# A group without counts has none that can be read.
counts_of(assessment, attribute) := assize.counts_by(assessment.predicate, attribute)

# sizes: which groups a metric can compare. unread are groups without their size or the
# counts a rate needs, small those too few for one of the rates, with their denominator,
# pairs the number of comparisons between the others, of which each rate has least.
sizes(groups, name, min_n) := assize.group_sizes(groups, rates[name], min_n)

# comparable: at least two groups are large enough for each rate.
comparable(groups, name, min_n) if compared_pairs(sizes(groups, name, min_n)) > 0

pairs(groups, name, min_n) := sizes(groups, name, min_n).pairs

# compared_pairs is the number of comparisons, none where groups are not comparable.
compared_pairs(sized) := sized.pairs if {
	sized.unread == set()
	sized.least > 1
} else := 0

# gap is the metric with its plain 95 % interval; reach is how far the intervals
# of all pairs go, corrected for the number of comparisons that must hold
# together. A bound is kept when the reach keeps it.
gap(groups, name, min_n, comparisons) := assize.gap(groups, differences[name], {"min_n": min_n, "level": metric.level, "comparisons": comparisons}) if {
	differences[name]
} else := object.union(plain, {"reach": corrected.reach}) if {
	plain := ratio(groups, name, {"min_n": min_n, "level": metric.level, "comparisons": 1})
	corrected := ratio(groups, name, {"min_n": min_n, "level": metric.level, "comparisons": comparisons})
}

# The ratio of the least to the greatest rate. Its lower limit divides the lower
# limit of each rate by the upper limits of the others, which all hold together
# when each is corrected.
ratio(groups, name, precision) := {
	"point": lowest.rate / highest.rate, "low": low, "high": min([1, lowest.high / highest.low]), "reach": low,
	"higher": highest, "lower": lowest,
} if {
	some rate in ratios[name]
	found := assize.rates(groups, rate, precision).rates
	least := min({one.rate | some one in found})
	most := max({one.rate | some one in found})
	most > 0
	lowest := [one | some one in found; one.rate == least][0]
	highest := [one | some one in found; one.rate == most; one.group != lowest.group][0]
	low := min({quotient |
		some one in found
		some other in found
		one.group != other.group
		quotient := one.low / other.high
	})
}

# verdict of a gap against the plan's bound.
verdict({"point": point, "low": low, "high": _, "reach": reach, "higher": _, "lower": _}, planned) := assize.judge(point, low, reach, planned.threshold, comparator) if {
	comparator := planned.comparator
	comparator in {"<=", "<"}
}

verdict({"point": point, "low": _, "high": high, "reach": reach, "higher": _, "lower": _}, planned) := assize.judge(point, reach, max([point, high]), planned.threshold, comparator) if {
	comparator := planned.comparator
	comparator in {">=", ">"}
}
