# METADATA
# title: Data are complete
# description: >-
#   The share of cells without a value, computed from the counts of each report,
#   stays within the bound. A count over the whole file is exact and carries no
#   interval; one over fewer records than the datasheet has says nothing of the rest.
# custom:
#   id: DQ-04
#   severity: medium
#   kinds: [dataset]
#   actions: [train, release, deploy]
#   requires: [data-quality]
#   reads: [dataset-card]
#   controls: ["eu-ai-act/art-10-3", "iso-42001/A.7.4"]
#   basis: default
#   remediation: >-
#     Collect the missing values again, leave out columns that are mostly empty, or
#     impute and say so in the datasheet; then count again. A system whose data
#     must have gaps sets its own missing_rate_max in the evaluation plan.
package assize.data.dq_04

import data.assize.lib.about
import data.assize.lib.show

# speaking are the reports that say something about missing values.
speaking contains i if {
	some i, report in input.evidence["data-quality"]
	about.concerns(report, "dataset", input.subject)
	some member in ["missing_cells", "missing_rate"]
	is_number(object.get(report.predicate, member, null))
}

report_of(i) := input.evidence["data-quality"][i]

rate(i) := counts.missing_cells / (counts.rows * counts.columns) if {
	counts := report_of(i).predicate
	counts.missing_cells >= 0
	counts.rows > 0
	counts.columns > 0
}

pass if {
	count(speaking) > 0
	every i in speaking {
		rate(i) <= data.params.missing_rate_max
	}
	count(misstated) == 0
	count(partial) == 0
}

# partial are reports of fewer records than a datasheet says there are.
partial contains {"report": i, "records": card.predicate.record_count} if {
	some i in speaking
	some card in about.those(input.evidence["dataset-card"], "digest", input.subject)
	report_of(i).predicate.rows < card.predicate.record_count
}

# misstated are reports whose rate is not that of their counts.
misstated contains i if {
	some i in speaking
	abs(report_of(i).predicate.missing_rate - rate(i)) > data.params.recompute_tolerance
}

deny contains finding if {
	some i in speaking
	rate(i) > data.params.missing_rate_max
	counts := report_of(i).predicate
	finding := {
		"msg": sprintf("%d of %d x %d cells have no value, %s; at most %s may be missing (%s)", [
			counts.missing_cells, counts.rows, counts.columns, show.percent(rate(i)),
			show.percent(data.params.missing_rate_max), show.said(report_of(i)),
		]),
		"path": sprintf("data-quality[%d].missing_cells", [i]),
		"value": rate(i),
		"bound": data.params.missing_rate_max,
		"basis": "parameter missing_rate_max",
	}
}

deny contains finding if {
	some i in misstated
	finding := {
		"msg": sprintf("%s claims missing_rate %v; its counts give %v", [show.said(report_of(i)), report_of(i).predicate.missing_rate, rate(i)]),
		"path": sprintf("data-quality[%d].missing_rate", [i]),
		"value": report_of(i).predicate.missing_rate,
		"bound": rate(i),
		"basis": "parameter recompute_tolerance",
	}
}

not_assessable contains reason if {
	count(deny) == 0
	some reason in about.others(input.evidence["data-quality"], "dataset", input.subject)
}

not_assessable contains reason if {
	count(deny) == 0
	some one in partial
	reason := {"msg": sprintf("%s examined %d records of %d; what is missing in the others is not known", [show.said(report_of(one.report)), report_of(one.report).predicate.rows, one.records])}
}

not_assessable contains reason if {
	count(deny) == 0
	count(speaking) == 0
	reason := {"msg": "no data quality report of the dataset counts missing values (missing_cells, rows, columns)"}
}

not_assessable contains reason if {
	count(deny) == 0
	some i in speaking
	not rate(i)
	reason := {"msg": sprintf("%s does not give missing_cells, rows and columns above 0, so the share of missing values cannot be computed", [show.said(report_of(i))])}
}
