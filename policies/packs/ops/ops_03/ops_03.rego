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

recent := assize.windows_recent(reports, watch.predicate.cadence_s)

last := {place | some place in recent.places}

stale if assize.reached(assize.plus_seconds(recent.newest, data.params.monitoring_silence_cadences * watch.predicate.cadence_s))

unsettled := window.unsettled(input.evidence["monitoring-plan"], data.params.monitoring_cadence_limit_s)

methods := {"features": drift.tests, "output": drift.tests}

monitored := assize.monitored(watch, reports, last, methods)

# Drift is monitored in another way: the plan sets bounds and none is for a test.
not_applicable if {
	count(input.evidence["monitoring-plan"]) == 1
	count(watch.predicate.metrics) > 0
	reports != []
	planned == set()
	assize.monitored(watch, reports, set(), methods).features == set()
}

planned := {entry.name | some entry in watch.predicate.metrics; entry.name in drift.tests}

unreported := assize.left_out(monitored.features, monitored.entries, last)

min_n := object.get(watch.predicate, "min_n", data.params.monitoring_min_n)

# A test needs no floor.
cases := assize.recomputed(monitored.entries, reports, last, {"min_n": min_n, "floor": 0, "overfull": false})

# judged are the cases that can be tested again, with their p: a producer who saw more
# than the bins show and says so is believed against himself.
judged := [object.union(case, {"p": p, "level": level.is, "corrected": level.is / count(cases), "basis": level.basis}) |
	some case in cases
	p := min([case.p, object.get(case.drift, "p", 1)])
	level := level_of(case.feature)
]

# level_of a feature: the strictest the plan sets, else that of the parameters.
level_of(feature) := {"is": max(given), "basis": sprintf("monitoring-plan %s", [watch.id])} if {
	given := assize.planned(watch, drift.tests, feature, "threshold")
	given != set()
} else := {"is": data.params.drift_test_level, "basis": "parameter drift_test_level"}

drifted := [case | some case in judged; case.p < case.corrected]

misstated := [case | some case in judged; not honest(case.drift, case.value)]

# A chi-squared statistic is one of its bins; that of Kolmogorov and Smirnov can only
# be greater on the values themselves.
honest(stated, value) if {
	stated.method == "chi2"
	abs(stated.stat - value) <= data.params.recompute_tolerance * max([1, value])
}

honest(stated, value) if {
	stated.method == "ks"
	stated.stat >= value - data.params.recompute_tolerance
	stated.stat <= 1
}

pass if {
	unsettled == set()
	watch.predicate.environment == input.environment
	window.sound(reports, input.environment)
	not stale
	last != set()
	monitored.features != set()
	unreported == {}
	monitored.rebased == set()
	cases != []
	drifted == []
	misstated == []
	count(judged) == count(cases)
}

members(case) := {
	"path": sprintf("monitoring-report[%d].%s", [case.report, case.path]),
	"feature": case.feature, "value": case.p, "statistic": case.value, "n": case.n, "basis": case.basis,
}

deny contains object.union(members(case), {
	"msg": sprintf("%s of %s is %s with p %v, recomputed from %d cases against %d; %d tests are made, so below %v it fails (%s; %s)", [
		upper(case.drift.method), case.feature, assize.decimals(case.value), case.p, case.n, case.m, count(cases),
		case.corrected, replace(case.basis, watch.id, assize.short(watch.id)), assize.window_said(reports[case.report]),
	]),
	"bound": case.corrected,
}) if {
	some case in drifted
}

warn contains object.union(members(case), {
	"msg": sprintf("%s of %s has p %v, below %v as a single test; of %d tests some are (%s)", [
		upper(case.drift.method), case.feature, case.p, case.level, count(cases), assize.window_said(reports[case.report]),
	]),
	"bound": case.level,
}) if {
	some case in judged
	case.p < case.level
	case.p >= case.corrected
}

deny contains object.union(members(case), {
	"msg": sprintf("%s claims %s %v for %s; its own counts give %v", [assize.said(reports[case.report]), upper(case.drift.method), case.drift.stat, case.feature, case.value]),
	"claimed": case.drift.stat,
	"bound": data.params.recompute_tolerance,
	"basis": "parameter recompute_tolerance",
}) if {
	some case in misstated
}

deny contains finding if {
	some i, missing in unreported
	some feature in missing
	finding := {
		"msg": sprintf("%s is monitored by a test that is not in %s", [feature, assize.said(reports[i])]),
		"path": sprintf("monitoring-report[%d].feature_drift", [i]),
		"value": 0,
		"bound": 1,
		"basis": sprintf("monitoring-plan %s", [watch.id]),
	}
}

not_assessable contains {"msg": msg} if {
	deny == set()
	some msg in unclear
}

unclear contains msg if some msg in unsettled

unclear contains sprintf("the newest monitoring window ended on %s and is too old to tell of drift now", [show.day(recent.newest)]) if stale

unclear contains msg if {
	some case in cases
	not case.value
	msg := sprintf("%s has no histogram with its edges of at least %d cases and no more than the window had, so its test cannot be made again (%s)", [case.feature, min_n, assize.window_said(reports[case.report])])
}

unclear contains msg if {
	some feature in monitored.features
	level := level_of(feature).is
	level < data.params.drift_test_level_least
	msg := sprintf("the level %v for %s is laxer than the %v the parameters let a plan set", [level, feature, data.params.drift_test_level_least])
}

unclear contains msg if {
	some feature in monitored.rebased
	msg := sprintf("the reports hold %s against different references, so their tests cannot be compared", [feature])
}
