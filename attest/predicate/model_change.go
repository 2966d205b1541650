package predicate

import "github.com/assize-dev/assize/attest"

// ModelChange is the step from one model to another (AI Act Art 3(23), 25, 43(4), Annex IV 2(f) and 6).
type ModelChange struct {
	Head

	From               attest.Ref   `json:"from,omitempty"`                 // Digest of the model before.
	To                 attest.Ref   `json:"to,omitempty"`                   // Digest of the model after.
	Kind               string       `json:"kind"`                           // What changed; initial: the first model, nothing before it.
	Trigger            string       `json:"trigger,omitempty"`              // What brought it about.
	Predetermined      *bool        `json:"predetermined,omitempty"`        // Whether it was foreseen in the technical documentation.
	Substantial        *bool        `json:"substantial,omitempty"`          // Whether it is a substantial modification.
	Automatic          *bool        `json:"automatic,omitempty"`            // Whether it was made without a person deciding on it.
	OwnOutputs         string       `json:"own_outputs,omitempty"`          // Whether outputs of the system are among what was learned from: the data hold none, they were left out, they were handled, they are in it.
	OwnOutputsHandling string       `json:"own_outputs_handling,omitempty"` // How outputs of the system were kept from biasing its input.
	Answers            []string     `json:"answers,omitzero"`               // Ids of the alarms it answers.
	Reason             string       `json:"reason,omitempty"`               // Why.
	Regression         []Regression `json:"regression,omitzero"`            // Both models compared.
}

// Short returns model-change.
func (*ModelChange) Short() string { return "model-change" }

// Regression holds a metric of both models.
type Regression struct {
	Metric string            `json:"metric"`         // Name of the metric.
	Slice  map[string]string `json:"slice,omitzero"` // Attribute values of the slice; absent for the whole.
	Old    float64           `json:"old"`            // Before.
	New    float64           `json:"new"`            // After.
	N      *int64            `json:"n,omitempty"`    // Cases measured.
}
