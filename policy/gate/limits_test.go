package gate_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/attesttest"
	"github.com/assize-dev/assize/policy/gate"
)

func TestMaxSystems(t *testing.T) {
	b := newBench(t)
	name := func(from, to int) []byte {
		var systems []string
		for i := from; i < to; i++ {
			systems = append(systems, fmt.Sprintf("system:s%d", i))
		}
		return attesttest.Statement("dataset-card", m{"stated_at": b.Clock.Now().UTC().Format(time.RFC3339), "systems": systems, "id": fmt.Sprint(from), "version": "1"},
			attesttest.Subject("d", hex("d")))
	}
	ask := func() error {
		_, err := b.gate.Decide(context.Background(), gate.Question{Subject: attest.RefOf("d"), Action: "train", Environment: "production"}, gate.Options{})
		return err
	}
	b.Submit(name(0, gate.MaxSystems), "data-steward")
	if err := ask(); err != nil {
		t.Errorf("%d systems: %v", gate.MaxSystems, err)
	}
	b.Submit(name(gate.MaxSystems, gate.MaxSystems+1), "data-steward")
	if err := ask(); !errors.Is(err, gate.ErrQuestion) {
		t.Errorf("one more: %v", err)
	}
}

// dated asks the clock about n days in a row and comes out the same on each.
func dated(n int) fstest.MapFS {
	var days []string
	for i := range n {
		days = append(days, `"`+attesttest.Now.AddDate(0, 0, i+1).Format("2006-01-02")+`"`)
	}
	return fstest.MapFS{"core/day_01/day_01.rego": rule("core.day_01", "DAY-01", "high", `["model"]`, `["eval-result"]`, `[]`, fmt.Sprintf(`
past := count([d | some d in [%s]; assize.reached(d)])

pass if {
	count(input.evidence["eval-result"]) > 0
	past >= 0
}
`, strings.Join(days, ", ")))}
}

func TestMaxFlipSteps(t *testing.T) {
	for _, n := range []int{gate.MaxFlipSteps - 2, gate.MaxFlipSteps + 2} {
		b := benchOf(t, dated(n), m{"gates": []any{m{"environment": "production", "systems": []string{system}, "actions": []string{"deploy"},
			"packs": []string{"core"}, "blocks": []string{"critical", "high"}, "warns": []string{"medium", "low"}}}})
		b.say(t, "eval-result", "m", m{"category": "performance", "metrics": []any{m{"name": "auc", "value": 0.78}}}, "evaluator")
		a := b.ask(t, gate.Options{})
		if a.Decision.Verdict != gate.Allow || a.Decision.FlipsAt != "" {
			t.Fatalf("%d days: %s, flips at %q: %s", n, a.Decision.Verdict, a.Decision.FlipsAt, told(a))
		}
		if searched := a.Decision.FlipsSearched != ""; searched != (n > gate.MaxFlipSteps) {
			t.Errorf("%d days: searched to %q", n, a.Decision.FlipsSearched)
		}
	}
}

func TestMaxBundle(t *testing.T) {
	if _, err := gate.ParseBundle(make([]byte, gate.MaxBundle+1)); !errors.Is(err, gate.ErrBundle) || !strings.Contains(err.Error(), "the bound is") {
		t.Errorf("a byte too many: %v", err)
	}
	for _, n := range []int{gate.MaxBundleItems, gate.MaxBundleItems + 1} {
		raw, err := attest.CanonicalJSON(gate.ProofBundle{V: 1, Decision: []byte("{}"), Items: make([]gate.BundleItem, n)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := gate.ParseBundle(raw); (err == nil) != (n <= gate.MaxBundleItems) {
			t.Errorf("%d items: %v", n, err)
		}
	}
}

// TestMaxCatchUp: beyond the bound a held answer is not looked up to date leaf by
// leaf but assembled anew, and still found recorded.
func TestMaxCatchUp(t *testing.T) {
	b := newBench(t)
	b.allowable(t)
	a := b.ask(t, gate.Options{})
	grow(t, b.Log, gate.MaxCatchUp+1)
	size := b.Size()
	if again := b.ask(t, gate.Options{}); *again.Recorded != *a.Recorded || b.Size() != size {
		t.Errorf("asked again: %+v, recorded %+v", again.Recorded, a.Recorded)
	}
}

func TestMaxHeldSets(t *testing.T) {
	for n, want := range map[int]int{gate.MaxHeldSets: gate.MaxHeldSets, gate.MaxHeldSets + 1: gate.MaxHeldSets} {
		if held, last := gate.HeldSets(n); held != want || !last {
			t.Errorf("%d sets: %d held, want %d; the last is held: %t", n, held, want, last)
		}
	}
}

func TestMaxCachedAnswers(t *testing.T) {
	b := newBench(t)
	for i := range gate.MaxCachedAnswers + 1 {
		if n := b.gate.Hold(gate.Question{Environment: fmt.Sprint(i)}); n > gate.MaxCachedAnswers {
			t.Fatalf("%d answers held", n)
		}
	}
}

func TestMaxCachedAnswerBytes(t *testing.T) {
	b := newBench(t)
	const each = 1 << 20
	most := 0
	for i := range 2 * gate.MaxCachedAnswerBytes / each {
		weight, held := b.gate.HoldHeavy(gate.Question{Environment: fmt.Sprint(i % 60)}, each)
		if weight > gate.MaxCachedAnswerBytes || weight < held*each {
			t.Fatalf("%d bytes of %d answers held", weight, held)
		}
		most = max(most, held)
	}
	if most < gate.MaxCachedAnswerBytes/each*9/10 {
		t.Errorf("%d answers held at most", most)
	}
	if weight, _ := b.gate.HoldHeavy(gate.Question{Environment: "heavy"}, gate.MaxCachedAnswerBytes+1); weight > gate.MaxCachedAnswerBytes {
		t.Errorf("%d bytes held", weight)
	}
}

func TestMalformedQuestions(t *testing.T) {
	b := newBench(t)
	good := gate.Question{Subject: attest.RefOf("m"), System: system, Action: "deploy", Environment: "production"}
	for name, change := range map[string]func(*gate.Question){
		"no digest":              func(q *gate.Question) { q.Subject = "m" },
		"weak digest":            func(q *gate.Question) { q.Subject = "md5:d41d8cd98f00b204e9800998ecf8427e" },
		"no system URI":          func(q *gate.Question) { q.System = "credit-scoring" },
		"system too long":        func(q *gate.Question) { q.System = "system:" + strings.Repeat("x", 506) },
		"unknown action":         func(q *gate.Question) { q.Action = "delete" },
		"no environment":         func(q *gate.Question) { q.Environment = "" },
		"environment with blank": func(q *gate.Question) { q.Environment = "pro duction" },
		"environment too long":   func(q *gate.Question) { q.Environment = strings.Repeat("x", 129) },
	} {
		q := good
		change(&q)
		if _, err := b.gate.Decide(context.Background(), q, gate.Options{}); !errors.Is(err, gate.ErrQuestion) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
