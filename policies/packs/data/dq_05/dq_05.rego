# METADATA
# title: Groups of the population are represented
# description: >-
#   A report names the population the data should represent, with the share of
#   each of its groups and where the shares come from; of each group the data hold
#   enough records, or the gap and what follows from it is on record.
# custom:
#   id: DQ-05
#   severity: high
#   kinds: [dataset]
#   actions: [train, release, deploy]
#   requires: [data-quality]
#   reads: [eval-plan]
#   controls: ["eu-ai-act/art-10-3", "eu-ai-act/art-10-4", "nist-ai-rmf/MAP-2.3"]
#   basis: default
#   remediation: >-
#     Collect more records of the groups named, or record the gap in the report
#     with the reason and the restriction of use that follows from it.
package assize.data.dq_05

import data.assize.lib.about
import data.assize.lib.show
import data.assize.lib.text

reports := assize.concerning(input.evidence["data-quality"], "dataset", input.subject)

# speaking are the reports that hold the data against a population, population its
# shares.
speaking[i] := report if {
	some i, report in input.evidence["data-quality"]
	compares(report.predicate)
	not report in reports.others
}

population[i] := object.get(report.predicate, ["reference_population", "shares"], {}) if some i, report in speaking

compares(stated) if stated.reference_population

compares(stated) if stated.gaps

# present are the groups of the population.
present := [{"report": i, "attribute": attribute, "group": group, "share": share, "n": n} |
	some i, shares in population
	some attribute, parts in shares
	counted := object.get(speaking[i].predicate, ["group_counts", attribute], {})
	some group, share in parts
	share > 0
	n := object.get(counted, group, 0)
]

short := assize.where(present, ["n"], "<", data.params.group_min_n)

unrecorded := [one | some one in short; not recorded(one)]

recorded(one) if {
	some gap in speaking[one.report].predicate.gaps
	gap.group == one.group
	object.get(gap, "attribute", one.attribute) == one.attribute
	text.meaningful(gap.reason)
}

# partial are attributes whose shares do not add up: groups of the population are
# left out, or counted twice.
partial := [{"report": i, "attribute": attribute, "sum": total} |
	some i, shares in population
	some attribute, total in assize.totals(shares)
	abs(total - 1) > data.params.reference_share_tolerance
]

# whole are attributes by which the population has one group only: nobody can be
# left out of everybody.
whole := [{"report": i, "attribute": attribute} |
	some i, shares in population
	some attribute, parts in shares
	count(assize.where(parts, [], ">", 0)) < 2
]

# overcounted are attributes with more members than there are records.
overcounted := [{"report": i, "attribute": attribute, "sum": total, "rows": stated.rows} |
	some i, report in speaking
	stated := report.predicate
	some attribute, total in assize.where(assize.totals(stated.group_counts), [], ">", stated.rows)
]

unsourced := object.union(
	text.unsaid(speaking, ["predicate", "reference_population", "description"]),
	text.unsaid(speaking, ["predicate", "reference_population", "source"]),
)

unsized := object.remove(speaking, assize.where(speaking, ["predicate", "rows"], ">", 0))

pass if {
	unsourced == {}
	population != {}
	every shares in population {
		count(shares) > 0
	}
	unsized == {}
	present != []
	unrecorded == []
	partial == []
	whole == []
	overcounted == []
}

deny contains finding if {
	some one in unrecorded
	finding := {
		"msg": sprintf("%s %q is %s of the population and has %d records; at least %d are asked for, or the gap on record (%s)", [
			one.attribute, one.group, show.percent(one.share), one.n, data.params.group_min_n, show.said(speaking[one.report]),
		]),
		"path": sprintf("data-quality[%d].group_counts", [one.report]),
		"value": one.n,
		"bound": data.params.group_min_n,
		"basis": "parameter group_min_n",
	}
}

deny contains finding if {
	some one in overcounted
	finding := {
		"msg": sprintf("%s counts %d records over the groups of %s and has %d records in all", [show.said(speaking[one.report]), one.sum, one.attribute, one.rows]),
		"path": sprintf("data-quality[%d].group_counts", [one.report]),
		"value": one.sum,
		"bound": one.rows,
		"basis": sprintf("data-quality %s", [speaking[one.report].id]),
	}
}

deny contains finding if {
	speaking == {}
	reports.those != []
	finding := {
		"msg": "no data quality report holds the data against the population they should represent (reference_population)",
		"path": "data-quality.reference_population",
		"value": 0,
		"bound": 1,
		"basis": "AI Act Art 10(3), 10(4)",
	}
}

warn contains finding if {
	some one in short
	recorded(one)
	finding := {
		"msg": sprintf("%s %q has %d records, fewer than %d; the gap is on record (%s)", [one.attribute, one.group, one.n, data.params.group_min_n, show.said(speaking[one.report])]),
		"path": sprintf("data-quality[%d].gaps", [one.report]),
		"value": one.n,
		"bound": data.params.group_min_n,
		"basis": "parameter group_min_n",
	}
}

# What the system is to be fair by, and the population is not described by.
warn contains finding if {
	speaking != {}
	some declared in input.evidence["eval-plan"]
	planned := {attribute | attribute := declared.predicate.metrics[_].attribute}
	some attribute in (planned - described)
	finding := {
		"msg": sprintf("%s declares %q as protected; no report says how the population divides by it", [show.said(declared), attribute]),
		"path": "data-quality.reference_population.shares",
		"value": attribute,
		"basis": sprintf("eval-plan %s", [declared.id]),
	}
}

described := {one.attribute | some one in present}

not_assessable contains reason if {
	deny == set()
	some reason in untold
}

# untold are the reasons why nobody can tell whether the groups are represented.
untold contains about.elsewhere(other, "dataset", input.subject) if {
	some other in reports.others
}

untold contains reason if {
	some report in unsourced
	reason := {"msg": sprintf("%s does not say which population the data should represent and where its figures come from", [show.said(report)])}
}

untold contains reason if {
	some one in partial
	reason := {"msg": sprintf("the shares of %s in %s add up to %v, not to 1: groups of the population are left out or counted twice", [one.attribute, show.said(speaking[one.report]), one.sum])}
}

untold contains reason if {
	some one in whole
	reason := {"msg": sprintf("by %s the population of %s has fewer than two groups, so representation cannot be judged", [one.attribute, show.said(speaking[one.report])])}
}

untold contains reason if {
	some report in unsized
	reason := {"msg": sprintf("%s does not say how many records there are", [show.said(report)])}
}

untold contains reason if {
	speaking != {}
	present == []
	reason := {"msg": "the reference population has no group with a share"}
}
