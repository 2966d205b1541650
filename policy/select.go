package policy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Select returns the rules the gate of an environment asks for an action,
// sorted by id. A gate without rules for it, or without the action, is
// ErrNoRules: a gate that judged nothing would let everything in. A rule or
// pack the set does not have is ErrUnknownRule.
func (p *Parameters) Select(s *Set, environment, action string) ([]*Rule, error) {
	g := p.Gate(environment)
	if g == nil {
		return nil, fmt.Errorf("%w: the parameters have no gate for environment %q; they have %s", ErrNoRules, clip(environment), strings.Join(p.Environments(), ", "))
	}
	all, err := g.rules(s)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(g.Actions, action) {
		return nil, fmt.Errorf("%w: the gate of %s answers for %s, not for %q", ErrNoRules, environment, strings.Join(g.Actions, ", "), clip(action))
	}
	rules := slices.DeleteFunc(all, func(r *Rule) bool { return !slices.Contains(r.Actions, action) })
	if len(rules) == 0 {
		return nil, fmt.Errorf("%w: none of the %d rules of the gate of %s is for action %s", ErrNoRules, len(all), environment, action)
	}
	return rules, nil
}

// rules are all rules of the gate, sorted by id.
func (g *Gate) rules(s *Set) ([]*Rule, error) {
	var out []*Rule
	packs := s.Packs()
	for _, pack := range g.Packs {
		if !slices.Contains(packs, pack) {
			return nil, fmt.Errorf("%w: the gate of %s names the pack %q; the set has %s", ErrUnknownRule, g.Environment, pack, strings.Join(packs, ", "))
		}
	}
	for _, id := range g.Rules {
		if _, ok := s.Rule(id); !ok {
			return nil, fmt.Errorf("%w: the gate of %s names the rule %q, which the set does not have", ErrUnknownRule, g.Environment, id)
		}
	}
	for _, r := range s.rules {
		if slices.Contains(g.Packs, r.Pack) || slices.Contains(g.Rules, r.ID) {
			out = append(out, r)
		}
	}
	return out, nil
}

// Check holds the parameters against a set, and gates that name a set of their
// own against that one of others: every rule and pack a gate names is there, every
// gate has rules for each of its actions, every parameter those rules name has a
// value, and by these values no rule passes on silence.
func (p *Parameters) Check(s *Set, others ...*Set) error {
	if len(p.Gates) == 0 {
		return fmt.Errorf("%w: %w: no gate", ErrParameters, ErrNoRules)
	}
	var errs []error
	seen := map[*Rule]bool{}
	effective := p.Effective(nil)
	for i := range p.Gates {
		g := &p.Gates[i]
		s := s
		if g.Set != "" && g.Set != s.Digest() {
			at := slices.IndexFunc(others, func(o *Set) bool { return o.Digest() == g.Set })
			if at < 0 {
				errs = append(errs, fmt.Errorf("the gate of %s names the set %s, which is not at hand to check it", g.Environment, g.Set))
				continue
			}
			s = others[at]
		}
		rules, err := g.rules(s)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for _, action := range g.Actions {
			if _, err := p.Select(s, g.Environment, action); err != nil {
				errs = append(errs, err)
			}
		}
		for _, r := range rules {
			if seen[r] {
				continue
			}
			seen[r] = true
			for _, name := range r.Params {
				if _, ok := p.Thresholds[name]; !ok {
					errs = append(errs, fmt.Errorf("rule %s names the parameter %q, which thresholds does not have", r.ID, name))
				}
			}
			faults, err := r.probe(context.Background(), effective)
			if err == nil {
				err = faultError(faults)
			}
			if err != nil {
				errs = append(errs, err)
			}
		}
	}
	if len(errs) > 0 {
		return fmt.Errorf("%w: %w", ErrParameters, errors.Join(errs...))
	}
	return nil
}

// Read is the part of the parameters that judging in an environment with these
// parameter names depends on, for the basis of a decision. What plans override
// is Effective.Read.
func (p *Parameters) Read(environment string, names []string) any {
	thresholds := map[string]Threshold{}
	for _, name := range names {
		if t, ok := p.Thresholds[name]; ok {
			thresholds[name] = t
		}
	}
	days := map[string]int64{}
	for _, severity := range Severities {
		days[severity] = p.WaiverDays(severity)
	}
	return map[string]any{"gate": p.Gate(environment), "thresholds": thresholds, "waivers": days}
}
