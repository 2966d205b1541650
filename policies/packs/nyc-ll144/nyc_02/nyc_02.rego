# METADATA
# title: Figures of the bias audit are complete and add up
# description: >-
#   Every audit in force gives figures by sex, by race or ethnicity and for each of
#   their intersections, with counts; the stated selection or scoring rates and
#   impact ratios are those of the counts, within the tolerance; what is left out is
#   below the share the rules allow and has a reason; the number of persons of unknown
#   category is stated, and so is what was counted. No ratio has to be above a bound:
#   the law asks for publication.
# custom:
#   id: NYC-02
#   severity: high
#   kinds: [model]
#   actions: [release, deploy]
#   requires: [system-profile, bias-audit]
#   controls: ["nyc-ll144/5-301", "nyc-ll144/5-302"]
#   basis: law
#   applies_from: "2023-07-05"
#   legal_version: NYC Adm. Code 20-870 to 20-874; 6 RCNY 5-300 to 5-304
#   remediation: Have the auditor correct the named figures from the counts and sign the audit again.
package assize.nyc_ll144.nyc_02

import data.assize.lib.scope
import data.assize.lib.show
import data.assize.lib.text

profiles := input.evidence["system-profile"]

audits := input.evidence["bias-audit"]

city := {"US", "US-NY"}

not_applicable if scope.used_elsewhere(profiles, city)

not_applicable if scope.denies(profiles, "aedt")

owed if {
	scope.used_in(profiles, city)
	scope.says(profiles, "aedt")
}

# The three families of categories, each with a highest rate of its own.
families := {"sex": "sex", "race": "race or ethnicity", "both": "sex and race or ethnicity together"}

family(category) := "both" if {
	is_string(category.sex)
	is_string(category.race_ethnicity)
}

family(category) := "sex" if {
	is_string(category.sex)
	not category.race_ethnicity
}

family(category) := "race" if {
	is_string(category.race_ethnicity)
	not category.sex
}

named(category) := concat(", ", [part | some part in [object.get(category, "sex", ""), object.get(category, "race_ethnicity", "")]; part != ""])

left_out(category) if category.excluded == true

# counted are the counts of a family by the place of the category.
counted(audit, kind) := {format_int(i, 10): category.counts |
	some i, category in audit.predicate.categories
	family(category) == kind
	not left_out(category)
	countable(category)
}

countable(category) if {
	category.counts.n > 0
	category.counts.selected <= category.counts.n
}

# figures are rates and ratios recomputed, by the place of the category.
figures[a] := {group.group: group |
	some kind, _ in families
	groups := counted(audit, kind)
	selected(groups) > 0
	some group in assize.impact_ratio(groups, 1).groups
} if {
	some a, audit in audits
}

selected(groups) := sum([counts.selected | some counts in groups])

# recomputed gives rate and ratio of a category.
recomputed(a, i) := figures[a][format_int(i, 10)]

near(x, y) if {
	is_number(x)
	abs(x - y) <= data.params.impact_ratio_tolerance
}

pass if {
	owed
	count(audits) > 0
	every a, audit in audits {
		is_number(audit.predicate.unknown_n)
		sourced(audit)
		count(audit.predicate.categories) > 0
		every i, category in audit.predicate.categories {
			sound(a, i, category)
		}
		count({kind | some kind, _ in families; count(counted(audit, kind)) > 1}) == 3
		count(uncrossed(audit)) == 0
		count(twice(audit)) == 0
	}
}

sourced(audit) if {
	audit.predicate.data.kind == "historical"
	text.meaningful(audit.predicate.data.source)
}

sourced(audit) if {
	audit.predicate.data.kind == "test"
	text.meaningful(audit.predicate.data.source)
	text.meaningful(audit.predicate.data.why)
}

sound(a, i, category) if {
	not left_out(category)
	computed := recomputed(a, i)
	near(category.impact_ratio, computed.ratio)
	count(rates(category)) > 0
	every _, rate in rates(category) {
		near(rate, computed.rate)
	}
	object.get(category, "n", category.counts.n) == category.counts.n
}

sound(a, _, category) if {
	left_out(category)
	text.meaningful(category.excluded_why)
	share(audits[a], category) < data.params.nyc_excluded_share
}

rates(category) := {member: category[member] | some member in ["selection_rate", "scoring_rate"]; is_number(category[member])}

# share of a category among all persons of its family.
share(audit, category) := size(category) / all if {
	all := sum([size(other) |
		some other in audit.predicate.categories
		family(other) == family(category)
	])
	all > 0
}

size(category) := category.counts.n

size(category) := category.n if not category.counts

# uncrossed are pairs of a sex and a race or ethnicity, each with figures, that have
# none together and are not left out either.
uncrossed(audit) := {sprintf("%s, %s", [sex, race]) |
	crossed := {[category.sex, category.race_ethnicity] | some category in audit.predicate.categories}
	some sex in {category.sex | some category in audit.predicate.categories; family(category) == "sex"; not left_out(category)}
	some race in {category.race_ethnicity | some category in audit.predicate.categories; family(category) == "race"; not left_out(category)}
	not [sex, race] in crossed
}

twice(audit) := set() if count(audit.predicate.categories) == count({named(category) | some category in audit.predicate.categories})

twice(audit) := {name |
	some i, category in audit.predicate.categories
	name := named(category)
	some k, other in audit.predicate.categories
	k > i
	named(other) == name
} if {
	count(audit.predicate.categories) > count({named(category) | some category in audit.predicate.categories})
}

deny contains object.union(fault, {
	"msg": sprintf("%s: %s", [show.said(audit), fault.msg]),
	"path": sprintf("bias-audit[%d]%s", [a, fault.path]),
}) if {
	owed
	some a, audit in audits
	some fault in faults(a, audit)
}

faults(a, audit) := union({whole(audit), {object.union(fault, {"path": sprintf(".categories[%d]%s", [i, fault.path])}) |
	some i, category in audit.predicate.categories
	not sound(a, i, category)
	some fault in wrong(a, i, category)
}})

whole(audit) := ((({{"msg": "the number of persons of unknown category is not stated", "path": ".unknown_n", "basis": "6 RCNY 5-301"} |
	not is_number(object.get(audit.predicate, "unknown_n", null))
} | {{"msg": "it does not say what was counted (data.kind, data.source), or for test data why not historical ones (data.why)", "path": ".data", "basis": "6 RCNY 5-302"} |
	not sourced(audit)
}) | {{"msg": words, "path": ".categories", "value": found, "bound": 2, "basis": "6 RCNY 5-301"} |
	some kind, what in families
	found := count(counted(audit, kind))
	found < 2
	words := sprintf("%d categories by %s have counts; a ratio compares two at least", [found, what])
}) | {{"msg": sprintf("there are no figures for the intersection %q", [pair]), "path": ".categories", "value": pair, "basis": "6 RCNY 5-301"} |
	some pair in uncrossed(audit)
}) | {{"msg": sprintf("category %q is there twice", [name]), "path": ".categories", "value": name, "basis": "6 RCNY 5-301"} |
	some name in twice(audit)
}

wrong(a, i, category) := (((((({{"msg": words, "path": ".impact_ratio", "value": stated, "bound": computed.ratio, "basis": "parameter impact_ratio_tolerance"} |
	computed := recomputed(a, i)
	stated := object.get(category, "impact_ratio", "no figure")
	not near(stated, computed.ratio)
	words := sprintf("the impact ratio of %q is stated as %v; its counts, %d of %d, give %v", [named(category), stated, category.counts.selected, category.counts.n, show.num(computed.ratio)])
} | {{"msg": words, "path": sprintf(".%s", [member]), "value": rate, "bound": computed.rate, "basis": "parameter impact_ratio_tolerance"} |
	computed := recomputed(a, i)
	some member, rate in rates(category)
	not near(rate, computed.rate)
	words := sprintf("%s of %q is stated as %v; its counts, %d of %d, give %v", [member, named(category), rate, category.counts.selected, category.counts.n, show.num(computed.rate)])
}) | {{"msg": sprintf("neither selection_rate nor scoring_rate of %q is stated", [named(category)]), "path": ".selection_rate", "basis": "6 RCNY 5-301"} |
	recomputed(a, i)
	count(rates(category)) == 0
}) | {{"msg": words, "path": ".n", "value": category.n, "bound": category.counts.n, "basis": "6 RCNY 5-301"} |
	recomputed(a, i)
	category.n != category.counts.n
	words := sprintf("%q has n %d and counts of %d persons", [named(category), category.n, category.counts.n])
}) | {{"msg": words, "path": ".counts", "value": object.get(category, "counts", null), "basis": "6 RCNY 5-301"} |
	not left_out(category)
	not placed_and_counted(category)
	words := sprintf("category %q has no counts its figures could be recomputed from, or names neither sex nor race or ethnicity", [named(category)])
}) | {{"msg": sprintf("%q is left out without a reason", [named(category)]), "path": ".excluded_why", "basis": "6 RCNY 5-301(d)"} |
	left_out(category)
	not text.meaningful(object.get(category, "excluded_why", ""))
}) | {{"msg": words, "path": ".excluded", "value": of_all, "bound": data.params.nyc_excluded_share, "basis": "parameter nyc_excluded_share (6 RCNY 5-301(d))"} |
	left_out(category)
	of_all := share(audits[a], category)
	of_all >= data.params.nyc_excluded_share
	words := sprintf("%q is left out and is %s of all; only below %s may be left out", [named(category), show.percent(of_all), show.percent(data.params.nyc_excluded_share)])
}) | {{"msg": sprintf("%q is left out and has no number of persons, so its share is not known", [named(category)]), "path": ".n", "basis": "6 RCNY 5-301(d)"} |
	left_out(category)
	not share(audits[a], category)
}

placed_and_counted(category) if {
	family(category)
	countable(category)
}

not_assessable contains {"msg": words} if {
	not owed
	some words in (scope.unplaced(profiles) | scope.unsaid(profiles, "aedt"))
}

not_assessable contains finding if {
	owed
	count(deny) == 0
	some audit in audits
	some kind, what in families
	selected(counted(audit, kind)) == 0
	finding := {"msg": sprintf("%s: nobody was selected in any category by %s, so there is no highest rate to compare with", [show.said(audit), what])}
}

# Component 1 of the EEO report has seven categories of race or ethnicity.
warn contains finding if {
	owed
	some a, audit in audits
	listed := count([category | some category in audit.predicate.categories; family(category) == "race"])
	listed < 7
	finding := {
		"msg": sprintf("%s lists %d categories of race or ethnicity; component 1 of the EEO report, which 6 RCNY 5-301 follows, has 7: one without persons is listed as left out", [show.said(audit), listed]),
		"path": sprintf("bias-audit[%d].categories", [a]),
		"value": listed,
		"bound": 7,
		"basis": "6 RCNY 5-301",
	}
}
