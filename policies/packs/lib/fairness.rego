# METADATA
# title: Gaps between groups
# description: >-
#   Recomputes a fairness metric from the counts of the groups of one attribute.
#   Groups whose denominator is too small are left out and named.
package assize.lib.fairness

import data.assize.lib.metric

# The rate each metric compares. Names as in Fairlearn.
differences := {
	"demographic_parity_difference": "selection_rate",
	"equal_opportunity_difference": "true_positive_rate",
	"false_positive_rate_difference": "false_positive_rate",
	"predictive_parity_difference": "positive_predictive_value",
}

ratios := {
	"demographic_parity_ratio": "selection_rate",
	"equal_opportunity_ratio": "true_positive_rate",
}

# known: the metric can be computed, and its bound is on the right side.
known(planned) if {
	planned.name in (object.keys(differences) | {"equalized_odds_difference"})
	planned.comparator in {"<=", "<"}
}

known(planned) if {
	planned.name in object.keys(ratios)
	planned.comparator in {">=", ">"}
}

# counts_of are the groups of the attribute alone; a combination of attributes is
# no group of one of them.
# A group without counts has none that can be read.
counts_of(assessment, attribute) := assize.counts_by(assessment.predicate, attribute)

# rates_of are the rates a metric compares.
rates_of(name) := {differences[name]}

rates_of(name) := {ratios[name]}

rates_of("equalized_odds_difference") := {"true_positive_rate", "false_positive_rate"}

# sizes: which groups a metric can compare. unread are groups without their size or the
# counts a rate needs, small those too few for one of the rates, with their denominator,
# pairs the number of comparisons between the others, of which each rate has least.
sizes(groups, name, min_n) := assize.group_sizes(groups, rates_of(name), min_n)

small(groups, name, min_n) := sizes(groups, name, min_n).small

# comparable: at least two groups are large enough for each rate.
comparable(groups, name, min_n) if enough(sizes(groups, name, min_n))

enough(sized) if {
	sized.unread == set()
	sized.least > 1
}

pairs(groups, name, min_n) := sizes(groups, name, min_n).pairs

# gap is the metric with its plain 95 % interval; reach is how far the intervals
# of all pairs go, corrected for the number of comparisons that must hold
# together. A bound is kept when the reach keeps it.
gap(groups, name, min_n, comparisons) := {
	"point": plain.difference, "low": min([plain.low, plain.difference]), "high": plain.high, "reach": corrected.reach,
	"higher": plain.higher, "lower": plain.lower,
} if {
	plain := difference(groups, name, {"min_n": min_n, "level": metric.level, "comparisons": 1})
	corrected := difference(groups, name, {"min_n": min_n, "level": metric.level, "comparisons": comparisons})
}

gap(groups, name, min_n, comparisons) := object.union(plain, {"reach": corrected.reach}) if {
	plain := ratio(groups, name, {"min_n": min_n, "level": metric.level, "comparisons": 1})
	corrected := ratio(groups, name, {"min_n": min_n, "level": metric.level, "comparisons": comparisons})
}

difference(groups, name, precision) := assize.max_difference(groups, differences[name], precision)

difference(groups, "equalized_odds_difference", precision) := assize.equalized_odds_difference(groups, precision)

# The ratio of the least to the greatest rate. Its lower limit divides the lower
# limit of each rate by the upper limits of the others, which all hold together
# when each is corrected.
ratio(groups, name, precision) := {
	"point": lowest.rate / highest.rate, "low": low, "high": min([1, lowest.high / highest.low]), "reach": low,
	"higher": highest, "lower": lowest,
} if {
	found := assize.rates(groups, ratios[name], precision).rates
	least := min({rate.rate | some rate in found})
	most := max({rate.rate | some rate in found})
	most > 0
	lowest := [rate | some rate in found; rate.rate == least][0]
	highest := [rate | some rate in found; rate.rate == most; rate.group != lowest.group][0]
	low := min({quotient |
		some one in found
		some other in found
		one.group != other.group
		quotient := one.low / other.high
	})
}

# verdict of a gap against the plan's bound.
verdict({"point": point, "low": low, "high": _, "reach": reach, "higher": _, "lower": _}, planned) := assize.judge(point, low, reach, planned.threshold, planned.comparator) if {
	planned.comparator in {"<=", "<"}
}

verdict({"point": point, "low": _, "high": high, "reach": reach, "higher": _, "lower": _}, planned) := assize.judge(point, reach, max([point, high]), planned.threshold, planned.comparator) if {
	planned.comparator in {">=", ">"}
}
