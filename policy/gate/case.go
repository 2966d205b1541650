package gate

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"slices"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy"
)

// Case is a question with everything it is judged on. It reads nothing further:
// judging it is a pure function of the case and an instant.
type Case struct {
	Question         Question
	Origin           string // of the log
	Size             uint64 // entries below it were considered
	Checkpoint       string // signed note over the tree of Size
	Trust            *attest.Trust
	TrustIndex       uint64
	Params           *policy.Parameters
	ParametersDigest string
	ParametersIndex  uint64
	Set              *policy.Set
	SetDigest        string
	Gate             *policy.Gate // nil: the parameters name no such gate
	Rules            []*policy.Rule
	Dossiers         []*evidence.Dossier
	Reading          *evidence.Reading

	// fallbacks are the rollback targets of each dossier, where a rule reads them.
	fallbacks map[*evidence.Dossier][]*rollback

	engine  Engine
	reasons []string // of the gate itself, in the order they were found
	refused bool     // the gate does not accept the question, whatever the rules say
	runs    []*run   // built on first judgement
	basis   string   // digest, once computed
	caches  *caches
}

// Sets finds rule sets by digest. Compiling one takes tens of milliseconds, so a
// running service keeps them.
type Sets interface {
	// Set returns the compiled set of a digest, reading it through the reading
	// when it is not held.
	Set(ctx context.Context, r *evidence.Reading, digest string) (*policy.Set, error)
}

// assembly is how a case is put together; the zero value of the overrides takes
// what is active in the log.
type assembly struct {
	locker     *evidence.Locker // nil offline
	sets       Sets
	origin     string
	checkpoint string
	set        *policy.Set // override: an inquiry
	params     *policy.Parameters
	only       []string // rules in place of those of the gate
	caches     *caches  // nil: everything is judged from nothing
}

// Assemble reads all a question depends on below the reading's size.
func (a assembly) Assemble(ctx context.Context, r *evidence.Reading, q Question) (*Case, error) {
	if err := q.Check(); err != nil {
		return nil, err
	}
	c := &Case{Question: q, Origin: a.origin, Size: r.Below(), Checkpoint: a.checkpoint, Reading: r, engine: thisEngine(), caches: a.caches}
	if err := a.rules(ctx, c); err != nil {
		return nil, err
	}
	systems := []string{q.System}
	if q.System == "" {
		var err error
		systems, err = a.locker.Systems(ctx, r, c.Trust, q.Subject)
		if errors.Is(err, evidence.ErrErased) {
			c.refuse("%v", err)
			return c, nil
		}
		if err != nil {
			return nil, fmt.Errorf("find systems of %s: %w", q.Subject, err)
		}
		if len(systems) > MaxSystems {
			return nil, fmt.Errorf("%w: %s belongs to %d systems, the bound is %d; name one with the question", ErrQuestion, q.Subject, len(systems), MaxSystems)
		}
		if len(systems) == 0 {
			c.refuse("missing: no trusted evidence puts %s into any system; name the system, or attest the subject for one", q.Subject)
		}
	}
	for _, system := range systems {
		if c.Gate != nil && !c.Gate.Accepts(system) {
			c.refuse("%s is not among the systems that environment %s accepts; have it added to the gate in the parameters", system, q.Environment)
		}
		d, err := a.locker.Gather(ctx, r, c.Trust, evidence.Query{
			Subject: q.Subject, System: system, Action: q.Action, Environment: q.Environment, Origin: a.origin})
		if err != nil {
			return nil, fmt.Errorf("gather evidence about %s for %s: %w", q.Subject, system, err)
		}
		if carried := d.Packaged(); len(carried) > 1 {
			c.refuse("the image packages %d models, and each needs an answer of its own; ask about the models", len(carried))
		}
		c.Dossiers = append(c.Dossiers, d)
		if err := a.rollbacks(ctx, r, c, d); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// rules reads trust, parameters and set, and selects the rules of the gate.
func (a assembly) rules(ctx context.Context, c *Case) error {
	var err error
	if _, err = c.Reading.Lookup(ctx, evidence.KeyKind(evidence.KindTrust)); err != nil {
		return err
	}
	if c.Trust, c.TrustIndex, err = a.locker.TrustAt(ctx, c.Reading.Source(), c.Size); err != nil {
		return err
	}
	found, err := c.Reading.Lookup(ctx, evidence.KeyKind(evidence.KindParameters))
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return fmt.Errorf("%w: no parameters below size %d", evidence.ErrNotSeeded, c.Size)
	}
	c.ParametersIndex = found[len(found)-1]
	if c.Params, c.ParametersDigest, err = a.caches.parameters(ctx, c.Reading.Source(), c.ParametersIndex); err != nil {
		return err
	}
	c.SetDigest = c.Params.SetFor(c.Question.Environment)
	if a.params != nil {
		inForce := c.SetDigest
		c.Params, c.ParametersDigest, c.ParametersIndex = a.params, a.params.Digest(), 0
		if c.SetDigest = c.Params.SetFor(c.Question.Environment); c.SetDigest == "" {
			c.SetDigest = inForce
		}
	}
	if c.Set = a.set; c.Set != nil {
		c.SetDigest = c.Set.Digest()
	} else if c.Set, err = a.sets.Set(ctx, c.Reading, c.SetDigest); err != nil {
		return err
	}
	c.Gate = c.Params.Gate(c.Question.Environment)
	if c.Gate == nil {
		c.refuse("the parameters name no gate for environment %s; its gates are %v", c.Question.Environment, c.Params.Environments())
		return nil
	}
	for _, id := range a.only {
		r, ok := c.Set.Rule(id)
		if !ok {
			return fmt.Errorf("%w: %s is not in set %s", policy.ErrUnknownRule, id, c.SetDigest)
		}
		c.Rules = append(c.Rules, r)
	}
	if len(a.only) > 0 {
		return nil
	}
	c.Rules, err = c.Params.Select(c.Set, c.Question.Environment, c.Question.Action)
	if errors.Is(err, policy.ErrNoRules) {
		c.refuse("%v", err)
		return nil
	}
	return err
}

func (c *Case) refuse(format string, args ...any) {
	c.refused = true
	c.reasons = append(c.reasons, fmt.Sprintf(format, args...))
}

// parametersNamed are the parameters the rules of the case name, sorted.
func (c *Case) parametersNamed() []string {
	var names []string
	for _, r := range c.Rules {
		names = append(names, r.Params...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Enforceable reports whether the answer may be recorded: a gate of the
// parameters, a system it accepts, an action it has rules for, a subject that
// trusted evidence puts into that system, and a decision key that the trust names.
// The second value says why not.
func (c *Case) Enforceable(key crypto.PublicKey) (bool, string) {
	if c.refused {
		return false, c.reasons[0]
	}
	if key == nil {
		return false, "this process holds no decision key"
	}
	if !c.names(key) {
		return false, "the trust does not name this process's decision key; add it to service.decision_keys"
	}
	for _, d := range c.Dossiers {
		known := slices.Contains(c.Gate.Systems, d.System) && d.Nodes[0].Known()
		known = known || slices.ContainsFunc(d.Items(), func(i *evidence.Item) bool {
			return i.State == evidence.OK && i.Facts.Type.Own && i.About(c.Question.Subject)
		})
		if !known {
			return false, fmt.Sprintf("no trusted evidence in the ledger puts %s into %s", c.Question.Subject, d.System)
		}
	}
	return true, ""
}

// names reports whether the trust lists the key among its decision keys.
func (c *Case) names(key crypto.PublicKey) bool {
	id, err := attest.KeyID(key)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(c.Trust.Service.DecisionKeys, func(pem string) bool {
		pub, err := attest.LoadPublicKey([]byte(pem))
		if err != nil {
			return false
		}
		named, err := attest.KeyID(pub)
		return err == nil && named == id
	})
}
