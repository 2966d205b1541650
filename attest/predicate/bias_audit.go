package predicate

import "time"

// BiasAudit is an independent bias audit (6 RCNY 5-300 to 5-304).
type BiasAudit struct {
	Head

	Auditor              *Auditor        `json:"auditor,omitempty"`               // Who audited.
	AuditDate            time.Time       `json:"audit_date,omitzero"`             // When the audit was made.
	AEDTDistributionDate time.Time       `json:"aedt_distribution_date,omitzero"` // When the tool was first used after the audit.
	Data                 *AuditData      `json:"data,omitempty"`                  // What was counted.
	Categories           []AuditCategory `json:"categories,omitzero"`             // Categories.
	UnknownN             *int64          `json:"unknown_n,omitempty"`             // Persons of unknown category.
	SummaryURL           string          `json:"summary_url,omitempty"`           // Where the summary is public.
	PublishedAt          time.Time       `json:"published_at,omitzero"`           // When it was published.
	PublishedUntil       time.Time       `json:"published_until,omitzero"`        // Until when it stays public; absent says nothing of an end.
}

// Short returns bias-audit.
func (*BiasAudit) Short() string { return "bias-audit" }

// Auditor made an audit.
type Auditor struct {
	Org         string   `json:"org"`                   // Organisation.
	Person      string   `json:"person,omitempty"`      // Who led it.
	Independent *bool    `json:"independent,omitempty"` // Whether the auditor had no part in using, developing or distributing the tool.
	Conflicts   []string `json:"conflicts,omitzero"`    // Conflicts of interest; an empty list says none.
}

// AuditData says what an audit counted.
type AuditData struct {
	Kind        string    `json:"kind,omitempty"`        // Historical data, or test data.
	Why         string    `json:"why,omitempty"`         // Why test data.
	PeriodStart time.Time `json:"period_start,omitzero"` // Start of the period.
	PeriodEnd   time.Time `json:"period_end,omitzero"`   // End of the period.
	Source      string    `json:"source,omitempty"`      // Where the data came from.
}

// AuditCategory is one category and its figures.
type AuditCategory struct {
	Sex           string           `json:"sex,omitempty"`            // Sex category.
	RaceEthnicity string           `json:"race_ethnicity,omitempty"` // Race or ethnicity category.
	Intersection  *bool            `json:"intersection,omitempty"`   // Whether both together define the category.
	N             *int64           `json:"n,omitempty"`              // Persons in the category.
	Counts        *SelectionCounts `json:"counts,omitempty"`         // Counts the rate is recomputed from.
	SelectionRate *float64         `json:"selection_rate,omitempty"` // Selected / n.
	ScoringRate   *float64         `json:"scoring_rate,omitempty"`   // Share above the median score.
	ImpactRatio   *float64         `json:"impact_ratio,omitempty"`   // Rate divided by the rate of the most selected category.
	Excluded      *bool            `json:"excluded,omitempty"`       // Left out as below 2 %.
	ExcludedWhy   string           `json:"excluded_why,omitempty"`   // Why it was left out.
}

// SelectionCounts are the counts an impact ratio is recomputed from.
type SelectionCounts struct {
	N        int64 `json:"n"`        // Persons.
	Selected int64 `json:"selected"` // Persons selected, or above the median score.
}
