# METADATA
# title: Quality checks passed
# description: >-
#   Every declared check of the dataset passed, as far as value and threshold are
#   given by recomputation, and each dimension of the parameters was checked.
# custom:
#   id: DQ-03
#   severity: high
#   kinds: [dataset]
#   actions: [train, release, deploy]
#   requires: [data-quality]
#   controls: ["eu-ai-act/art-10-2-e", "eu-ai-act/art-10-2-h", "iso-42001/A.7.4"]
#   basis: standard
#   remediation: Repair the data or justify and waive the failing check; add checks for the dimensions without one.
package assize.data.dq_03

import data.assize.lib.about
import data.assize.lib.show
import data.assize.lib.text

reports := assize.concerning(input.evidence["data-quality"], "dataset", input.subject)

# unheld are the checks that did not pass, or of which nobody can tell. A check that
# gives value, comparator and threshold is computed again; one that gives none of them
# rests on what its producer says.
unheld := [{"stated": stated, "report": i, "place": j} |
	some i, report in input.evidence["data-quality"]
	not report in reports.others
	checks := report.predicate.checks
	upheld := assize.upheld(checks, figures)
	held := object.remove(assize.where(upheld, ["passed"], "==", true), text.unsaid(upheld, ["name"]))
	some j, stated in checks
	not held[j]
]

figures := ["value", "comparator", "threshold"]

by(check) := show.said(input.evidence["data-quality"][check.report])

path(check) := sprintf("data-quality[%d].checks[%d].passed", [check.report, check.place])

# misstated are rates of the whole file that a report claims and its own counts do
# not give.
misstated := [{"report": i, "stated": stated} |
	some i, report in input.evidence["data-quality"]
	some stated in assize.misrated(
		report.predicate, {
			"duplicate_rate": ["duplicate_rows", "rows"],
			"missing_rate": ["missing_cells", "rows", "columns"],
		},
		data.params.recompute_tolerance,
	)
]

# unchecked are the dimensions asked for that no check is of.
unchecked := {asked | some asked in data.params.quality_dimensions} - {checked | checked := reports.those[_].predicate.checks[_].dimension}

pass if {
	misstated == []
	unheld == []
	data.params.quality_dimensions != []
	unchecked == set()
	reports.others == []
	reports.those != []
	every report in reports.those {
		count(report.predicate.checks) > 0
	}
}

# given are the figures a check gives.
given(check) := {field | some field in figures; object.get(check, field, null) != null}

deny contains finding if {
	some check in unheld
	check.stated.passed == false
	finding := {
		"msg": sprintf("check %q failed: value %v, threshold %v (%s)", [check.stated.name, object.get(check.stated, "value", "not given"), object.get(check.stated, "threshold", "not given"), by(check)]),
		"path": path(check),
		"value": object.get(check.stated, "value", null),
		"bound": object.get(check.stated, "threshold", null),
		"basis": "check declared by its producer",
	}
}

deny contains finding if {
	some check in unheld
	check.stated.passed == true
	count(given(check.stated)) == 3
	assize.upheld([check.stated], figures) == {}
	finding := {
		"msg": sprintf("check %q is said to have passed, but %v %s %v does not hold (%s)", [check.stated.name, check.stated.value, check.stated.comparator, check.stated.threshold, by(check)]),
		"path": path(check),
		"value": check.stated.value,
		"bound": check.stated.threshold,
		"basis": "check declared by its producer",
	}
}

deny contains finding if {
	some dimension in unchecked
	finding := {
		"msg": sprintf("no check of %s; the parameters ask for %s", [dimension, show.list(data.params.quality_dimensions)]),
		"path": "data-quality.checks",
		"value": 0,
		"bound": 1,
		"basis": "parameter quality_dimensions",
	}
}

deny contains finding if {
	some {"report": i, "stated": {"rate": rate, "claimed": claimed, "counted": counted}} in misstated
	report := input.evidence["data-quality"][i]
	finding := {
		"msg": sprintf("%s claims %s %v; its counts give %v", [show.said(report), rate, claimed, counted]),
		"path": sprintf("data-quality[%d].%s", [i, rate]),
		"value": claimed,
		"bound": counted,
		"basis": "parameter recompute_tolerance",
	}
}

# A report may name several subjects and have examined one of them.
not_assessable contains about.examined(report, input.subject) if some report in reports.others

not_assessable contains reason if {
	some check in unheld
	deny == set()
	not is_boolean(object.get(check.stated, "passed", null))
	reason := {"msg": sprintf("check %q does not say whether it passed (%s)", [check.stated.name, by(check)])}
}

not_assessable contains reason if {
	some check in unheld
	deny == set()
	count(given(check.stated)) in {1, 2}
	reason := {"msg": sprintf("check %q gives %s alone, so it cannot be computed again (%s)", [check.stated.name, show.list(given(check.stated)), by(check)])}
}
