package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/assize-dev/assize/attest"
)

// fixtureReader reads cases; index counts items so that each has its place in
// an imagined ledger.
type fixtureReader struct {
	named map[string]member
	fault error
	index uint64
}

func (r *fixtureReader) read(m member) fixtureCase {
	o := m.object("name", "at", "action", "environment", "system", "log_origin", "subject", "evidence", "parents", "ancestors", "related", "plans", "waivers", "params", "want")
	or := func(m member, otherwise string) string {
		if m.there {
			return m.text()
		}
		return otherwise
	}
	r.index = 0
	c := fixtureCase{name: o["name"].required().text(), at: r.instant(o["at"].required()), origin: or(o["log_origin"], "example.org/log"), params: map[string]any{}}
	system := or(o["system"], "system:fixture")
	c.input = &Input{
		Action: or(o["action"], ""), Environment: or(o["environment"], "production"),
		System:  System{URI: system, Ref: string(attest.RefOf(system))},
		Subject: r.node(o["subject"]), Evidence: map[string][]*Item{}, Withheld: map[string][]*Item{},
	}
	if c.input.Action != "" && !slices.Contains(Actions, c.input.Action) {
		o["action"].refuse("%q is none of %s", clip(c.input.Action), strings.Join(Actions, ", "))
	}
	for _, it := range r.items(o["evidence"]) {
		if it.State == StateOK {
			c.input.Evidence[it.Type] = append(c.input.Evidence[it.Type], it)
		} else {
			c.input.Withheld[it.Type] = append(c.input.Withheld[it.Type], it)
		}
	}
	for _, list := range []map[string][]*Item{c.input.Evidence, c.input.Withheld} {
		for _, items := range list {
			newestFirst(items)
		}
	}
	c.input.Parents, c.input.Ancestors = r.nodes(o["parents"]), r.nodes(o["ancestors"])
	related := o["related"].object("deployments", "incidents", "waivers", "subjects", "rollbacks")
	c.input.Related = Related{
		Deployments: r.items(related["deployments"]), Incidents: r.items(related["incidents"]),
		Waivers: r.items(related["waivers"]), Subjects: r.nodes(related["subjects"]),
		Rollbacks: r.rollbacks(related["rollbacks"]),
	}
	c.plans, c.waivers = r.items(o["plans"]), r.items(o["waivers"])
	names, values := o["params"].entries()
	for i, name := range names {
		c.params[name] = values[i].value
	}
	c.want = o["want"].required().object("status", "would_be", "reason", "messages", "holds_from", "holds_until", "evidence")
	c.wantStatus = Status(c.want["status"].required().text())
	if !slices.Contains(statuses, c.wantStatus) {
		c.want["status"].refuse("%q is no status", clip(string(c.wantStatus)))
	}
	// Read once here, so that a fault is one of the file and not of a run.
	for _, name := range []string{"would_be", "reason", "holds_from", "holds_until"} {
		c.want[name].text()
	}
	for _, text := range c.want["messages"].elements() {
		text.text()
	}
	c.want["evidence"].integer(0, 1<<32)
	return c
}

func newestFirst(items []*Item) {
	slices.SortStableFunc(items, func(a, b *Item) int {
		switch {
		case a.Index > b.Index:
			return -1
		case a.Index < b.Index:
			return 1
		}
		return 0
	})
}

func (r *fixtureReader) instant(m member) time.Time {
	if !m.there {
		return time.Time{}
	}
	t, err := ParseInstant(m.text())
	if err != nil {
		m.refuse("%s", err)
	}
	return t
}

func (r *fixtureReader) items(m member) []*Item {
	var out []*Item
	for _, e := range m.elements() {
		if name, ok := e.value.(string); ok {
			named, there := r.named[name]
			if !there {
				e.refuse("no item of the name %q", clip(name))
				continue
			}
			e = named
		}
		if it := r.item(e); it != nil {
			out = append(out, it)
		}
	}
	return out
}

func (r *fixtureReader) item(m member) *Item {
	o := m.object("id", "type", "predicate", "index", "leaf", "claimed", "proven", "principals", "roles", "subjects", "assurance", "state", "reason")
	r.index++
	it := Item{
		ID: o["id"].text(), Type: o["type"].required().text(), Predicate: o["predicate"].value, Index: r.index,
		Claimed: r.instant(o["claimed"]), Proven: r.instant(o["proven"]), Principals: []string{"producer"}, Roles: []string{},
		Subjects: []string{}, Assurance: "signed", State: StateOK, Reason: o["reason"].text(),
	}
	free := func(string) bool { return true }
	for name, to := range map[string]*[]string{"principals": &it.Principals, "roles": &it.Roles, "subjects": &it.Subjects} {
		if o[name].there {
			*to = o[name].texts(name, free)
		}
	}
	if o["index"].there {
		it.Index = uint64(o["index"].integer(0, 1<<53))
	}
	if o["assurance"].there {
		it.Assurance = o["assurance"].text()
	}
	if o["state"].there {
		it.State = o["state"].text()
	}
	sum := sha256.Sum256([]byte(m.path + fmt.Sprint(it.Index)))
	it.Leaf = hex.EncodeToString(sum[:])
	if it.ID == "" {
		it.ID = it.Leaf
	}
	if it.Proven.IsZero() {
		it.Proven = it.Claimed
	}
	it.PredicateType = attest.TypeURI(it.Type)
	if !evidenceType(it.Type) {
		o["type"].refuse("%q is no evidence type", clip(it.Type))
	} else if err := CheckMembers(it.Type, it.Predicate); err != nil {
		o["predicate"].refuse("%s", err)
	}
	made, err := NewItem(it)
	if err != nil {
		m.refuse("%s", err)
	}
	return made
}

// rollbacks are rollback targets as the gate would have judged them; nil where the
// case names none, as where nothing judged them.
func (r *fixtureReader) rollbacks(m member) []*Rollback {
	var out []*Rollback
	for _, e := range m.elements() {
		o := e.object("ref", "known", "revoked", "verdict", "reasons", "findings")
		free := func(string) bool { return true }
		b := &Rollback{Ref: o["ref"].required().text(), Known: o["known"].boolean(), Revoked: r.revoked(o["revoked"]), Verdict: o["verdict"].required().text(), Reasons: o["reasons"].texts("reason", free)}
		for _, f := range o["findings"].elements() {
			v := f.object("rule", "title", "status", "reason", "says", "subject")
			s := v["subject"].object("ref", "name", "kind")
			finding := Finding{Rule: v["rule"].text(), Title: v["title"].text(), Status: Status(v["status"].text()), Reason: v["reason"].text(),
				Subject: SubjectRef{Ref: s["ref"].text(), Name: s["name"].text(), Kind: s["kind"].text()}}
			for _, says := range v["says"].elements() {
				finding.Messages = append(finding.Messages, Message{Level: LevelDeny, Msg: says.text()})
			}
			b.Findings = append(b.Findings, finding)
		}
		out = append(out, b)
	}
	return out
}

func (r *fixtureReader) nodes(m member) []*Node {
	var out []*Node
	for _, e := range m.elements() {
		out = append(out, r.node(e))
	}
	return out
}

func (r *fixtureReader) revoked(m member) []Revocation {
	var out []Revocation
	for _, e := range m.elements() {
		v := e.object("id", "reason", "principals", "index", "effective_at")
		out = append(out, Revocation{
			ID: v["id"].text(), Reason: v["reason"].text(), Principals: v["principals"].texts("principal", func(string) bool { return true }),
			Index: uint64(v["index"].integer(0, 1<<53)), EffectiveAt: r.instant(v["effective_at"]),
		})
	}
	return out
}

func (r *fixtureReader) node(m member) *Node {
	o := m.object("ref", "refs", "name", "kind", "known", "conflict", "relation", "role", "path", "revoked", "evidence")
	free := func(string) bool { return true }
	n := &Node{
		Ref: o["ref"].text(), Refs: o["refs"].texts("ref", free), Name: o["name"].text(), Kind: o["kind"].text(), Known: true,
		Relation: o["relation"].text(), Role: o["role"].text(), Path: o["path"].texts("ref", free), Evidence: map[string][]*Item{},
	}
	if n.Ref == "" {
		n.Ref = "sha256:" + strings.Repeat("0", 64)
	}
	if len(n.Refs) == 0 {
		n.Refs = []string{n.Ref}
	}
	if n.Kind == "" {
		n.Kind = "unknown"
	}
	for name, to := range map[string]*bool{"known": &n.Known, "conflict": &n.Conflict} {
		if o[name].there {
			*to = o[name].boolean()
		}
	}
	n.Revoked = r.revoked(o["revoked"])
	for _, it := range r.items(o["evidence"]) {
		n.Evidence[it.Type] = append(n.Evidence[it.Type], it)
		newestFirst(n.Evidence[it.Type])
	}
	return n
}
