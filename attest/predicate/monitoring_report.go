package predicate

import "time"

// MonitoringReport is what was seen in one window (AI Act Art 72, 26(5); NIST AI RMF MEASURE 2.4).
type MonitoringReport struct {
	Head

	Environment     string                 `json:"environment"`                // Environment the statement speaks of, such as production.
	Plan            string                 `json:"plan,omitempty"`             // Id of the monitoring-plan it answers.
	Window          Window                 `json:"window"`                     // Span reported on.
	N               *int64                 `json:"n,omitempty"`                // Cases in the window.
	FeatureDrift    []FeatureDrift         `json:"feature_drift,omitzero"`     // Drift of features.
	DriftShare      *float64               `json:"drift_share,omitempty"`      // Share of features that drifted.
	PredictionDrift *PredictionDrift       `json:"prediction_drift,omitempty"` // Drift of the model's output.
	Perf            []Metric               `json:"perf,omitzero"`              // Realised performance.
	EstimatedPerf   []EstimatedPerformance `json:"estimated_perf,omitzero"`    // Performance estimated without labels.
	Slices          []SliceReport          `json:"slices,omitzero"`            // Slices of the window.
	DataQuality     []Check                `json:"data_quality,omitzero"`      // Checks of the data in the window.
	LatencyS        *Latency               `json:"latency_s,omitempty"`        // Response time.
	Alerts          []Alert                `json:"alerts,omitzero"`            // Alarms raised.
	Action          string                 `json:"action,omitempty"`           // What was done.
}

// Short returns monitoring-report.
func (*MonitoringReport) Short() string { return "monitoring-report" }

// Window is a span of time: start included, end not.
type Window struct {
	Start time.Time `json:"start"` // First instant.
	End   time.Time `json:"end"`   // Instant after the last.
}

// FeatureDrift is one drift statistic of one feature.
type FeatureDrift struct {
	Feature   string     `json:"feature"`             // Name of the feature.
	Method    string     `json:"method"`              // Statistic.
	Stat      float64    `json:"stat"`                // Value of the statistic.
	P         *float64   `json:"p,omitempty"`         // p-value, for a test.
	Threshold *float64   `json:"threshold,omitempty"` // Bound the producer used.
	N         *int64     `json:"n,omitempty"`         // Cases in the window.
	Histogram *Histogram `json:"histogram,omitempty"` // Counts the statistic is recomputed from.
}

// Histogram holds the counts a drift statistic is recomputed from. The last bin has no upper edge, so there is
// one edge less than there are counts.
type Histogram struct {
	Low             *float64  `json:"low,omitempty"`    // Least value counted; closes the first bin.
	High            *float64  `json:"high,omitempty"`   // Greatest value counted; closes the last bin.
	UpperEdges      []float64 `json:"upper_edges"`      // Upper edge of every bin but the last, ascending; a value equal to an edge lies below it.
	ReferenceCounts []int64   `json:"reference_counts"` // Cases per bin in the reference data.
	WindowCounts    []int64   `json:"window_counts"`    // Cases per bin in the window.
}

// PredictionDrift is the drift of the model's output.
type PredictionDrift struct {
	Method    string     `json:"method"`              // Statistic.
	Stat      float64    `json:"stat"`                // Value of the statistic.
	P         *float64   `json:"p,omitempty"`         // p-value, for a test.
	Threshold *float64   `json:"threshold,omitempty"` // Bound the producer used.
	Histogram *Histogram `json:"histogram,omitempty"` // Counts the statistic is recomputed from.
}

// EstimatedPerformance is performance estimated without labels.
type EstimatedPerformance struct {
	Metric          string    `json:"metric"`                     // Name of the metric.
	Method          string    `json:"method"`                     // Estimator.
	Value           float64   `json:"value"`                      // Estimate.
	BandLow         *float64  `json:"band_low,omitempty"`         // Lower end of the reference band.
	BandHigh        *float64  `json:"band_high,omitempty"`        // Upper end of the reference band.
	ReferenceChunks *int64    `json:"reference_chunks,omitempty"` // Chunks behind the band.
	ReferenceValues []float64 `json:"reference_values,omitzero"`  // Estimates of the reference chunks, of which the band is recomputed.
}

// SliceReport is one slice of a window.
type SliceReport struct {
	Attributes    map[string]string `json:"attributes"`               // Attribute values of the slice.
	N             *int64            `json:"n,omitempty"`              // Cases.
	Counts        *GroupCounts      `json:"counts,omitempty"`         // Counts rates are recomputed from.
	SelectionRate *float64          `json:"selection_rate,omitempty"` // Selected / n.
	Metrics       []Metric          `json:"metrics,omitzero"`         // Values measured on the slice.
}

// Latency holds quantiles of response time.
type Latency struct {
	P50 *float64 `json:"p50,omitempty"` // Median in seconds.
	P95 *float64 `json:"p95,omitempty"` // 95th percentile in seconds.
	P99 *float64 `json:"p99,omitempty"` // 99th percentile in seconds.
}

// Alert is one alarm raised.
type Alert struct {
	ID       string    `json:"id"`                 // Id of the alarm.
	Metric   string    `json:"metric,omitempty"`   // Figure that raised it.
	RaisedAt time.Time `json:"raised_at,omitzero"` // When it was raised.
	ActedAt  time.Time `json:"acted_at,omitzero"`  // When it was answered.
	Action   string    `json:"action,omitempty"`   // How it was answered.
}
