# METADATA
# title: Estimated performance lies in its band
# description: >-
#   Where outcomes come late, each report that overlaps the last cadence estimates
#   performance, and every estimate lies within the band recomputed from the reference
#   chunks, their mean less and plus three standard deviations.
# custom:
#   id: OPS-07
#   severity: high
#   kinds: [deployment]
#   actions: [continue]
#   requires: [monitoring-plan, monitoring-report]
#   controls: ["nist-ai-rmf/MEASURE-2.4", "nist-ai-rmf/MEASURE-4.3", "eu-ai-act/art-72"]
#   basis: convention
#   remediation: Have a sample of recent cases labelled and hold the model against it; look for what changed.
package assize.ops.ops_07

import data.assize.lib.metric
import data.assize.lib.show
import data.assize.lib.text
import data.assize.lib.window

watch := input.evidence["monitoring-plan"][0]

reports := input.evidence["monitoring-report"]

recent := assize.windows_recent(reports, watch.predicate.cadence_s)

stale if assize.reached(assize.plus_seconds(recent.newest, data.params.monitoring_silence_cadences * watch.predicate.cadence_s))

unsettled := window.unsettled(input.evidence["monitoring-plan"], data.params.monitoring_cadence_limit_s)

cases contains {"report": i, "estimate": k} if {
	some i in recent.places
	some k, _ in reports[i].predicate.estimated_perf
}

# Outcomes are known at once, every report states what came of it, and nobody
# estimates.
not_applicable if {
	count(input.evidence["monitoring-plan"]) == 1
	watch.predicate.label_delay_s == 0
	recent.places != set()
	every i in recent.places {
		count(reports[i].predicate.perf) > 0
	}
	count({i | some i, report in reports; count(report.predicate.estimated_perf) > 0}) == 0
}

estimate_of(case) := reports[case.report].predicate.estimated_perf[case.estimate]

band[case] := assize.band(estimate_of(case).reference_values, data.params.estimated_perf_width) if {
	some case in cases
	count(estimate_of(case).reference_values) >= data.params.estimated_perf_min_chunks
}

# impossible are values no such metric has; one of them makes any band wide enough.
impossible(case) := {value |
	lower(estimate_of(case).metric) in metric.shares
	some value in array.concat([estimate_of(case).value], estimate_of(case).reference_values)
	not share(value)
}

share(value) if {
	value >= 0
	value <= 1
}

inside(case) if {
	estimate_of(case).value >= band[case].low
	estimate_of(case).value <= band[case].high
}

# claims of the band that its own chunks do not give.
false_claims(case) := {member |
	some member in ["low", "high"]
	claimed := estimate_of(case)[sprintf("band_%s", [member])]
	abs(claimed - band[case][member]) > data.params.recompute_tolerance
}

pass if {
	unsettled == set()
	watch.predicate.environment == input.environment
	window.sound(reports, input.environment)
	not stale
	recent.places != set()
	every i in recent.places {
		count(reports[i].predicate.estimated_perf) > 0
	}
	cases != set()
	every case in cases {
		inside(case)
		text.meaningful(estimate_of(case).metric)
		is_string(estimate_of(case).method)
		count(false_claims(case)) == 0
		count(impossible(case)) == 0
	}
}

words(case) := sprintf("%s estimated by %s", [estimate_of(case).metric, upper(estimate_of(case).method)])

place(case) := sprintf("monitoring-report[%d].estimated_perf[%d]", [case.report, case.estimate])

deny contains finding if {
	some case, found in band
	not inside(case)
	finding := {
		"msg": sprintf("%s is %s, outside %s, the mean %s of %d reference chunks less and plus %v standard deviations of %s (%s)", [
			words(case), assize.decimals(estimate_of(case).value), show.interval(found.low, found.high), assize.decimals(found.mean), found.n,
			data.params.estimated_perf_width, assize.decimals(found.sd), assize.window_said(reports[case.report]),
		]),
		"path": place(case),
		"value": estimate_of(case).value,
		"bound": [found.low, found.high],
		"n": found.n,
		"basis": "parameter estimated_perf_width",
	}
}

deny contains finding if {
	some case, found in band
	some member in false_claims(case)
	claimed := estimate_of(case)[sprintf("band_%s", [member])]
	finding := {
		"msg": sprintf("%s claims %v as the %s end of the band of %s; its own reference values give %v", [assize.said(reports[case.report]), claimed, member, words(case), found[member]]),
		"path": sprintf("%s.band_%s", [place(case), member]),
		"value": found[member],
		"claimed": claimed,
		"bound": data.params.recompute_tolerance,
		"basis": "parameter recompute_tolerance",
	}
}

deny contains finding if {
	some i in recent.places
	count(object.get(reports[i].predicate, "estimated_perf", [])) == 0
	finding := {
		"msg": sprintf("performance is not estimated though outcomes may come late (%s)", [assize.window_said(reports[i])]),
		"path": sprintf("monitoring-report[%d].estimated_perf", [i]),
		"value": 0,
		"bound": 1,
		"basis": "NIST AI RMF MEASURE 2.4",
	}
}

not_assessable contains {"msg": msg} if {
	deny == set()
	some msg in unsettled
}

not_assessable contains reason if {
	deny == set()
	stale
	reason := {"msg": sprintf("the newest monitoring window ended on %s and is too old to tell of performance now", [show.day(recent.newest)])}
}

not_assessable contains reason if {
	deny == set()
	some case in cases
	not band[case]
	reason := {
		"msg": sprintf("%s comes with %d reference values; the band is recomputed from %d at least (%s)", [
			words(case), count(object.get(estimate_of(case), "reference_values", [])), data.params.estimated_perf_min_chunks, assize.window_said(reports[case.report]),
		]),
		"path": place(case),
		"value": count(object.get(estimate_of(case), "reference_values", [])),
		"bound": data.params.estimated_perf_min_chunks,
		"basis": "parameter estimated_perf_min_chunks",
	}
}

not_assessable contains reason if {
	deny == set()
	some case in cases
	some value in impossible(case)
	reason := {
		"msg": sprintf("%s comes with a value of %v, which lies outside 0 to 1 and makes the band mean nothing (%s)", [words(case), value, assize.window_said(reports[case.report])]),
		"path": place(case),
		"value": value,
		"bound": [0, 1],
		"basis": "the metric is a share",
	}
}
