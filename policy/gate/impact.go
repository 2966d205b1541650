package gate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy"
)

// Impact is what other rules or parameters would change for everything that is
// live: every question that has a recorded decision, and every deployment in the
// ledger, asked as to continue.
type Impact struct {
	At string `json:"at"`
	// Asked counts the questions, Same those of which neither verdict nor any
	// status would change.
	Asked   int            `json:"asked"`
	Same    int            `json:"same"`
	Changes []ImpactChange `json:"changes"`
	// Unanswered are questions that could not be judged one way or the other.
	Unanswered []ImpactUnanswered `json:"unanswered"`
}

// ImpactChange is one question that would be answered otherwise.
type ImpactChange struct {
	Question Question     `json:"question"`
	Name     string       `json:"name"` // of the subject
	Owner    string       `json:"owner"`
	Before   Verdict      `json:"before"`
	After    Verdict      `json:"after"`
	Reasons  []string     `json:"reasons,omitempty"` // of the gate, that it did not have before
	Rules    []ImpactRule `json:"rules"`
}

// Directions in which a finding goes.
const (
	NewlyFails  = "newly fails"
	NewlyPasses = "newly passes"
	Otherwise   = "changes" // between statuses that both stand in the way, or neither
)

// ImpactRule is one finding that would be another. An empty status is a rule that
// is not asked.
type ImpactRule struct {
	Rule      string        `json:"rule"`
	Title     string        `json:"title"`
	Severity  string        `json:"severity"`
	System    string        `json:"system"`
	Subject   string        `json:"subject"`
	Kind      string        `json:"kind"`
	Direction string        `json:"direction"`
	Before    policy.Status `json:"before,omitempty"`
	After     policy.Status `json:"after,omitempty"`
	Effect    string        `json:"effect"` // in the gate after; of a rule no longer asked, before
	Says      string        `json:"says,omitempty"`
}

// ImpactUnanswered is a question with why it has no answer.
type ImpactUnanswered struct {
	Question Question `json:"question"`
	Why      string   `json:"why"`
}

// Impact asks every live question as things stand and under the options' set,
// parameters or both, at one instant. Nothing is recorded. each, when it is not
// nil, is told how many of how many questions are done.
func (g *Gate) Impact(ctx context.Context, o Options, each func(done, all int)) (Impact, error) {
	at, err := g.instant(ctx, o)
	if err != nil {
		return Impact{}, err
	}
	questions, err := g.live(ctx)
	if err != nil {
		return Impact{}, err
	}
	out := Impact{At: at.UTC().Format(time.RFC3339Nano), Asked: len(questions), Changes: []ImpactChange{}, Unanswered: []ImpactUnanswered{}}
	for n, q := range questions {
		before, _, err := g.judged(ctx, q, Options{At: &at}, at)
		var after Judgement
		var c *Case
		if err == nil {
			after, c, err = g.judged(ctx, q, o, at)
		}
		switch {
		case ctx.Err() != nil:
			return Impact{}, ctx.Err()
		case err != nil && (errors.Is(err, policy.ErrUnknownRule) || errors.Is(err, policy.ErrNoRules) || errors.Is(err, ErrQuestion) || errors.Is(err, evidence.ErrDossierTooLarge)):
			out.Unanswered = append(out.Unanswered, ImpactUnanswered{q, err.Error()})
		case err != nil:
			return Impact{}, err
		default:
			if change, differs := compareImpact(q, c, before, after); differs {
				out.Changes = append(out.Changes, change)
			} else {
				out.Same++
			}
		}
		if each != nil {
			each(n+1, len(questions))
		}
	}
	return out, nil
}

func (g *Gate) judged(ctx context.Context, q Question, o Options, at time.Time) (Judgement, *Case, error) {
	c, err := g.Case(ctx, q, o)
	if err != nil {
		return Judgement{}, nil, err
	}
	j, err := c.Judge(ctx, at)
	return j, c, err
}

// live lists the questions that matter now, each once: those decided before, and
// each deployment that runs. It reads the whole log once.
func (g *Gate) live(ctx context.Context) ([]Question, error) {
	log := g.cfg.Locker.Log()
	head, err := headOf(ctx, log)
	if err != nil {
		return nil, fmt.Errorf("read head: %w", err)
	}
	deployment := attest.TypeURI("deployment")
	all := questions{seen: map[Question]bool{}}
	var indices []uint64
	err = log.Leaves(ctx, 0, head.Size, func(index uint64, leaf ledger.Leaf) error {
		if leaf.Kind == evidence.KindDecision || leaf.Kind == evidence.KindAttestation && slices.Contains(leaf.Labels, deployment) {
			indices = append(indices, index)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read leaves: %w", err)
	}
	for _, i := range indices {
		rec, err := log.Read(ctx, i)
		if err != nil {
			return nil, fmt.Errorf("read entry %d: %w", i, err)
		}
		switch {
		case rec.Erased:
		case rec.Leaf.Kind == evidence.KindDecision:
			a, _, err := ReadDecision(ctx, log, i)
			if err != nil {
				return nil, err
			}
			if err := all.add(a.Decision.Question); err != nil {
				return nil, err
			}
		default:
			for _, q := range deployed(rec.Payload) {
				if err := all.add(q); err != nil {
					return nil, err
				}
			}
		}
	}
	slices.SortFunc(all.list, func(a, b Question) int {
		return cmp.Or(cmp.Compare(a.System, b.System), cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Environment, b.Environment), cmp.Compare(a.Action, b.Action))
	})
	return all.list, nil
}

// questions is a list without repetition.
type questions struct {
	list []Question
	seen map[Question]bool
}

// add takes in a well-formed question.
func (all *questions) add(q Question) error {
	if all.seen[q] || q.Check() != nil {
		return nil
	}
	if len(all.list) == MaxImpact {
		return fmt.Errorf("%w: more than %d live questions; the ledger is too large to be asked at once", ErrQuestion, MaxImpact)
	}
	all.seen[q] = true
	all.list = append(all.list, q)
	return nil
}

// deployed are the questions a deployment raises; whether it counts, the gate says
// when they are asked.
func deployed(envelope []byte) []Question {
	env, err := attest.Parse(envelope)
	if err != nil {
		return nil // counts for nothing
	}
	p := env.Statement().Predicate
	text := func(name string) string { s, _ := p[name].(string); return s }
	systems, _ := p["systems"].([]any)
	var out []Question
	for _, s := range systems {
		if system, ok := s.(string); ok && text("state") == "running" {
			out = append(out, Question{Subject: attest.Ref(text("model")), System: system, Action: "continue", Environment: text("environment")})
		}
	}
	return out
}

func compareImpact(q Question, c *Case, before, after Judgement) (ImpactChange, bool) {
	change := ImpactChange{Question: q, Name: c.Name(q.Subject), Before: before.Verdict, After: after.Verdict, Rules: []ImpactRule{}}
	type key struct{ system, rule, subject, kind string }
	was := map[key]*Finding{}
	for i := range before.Findings {
		f := &before.Findings[i]
		was[key{f.System, f.Rule, f.Subject.Ref, f.Subject.Kind}] = f
	}
	rule := func(f *Finding) ImpactRule {
		r := ImpactRule{Rule: f.Rule, Title: f.Title, Severity: f.Severity, System: f.System, Subject: f.Subject.Ref, Kind: f.Subject.Kind, Effect: f.Effect}
		if len(f.Messages) > 0 {
			r.Says = f.Messages[0].Msg
		}
		if r.Says == "" {
			r.Says = f.Reason
		}
		return r
	}
	for i := range after.Findings {
		f := &after.Findings[i]
		k := key{f.System, f.Rule, f.Subject.Ref, f.Subject.Kind}
		old := was[k]
		delete(was, k)
		if old != nil && old.Status == f.Status && old.Effect == f.Effect {
			continue
		}
		r := rule(f)
		r.After = f.Status
		good := true
		if old != nil {
			r.Before, good = old.Status, !bad(old.Status)
		}
		switch {
		case good && bad(f.Status):
			r.Direction = NewlyFails
		case old != nil && !good && !bad(f.Status), old == nil && f.Status == policy.StatusPass:
			r.Direction = NewlyPasses
		default:
			r.Direction = Otherwise
		}
		change.Rules = append(change.Rules, r)
	}
	for _, f := range was {
		r := rule(f)
		r.Before, r.Direction = f.Status, Otherwise
		if bad(f.Status) {
			r.Direction = NewlyPasses // nothing asks for it any more
		}
		change.Rules = append(change.Rules, r)
	}
	for _, reason := range after.Reasons {
		if !slices.Contains(before.Reasons, reason) {
			change.Reasons = append(change.Reasons, reason)
		}
	}
	order := []string{NewlyFails, NewlyPasses, Otherwise}
	slices.SortFunc(change.Rules, func(a, b ImpactRule) int {
		return cmp.Or(rank(a.Direction, order...)-rank(b.Direction, order...), rank(a.Effect, Blocks, Warns, None)-rank(b.Effect, Blocks, Warns, None),
			cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.System, b.System), cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Kind, b.Kind))
	})
	for _, d := range c.Dossiers {
		if o := c.Owner(d.System); o != "" && change.Owner == "" {
			change.Owner = o
		}
	}
	return change, before.Verdict != after.Verdict || len(change.Rules) > 0
}

func bad(s policy.Status) bool {
	return s == policy.StatusFail || s == policy.StatusMissing || s == policy.StatusUnassessable
}
