package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy/watch"
)

// Overview is every system at a glance.
type Overview struct {
	// Query is what was asked for, as the form shows it again.
	Query OverviewQuery
	Page  watch.Page
	// Upcoming is what happens by the passing of time alone, the nearest first.
	Upcoming []Upcoming
	Changes  []watch.Change
	Left     watch.Left
	Reading  *Reading // nil: the board has read all
	ReadOnly string
	Seeded   bool
	First    int    // number of the first system on this page, from 1
	Prev     string // query of the page before; empty: this is the first
	Next     string
}

// OverviewQuery narrows and sorts the systems.
type OverviewQuery struct {
	Text, Verdict, Environment, Tier, Sort string
	Offset                                 int
}

// Upcoming is an event of a board, or a date of law.
type Upcoming struct {
	watch.Event
	// Of a date of law: what it is, where it stands, and the rules that carry it.
	What, Provision string
	Rules           []string
}

// overviewQuery reads what narrows the list.
func overviewQuery(c echo.Context) (OverviewQuery, error) {
	q := OverviewQuery{Text: c.QueryParam("q"), Verdict: c.QueryParam("verdict"), Environment: c.QueryParam("environment"), Tier: c.QueryParam("tier"), Sort: c.QueryParam("sort")}
	if q.Verdict != "" && !slices.Contains(watch.Verdicts, q.Verdict) {
		return q, fmt.Errorf("%w: verdict=%q: one of %v", errParameter, clip(q.Verdict), watch.Verdicts)
	}
	if q.Sort != "" && !slices.Contains(watch.Sorts, q.Sort) {
		return q, fmt.Errorf("%w: sort=%q: one of %v", errParameter, clip(q.Sort), watch.Sorts)
	}
	if v := c.QueryParam("offset"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 {
			return q, fmt.Errorf("%w: offset=%q: a number of systems to leave out, from 0", errParameter, clip(v))
		}
		q.Offset = n
	}
	return q, nil
}

// query asks for a page of the same list.
func (q OverviewQuery) query(offset int) string {
	v := url.Values{}
	for name, s := range map[string]string{"q": q.Text, "verdict": q.Verdict, "environment": q.Environment, "tier": q.Tier, "sort": q.Sort} {
		if s != "" {
			v.Set(name, s)
		}
	}
	if offset > 0 {
		v.Set("offset", strconv.Itoa(offset))
	}
	return "/?" + v.Encode()
}

// overview shows every system; to a program it says what the service stands on.
func (s *Server) overview(c echo.Context) error {
	form, err := negotiate(c, s.forms()...)
	if err != nil {
		return err
	}
	if form != mediaHTML {
		return s.service(c)
	}
	ctx, at, err := s.at(c)
	if err != nil {
		return err
	}
	v := Overview{ReadOnly: s.log.ReadOnlyReason()}
	if v.Query, err = overviewQuery(c); err != nil {
		return err
	}
	var b *watch.Board
	if b, v.Reading, err = s.board(ctx, at); err != nil {
		return err
	}
	p, err := pageParams(c)
	if err != nil {
		return err
	}
	v.Page = b.List(watch.Query{Text: v.Query.Text, Verdict: v.Query.Verdict, Environment: v.Query.Environment, Tier: v.Query.Tier, Sort: v.Query.Sort, Offset: v.Query.Offset, Limit: p.limit}, at.At)
	v.First = v.Query.Offset + 1
	if v.Query.Offset > 0 {
		v.Prev = v.Query.query(max(0, v.Query.Offset-p.limit))
	}
	if end := v.Query.Offset + len(v.Page.Systems); end < v.Page.Matched {
		v.Next = v.Query.query(end)
	}
	v.Changes, v.Left = b.Changes(MaxShownChanges), b.Left()
	if v.Upcoming, v.Seeded, err = s.upcoming(ctx, b, at); err != nil {
		return err
	}
	return s.show(c, form, v)
}

// upcoming joins what the board expects with the dates of law: those of the calendar,
// and of rules in force whose date the calendar does not have.
func (s *Server) upcoming(ctx context.Context, b *watch.Board, at Moment) (out []Upcoming, seeded bool, err error) {
	for _, e := range b.Upcoming(at.At, MaxShownEvents) {
		out = append(out, Upcoming{Event: e, Rules: e.Rules})
	}
	dates := map[string]*Upcoming{}
	for _, d := range s.cfg.Calendar {
		if when := d.At(); when.After(at.At) {
			dates[d.Date] = &Upcoming{Event: watch.Event{At: when, Kind: "law"}, What: d.What, Provision: d.Provision, Rules: slices.Clone(d.Rules)}
		}
	}
	set, _, err := s.rulesAt(ctx, at.Size)
	if err != nil && !errors.Is(err, evidence.ErrNotSeeded) {
		return nil, false, err
	}
	if seeded = err == nil; seeded {
		for _, r := range set.Rules() {
			when, err := time.Parse(time.DateOnly, r.AppliesFrom)
			if err != nil || !when.After(at.At) {
				continue
			}
			d := dates[r.AppliesFrom]
			if d == nil {
				d = &Upcoming{Event: watch.Event{At: when, Kind: "law"}, What: "Rules come into force"}
				dates[r.AppliesFrom] = d
			}
			if !slices.Contains(d.Rules, r.ID) {
				d.Rules = append(d.Rules, r.ID)
			}
		}
	}
	for _, d := range dates {
		slices.Sort(d.Rules)
		out = append(out, *d)
	}
	slices.SortStableFunc(out, func(a, b Upcoming) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
	})
	return out[:min(len(out), MaxShownEvents)], seeded, nil
}
