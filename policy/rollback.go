package policy

import (
	"fmt"
	"slices"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Rollback is a model that a deployment names as its rollback target, with what the
// gate answers when it is asked whether that model may be deployed in its place, by
// critical rules, at the same instant. Whoever hands it over is that gate: there is
// no second way to judge it.
type Rollback struct {
	Ref      string
	Known    bool // some trusted evidence about it is in the ledger
	Revoked  []Revocation
	Verdict  string    // allow, deny or indeterminate
	Reasons  []string  // of the gate itself
	Findings []Finding // of the critical rules
	// From and Until bound the instants for which this is the answer; zero is
	// unbounded.
	From, Until time.Time
}

var (
	keyRollbacks, keyVerdict, keyReasons = ast.StringTerm("rollbacks"), ast.StringTerm("verdict"), ast.StringTerm("reasons")
	keyFindings, keyRule, keyTitle       = ast.StringTerm("findings"), ast.StringTerm("rule"), ast.StringTerm("title")
	keyStatus, keySays                   = ast.StringTerm("status"), ast.StringTerm("says")
	relatedRef                           = ast.MustParseRef("input.related")
)

// ReadsRollbacks reports whether the code of the rule refers to
// input.related.rollbacks: only for such a rule they have to be judged.
func (r *Rule) ReadsRollbacks() bool {
	return r.sections&sectionRollbacks != 0 && r.types.has("deployment")
}

// refersToRollbacks reports whether a reference below input can reach them.
func refersToRollbacks(ref ast.Ref) bool {
	if !ref.HasPrefix(relatedRef) {
		return false
	}
	if len(ref) == len(relatedRef) {
		return true
	}
	name, ok := ref[len(relatedRef)].Value.(ast.String)
	return !ok || name == "rollbacks"
}

func rollbacksSchema(revoked any) map[string]any {
	str, boolean := map[string]any{"type": "string"}, map[string]any{"type": "boolean"}
	return array(object(map[string]any{
		"ref": str, "known": boolean, "revoked": revoked, "verdict": str, "reasons": array(str),
		"findings": array(object(map[string]any{
			"rule": str, "title": str, "status": str, "reason": str, "says": array(str),
			"subject": object(map[string]any{"ref": str, "name": str, "kind": str}),
		})),
	}))
}

func rollbacksTerm(list []*Rollback) *ast.Term {
	terms := make([]*ast.Term, len(list))
	for i, b := range list {
		findings := make([]*ast.Term, len(b.Findings))
		for k := range b.Findings {
			f := &b.Findings[k]
			var says []string
			for _, m := range f.Messages {
				if m.Level != LevelWarn {
					says = append(says, m.Msg)
				}
			}
			findings[k] = ast.ObjectTerm(
				[2]*ast.Term{keyRule, ast.StringTerm(f.Rule)},
				[2]*ast.Term{keyTitle, ast.StringTerm(f.Title)},
				[2]*ast.Term{keyStatus, ast.StringTerm(string(f.Status))},
				[2]*ast.Term{keyReason, ast.StringTerm(f.Reason)},
				[2]*ast.Term{keySays, stringsTerm(says)},
				[2]*ast.Term{keySubject, ast.ObjectTerm(
					[2]*ast.Term{keyRef, ast.StringTerm(f.Subject.Ref)},
					[2]*ast.Term{keyName, ast.StringTerm(f.Subject.Name)},
					[2]*ast.Term{keyKind, ast.StringTerm(f.Subject.Kind)})},
			)
		}
		terms[i] = ast.ObjectTerm(
			[2]*ast.Term{keyRef, ast.StringTerm(b.Ref)},
			[2]*ast.Term{keyKnown, boolTerm(b.Known)},
			[2]*ast.Term{keyRevoked, revokedTerm(b.Revoked)},
			[2]*ast.Term{keyVerdict, ast.StringTerm(b.Verdict)},
			[2]*ast.Term{keyReasons, stringsTerm(b.Reasons)},
			[2]*ast.Term{keyFindings, ast.ArrayTerm(findings...)},
		)
	}
	return ast.ArrayTerm(terms...)
}

// rollbacks takes what the rule sees of rollback targets into its finding: the
// evidence they rest on, until when they hold, and whether judging them was cut off.
func (f *Finding) rollbacks(list []*Rollback, c *Clock) {
	for _, b := range list {
		for _, rev := range b.Revoked {
			f.Evidence = append(f.Evidence, rev.cite())
		}
		for i := range b.Findings {
			f.Evidence = append(f.Evidence, b.Findings[i].Evidence...)
			f.CutOff = f.CutOff || b.Findings[i].CutOff
		}
		for _, at := range []time.Time{b.From, b.Until} {
			if !at.IsZero() {
				c.ReachedTime(at)
			}
		}
	}
}

// rollbacks writes all a rule can see of rollback targets, and what they rest on.
func (w *writer) rollbacks(list []*Rollback) {
	w.integer(uint64(len(list)))
	for _, b := range list {
		w.text(b.Ref, b.Verdict)
		w.flag(b.Known)
		w.texts(b.Reasons)
		w.revoked(b.Revoked)
		w.time(b.From)
		w.time(b.Until)
		w.integer(uint64(len(b.Findings)))
		for i := range b.Findings {
			f := &b.Findings[i]
			w.text(f.Rule, f.Title, string(f.Status), f.Reason, f.Subject.Ref, f.Subject.Name, f.Subject.Kind)
			w.flag(f.CutOff)
			w.integer(uint64(len(f.Messages)))
			for _, m := range f.Messages {
				w.text(m.Level, m.Msg)
			}
			w.integer(uint64(len(f.Evidence)))
			for _, e := range f.Evidence {
				w.text(e.ID, e.Leaf)
			}
		}
	}
}

// checkRollbacks refuses what the gate must not hand over.
func checkRollbacks(in *Input) error {
	verdicts := []string{"allow", "deny", "indeterminate"}
	for _, b := range in.Related.Rollbacks {
		if b == nil || b.Ref == "" || !slices.Contains(verdicts, b.Verdict) {
			return fmt.Errorf("%w: related.rollbacks holds one without ref, or without a verdict of %v", ErrInput, verdicts)
		}
	}
	return nil
}
