package gate

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy"
)

// Forget makes the next judgement evaluate every rule again.
func (c *Case) Forget() {
	for _, r := range c.runs {
		r.judged = false
	}
}

// EvaluateOnly evaluates the rules of the case over the same inputs as Judge and
// does nothing else.
func (c *Case) EvaluateOnly(ctx context.Context, at time.Time) error {
	for _, r := range c.runs {
		if r.node == nil {
			continue
		}
		if _, err := c.Set.Evaluate(ctx, r.rule, r.view.input(r.node, r.kind), r.view.effective, policy.NewClock(at)); err != nil {
			return err
		}
	}
	return nil
}

// Hold remembers an answer to a question and says how many are held.
func (g *Gate) Hold(q Question) int {
	g.hold(q, Answer{}, &Case{})
	return len(g.held)
}

// HoldHeavy remembers an answer with so many bytes of reasons and says how many
// bytes and answers are held.
func (g *Gate) HoldHeavy(q Question, bytes int) (weight, held int) {
	g.hold(q, Answer{Decision: Decision{Findings: []Finding{{Finding: policy.Finding{Reason: strings.Repeat("x", bytes)}}}}}, &Case{})
	return g.weight, len(g.held)
}

// Questions takes in so many different questions as live ones.
func Questions(n int) error {
	all := questions{seen: map[Question]bool{}}
	for i := range n {
		q := Question{Subject: attest.RefOf("m"), Action: "deploy", Environment: fmt.Sprint("e", i)}
		for range 2 {
			if err := all.add(q); err != nil {
				return err
			}
		}
	}
	return nil
}

// Runs is how many times a rule is judged over a subject.
func (c *Case) Runs() int { return len(c.runs) }

// Forget drops what the gate took over from judgements before.
func (g *Gate) Forget() {
	g.caches.mu.Lock()
	defer g.caches.mu.Unlock()
	g.caches.findings, g.caches.parsed, g.caches.items, g.caches.size = nil, nil, nil, 0
	g.caches.digests, g.caches.params = nil, parsedParameters{}
}

// CacheFindings takes in so many findings with a reason of so many bytes, and says how
// many are held.
func CacheFindings(n, size int) int {
	c := &caches{}
	for i := range n {
		c.keep([32]byte{byte(i), byte(i >> 8)}, policy.Finding{Rule: "X-01", Reason: strings.Repeat("x", size)})
	}
	c.keep([32]byte{31: 1}, policy.Finding{Rule: "X-01", CutOff: true})
	return len(c.findings)
}

// CacheStatements takes in so many statements of a size, parsed and as rules see them,
// and says how many of each are held.
func CacheStatements(n, size int) (parsed, items int, err error) {
	c := &caches{}
	for range n {
		it := &evidence.Item{State: evidence.OK, Statement: &attest.Statement{Raw: make([]byte, size), Predicate: map[string]any{}}}
		if _, err := c.parse(it); err != nil {
			return 0, 0, err
		}
		if _, err := c.item(it, func() (*policy.Item, error) { return &policy.Item{}, nil }); err != nil {
			return 0, 0, err
		}
	}
	return len(c.parsed), len(c.items), nil
}

// CachedDigests takes in so many digests and says how many are held.
func CachedDigests(n int) (int, error) {
	c := &caches{}
	for i := range n {
		if _, err := c.digest([]string{"x", fmt.Sprint(i)}, func() (string, error) { return "d", nil }); err != nil {
			return 0, err
		}
	}
	return len(c.digests), nil
}

// Weigh is about what a finding takes in memory.
func Weigh(f policy.Finding) int { return weigh(&f) }

// HeldSets takes in so many rule sets and says how many are held, and whether the last is.
func HeldSets(n int) (held int, last bool) {
	h := &heldSets{}
	for i := range n {
		h.keep(fmt.Sprint(i), nil)
	}
	_, last = h.sets[fmt.Sprint(n-1)]
	return len(h.sets), last
}

// JudgeBroken judges a rule over nothing that can be judged, on all processors.
func JudgeBroken(ctx context.Context, n int) error {
	c := &Case{}
	for range n {
		c.runs = append(c.runs, &run{rule: &policy.Rule{ID: "X-01"}})
	}
	return c.judgeRuns(ctx, time.Now())
}
