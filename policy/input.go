package policy

import (
	"cmp"
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
)

// section is a part of input a rule refers to.
type section uint8

const (
	sectionEvidence section = 1 << iota
	sectionWithheld
	sectionSubject
	sectionParents
	sectionAncestors
	sectionRelated
	sectionRollbacks // of related
	sectionAll       = sectionEvidence | sectionWithheld | sectionSubject | sectionParents | sectionAncestors | sectionRelated | sectionRollbacks
)

var sectionByName = map[string]section{
	"evidence": sectionEvidence, "withheld": sectionWithheld, "subject": sectionSubject,
	"parents": sectionParents, "ancestors": sectionAncestors, "related": sectionRelated,
	"action": 0, "environment": 0, "system": 0,
}

// compose builds the input document of one rule from the terms parsed once:
// the parts it refers to, with evidence of the types it declares.
func compose(r *Rule, in *Input) *ast.Term {
	pairs := make([][2]*ast.Term, 0, 9)
	pairs = append(pairs,
		[2]*ast.Term{keyAction, ast.StringTerm(in.Action)},
		[2]*ast.Term{keyEnvironment, ast.StringTerm(in.Environment)},
		[2]*ast.Term{keySystem, ast.ObjectTerm(
			[2]*ast.Term{keyURI, ast.StringTerm(in.System.URI)},
			[2]*ast.Term{keyRef, ast.StringTerm(in.System.Ref)})},
	)
	if r.sections&sectionEvidence != 0 {
		pairs = append(pairs, [2]*ast.Term{keyEvidence, byType(r.types, in.Evidence)})
	}
	if r.sections&sectionWithheld != 0 {
		pairs = append(pairs, [2]*ast.Term{keyWithheld, byType(r.types, in.Withheld)})
	}
	if r.sections&sectionSubject != 0 {
		pairs = append(pairs, [2]*ast.Term{keySubject, nodeTerm(r.types, in.Subject)})
	}
	if r.sections&sectionParents != 0 {
		pairs = append(pairs, [2]*ast.Term{keyParents, nodesTerm(r.types, in.Parents)})
	}
	if r.sections&sectionAncestors != 0 {
		pairs = append(pairs, [2]*ast.Term{keyAncestors, nodesTerm(r.types, in.Ancestors)})
	}
	if r.sections&sectionRelated != 0 {
		related := make([][2]*ast.Term, 0, 5)
		if r.types.has("deployment") {
			related = append(related, [2]*ast.Term{keyDeployments, itemsTerm(in.Related.Deployments)})
		}
		if r.types.has("incident") {
			related = append(related, [2]*ast.Term{keyIncidents, itemsTerm(in.Related.Incidents)})
		}
		if r.types.has("waiver") {
			related = append(related, [2]*ast.Term{keyWaivers, itemsTerm(in.Related.Waivers)})
		}
		if r.ReadsRollbacks() && in.Related.Rollbacks != nil {
			related = append(related, [2]*ast.Term{keyRollbacks, rollbacksTerm(in.Related.Rollbacks)})
		}
		related = append(related, [2]*ast.Term{keySubjects, nodesTerm(r.types, in.Related.Subjects)})
		pairs = append(pairs, [2]*ast.Term{keyRelated, ast.ObjectTerm(related...)})
	}
	return ast.ObjectTerm(pairs...)
}

func itemsTerm(items []*Item) *ast.Term {
	terms := make([]*ast.Term, len(items))
	for i, it := range items {
		terms[i] = it.term
	}
	return ast.ArrayTerm(terms...)
}

// byType gives every declared type an array, so that "there is none" is
// something a rule has to count, never an undefined path it may negate.
func byType(types typeSet, items map[string][]*Item) *ast.Term {
	pairs := make([][2]*ast.Term, len(types))
	for i, t := range types {
		pairs[i] = [2]*ast.Term{ast.StringTerm(t), itemsTerm(items[t])}
	}
	return ast.ObjectTerm(pairs...)
}

func nodesTerm(types typeSet, nodes []*Node) *ast.Term {
	terms := make([]*ast.Term, len(nodes))
	for i, n := range nodes {
		terms[i] = nodeTerm(types, n)
	}
	return ast.ArrayTerm(terms...)
}

func revokedTerm(list []Revocation) *ast.Term {
	revoked := make([]*ast.Term, len(list))
	for i, v := range list {
		pairs := [][2]*ast.Term{
			{keyID, ast.StringTerm(v.ID)},
			{keyReason, ast.StringTerm(v.Reason)},
			{keyPrincipals, stringsTerm(v.Principals)},
			{keyIndex, ast.NumberTerm(jsonNumber(v.Index))},
		}
		if !v.EffectiveAt.IsZero() {
			pairs = append(pairs, [2]*ast.Term{keyEffectiveAt, ast.StringTerm(v.EffectiveAt.UTC().Format(timeLayout))})
		}
		revoked[i] = ast.ObjectTerm(pairs...)
	}
	return ast.ArrayTerm(revoked...)
}

func nodeTerm(types typeSet, n *Node) *ast.Term {
	return ast.ObjectTerm(
		[2]*ast.Term{keyRef, ast.StringTerm(n.Ref)},
		[2]*ast.Term{keyRefs, stringsTerm(n.Refs)},
		[2]*ast.Term{keyName, ast.StringTerm(n.Name)},
		[2]*ast.Term{keyKind, ast.StringTerm(n.Kind)},
		[2]*ast.Term{keyKnown, boolTerm(n.Known)},
		[2]*ast.Term{keyRevoked, revokedTerm(n.Revoked)},
		[2]*ast.Term{keyConflict, boolTerm(n.Conflict)},
		[2]*ast.Term{keyRelation, ast.StringTerm(n.Relation)},
		[2]*ast.Term{keyRole, ast.StringTerm(n.Role)},
		[2]*ast.Term{keyPath, stringsTerm(n.Path)},
		[2]*ast.Term{keyEvidence, byType(types, n.Evidence)},
	)
}

// eachNode calls fn for every node in the parts of the input the rule refers to.
func eachNode(r *Rule, in *Input, fn func(*Node)) {
	if r.sections&sectionSubject != 0 {
		fn(in.Subject)
	}
	for s, list := range map[section][]*Node{sectionParents: in.Parents, sectionAncestors: in.Ancestors, sectionRelated: in.Related.Subjects} {
		if r.sections&s != 0 {
			for _, n := range list {
				fn(n)
			}
		}
	}
}

// eachItem calls fn for every readable item of the rule's declared types in
// the parts of the input the rule refers to. Evidence always counts: requires
// is judged on it even if the code never looks.
func eachItem(r *Rule, in *Input, fn func(*Item)) {
	typed := func(m map[string][]*Item) {
		for _, t := range r.types {
			for _, it := range m[t] {
				fn(it)
			}
		}
	}
	nodes := func(list []*Node) {
		for _, n := range list {
			typed(n.Evidence)
		}
	}
	typed(in.Evidence)
	if r.sections&sectionSubject != 0 {
		typed(in.Subject.Evidence)
	}
	if r.sections&sectionParents != 0 {
		nodes(in.Parents)
	}
	if r.sections&sectionAncestors != 0 {
		nodes(in.Ancestors)
	}
	if r.sections&sectionRelated != 0 {
		nodes(in.Related.Subjects)
		for t, items := range map[string][]*Item{"deployment": in.Related.Deployments, "incident": in.Related.Incidents, "waiver": in.Related.Waivers} {
			if r.types.has(t) {
				for _, it := range items {
					fn(it)
				}
			}
		}
	}
}

// checkInput refuses what the gate must not hand over.
func checkInput(in *Input) error {
	if in == nil || in.Subject == nil {
		return fmt.Errorf("%w: no subject", ErrInput)
	}
	list := func(place, t string, items []*Item, ok bool) error {
		for _, it := range items {
			switch {
			case it == nil || it.term == nil:
				return fmt.Errorf("%w: %s[%q] holds an item not made by NewItem", ErrInput, place, t)
			case it.Type != t:
				return fmt.Errorf("%w: %s[%q] holds item %s of type %q", ErrInput, place, t, it.ID, it.Type)
			case (it.State == StateOK) != ok:
				return fmt.Errorf("%w: %s[%q] holds item %s of state %q", ErrInput, place, t, it.ID, it.State)
			}
		}
		return nil
	}
	lists := func(place string, m map[string][]*Item, ok bool) error {
		for t, items := range m {
			if err := list(place, t, items, ok); err != nil {
				return err
			}
		}
		return nil
	}
	nodes := func(place string, all []*Node) error {
		for _, n := range all {
			if n == nil {
				return fmt.Errorf("%w: %s holds no node", ErrInput, place)
			}
			if err := lists(place, n.Evidence, true); err != nil {
				return err
			}
		}
		return nil
	}
	return cmp.Or(
		lists("evidence", in.Evidence, true),
		lists("withheld", in.Withheld, false),
		lists("subject.evidence", in.Subject.Evidence, true),
		nodes("parents", in.Parents),
		nodes("ancestors", in.Ancestors),
		nodes("related.subjects", in.Related.Subjects),
		checkRollbacks(in),
		list("related", "deployment", in.Related.Deployments, true),
		list("related", "incident", in.Related.Incidents, true),
		list("related", "waiver", in.Related.Waivers, true),
	)
}
