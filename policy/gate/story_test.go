package gate_test

import (
	"context"
	"crypto"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assize-dev/assize/attest/attesttest"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/ledger/evidence/evidencetest"
	"github.com/assize-dev/assize/policies"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
	"github.com/assize-dev/assize/testdata/gen/story"
)

// telling is the German credit story on a rig: the rule book, the story's people.
type telling struct {
	*bench
	story *story.Story
	keys  map[string]crypto.Signer
	ids   map[string]string
}

// book is the rule book, compiled once for all tellings: a set is immutable.
var book = sync.OnceValues(func() (*policy.Set, error) { return policy.LoadSet(policies.FS) })

func newTelling(tb testing.TB) *telling {
	tb.Helper()
	ctx := context.Background()
	s, err := story.Load()
	if err != nil {
		tb.Fatal(err)
	}
	c := &telling{bench: &bench{Rig: evidencetest.NewAt(tb, s.Steps[0].At.Add(-time.Hour))}, story: s, keys: map[string]crypto.Signer{}, ids: map[string]string{}}
	public := map[string]crypto.PublicKey{}
	for _, p := range story.Principals() {
		c.keys[p.ID] = attesttest.Key(tb, p.Algorithm, "story/"+p.ID)
		public[p.ID] = c.keys[p.ID].Public()
	}
	people, err := story.Trust(public)
	if err != nil {
		tb.Fatal(err)
	}
	var doc, service m
	if json.Unmarshal(people, &doc) != nil || json.Unmarshal(c.TrustFile(), &service) != nil {
		tb.Fatal("trust is no JSON")
	}
	doc["service"] = service["service"]
	for _, s := range service["signers"].([]any) {
		if s.(m)["id"] == "admin" {
			doc["signers"] = append(doc["signers"].([]any), s)
		}
	}
	trust, err := json.Marshal(doc)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := c.Locker.Activate(ctx, c.Activation(evidence.KindTrust, trust, "admin"), nil); err != nil {
		tb.Fatal(err)
	}
	if c.set, err = book(); err != nil {
		tb.Fatal(err)
	}
	if _, err := c.Locker.PublishSet(ctx, c.set.Digest(), c.set.Archive()); err != nil {
		tb.Fatal(err)
	}
	c.gate = gate.New(gate.Config{Locker: c.Locker, Signer: c.DecisionKey, Clock: c.Clock.Now, Sets: []*policy.Set{c.set}})
	text, err := policies.FS.ReadFile("parameters.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	book, err := policy.ParseParameters(text)
	if err != nil {
		tb.Fatal(err)
	}
	var p m
	if err := json.Unmarshal(book.Canonical(), &p); err != nil {
		tb.Fatal(err)
	}
	p["set"] = c.set.Digest()
	story.NameRules(p)
	raw, err := json.Marshal(p)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := c.gate.Activate(ctx, c.Activation(evidence.KindParameters, raw, "admin")); err != nil {
		tb.Fatal(err)
	}
	return c
}

// tell plays every step up to a question, leaving one out. What cites a step left
// out cites an id that nothing has.
func (c *telling) tell(tb testing.TB, question, without string) gate.Answer {
	tb.Helper()
	for _, e := range c.story.Events() {
		c.Clock.Set(e.At)
		switch {
		case e.Question != nil && e.Question.Name == question:
			q := e.Question
			return c.question(tb, gate.Question{Subject: q.Subject, System: q.System, Action: q.Action, Environment: q.Environment}, gate.Options{})
		case e.Step == nil:
		case e.Step.Name == without:
			c.ids[without] = strings.Repeat("0", 64)
		default:
			c.submit(tb, e.Step)
		}
	}
	tb.Fatalf("the story has no question %q", question)
	return gate.Answer{}
}

func (c *telling) submit(tb testing.TB, s *story.Step) {
	tb.Helper()
	var signers []crypto.Signer
	for _, id := range s.Signers {
		signers = append(signers, c.keys[id])
	}
	raw, err := s.Sign(story.Cites{LogOrigin: evidencetest.Origin, IDs: c.ids}, signers...)
	if err != nil {
		tb.Fatal(err)
	}
	a, err := c.Locker.Submit(context.Background(), raw, ledger.WaitPublished)
	if err != nil {
		tb.Fatalf("submit %s: %v", s.Name, err)
	}
	c.ids[s.Name] = a.ID
}

// readOnly lists evidence that a rule may look at and need not have, with why:
// taking it away leaves the rule passing.
var readOnly = map[string]string{
	"REG-08 model without evaluation": "REG-08 judges the robustness result of the two; the performance result is REG-04's, not in force before 2027-12-02",
}

// TestDeletionNeverPasses holds the fourth promise on the real case: take away any
// piece of evidence that a passing finding of the allowed deployment cites, and
// that finding must stop passing.
func TestDeletionNeverPasses(t *testing.T) {
	whole := newTelling(t)
	a := whole.tell(t, "deploy waived", "")
	if a.Decision.Verdict != gate.Allow {
		t.Fatalf("the whole story: %s, %s", a.Decision.Verdict, told(a))
	}
	name := map[string]string{}
	for step, id := range whole.ids {
		name[id] = step
	}
	cited := map[string][]string{} // step -> passing rules that cite it
	for _, f := range a.Decision.Findings {
		for _, c := range f.Evidence {
			if f.Status == policy.StatusPass {
				cited[name[c.ID]] = append(cited[name[c.ID]], f.Rule+" "+f.Subject.Kind)
			}
		}
	}
	if len(cited) < 12 {
		t.Fatalf("passing findings cite %d statements only: %v", len(cited), cited)
	}
	for step, rules := range cited {
		t.Run("without "+step, func(t *testing.T) {
			t.Parallel()
			b := newTelling(t).tell(t, "deploy waived", step)
			needed := false
			for _, key := range rules {
				needed = needed || readOnly[key+" without "+step] == ""
			}
			for _, f := range b.Decision.Findings {
				key := f.Rule + " " + f.Subject.Kind
				if f.Status == policy.StatusPass && slices.Contains(rules, key) && readOnly[key+" without "+step] == "" {
					t.Errorf("%s still passes", key)
				}
			}
			if needed && b.Decision.Verdict == gate.Allow {
				t.Errorf("the deployment is still allowed")
			}
		})
	}
}

// TestTheStoryReplays asks every question of the story, then judges each decision
// again. What the verdicts have to be is held beside the story itself.
func TestTheStoryReplays(t *testing.T) {
	c := newTelling(t)
	asked := 0
	for _, e := range c.story.Events() {
		c.Clock.Set(e.At)
		if e.Step != nil {
			c.submit(t, e.Step)
			continue
		}
		q := e.Question
		if a := c.question(t, gate.Question{Subject: q.Subject, System: q.System, Action: q.Action, Environment: q.Environment}, gate.Options{}); a.Recorded == nil {
			t.Errorf("%s is not recorded: %v", q.Name, a.Inquiry)
		}
		asked++
	}
	replayed := 0
	err := c.gate.Replay(context.Background(), 0, func(r gate.Replayed) error {
		if replayed++; len(r.Differences) > 0 {
			return fmt.Errorf("decision at index %d: %v", r.Index, r.Differences)
		}
		return nil
	})
	if err != nil || replayed == 0 || replayed > asked {
		t.Errorf("%d questions asked, %d decisions replayed: %v", asked, replayed, err)
	}
}

// TestTheIntervalHolds judges the real case at instants inside the interval of a
// decision: nothing may differ, down to the messages.
func TestTheIntervalHolds(t *testing.T) {
	c := newTelling(t)
	a := c.tell(t, "deploy waived", "")
	from, until := a.Decision.HoldsFrom, a.Decision.HoldsUntil
	if until == "" {
		t.Fatal("an allow with a waiver holds for ever")
	}
	end, err := time.Parse(time.RFC3339Nano, until)
	if err != nil {
		t.Fatal(err)
	}
	start := c.Clock.Now().Add(-24 * time.Hour)
	if from != "" {
		if start, err = time.Parse(time.RFC3339Nano, from); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 20 {
		at := start.Add(end.Sub(start) * time.Duration(i) / 20)
		b := c.question(t, a.Decision.Question, gate.Options{At: &at})
		if told(b) != told(a) || b.Decision.HoldsUntil != until || b.Decision.HoldsFrom != from {
			t.Errorf("at %s: %s until %s; decided was %s until %s", at, told(b), b.Decision.HoldsUntil, told(a), until)
		}
	}
	at := end
	if b := c.question(t, a.Decision.Question, gate.Options{At: &at}); b.Decision.HoldsFrom != until {
		t.Errorf("at its end it holds from %s", b.Decision.HoldsFrom)
	}
}
