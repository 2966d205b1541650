package watch_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/policy/gate"
	"github.com/assize-dev/assize/policy/watch"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func answer(system, subject string, verdict gate.Verdict, index uint64) *gate.Answer {
	return &gate.Answer{Recorded: &gate.Recorded{ID: fmt.Sprint(index), Index: index},
		Decision: gate.Decision{Verdict: verdict, DecidedAt: noon.Format(time.RFC3339Nano), Question: gate.Question{Subject: attest.RefOf(subject), System: system, Action: "deploy", Environment: "production"}}}
}

func TestBounds(t *testing.T) {
	t.Run("MaxSystems", func(t *testing.T) {
		b := watch.New(nil)
		for i := range watch.MaxSystems {
			b.Describe(uint64(i), "", fmt.Sprintf("system:%d", i))
		}
		if b.Left().Systems != 0 {
			t.Errorf("%d left out at the bound", b.Left().Systems)
		}
		b.Describe(0, "", "system:more")
		if l := b.List(watch.Query{Limit: 1}, noon); l.Total != watch.MaxSystems || b.Left().Systems != 1 {
			t.Errorf("%d systems, %d left out", l.Total, b.Left().Systems)
		}
	})
	t.Run("MaxStandings", func(t *testing.T) {
		b := watch.New(nil)
		for i := range watch.MaxStandings + 1 {
			b.Take(answer(system, fmt.Sprint(i), gate.Allow, uint64(i)))
		}
		s, _ := b.System(system, noon)
		if n := len(s.Environments[0].Standings); n != watch.MaxStandings || s.Dropped != 1 || s.Environments[0].Standings[n-1].Index != 1 {
			t.Errorf("%d questions, %d dropped", n, s.Dropped)
		}
	})
	t.Run("MaxChanges", func(t *testing.T) {
		b := watch.New(nil)
		for i := range watch.MaxChanges + 2 {
			b.Take(answer(system, "m", []gate.Verdict{gate.Allow, gate.Deny}[i%2], uint64(i)))
		}
		if c := b.Changes(watch.MaxChanges + 1); len(c) != watch.MaxChanges || c[0].Index != watch.MaxChanges+1 || c[len(c)-1].Index != 2 {
			t.Errorf("%d changes", len(c))
		}
	})
	t.Run("MaxProfiles", func(t *testing.T) {
		b := watch.New(nil)
		for i := range watch.MaxProfiles + 1 {
			b.Describe(uint64(i), fmt.Sprint("name ", i), system)
		}
		if s, _ := b.System(system, noon); s.Profile != watch.MaxProfiles {
			t.Errorf("the newest profile is at %d", s.Profile)
		}
	})
	t.Run("MaxListed", func(t *testing.T) {
		b := watch.New(nil)
		for i := range watch.MaxListed + 1 {
			b.Describe(uint64(i), "", fmt.Sprintf("system:%d", i))
		}
		if l := b.List(watch.Query{Limit: watch.MaxListed + 1}, noon); len(l.Systems) != watch.MaxListed || l.Matched != watch.MaxListed+1 {
			t.Errorf("%d of %d", len(l.Systems), l.Matched)
		}
	})
	t.Run("MaxTerms", func(t *testing.T) {
		b := newBench(t)
		bad := b.result(0.6)
		b.board.KeepTerms(watch.MaxTerms - 1)
		b.waiver(time.Hour, nil, bad.ID)
		b.waiver(2*time.Hour, nil, bad.ID)
		if err := b.board.CatchUp(context.Background()); err != nil {
			t.Fatal(err)
		}
		if b.board.Left().Terms != 1 {
			t.Errorf("%+v left out", b.board.Left())
		}
	})
}

// A list is narrowed, sorted and paged as it was asked for.
func TestListAnswersItsQuery(t *testing.T) {
	b := watch.New(nil)
	for i, v := range []gate.Verdict{gate.Deny, gate.Allow, gate.Indeterminate, gate.Deny} {
		uri := fmt.Sprintf("system:s%d", i)
		b.Describe(uint64(i), fmt.Sprintf("Name %d", 9-i), uri)
		b.Take(answer(uri, "m", v, uint64(10+i)))
	}
	b.Describe(4, "Without a decision", "system:none")
	order := func(q watch.Query) string {
		out := ""
		for _, s := range b.List(q, noon).Systems {
			out += " " + s.URI[len("system:"):]
		}
		return out
	}
	for _, c := range []struct {
		q    watch.Query
		want string
	}{
		{watch.Query{Limit: 9}, " s0 s3 s2 s1 none"},
		{watch.Query{Limit: 2, Offset: 1}, " s3 s2"},
		{watch.Query{Limit: 2, Offset: 99}, ""},
		{watch.Query{Limit: 9, Sort: "name"}, " s3 s2 s1 s0 none"},
		{watch.Query{Limit: 9, Verdict: "deny"}, " s0 s3"},
		{watch.Query{Limit: 9, Verdict: "none"}, " none"},
		{watch.Query{Limit: 9, Text: "NAME 8"}, " s1"},
		{watch.Query{Limit: 9, Environment: "production"}, " s0 s3 s2 s1"},
		{watch.Query{Limit: 9, Environment: "staging"}, ""},
	} {
		if got := order(c.q); got != c.want {
			t.Errorf("%+v: %q, want %q", c.q, got, c.want)
		}
	}
}

// BenchmarkList is the part of the overview that grows with the systems.
func BenchmarkList(bench *testing.B) {
	b := watch.New(nil)
	for i := range 10_000 {
		uri := fmt.Sprintf("system:unit-%d/model-%d", i%97, i)
		b.Describe(uint64(i), fmt.Sprintf("Scoring %d", i), uri)
		for _, env := range []string{"production", "staging"} {
			a := answer(uri, fmt.Sprint("m", i), []gate.Verdict{gate.Deny, gate.Allow, gate.Indeterminate}[i%3], uint64(i))
			a.Decision.Question.Environment = env
			b.Take(a)
		}
	}
	for bench.Loop() {
		b.List(watch.Query{Limit: 50, Sort: "attention"}, noon)
	}
}
