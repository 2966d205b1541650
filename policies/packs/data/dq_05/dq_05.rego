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

# speaking are the reports that hold the data against a population.
speaking contains i if {
	some i, report in input.evidence["data-quality"]
	about.concerns(report, "dataset", input.subject)
	some member in ["reference_population", "gaps"]
	report.predicate[member]
}

report_of(i) := input.evidence["data-quality"][i]

shares_of(i) := object.get(report_of(i).predicate, ["reference_population", "shares"], {})

counted(i, attribute) := object.get(report_of(i).predicate, ["group_counts", attribute], {})

# present are the groups of the population.
present contains {"report": i, "attribute": attribute, "group": group, "share": share, "n": n} if {
	some i in speaking
	some attribute, shares in shares_of(i)
	some group, share in shares
	share > 0
	n := object.get(counted(i, attribute), group, 0)
}

short contains one if {
	some one in present
	one.n < data.params.group_min_n
}

recorded(one) if {
	some gap in report_of(one.report).predicate.gaps
	gap.group == one.group
	object.get(gap, "attribute", one.attribute) == one.attribute
	text.meaningful(gap.reason)
}

# partial are attributes whose shares do not add up: groups of the population are
# left out, or counted twice.
partial contains {"report": i, "attribute": attribute, "sum": total} if {
	some i in speaking
	some attribute, shares in shares_of(i)
	total := sum([share | some share in shares])
	abs(total - 1) > data.params.reference_share_tolerance
}

# whole are attributes by which the population has one group only: nobody can be
# left out of everybody.
whole contains {"report": i, "attribute": attribute} if {
	some i in speaking
	some attribute, shares in shares_of(i)
	count({group | some group, share in shares; share > 0}) < 2
}

# overcounted are attributes with more members than there are records.
overcounted contains {"report": i, "attribute": attribute, "sum": total} if {
	some i in speaking
	some attribute, groups in report_of(i).predicate.group_counts
	total := sum([n | some n in groups])
	total > report_of(i).predicate.rows
}

sourced(i) if {
	text.meaningful(report_of(i).predicate.reference_population.description)
	text.meaningful(report_of(i).predicate.reference_population.source)
}

sized(i) if report_of(i).predicate.rows > 0

pass if {
	count(speaking) > 0
	every i in speaking {
		sourced(i)
		count(shares_of(i)) > 0
		sized(i)
	}
	count(present) > 0
	count([one | some one in short; not recorded(one)]) == 0
	count(partial) == 0
	count(whole) == 0
	count(overcounted) == 0
}

deny contains finding if {
	some one in short
	not recorded(one)
	finding := {
		"msg": sprintf("%s %q is %s of the population and has %d records; at least %d are asked for, or the gap on record (%s)", [
			one.attribute, one.group, show.percent(one.share), one.n, data.params.group_min_n, show.said(report_of(one.report)),
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
		"msg": sprintf("%s counts %d records over the groups of %s and has %d records in all", [show.said(report_of(one.report)), one.sum, one.attribute, report_of(one.report).predicate.rows]),
		"path": sprintf("data-quality[%d].group_counts", [one.report]),
		"value": one.sum,
		"bound": report_of(one.report).predicate.rows,
		"basis": sprintf("data-quality %s", [report_of(one.report).id]),
	}
}

deny contains finding if {
	count(speaking) == 0
	count(about.those(input.evidence["data-quality"], "dataset", input.subject)) > 0
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
		"msg": sprintf("%s %q has %d records, fewer than %d; the gap is on record (%s)", [one.attribute, one.group, one.n, data.params.group_min_n, show.said(report_of(one.report))]),
		"path": sprintf("data-quality[%d].gaps", [one.report]),
		"value": one.n,
		"bound": data.params.group_min_n,
		"basis": "parameter group_min_n",
	}
}

# What the system is to be fair by, and the population is not described by.
warn contains finding if {
	some declared in input.evidence["eval-plan"]
	some planned in declared.predicate.metrics
	count(speaking) > 0
	not planned.attribute in {one.attribute | some one in present}
	finding := {
		"msg": sprintf("%s declares %q as protected; no report says how the population divides by it", [show.said(declared), planned.attribute]),
		"path": "data-quality.reference_population.shares",
		"value": planned.attribute,
		"basis": sprintf("eval-plan %s", [declared.id]),
	}
}

not_assessable contains reason if {
	count(deny) == 0
	some reason in about.others(input.evidence["data-quality"], "dataset", input.subject)
}

not_assessable contains reason if {
	count(deny) == 0
	some i in speaking
	not sourced(i)
	reason := {"msg": sprintf("%s does not say which population the data should represent and where its figures come from", [show.said(report_of(i))])}
}

not_assessable contains reason if {
	count(deny) == 0
	some one in partial
	reason := {"msg": sprintf("the shares of %s in %s add up to %v, not to 1: groups of the population are left out or counted twice", [one.attribute, show.said(report_of(one.report)), one.sum])}
}

not_assessable contains reason if {
	count(deny) == 0
	some one in whole
	reason := {"msg": sprintf("by %s the population of %s has fewer than two groups, so representation cannot be judged", [one.attribute, show.said(report_of(one.report))])}
}

not_assessable contains reason if {
	count(deny) == 0
	some i in speaking
	not sized(i)
	reason := {"msg": sprintf("%s does not say how many records there are", [show.said(report_of(i))])}
}

not_assessable contains reason if {
	count(deny) == 0
	count(speaking) > 0
	count(present) == 0
	reason := {"msg": "the reference population has no group with a share"}
}
