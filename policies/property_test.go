package policies_test

import (
	"encoding/json"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/assize-dev/assize/policy"
)

// Random evidence, made from passing inputs by a few changes, judged at random
// instants: between holds_from and holds_until the finding is the same, evidence a rule
// did not declare changes nothing at all, nor does the order in which things are found.
func TestFindingsHold(t *testing.T) {
	eachRule(t, func(t *testing.T, r *policy.Rule, cases []*passingCase) {
		h := fnv.New64()
		h.Write([]byte(r.ID))
		g := rand.New(rand.NewPCG(h.Sum64(), 1))
		const documents = 24
		bounded := false
		for i := range documents {
			c := cases[i%len(cases)]
			doc := c.random(g, g.IntN(4))
			instant := c.instant(g, doc)
			f := c.judge(t, doc, instant)
			bounded = bounded || f.HoldsFrom != "" || f.HoldsUntil != ""
			c.steady(t, g, doc, instant, f)
			same(t, "with undeclared evidence", f, c.judge(t, c.crowded(t, g, doc), instant))
			same(t, "with evidence in another order", f, c.judge(t, reordered(g, doc), instant))
			if s := c.judge(t, disordered(g, doc), instant); s.Status != f.Status {
				t.Errorf("%s: with signers, roles and subjects in another order it is %s, not %s", c.name, s.Status, f.Status)
			}
		}
		if dated := r.AppliesFrom != ""; dated && !bounded {
			t.Error("the rule has a date and no finding has a bound in time")
		}
	})
}

func same(t *testing.T, when string, want, got policy.Finding) {
	t.Helper()
	if !reflect.DeepEqual(want, got) {
		t.Errorf("%s: %s is another finding (-want +got):\n%s", want.Rule, when, cmp.Diff(want, got, cmpopts.IgnoreUnexported(policy.Finding{})))
	}
}

// steady judges at both ends of the interval of a finding and inside.
func (c *passingCase) steady(t *testing.T, g *rand.Rand, doc any, instant time.Time, f policy.Finding) {
	t.Helper()
	from, until := instant.AddDate(-200, 0, 0), instant.AddDate(200, 0, 0)
	for s, to := range map[string]*time.Time{f.HoldsFrom: &from, f.HoldsUntil: &until} {
		if s == "" {
			continue
		}
		var err error
		if *to, err = policy.ParseInstant(s); err != nil {
			t.Fatal(err)
		}
	}
	if instant.Before(from) || !instant.Before(until) {
		t.Errorf("%s: judged at %s it holds from %s until %s", c.name, instant, from, until)
		return
	}
	probes := []time.Time{from, until.Add(-time.Nanosecond)}
	for range 3 {
		share := g.Float64()
		probes = append(probes, from.Add(time.Duration(share*float64(min(until.Sub(from), 1<<62)))))
	}
	for _, probe := range probes {
		same(t, "between holds_from and holds_until, at "+probe.Format(time.RFC3339Nano)+" instead of "+instant.Format(time.RFC3339Nano)+",", f, c.judge(t, doc, probe))
	}
}

// random is the input of the case after some random changes, now and then with
// another statement beside one that is there.
func (c *passingCase) random(g *rand.Rand, changes int) map[string]any {
	c.vary.Do(func() { c.variants = c.changes() })
	doc := c.Input
	for range changes {
		ch := c.variants[g.IntN(len(c.variants))]
		if reaches(doc, ch.path) {
			doc = with(doc, ch.path, ch.value).(map[string]any)
		}
	}
	if list := itemsOf(doc); len(list) > 0 && g.IntN(3) == 0 {
		p := list[g.IntN(len(list))]
		if at, ok := at(doc, p.path[:len(p.path)-1]).([]any); ok {
			twin := maps.Clone(p.item)
			twin["id"], twin["leaf"], twin["index"] = "twin", "twin", json.Number("88888")
			doc = with(doc, p.path[:len(p.path)-1], append([]any{twin}, at...)).(map[string]any)
		}
	}
	return doc
}

// reaches reports whether the parent of the path is still there after other changes.
func reaches(v any, path []string) bool {
	for i, step := range path {
		switch w := v.(type) {
		case map[string]any:
			v = w[step]
		case []any:
			if !holds(w, []string{step}) {
				return false
			}
			v = w[slices.Index(positions, step)]
		case nil:
			return i > 0
		default:
			return false
		}
	}
	return true
}

// positions names the first elements of an array.
var positions = func() []string {
	var out []string
	for i := range 1000 {
		b, _ := json.Marshal(i)
		out = append(out, string(b))
	}
	return out
}()

// instant is near the time of the case, or at or beside an instant of the document.
func (c *passingCase) instant(g *rand.Rand, doc any) time.Time {
	var said []time.Time
	var find func(v any)
	find = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, name := range slices.Sorted(maps.Keys(v)) {
				find(v[name])
			}
		case []any:
			for _, e := range v {
				find(e)
			}
		case string:
			if at, err := policy.ParseInstant(v); err == nil {
				said = append(said, at)
			}
		}
	}
	find(doc)
	switch k := g.IntN(4); {
	case k == 0:
		return c.now
	case k == 1 && len(said) > 0:
		return said[g.IntN(len(said))].Add(time.Duration(g.IntN(3)-1) * time.Nanosecond)
	}
	return c.now.Add(time.Duration(g.Int64N(int64(4*365*24*time.Hour))) - 2*365*24*time.Hour)
}

// crowded adds evidence of every type the rule did not declare, wherever evidence can
// stand, and withheld evidence of these types too.
func (c *passingCase) crowded(t *testing.T, g *rand.Rand, doc map[string]any) map[string]any {
	declared := c.rule.Types()
	for _, short := range slices.Sorted(maps.Keys(schemas)) {
		list := specimens(t, short)
		if slices.Contains(declared, short) || len(list) == 0 {
			continue
		}
		noise := maps.Clone(list[g.IntN(len(list))])
		noise["id"], noise["leaf"] = "noise", "noise"
		doc = with(doc, []string{"evidence", short}, []any{noise}).(map[string]any)
		for _, n := range nodesOf(doc) {
			doc = with(doc, append(slices.Clone(n.path), "evidence", short), []any{noise}).(map[string]any)
		}
		if place := map[string]string{"deployment": "deployments", "incident": "incidents", "waiver": "waivers"}[short]; place != "" {
			doc = with(doc, []string{"related", place}, []any{noise}).(map[string]any)
		}
		held := maps.Clone(noise)
		delete(held, "predicate")
		held["state"] = []any{policy.StateErased, policy.StateUntrusted, policy.StateRevoked}[g.IntN(3)]
		doc = with(doc, []string{"withheld", short}, []any{held}).(map[string]any)
	}
	return doc
}

// reordered gives the evidence in another order, the way it may be found, and puts it
// newest first as whoever calls the engine has to.
func reordered(g *rand.Rand, doc map[string]any) map[string]any {
	evidence, _ := doc["evidence"].(map[string]any)
	for _, short := range slices.Sorted(maps.Keys(evidence)) {
		list, _ := shuffled(g, evidence[short]).([]any)
		slices.SortStableFunc(list, func(a, b any) int { return int(indexOf(b) - indexOf(a)) })
		if old, _ := evidence[short].([]any); distinct(old) {
			doc = with(doc, []string{"evidence", short}, list).(map[string]any)
		}
	}
	return doc
}

func indexOf(item any) int64 {
	n, _ := item.(map[string]any)["index"].(json.Number)
	i, _ := n.Int64()
	return i
}

// distinct reports whether the items stand newest first, each at an index of its own.
func distinct(list []any) bool {
	for i := range list {
		if i > 0 && indexOf(list[i]) >= indexOf(list[i-1]) {
			return false
		}
	}
	return true
}

// disordered shuffles what has no order: who signed, in which role, about what.
func disordered(g *rand.Rand, doc map[string]any) map[string]any {
	for _, p := range itemsOf(doc) {
		for _, name := range []string{"principals", "roles", "subjects"} {
			if list, ok := p.item[name].([]any); ok {
				doc = with(doc, append(slices.Clone(p.path), name), shuffled(g, list)).(map[string]any)
			}
		}
	}
	for _, place := range []string{"parents", "ancestors", "related/subjects", "related/deployments", "related/incidents", "related/waivers", "related/rollbacks"} {
		path := strings.Split(place, "/")
		if list, ok := at(doc, path).([]any); ok {
			doc = with(doc, path, shuffled(g, list)).(map[string]any)
		}
	}
	return doc
}
