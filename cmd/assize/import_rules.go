package main

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/importer"
	"github.com/assize-dev/assize/attest/predicate"
	"github.com/assize-dev/assize/policy"
)

// looked is a built-in rule that looks at a type, and how it would judge the import
// if nothing else were known.
type looked struct {
	Rule  string `json:"rule"`
	Title string `json:"title"`
	Type  string `json:"type"`
	How   string `json:"how"` // requires or reads
	// Needs lists what the rule requires besides; each an any-of, "a or b". Empty:
	// the rule misses no evidence any more.
	Needs []string `json:"needs"`
	// Alone is the finding over the import and nothing else, under the built-in
	// parameters, as if an importer had signed it now; "" while Needs lists anything.
	Alone  policy.Status `json:"alone,omitempty"`
	Reason string        `json:"reason,omitempty"`
}

// unlogged is how findings name evidence that is in no ledger yet.
var unlogged = regexp.MustCompile(` 0{12,64} of importer at index \d+`)

// looking lists the rules that require or read one of the types, each judged by the
// judge that gates use.
func looking(ctx context.Context, set *policy.Set, r importer.Result, about attest.Subject, system string, at time.Time) ([]looked, error) {
	text, err := builtinParameters()
	if err != nil {
		return nil, err
	}
	params, err := policy.ParseParameters(text)
	if err != nil {
		return nil, err
	}
	has := func(typ string) bool {
		return slices.ContainsFunc(r.Statements, func(st importer.Statement) bool { return st.Type == typ })
	}
	out := []looked{}
	for _, rule := range set.Rules() {
		l := looked{Rule: rule.ID, Title: rule.Title, Needs: []string{}}
		for _, group := range rule.Requires {
			if at := slices.IndexFunc(group, has); at < 0 {
				l.Needs = append(l.Needs, strings.Join(group, " or "))
			} else if l.Type == "" {
				l.Type, l.How = group[at], "requires"
			}
		}
		if at := slices.IndexFunc(rule.Reads, has); l.Type == "" && at >= 0 {
			l.Type, l.How = rule.Reads[at], "reads"
		}
		if l.Type == "" {
			continue
		}
		if len(l.Needs) == 0 {
			f, err := judgeAlone(ctx, set, rule, params, r, about, system, at)
			if err != nil {
				return nil, err
			}
			l.Alone, l.Reason = f.Status, f.Reason
			// What a rule found says more than that it could not judge.
			if len(f.Messages) > 0 && f.Status != policy.StatusPass {
				l.Reason = unlogged.ReplaceAllString(f.Messages[0].Msg, "")
			}
		}
		out = append(out, l)
	}
	return out, nil
}

// judgeAlone judges the subject of an import by one rule, with the import as all the
// evidence there is.
func judgeAlone(ctx context.Context, set *policy.Set, rule *policy.Rule, params *policy.Parameters, r importer.Result, about attest.Subject, system string, at time.Time) (policy.Finding, error) {
	doc := inputDocument{
		Action: rule.Actions[0], Environment: "production", System: systemDocument{URI: system, Ref: string(attest.RefOf(system))},
		Evidence: map[string][]itemDocument{},
	}
	subject := nodeDocument{Name: about.Name, Known: true, Kind: rule.Kinds[0], Evidence: map[string][]itemDocument{}}
	for _, ref := range about.Refs() {
		subject.Ref, subject.Refs = string(ref), append(subject.Refs, string(ref))
	}
	for i, st := range r.Statements {
		parsed, err := attest.ParseStatement(st.Payload)
		if err != nil {
			return policy.Finding{}, err
		}
		item := itemDocument{
			ID: strings.Repeat("0", 64), Leaf: strings.Repeat("0", 64), Type: st.Type, PredicateType: parsed.PredicateType, Predicate: map[string]any(parsed.Predicate),
			Subjects: subject.Refs, Principals: []string{"importer"}, Roles: []string{"importer"}, Claimed: at, Proven: at, Index: uint64(i), Assurance: "imported", State: "ok",
		}
		t, _ := predicate.Lookup(st.Type)
		if t.SubjectKind != "" && slices.Contains(rule.Kinds, t.SubjectKind) {
			subject.Kind = t.SubjectKind
		}
		doc.Evidence[st.Type] = append(doc.Evidence[st.Type], item)
		subject.Evidence[st.Type] = append(subject.Evidence[st.Type], item)
	}
	doc.Subject = subject
	text, err := json.Marshal(doc)
	if err != nil {
		return policy.Finding{}, err
	}
	in, err := parseInput(text)
	if err != nil {
		return policy.Finding{}, fmt.Errorf("input of %s: %w", rule.ID, err)
	}
	return set.Evaluate(ctx, rule, in, params.Effective(nil), policy.NewClock(at))
}

// verdict says in words how a rule would judge the import.
func (l looked) verdict() string {
	switch {
	case len(l.Needs) > 0:
		return "misses " + strings.Join(l.Needs, ", ")
	case l.Reason != "":
		return string(l.Alone) + ": " + l.Reason
	}
	return string(l.Alone)
}
