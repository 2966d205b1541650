# METADATA
# title: Four-fifths rule (hiring in the United States)
# description: >-
#   For a tool that decides on employment in the United States, the rate at which
#   each sex and each race or ethnic group is selected is at least four fifths of
#   the highest, computed from counts. It fails when the ratio is below, passes
#   when its whole interval is not, and cannot be assessed in between.
# custom:
#   id: FAI-03
#   severity: high
#   kinds: [model]
#   actions: [release, deploy]
#   requires: [system-profile, fairness-assessment]
#   controls: ["us-hiring/1607.4-d"]
#   basis: guidance
#   legal_version: 29 CFR 1607.4(D)
#   remediation: >-
#     Show that the selection is related to the job and consistent with business
#     necessity, and look for a procedure with less adverse impact; count more
#     applicants where the interval is too wide.
package assize.ethics.fai_03

import data.assize.lib.claims
import data.assize.lib.fairness
import data.assize.lib.metric
import data.assize.lib.show

assessments := input.evidence["fairness-assessment"]

# What the guidelines compare, by the names attributes go by.
characteristics := {
	"sex": {"sex", "gender"},
	"race or ethnicity": {"race", "ethnicity", "race_ethnicity"},
}

# Elsewhere, and for other uses, the number binds nobody.
not_applicable if {
	count(input.evidence["system-profile"]) > 0
	every profile in input.evidence["system-profile"] {
		elsewhere(profile.predicate)
	}
}

elsewhere(stated) if {
	stated.aedt == false
	not employing(stated)
}

elsewhere(stated) if {
	count(stated.jurisdictions) > 0
	count({code | some code in stated.jurisdictions; american(code)}) == 0
}

american(code) if regex.match(`(?i)^(us|usa|united states)\b`, code)

hiring if {
	some profile in input.evidence["system-profile"]
	employing(profile.predicate)
	some code in profile.predicate.jurisdictions
	american(code)
}

employing(stated) if stated.aedt == true

# Annex III point 4 is employment, whatever else the profile says.
employing(stated) if regex.match(`^\s*4\b`, stated.annex_iii_point)

planned := {"name": "demographic_parity_ratio", "comparator": ">=", "threshold": data.params.four_fifths_ratio}

# cases: each attribute that is one of the characteristics, in each assessment.
cases contains {"assessment": a, "attribute": attribute, "characteristic": characteristic} if {
	some a, assessment in assessments
	some characteristic, names in characteristics
	some attribute in names
	count(fairness.counts_of(assessment, attribute)) > 0
}

groups_of(case) := fairness.counts_of(assessments[case.assessment], case.attribute)

sizes_of(groups) := fairness.sizes(groups, planned.name, data.params.fairness_min_n)

# judged by an interval corrected for the pairs of groups that hold together.
judged[case] := {"gap": gap, "verdict": fairness.verdict(gap, planned), "pairs": comparisons} if {
	some case in cases
	groups := groups_of(case)
	comparisons := fairness.compared_pairs(sizes_of(groups))
	comparisons > 0
	gap := fairness.ratio(groups, planned.name, {"min_n": data.params.fairness_min_n, "level": metric.level, "comparisons": comparisons})
}

uncovered contains characteristic if {
	some characteristic, _ in characteristics
	count({case | some case in cases; case.characteristic == characteristic}) == 0
}

misstated := claims.misstated(assessments, data.params.recompute_tolerance)

pass if {
	hiring
	count(uncovered) == 0
	count(cases) > 0
	every case in cases {
		judged[case].verdict == "pass"
	}
	count(misstated) == 0
}

words(case) := sprintf("%s %s is selected at %s of the rate of %s (%d of %d against %d of %d), 95 %% interval %s corrected for the number of pairs (%d); at least %s is asked for (29 CFR 1607.4(D)); counted by %s", [
	case.attribute, gap.lower.group, show.num(gap.point), gap.higher.group, gap.lower.k, gap.lower.n, gap.higher.k, gap.higher.n,
	show.interval(gap.low, gap.high), judged[case].pairs, show.num(planned.threshold), show.said(assessments[case.assessment]),
]) if {
	gap := judged[case].gap
}

members(case) := {
	"path": sprintf("fairness-assessment[%d].groups", [case.assessment]),
	"attribute": case.attribute,
	"value": gap.point, "ci_low": gap.low, "ci_high": gap.high, "ci_level": metric.level,
	"n": gap.lower.n + gap.higher.n,
	"bound": planned.threshold,
	"basis": "29 CFR 1607.4(D); parameter four_fifths_ratio",
} if {
	gap := judged[case].gap
}

deny contains object.union(members(case), {"msg": words(case)}) if {
	some case, outcome in judged
	outcome.verdict == "fail"
}

deny contains finding if {
	hiring
	some characteristic in uncovered
	finding := {
		"msg": sprintf("the tool decides on employment in the United States, and no assessment counts who is selected by %s", [characteristic]),
		"path": "fairness-assessment.groups",
		"value": 0,
		"bound": characteristics[characteristic],
		"basis": "29 CFR 1607.4(B), (D)",
	}
}

deny contains finding if {
	hiring
	some finding in misstated
}

warn contains finding if {
	some case in cases
	some left in sizes_of(groups_of(case)).small
	finding := {
		"msg": sprintf("%s %s is too small to judge, %d counted and %d needed (%s)", [case.attribute, left.group, left.n, data.params.fairness_min_n, show.said(assessments[case.assessment])]),
		"path": sprintf("fairness-assessment[%d].groups", [case.assessment]),
		"value": left.n,
		"bound": data.params.fairness_min_n,
		"basis": "parameter fairness_min_n",
	}
}

not_assessable contains object.union(members(case), {"msg": sprintf("%s: neither kept nor broken", [words(case)])}) if {
	count(deny) == 0
	some case, outcome in judged
	outcome.verdict == "straddles"
}

not_assessable contains reason if {
	count(deny) == 0
	some case in cases
	not judged[case]
	reason := {"msg": sprintf("the groups of %s cannot be compared: at least two need selected and n, with n of %d or more, and somebody selected (%s)", [case.attribute, data.params.fairness_min_n, show.said(assessments[case.assessment])])}
}

not_assessable contains reason if {
	not hiring
	reason := {"msg": sprintf("no profile of %s says whether it is an automated employment decision tool (aedt) and where it is used (jurisdictions)", [input.system.uri])}
}
