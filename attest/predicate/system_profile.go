package predicate

import "time"

// SystemProfile says what a system is for, who answers for it and how it is classified (AI Act Art 5, 6, Annex
// III and VIII; NIST AI RMF MAP 1.1; SR 26-2; ISO/IEC 42001 A.9.4).
type SystemProfile struct {
	Head

	SystemID                string       `json:"system_id"`                           // URI of the system; equals the statement's subject.
	Name                    string       `json:"name,omitempty"`                      // Name for people.
	IntendedPurpose         string       `json:"intended_purpose,omitempty"`          // What the system is meant to do.
	OutOfScope              []string     `json:"out_of_scope,omitzero"`               // Uses the system is not meant for.
	Roles                   []string     `json:"roles,omitzero"`                      // Roles of the organisation under the AI Act.
	Jurisdictions           []string     `json:"jurisdictions,omitzero"`              // Where the system is used: ISO 3166-1 or 3166-2 codes, or EU.
	Domain                  string       `json:"domain,omitempty"`                    // Field of use, such as credit.
	RiskTier                string       `json:"risk_tier,omitempty"`                 // Class under the AI Act.
	AnnexIIIPoint           string       `json:"annex_iii_point,omitempty"`           // Point of Annex III, such as 5(b).
	Art63                   *Exemption   `json:"art6_3,omitempty"`                    // Exemption under Art 6(3), when risk_tier is art6_3_exempt.
	TierReason              string       `json:"tier_reason,omitempty"`               // Why this class.
	ProfilingNaturalPersons *bool        `json:"profiling_natural_persons,omitempty"` // Whether natural persons are profiled.
	AffectedGroups          []string     `json:"affected_groups,omitzero"`            // Groups of persons the system affects; an empty list says none.
	ConsequentialDecision   *bool        `json:"consequential_decision,omitempty"`    // Whether decisions have legal or similarly significant effects.
	AutomatedOnly           *bool        `json:"automated_only,omitempty"`            // Whether decisions are taken without a person.
	Art22Ground             string       `json:"art22_ground,omitempty"`              // Ground of GDPR Art 22(2), when decisions are taken without a person.
	AEDT                    *bool        `json:"aedt,omitempty"`                      // Whether it is an automated employment decision tool (NYC Local Law 144).
	PublicService           *bool        `json:"public_service,omitempty"`            // Whether the deployer is governed by public law or provides public services (AI Act Art 27(1)).
	Materiality             *Materiality `json:"materiality,omitempty"`               // Materiality of the model.
	Owner                   string       `json:"owner,omitempty"`                     // Who answers for the system.
	Art5Screening           []Screening  `json:"art5_screening,omitzero"`             // Answers to the prohibited practices.
	EUMarketDate            time.Time    `json:"eu_market_date,omitzero"`             // When it was placed on the Union market.
	LegacyFlag              *bool        `json:"legacy_flag,omitempty"`               // Whether transition rules for older systems are claimed.
	Art50                   []string     `json:"art50,omitzero"`                      // Cases of AI Act Art 50 the system falls under, by the kind of notice each asks for; an empty list says none.
	Generative              *bool        `json:"generative,omitempty"`                // Whether it generates text, images, sound or other content.
}

// Short returns system-profile.
func (*SystemProfile) Short() string { return "system-profile" }

// Exemption is the case made under AI Act Art 6(3).
type Exemption struct {
	Condition    string    `json:"condition,omitempty"`    // Condition of Art 6(3).
	Reasoning    string    `json:"reasoning,omitempty"`    // Why the condition is met.
	RegisteredAt time.Time `json:"registered_at,omitzero"` // When the system was registered under Art 49(2).
}

// Materiality ranks a model for risk management (SR 26-2).
type Materiality struct {
	Exposure string `json:"exposure,omitempty"` // Size of what depends on the model.
	Purpose  string `json:"purpose,omitempty"`  // What depends on it.
	Tier     *int64 `json:"tier,omitempty"`     // 1 is the highest.
}

// Screening is the answer to one prohibited practice of AI Act Art 5(1).
type Screening struct {
	Practice string `json:"practice"`         // Letter of Art 5(1); (ba) and (bb) come from Regulation (EU) 2026/1744.
	Result   string `json:"result"`           // Whether the system does it.
	Reason   string `json:"reason,omitempty"` // Why.
}
