package policy

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

// Identity names everything a finding of the rule depends on but the instant and
// the waivers: the set, the question, evidence of the types the rule declares where
// the rule can see it, and the values of the parameters it names. Two evaluations
// of one identity inside the interval of the finding give the same finding. It is
// false where an item has no leaf to be known by, as in documents tried by hand.
func (s *Set) Identity(r *Rule, in *Input, p *Effective) (id [32]byte, ok bool) {
	w := writer{buf: make([]byte, 0, 4096), ok: true}
	w.text("assize/finding/v1", s.digest, r.ID, EngineVersion, in.Action, in.Environment, in.System.URI, in.System.Ref)
	w.integer(uint64(s.limits.Time), uint64(s.limits.Steps), uint64(s.limits.Bytes))
	w.text(in.Subject.Ref, in.Subject.Name, in.Subject.Kind)
	w.items(r.types, in.Evidence)
	w.items(r.types, in.Withheld)
	if r.sections&sectionSubject != 0 {
		w.node(r.types, in.Subject)
	}
	if r.sections&sectionParents != 0 {
		w.nodes(r.types, in.Parents)
	}
	if r.sections&sectionAncestors != 0 {
		w.nodes(r.types, in.Ancestors)
	}
	if r.sections&sectionRelated != 0 {
		w.nodes(r.types, in.Related.Subjects)
		for _, place := range []struct {
			typ   string
			items []*Item
		}{{"deployment", in.Related.Deployments}, {"incident", in.Related.Incidents}, {"waiver", in.Related.Waivers}} {
			if r.types.has(place.typ) {
				w.list(place.items)
			}
		}
		if r.ReadsRollbacks() {
			w.flag(in.Related.Rollbacks != nil)
			w.rollbacks(in.Related.Rollbacks)
		}
	}
	for _, name := range r.Params {
		if p == nil {
			break
		}
		v := p.values[name]
		w.text(name, v.problem, v.use.Unit, v.use.Basis, v.use.Source)
		w.value(v.use.Value)
	}
	return sha256.Sum256(w.buf), w.ok
}

// writer writes values to be hashed, each behind its length, so that no two lists are
// alike.
type writer struct {
	buf []byte
	ok  bool
}

func (w *writer) integer(ns ...uint64) {
	for _, n := range ns {
		w.buf = binary.BigEndian.AppendUint64(w.buf, n)
	}
}

func (w *writer) text(texts ...string) {
	for _, s := range texts {
		w.buf = binary.BigEndian.AppendUint32(w.buf, uint32(len(s)))
		w.buf = append(w.buf, s...)
	}
}

// value writes the value of a parameter: a number as it is written, a text or a list
// of both.
func (w *writer) value(v any) {
	switch v := v.(type) {
	case json.Number:
		w.text("number", string(v))
	case string:
		w.text("text", v)
	case []any:
		w.integer(uint64(len(v)))
		for _, e := range v {
			w.value(e)
		}
	case nil:
		w.text("none")
	default:
		w.ok = false
	}
}

func (w *writer) texts(list []string) {
	w.integer(uint64(len(list)))
	w.text(list...)
}

func (w *writer) flag(b bool) { w.text(strconv.FormatBool(b)) }

func (w *writer) time(t time.Time) {
	w.integer(uint64(t.Unix()), uint64(t.Nanosecond()))
}

func (w *writer) items(types typeSet, by map[string][]*Item) {
	for _, t := range types {
		w.list(by[t])
	}
}

func (w *writer) list(items []*Item) {
	w.integer(uint64(len(items)))
	for _, it := range items {
		w.ok = w.ok && it.known
		w.buf = append(w.buf, it.identity[:]...)
	}
}

func (w *writer) nodes(types typeSet, nodes []*Node) {
	w.integer(uint64(len(nodes)))
	for _, n := range nodes {
		w.node(types, n)
	}
}

func (w *writer) node(types typeSet, n *Node) {
	w.text(n.Ref, n.Name, n.Kind, n.Relation, n.Role)
	w.texts(n.Refs)
	w.texts(n.Path)
	w.flag(n.Known)
	w.flag(n.Conflict)
	w.revoked(n.Revoked)
	w.items(types, n.Evidence)
	w.items(types, n.Withheld)
}

func (w *writer) revoked(list []Revocation) {
	w.integer(uint64(len(list)))
	for _, r := range list {
		w.text(r.ID, r.Reason, r.Leaf)
		w.texts(r.Principals)
		w.integer(r.Index)
		w.time(r.Proven)
		w.time(r.EffectiveAt)
	}
}

// identify names an item by its leaf, which commits to every byte of it, and by all
// that trust and the state of the log make of it.
func (it *Item) identify() {
	var w writer
	w.text(it.Leaf, it.ID, it.Type, it.PredicateType, it.Assurance, it.State, it.Reason)
	w.texts(it.Subjects)
	w.texts(it.Principals)
	w.texts(it.Roles)
	w.integer(it.Index)
	w.time(it.Claimed)
	w.time(it.Proven)
	it.identity = sha256.Sum256(w.buf)
	it.known = len(it.Leaf) == 2*sha256.Size
}

// Again returns the finding as it is at another instant inside its interval, with
// the clock asked what evaluating it would ask. It is false outside the interval.
// The copy is the caller's to lay waivers over.
func (f *Finding) Again(c *Clock) (Finding, bool) {
	from, until := time.Time{}, time.Time{}
	var err error
	if f.HoldsFrom != "" {
		if from, err = ParseInstant(f.HoldsFrom); err != nil || c.At().Before(from) {
			return Finding{}, false
		}
	}
	if f.HoldsUntil != "" {
		if until, err = ParseInstant(f.HoldsUntil); err != nil || !c.At().Before(until) {
			return Finding{}, false
		}
	}
	if !from.IsZero() {
		c.ReachedTime(from)
	}
	if !until.IsZero() {
		c.ReachedTime(until)
	}
	return f.Clone(), true
}

// Clone is a copy whose lists are its own.
func (f *Finding) Clone() Finding {
	out := *f
	out.Messages, out.Evidence, out.Params, out.Controls = slices.Clone(f.Messages), slices.Clone(f.Evidence), slices.Clone(f.Params), slices.Clone(f.Controls)
	return out
}
