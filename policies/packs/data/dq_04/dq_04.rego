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

reports := assize.concerning(input.evidence["data-quality"], "dataset", input.subject)

# speaking are the reports that say something about missing values, with the share
# their counts give, null if they give none.
speaking := [{"place": i, "report": report, "rate": rate(report.predicate)} |
	some i, report in input.evidence["data-quality"]
	says(report.predicate)
	not report in reports.others
]

says(counts) if is_number(counts.missing_cells)

says(counts) if is_number(counts.missing_rate)

rate(counts) := missing / (rows * columns) if {
	missing := counts.missing_cells
	missing >= 0
	rows := counts.rows
	rows > 0
	columns := counts.columns
	columns > 0
} else := null

uncounted := [one | some one in speaking; one.rate == null]

high := [one | some one in speaking; one.rate > data.params.missing_rate_max]

# misstated are reports whose rate is not that of their counts.
misstated := [one |
	some one in speaking
	claimed := one.report.predicate.missing_rate
	one.rate != null
	abs(claimed - one.rate) > data.params.recompute_tolerance
]

# partial are reports of fewer records than a datasheet says there are.
partial contains {"report": one.report, "records": card.predicate.record_count} if {
	some card in assize.concerning(input.evidence["dataset-card"], "digest", input.subject).those
	some one in speaking
	one.report.predicate.rows < card.predicate.record_count
}

pass if {
	speaking != []
	uncounted == []
	high == []
	misstated == []
	partial == set()
}

deny contains finding if {
	some one in high
	counts := one.report.predicate
	finding := {
		"msg": sprintf("%d of %d x %d cells have no value, %s; at most %s may be missing (%s)", [
			counts.missing_cells, counts.rows, counts.columns, show.percent(one.rate),
			show.percent(data.params.missing_rate_max), show.said(one.report),
		]),
		"path": sprintf("data-quality[%d].missing_cells", [one.place]),
		"value": one.rate,
		"bound": data.params.missing_rate_max,
		"basis": "parameter missing_rate_max",
	}
}

deny contains finding if {
	some one in misstated
	claimed := one.report.predicate.missing_rate
	finding := {
		"msg": sprintf("%s claims missing_rate %v; its counts give %v", [show.said(one.report), claimed, one.rate]),
		"path": sprintf("data-quality[%d].missing_rate", [one.place]),
		"value": claimed,
		"bound": one.rate,
		"basis": "parameter recompute_tolerance",
	}
}

not_assessable contains reason if {
	deny == set()
	some reason in untold
}

# untold are the reasons why nobody can tell how much is missing.
untold contains about.elsewhere(other, "dataset", input.subject) if {
	some other in reports.others
}

untold contains reason if {
	some one in partial
	reason := {"msg": sprintf("%s examined %d records of %d; what is missing in the others is not known", [show.said(one.report), one.report.predicate.rows, one.records])}
}

untold contains reason if {
	speaking == []
	reason := {"msg": "no data quality report of the dataset counts missing values (missing_cells, rows, columns)"}
}

untold contains reason if {
	some one in uncounted
	reason := {"msg": sprintf("%s does not give missing_cells, rows and columns above 0, so the share of missing values cannot be computed", [show.said(one.report)])}
}
