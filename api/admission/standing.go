package admission

import (
	"context"
	"slices"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/policy/gate"
)

// Standing is how something that runs would be answered if it asked now.
type Standing struct {
	Outcome string // as the webhook counts it
	Refused bool   // the webhook would refuse it
	// Message is what the webhook would say first, empty when it has nothing to say.
	Message string
	Points  []Stood
	// Until is the first instant at which it may stand otherwise though nothing new
	// arrives; zero: none is known.
	Until time.Time
}

// Stood is how one reference of an object stands.
type Stood struct {
	Reference string // as written
	At        string // where in the object
	Scope     string // empty: none speaks of it
	Mode      Mode
	Question  gate.Question
	Digest    attest.Ref // empty when it has none
	Verdict   gate.Verdict
	Why       string // what stands between it and an allow
	Link      string
	Answer    *gate.Answer // nil: not judged
}

// Stand judges a pod that runs by the same scopes, claims, questions and
// modes as a request about it, which was read by Read: a report made of it cannot say what the webhook would
// not. Only what Follows tells is to be asked about.
func (s *Server) Stand(ctx context.Context, namespace string, r Reading) Standing {
	o := r.o
	points := s.scoped(ctx, namespace, o, o.references)
	s.judge(ctx, namespace, o, points, false)
	a := s.answer(points, false)
	resp, outcome := a.response("")
	out := Standing{Outcome: outcome, Refused: !resp.Allowed}
	for _, said := range [][]string{a.refusals, a.failures, a.warnings} {
		if len(said) > 0 {
			out.Message = oneLine(said[0], MaxMessage)
			break
		}
	}
	for i := range points {
		p := &points[i]
		st := Stood{Reference: p.text, At: p.at, Mode: p.mode, Question: p.question, Digest: p.digest, Link: s.link(p), Answer: p.answer}
		if p.scope != nil {
			st.Scope = p.scope.Name
			if p.mode != Off {
				st.Verdict, st.Why = p.verdict(false)
			}
		} else if s.cfg.NoMatch == "deny" {
			st.Mode, st.Verdict, st.Why = Enforce, gate.Deny, "no scope of the admission configuration speaks of it, and no_match is deny"
		}
		if p.answer != nil && !p.answer.Decision.Momentary() { // that one is asked anew with everything else
			if until, err := time.Parse(time.RFC3339Nano, p.answer.Decision.HoldsUntil); err == nil && (out.Until.IsZero() || until.Before(out.Until)) {
				out.Until = until
			}
		}
		out.Points = append(out.Points, st)
	}
	return out
}

// Follows tells whether the webhook is asked about objects with these labels in a
// namespace, as the section running of the configuration says.
func (s *Server) Follows(ctx context.Context, namespace string, labels map[string]string) (bool, error) {
	if s.cfg.Running == nil {
		return false, nil
	}
	in, err := s.running.inNamespace(namespace, func() (map[string]string, error) { return s.parts.Namespaces.Labels(ctx, namespace) })
	if err != nil || !in {
		return false, err
	}
	return !slices.ContainsFunc(s.cfg.Running.Objects, func(e Expression) bool { return !e.holds(labels) }), nil
}
