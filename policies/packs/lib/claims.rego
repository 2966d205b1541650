# METADATA
# title: Claims against their own counts
# description: Rates of groups that an assessment states and the counts beside them do not give.
package assize.lib.claims

import data.assize.lib.show

# misstated are findings about figures of groups that differ from what their counts
# give by more than the tolerance, and about counts that contradict each other.
misstated(assessments, tolerance) := {finding |
	some a, assessment in assessments
	some g, group in assessment.predicate.groups
	some rate, counted in figures(group.counts)
	abs(group[rate] - counted) > tolerance
	finding := {
		"msg": sprintf("%s claims %s %s for %s; its counts give %s", [show.said(assessment), rate, show.num(group[rate]), name(group), show.num(counted)]),
		"path": sprintf("fairness-assessment[%d].groups[%d].%s", [a, g, rate]),
		"value": group[rate],
		"bound": counted,
		"basis": "parameter recompute_tolerance",
	}
} | {finding |
	some a, assessment in assessments
	some g, group in assessment.predicate.groups
	some part, whole in bounds
	group.counts[part] > group.counts[whole]
	finding := {
		"msg": sprintf("%s counts %d %s for %s among %d %s", [show.said(assessment), group.counts[part], words[part], name(group), group.counts[whole], words[whole]]),
		"path": sprintf("fairness-assessment[%d].groups[%d].counts.%s", [a, g, part]),
		"value": group.counts[part],
		"bound": group.counts[whole],
		"basis": sprintf("fairness-assessment %s", [assessment.id]),
	}
}

# bounds: no part is more than its whole.
bounds := {"positives": "n", "selected": "n", "true_positives": "positives", "false_positives": "selected"}

words := {
	"n": "members", "positives": "true outcomes", "selected": "selected", "true_positives": "selected rightly",
	"false_positives": "selected wrongly",
}

# figures are the size and the rates that counts give.
figures(counts) := object.union({"n": counts.n}, {rate: counted |
	some rate, parts in {
		"selection_rate": [object.get(counts, "selected", null), counts.n],
		"tpr": [object.get(counts, "true_positives", null), object.get(counts, "positives", 0)],
		"fpr": [object.get(counts, "false_positives", null), counts.n - object.get(counts, "positives", counts.n)],
		"ppv": [object.get(counts, "true_positives", null), object.get(counts, "selected", 0)],
	}
	is_number(parts[0])
	parts[1] > 0
	counted := parts[0] / parts[1]
})

# name of a group: its attribute values.
name(group) := show.list({sprintf("%s %s", [attribute, value]) | some attribute, value in group.attributes})
