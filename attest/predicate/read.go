package predicate

import (
	"fmt"
	"time"

	"github.com/assize-dev/assize/attest"
)

// Relations of lineage edges: the child was made from, measured on or became the
// parent's carrier.
const (
	TrainedOn     = "trained-on"      // model, dataset
	EvaluatedOn   = "evaluated-on"    // model, dataset
	FineTunedFrom = "fine-tuned-from" // model, model
	DerivedFrom   = "derived-from"    // dataset, dataset or model, model
	PackagedAs    = "packaged-as"     // image, model
	DeployedAs    = "deployed-as"     // system, model or image
)

// Edge is one step of lineage a statement asserts. It counts only when the signer
// may speak about the child.
type Edge struct {
	Child, Parent attest.Ref
	Relation      string
	Role          string // what the parent was used for, such as training; the environment for deployed-as
	ParentKind    string // dataset, model or image
}

// Facts is what the service reads from a statement at ingest.
type Facts struct {
	Type        Type
	StatedAt    time.Time
	Systems     []string
	Environment string   // of deployment, approval, monitoring-*, incident and waiver
	Supersedes  []string // ids of attestations this one replaces
	Edges       []Edge
	// Kinds is what the statement says a thing is: dataset, model or image.
	Kinds  map[attest.Ref]string
	Plan   string  // id of the plan a result answers
	Target *Target // of a revocation
	Undo   bool    // a revocation that lifts an earlier one
	Reason string  // of a revocation
	// EffectiveAt is from when a revocation voids; zero: all.
	EffectiveAt time.Time
	Waiver      *Waiver
	Binding     *Binding // of an approval or waiver
	State       *State   // of a deployment or incident
}

// Binding is what an approval or waiver was made for, beside its systems and
// environment: it cannot be carried to another action or another log.
type Binding struct {
	Actions   []string
	LogOrigin string
}

// State is where a thing stands that later statements may move on: the newest
// statement of a thing tells.
type State struct {
	Of   string // model of a deployment, id of an incident
	Open bool   // a running deployment, an incident that is not closed
}

// Read checks a statement against the schema of its type and against itself, and
// reads its facts. A statement of a type not known here gives zero Facts and no
// error. An error is a *Fault.
func Read(st *attest.Statement) (Facts, error) {
	t := typeOf(st.PredicateType)
	if t == nil {
		return Facts{}, nil
	}
	f := Facts{Type: *t}
	if form := forms()[st.PredicateType]; form != nil {
		if fault := f.readOutside(st, form); fault != nil {
			fault.Type = t.Short
			return Facts{}, fault
		}
		return f, nil
	}
	n := compiled()[t.Short]
	if n == nil {
		if st.PredicateType == modelSignatureV1 {
			f.kinds(st.Subjects, kindModel)
		}
		return f, nil
	}
	if fault := f.read(st, n); fault != nil {
		fault.Type = t.Short
		return Facts{}, fault
	}
	return f, nil
}

func (f *Facts) read(st *attest.Statement, n *node) *Fault {
	p := object(st.Predicate)
	if p == nil {
		return fault("is missing").under("$.predicate")
	}
	if fault := n.check(map[string]any(p)); fault != nil {
		return fault.under("$.predicate")
	}
	f.StatedAt = p.time("stated_at")
	f.Systems = p.texts("systems")
	f.Supersedes = p.texts("supersedes")
	f.Environment = p.text("environment")
	f.Plan = p.text("plan")
	if fault := f.consistent(st, p); fault != nil {
		return fault
	}
	f.kinds(st.Subjects, f.Type.SubjectKind)
	f.edges(st, p)
	if fault := f.tooManyEdges(); fault != nil {
		return fault
	}
	switch f.Type.Short {
	case "revocation":
		t := p.object("target")
		f.Target = &Target{Kind: t.text("kind"), ID: t.text("id")}
		f.Undo, f.Reason, f.EffectiveAt = p.flag("undo"), p.text("reason"), p.time("effective_at")
	case "waiver":
		f.Waiver = waiverOf(p)
		f.Binding = &Binding{Actions: f.Waiver.Actions, LogOrigin: f.Waiver.LogOrigin}
	case "approval":
		f.Binding = &Binding{Actions: p.texts("actions"), LogOrigin: p.text("log_origin")}
	case "deployment":
		f.State = &State{Of: p.text("model"), Open: p.text("state") == "running"}
	case "incident":
		f.State = &State{Of: p.text("id"), Open: p.text("status") != "closed"}
	}
	return nil
}

func (f *Facts) tooManyEdges() *Fault {
	if len(f.Edges) <= MaxEdges {
		return nil
	}
	return &Fault{Path: "$.predicate", Kind: ErrTooLarge, Msg: fmt.Sprintf(
		"asserts more than %d lineage edges (subjects times inputs); split the statement", MaxEdges)}
}

func waiverOf(p object) *Waiver {
	w := &Waiver{
		Environment: p.text("environment"),
		Rules:       p.texts("rules"),
		Evidence:    p.texts("evidence"),
		Statuses:    p.texts("statuses"),
		Actions:     p.texts("actions"),
		LogOrigin:   p.text("log_origin"),
		Reason:      p.text("reason"),
		RequestedBy: p.text("requested_by"),
		ApprovedBy:  p.text("approved_by"),
		ExpiresAt:   p.time("expires_at"),
		MaxSeverity: p.text("max_severity"),
		Lineage:     p.maybe("lineage"),
		BreakGlass:  p.maybe("break_glass"),
		ReviewBy:    p.time("review_by"),

		CompensatingControls: p.texts("compensating_controls"),
	}
	w.StatedAt, w.Systems, w.Supersedes = p.time("stated_at"), p.texts("systems"), p.texts("supersedes")
	for _, s := range p.texts("subjects") {
		w.Subjects = append(w.Subjects, attest.Ref(s))
	}
	return w
}

// object reads members of a tree that passed its schema; an absent member reads as
// the zero value.
type object map[string]any

func (o object) text(name string) string {
	s, _ := o[name].(string)
	return s
}

func (o object) ref(name string) attest.Ref { return attest.Ref(o.text(name)) }

// maybe is a boolean that may be absent.
func (o object) maybe(name string) *bool {
	if b, ok := o[name].(bool); ok {
		return &b
	}
	return nil
}

func (o object) flag(name string) bool {
	b, _ := o[name].(bool)
	return b
}

func (o object) time(name string) time.Time {
	t, _ := parseTime(o.text(name)) // its form was checked by the schema
	return t
}

func (o object) object(name string) object {
	m, _ := o[name].(map[string]any)
	return m
}

func (o object) texts(name string) []string {
	l, _ := o[name].([]any)
	if l == nil {
		return nil
	}
	out := make([]string, 0, len(l))
	for _, v := range l {
		s, _ := v.(string)
		out = append(out, s)
	}
	return out
}

func (o object) objects(name string) []object {
	l, _ := o[name].([]any)
	out := make([]object, 0, len(l))
	for _, v := range l {
		m, _ := v.(map[string]any)
		out = append(out, m)
	}
	return out
}
