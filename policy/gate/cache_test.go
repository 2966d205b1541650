package gate_test

import (
	"context"
	"encoding/json"
	"strings"
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
	const reason = gate.MaxCachedFindingBytes/4 - 512
	for n, want := range map[int]int{4: 4, 5: 1} { // one more that was cut off is not kept
		if held := gate.CacheFindings(n, reason); held != want {
			t.Errorf("%d findings: %d held, want %d", n, held, want)
		}
	}
	for _, c := range []struct{ n, size, held int }{
		{2, gate.MaxCachedBytes / 4, 2},
		{3, gate.MaxCachedBytes / 4, 1},
		{1, gate.MaxCachedBytes + 1, 0},
	} {
		if parsed, items, err := gate.CacheStatements(c.n, c.size); err != nil || parsed != c.held || items != c.held {
			t.Errorf("%d statements of %d bytes: %d parsed and %d items held, want %d (%v)", c.n, c.size, parsed, items, c.held, err)
		}
	}
}

// What a rule writes beside the text of its messages counts, however it is nested.
func TestFindingsAreWeighedWhole(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	for name, m := range map[string]policy.Message{
		"text":    {Msg: long},
		"path":    {Path: long},
		"member":  {Members: map[string]any{"value": long}},
		"nested":  {Members: map[string]any{"value": []any{map[string]any{"a": long}}}},
		"name":    {Members: map[string]any{long: true}},
		"number":  {Members: map[string]any{"value": json.Number(long)}},
		"members": {Members: map[string]any{"value": make([]any, 1<<17)}},
	} {
		if n := gate.Weigh(policy.Finding{Messages: []policy.Message{m}}); n < 1<<20 {
			t.Errorf("%s: %d bytes", name, n)
		}
	}
}
