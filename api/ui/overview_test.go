package ui_test

import (
	"strings"
	"testing"
	"time"

	"github.com/assize-dev/assize/api"
	"github.com/assize-dev/assize/api/ui"
	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/policy/gate"
	"github.com/assize-dev/assize/policy/watch"
)

// hostile is a name that tries everything: markup, a link that runs, a direction
// that turns the rest of the line, and no place to break.
const hostile = "<script>alert(1)</script>\"'><a href=javascript:alert(1)>\u202egnp.\u202c" + "wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww"

// overview has a system in every state.
func overview() api.Overview {
	standing := func(v gate.Verdict, flips time.Time) watch.Standing {
		s := watch.Standing{Environment: "production", Action: "deploy", Subject: attest.Ref(model()), Name: "credit-scorer", Verdict: v, Index: 21, ID: id, DecidedAt: noon, FlipsAt: flips, FlipsTo: gate.Deny}
		s.Counts[0][0], s.Counts[1][3], s.Counts[2][4] = 2, 1, 7
		return s
	}
	env := func(name string, s ...watch.Standing) watch.Environment {
		return watch.Environment{Name: name, Standings: s}
	}
	return api.Overview{Seeded: true, First: 1, Next: "/?offset=4", Query: api.OverviewQuery{Text: hostile, Sort: "name"},
		Page: watch.Page{Total: 9, Matched: 5, Verdicts: map[string]int{"deny": 1, "allow": 2, "lapsed": 1, "none": 1}, Counts: [4][7]int{{2, 0, 1, 0, 9, 0, 0}, {1, 4, 0, 3, 8, 0, 0}},
			Environments: []string{"production", hostile}, Tiers: []string{"high_annex_iii", "minimal"},
			Systems: []watch.System{
				{URI: "system:credit-scoring", Name: "Credit scoring", Owner: "anna@bank.example", Tier: "high_annex_iii", Profiled: true, Environments: []watch.Environment{env("production", standing(gate.Deny, time.Time{}), standing(gate.Allow, time.Time{})), env("staging", standing(gate.Allow, noon.AddDate(0, 1, 0)))}},
				{URI: "system:lapsed", Name: "Lapsed", Profiled: true, Environments: []watch.Environment{env("production", standing(gate.Allow, noon.AddDate(0, -1, 0)))}},
				{URI: "system:" + hostile, Name: hostile, Owner: hostile, Tier: hostile, Profiled: true},
				{URI: "system:a/b?c#d", Why: "no system profile describes it"},
			}},
		Upcoming: []api.Upcoming{
			{Event: watch.Event{At: noon.AddDate(0, 1, 0), Kind: "flip", System: "system:credit-scoring", Environment: "staging", Action: "deploy", Name: hostile, From: gate.Allow, To: gate.Deny, ID: id}},
			{Event: watch.Event{At: noon.AddDate(0, 2, 0), Kind: "waiver", System: "system:credit-scoring", Environment: "production", ID: planID}, Rules: []string{"FAI-02"}},
			{Event: watch.Event{At: noon.AddDate(0, 2, 1), Kind: "approval", System: "system:credit-scoring", Environment: "production", ID: planID}},
			{Event: watch.Event{At: noon.AddDate(0, 3, 0), Kind: "law"}, What: "High-risk duties apply", Provision: "AI Act Art 113", Rules: []string{"A-01", "A-02", "A-03", "A-04", "A-05", "A-06", "A-07"}},
		},
		Changes: []watch.Change{{System: "system:credit-scoring", Environment: "production", Action: "deploy", Subject: attest.Ref(model()), Name: hostile, From: gate.Allow, To: gate.Deny, At: noon, Index: 21, ID: id}},
		Left:    watch.Left{Unverified: 1, Unreadable: 2, Erased: 3, Systems: 4, Terms: 5}, Reading: &api.Reading{Read: 20, Size: 54}, ReadOnly: "the disk is full"}
}

// What a system is called is text on the overview, whoever called it so, and leads
// to its page whatever it is spelt with.
func TestOverviewOfHostileNames(t *testing.T) {
	html := renderAt(t, overview(), api.Moment{At: noon})
	for _, bad := range []string{"<script", "href=\"javascript", "<a href=javascript"} {
		if strings.Contains(html, bad) {
			t.Errorf("%q got onto the page", bad)
		}
	}
	for _, good := range []string{`href="/systems/system:a%2Fb%3Fc%23d"`, "<bdi>&lt;script&gt;", "no longer proven, ask again", "Still reading.", "flips to denied", "and 1 more", "3 decisions that quoted erased evidence"} {
		if !strings.Contains(html, good) {
			t.Errorf("%q is not there", good)
		}
	}
}

// An empty overview says what to do next.
func TestEmptyOverviewTeaches(t *testing.T) {
	html := render(t, api.Overview{Seeded: true, First: 1})
	for _, s := range []string{"No system yet", "assize attest system-profile", "assize submit", "assize demo"} {
		if !strings.Contains(html, s) {
			t.Errorf("%q is not there", s)
		}
	}
}

func renderAt(t *testing.T, page any, at api.Moment) string {
	t.Helper()
	p, err := ui.New("test")
	if err != nil {
		t.Fatal(err)
	}
	b, err := p.Render(page, at)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
