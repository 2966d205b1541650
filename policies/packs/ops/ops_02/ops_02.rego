# METADATA
# title: Features have not drifted
# description: >-
#   The population stability index of each monitored feature, recomputed from the
#   histograms of every report that overlaps the last cadence, stays below the
#   bound; from the lower bound on it warns.
# custom:
#   id: OPS-02
#   severity: high
#   kinds: [deployment]
#   actions: [continue]
#   requires: [monitoring-plan, monitoring-report]
#   controls: ["nist-ai-rmf/MEASURE-2.4", "eu-ai-act/art-72"]
#   basis: convention
#   remediation: Find out what changed in the inputs; retrain, recalibrate or roll back if it is here to stay.
package assize.ops.ops_02

import data.assize.lib.show
import data.assize.lib.window

watch := input.evidence["monitoring-plan"][0]

reports := input.evidence["monitoring-report"]

recent := assize.windows_recent(reports, watch.predicate.cadence_s)

last := {place | some place in recent.places}

stale if assize.reached(assize.plus_seconds(recent.newest, data.params.monitoring_silence_cadences * watch.predicate.cadence_s))

unsettled := window.unsettled(input.evidence["monitoring-plan"], data.params.monitoring_cadence_limit_s)

# features are those the plan names and those any report speaks of: a feature
# that is no longer reported has not stopped drifting.
monitored := assize.monitored(watch, reports, last, {"features": {"psi"}, "output": set()})

fail_at(feature) := least(assize.planned(watch, {"psi"}, feature, "threshold"), data.params.psi_fail)

warn_at(feature) := least(assize.planned(watch, {"psi"}, feature, "warn"), data.params.psi_warn)

least(stated, default_value) := default_value if stated == set()

least(stated, _) := min(stated) if stated != set()

min_n := object.get(watch.predicate, "min_n", data.params.monitoring_min_n)

cases := assize.recomputed(monitored.entries, reports, last, {"min_n": min_n, "floor": data.params.psi_floor, "overfull": true})

unreported := assize.left_out(monitored.features, cases, last)

# judged are the cases with an index, as their own counts give it, and its bound.
judged := [object.union(case, {"bound": bound, "planned": at}) |
	some case in cases
	case.value
	at := fail_at(case.feature)
	bound := held_to(at, reports[case.report].index > watch.index)
]

# held_to is what a report is held to: a plan that came after it cannot make it pass
# what the parameters fail.
held_to(at, true) := at

held_to(at, false) := min([at, data.params.psi_fail])

drifted := [case | some case in judged; case.value >= case.bound]

misstated := [case | some case in judged; abs(case.drift.stat - case.value) > data.params.recompute_tolerance]

# lax are features for which the plan sets a bound that the parameters do not let it.
lax contains feature if {
	some feature in monitored.features
	fail_at(feature) > data.params.psi_limit
}

# overfull are histograms that count more cases than the window had.
overfull := [case | some case in cases; case.n > case.of]

# unsized are reports that do not say how many cases their window had.
unsized := last - {i | some i in last; is_number(reports[i].predicate.n)}

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
	count([stat | stat := judged[_].drift.stat]) == count(cases)
	lax == set()
	overfull == []
	unsized == set()
}

source(case) := sprintf("monitoring-plan %s", [watch.id]) if {
	case.bound == case.planned
	some stated in assize.planned(watch, {"psi"}, case.feature, "threshold")
	is_number(stated)
} else := "parameter psi_fail"

members(case) := {
	"path": sprintf("monitoring-report[%d].%s", [case.report, case.path]),
	"feature": case.feature,
	"value": case.value,
	"n": case.n,
	"basis": source(case),
}

deny contains object.union(members(case), {
	"msg": sprintf("PSI of %s is %s, recomputed from %d cases; from %s on it fails (%s; %s)", [
		case.feature, assize.decimals(case.value), case.n,
		assize.decimals(case.bound), replace(source(case), watch.id, assize.short(watch.id)), assize.window_said(reports[case.report]),
	]),
	"bound": case.bound,
}) if {
	some case in drifted
}

warn contains object.union(members(case), {
	"msg": sprintf("PSI of %s is %s, recomputed from %d cases; from %s on it warns (%s)", [
		case.feature, assize.decimals(case.value), case.n,
		assize.decimals(at), assize.window_said(reports[case.report]),
	]),
	"bound": at,
}) if {
	some case in judged
	case.value < case.bound
	at := warn_at(case.feature)
	case.value >= at
}

deny contains object.union(members(case), {
	"msg": sprintf("%s claims PSI %v for %s; its own counts give %v", [assize.said(reports[case.report]), case.drift.stat, case.feature, case.value]),
	"claimed": case.drift.stat,
	"bound": data.params.recompute_tolerance,
	"basis": "parameter recompute_tolerance",
}) if {
	some case in misstated
}

deny contains finding if {
	some case in overfull
	finding := {
		"msg": sprintf("the histogram of %s counts %d cases, the window had %d (%s)", [case.feature, case.n, case.of, assize.window_said(reports[case.report])]),
		"path": sprintf("monitoring-report[%d].%s.histogram", [case.report, case.path]),
		"value": case.n,
		"bound": case.of,
		"basis": sprintf("monitoring-report %s", [reports[case.report].id]),
	}
}

deny contains finding if {
	some i, left_out in unreported
	some feature in left_out
	finding := {
		"msg": sprintf("%s is monitored and its PSI is not in the report (%s)", [feature, assize.window_said(reports[i])]),
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
	msg := sprintf("%s has no histogram of at least %d cases with its edges, so its PSI cannot be recomputed (%s)", [case.feature, min_n, assize.window_said(reports[case.report])])
}

unclear contains msg if {
	some feature in lax
	msg := sprintf("the bound %s for %s is laxer than the %s the parameters let a plan set", [assize.decimals(fail_at(feature)), feature, assize.decimals(data.params.psi_limit)])
}

unclear contains msg if {
	some i in unsized
	msg := sprintf("the report does not say how many cases its window had (%s)", [assize.window_said(reports[i])])
}

unclear contains msg if {
	some feature in monitored.rebased
	msg := sprintf("the reports hold %s against different references, so their PSI cannot be compared", [feature])
}

unclear contains "neither plan nor reports name a feature whose PSI is monitored" if monitored.features == set()
