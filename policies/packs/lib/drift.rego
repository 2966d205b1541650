# METADATA
# title: Drift figures
# description: >-
#   Drift statistics of monitoring reports, recomputed from their histograms. The
#   output of the model is monitored like a feature, under the name prediction.
package assize.lib.drift

tests := {"ks", "chi2"}

distances := {"js", "hellinger", "wasserstein"}

output := "prediction"

# entries are the statistics of one of the methods in a report, with their place.
entries(report, methods) := assize.drifts(report.predicate, methods)

# reported are the names an entry of one of the methods is there for.
reported(report, methods) := {entry.feature | some entry in entries(report, methods)}

# readable: the histogram has bins, a reference and at least min_n cases, and no more
# than the window had.
readable(report, drift, min_n) if {
	histogram := drift.histogram
	sum(histogram.window_counts) >= max([1, min_n])
	sum(histogram.window_counts) <= report.predicate.n
	sum(histogram.reference_counts) >= 1
	count(histogram.window_counts) > 1
	count(histogram.window_counts) == count(histogram.upper_edges) + 1
	count(histogram.reference_counts) == count(histogram.window_counts)
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

# references are what each feature was held against in these reports: one that
# changes could follow the drift.
references(reports, methods) := {[entry.feature, entry.drift.method, entry.drift.histogram.upper_edges, entry.drift.histogram.reference_counts] |
	some report in reports
	some entry in entries(report, methods)
}

# shifting are the features held against more than one reference by one method.
shifting(reports, methods) := {feature |
	all := references(reports, methods)
	some reference in all
	feature := reference[0]
	count({other | some other in all; other[0] == feature; other[1] == reference[1]}) > 1
}

# given are the numbers a plan sets under a name for a feature, or for all.
given(plan, names, feature, member) := {entry[member] |
	some entry in plan.predicate.metrics
	entry.name in names
	object.get(entry, "feature", feature) == feature
}

# named are the features a plan names under one of the names.
named(plan, names) := {entry.feature | some entry in plan.predicate.metrics; entry.name in names}
