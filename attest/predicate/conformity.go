package predicate

import (
	"time"

	"github.com/assize-dev/assize/attest"
)

// Conformity records conformity assessment, declaration and registration (AI Act Art 43, 47-49, Annex V).
type Conformity struct {
	Head

	Declaration   *Declaration          `json:"declaration,omitempty"`          // EU declaration of conformity.
	Models        []attest.Ref          `json:"models,omitzero"`                // Digests of the models the assessment covered.
	Predetermined []PredeterminedChange `json:"predetermined_changes,omitzero"` // Changes determined at the initial assessment (Art 43(4), Annex IV 2(f)).
	TechnicalFile []FilePoint           `json:"technical_file,omitzero"`        // Points of Annex IV kept elsewhere, or that do not apply.
	Procedure     string                `json:"procedure,omitempty"`            // Procedure of Art 43.
	NotifiedBody  *NotifiedBody         `json:"notified_body,omitempty"`        // Notified body and its certificate.
	CEMarked      *bool                 `json:"ce_marked,omitempty"`            // Whether the CE marking is affixed.
	EUDBID        string                `json:"eu_db_id,omitempty"`             // Id in the EU database.
	RegisteredAt  time.Time             `json:"registered_at,omitzero"`         // When it was registered.
	Standards     []Standard            `json:"standards,omitzero"`             // Standards applied.
}

// Short returns conformity.
func (*Conformity) Short() string { return "conformity" }

// Declaration holds the items of AI Act Annex V.
type Declaration struct {
	System             string    `json:"system,omitempty"`              // Annex V 1.
	Provider           string    `json:"provider,omitempty"`            // Annex V 2.
	SoleResponsibility *bool     `json:"sole_responsibility,omitempty"` // Annex V 3.
	Statement          string    `json:"statement,omitempty"`           // Annex V 4.
	GDPRStatement      string    `json:"gdpr_statement,omitempty"`      // Annex V 5.
	Standards          []string  `json:"standards,omitzero"`            // Annex V 6.
	NotifiedBody       string    `json:"notified_body,omitempty"`       // Annex V 7.
	Place              string    `json:"place,omitempty"`               // Annex V 8.
	Date               time.Time `json:"date,omitzero"`                 // Annex V 8.
	KeptUntil          time.Time `json:"kept_until,omitzero"`           // Until when it is kept (Art 47(1)).
	Signatory          *Person   `json:"signatory,omitempty"`           // Annex V 8.
}

// PredeterminedChange is a change the initial assessment took into account.
type PredeterminedChange struct {
	Kind        string `json:"kind"`                  // Kind of change, as in model-change.
	Description string `json:"description,omitempty"` // What may change, and how compliance is kept.
}

// FilePoint is a point of the technical file (AI Act Annex IV).
type FilePoint struct {
	Point         string    `json:"point"`                    // Point of Annex IV.
	Document      *Document `json:"document,omitempty"`       // Where it is documented.
	NotApplicable string    `json:"not_applicable,omitempty"` // Why the point does not apply.
}

// NotifiedBody issued a certificate.
type NotifiedBody struct {
	ID     string    `json:"id,omitempty"`    // Number of the body.
	Cert   string    `json:"cert,omitempty"`  // Number of the certificate.
	Expiry time.Time `json:"expiry,omitzero"` // When it ends.
}

// Standard is a standard applied.
type Standard struct {
	ID     string `json:"id"`               // Reference of the standard.
	Extent string `json:"extent,omitempty"` // In full or in part.
}
