package policy

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
)

// Evaluate judges a document by every package. input and data are decoded JSON;
// data is what the policies see as data, beside themselves.
func (f *Foreign) Evaluate(ctx context.Context, subject SubjectRef, input any, data map[string]any, c *Clock) ([]Finding, error) {
	if err := checkNumbers(input); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInput, err)
	}
	in, err := ast.InterfaceToValue(input)
	if err != nil {
		return nil, fmt.Errorf("%w: input: %w", ErrInput, err)
	}
	root, err := ast.InterfaceToValue(data)
	if err != nil {
		return nil, fmt.Errorf("%w: data: %w", ErrInput, err)
	}
	if data == nil {
		root = ast.NewObject()
	}
	unknown := f.unknown(root)
	out := make([]Finding, 0, len(f.packages))
	for i := range f.packages {
		p := &f.packages[i]
		own := NewClock(c.At())
		finding := p.rule.newFinding(subject)
		finding.Foreign, finding.Status = p.style, StatusUnassessable
		j := judgement{rule: p.rule, limits: f.limits, clock: own, finding: &finding}
		if err := p.judge(ctx, &j, ast.NewTerm(in), &paramsTxn{root: root}, unknown, f.cfg); err != nil {
			return nil, err
		}
		finding.settle()
		c.Merge(own)
		finding.HoldsFrom, finding.HoldsUntil = own.Interval()
		out = append(out, finding)
	}
	return out, nil
}

// judge judges one document. unknown is what the policy looks for in vain below data.
func (p *foreignPackage) judge(ctx context.Context, j *judgement, in *ast.Term, data *paramsTxn, unknown string, cfg ForeignConfig) error {
	j.pinned = cfg.PinnedClock
	f := j.finding
	cells, broken, err := j.ask(ctx, p.query, in, data)
	if err != nil {
		return err
	}
	if f.Reason = broken; broken == "" {
		p.weigh(f, cells, j.clock, cfg.Collections)
	}
	p.pin(j.clock, cfg)
	if f.Status != StatusPass {
		return nil
	}
	if why := cmp.Or(unknown, p.passesOver(in)); why != "" {
		f.Status, f.Reason = StatusUnassessable, why
		return nil
	}
	if !p.allowed {
		f.say(LevelInfo, "nothing was denied; the policy has no condition that had to hold")
		return nil
	}
	cells, _, err = j.ask(ctx, p.query, ast.NewTerm(ast.NewObject()), data)
	if holds(cells[exportAllow]) {
		f.say(LevelInfo, "allow holds on an empty document, too: nothing in this one had to hold")
	}
	return err
}

// passesOver says that a document is not of the kind the policy judges, "" when it may
// be: nothing that is looked for is there, so that nothing could be denied. Gatekeeper
// gives its policies both members of theirs, whatever is in them.
func (p *foreignPackage) passesOver(in *ast.Term) string {
	if len(p.looks) == 0 {
		return ""
	}
	var all, absent []string
	for _, ref := range p.looks {
		name := strings.TrimPrefix(ref.String(), "input.")
		if all = append(all, name); !leads(in.Value, ref[1:]) {
			absent = append(absent, name)
		}
	}
	_, isList := in.Value.(*ast.Array)
	switch {
	case len(absent) == len(all) && isList:
		return "the policy looks for " + list(all) + ", and nothing of that is in the document, which is a list: have each of its elements judged for itself"
	case len(absent) == len(all):
		return "the policy looks for " + list(all) + " in the document, which has none of them: it judges documents of another kind"
	case p.style == "gatekeeper" && len(absent) > 0:
		return "the policy looks for input." + strings.Join(absent, ", input.") + ", which Gatekeeper gives always, and the document has not ({} for none)"
	}
	return ""
}

var reviewRef = ast.MustParseRef("input.review")

// looked is a reference into the document as far as the first member it names, with a
// wildcard for each part that is not written out.
func looked(ref ast.Ref) ast.Ref {
	out := ast.Ref{ref[0]}
	for _, part := range ref[1:] {
		if _, named := part.Value.(ast.String); named {
			return append(out, part)
		}
		out = append(out, ast.VarTerm("_"))
	}
	return out
}

// leads reports whether a document has something where a path leads.
func leads(v ast.Value, path ast.Ref) bool {
	if len(path) == 0 {
		return true
	}
	if _, any := path[0].Value.(ast.Var); !any {
		o, ok := v.(ast.Object)
		if !ok {
			return false
		}
		below := o.Get(path[0])
		return below != nil && leads(below.Value, path[1:])
	}
	found := false
	switch v := v.(type) {
	case ast.Object:
		v.Foreach(func(_, below *ast.Term) { found = found || leads(below.Value, path[1:]) })
	case *ast.Array:
		v.Foreach(func(below *ast.Term) { found = found || leads(below.Value, path[1:]) })
	}
	return found
}

// unknown names what is looked for and neither a file nor the data defines, "" when
// there is none. What denies on their word is silent, so nothing passes.
func (f *Foreign) unknown(root ast.Value) string {
	var missing []string
	for _, ref := range slices.Sorted(maps.Keys(f.absent)) {
		var path storage.Path
		for _, t := range ast.MustParseRef(ref)[1:] {
			path = append(path, strings.Trim(t.Value.String(), `"`))
		}
		if _, err := find(root, path); err != nil {
			missing = append(missing, ref+" ("+f.absent[ref]+")")
		}
	}
	if len(missing) == 0 {
		return ""
	}
	return "looked for and defined nowhere, so that nothing below it can be true: " + strings.Join(missing, ", ") + "; add the package, or the data (--data, or data where the package is declared; {} for none)"
}

// weigh turns what a foreign package exported into a status.
func (p *foreignPackage) weigh(f *Finding, cells map[export]*ast.Term, c *Clock, collections []string) {
	var shape []string
	excepted, why := exceptions(cells[exportException])
	if why != "" {
		shape = append(shape, why)
	}
	denied := 0
	take := func(exports []export, level string) {
		for _, e := range exports {
			if cells[e] == nil {
				continue
			}
			messages, faults := foreignMessages(level, cells[e])
			for _, m := range messages {
				_, name, _ := strings.Cut(string(e), "_")
				if slices.Contains(excepted, name) && level == LevelDeny {
					m.Level, m.Msg = LevelInfo, "excepted by the policy: "+m.Msg
				} else if why := p.place(&m, c, collections); why != "" {
					shape = append(shape, string(e)+": "+why)
				}
				if m.Level == LevelDeny {
					denied++
				}
				f.Messages = append(f.Messages, m)
			}
			for _, why := range faults {
				shape = append(shape, string(e)+": "+why)
			}
		}
	}
	take(p.deny, LevelDeny)
	take(p.warn, LevelWarn)
	allow, said := ast.Boolean(false), false
	if v := cells[exportAllow]; v != nil {
		if allow, said = v.Value.(ast.Boolean); !said {
			shape = append(shape, "allow is no boolean but "+ast.ValueName(v.Value))
		}
	}
	slices.Sort(shape)
	switch {
	case len(shape) > 0:
		f.Reason = "the policy is broken: " + strings.Join(shape, "; ")
	case denied > 0:
		f.Status = StatusFail
	case p.allowed && !said:
		f.Reason = "allow is undefined: something it looks for is not in the input"
	case p.allowed && !bool(allow):
		f.Status, f.Reason = StatusFail, "allow is false"
	case len(p.deny) == 0 && !p.allowed:
		f.Reason = "the package only warns; nothing in it could fail"
	default:
		f.Status = StatusPass
	}
}

// place gives a result the level that the METADATA of its rule, or the result
// itself, puts it at. why is set when they cannot be read.
func (p *foreignPackage) place(m *Message, c *Clock, collections []string) (why string) {
	code, _ := m.Members["code"].(string)
	r, known := p.annotated[code]
	if !known && len(collections) > 0 {
		return "" // of no named rule: it counts, whatever the collections
	}
	if known {
		if len(collections) > 0 && !r.in(collections) {
			m.Level, m.Msg = LevelInfo, "not in the collections asked for: "+m.Msg
			return ""
		}
		for name, value := range map[string]string{"title": r.title, "solution": r.solution, "effective_on": r.effectiveOn} {
			if _, there := m.Members[name]; !there && value != "" {
				m.Members[name] = value
			}
		}
	}
	severity := r.severity
	if s, ok := m.Members["severity"].(string); ok {
		severity = s
	}
	switch {
	case severity == "warning" && m.Level == LevelDeny:
		m.Level = LevelWarn
	case severity == "failure" && m.Level == LevelWarn:
		m.Level = LevelDeny
	}
	if on, there := m.Members["effective_on"]; there && m.Level == LevelDeny {
		text, _ := on.(string)
		reached, err := c.Reached(text)
		if err != nil {
			return fmt.Sprintf("effective_on %v is no instant", on)
		}
		if !reached {
			m.Level, m.Msg = LevelWarn, "effective from "+text+": "+m.Msg
		}
	}
	return ""
}

// exceptions are the names of rules that the exceptions of a package list.
func exceptions(v *ast.Term) (names []string, why string) {
	if v == nil {
		return nil, ""
	}
	set, ok := v.Value.(ast.Set)
	if !ok {
		return nil, "exception is no set but " + ast.ValueName(v.Value)
	}
	for _, t := range set.Slice() {
		rules, ok := t.Value.(*ast.Array)
		if !ok {
			return nil, "exception: " + clip(t.String()) + " is no list of rule names"
		}
		for i := range rules.Len() {
			name, ok := rules.Elem(i).Value.(ast.String)
			if !ok {
				return nil, "exception: " + clip(rules.Elem(i).String()) + " is no rule name"
			}
			names = append(names, string(name))
		}
	}
	return names, ""
}

// foreignMessages reads a set, or an array, of texts and objects with "msg".
func foreignMessages(level string, v *ast.Term) (list []Message, faults []string) {
	var elements []*ast.Term
	switch v := v.Value.(type) {
	case ast.Set:
		elements = v.Slice()
	case *ast.Array:
		v.Foreach(func(t *ast.Term) { elements = append(elements, t) })
	case ast.Boolean:
		if !bool(v) {
			return nil, nil
		}
		return []Message{{Level: level, Msg: "it holds"}}, nil
	default:
		return nil, []string{"no set but " + ast.ValueName(v)}
	}
	texts := make([]*ast.Term, len(elements))
	for i, t := range elements {
		texts[i] = t
		if _, ok := t.Value.(ast.String); ok {
			texts[i] = ast.ObjectTerm([2]*ast.Term{keyMsg, t})
		} else if obj, ok := t.Value.(ast.Object); ok && obj.Get(keyLevel) != nil {
			// a free member there, the engine's here
			renamed := ast.NewObject([2]*ast.Term{ast.StringTerm("their_level"), obj.Get(keyLevel)})
			obj.Foreach(func(k, v *ast.Term) {
				if !k.Equal(keyLevel) {
					renamed.Insert(k, v)
				}
			})
			texts[i] = ast.NewTerm(renamed)
		}
	}
	return messages(level, ast.SetTerm(texts...))
}

var keyMsg, keyLevel = ast.StringTerm("msg"), ast.StringTerm("level")
