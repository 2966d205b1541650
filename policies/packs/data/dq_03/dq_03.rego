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

# unheld are the checks that did not pass, or of which nobody can tell.
unheld := [{"stated": stated, "report": i, "place": j} |
	some i, report in input.evidence["data-quality"]
	not report in reports.others
	some j, stated in report.predicate.checks
	not held(stated)
]

by(check) := show.said(input.evidence["data-quality"][check.report])

path(check) := sprintf("data-quality[%d].checks[%d].passed", [check.report, check.place])

# misstated are rates of the whole file that a report claims and its own counts do
# not give.
misstated := [{"report": i, "rate": rate, "claimed": claimed, "counted": part / whole} |
	some i, report in input.evidence["data-quality"]
	counts := report.predicate
	rows := object.get(counts, "rows", 0)
	cells := rows * object.get(counts, "columns", 0)
	some rate, [part, whole] in {
		"duplicate_rate": [object.get(counts, "duplicate_rows", null), rows],
		"missing_rate": [object.get(counts, "missing_cells", null), cells],
	}
	claimed := counts[rate]
	is_number(part)
	whole > 0
	abs(claimed - (part / whole)) > data.params.recompute_tolerance
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

# A check that gives value, comparator and threshold is computed again; one that
# gives none of them rests on what its producer says.
held(check) if {
	check.passed == true
	text.meaningful(check.name)
	given := [check.value, check.comparator, check.threshold]
	not null in given
	holds(given)
}

held(check) if {
	check.passed == true
	text.meaningful(check.name)
	figures(check) == set()
}

figures(check) := {field |
	some field in ["value", "comparator", "threshold"]
	object.get(check, field, null) != null
}

holds([value, "<=", bound]) if value <= bound

holds([value, "<", bound]) if value < bound

holds([value, ">=", bound]) if value >= bound

holds([value, ">", bound]) if value > bound

holds([value, "==", bound]) if value == bound

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
	count(figures(check.stated)) == 3
	not holds([check.stated.value, check.stated.comparator, check.stated.threshold])
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
	some case in misstated
	report := input.evidence["data-quality"][case.report]
	finding := {
		"msg": sprintf("%s claims %s %v; its counts give %v", [show.said(report), case.rate, case.claimed, case.counted]),
		"path": sprintf("data-quality[%d].%s", [case.report, case.rate]),
		"value": case.claimed,
		"bound": case.counted,
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
	count(figures(check.stated)) in {1, 2}
	reason := {"msg": sprintf("check %q gives %s alone, so it cannot be computed again (%s)", [check.stated.name, show.list(figures(check.stated)), by(check)])}
}
