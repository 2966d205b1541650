package predicate

import "time"

// Incident is a malfunction or serious incident (AI Act Art 3(49), 20, 73; NIST AI RMF MANAGE 4.3; ISO/IEC 42001
// A.8.4).
type Incident struct {
	Head

	Environment       string           `json:"environment"`                 // Environment the statement speaks of, such as production.
	ID                string           `json:"id"`                          // Id of the incident.
	Category          string           `json:"category,omitempty"`          // Art 3(49)(a)-(d), or internal.
	Death             *bool            `json:"death,omitempty"`             // Whether a person died.
	Widespread        *bool            `json:"widespread,omitempty"`        // Whether it is a widespread infringement.
	Severity          string           `json:"severity,omitempty"`          // How bad.
	Description       string           `json:"description,omitempty"`       // What happened.
	OccurredAt        time.Time        `json:"occurred_at,omitzero"`        // When it happened.
	AwareAt           time.Time        `json:"aware_at,omitzero"`           // When the provider became aware.
	CausalLinkAt      time.Time        `json:"causal_link_at,omitzero"`     // When the causal link was established.
	PersonsAffected   *int64           `json:"persons_affected,omitempty"`  // Persons affected.
	Status            string           `json:"status"`                      // Where it stands.
	Blocking          *bool            `json:"blocking,omitempty"`          // Whether it blocks deployment while open.
	Reports           []IncidentReport `json:"reports,omitzero"`            // Reports sent.
	Alerts            []string         `json:"alerts,omitzero"`             // Ids of the alarms that told of it.
	CorrectiveActions []string         `json:"corrective_actions,omitzero"` // What was done.
	ClosedAt          time.Time        `json:"closed_at,omitzero"`          // When it was closed.
}

// Short returns incident.
func (*Incident) Short() string { return "incident" }

// IncidentReport was sent to an authority.
type IncidentReport struct {
	Authority string    `json:"authority"`        // Authority.
	SentAt    time.Time `json:"sent_at,omitzero"` // When it was sent.
	Kind      string    `json:"kind,omitempty"`   // Initial or final.
}
