package assize.lib.figure_test

import data.assize.lib.figure

test_numbers_as_json_writes_them if {
	every text, want in {"0.91": 0.91, "0": 0, "-1.5": -1.5, "1e-3": 0.001, "2E+2": 200, "12": 12} {
		figure.read(text) == {"value": want}
	}
}

test_anything_else_is_unassessable if {
	every text in [
		"", "91%", "0,91", "1,000", ".9", "0.", "+1", "01", " 1", "1 ", "1\n", "NaN", "Infinity", "inf", "0x1", "1e999", "high", "0.91 (n=10)", "１",
		"0.123456789012345678901234567890123",
	] {
		read := figure.read(text)
		read.unassessable != ""
		not read.value
	}
}

test_reasons if {
	figure.read("91%").unassessable == `"91%" is a percentage; state the share as a number`
	figure.read("high").unassessable == `"high" is no number as JSON writes one`
	figure.read(null).unassessable == "no value is stated"
	figure.read("").unassessable == "no value is stated"
	figure.read(0.91).unassessable == "a figure of this format is a text, this is of type number"
}

test_performance_of_a_card if {
	card := {"quantitativeAnalysis": {"performanceMetrics": [
		{"type": "auc", "value": "0.91", "confidenceInterval": {"lowerBound": "0.9", "upperBound": "0.92"}},
		{"type": "auc", "value": "ca. 0.9", "slice": "age", "confidenceInterval": {"lowerBound": "0.9", "upperBound": "high"}},
		{"type": "f1", "confidenceInterval": {"lowerBound": "0.9", "upperBound": "0.1"}},
	]}}
	figure.performance(card) == [
		{"name": "auc", "slice": "", "value": 0.91, "interval": {"low": 0.9, "high": 0.92}},
		{"name": "auc", "slice": "age", "unassessable": `"ca. 0.9" is no number as JSON writes one`},
		{"name": "f1", "slice": "", "unassessable": "no value is stated"},
	]
	figure.performance({}) == []
}

test_entries_of_a_dictionary if {
	figure.entries([{"key": "auc", "value": "0.91"}, {"key": "f1", "value": "good"}, {}]) == [
		{"name": "auc", "value": 0.91},
		{"name": "f1", "unassessable": `"good" is no number as JSON writes one`},
		{"name": "", "unassessable": "no value is stated"},
	]
}
