package gate_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
)

// What a gate takes over from judgements before changes nothing: through the whole
// story, each question gives the same findings as a gate that never judged, also at
// other instants.
func TestCachesChangeNothing(t *testing.T) {
	ctx := context.Background()
	w := newTelling(t)
	asked := 0
	for _, e := range w.story.Events() {
		w.Clock.Set(e.At)
		if e.Step != nil {
			w.submit(t, e.Step)
			continue
		}
		q := gate.Question{Subject: e.Question.Subject, System: e.Question.System, Action: e.Question.Action, Environment: e.Question.Environment}
		for _, days := range []int{0, 400, 1200} {
			at := e.At.AddDate(0, 0, days)
			warm, err := w.gate.Decide(ctx, q, gate.Options{At: &at})
			if err != nil {
				t.Fatal(err)
			}
			w2 := gate.New(gate.Config{Locker: w.Locker, Clock: w.Clock.Now, Sets: []*policy.Set{w.set}})
			cold, err := w2.Decide(ctx, q, gate.Options{At: &at})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(asJSON(t, cold.Decision), asJSON(t, warm.Decision)); diff != "" {
				t.Fatalf("%s, %d days later (-cold +warm):\n%s", e.Question.Name, days, diff)
			}
			asked++
		}
	}
	if asked < 30 {
		t.Errorf("asked %d times only", asked)
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestCacheBounds(t *testing.T) {
	for n, want := range map[int]int{gate.MaxCachedDigests: gate.MaxCachedDigests, gate.MaxCachedDigests + 1: 1} {
		if held, err := gate.CachedDigests(n); err != nil || held != want {
			t.Errorf("%d digests: %d held, want %d, %v", n, held, want, err)
		}
	}
	for n, want := range map[int]int{gate.MaxCachedItems: gate.MaxCachedItems, gate.MaxCachedItems + 1: 1} {
		if held, err := gate.CachedItems(n); err != nil || held != want {
			t.Errorf("%d items: %d held, want %d (%v)", n, held, want, err)
		}
	}
	for _, c := range []struct{ findings, statements, size, held, parsed int }{
		{gate.MaxCachedFindings + 1, 0, 0, gate.MaxCachedFindings, 0}, // the first was cut off and is not kept
		{gate.MaxCachedFindings + 2, 0, 0, 1, 0},
		{0, 2, gate.MaxCachedBytes / 2, 0, 2},
		{0, 3, gate.MaxCachedBytes / 2, 0, 1},
		{0, 1, gate.MaxCachedBytes + 1, 0, 0},
	} {
		held, parsed, err := gate.Cache(c.findings, c.statements, c.size)
		if err != nil || held != c.held || parsed != c.parsed {
			t.Errorf("%s: %d findings, %d statements held, want %d, %d (%v)", fmt.Sprint(c), held, parsed, c.held, c.parsed, err)
		}
	}
}
