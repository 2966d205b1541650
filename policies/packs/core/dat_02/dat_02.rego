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
	measured != []
	every report in measured {
		report.predicate.train_test_overlap_rate >= 0
		report.predicate.train_test_overlap_rate <= data.params.train_test_overlap_max
	}
	understated == set()
}

measured := [report |
	some report in reports.those
	is_number(report.predicate.train_test_overlap_rate)
]

# understated are reports whose count of repeated records is more than their rate
# allows, however many of the records are test records.
understated contains i if {
	some i, report in input.evidence["data-quality"]
	report.predicate.train_test_overlap_rows > object.get(report.predicate, "train_test_overlap_rate", 0) * report.predicate.rows
}

deny contains finding if {
	some i, report in input.evidence["data-quality"]
	rate := report.predicate.train_test_overlap_rate
	rate > data.params.train_test_overlap_max
	finding := {
		"msg": sprintf("%s of the test records also occur in the training split; at most %s may (%s)", [show.percent(rate), show.percent(data.params.train_test_overlap_max), show.said(report)]),
		"path": sprintf("data-quality[%d].train_test_overlap_rate", [i]),
		"value": rate,
		"bound": data.params.train_test_overlap_max,
		"basis": "parameter train_test_overlap_max",
	}
}

deny contains finding if {
	some i, report in input.evidence["data-quality"]
	report.predicate.train_test_overlap_rows > 0
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
	deny == set()
	some report in reports.others
}

not_assessable contains reason if {
	measured == []
	reason := {"msg": "no data quality report states train_test_overlap_rate"}
}
