package policy

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Status is what a finding says of one rule and one subject.
type Status string

// The seven statuses, in the order in which they take precedence: waived lies
// over fail and unassessable (and missing, if the waiver says so).
const (
	StatusWaived           Status = "waived"
	StatusNotYetApplicable Status = "not_yet_applicable"
	StatusNotApplicable    Status = "not_applicable"
	StatusMissing          Status = "missing"
	StatusUnassessable     Status = "unassessable"
	StatusFail             Status = "fail"
	StatusPass             Status = "pass"
	LevelDeny                     = "deny"
	LevelWarn                     = "warn"
	LevelInfo                     = "info"
	SourceDefault                 = "default"
	planSourcePrefix              = "plan:"
)

// statuses are all of them.
var statuses = []Status{
	StatusWaived, StatusNotYetApplicable, StatusNotApplicable, StatusMissing, StatusUnassessable, StatusFail, StatusPass,
}

// SubjectRef names what a finding is about.
type SubjectRef struct {
	Ref  string `json:"ref"`
	Name string `json:"name"`
	Kind string `json:"kind"`
}

// Message is one thing a rule, or the engine (level info), says.
type Message struct {
	Level string // deny | warn | info
	Msg   string
	Path  string // where in the evidence; may be empty
	// Members are the free members of the rule's object, numbers as
	// json.Number. In JSON they stand beside the others.
	Members map[string]any
}

// MarshalJSON writes one flat object.
func (m Message) MarshalJSON() ([]byte, error) {
	out := make(map[string]any, len(m.Members)+3)
	for k, v := range m.Members {
		out[k] = v
	}
	out["level"], out["msg"] = m.Level, m.Msg
	if m.Path != "" {
		out["path"] = m.Path
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (m *Message) UnmarshalJSON(b []byte) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var in map[string]any
	if err := dec.Decode(&in); err != nil {
		return err
	}
	*m = Message{}
	for name, to := range map[string]*string{"level": &m.Level, "msg": &m.Msg, "path": &m.Path} {
		if v, ok := in[name]; ok {
			s, ok := v.(string)
			if !ok {
				return fmt.Errorf("message member %q is no string", name)
			}
			*to = s
			delete(in, name)
		}
	}
	if len(in) > 0 {
		m.Members = in
	}
	return nil
}

// Cite names an attestation the rule could read.
type Cite struct {
	ID         string    `json:"id"`
	Type       string    `json:"type"`
	Index      uint64    `json:"index"`
	Leaf       string    `json:"leaf"`
	Principals []string  `json:"principals"`
	Proven     time.Time `json:"proven"`
}

// ParamUse is a parameter the rule names, with the value it was judged by.
type ParamUse struct {
	Name   string `json:"name"`
	Value  any    `json:"value"` // json.Number, string or []any of them
	Unit   string `json:"unit,omitempty"`
	Basis  string `json:"basis"`
	Source string `json:"source"` // "default" or "plan:<attestation id>"
}

// WaiverUse is the waiver that stands over a finding.
type WaiverUse struct {
	ID          string   `json:"id"`
	Index       uint64   `json:"index"`
	Leaf        string   `json:"leaf"`
	By          []string `json:"by"` // principals whose signatures verified
	RequestedBy string   `json:"requested_by"`
	ApprovedBy  string   `json:"approved_by"`
	Expires     string   `json:"expires"` // the instant from which it no longer counts
	Reason      string   `json:"reason"`
	BreakGlass  bool     `json:"break_glass,omitempty"`
}

// Finding is the outcome of one rule for one subject.
type Finding struct {
	Rule     string     `json:"rule"`
	Title    string     `json:"title"`
	Severity string     `json:"severity"`
	Basis    string     `json:"basis"`
	Subject  SubjectRef `json:"subject"`
	Status   Status     `json:"status"`
	// WouldBe is the status without the waiver, or without the date from
	// which the rule applies; empty when nothing lies over it.
	WouldBe  Status     `json:"would_be,omitempty"`
	Reason   string     `json:"reason,omitempty"`
	Messages []Message  `json:"messages,omitempty"`
	Evidence []Cite     `json:"evidence,omitempty"`
	Params   []ParamUse `json:"params,omitempty"`
	Waiver   *WaiverUse `json:"waiver,omitempty"`
	// Remediation and Controls come from the rule's metadata.
	Remediation string   `json:"remediation,omitempty"`
	Controls    []string `json:"controls,omitempty"`
	// The finding holds for holds_from <= judgement time < holds_until; empty
	// is unbounded.
	HoldsFrom  string `json:"holds_from,omitempty"`
	HoldsUntil string `json:"holds_until,omitempty"`
	// CutOff marks an evaluation ended by a bound of time, steps or memory: a
	// gate must not record it.
	CutOff bool `json:"cut_off,omitempty"`
	// Foreign marks a finding of a policy not written for this contract, for
	// instance "conftest".
	Foreign string `json:"foreign,omitempty"`

	erased bool // it rests on evidence that was erased
}

// Has reports whether the finding carries a message of the level.
func (f *Finding) Has(level string) bool {
	return slices.ContainsFunc(f.Messages, func(m Message) bool { return m.Level == level })
}

func (f *Finding) say(level, format string, args ...any) {
	f.Messages = append(f.Messages, Message{Level: level, Msg: fmt.Sprintf(format, args...)})
}

// levelRank orders messages: what denies first.
func levelRank(level string) int {
	switch level {
	case LevelDeny:
		return 0
	case LevelWarn:
		return 1
	}
	return 2
}

// settle sorts messages and cites and removes repetitions, so that equal
// outcomes are equal bytes.
func (f *Finding) settle() {
	if len(f.Messages) > 1 {
		f.settleMessages()
	}
	slices.SortFunc(f.Evidence, func(a, b Cite) int {
		if a.Index != b.Index {
			if a.Index < b.Index {
				return -1
			}
			return 1
		}
		return strings.Compare(a.ID, b.ID)
	})
	f.Evidence = slices.CompactFunc(f.Evidence, func(a, b Cite) bool { return a.ID == b.ID && a.Index == b.Index })
}

// settleMessages by level and words, and by what else they hold where those are alike.
func (f *Finding) settleMessages() {
	whole := func(m Message) []byte {
		b, err := json.Marshal(m)
		if err != nil { // only for members no rule can make
			b = []byte(m.Msg)
		}
		return b
	}
	compare := func(a, b Message) int {
		if d := cmp.Or(levelRank(a.Level)-levelRank(b.Level), strings.Compare(a.Msg, b.Msg)); d != 0 {
			return d
		}
		return bytes.Compare(whole(a), whole(b))
	}
	slices.SortStableFunc(f.Messages, compare)
	f.Messages = slices.CompactFunc(f.Messages, func(a, b Message) bool { return compare(a, b) == 0 })
}
