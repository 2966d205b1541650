package predicate

// MonitoringPlan fixes what is watched, how often and within which bounds (AI Act Art 72, 26(5); NIST AI RMF
// MEASURE 2.4).
type MonitoringPlan struct {
	Head

	Environment string             `json:"environment"`             // Environment the statement speaks of, such as production.
	Metrics     []MonitoredMetric  `json:"metrics,omitzero"`        // Figures watched.
	Methods     []string           `json:"methods,omitzero"`        // Methods used.
	CadenceS    *float64           `json:"cadence_s,omitempty"`     // Seconds from one window to the next.
	MinN        *int64             `json:"min_n,omitempty"`         // Least number of cases in a window.
	LabelDelayS *float64           `json:"label_delay_s,omitempty"` // Seconds until true outcomes are known.
	Owner       string             `json:"owner,omitempty"`         // Who watches.
	Actions     []string           `json:"actions,omitzero"`        // What is done when a bound is crossed.
	Retraining  []RetrainingBound  `json:"retraining,omitzero"`     // Within which bounds a model may be retrained without a person deciding on it; all must hold.
	Parameters  map[string]float64 `json:"parameters,omitzero"`     // Rule parameters set for this system, by name.
}

// Short returns monitoring-plan.
func (*MonitoringPlan) Short() string { return "monitoring-plan" }

// MonitoredMetric is one figure watched, with its bounds.
type MonitoredMetric struct {
	Name       string   `json:"name"`                 // Name of the figure, such as auc or psi.
	Feature    string   `json:"feature,omitempty"`    // Feature it is computed on; absent for all.
	Attribute  string   `json:"attribute,omitempty"`  // Protected attribute whose groups are compared.
	Method     string   `json:"method,omitempty"`     // How it is computed.
	Comparator string   `json:"comparator,omitempty"` // How the value is held against the threshold.
	Warn       *float64 `json:"warn,omitempty"`       // Bound from which it warns.
	Threshold  *float64 `json:"threshold,omitempty"`  // Bound from which it fails.
	Baseline   *float64 `json:"baseline,omitempty"`   // Value at the evaluation.
	MaxDrop    *float64 `json:"max_drop,omitempty"`   // Largest relative drop from the baseline.
	MinN       *int64   `json:"min_n,omitempty"`      // Least number of cases.
	Unit       string   `json:"unit,omitempty"`       // Unit; empty for a rate or score.
}

// RetrainingBound is one bound of the envelope of automatic retraining.
type RetrainingBound struct {
	Metric     string            `json:"metric"`         // Name of the metric of the retrained model.
	Slice      map[string]string `json:"slice,omitzero"` // Attribute values of the slice; absent for the whole.
	Comparator string            `json:"comparator"`     // How the value is held against the threshold.
	Threshold  float64           `json:"threshold"`      // Bound of the envelope.
}
