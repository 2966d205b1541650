package reports

import (
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
)

// Version of the model. It changes when a reader of the JSON would have to.
const Version = 1

// KindAudit is the audit report of one system or subject.
const KindAudit = "audit"

// Report is the model all renderers write. All instants are RFC 3339 in UTC.
type Report struct {
	Head
	Scope Scope `json:"scope"`
	// System is what the newest system profile says; nil without one.
	System   *System   `json:"system,omitempty"`
	Verdicts []Verdict `json:"verdicts"`
	// Counts by severity, the worst first, then all together.
	Counts   []Count   `json:"counts"`
	Top      []string  `json:"top"` // ids of the findings to read first
	Findings []Finding `json:"findings"`
	Waivers  []Waiver  `json:"waivers"`
	Flips    []Flip    `json:"flips"`
	// Frameworks hold the controls that the judged rules serve.
	Frameworks []Framework `json:"frameworks"`
	Evidence   []Evidence  `json:"evidence"`
	// Series are what monitoring saw, window by window.
	Series  []Series `json:"series"`
	Limits  Limits   `json:"limits"`
	Changes *Changes `json:"changes,omitempty"`
	SignOff SignOff  `json:"sign_off"`
}

// Scope is what was asked about.
type Scope struct {
	System      string    `json:"system,omitempty"`
	Subjects    []Subject `json:"subjects"`
	Environment string    `json:"environment"`
	Actions     []string  `json:"actions"`
	// How the subjects were found, in words.
	How string `json:"how"`
}

// Subject is a thing that was judged.
type Subject struct {
	Ref     string `json:"ref"`
	Name    string `json:"name,omitempty"`
	Kind    string `json:"kind,omitempty"`
	Running bool   `json:"running"` // the newest deployment statement says it runs there
}

// System is the newest system profile, told by its own words.
type System struct {
	URI             string   `json:"uri"`
	Name            string   `json:"name,omitempty"`
	Owner           string   `json:"owner,omitempty"`
	IntendedPurpose string   `json:"intended_purpose,omitempty"`
	RiskTier        string   `json:"risk_tier,omitempty"`
	AnnexIIIPoint   string   `json:"annex_iii_point,omitempty"`
	Jurisdictions   []string `json:"jurisdictions,omitempty"`
	Evidence        uint64   `json:"evidence"` // ledger index of the profile
}

// Ledger is the tree that was read. Size and root are what a checkpoint signs.
type Ledger struct {
	Origin string `json:"origin"`
	Size   uint64 `json:"size"`
	Root   string `json:"root"`   // base64, as in a checkpoint
	Newest string `json:"newest"` // when the last entry below size was logged
}

// Rules is what it was judged by.
type Rules struct {
	Set        string      `json:"set"`
	Parameters string      `json:"parameters"`
	Trust      string      `json:"trust"`
	Engine     gate.Engine `json:"engine"`
	// LegalVersions of the judged rules, in words.
	LegalVersions []string `json:"legal_versions"`
	// Frameworks is the digest of the control texts beside the findings.
	Frameworks string `json:"frameworks,omitempty"`
}

// Verdict answers one question.
type Verdict struct {
	Subject       Subject      `json:"subject"`
	Action        string       `json:"action"`
	Environment   string       `json:"environment"`
	Verdict       gate.Verdict `json:"verdict"`
	Sentence      string       `json:"sentence"`
	Reasons       []string     `json:"reasons"`
	Count         Count        `json:"count"`
	Blocking      int          `json:"blocking"`
	Findings      []string     `json:"findings"` // ids
	HoldsFrom     string       `json:"holds_from,omitempty"`
	HoldsUntil    string       `json:"holds_until,omitempty"`
	FlipsAt       string       `json:"flips_at,omitempty"`
	FlipsTo       gate.Verdict `json:"flips_to,omitempty"`
	FlipsSearched string       `json:"flips_searched,omitempty"`
	Basis         string       `json:"basis"`
}

// Count of findings by status. Warned ones are among the passed.
type Count struct {
	Severity         string `json:"severity,omitempty"` // empty: all
	Fail             int    `json:"fail"`
	Missing          int    `json:"missing"`
	Unassessable     int    `json:"unassessable"`
	Waived           int    `json:"waived"`
	Pass             int    `json:"pass"`
	Warned           int    `json:"warned"`
	NotYetApplicable int    `json:"not_yet_applicable"`
	NotApplicable    int    `json:"not_applicable"`
}

// Finding is one rule's judgement of one subject. Where it is the same for
// several actions it stands once.
type Finding struct {
	// ID is the same for the same rule, system and subject in every report.
	ID      string   `json:"id"`
	System  string   `json:"system,omitempty"`
	Actions []string `json:"actions"`
	Effect  string   `json:"effect"` // the worst over its actions
	Owner   string   `json:"owner,omitempty"`
	policy.Finding
	// Since an open finding stands, and by when it is due; empty for others and
	// where the parameters set no time limit.
	Since        string `json:"since,omitempty"`
	Due          string `json:"due,omitempty"`
	Overdue      bool   `json:"overdue,omitempty"`
	AppliesFrom  string `json:"applies_from,omitempty"`
	AppliesUntil string `json:"applies_until,omitempty"`
	LegalVersion string `json:"legal_version,omitempty"`
	Description  string `json:"description,omitempty"`
}

// Open reports whether the finding asks for somebody to act.
func (f *Finding) Open() bool {
	return f.Status == policy.StatusFail || f.Status == policy.StatusMissing || f.Status == policy.StatusUnassessable
}

// Cites lists the ledger indices of the evidence, and of the waiver over it.
func (f *Finding) Cites() []uint64 {
	out := make([]uint64, 0, len(f.Evidence)+1)
	for _, c := range f.Evidence {
		out = append(out, c.Index)
	}
	if f.Waiver != nil {
		out = append(out, f.Waiver.Index)
	}
	return out
}

// Waiver is a waiver that stands over findings of the report.
type Waiver struct {
	policy.WaiverUse
	Findings []string `json:"findings"` // ids
	Rules    []string `json:"rules"`
}

// Flip is an instant at which something differs though nothing new arrives.
type Flip struct {
	At       string    `json:"at"`
	Verdicts []Turning `json:"verdicts"`
	// Findings that are proven up to here and not beyond; they may change.
	Findings []string `json:"findings"`
}

// Turning is a verdict that becomes another.
type Turning struct {
	Subject Subject      `json:"subject"`
	Action  string       `json:"action"`
	From    gate.Verdict `json:"from"`
	To      gate.Verdict `json:"to"`
}

// Framework is a law or standard with its controls.
type Framework struct {
	ID       string    `json:"id"`
	Title    string    `json:"title,omitempty"`
	Version  string    `json:"version,omitempty"`
	Controls []Control `json:"controls"`
}

// Control is one requirement and how its rules came out.
type Control struct {
	ID        string   `json:"id"` // framework/control
	Text      string   `json:"text,omitempty"`
	Provision string   `json:"provision,omitempty"`
	Status    string   `json:"status"` // the worst of its findings
	Count     Count    `json:"count"`
	Rules     []string `json:"rules"`
	Findings  []string `json:"findings"`
	Evidence  []uint64 `json:"evidence"` // ledger indices

	order int // within its framework
}

// Evidence is one piece of the dossiers.
type Evidence struct {
	Index      uint64   `json:"index"`
	Leaf       string   `json:"leaf"`
	ID         string   `json:"id,omitempty"` // empty when erased
	Type       string   `json:"type"`
	Subjects   []string `json:"subjects"`
	Principals []string `json:"principals"`
	Roles      []string `json:"roles"`
	Assurance  string   `json:"assurance,omitempty"`
	Claimed    string   `json:"claimed"`
	Proven     string   `json:"proven"`
	State      string   `json:"state"`
	Reason     string   `json:"reason,omitempty"`
	// SelfAttested: everybody who signed it makes or runs what it is about.
	SelfAttested bool     `json:"self_attested"`
	CitedBy      []string `json:"cited_by"` // ids of findings
}

// Limits is what the report does not say.
type Limits struct {
	// Rules of the set that this environment does not ask for these actions.
	Rules []NotAsked `json:"rules"`
	// Controls of the frameworks that no judged rule serves.
	Controls []string `json:"controls"`
	// Subjects of the system that were not judged.
	Subjects []Subject `json:"subjects"`
	// Withheld evidence: it is in the ledger and counted for nothing.
	Withheld []uint64 `json:"withheld"`
	// Of the evidence that counts:
	Counted      int `json:"counted"`
	Imported     int `json:"imported"`
	SelfAttested int `json:"self_attested"`
}

// NotAsked is a rule of the set that was not judged.
type NotAsked struct {
	Rule  string `json:"rule"`
	Title string `json:"title"`
	Why   string `json:"why"`
}

// SignOff is left empty: a person fills it in.
type SignOff struct {
	Name      string `json:"name"`
	Role      string `json:"role"`
	Decision  string `json:"decision"`
	Date      string `json:"date"`
	Signature string `json:"signature"`
}

// Finding finds a finding by id.
func (r *Report) Finding(id string) *Finding {
	for i := range r.Findings {
		if r.Findings[i].ID == id {
			return &r.Findings[i]
		}
	}
	return nil
}
