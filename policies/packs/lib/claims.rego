# METADATA
# title: Claims against their own counts
# description: Rates of groups that an assessment states and the counts beside them do not give.
package assize.lib.claims

import data.assize.lib.show

# misstated are findings about figures of groups that differ from what their counts
# give by more than the tolerance, and about counts that contradict each other.
misstated(assessments, tolerance) := {finding |
	some a, assessment in assessments
	groups := assessment.predicate.groups
	some one in assize.misstated(groups, tolerance)
	finding := {
		"msg": sprintf("%s claims %s %s for %s; its counts give %s", [
			show.said(assessment), one.rate, show.num(one.claimed), name(groups[one.group]), show.num(one.counted),
		]),
		"path": sprintf("fairness-assessment[%d].groups[%d].%s", [a, one.group, one.rate]),
		"value": one.claimed,
		"bound": one.counted,
		"basis": "parameter recompute_tolerance",
	}
} | {finding |
	some a, assessment in assessments
	groups := assessment.predicate.groups
	some one in assize.overcounted(groups)
	counts := groups[one.group].counts
	finding := {
		"msg": sprintf("%s counts %d %s for %s among %d %s", [
			show.said(assessment), counts[one.part], words[one.part], name(groups[one.group]), counts[one.whole], words[one.whole],
		]),
		"path": sprintf("fairness-assessment[%d].groups[%d].counts.%s", [a, one.group, one.part]),
		"value": counts[one.part],
		"bound": counts[one.whole],
		"basis": sprintf("fairness-assessment %s", [assessment.id]),
	}
}

words := {
	"n": "members", "positives": "true outcomes", "selected": "selected", "true_positives": "selected rightly",
	"false_positives": "selected wrongly",
}

# name of a group: its attribute values.
name(group) := show.members(attributes) if {
	attributes := group.attributes
} else := ""
