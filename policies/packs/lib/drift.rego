# METADATA
# title: Drift figures
# description: >-
#   Methods of the statistics of monitoring reports. The output of the model is
#   monitored like a feature, under the name prediction.
package assize.lib.drift

tests := {"ks", "chi2"}

distances := {"js", "hellinger", "wasserstein"}

output := "prediction"

# edges of all bins, where the outer ones end too.
edges(histogram) := array.concat(array.concat([histogram.low], histogram.upper_edges), [histogram.high])
