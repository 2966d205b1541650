package gate

import (
	"fmt"
	"slices"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy"
)

// view is a dossier as rules see it. Items are parsed once and shared by every
// rule and every instant.
type view struct {
	dossier   *evidence.Dossier
	action    string
	items     map[*evidence.Item]*policy.Item
	nodes     map[*evidence.Node]*policy.Node
	waivers   []*policy.Item
	effective *policy.Effective
	inputs    map[inputKey]*policy.Input
}

type inputKey struct {
	node *evidence.Node
	kind string
}

func (c *Case) view(d *evidence.Dossier) (*view, error) {
	v := &view{dossier: d, action: c.Question.Action, items: map[*evidence.Item]*policy.Item{}, nodes: map[*evidence.Node]*policy.Node{}, inputs: map[inputKey]*policy.Input{}}
	for _, it := range d.Items() {
		p, err := c.caches.item(it, func() (*policy.Item, error) { return c.itemOf(it) })
		if err != nil {
			return nil, fmt.Errorf("item at index %d: %w", it.Index, err)
		}
		v.items[it] = p
	}
	for _, n := range slices.Concat(d.Nodes, d.Measured) {
		v.nodes[n] = v.node(n)
	}
	v.waivers = v.converted(d.Waivers)
	var plans, lost []*policy.Item
	for _, it := range slices.Concat(d.SystemItems, d.Deployment) {
		if it.Type != "eval-plan" && it.Type != "monitoring-plan" {
			continue
		}
		switch it.State {
		case evidence.OK:
			plans = append(plans, v.items[it])
		case evidence.Erased, evidence.Untrusted:
			lost = append(lost, v.items[it])
		}
	}
	v.effective = c.Params.Effective(plans)
	for _, plan := range lost {
		v.effective.Lost(c.Params, plan)
	}
	return v, nil
}

func (c *Case) itemOf(it *evidence.Item) (*policy.Item, error) {
	p := policy.Item{
		ID: it.ID, Type: it.Type, PredicateType: it.PredicateType, Subjects: refStrings(it.Subjects), Principals: it.Principals, Roles: it.Roles,
		Claimed: it.Claimed, Proven: it.Proven, Index: it.Index, Leaf: it.Leaf, Assurance: it.Assurance, State: string(it.State), Reason: it.Reason,
	}
	if p.ID == "" {
		p.ID = it.Leaf // erased or unreadable: the leaf is all that still names it
	}
	if it.State == evidence.OK {
		p.Predicate = it.Statement.Predicate
		var err error
		if p.Parsed, err = c.caches.parse(it); err != nil {
			return nil, err
		}
	}
	return policy.NewItem(p)
}

func refStrings(refs []attest.Ref) []string {
	out := make([]string, len(refs))
	for i, r := range refs {
		out[i] = string(r)
	}
	return out
}

// node converts a node without its kind, which is that of the run.
func (v *view) node(n *evidence.Node) *policy.Node {
	p := &policy.Node{Ref: string(n.Ref), Refs: []string{string(n.Ref)}, Name: n.Name, Kind: "unknown", Known: n.Known(), Conflict: n.Conflict,
		Relation: n.Relation, Role: n.Role, Path: refStrings(n.Path), Evidence: map[string][]*policy.Item{}, Withheld: map[string][]*policy.Item{}}
	p.Revoked = revocations(n)
	v.spread(n.Items, p.Evidence, p.Withheld)
	return p
}

func revocations(n *evidence.Node) []policy.Revocation {
	var out []policy.Revocation
	for _, r := range n.Revoked {
		out = append(out, policy.Revocation{ID: r.By.ID, Reason: r.Reason, Principals: r.By.Principals, Index: r.By.Index, Leaf: r.By.Leaf, Proven: r.By.Proven, EffectiveAt: r.By.Facts.EffectiveAt})
	}
	return out
}

// spread sorts items by type, newest first: what counts into evidence, the rest
// into withheld.
func (v *view) spread(items []*evidence.Item, into, withheld map[string][]*policy.Item) {
	for _, it := range items {
		switch {
		case it.State == evidence.OK:
			into[it.Type] = append(into[it.Type], v.items[it])
		default:
			withheld[it.Type] = append(withheld[it.Type], v.items[it])
		}
	}
	for _, m := range []map[string][]*policy.Item{into, withheld} {
		for t := range m {
			slices.SortFunc(m[t], func(a, b *policy.Item) int {
				if a.Index > b.Index {
					return -1
				}
				return 1
			})
		}
	}
}

// input is what a rule sees when it judges the node as the kind.
func (v *view) input(n *evidence.Node, kind string) *policy.Input {
	key := inputKey{n, kind}
	if in, ok := v.inputs[key]; ok {
		return in
	}
	d := v.dossier
	in := &policy.Input{
		Action: v.action, Environment: d.Environment,
		System:   policy.System{URI: d.System, Ref: string(attest.RefOf(d.System))},
		Evidence: map[string][]*policy.Item{}, Withheld: map[string][]*policy.Item{},
		Related: policy.Related{Deployments: v.converted(d.Live), Incidents: v.converted(d.Incidents), Waivers: v.binding()},
	}
	items := slices.Concat(n.Items, d.SystemItems, d.Deployment)
	if kind == "deployment" {
		items = append(items, packaged(d)...)
	}
	v.spread(items, in.Evidence, in.Withheld)
	above := v.above(n)
	for _, m := range d.Nodes {
		p := v.nodes[m]
		if m == n {
			own := *p
			if own.Kind = kind; kind == "deployment" {
				own.Kind = kindsOf(n)[0]
			}
			in.Subject = &own
		} else if at, ok := above[m]; ok {
			up := *p
			up.Path = at
			in.Ancestors = append(in.Ancestors, perKind(&up, m)...)
		}
		if n == d.Nodes[0] || above[m] != nil || m == n {
			in.Related.Subjects = append(in.Related.Subjects, perKind(p, m)...)
		}
	}
	for _, l := range n.Parents {
		in.Parents = append(in.Parents, v.parent(l)...)
	}
	v.inputs[key] = in
	return in
}

func kindsOf(n *evidence.Node) []string {
	if len(n.Kinds) == 0 {
		return []string{"unknown"}
	}
	return n.Kinds
}

// perKind lists a node once for each thing it is called, so that no rule that
// looks for a kind can be escaped by a second label.
func perKind(p *policy.Node, n *evidence.Node) []*policy.Node {
	var out []*policy.Node
	for _, kind := range kindsOf(n) {
		as := *p
		as.Kind = kind
		out = append(out, &as)
	}
	return out
}

// binding are the waivers made for this question, in force or not.
func (v *view) binding() []*policy.Item {
	var out []*policy.Item
	for _, it := range v.dossier.Deployment {
		if it.Type == "waiver" && it.State == evidence.OK {
			out = append(out, v.items[it])
		}
	}
	return out
}

// packaged is the evidence of the model that an image packages: a deployment is
// judged on it when the question names the image.
func packaged(d *evidence.Dossier) []*evidence.Item {
	var out []*evidence.Item
	carried := d.Packaged()
	for _, n := range d.Nodes[1:] {
		if slices.Contains(carried, n.Ref) {
			out = append(out, n.Items...)
		}
	}
	return out
}

// above finds what a node was made from, with the path to each.
func (v *view) above(n *evidence.Node) map[*evidence.Node][]string {
	byRef := map[attest.Ref]*evidence.Node{}
	for _, m := range v.dossier.Nodes {
		byRef[m.Ref] = m
	}
	out := map[*evidence.Node][]string{}
	type step struct {
		node *evidence.Node
		path []string
	}
	queue := []step{{n, []string{string(n.Ref)}}}
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		for _, l := range s.node.Parents {
			p := byRef[l.Parent]
			if p == nil || p == n || out[p] != nil || !l.MadeFrom() {
				continue
			}
			path := append(slices.Clone(s.path), string(l.Parent))
			out[p] = path
			queue = append(queue, step{p, path})
		}
	}
	return out
}

// parent is a direct parent with the relation of its edge.
func (v *view) parent(l evidence.Link) []*policy.Node {
	for _, m := range slices.Concat(v.dossier.Nodes, v.dossier.Measured) {
		if m.Ref == l.Parent {
			p := *v.nodes[m]
			p.Relation, p.Role, p.Path = l.Relation, l.Role, []string{string(l.Child), string(l.Parent)}
			return perKind(&p, m)
		}
	}
	return nil // walk and measured leave none out
}

func (v *view) converted(items []*evidence.Item) []*policy.Item {
	out := make([]*policy.Item, len(items))
	for i, it := range items {
		out[i] = v.items[it]
	}
	return out
}
