# METADATA
# title: Drift figures
# description: >-
#   Drift statistics of monitoring reports, recomputed from their histograms. The
#   output of the model is monitored like a feature, under the name prediction.
package assize.lib.drift

tests := {"ks", "chi2"}

distances := {"js", "hellinger", "wasserstein"}

output := "prediction"

# entries are the statistics of some methods in reports, with their places.
entries(reports, methods) := array.concat(stated.features, stated.output) if {
	stated := assize.drifts(reports, methods)
}

# within are the entries of the reports at the places.
within(all, places) := [entry |
	some i in places
	some k
	all[k].report == i
	entry := all[k]
]

# left_out are the features without an entry, by the places of the reports.
left_out(features, all, places) := {i: missing |
	some i in places
	missing := features - {entry.feature | some entry in all; entry.report == i}
	missing != set()
}

# readable: the histogram has bins, a reference and at least min_n cases, and no more
# than the window had.
readable(report, drift, min_n) if {
	window := drift.histogram.window_counts
	reference := drift.histogram.reference_counts
	cases := sum(window)
	cases >= max([1, min_n])
	cases <= report.predicate.n
	sum(reference) >= 1
	bins := count(window)
	bins > 1
	bins == count(drift.histogram.upper_edges) + 1
	bins == count(reference)
	closed(drift)
}

# A distance that moves mass needs to know where the outer bins end.
closed(drift) if drift.method != "wasserstein"

closed(drift) if {
	drift.method == "wasserstein"
	is_number(drift.histogram.low)
	is_number(drift.histogram.high)
}

# tested is a test of the two histograms, with its p.
tested(drift) := assize.ks_test(drift.histogram.reference_counts, drift.histogram.window_counts) if drift.method == "ks"

tested(drift) := assize.chi2_test(drift.histogram.reference_counts, drift.histogram.window_counts) if drift.method == "chi2"

# distance of the two histograms; Wasserstein's in standard deviations of the
# reference.
distance(drift, _) := assize.js(drift.histogram.reference_counts, drift.histogram.window_counts) if drift.method == "js"

distance(drift, _) := assize.hellinger(drift.histogram.reference_counts, drift.histogram.window_counts) if drift.method == "hellinger"

distance(drift, _) := assize.wasserstein_normed(drift.histogram.reference_counts, drift.histogram.window_counts, edges(drift.histogram)) if {
	drift.method == "wasserstein"
}

distance(drift, floor) := assize.psi(drift.histogram.reference_counts, drift.histogram.window_counts, floor) if drift.method == "psi"

edges(histogram) := array.concat(array.concat([histogram.low], histogram.upper_edges), [histogram.high])

# given are the numbers a plan sets under a name for a feature, or for all.
given(plan, names, feature, member) := {entry[member] |
	some entry in plan.predicate.metrics
	entry.name in names
	object.get(entry, "feature", feature) == feature
}

# named are the features a plan names under one of the names.
named(plan, names) := {entry.feature | some entry in plan.predicate.metrics; entry.name in names}
