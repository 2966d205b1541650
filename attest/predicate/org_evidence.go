package predicate

import (
	"time"

	"github.com/assize-dev/assize/attest"
)

// OrgEvidence is evidence about the organisation (AI Act Art 4, 17; ISO/IEC 42001 A.2, A.3, A.4.6, A.10).
type OrgEvidence struct {
	Head

	Topic         string           `json:"topic"`                    // What it is about.
	Document      *Document        `json:"document,omitempty"`       // The document.
	Owner         string           `json:"owner,omitempty"`          // Who answers for it.
	Public        *bool            `json:"public,omitempty"`         // Whether it is public.
	ValidUntil    time.Time        `json:"valid_until,omitzero"`     // When it ends.
	DoneAt        time.Time        `json:"done_at,omitzero"`         // When what it records was done, such as the notice sent.
	RetentionDays *float64         `json:"retention_days,omitempty"` // Days records are kept from the event the law counts from (records).
	Models        []attest.Ref     `json:"models,omitzero"`          // Digests of the models it is about (supplier, training_summary, systemic_risk_notice).
	Controls      []AppliedControl `json:"controls,omitzero"`        // Statement of applicability, control by control (soa).
}

// Short returns org-evidence.
func (*OrgEvidence) Short() string { return "org-evidence" }

// AppliedControl is the decision on one control of ISO/IEC 42001 Annex A.
type AppliedControl struct {
	ID          string `json:"id"`                    // Control of ISO/IEC 42001 Annex A, such as A.5.2.
	Applicable  *bool  `json:"applicable,omitempty"`  // Whether it applies.
	Reason      string `json:"reason,omitempty"`      // Why it applies or does not.
	Implemented *bool  `json:"implemented,omitempty"` // Whether it is in place.
	Owner       string `json:"owner,omitempty"`       // Who answers for it.
}
