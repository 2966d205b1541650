package predicate

import (
	"time"

	"github.com/assize-dev/assize/attest"
)

// TransparencyNotice is information given to persons (AI Act Art 26(7), 26(11), 50; NYC Local Law 144; C.R.S.
// 6-1-1704).
type TransparencyNotice struct {
	Head

	Kind                  string     `json:"kind"`                              // What is told.
	Text                  attest.Ref `json:"text,omitempty"`                    // Digest of the text.
	Document              *Document  `json:"document,omitempty"`                // The text.
	Channel               string     `json:"channel,omitempty"`                 // Where it is shown.
	Languages             []string   `json:"languages,omitzero"`                // BCP 47 tags.
	LiveAt                time.Time  `json:"live_at,omitzero"`                  // From when it is shown.
	Until                 time.Time  `json:"until,omitzero"`                    // Until when it is shown.
	MarkingScheme         string     `json:"marking_scheme,omitempty"`          // Scheme of machine-readable marking, such as C2PA.
	ExplanationWithinDays *float64   `json:"explanation_within_days,omitempty"` // Days within which an explanation is given.
	ReviewRoute           string     `json:"review_route,omitempty"`            // How a person asks for review by a person.
	CorrectionRoute       string     `json:"correction_route,omitempty"`        // How a person has wrong personal data corrected.
}

// Short returns transparency-notice.
func (*TransparencyNotice) Short() string { return "transparency-notice" }
