package predicate

import (
	"time"

	"github.com/assize-dev/assize/attest"
)

// Waiver lets named findings stand for a while. It counts with at least two signatures, the requester's and the
// approver's.
type Waiver struct {
	Head

	Environment          string       `json:"environment"`                    // Environment the statement speaks of, such as production.
	Rules                []string     `json:"rules"`                          // Ids of the rules waived.
	Subjects             []attest.Ref `json:"subjects"`                       // Digests of the things the findings are about; each a subject of the statement.
	Evidence             []string     `json:"evidence"`                       // Ids cited by the findings; a finding that cites others is not waived.
	Statuses             []string     `json:"statuses,omitzero"`              // Statuses waived; fail and unassessable when absent.
	Actions              []string     `json:"actions"`                        // Actions it holds for.
	LogOrigin            string       `json:"log_origin"`                     // Origin line of the log it is meant for.
	Reason               string       `json:"reason"`                         // Why the findings may stand.
	CompensatingControls []string     `json:"compensating_controls,omitzero"` // What is done in the meantime.
	RequestedBy          string       `json:"requested_by"`                   // Principal who asks; signs.
	ApprovedBy           string       `json:"approved_by"`                    // Another principal who grants; signs.
	ExpiresAt            time.Time    `json:"expires_at"`                     // When it ends.
	MaxSeverity          string       `json:"max_severity,omitempty"`         // Highest severity waived; critical cannot be.
	Lineage              *bool        `json:"lineage,omitempty"`              // Covers findings about what the subjects were made from, too.
	BreakGlass           *bool        `json:"break_glass,omitempty"`          // Given in an emergency, whatever evidence comes meanwhile; takes review_by.
	ReviewBy             time.Time    `json:"review_by,omitzero"`             // When a waiver of an emergency must have been superseded by an ordinary one or revoked.
}

// Short returns waiver.
func (*Waiver) Short() string { return "waiver" }
