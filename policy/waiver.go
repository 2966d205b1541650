package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// WaiverScope is what a waiver must be bound to besides rule and subject, so
// that it cannot be carried elsewhere.
type WaiverScope struct {
	System, Action, Environment string
	Origin                      string // of the log
	// Subject stands in for findings without one (MissingSubject).
	Subject string
	// Path leads from the subject of the question to that of the finding, both
	// included: a waiver with lineage covers what its subjects were made from.
	Path []string
}

// ApplyWaiver lays a waiver over a finding that fails, cannot be assessed, or,
// if the waiver says so, is missing. Of several that cover it, the one that
// lasts longest is named. A waiver of this rule that does not help is told on
// the finding with the reason. Expiry goes through the clock.
//
// waivers are the trusted, unsuperseded ones (state ok).
func ApplyWaiver(f *Finding, r *Rule, waivers []*Item, scope WaiverScope, p *Parameters, c *Clock) {
	switch f.Status {
	case StatusFail, StatusUnassessable, StatusMissing:
	default:
		return
	}
	type candidate struct {
		item    *Item
		waiver  waiverFields
		expires time.Time
	}
	var candidates []candidate
	said := len(f.Messages)
	refuse := func(it *Item, format string, args ...any) {
		f.Messages = append(f.Messages, Message{
			Level:   LevelInfo,
			Msg:     fmt.Sprintf("waiver %s at index %d does not help: ", short(it.ID), it.Index) + fmt.Sprintf(format, args...),
			Members: map[string]any{"waiver": it.ID},
		})
	}
	for _, it := range waivers {
		w := readWaiver(it)
		if !slices.Contains(w.rules, f.Rule) {
			continue
		}
		if why := w.covers(f, r, it, scope); why != "" {
			refuse(it, "%s", why)
			continue
		}
		expires, err := w.expiry(it, p.WaiverDays(f.Severity))
		if err != nil {
			refuse(it, "%s", err)
			continue
		}
		if w.breakGlass {
			if expires, err = w.urgent(it, expires); err != nil {
				refuse(it, "%s", err)
				continue
			}
		}
		candidates = append(candidates, candidate{it, w, expires})
	}
	slices.SortFunc(candidates, func(a, b candidate) int {
		if d := b.expires.Compare(a.expires); d != 0 {
			return d
		}
		if a.item.Index < b.item.Index {
			return -1
		}
		return 1
	})
	if len(candidates) == 0 && len(f.Messages) == said {
		return
	}
	own := NewClock(c.At())
	for _, cand := range candidates {
		if own.ReachedTime(cand.expires) {
			if cand.waiver.breakGlass {
				refuse(cand.item, "it was given in an emergency and ended at %s; it had to be reviewed by then: superseded by an ordinary waiver, or revoked", FormatInstant(cand.expires))
				continue
			}
			refuse(cand.item, "it expired at %s", FormatInstant(cand.expires))
			continue
		}
		if f.Waiver != nil {
			continue
		}
		f.WouldBe, f.Status = f.Status, StatusWaived
		f.Waiver = &WaiverUse{
			ID: cand.item.ID, Index: cand.item.Index, Leaf: cand.item.Leaf, By: slices.Clone(cand.item.Principals),
			RequestedBy: cand.waiver.requestedBy, ApprovedBy: cand.waiver.approvedBy, Expires: FormatInstant(cand.expires), Reason: cand.waiver.reason,
			BreakGlass: cand.waiver.breakGlass,
		}
	}
	own.narrow(f)
	c.Merge(own)
	f.settle()
}

// ApplyWaivers applies the waivers to each finding.
func ApplyWaivers(findings []Finding, s *Set, waivers []*Item, scope WaiverScope, p *Parameters, c *Clock) error {
	for i := range findings {
		r, ok := s.Rule(findings[i].Rule)
		if !ok {
			return fmt.Errorf("%w: %s", ErrUnknownRule, findings[i].Rule)
		}
		ApplyWaiver(&findings[i], r, waivers, scope, p, c)
	}
	return nil
}

// narrow makes the finding hold no longer than what the clock was asked.
func (c *Clock) narrow(f *Finding) {
	all := NewClock(c.at)
	all.Merge(c)
	for _, s := range []string{f.HoldsFrom, f.HoldsUntil} {
		if t, err := ParseInstant(s); err == nil {
			all.ReachedTime(t)
		}
	}
	f.HoldsFrom, f.HoldsUntil = all.Interval()
}

// waiverFields are the members of predicate.Waiver the engine judges. The
// schema was checked at ingest; here an absent member simply binds nothing, and
// so covers nothing.
type waiverFields struct {
	systems, rules, subjects, evidence, statuses, actions []string
	environment, origin, reason, maxSeverity              string
	requestedBy, approvedBy, expiresAt, reviewBy          string
	breakGlass, lineage                                   bool
}

func readWaiver(it *Item) waiverFields {
	m, _ := it.Predicate.(map[string]any)
	text := func(name string) string {
		s, _ := m[name].(string)
		return s
	}
	texts := func(name string) []string {
		list, _ := m[name].([]any)
		out := make([]string, 0, len(list))
		for _, v := range list {
			if s, ok := v.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	w := waiverFields{
		systems: texts("systems"), rules: texts("rules"), subjects: texts("subjects"), evidence: texts("evidence"),
		statuses: texts("statuses"), actions: texts("actions"),
		environment: text("environment"), origin: text("log_origin"), reason: text("reason"), maxSeverity: text("max_severity"),
		requestedBy: text("requested_by"), approvedBy: text("approved_by"), expiresAt: text("expires_at"), reviewBy: text("review_by"),
	}
	w.breakGlass, _ = m["break_glass"].(bool)
	w.lineage, _ = m["lineage"].(bool)
	if len(w.statuses) == 0 {
		w.statuses = []string{string(StatusFail), string(StatusUnassessable)}
	}
	return w
}

// covers says why the waiver does not cover the finding, "" when it does.
func (w waiverFields) covers(f *Finding, r *Rule, it *Item, scope WaiverScope) string {
	subject := f.Subject.Ref
	if subject == "" {
		subject = scope.Subject
	}
	switch {
	case it.State != StateOK:
		return "it is " + it.State + ": " + it.Reason
	case f.Severity == "critical":
		return "a critical rule cannot be waived"
	case f.erased:
		return "evidence that the finding would rest on was erased, and nobody can say what is waived"
	case w.maxSeverity != "" && severityRank(w.maxSeverity) > severityRank(r.Severity):
		return fmt.Sprintf("it waives up to severity %s, the rule is %s", w.maxSeverity, r.Severity)
	case !slices.Contains(w.systems, scope.System):
		return fmt.Sprintf("it is for %s, not for %s", list(w.systems), scope.System)
	case w.environment != scope.Environment:
		return fmt.Sprintf("it is for the environment %q, not for %q", w.environment, scope.Environment)
	case !slices.Contains(w.actions, scope.Action):
		return fmt.Sprintf("it is for %s, not for %s", list(w.actions), scope.Action)
	case w.origin != scope.Origin:
		return fmt.Sprintf("it is for the log %q, not for %q", w.origin, scope.Origin)
	case !slices.Contains(w.subjects, subject) && !w.above(scope.Path):
		return fmt.Sprintf("it does not name the subject %s", subject)
	case !slices.Contains(w.statuses, string(f.Status)):
		return fmt.Sprintf("it covers the status %s, not %s", list(w.statuses), f.Status)
	case w.requestedBy == "" || w.approvedBy == "" || w.requestedBy == w.approvedBy:
		return "it is not requested and approved by two different principals"
	case !slices.Contains(it.Principals, w.requestedBy):
		return fmt.Sprintf("%s, who requests it, did not sign it", w.requestedBy)
	case !slices.Contains(it.Principals, w.approvedBy):
		return fmt.Sprintf("%s, who approves it, did not sign it", w.approvedBy)
	}
	if w.breakGlass {
		return "" // an emergency does not wait for the evidence it is given for
	}
	var others []string
	for _, c := range f.Evidence {
		if !slices.Contains(w.evidence, c.ID) {
			others = append(others, fmt.Sprintf("%s %s at index %d", c.Type, short(c.ID), c.Index))
		}
	}
	if len(others) > 0 {
		return "it was given for another finding; this one also rests on " + list(others)
	}
	return ""
}

// above reports whether the waiver names something the subject of the finding went
// into, and says that it covers what its subjects were made from.
func (w waiverFields) above(path []string) bool {
	return w.lineage && slices.ContainsFunc(path, func(ref string) bool { return slices.Contains(w.subjects, ref) })
}

// urgent is when a waiver given in an emergency ends: when it says, when it had to be
// reviewed, and at the latest BreakGlassDays after it was made.
func (w waiverFields) urgent(it *Item, expires time.Time) (time.Time, error) {
	review, err := ParseInstant(w.reviewBy)
	if err != nil {
		return time.Time{}, fmt.Errorf("it was given in an emergency and does not say by when it is reviewed: %w", err)
	}
	if review.Before(expires) {
		expires = review
	}
	most, err := w.expiry(it, BreakGlassDays)
	if err == nil && most.Before(expires) {
		expires = most
	}
	return expires, err
}

// expiry is when the waiver ends: what it says, but not later than the cap
// after it was made, by the earlier of its two times.
func (w waiverFields) expiry(it *Item, days int64) (time.Time, error) {
	expires, err := ParseInstant(w.expiresAt)
	if err != nil {
		return time.Time{}, fmt.Errorf("it has no expiry: %w", err)
	}
	made := it.Proven
	if !it.Claimed.IsZero() && it.Claimed.Before(made) {
		made = it.Claimed
	}
	if most := made.UTC().Add(time.Duration(days) * 24 * time.Hour); most.Before(expires) {
		expires = most
	}
	return expires, nil
}

// severityRank is 0 for critical and grows as severity falls.
func severityRank(s string) int { return slices.Index(Severities, s) }

func list(xs []string) string {
	if len(xs) == 0 {
		return "nothing"
	}
	return strings.Join(xs, ", ")
}

// short is the beginning of an id, enough to find it by.
func short(id string) string {
	if len(id) > 12 {
		return id[:12]
	}
	return id
}
