# METADATA
# title: Test data are not training data
# description: >-
#   The share of test records that also occur in the training split stays within
#   the bound. A count over the whole file is exact and carries no interval.
# custom:
#   id: DAT-02
#   severity: high
#   kinds: [dataset]
#   actions: [train, release, deploy]
#   requires: [data-quality]
#   controls: ["eu-ai-act/art-10-3"]
#   basis: default
#   remediation: Remove the repeated records from one of the splits, train and evaluate again.
package assize.core.dat_02

import data.assize.lib.about
import data.assize.lib.show

reports := assize.concerning(input.evidence["data-quality"], "dataset", input.subject)

pass if {
	rates != []
	every rate in rates {
		rate >= 0
		rate <= data.params.train_test_overlap_max
	}
	understated == set()
}

rates := [rate |
	rate := reports.those[_].predicate.train_test_overlap_rate
	is_number(rate)
]

# understated are reports whose count of repeated records is more than their rate
# allows, however many of the records are test records.
understated contains i if {
	some i
	stated := input.evidence["data-quality"][i].predicate
	stated.train_test_overlap_rows > object.get(stated, "train_test_overlap_rate", 0) * stated.rows
}

deny contains finding if {
	some i
	rate := input.evidence["data-quality"][i].predicate.train_test_overlap_rate
	rate > data.params.train_test_overlap_max
	report := input.evidence["data-quality"][i]
	finding := {
		"msg": sprintf("%s of the test records also occur in the training split; at most %s may (%s)", [show.percent(rate), show.percent(data.params.train_test_overlap_max), show.said(report)]),
		"path": sprintf("data-quality[%d].train_test_overlap_rate", [i]),
		"value": rate,
		"bound": data.params.train_test_overlap_max,
		"basis": "parameter train_test_overlap_max",
	}
}

deny contains finding if {
	some i
	input.evidence["data-quality"][i].predicate.train_test_overlap_rows > 0
	report := input.evidence["data-quality"][i]
	object.get(report.predicate, "train_test_overlap_rate", 0) == 0
	finding := {
		"msg": sprintf("%s counts %d repeated records and states no rate above 0", [show.said(report), report.predicate.train_test_overlap_rows]),
		"path": sprintf("data-quality[%d].train_test_overlap_rate", [i]),
		"value": 0,
		"bound": report.predicate.train_test_overlap_rows,
		"basis": sprintf("data-quality %s", [report.id]),
	}
}

deny contains finding if {
	some i in understated
	report := input.evidence["data-quality"][i]
	finding := {
		"msg": sprintf("%s counts %d repeated records among %d and states the rate %v, which is too low for any number of test records", [
			show.said(report), report.predicate.train_test_overlap_rows, report.predicate.rows,
			object.get(report.predicate, "train_test_overlap_rate", "not at all"),
		]),
		"path": sprintf("data-quality[%d].train_test_overlap_rate", [i]),
		"value": object.get(report.predicate, "train_test_overlap_rate", null),
		"bound": report.predicate.train_test_overlap_rows / report.predicate.rows,
		"basis": sprintf("data-quality %s", [report.id]),
	}
}

# A report may name several subjects and have examined one of them.
not_assessable contains about.examined(report, input.subject) if {
	some report in reports.others
	deny == set()
}

not_assessable contains reason if {
	rates == []
	reason := {"msg": "no data quality report states train_test_overlap_rate"}
}
