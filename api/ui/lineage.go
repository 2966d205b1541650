package ui

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/assize-dev/assize/api"
	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy/gate"
)

// subjectView is what is known about a thing, with its lineage drawn.
type subjectView struct {
	api.SubjectPage
	Title   string
	Types   []typed
	Drawing *drawing // nil when there is nothing to draw, or too much
	Lines   []line
	Cut     bool // Lines is not all
	// Open is the newest decision when it did not allow.
	Open *openDecision
	// Timeline is what this page tells of, in the order of time; Earlier is how much
	// of it came before.
	Timeline []happening
	Earlier  int
}

type openDecision struct{ Headline, ID, Time string }

type typed struct {
	Type  string
	Items []api.Evidence
}

// line is a thing of the lineage in a list.
type line struct {
	api.LineageNode
	Direction string // made from, goes into
	Relation  string
	Depth     int
}

func viewSubject(p api.SubjectPage) subjectView {
	v := subjectView{SubjectPage: p, Title: p.Name}
	if v.Title == "" {
		v.Title = short(p.Ref)
	}
	for t, items := range p.Evidence {
		v.Types = append(v.Types, typed{t, items})
	}
	slices.SortFunc(v.Types, func(a, b typed) int { return cmp.Compare(a.Type, b.Type) })
	v.happened()
	g := newGraph(p)
	if n := len(g.nodes); n > 1 && n <= MaxDrawn {
		v.Drawing = g.draw()
	}
	v.Lines = g.lines()
	if len(v.Lines) > MaxListed {
		v.Lines, v.Cut = v.Lines[:MaxListed], true
	}
	return v
}

// happened puts evidence and decisions in the order of time.
func (v *subjectView) happened() {
	for _, t := range v.Types {
		for _, e := range t.Items {
			v.Timeline = append(v.Timeline, evidenceHappened(e.Index, e.ID, e.Type, string(e.State), e.Reason, e.Principals, e.Proven))
		}
	}
	for i, d := range v.Decisions {
		if d.Erased || d.Question == nil {
			continue
		}
		h := happening{Tone: tone(d.Verdict), Label: verdict(d.Verdict), What: ask(d.Question.Action, "", d.Question.Environment), Who: d.Question.System, Link: "/decisions/" + d.ID, Index: d.Index}
		h.At, _ = timeOf(d.Time)
		v.Timeline = append(v.Timeline, h)
		if i == 0 && d.Verdict != gate.Allow {
			v.Open = &openDecision{headline(d.Verdict, d.Question.Action, d.Question.Environment), d.ID, d.Time}
		}
	}
	v.Timeline, v.Earlier = newest(v.Timeline)
}

// newest sorts a timeline, the newest first, and cuts it at MaxTimeline.
func newest(all []happening) (shown []happening, earlier int) {
	slices.SortStableFunc(all, func(a, b happening) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.Index, a.Index)) })
	shown = all[:min(len(all), MaxTimeline)]
	return shown, len(all) - len(shown)
}

func evidenceHappened(index uint64, id, typ, state, reason string, principals []string, at time.Time) happening {
	h := happening{At: at, Tone: tone(state), Label: state, What: typ, Who: strings.Join(principals, ", "), Why: reason, Index: index}
	if id != "" {
		h.Link = "/attestations/" + id
	}
	if state == string(evidence.OK) {
		h.Tone, h.Label = "calm", "evidence"
	}
	return h
}

// graph is both directions of a lineage in one, what a thing was made from in
// negative columns and what was made from it in positive ones.
type graph struct {
	root  attest.Ref
	nodes []*vertex
	byRef map[attest.Ref]*vertex
	edges []api.LineageEdge
}

type vertex struct {
	api.LineageNode
	column, row int
	relation    string // of the edge it was reached by
}

const evaluatedOn = "evaluated-on"

func newGraph(p api.SubjectPage) *graph {
	g := &graph{root: p.Ref, byRef: map[attest.Ref]*vertex{}}
	seen := map[api.LineageEdge]bool{}
	for sign, l := range map[int]api.Lineage{-1: p.Up, 1: p.Down} {
		for _, n := range l.Nodes {
			if g.byRef[n.Ref] == nil {
				x := &vertex{LineageNode: n, column: sign * (len(n.Path) - 1)}
				g.byRef[n.Ref] = x
				g.nodes = append(g.nodes, x)
			} else if n.Tainted {
				g.byRef[n.Ref].Tainted = true
			}
		}
		for _, e := range l.Edges {
			if !seen[e] {
				seen[e] = true
				g.edges = append(g.edges, e)
			}
		}
	}
	slices.SortFunc(g.edges, func(a, b api.LineageEdge) int {
		return cmp.Or(cmp.Compare(a.Child, b.Child), cmp.Compare(a.Parent, b.Parent), cmp.Compare(a.Relation, b.Relation), cmp.Compare(a.Role, b.Role))
	})
	g.taint()
	for _, e := range g.edges {
		for _, x := range []*vertex{g.byRef[e.Child], g.byRef[e.Parent]} {
			if x != nil && x.relation == "" && x.Ref != g.root {
				x.relation = e.Relation
			}
		}
	}
	slices.SortFunc(g.nodes, func(a, b *vertex) int {
		return cmp.Or(cmp.Compare(a.column, b.column), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Ref, b.Ref))
	})
	return g
}

// taint carries revocation along both halves: what the thing was made from may be
// revoked, and then so may be what was made from it.
func (g *graph) taint() {
	for changed := true; changed; {
		changed = false
		for _, e := range g.edges {
			p, c := g.byRef[e.Parent], g.byRef[e.Child]
			if p != nil && c != nil && e.Relation != evaluatedOn && p.Tainted && !c.Tainted {
				c.Tainted, changed = true, true
			}
		}
	}
}

func (g *graph) lines() []line {
	var out []line
	for _, x := range g.nodes {
		if x.Ref == g.root {
			continue
		}
		l := line{LineageNode: x.LineageNode, Direction: "goes into", Relation: x.relation, Depth: x.column}
		if x.column < 0 {
			l.Direction, l.Depth = "made from", -x.column
		}
		if x.relation == evaluatedOn && x.column < 0 {
			l.Direction = "measured on"
		}
		out = append(out, l)
	}
	slices.SortStableFunc(out, func(a, b line) int { return cmp.Compare(a.Depth, b.Depth) })
	return out
}

// drawing is the lineage as vector graphics.
type drawing struct {
	Width, Height int
	Boxes         []box
	Arrows        []arrow
}

type box struct {
	X, Y, W, H   int
	Class        string
	Name, Detail string
	Ref          attest.Ref
}

type arrow struct {
	Path, Class string
	X, Y        int // of its middle
	Labels      []edgeLabel
}

type edgeLabel struct {
	Text string
	Y    int
}

const (
	boxWidth  = 190
	boxHeight = 50
	gapX      = 120
	gapY      = 26
	margin    = 14
)

func (g *graph) draw() *drawing {
	rows := map[int]int{}
	least, tallest := 0, 0
	for _, x := range g.nodes {
		x.row = rows[x.column]
		rows[x.column]++
		least = min(least, x.column)
		tallest = max(tallest, rows[x.column])
	}
	most := 0
	for _, x := range g.nodes {
		most = max(most, x.column)
	}
	d := &drawing{Width: 2*margin + (most-least)*(boxWidth+gapX) + boxWidth, Height: 2*margin + tallest*(boxHeight+gapY) - gapY}
	left := func(x *vertex) int { return margin + (x.column-least)*(boxWidth+gapX) }
	top := func(x *vertex) int { // each column stands in the middle
		space := (tallest - rows[x.column]) * (boxHeight + gapY) / 2
		return margin + space + x.row*(boxHeight+gapY)
	}
	for _, x := range g.nodes {
		d.Boxes = append(d.Boxes, box{left(x), top(x), boxWidth, boxHeight, x.class(g.root), clip(x.label(), 24), clip(x.detail(), 32), x.Ref})
	}
	for i := 0; i < len(g.edges); {
		e := g.edges[i]
		n := i + 1 // edges between the same two stand together
		for n < len(g.edges) && g.edges[n].Child == e.Child && g.edges[n].Parent == e.Parent {
			n++
		}
		if p, c := g.byRef[e.Parent], g.byRef[e.Child]; p != nil && c != nil && p != c {
			d.Arrows = append(d.Arrows, between(left(p), top(p), left(c), top(c), g.edges[i:n], p.Tainted))
		}
		i = n
	}
	return d
}

// between draws what leads from one thing to another: from what something was made
// from to what was made.
func between(px, py, cx, cy int, edges []api.LineageEdge, tainted bool) arrow {
	x1, y1, x2, y2 := px+boxWidth, py+boxHeight/2, cx, cy+boxHeight/2
	bend := int(math.Max(40, math.Abs(float64(x2-x1))/2))
	a := arrow{Path: fmt.Sprintf("M%d %d C%d %d %d %d %d %d", x1, y1, x1+bend, y1, x2-bend, y2, x2-5, y2), Class: "edge", X: (x1 + x2) / 2, Y: (y1 + y2) / 2}
	measured := true
	for _, e := range edges {
		label := e.Relation
		if e.Relation != evaluatedOn {
			measured = false
			if e.Role != "" {
				label = e.Role
			}
		} else {
			label = "measured on"
		}
		if len(a.Labels) < maxLabels && !slices.ContainsFunc(a.Labels, func(l edgeLabel) bool { return l.Text == label }) {
			a.Labels = append(a.Labels, edgeLabel{label, a.Y - 6 + len(a.Labels)*20})
		}
	}
	switch {
	case measured:
		a.Class += " measured"
	case tainted:
		a.Class += " tainted"
	}
	return a
}

// maxLabels is how many labels an arrow has room for: above and below.
const maxLabels = 2

func (x *vertex) class(root attest.Ref) string {
	c := "box"
	if x.Ref == root {
		c += " self"
	}
	switch {
	case len(x.Revoked) > 0:
		c += " revoked"
	case x.Tainted:
		c += " tainted"
	}
	return c
}

func (x *vertex) label() string {
	if x.Name != "" {
		return x.Name
	}
	return short(x.Ref)
}

func (x *vertex) detail() string {
	what := join(x.Kinds)
	switch {
	case len(x.Revoked) > 0:
		what = "revoked " + what
	case x.Tainted:
		what += " (upstream revoked)"
	}
	if x.Name != "" && !x.Tainted {
		what += " " + short(x.Ref)
	}
	return what
}

func clip(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n-1]) + "…"
}
