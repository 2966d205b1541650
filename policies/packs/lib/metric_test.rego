package assize.lib.metric_test

import data.assize.lib.metric

floor := {"name": "auc", "comparator": ">=", "threshold": 0.7, "min_n": 100}

ceiling := {"name": "error_rate", "comparator": "<=", "threshold": 0.3}

test_outside_fails_without_an_interval if {
	metric.verdict({"name": "auc", "value": 0.6, "n": 300}, floor, 1) == "fail"
	metric.verdict({"name": "auc", "value": 0.6, "n": 300}, object.union(floor, {"comparator": ">"}), 1) == "fail"
	metric.verdict({"name": "brier", "value": 0.4, "n": 300}, object.union(ceiling, {"name": "brier"}), 1) == "fail"
	metric.verdict({"name": "brier", "value": 0.3, "n": 300}, object.union(ceiling, {"name": "brier", "comparator": "<"}), 1) == "fail"
}

test_inside_without_an_interval_is_not_told if {
	not metric.verdict({"name": "auc", "value": 0.8, "n": 300}, floor, 1)
}

test_claim_at_a_lower_level_is_no_interval if {
	not metric.interval({"name": "auc", "value": 0.8, "ci_low": 0.75, "ci_high": 0.85, "ci_level": 0.9}, 1)
}

test_claim_around_another_value_is_no_interval if {
	not metric.interval({"name": "auc", "value": 0.9, "ci_low": 0.75, "ci_high": 0.85, "ci_level": 0.95}, 1)
}

test_too_few_cases_fail_nothing if {
	not metric.verdict({"name": "auc", "value": 0.6, "n": 50}, floor, 1)
}

# A rate is computed from value and n whatever interval is claimed beside it.
test_rate_is_computed if {
	between := metric.interval({"name": "accuracy", "value": 0.75, "n": 300, "ci_low": 0.7499, "ci_high": 0.7501, "ci_level": 0.95}, 1)
	between.source == "computed"
	between.low < 0.7
}

# A value that no count of n gives lies between two shares, or is no rate of n.
test_share_of_no_count if {
	between := metric.interval({"name": "accuracy", "value": 0.7512, "n": 100}, 1)
	between.point == 0.7512
	between.low == assize.wilson(75, 100, metric.level, 1).low
	between.high == assize.wilson(76, 100, metric.level, 1).high
	not metric.interval({"name": "accuracy", "value": 74.3, "n": 100}, 1)
}

# More slices, wider intervals.
test_correction if {
	record := {"name": "error_rate", "value": 0.25, "n": 400}
	metric.verdict(record, ceiling, 1) == "pass"
	metric.verdict(record, ceiling, 10) == "straddles"
}

test_slices if {
	wanted := {"name": "accuracy", "slice": {"sex": "*", "age": "under_25"}}
	metric.matches({"name": "accuracy", "slice": {"sex": "male", "age": "under_25"}}, wanted)
	not metric.matches({"name": "accuracy", "slice": {"sex": "male", "age": "25_39"}}, wanted)
	not metric.matches({"name": "accuracy", "slice": {"sex": "male"}}, wanted)
	not metric.matches({"name": "accuracy"}, wanted)
	not metric.matches({"name": "accuracy", "slice": {"sex": "male"}}, {"name": "accuracy"})
	metric.matches({"name": "accuracy"}, {"name": "accuracy"})
}

test_words_without_an_interval if {
	metric.words({"name": "auc", "value": 0.6}, floor) == "auc 0.6, no interval, n = not given; bound >= 0.7"
}

# What its producer claims around a made-up rate is not believed.
test_rate_of_no_count_is_computed_around_it if {
	between := metric.interval({"name": "accuracy", "value": 0.9003, "n": 10, "ci_low": 0.9002, "ci_high": 0.9004, "ci_level": 0.95}, 1)
	between.source == "computed"
	between.low < 0.6
	between.high > 0.98
}

test_impossible_value_has_no_interval if {
	every value in [74.3, -0.1, 1e300] {
		not metric.interval({"name": "accuracy", "value": value, "n": 100, "ci_low": value, "ci_high": value, "ci_level": 0.95}, 1)
		not metric.interval({"name": "auc", "value": value, "n": 100, "ci_low": value, "ci_high": value, "ci_level": 0.95}, 1)
	}
	metric.verdict({"name": "auc", "value": -0.1, "n": 300}, floor, 1) == "fail"
}

test_no_case_passes_nothing if {
	nobody := {"name": "auc", "value": 0.9, "n": 0, "ci_low": 0.89, "ci_high": 0.91, "ci_level": 0.95}
	not metric.verdict(nobody, object.union(floor, {"min_n": 0}), 1)
}

test_outside if {
	every comparator, values in {"<=": [0.3, 0.4], "<": [0.2, 0.3], ">=": [0.3, 0.2], ">": [0.4, 0.3]} {
		not metric.outside(values[0], comparator, 0.3)
		metric.outside(values[1], comparator, 0.3)
	}
}
