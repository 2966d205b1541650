package gate

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/policy"
)

// Actions a question may name (DESIGN, Rules).
var Actions = []string{"train", "release", "deploy", "continue"}

// Question is what is asked of the gate.
type Question struct {
	// Subject is a digest reference, alg:hex.
	Subject attest.Ref `json:"subject"`
	// System is a URI beginning "system:". Empty: every system the subject
	// belongs to is judged and the worst verdict wins.
	System      string `json:"system,omitempty"`
	Action      string `json:"action"`
	Environment string `json:"environment"`
}

// ErrQuestion: the question itself is malformed; nothing was judged.
var ErrQuestion = errors.New("malformed question")

// Check reports what is wrong with a question.
func (q Question) Check() error {
	if _, err := attest.ParseRef(string(q.Subject)); err != nil {
		return fmt.Errorf("%w: subject: %w", ErrQuestion, err)
	}
	if q.System != "" && (!strings.HasPrefix(q.System, "system:") || len(q.System) > 512) {
		return fmt.Errorf("%w: system %q: a URI of at most 512 bytes beginning \"system:\"", ErrQuestion, q.System)
	}
	if !slices.Contains(Actions, q.Action) {
		return fmt.Errorf("%w: action %q: one of %s", ErrQuestion, q.Action, strings.Join(Actions, ", "))
	}
	if q.Environment == "" || len(q.Environment) > 128 || strings.ContainsAny(q.Environment, "\n\r\t ") {
		return fmt.Errorf("%w: environment %q: 1 to 128 bytes without white space", ErrQuestion, q.Environment)
	}
	return nil
}

// Verdict of a decision.
type Verdict string

const (
	Allow         Verdict = "allow"
	Indeterminate Verdict = "indeterminate"
	Deny          Verdict = "deny"
)

// worse orders verdicts: deny over indeterminate over allow.
func worse(a, b Verdict) Verdict {
	rank := map[Verdict]int{Allow: 0, Indeterminate: 1, Deny: 2}
	if rank[b] > rank[a] {
		return b
	}
	return a
}

// Finding is one rule's judgement of one subject of one system.
type Finding struct {
	System string `json:"system,omitempty"`
	// Effect of the finding in this gate: blocks, warns or none.
	Effect string `json:"effect"`
	policy.Finding
}

// Effects of a finding.
const (
	Blocks = "blocks" // it stands between the subject and an allow
	Warns  = "warns"  // it did not pass, in a severity that does not block here, or passed with a warning
	None   = "none"
)

// Engine names what judged. Another engine may judge otherwise; replay says so.
type Engine struct {
	Name         string `json:"name"`
	Version      string `json:"version"`
	OPA          string `json:"opa"`
	Capabilities string `json:"capabilities"` // digest of the builtins rules may use
	TimeZones    string `json:"time_zones"`   // "none": rules cannot name a zone
}

// Decision is the predicate of a recorded decision (FORMATS, Decision).
type Decision struct {
	V        int       `json:"v"`
	Question Question  `json:"question"`
	Verdict  Verdict   `json:"verdict"`
	Reasons  []string  `json:"reasons"` // of the gate itself: no system, nothing passed, not accepted
	Findings []Finding `json:"findings"`
	// Basis is the digest of all the judgement depends on but the instant.
	Basis string `json:"basis"`
	// HoldsFrom and HoldsUntil bound the instants for which verdict and findings
	// are the same: from inclusive, until exclusive; empty is unbounded.
	HoldsFrom  string `json:"holds_from,omitempty"`
	HoldsUntil string `json:"holds_until,omitempty"`
	// FlipsAt is the first instant at which the verdict is another if nothing new
	// arrives, and FlipsTo that verdict. Empty: never, or not before FlipsSearched
	// when that is set.
	FlipsAt       string  `json:"flips_at,omitempty"`
	FlipsTo       Verdict `json:"flips_to,omitempty"`
	FlipsSearched string  `json:"flips_searched,omitempty"`
	JudgedSize    uint64  `json:"judged_size"`
	Checkpoint    string  `json:"checkpoint"` // signed note over the tree of JudgedSize
	Set           string  `json:"set"`
	Parameters    string  `json:"parameters"`
	Trust         string  `json:"trust"`
	Engine        Engine  `json:"engine"`
	DecidedAt     string  `json:"decided_at"`
}

// Momentary reports whether the decision holds for its instant alone, as one does that
// rests on a pinned clock. When it will be another nobody can say; whoever asks again
// gets another.
func (d *Decision) Momentary() bool {
	from, err := time.Parse(time.RFC3339Nano, d.HoldsFrom)
	until, also := time.Parse(time.RFC3339Nano, d.HoldsUntil)
	return err == nil && also == nil && until.Equal(from.Add(time.Nanosecond))
}

// Counts of findings by status.
func (d *Decision) Counts() map[string]int {
	out := map[string]int{}
	for _, f := range d.Findings {
		out[string(f.Status)]++
	}
	return out
}

// Warnings counts findings that warn.
func (d *Decision) Warnings() int {
	n := 0
	for _, f := range d.Findings {
		if f.Effect == Warns {
			n++
		}
	}
	return n
}

// Recorded says where a decision stands in the ledger.
type Recorded struct {
	ID    string `json:"id"` // attestation id of the decision statement
	Index uint64 `json:"index"`
	Leaf  string `json:"leaf"`
	Time  string `json:"time"`
}

// Answer to a question. Exactly one of Recorded and Inquiry is set: what is not
// recorded is an inquiry, and Inquiry says why.
type Answer struct {
	Decision Decision  `json:"decision"`
	Recorded *Recorded `json:"recorded,omitempty"`
	Inquiry  []string  `json:"inquiry,omitempty"`
}

// Exit codes of the command line (DESIGN, Decisions).
const (
	ExitAllow         = 0
	ExitError         = 1
	ExitDeny          = 2
	ExitIndeterminate = 3
	ExitWarn          = 4
)

// Exit is the exit code of an answer. An allowing inquiry passes only a caller
// who said that an inquiry is enough.
func (a *Answer) Exit(inquiryIsEnough, failOnWarn bool) int {
	switch {
	case a.Decision.Verdict == Deny:
		return ExitDeny
	case a.Decision.Verdict != Allow, len(a.Inquiry) > 0 && !inquiryIsEnough:
		return ExitIndeterminate
	case failOnWarn && a.Decision.Warnings() > 0:
		return ExitWarn
	}
	return ExitAllow
}
