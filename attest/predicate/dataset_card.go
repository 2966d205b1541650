package predicate

import (
	"time"

	"github.com/assize-dev/assize/attest"
)

// DatasetCard is the datasheet of a dataset (Gebru et al.; Data & Trust Alliance provenance fields; Croissant
// RAI; AI Act Art 10(2), Annex IV 2(d)).
type DatasetCard struct {
	Head

	ID                 string       `json:"id,omitempty"`                 // Stable name of the dataset.
	Name               string       `json:"name,omitempty"`               // Name for people.
	Description        string       `json:"description,omitempty"`        // What the data are.
	Version            string       `json:"version,omitempty"`            // Version of the dataset.
	Digest             attest.Ref   `json:"digest,omitempty"`             // Digest of the dataset; one of the statement's subjects.
	PreviousVersion    attest.Ref   `json:"previous_version,omitempty"`   // Digest of the version before.
	FirstVersion       *bool        `json:"first_version,omitempty"`      // True when there is no version before.
	DerivedFrom        []Source     `json:"derived_from,omitzero"`        // Datasets this one was made from.
	SizeBytes          *int64       `json:"size_bytes,omitempty"`         // Size in bytes.
	RecordCount        *int64       `json:"record_count,omitempty"`       // Number of records.
	Modality           string       `json:"modality,omitempty"`           // Kind of data, such as tabular.
	Splits             []Split      `json:"splits,omitzero"`              // Named parts.
	Origin             []Origin     `json:"origin,omitzero"`              // Where the data came from.
	Issuer             string       `json:"issuer,omitempty"`             // Who issues the dataset.
	License            string       `json:"license,omitempty"`            // SPDX licence expression.
	AllowedPurposes    []string     `json:"allowed_purposes,omitzero"`    // Purposes the data may serve.
	ProhibitedPurposes []string     `json:"prohibited_purposes,omitzero"` // Purposes it may not serve.
	Confidentiality    string       `json:"confidentiality,omitempty"`    // Confidentiality class.
	PII                string       `json:"pii,omitempty"`                // Personal data in it.
	PIIReason          string       `json:"pii_reason,omitempty"`         // Why direct identifiers are needed, when it holds them.
	SpecialCategories  []string     `json:"special_categories,omitzero"`  // Special categories (GDPR Art 9); an empty list says none.
	SyntheticShare     *float64     `json:"synthetic_share,omitempty"`    // Share of synthetic records.
	Annotation         *Annotation  `json:"annotation,omitempty"`         // How labels were made.
	KnownBiases        []Bias       `json:"known_biases,omitzero"`        // Known biases.
	BiasExamination    *Examination `json:"bias_examination,omitempty"`   // How the data were examined for bias.
	Limitations        []string     `json:"limitations,omitzero"`         // Limits of use.
	Maintenance        *Maintenance `json:"maintenance,omitempty"`        // Who keeps it, how long.
}

// Short returns dataset-card.
func (*DatasetCard) Short() string { return "dataset-card" }

// Source is a dataset this one was made from.
type Source struct {
	Name   string     `json:"name,omitempty"`   // Name of the source.
	Digest attest.Ref `json:"digest,omitempty"` // Digest of the source.
	How    string     `json:"how,omitempty"`    // What was done.
}

// Split is a named part of a dataset; it is no subject of its own.
type Split struct {
	Name   string     `json:"name"`             // Name, such as train or test.
	N      *int64     `json:"n,omitempty"`      // Records.
	Digest attest.Ref `json:"digest,omitempty"` // Digest of the part, when it is a file.
}

// Origin says where data came from.
type Origin struct {
	Source        string    `json:"source,omitempty"`        // Who or what produced the data.
	Geography     string    `json:"geography,omitempty"`     // Where.
	CollectedFrom time.Time `json:"collected_from,omitzero"` // Start of collection.
	CollectedTo   time.Time `json:"collected_to,omitzero"`   // End of collection.
	Method        string    `json:"method,omitempty"`        // How it was collected.
}

// Annotation says how labels were made.
type Annotation struct {
	Labels    string     `json:"labels,omitempty"`    // Whether persons made the labels, the world did (an outcome seen later), or there are none.
	Protocol  string     `json:"protocol,omitempty"`  // How the labels were made.
	PerItem   *float64   `json:"per_item,omitempty"`  // Labels per item.
	Agreement *Agreement `json:"agreement,omitempty"` // Agreement between annotators.
}

// Agreement is a measure of how far annotators agree.
type Agreement struct {
	Metric string  `json:"metric"`      // Such as cohen_kappa.
	Value  float64 `json:"value"`       // Its value.
	N      *int64  `json:"n,omitempty"` // Items more than one annotator labelled.
}

// Bias is a known bias of a dataset.
type Bias struct {
	Description string `json:"description"`          // The bias.
	Mitigation  string `json:"mitigation,omitempty"` // What is done about it.
}

// Examination says how data were examined for bias (AI Act Art 10(2)(f)).
type Examination struct {
	Method     string    `json:"method,omitempty"`     // How it was done.
	Attributes []string  `json:"attributes,omitzero"`  // Attributes whose groups were compared.
	ExaminedAt time.Time `json:"examined_at,omitzero"` // When it was done.
}

// Maintenance says who keeps a dataset and how long.
type Maintenance struct {
	Owner          string    `json:"owner,omitempty"`            // Who keeps it.
	UpdateFreqDays *float64  `json:"update_freq_days,omitempty"` // Days between updates; 0 when it is not updated.
	RetentionUntil time.Time `json:"retention_until,omitzero"`   // When it is deleted.
}
