package predicate

import (
	"time"

	"github.com/assize-dev/assize/attest"
)

// ModelCard describes a model to those who use it (Mitchell et al.; AI Act Art 13(3); ISO/IEC 42001 A.8.2).
type ModelCard struct {
	Head

	Name                  string        `json:"name,omitempty"`                  // Name of the model.
	Version               string        `json:"version,omitempty"`               // Version of the model.
	Developer             string        `json:"developer,omitempty"`             // Who developed it.
	Type                  string        `json:"type,omitempty"`                  // Kind of model.
	License               string        `json:"license,omitempty"`               // SPDX licence expression.
	IntendedUse           []Use         `json:"intended_use,omitzero"`           // Uses it is meant for.
	OutOfScope            []Use         `json:"out_of_scope,omitzero"`           // Uses it is not meant for.
	Users                 []string      `json:"users,omitzero"`                  // Who is meant to use it.
	Factors               []string      `json:"factors,omitzero"`                // Groups and conditions that matter to its performance.
	Metrics               []Metric      `json:"metrics,omitzero"`                // Declared values, each naming the result it is taken from.
	TrainingData          []DataRef     `json:"training_data,omitzero"`          // Datasets it was trained on.
	EvaluationData        []DataRef     `json:"evaluation_data,omitzero"`        // Datasets it was evaluated on.
	Limitations           []string      `json:"limitations,omitzero"`            // Limits of use.
	EthicalConsiderations []string      `json:"ethical_considerations,omitzero"` // Ethical considerations.
	Caveats               []string      `json:"caveats,omitzero"`                // Caveats and recommendations.
	Contact               string        `json:"contact,omitempty"`               // Whom to ask.
	ReleasedAt            time.Time     `json:"released_at,omitzero"`            // When it was released.
	ParameterCount        *int64        `json:"parameter_count,omitempty"`       // Number of parameters.
	InputModalities       []string      `json:"input_modalities,omitzero"`       // What it takes in, such as text or image.
	OutputModalities      []string      `json:"output_modalities,omitzero"`      // What it gives out.
	WeightsPublic         *bool         `json:"weights_public,omitempty"`        // Whether its weights, architecture and usage are public for everybody.
	ExplanationMethod     string        `json:"explanation_method,omitempty"`    // How single outputs are explained.
	InstructionsForUse    *Instructions `json:"instructions_for_use,omitempty"`  // Instructions for use.
}

// Short returns model-card.
func (*ModelCard) Short() string { return "model-card" }

// Use is one named use of a model, so that a deployment can say which it is.
type Use struct {
	ID   string `json:"id"`   // Stable id, such as retail-credit-decision.
	Text string `json:"text"` // What the use is.
}

// DataRef names a dataset a model card refers to.
type DataRef struct {
	Name   string     `json:"name,omitempty"`   // Name of the dataset.
	Digest attest.Ref `json:"digest,omitempty"` // Digest of the dataset.
	Split  string     `json:"split,omitempty"`  // Split that was used.
}

// Instructions are the instructions for use, with the six elements of AI Act Art 13(3).
type Instructions struct {
	Document        *Document `json:"document,omitempty"`        // The instructions themselves.
	Provider        string    `json:"provider,omitempty"`        // Art 13(3)(a).
	Characteristics string    `json:"characteristics,omitempty"` // Art 13(3)(b).
	Changes         string    `json:"changes,omitempty"`         // Art 13(3)(c).
	Oversight       string    `json:"oversight,omitempty"`       // Art 13(3)(d).
	Resources       string    `json:"resources,omitempty"`       // Art 13(3)(e).
	Logs            string    `json:"logs,omitempty"`            // Art 13(3)(f).
}
