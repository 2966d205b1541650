package evidence

import (
	"context"
	"slices"
	"strings"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/predicate"
	"github.com/assize-dev/assize/ledger"
)

// Find returns the leaves of one attestation id, in ledger order, judged by the
// active trust and every system's revocations. ledger.ErrNotFound when there is
// none.
func (l *Locker) Find(ctx context.Context, id string) ([]*Item, error) {
	return l.Now().Find(ctx, id)
}

// About lists all statements about a reference, oldest first.
func (l *Locker) About(ctx context.Context, ref attest.Ref) ([]*Item, error) {
	return l.Now().About(ctx, ref)
}

// everywhere lists every leaf under a key, revocations applied to each.
func (g *gatherer) everywhere(ctx context.Context, key ledger.Key) ([]*Item, error) {
	out, err := g.leaves(ctx, key)
	if err != nil {
		return nil, err
	}
	for i, it := range out {
		if it.State == OK && it.Type != "revocation" {
			if out[i], err = g.revoked(ctx, it); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// Direction of a lineage.
type Direction bool

const (
	Up   Direction = false // what the thing was made from and measured on
	Down Direction = true  // what was made from it
)

// Graph is the lineage of a thing, nearest first.
type Graph struct {
	Root  attest.Ref
	Nodes []GraphNode
	Edges []predicate.Edge
	// Truncated: MaxNodes was met and there is more.
	Truncated bool
}

// GraphNode is a thing in a lineage.
type GraphNode struct {
	Ref     attest.Ref
	Name    string
	Kinds   []string
	Systems []string
	Path    []attest.Ref // from the root
	Revoked []Revocation
	// Tainted: it or something it was made from, on this path, is revoked.
	Tainted bool
}

// Lineage walks the edges of trusted statements up or down from a thing. It is
// for people: a judgement gathers its own dossier, for one system.
func (l *Locker) Lineage(ctx context.Context, root attest.Ref, dir Direction) (*Graph, error) {
	return l.Now().Lineage(ctx, root, dir)
}

// Lineage walks the edges of statements that were trusted at the size of the view.
func (v View) Lineage(ctx context.Context, root attest.Ref, dir Direction) (*Graph, error) {
	g, err := v.gatherer(ctx)
	if err != nil {
		return nil, err
	}
	graph := &Graph{Root: root}
	seen := map[attest.Ref]bool{root: true}
	queue := []GraphNode{{Ref: root, Path: []attest.Ref{root}}}
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		next, err := g.step(ctx, &n, dir, graph)
		if err != nil {
			return nil, err
		}
		graph.Nodes = append(graph.Nodes, n)
		for _, ref := range next {
			if seen[ref] {
				continue
			}
			if len(seen) >= MaxNodes {
				graph.Truncated = true
				continue
			}
			seen[ref] = true
			queue = append(queue, GraphNode{Ref: ref, Path: append(slices.Clone(n.Path), ref)})
		}
	}
	graph.taint()
	return graph, nil
}

func (g *gatherer) step(ctx context.Context, n *GraphNode, dir Direction, graph *Graph) ([]attest.Ref, error) {
	about, err := g.find(ctx, keySubject(n.Ref))
	if err != nil {
		return nil, err
	}
	node := Node{Ref: n.Ref}
	from := about
	for _, it := range unsuperseded(about) {
		if it.State != OK {
			continue
		}
		node.called(it.Facts.Kinds[n.Ref])
		if it.About(n.Ref) {
			n.Systems = append(n.Systems, it.Facts.Systems...)
			if n.Name == "" {
				n.Name = nameIn(it, n.Ref)
			}
		}
	}
	if dir == Down {
		if from, err = g.find(ctx, keyParent(n.Ref)); err != nil {
			return nil, err
		}
	}
	slices.Sort(n.Systems)
	n.Systems = slices.Compact(n.Systems)
	if n.Revoked, err = g.revocationsOf(ctx, n.Ref); err != nil {
		return nil, err
	}
	var next []attest.Ref
	for _, it := range unsuperseded(from) {
		if it.State != OK {
			continue
		}
		for _, e := range it.Facts.Edges {
			other, mine := e.Parent, e.Child
			if dir == Down {
				other, mine = e.Child, e.Parent
			}
			if mine != n.Ref {
				continue
			}
			node.called(kindAt(e, dir))
			if !slices.Contains(graph.Edges, e) {
				graph.Edges = append(graph.Edges, e)
			}
			next = append(next, other)
		}
	}
	n.Kinds = node.Kinds
	slices.SortFunc(next, func(a, b attest.Ref) int { return strings.Compare(string(a), string(b)) })
	return slices.Compact(next), nil
}

// kindAt is what an edge calls the node it was walked from.
func kindAt(e predicate.Edge, dir Direction) string {
	if dir == Down {
		return e.ParentKind
	}
	return ""
}

// taint marks what is revoked or was made from something revoked.
func (g *Graph) taint() {
	at := map[attest.Ref]int{}
	for i, n := range g.Nodes {
		at[n.Ref] = i
		g.Nodes[i].Tainted = len(n.Revoked) > 0
	}
	for changed := true; changed; {
		changed = false
		for _, e := range g.Edges {
			parent, okP := at[e.Parent]
			child, okC := at[e.Child]
			if okP && okC && e.Relation != predicate.EvaluatedOn && g.Nodes[parent].Tainted && !g.Nodes[child].Tainted {
				g.Nodes[child].Tainted, changed = true, true
			}
		}
	}
}
