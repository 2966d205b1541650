# METADATA
# title: No test finds drift
# description: >-
#   For every feature, and the output, that is monitored by a Kolmogorov-Smirnov or
#   chi-squared test, the p recomputed from the histograms of each report that overlaps
#   the last cadence stays at or above the level, corrected for the number of tests.
# custom:
#   id: OPS-03
#   severity: medium
#   kinds: [deployment]
#   actions: [continue]
#   requires: [monitoring-plan, monitoring-report]
#   controls: ["nist-ai-rmf/MEASURE-2.4", "nist-ai-rmf/MEASURE-3.1", "eu-ai-act/art-72"]
#   basis: convention
#   remediation: Find out what changed in the inputs; retrain, recalibrate or roll back if it is here to stay.
package assize.ops.ops_03

import data.assize.lib.drift
import data.assize.lib.show
import data.assize.lib.window

watch := input.evidence["monitoring-plan"][0]

reports := input.evidence["monitoring-report"]

last := window.last(reports, watch.predicate.cadence_s)

stale_from := window.stale_from(reports, data.params.monitoring_silence_cadences * watch.predicate.cadence_s)

unsettled := window.unsettled(input.evidence["monitoring-plan"], data.params.monitoring_cadence_limit_s)

entries := drift.entries(reports, drift.tests)

seen := {feature | feature := entries[_].feature}

features := drift.named(watch, drift.tests) | seen

planned := {name | some entry in watch.predicate.metrics; name := entry.name; name in drift.tests}

# Drift is monitored in another way: the plan sets bounds and none is for a test.
not_applicable if {
	count(input.evidence["monitoring-plan"]) == 1
	count(watch.predicate.metrics) > 0
	planned == set()
	reports != []
	seen == set()
}

min_n := object.get(watch.predicate, "min_n", data.params.monitoring_min_n)

cases := drift.within(entries, last)

unreported := drift.left_out(features, cases, last)

readable contains k if {
	some k, case in cases
	drift.readable(reports[case.report], case.drift, min_n)
}

found[k] := drift.tested(cases[k].drift) if {
	some k in readable
}

# p of a case: a producer who saw more than the bins show and says so is believed
# against himself.
p_of(k) := min([found[k].p, object.get(cases[k].drift, "p", 1)])

# level of a feature: the strictest the plan sets, else that of the parameters.
level(feature) := max(stated) if {
	stated := drift.given(watch, drift.tests, feature, "threshold")
	count(stated) > 0
}

level(feature) := data.params.drift_test_level if {
	count(drift.given(watch, drift.tests, feature, "threshold")) == 0
}

source(feature) := sprintf("monitoring-plan %s", [watch.id]) if count(drift.given(watch, drift.tests, feature, "threshold")) > 0

source(feature) := "parameter drift_test_level" if count(drift.given(watch, drift.tests, feature, "threshold")) == 0

corrected(feature) := level(feature) / count(cases)

# A chi-squared statistic is one of its bins; that of Kolmogorov and Smirnov can only
# be greater on the values themselves.
honest(k) if {
	cases[k].drift.method == "chi2"
	abs(cases[k].drift.stat - found[k].stat) <= data.params.recompute_tolerance * max([1, found[k].stat])
}

honest(k) if {
	cases[k].drift.method == "ks"
	cases[k].drift.stat >= found[k].stat - data.params.recompute_tolerance
	cases[k].drift.stat <= 1
}

pass if {
	unsettled == set()
	watch.predicate.environment == input.environment
	window.sound(reports, input.environment)
	not assize.reached(stale_from)
	last != set()
	features != set()
	unreported == {}
	assize.rebased(entries) == set()
	cases != []
	every k, case in cases {
		p_of(k) >= corrected(case.feature)
		level(case.feature) >= data.params.drift_test_level_least
		honest(k)
	}
}

span(case) := sprintf("window %s to %s, %s", [
	show.day(reports[case.report].predicate.window.start), show.day(reports[case.report].predicate.window.end), show.said(reports[case.report]),
])

members(k, case) := {
	"path": sprintf("monitoring-report[%d].%s", [case.report, case.path]),
	"feature": case.feature, "value": p_of(k), "statistic": found[k].stat, "n": found[k].n, "basis": source(case.feature),
}

deny contains object.union(members(k, case), {
	"msg": sprintf("%s of %s is %s with p %v, recomputed from %d cases against %d; %d tests are made, so below %v it fails (%s; %s)", [
		upper(case.drift.method), case.feature, show.num(found[k].stat), p_of(k), found[k].n, found[k].m, count(cases),
		corrected(case.feature), replace(source(case.feature), watch.id, show.id(watch.id)), span(case),
	]),
	"bound": corrected(case.feature),
}) if {
	some k, case in cases
	p_of(k) < corrected(case.feature)
}

warn contains object.union(members(k, case), {
	"msg": sprintf("%s of %s has p %v, below %v as a single test; of %d tests some are (%s)", [
		upper(case.drift.method), case.feature, p_of(k), level(case.feature), count(cases), span(case),
	]),
	"bound": level(case.feature),
}) if {
	some k, case in cases
	p_of(k) < level(case.feature)
	p_of(k) >= corrected(case.feature)
}

deny contains object.union(members(k, case), {
	"msg": sprintf("%s claims %s %v for %s; its own counts give %v", [show.said(reports[case.report]), upper(case.drift.method), case.drift.stat, case.feature, found[k].stat]),
	"claimed": case.drift.stat,
	"bound": data.params.recompute_tolerance,
	"basis": "parameter recompute_tolerance",
}) if {
	some k, case in cases
	found[k]
	not honest(k)
}

deny contains finding if {
	some i, missing in unreported
	some feature in missing
	finding := {
		"msg": sprintf("%s is monitored by a test that is not in %s", [feature, show.said(reports[i])]),
		"path": sprintf("monitoring-report[%d].feature_drift", [i]),
		"value": 0,
		"bound": 1,
		"basis": sprintf("monitoring-plan %s", [watch.id]),
	}
}

not_assessable contains {"msg": msg} if {
	deny == set()
	some msg in unsettled
}

not_assessable contains reason if {
	deny == set()
	assize.reached(stale_from)
	reason := {"msg": sprintf("the newest monitoring window ended on %s and is too old to tell of drift now", [show.day(window.newest(reports))])}
}

not_assessable contains reason if {
	deny == set()
	some k, case in cases
	not k in readable
	reason := {"msg": sprintf("%s has no histogram with its edges of at least %d cases and no more than the window had, so its test cannot be made again (%s)", [case.feature, min_n, span(case)])}
}

not_assessable contains reason if {
	deny == set()
	some feature in features
	level(feature) < data.params.drift_test_level_least
	reason := {"msg": sprintf("the level %v for %s is laxer than the %v the parameters let a plan set", [level(feature), feature, data.params.drift_test_level_least])}
}

not_assessable contains reason if {
	deny == set()
	some feature in assize.rebased(entries)
	reason := {"msg": sprintf("the reports hold %s against different references, so their tests cannot be compared", [feature])}
}
