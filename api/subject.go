package api

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger/evidence"
)

// Subject is what the ledger knows about a thing.
type Subject struct {
	Ref     attest.Ref `json:"ref"`
	Name    string     `json:"name,omitempty"`
	Known   bool       `json:"known"` // trusted evidence is about it
	Kinds   []string   `json:"kinds"`
	Systems []string   `json:"systems"`
	// Revoked are the revocations in force; Tainted says that it, or something it
	// was made from, is revoked.
	Revoked []Revocation `json:"revoked"`
	Tainted bool         `json:"tainted"`
	// Evidence by type, newest first, of one page.
	Evidence map[string][]Evidence `json:"evidence"`
	Total    int                   `json:"total"` // statements about it, on all pages
	// Decisions are the newest about it.
	Decisions []DecisionSummary `json:"decisions"`
	Next      string            `json:"next,omitempty"` // path of the next page
}

// Evidence is a statement in a list.
type Evidence struct {
	ID            string         `json:"id,omitempty"` // absent when erased
	Type          string         `json:"type"`
	PredicateType string         `json:"predicate_type"`
	Index         uint64         `json:"index"`
	Leaf          string         `json:"leaf"`
	State         evidence.State `json:"state"`
	Reason        string         `json:"reason,omitempty"`
	Claimed       time.Time      `json:"claimed"`
	Proven        time.Time      `json:"proven"`
	Principals    []string       `json:"principals"`
	Roles         []string       `json:"roles"`
	Assurance     string         `json:"assurance,omitempty"`
	Systems       []string       `json:"systems"`
	Environment   string         `json:"environment,omitempty"`
}

// Revocation of a thing.
type Revocation struct {
	ID          string     `json:"id"`
	Index       uint64     `json:"index"`
	Reason      string     `json:"reason"`
	Principals  []string   `json:"principals"`
	EffectiveAt *time.Time `json:"effective_at,omitempty"`
}

// Lineage is what a thing was made from, or what was made from it.
type Lineage struct {
	Root      attest.Ref    `json:"root"`
	Direction string        `json:"direction"` // up, down
	Nodes     []LineageNode `json:"nodes"`     // nearest first, the root itself foremost
	Edges     []LineageEdge `json:"edges"`
	// Truncated: there is more than the bound of one answer.
	Truncated bool `json:"truncated"`
}

// LineageNode is a thing of a lineage.
type LineageNode struct {
	Ref     attest.Ref   `json:"ref"`
	Name    string       `json:"name,omitempty"`
	Kinds   []string     `json:"kinds"`
	Systems []string     `json:"systems"`
	Path    []attest.Ref `json:"path"` // from the root, both included
	Revoked []Revocation `json:"revoked"`
	Tainted bool         `json:"tainted"`
}

// LineageEdge leads from a thing to what it was made from or measured on.
type LineageEdge struct {
	Child      attest.Ref `json:"child"`
	Parent     attest.Ref `json:"parent"`
	Relation   string     `json:"relation"`
	Role       string     `json:"role,omitempty"`
	ParentKind string     `json:"parent_kind,omitempty"`
}

// refParam is a reference from the path: alg:hex, or the URI of a system.
func refParam(c echo.Context) (attest.Ref, error) {
	s := c.Param("ref")
	if strings.HasPrefix(s, "system:") {
		return attest.RefOf(s), nil
	}
	ref, err := attest.ParseRef(s)
	if err != nil {
		return "", fmt.Errorf("%w: subject: %w; or a system by its URI, system:NAME", errParameter, err)
	}
	return ref, nil
}

// page is which part of a list is asked for, newest first.
type page struct {
	limit  int
	before uint64 // entries below this ledger index
}

const fromNewest = ^uint64(0)

func pageParams(c echo.Context) (page, error) {
	p := page{limit: PageSize, before: fromNewest}
	if v := c.QueryParam("limit"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > MaxPageSize {
			return p, fmt.Errorf("%w: limit=%q: a number from 1 to %d", errParameter, clip(v), MaxPageSize)
		}
		p.limit = n
	}
	if v := c.QueryParam("before"); v != "" {
		n, err := strconv.ParseUint(v, 10, 63)
		if err != nil {
			return p, fmt.Errorf("%w: before=%q: a ledger index", errParameter, clip(v))
		}
		p.before = n
	}
	return p, nil
}

// next is the path of the page after this one.
func (p page) next(c echo.Context, before uint64) string {
	u := *c.Request().URL
	q := u.Query()
	q.Set("before", strconv.FormatUint(before, 10))
	u.RawQuery = q.Encode()
	return u.RequestURI()
}

// about is a subject with one page of its evidence, and what it was made from.
func (s *Server) about(c echo.Context, ref attest.Ref) (Subject, Lineage, error) {
	fail := func(err error) (Subject, Lineage, error) { return Subject{}, Lineage{}, err }
	p, err := pageParams(c)
	if err != nil {
		return fail(err)
	}
	ctx, at, err := s.at(c)
	if err != nil {
		return fail(err)
	}
	view := at.view(s.cfg.Locker)
	items, err := view.About(ctx, ref)
	if err != nil {
		return fail(err)
	}
	graph, err := view.Lineage(ctx, ref, evidence.Up)
	if err != nil {
		return fail(err)
	}
	root := graph.Nodes[0]
	sub := Subject{Ref: ref, Name: root.Name, Kinds: nonNil(root.Kinds), Systems: nonNil(root.Systems), Revoked: revocations(root.Revoked), Tainted: root.Tainted,
		Known: slices.ContainsFunc(items, func(it *evidence.Item) bool { return it.State == evidence.OK }), Evidence: map[string][]Evidence{}, Total: len(items)}
	if uri := c.Param("ref"); sub.Name == "" && strings.HasPrefix(uri, "system:") {
		sub.Name = uri
	}
	slices.Reverse(items)
	items = slices.DeleteFunc(items, func(it *evidence.Item) bool { return it.Index >= p.before })
	if len(items) > p.limit {
		items = items[:p.limit]
		sub.Next = p.next(c, items[len(items)-1].Index)
	}
	for _, it := range items {
		sub.Evidence[it.Type] = append(sub.Evidence[it.Type], evidenceOf(it))
	}
	if sub.Decisions, err = s.decisionsAbout(ctx, ref, at.Size, MaxShownDecisions); err != nil {
		return fail(err)
	}
	return sub, lineageOf(graph, evidence.Up), nil
}

func (s *Server) subject(c echo.Context) error {
	form, err := negotiate(c, s.forms()...)
	if err != nil {
		return err
	}
	ref, err := refParam(c)
	if err != nil {
		return err
	}
	sub, up, err := s.about(c, ref)
	if err != nil || form == mediaJSON {
		return s.showUnless(c, form, sub, err)
	}
	ctx, at, err := s.at(c)
	if err != nil {
		return err
	}
	g, err := at.view(s.cfg.Locker).Lineage(ctx, ref, evidence.Down)
	if err != nil {
		return err
	}
	return s.show(c, form, SubjectPage{Subject: sub, Up: up, Down: lineageOf(g, evidence.Down)})
}

func (s *Server) lineage(c echo.Context) error {
	ref, err := refParam(c)
	if err != nil {
		return err
	}
	dir := evidence.Up
	switch v := c.QueryParam("down"); v {
	case "", "0", "false":
	case "1", "true":
		dir = evidence.Down
	default:
		return fmt.Errorf("%w: down=%q: true or false", errParameter, clip(v))
	}
	ctx, at, err := s.at(c)
	if err != nil {
		return err
	}
	g, err := at.view(s.cfg.Locker).Lineage(ctx, ref, dir)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, lineageOf(g, dir))
}

func lineageOf(g *evidence.Graph, dir evidence.Direction) Lineage {
	out := Lineage{Root: g.Root, Direction: "up", Nodes: []LineageNode{}, Edges: []LineageEdge{}, Truncated: g.Truncated}
	if dir == evidence.Down {
		out.Direction = "down"
	}
	for _, n := range g.Nodes {
		out.Nodes = append(out.Nodes, LineageNode{Ref: n.Ref, Name: n.Name, Kinds: nonNil(n.Kinds), Systems: nonNil(n.Systems), Path: n.Path, Revoked: revocations(n.Revoked), Tainted: n.Tainted})
	}
	for _, e := range g.Edges {
		out.Edges = append(out.Edges, LineageEdge{Child: e.Child, Parent: e.Parent, Relation: e.Relation, Role: e.Role, ParentKind: e.ParentKind})
	}
	return out
}

func evidenceOf(it *evidence.Item) Evidence {
	return Evidence{ID: it.ID, Type: it.Type, PredicateType: it.PredicateType, Index: it.Index, Leaf: it.Leaf, State: it.State, Reason: it.Reason,
		Claimed: it.Claimed, Proven: it.Proven, Principals: nonNil(it.Principals), Roles: nonNil(it.Roles), Assurance: it.Assurance,
		Systems: nonNil(it.Facts.Systems), Environment: it.Facts.Environment}
}

func revocations(rs []evidence.Revocation) []Revocation {
	out := []Revocation{}
	for _, r := range rs {
		v := Revocation{ID: r.By.ID, Index: r.By.Index, Reason: r.Reason, Principals: nonNil(r.By.Principals)}
		if at := r.By.Facts.EffectiveAt; !at.IsZero() {
			v.EffectiveAt = &at
		}
		out = append(out, v)
	}
	return out
}
