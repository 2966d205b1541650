package policy

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
)

// probe refuses a rule that passes, or does not apply, on silence: about a
// subject nobody knows, with no evidence that counts, with related subjects of
// which nothing is known either, or with items that say nothing. What the
// service itself found about the whole ledger (deployments, incidents and
// waivers of input.related) is left undefined, since there an empty list is an
// answer and not silence.
//
// Without parameters, an unset one is undefined, so more is caught once values
// are bound (Parameters.Check).
func (r *Rule) probe(ctx context.Context, p *Effective) ([]Fault, error) {
	for _, kind := range r.Kinds {
		silences, err := r.silences(kind)
		if err != nil {
			return nil, err
		}
		// Whoever does not ask for the action, or the clock, answers alike under each.
		actions, instants := r.Actions, []time.Time{time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}
		if !r.asksAction {
			actions = actions[:1]
		}
		if !r.asksClock {
			instants = instants[:1]
		}
		for _, action := range actions {
			for _, at := range instants {
				for _, s := range silences {
					s.in.Action = action
					faults, err := r.hears(ctx, s, at, p)
					if len(faults) > 0 || err != nil {
						return faults, err
					}
				}
			}
		}
	}
	return nil, nil
}

// silence is an input that says nothing.
type silence struct {
	in   *Input
	what string // what it passes on, in words
	// applies and passes are which exports it is asked of. An item of a required
	// type is there for a rule that only wants it to be there, so pass is asked of
	// it only where another type would have done.
	applies, passes bool
}

const (
	probeRef   = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
	probeOther = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
)

func (r *Rule) silences(kind string) ([]silence, error) {
	question := func() *Input {
		return &Input{
			Environment: "probe", System: System{URI: "system:probe", Ref: probeOther}, Evidence: map[string][]*Item{}, Withheld: map[string][]*Item{},
			Subject: &Node{Ref: probeRef, Refs: []string{probeRef}, Name: "probe", Kind: subjectKind(kind)},
		}
	}
	nothing, withheld, around, mute := question(), question(), question(), question()
	node := &Node{Ref: probeOther, Refs: []string{probeOther}, Name: "other", Kind: "dataset"}
	around.Related.Subjects = []*Node{node}
	items := map[string]*Item{}
	for _, t := range r.types {
		it, err := NewItem(Item{ID: strings.Repeat("0", 64), Type: t, Predicate: map[string]any{}, Proven: time.Unix(0, 0), State: StateOK})
		if err != nil {
			return nil, err
		}
		held, err := it.Withhold(StateUntrusted, "probe")
		if err != nil {
			return nil, err
		}
		items[t], withheld.Withheld[t], mute.Evidence[t] = it, []*Item{held}, []*Item{it}
	}
	list := []silence{
		{nothing, "without any evidence", true, true},
		{withheld, "on evidence that does not count", true, true},
		{around, "without any evidence, once there are related subjects", true, true},
		{mute, "on evidence that says nothing", true, false},
	}
	for _, group := range r.Requires {
		for _, t := range group {
			if len(group) == 1 {
				continue
			}
			alone := question()
			for _, other := range r.Requires {
				if !slices.Contains(other, t) {
					alone.Evidence[other[0]] = []*Item{items[other[0]]}
				}
			}
			alone.Evidence[t] = []*Item{items[t]}
			list = append(list, silence{alone, fmt.Sprintf("on a %s that says nothing, with no %s", t, strings.Join(without(group, t), " or ")), true, true})
		}
	}
	return list, nil
}

func without(list []string, s string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(other string) bool { return other == s })
}

// hears asks the rule about a silence.
func (r *Rule) hears(ctx context.Context, s silence, at time.Time, p *Effective) ([]Fault, error) {
	var f Finding
	params, _ := p.bind(r, &f)
	j := judgement{rule: r, in: s.in, limits: DefaultLimits(), clock: NewClock(at), finding: &f}
	input := silent(r, s.in)
	if s.applies && r.applies.body != nil {
		cells, broken, err := j.ask(ctx, r.applies, input, params)
		if err != nil {
			return nil, err
		}
		switch {
		case broken != "":
		case holds(cells[exportNotApplicable]):
			return []Fault{{r.File, 0, fmt.Sprintf("not_applicable holds %s; it must be proven from what is there", s.what)}}, nil
		case cells[exportAppliesFrom] != nil:
			return []Fault{{r.File, 0, fmt.Sprintf("applies_from puts the rule off %s; a later date must be proven from what is there", s.what)}}, nil
		}
	}
	if s.passes {
		cells, broken, err := j.ask(ctx, r.judge, input, params)
		if err != nil {
			return nil, err
		}
		if broken == "" && holds(cells[exportPass]) {
			return []Fault{{r.File, 0, fmt.Sprintf("the rule passes %s; make pass ask for something that is there", s.what)}}, nil
		}
	}
	return nil, nil
}

func holds(v *ast.Term) bool { return v != nil && v.Value.Compare(ast.Boolean(true)) == 0 }

// silent composes the input without what the service found over the whole
// ledger.
func silent(r *Rule, in *Input) *ast.Term {
	bare := *r
	bare.sections &^= sectionRelated
	input := compose(&bare, in)
	if r.sections&sectionRelated != 0 && len(in.Related.Subjects) > 0 {
		input.Value.(ast.Object).Insert(keyRelated, ast.ObjectTerm([2]*ast.Term{keySubjects, nodesTerm(r.types, in.Related.Subjects)}))
	}
	return input
}

func subjectKind(kind string) string {
	if kind == "deployment" {
		return "unknown"
	}
	return kind
}
