package api

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
	"github.com/assize-dev/assize/policy/watch"
)

// FrameworkList is the frameworks whose requirements the rules serve.
type FrameworkList struct {
	Environment  string             `json:"environment"`
	Environments []string           `json:"environments"`
	Frameworks   []FrameworkSummary `json:"frameworks"`
	// Counted are the systems that the summaries count, of those judged in all: the
	// first in the order of their URIs.
	Counted int      `json:"counted"`
	Judged  int      `json:"judged"`
	Reading *Reading `json:"-"`
}

// FrameworkSummary is a framework with counts.
type FrameworkSummary struct {
	ID       string `json:"id"`
	Title    string `json:"title"`
	Version  string `json:"version"`
	Source   string `json:"source"`
	Controls int    `json:"controls"`
	Served   int    `json:"served"` // controls that a rule of the set in force serves
	Judged   int    `json:"judged"` // of those, about which a newest decision says something
	// Systems were judged for the environment, each by the worst status of any control:
	// counted by that status. What was not judged is in nobody's status.
	Systems map[policy.Status]int `json:"systems"`
}

// FrameworkPage is a matrix: controls by systems.
type FrameworkPage struct {
	policy.Framework
	Environment  string          `json:"environment"`
	Environments []string        `json:"environments"`
	Text         string          `json:"text,omitempty"` // that systems are narrowed to
	Rows         []ControlRow    `json:"rows"`
	Systems      []MatrixSystem  `json:"systems"`
	Judged       int             `json:"judged"` // systems in all
	Offset       int             `json:"offset"`
	Next, Before string          `json:"-"` // paths
	Reading      *Reading        `json:"-"`
	Unmapped     []*policy.Rule  `json:"-"` // rules that serve no control of it
	Counts       map[string]int  `json:"-"` // of cells by status, "unjudged" and "unserved"
	Statuses     []policy.Status `json:"-"`
}

// MatrixSystem is a column.
type MatrixSystem struct {
	URI  string `json:"uri"`
	Name string `json:"name,omitempty"`
}

// ControlRow is a requirement with the rules that serve it and a cell for each system.
type ControlRow struct {
	policy.Control
	Rules []string `json:"rules"`
	// Cells are in the order of the systems: the worst status of the rules in the
	// newest recorded decisions. Empty: none of them was judged.
	Cells []policy.Status `json:"cells"`
}

// ControlPage is one cell opened: a requirement for one system.
type ControlPage struct {
	Framework   policy.Framework
	Control     policy.Control
	Environment string
	System      string
	Name        string
	Status      policy.Status // the worst; empty: nothing was judged
	Rules       []ControlRule
	Reading     *Reading
}

// ControlRule is a rule that serves a control, with what it found.
type ControlRule struct {
	*policy.Rule
	Findings []ControlFinding
}

// ControlFinding is a finding with the decision it stands in.
type ControlFinding struct {
	gate.Finding
	Actions  []string // whose newest decisions say it
	Decision gate.Recorded
}

// matrixQuery reads which environment and systems are asked for.
func (s *Server) matrixQuery(c echo.Context, ctx context.Context, at Moment) (environment string, environments []string, set *policy.Set, err error) {
	set, params, err := s.rulesAt(ctx, at.Size)
	if errors.Is(err, evidence.ErrNotSeeded) || errors.Is(err, ledger.ErrNotFound) {
		return "", nil, nil, nil
	}
	if err != nil {
		return "", nil, nil, err
	}
	environments = params.Environments()
	environment = c.QueryParam("environment")
	switch {
	case environment == "" && slices.Contains(environments, "production"):
		environment = "production"
	case environment == "" && len(environments) > 0:
		environment = environments[0]
	case !slices.Contains(environments, environment):
		return "", nil, nil, fmt.Errorf("%w: environment=%q: the parameters have gates for %v", errParameter, clip(environment), environments)
	}
	if own := params.SetFor(environment); own != set.Digest() {
		if set, err = s.cfg.Gate.Set(ctx, own); err != nil {
			return "", nil, nil, err
		}
	}
	return environment, environments, set, nil
}

// worst is the worse of two statuses, "" being none.
func worst(a, b policy.Status) policy.Status {
	switch {
	case a == "":
		return b
	case b == "":
		return a
	case slices.Index(watch.Statuses, b) < slices.Index(watch.Statuses, a):
		return b
	}
	return a
}

func worstOf(c watch.Column, rules []*policy.Rule) policy.Status {
	var out policy.Status
	for _, r := range rules {
		out = worst(out, c.Rules[r.ID])
	}
	return out
}

func (s *Server) frameworkList(c echo.Context) error {
	form, ctx, at, err := s.asked(c)
	if err != nil {
		return err
	}
	books, err := s.frameworks()
	if err != nil {
		return err
	}
	env, envs, set, err := s.matrixQuery(c, ctx, at)
	if err != nil {
		return err
	}
	b, reading, err := s.board(ctx, at)
	if err != nil {
		return err
	}
	columns, judged := b.Matrix(env, "", 0, watch.MaxListed)
	out := FrameworkList{Counted: len(columns), Judged: judged, Environment: env, Environments: envs, Frameworks: []FrameworkSummary{}, Reading: reading}
	for _, f := range books {
		one := FrameworkSummary{ID: f.ID, Title: f.Title, Version: f.Version, Source: f.Source, Controls: len(f.Controls), Systems: map[policy.Status]int{}}
		var serving []*policy.Rule
		if set != nil {
			for _, rules := range f.Map(set.Rules()).Rules {
				if len(rules) > 0 {
					one.Served++
				}
				if slices.ContainsFunc(columns, func(col watch.Column) bool { return worstOf(col, rules) != "" }) {
					one.Judged++
				}
				serving = append(serving, rules...)
			}
		}
		for _, col := range columns {
			if w := worstOf(col, serving); w != "" {
				one.Systems[w]++
			}
		}
		out.Frameworks = append(out.Frameworks, one)
	}
	return s.show(c, form, out)
}

// framework finds the framework that the path names.
func (s *Server) frameworkNamed(id string) (policy.Framework, error) {
	books, err := s.frameworks()
	if err != nil {
		return policy.Framework{}, err
	}
	i := slices.IndexFunc(books, func(f policy.Framework) bool { return f.ID == id })
	if i < 0 {
		return policy.Framework{}, fmt.Errorf("%w: framework %q; /frameworks lists them", errNoSuch, clip(id))
	}
	return books[i], nil
}

func (s *Server) framework(c echo.Context) error {
	form, ctx, at, err := s.asked(c)
	if err != nil {
		return err
	}
	f, err := s.frameworkNamed(c.Param("id"))
	if err != nil {
		return err
	}
	env, envs, set, err := s.matrixQuery(c, ctx, at)
	if err != nil {
		return err
	}
	p := FrameworkPage{Framework: f, Environment: env, Environments: envs, Text: c.QueryParam("q"), Rows: []ControlRow{}, Systems: []MatrixSystem{}, Counts: map[string]int{}, Statuses: watch.Statuses}
	if v := c.QueryParam("offset"); v != "" {
		if p.Offset, err = strconv.Atoi(v); err != nil || p.Offset < 0 {
			return fmt.Errorf("%w: offset=%q: how many systems to leave out", errParameter, clip(v))
		}
	}
	b, reading, err := s.board(ctx, at)
	if err != nil {
		return err
	}
	var columns []watch.Column
	columns, p.Judged = b.Matrix(env, p.Text, p.Offset, MaxColumns)
	p.Reading = reading
	for _, col := range columns {
		p.Systems = append(p.Systems, MatrixSystem{col.URI, col.Name})
	}
	mapped := policy.Mapping{Rules: make([][]*policy.Rule, len(f.Controls))}
	if set != nil {
		mapped = f.Map(set.Rules())
	}
	p.Unmapped = mapped.Without
	for i, control := range f.Controls {
		row := ControlRow{Control: control, Rules: []string{}, Cells: []policy.Status{}}
		for _, r := range mapped.Rules[i] {
			row.Rules = append(row.Rules, r.ID)
		}
		for _, col := range columns {
			w := worstOf(col, mapped.Rules[i])
			row.Cells = append(row.Cells, w)
			switch {
			case w != "":
				p.Counts[string(w)]++
			case len(mapped.Rules[i]) > 0:
				p.Counts["unjudged"]++
			default:
				p.Counts["unserved"]++
			}
		}
		p.Rows = append(p.Rows, row)
	}
	p.Framework.Controls = nil // they are the rows
	page := func(offset int) string {
		u := *c.Request().URL
		q := u.Query()
		q.Set("offset", strconv.Itoa(offset))
		u.RawQuery = q.Encode()
		return u.RequestURI()
	}
	if p.Offset+len(columns) < p.Judged {
		p.Next = page(p.Offset + MaxColumns)
	}
	if p.Offset > 0 {
		p.Before = page(max(0, p.Offset-MaxColumns))
	}
	return s.show(c, form, p)
}

// control opens a cell: what the rules of a requirement found for a system, on which
// evidence, and what to do.
func (s *Server) control(c echo.Context) error {
	form, ctx, at, err := s.asked(c)
	if err != nil {
		return err
	}
	f, err := s.frameworkNamed(c.Param("id"))
	if err != nil {
		return err
	}
	i := slices.IndexFunc(f.Controls, func(o policy.Control) bool { return o.ID == c.Param("control") })
	if i < 0 {
		return fmt.Errorf("%w: control %q of %s; /frameworks/%s lists them", errNoSuch, clip(c.Param("control")), f.ID, f.ID)
	}
	env, _, set, err := s.matrixQuery(c, ctx, at)
	if err != nil {
		return err
	}
	p := ControlPage{Framework: f, Control: f.Controls[i], Environment: env, System: c.QueryParam("system")}
	if set != nil {
		for _, r := range f.Map(set.Rules()).Rules[i] {
			p.Rules = append(p.Rules, ControlRule{Rule: r})
		}
	}
	p.Framework.Controls = nil
	b, reading, err := s.board(ctx, at)
	if err != nil {
		return err
	}
	p.Reading = reading
	if p.System == "" {
		return s.show(c, form, p)
	}
	sys, ok := b.System(p.System, at.At)
	if !ok {
		return fmt.Errorf("%w: system %q: no decision and no profile speaks of it", errNoSuch, clip(p.System))
	}
	p.Name = sys.Name
	for _, e := range sys.Environments {
		if e.Name != env {
			continue
		}
		for _, st := range e.Standings {
			if err := s.open(ctx, st.Index, &p); err != nil {
				return err
			}
		}
	}
	return s.show(c, form, p)
}

// open takes the findings of a decision that concern a control.
func (s *Server) open(ctx context.Context, index uint64, p *ControlPage) error {
	a, _, err := gate.ReadDecision(ctx, s.log, index)
	if errors.Is(err, evidence.ErrErased) || errors.Is(err, attest.ErrMalformed) {
		return nil
	}
	if err != nil {
		return err
	}
	for i := range p.Rules {
		r := &p.Rules[i]
		for _, found := range a.Decision.Findings {
			if found.Rule != r.ID || found.System != "" && found.System != p.System {
				continue
			}
			p.Status = worst(p.Status, found.Status)
			same := slices.IndexFunc(r.Findings, func(o ControlFinding) bool {
				return o.Subject.Ref == found.Subject.Ref && o.Subject.Kind == found.Subject.Kind && o.Status == found.Status
			})
			if same >= 0 {
				if !slices.Contains(r.Findings[same].Actions, a.Decision.Question.Action) {
					r.Findings[same].Actions = append(r.Findings[same].Actions, a.Decision.Question.Action)
				}
				continue
			}
			r.Findings = append(r.Findings, ControlFinding{found, []string{a.Decision.Question.Action}, *a.Recorded})
		}
	}
	return nil
}
