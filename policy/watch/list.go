package watch

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
)

// System is a system as the board shows it.
type System struct {
	URI               string
	Name, Owner, Tier string
	// Profile is the ledger index of the newest profile that counts; Profiled is
	// false when none does, and Why says why.
	Profile  uint64
	Profiled bool
	Why      string
	// Environments it was judged for, each with its worst question first.
	Environments []Environment
	Dropped      int // questions beyond MaxStandings
}

// Environment is a system in an environment.
type Environment struct {
	Name      string
	Standings []Standing // the worst first, then the newest
}

// Worst is the standing that speaks for the environment.
func (e *Environment) Worst() *Standing { return &e.Standings[0] }

// Sorts of a list.
var Sorts = []string{"attention", "name", "owner", "tier", "decided", "flips", "failed"}

// Verdicts a list may be narrowed to; none stands for a system without a decision.
var Verdicts = []string{"deny", "indeterminate", "allow", "lapsed", "none"}

// Query narrows a list.
type Query struct {
	Text        string // in URI, name or owner, whatever the case
	Verdict     string // one of Verdicts
	Environment string
	Tier        string
	Sort        string // one of Sorts; empty: attention
	Offset      int
	Limit       int // at most MaxListed
}

// Page is a part of a list.
type Page struct {
	Systems []System
	Matched int // systems that the query fits
	Total   int
	// Verdicts counts the systems by the worst verdict of the environments asked for.
	Verdicts map[string]int
	// Counts are the findings of the newest decisions of the systems that the query
	// fits, by severity and status as in Counts of one.
	Counts       [4][7]int
	Environments []string
	Tiers        []string
}

var rank = map[gate.Verdict]int{gate.Allow: 1, gate.Indeterminate: 2, gate.Deny: 3}

// row is a system on its way into a page.
type row struct {
	s       *system
	p       *profile
	verdict string
	rank    int
	flips   time.Time
	decided time.Time
	failed  int
}

// List is the part of all systems that a query asks for, at an instant.
func (b *Board) List(q Query, now time.Time) Page {
	b.mu.RLock()
	defer b.mu.RUnlock()
	out := Page{Total: len(b.order), Verdicts: map[string]int{}}
	environments, tiers := map[string]bool{}, map[string]bool{}
	needle := strings.ToLower(q.Text)
	var rows []row
	for _, uri := range b.order {
		s := b.systems[uri]
		r := row{s: s, p: s.newest(), verdict: "none"}
		for _, st := range s.standings {
			environments[st.Environment] = true
			if q.Environment == "" || st.Environment == q.Environment {
				r.add(st, now)
			}
		}
		if r.p != nil && r.p.tier != "" {
			tiers[r.p.tier] = true
		}
		if !r.fits(&q, needle) {
			continue
		}
		out.Verdicts[r.verdict]++
		if q.Verdict != "" && q.Verdict != r.verdict {
			continue
		}
		for _, st := range s.standings {
			if q.Environment == "" || st.Environment == q.Environment {
				for i := range st.Counts {
					for j := range st.Counts[i] {
						out.Counts[i][j] += int(st.Counts[i][j])
					}
				}
			}
		}
		rows = append(rows, r)
	}
	sortRows(rows, q.Sort)
	out.Matched = len(rows)
	from := min(max(q.Offset, 0), len(rows))
	for _, r := range rows[from:min(from+min(max(q.Limit, 0), MaxListed), len(rows))] {
		out.Systems = append(out.Systems, r.s.show(now))
	}
	out.Environments, out.Tiers = sorted(environments), sorted(tiers)
	return out
}

func (r *row) add(st *standing, now time.Time) {
	verdict, worth := string(st.Verdict), rank[st.Verdict]
	if st.Lapsed(now) && st.Verdict == gate.Allow {
		verdict, worth = "lapsed", 2
	}
	if worth > r.rank {
		r.verdict, r.rank = verdict, worth
	}
	if st.FlipsAt.After(now) && (r.flips.IsZero() || st.FlipsAt.Before(r.flips)) {
		r.flips = st.FlipsAt
	}
	if st.DecidedAt.After(r.decided) {
		r.decided = st.DecidedAt
	}
	r.failed += st.Counts.Of(policy.StatusFail) + st.Counts.Of(policy.StatusMissing) + st.Counts.Of(policy.StatusUnassessable)
}

func (r *row) fits(q *Query, needle string) bool {
	name, owner, tier := "", "", ""
	if r.p != nil {
		name, owner, tier = r.p.name, r.p.owner, r.p.tier
	}
	if q.Tier != "" && tier != q.Tier || q.Environment != "" && r.rank == 0 {
		return false
	}
	return needle == "" || strings.Contains(strings.ToLower(r.s.uri), needle) || strings.Contains(strings.ToLower(name), needle) || strings.Contains(strings.ToLower(owner), needle)
}

func sortRows(rows []row, by string) {
	of := func(p *profile, f func(*profile) string) string {
		if p == nil {
			return "\uffff"
		}
		return strings.ToLower(cmp.Or(f(p), "\uffff"))
	}
	soon := func(a, b row) int { // what never flips comes last
		switch {
		case a.flips.IsZero() && b.flips.IsZero():
			return 0
		case a.flips.IsZero():
			return 1
		case b.flips.IsZero():
			return -1
		}
		return a.flips.Compare(b.flips)
	}
	slices.SortFunc(rows, func(a, b row) int {
		c := 0
		switch by {
		case "name":
			c = cmp.Compare(cmp.Or(of(a.p, func(p *profile) string { return p.name }), a.s.uri), cmp.Or(of(b.p, func(p *profile) string { return p.name }), b.s.uri))
		case "owner":
			c = cmp.Compare(of(a.p, func(p *profile) string { return p.owner }), of(b.p, func(p *profile) string { return p.owner }))
		case "tier":
			c = cmp.Compare(of(a.p, func(p *profile) string { return p.tier }), of(b.p, func(p *profile) string { return p.tier }))
		case "decided":
			c = b.decided.Compare(a.decided)
		case "flips":
			c = soon(a, b)
		case "failed":
			c = cmp.Compare(b.failed, a.failed)
		default:
			c = cmp.Or(cmp.Compare(b.rank, a.rank), soon(a, b), cmp.Compare(b.failed, a.failed))
		}
		return cmp.Or(c, cmp.Compare(a.s.uri, b.s.uri))
	})
}

// show is the system as it is told.
func (s *system) show(now time.Time) System {
	out := System{URI: s.uri, Dropped: s.dropped}
	if p := s.newest(); p != nil {
		out.Name, out.Owner, out.Tier, out.Profile, out.Profiled = p.name, p.owner, p.tier, p.index, true
	} else if n := len(s.profiles); n > 0 {
		out.Why = "its profile does not count: " + string(s.profiles[n-1].state) + ", " + s.profiles[n-1].reason
	} else {
		out.Why = "no system profile describes it"
	}
	for _, st := range s.standings {
		at := slices.IndexFunc(out.Environments, func(e Environment) bool { return e.Name == st.Environment })
		if at < 0 {
			out.Environments = append(out.Environments, Environment{Name: st.Environment})
			at = len(out.Environments) - 1
		}
		out.Environments[at].Standings = append(out.Environments[at].Standings, st.Standing)
	}
	slices.SortFunc(out.Environments, func(a, b Environment) int { return cmp.Compare(a.Name, b.Name) })
	for i := range out.Environments {
		slices.SortFunc(out.Environments[i].Standings, func(a, b Standing) int {
			return cmp.Or(cmp.Compare(rank[b.Verdict], rank[a.Verdict]), cmp.Compare(b.Index, a.Index))
		})
	}
	return out
}

// System finds one system.
func (b *Board) System(uri string, now time.Time) (System, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	s := b.systems[uri]
	if s == nil {
		return System{}, false
	}
	return s.show(now), true
}

// Open is a rule that did not pass in a newest decision.
type Open struct {
	System, Name, Environment, Action string
	Status                            policy.Status
	Effect                            string
	Index                             uint64
	ID                                string
}

// Failing lists where a rule failed, lacks evidence, cannot be assessed or is waived
// in the newest decisions, what blocks first, at most n, and how many there are.
func (b *Board) Failing(rule string, n int) ([]Open, int) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	number, ok := b.numbers[rule]
	if !ok {
		return nil, 0
	}
	var out []Open
	for _, uri := range b.order {
		s := b.systems[uri]
		name := ""
		if p := s.newest(); p != nil {
			name = p.name
		}
		for _, st := range s.standings {
			for _, f := range st.findings {
				if f.rule == number && f.status <= 3 {
					out = append(out, Open{uri, name, st.Environment, st.Action, Statuses[f.status], effects[f.effect], st.Index, st.ID})
					break
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Open) int {
		return cmp.Or(cmp.Compare(slices.Index(effects, b.Effect), slices.Index(effects, a.Effect)), cmp.Compare(a.System, b.System))
	})
	return out[:min(n, len(out))], len(out)
}

// Column is a system of a matrix: the worst status of each rule over the newest
// decisions of one environment.
type Column struct {
	URI, Name string
	Rules     map[string]policy.Status
}

// Matrix is what the rules said of systems, in the order of their URIs, and how many
// systems were judged for the environment.
func (b *Board) Matrix(environment, text string, offset, limit int) ([]Column, int) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	needle := strings.ToLower(text)
	var judged []string
	for _, uri := range b.order {
		if strings.Contains(strings.ToLower(uri), needle) && slices.ContainsFunc(b.systems[uri].standings, func(s *standing) bool { return s.Environment == environment }) {
			judged = append(judged, uri)
		}
	}
	slices.Sort(judged)
	from := min(max(offset, 0), len(judged))
	var out []Column
	for _, uri := range judged[from:min(from+min(max(limit, 0), MaxListed), len(judged))] {
		s := b.systems[uri]
		c := Column{URI: uri, Rules: map[string]policy.Status{}}
		if p := s.newest(); p != nil {
			c.Name = p.name
		}
		for _, st := range s.standings {
			if st.Environment != environment {
				continue
			}
			for _, f := range st.findings {
				rule, status := b.rules[f.rule], Statuses[f.status]
				if before, ok := c.Rules[rule]; !ok || slices.Index(Statuses, status) < slices.Index(Statuses, before) {
					c.Rules[rule] = status
				}
			}
		}
		out = append(out, c)
	}
	return out, len(judged)
}

func sorted(m map[string]bool) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
