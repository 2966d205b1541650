package policy

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// plainField is a member name that is written with a dot.
var plainField = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// Explanation says of each export of a rule which definitions held and, of those
// that did not, which expression ended them and what its parts were.
type Explanation struct {
	Finding Finding           `json:"finding"`
	Exports []ExplainedExport `json:"exports,omitempty"`
}

// ExplainedExport is one export; an empty value is undefined.
type ExplainedExport struct {
	Name  string          `json:"name"`
	Value string          `json:"value,omitempty"`
	Rules []ExplainedRule `json:"rules"`
}

// ExplainedRule is one definition the export went through, its own or one it leans
// on, library functions included.
type ExplainedRule struct {
	File  string `json:"file"`
	Row   int    `json:"row"`
	Text  string `json:"text"`
	Holds bool   `json:"holds"`
	// Failed is the expression furthest down the definition that was not true;
	// nil when the definition held.
	Failed *ExplainedExpr `json:"failed,omitempty"`
}

// ExplainedExpr is an expression with the values of what is written in it.
type ExplainedExpr struct {
	File string `json:"file"`
	Row  int    `json:"row"`
	Text string `json:"text"` // the line of the rule file
	// Undefined is the part that has no value, "" when all have.
	Undefined string `json:"undefined,omitempty"`
	// Cases are the values for each element it was tried on, the first few.
	Cases [][]ExplainedValue `json:"cases,omitempty"`
	// Times is how often it was not true.
	Times int `json:"times"`
}

// ExplainedValue is a part of an expression and what it was.
type ExplainedValue struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Explain judges as Evaluate does and traces each export. It is for people who ask
// why; tracing costs many times what judging does.
func (s *Set) Explain(ctx context.Context, r *Rule, in *Input, p *Effective, c *Clock) (Explanation, error) {
	f, err := s.Evaluate(ctx, r, in, p, c)
	if err != nil {
		return Explanation{}, err
	}
	out := Explanation{Finding: f}
	var scratch Finding
	params, problems := p.bind(r, &scratch)
	if len(problems) > 0 {
		return out, nil // the finding says so; there is nothing to run
	}
	j := judgement{rule: r, in: in, limits: s.limits, clock: NewClock(c.At()), finding: &scratch}
	if r.foreign != nil {
		out.Exports, err = s.explainForeign(ctx, j, params)
		return out, err
	}
	input := compose(r, in)
	for _, e := range []export{exportNotApplicable, exportPass, exportDeny, exportNotAssessable, exportWarn} {
		if !slices.Contains(r.exports, e) {
			continue
		}
		x, err := s.explainExport(ctx, j, r, e, input, params)
		if err != nil {
			return Explanation{}, err
		}
		out.Exports = append(out.Exports, x)
	}
	return out, nil
}

// explainForeign traces what the declared package exports, over each of the documents.
func (s *Set) explainForeign(ctx context.Context, j judgement, params *paramsTxn) ([]ExplainedExport, error) {
	use, pkg := j.rule.Foreign, &j.rule.foreign.packages[0]
	root, err := use.document(params)
	if err != nil {
		return nil, err
	}
	params.root = root
	j.pinned = j.rule.foreign.cfg.PinnedClock
	var out []ExplainedExport
	for i, it := range j.in.Evidence[use.Document] {
		if i == maxExplainedCases {
			break
		}
		for _, e := range pkg.query.exports {
			x, err := s.explainExport(ctx, j, pkg.rule, e, it.Parsed.term, params)
			if err != nil {
				return nil, err
			}
			if x.Name = use.Package + "." + x.Name; len(j.in.Evidence[use.Document]) > 1 {
				x.Name += " of " + use.Document + " " + short(it.ID)
			}
			out = append(out, x)
		}
	}
	return out, nil
}

func (s *Set) explainExport(ctx context.Context, j judgement, r *Rule, e export, input *ast.Term, params *paramsTxn) (ExplainedExport, error) {
	q, err := r.askChecked([]export{e})
	if err != nil {
		return ExplainedExport{}, fmt.Errorf("explain %s: %w", r.ID, err)
	}
	t := &tracer{set: s, compiler: r.set.compiler, written: writtenOut(r.set.compiler), queries: map[uint64]*traced{}}
	j.tracer = t
	cells, broken, err := j.ask(ctx, q, input, params)
	if err != nil {
		return ExplainedExport{}, err
	}
	x := ExplainedExport{Name: string(e), Rules: t.rules()}
	if v := cells[e]; v != nil {
		x.Value = shorten(v.String())
	}
	if broken != "" {
		x.Value = broken
	}
	return x, nil
}

// tracer follows one query. OPA gives every body a query id, nested ones with that
// of their parent; each belongs to the definition that was entered last above it.
type tracer struct {
	set      *Set
	compiler *ast.Compiler
	written  map[ast.Var]*ast.Expr // what the compiler took out of expressions, by the variable it put there
	queries  map[uint64]*traced
	order    []*traced
}

type traced struct {
	rule   *ast.Rule // nil: the query itself
	holds  bool
	failed *ast.Expr
	exp    *ExplainedExpr
}

// Enabled implements topdown.QueryTracer.
func (*tracer) Enabled() bool { return true }

// Config implements topdown.QueryTracer.
func (*tracer) Config() topdown.TraceConfig { return topdown.TraceConfig{} }

// TraceEvent implements topdown.QueryTracer.
func (t *tracer) TraceEvent(e topdown.Event) {
	q, ok := t.queries[e.QueryID]
	if rule, is := e.Node.(*ast.Rule); is && e.Op == topdown.EnterOp {
		// the same definition on other arguments goes on where it was
		at := slices.IndexFunc(t.order, func(o *traced) bool { return o.rule == rule })
		if at >= 0 {
			t.queries[e.QueryID] = t.order[at]
			return
		}
		q = &traced{rule: rule}
		t.queries[e.QueryID], t.order = q, append(t.order, q)
		return
	}
	if !ok {
		if q = t.queries[e.ParentID]; q == nil {
			q = &traced{}
		}
		t.queries[e.QueryID] = q
	}
	switch e.Op {
	case topdown.ExitOp:
		if rule, is := e.Node.(*ast.Rule); is && rule == q.rule {
			q.holds = true
		}
	case topdown.FailOp:
		expr, is := e.Node.(*ast.Expr)
		if !is || q.rule == nil || expr.Location == nil || expr.Location.File == "" {
			return
		}
		switch {
		case q.failed == nil, expr.Location.Row > q.failed.Location.Row:
			q.failed, q.exp = expr, &ExplainedExpr{File: expr.Location.File, Row: expr.Location.Row, Text: t.line(expr.Location)}
		case expr.Location.Row < q.failed.Location.Row:
			return
		}
		q.exp.Times++
		t.values(q.exp, expr, &e)
	}
}

// values notes what is in the failed expression.
func (t *tracer) values(x *ExplainedExpr, expr *ast.Expr, e *topdown.Event) {
	var list []ExplainedValue
	seen := map[string]bool{}
	note := func(term *ast.Term, name string) {
		plugged := e.Plug(term)
		switch plugged.Value.(type) {
		case ast.Var, ast.Ref, ast.Call:
			if name != "" && !strings.HasPrefix(name, "_") && x.Undefined == "" && !expr.Negated {
				x.Undefined = name
			}
			return
		}
		if name == "" || strings.HasPrefix(name, "__") || name == plugged.String() || seen[name] {
			return
		}
		seen[name] = true
		list = append(list, ExplainedValue{name, shorten(plugged.String())})
	}
	var part func(term *ast.Term)
	part = func(term *ast.Term) {
		switch v := term.Value.(type) {
		case ast.Var:
			if from, ok := t.written[v]; ok {
				note(term, t.name(term))
				for _, operand := range from.Operands() {
					if !operand.Equal(term) {
						part(operand)
					}
				}
				return
			}
			note(term, t.name(term))
		case ast.Ref:
			if len(expr.Operands()) > 0 || !v.HasPrefix(ast.DefaultRootRef) {
				note(term, t.name(term))
			} else {
				x.Undefined = t.name(term)
			}
			for _, k := range v[1:] {
				if _, ok := k.Value.(ast.Var); ok {
					part(k)
				}
			}
		case ast.Call:
			for _, a := range v[1:] {
				part(a)
			}
		}
	}
	switch terms := expr.Terms.(type) {
	case *ast.Term:
		part(terms)
	case []*ast.Term:
		for _, term := range terms[1:] {
			part(term)
		}
	case *ast.Every:
		part(terms.Domain)
	}
	if len(list) > 0 && len(x.Cases) < maxExplainedCases && !slices.ContainsFunc(x.Cases, func(c []ExplainedValue) bool { return slices.Equal(c, list) }) {
		x.Cases = append(x.Cases, list)
		x.Undefined = ""
	}
}

// rules are the definitions of rule and library files that were entered.
func (t *tracer) rules() []ExplainedRule {
	out := []ExplainedRule{}
	for _, q := range t.order {
		if q.rule.Location == nil || q.rule.Location.File == "" {
			continue
		}
		r := ExplainedRule{File: q.rule.Location.File, Row: q.rule.Location.Row, Text: t.line(q.rule.Location), Holds: q.holds}
		if !q.holds {
			r.Failed = q.exp
		}
		out = append(out, r)
	}
	return out
}

// line is the source line of a place.
func (t *tracer) line(loc *ast.Location) string {
	lines := strings.Split(t.set.sources[loc.File], "\n")
	if loc.Row < 1 || loc.Row > len(lines) {
		return ""
	}
	return strings.TrimSpace(lines[loc.Row-1])
}

// writtenOut maps each variable the compiler made to the expression it stands for.
func writtenOut(c *ast.Compiler) map[ast.Var]*ast.Expr {
	out := map[ast.Var]*ast.Expr{}
	for _, m := range c.Modules {
		ast.WalkExprs(m, func(e *ast.Expr) bool {
			operands := e.Operands()
			if len(operands) == 0 {
				return false
			}
			last := operands[len(operands)-1]
			if e.IsEquality() {
				last = operands[0]
			}
			if v, ok := last.Value.(ast.Var); ok && e.Generated && (v.IsGenerated() || strings.HasPrefix(string(v), "__local")) {
				out[v] = e
			}
			return false
		})
	}
	return out
}

// name writes a term as the author did: with what was taken out of it put back,
// and without the package of the rule.
func (t *tracer) name(term *ast.Term) string {
	switch v := term.Value.(type) {
	case ast.Var:
		if e, ok := t.written[v]; ok {
			operands := e.Operands()
			if e.IsEquality() {
				return t.name(operands[1])
			}
			args := make([]string, len(operands)-1)
			for i := range args {
				args[i] = t.name(operands[i])
			}
			return originalName(e.Operator().String()) + "(" + strings.Join(args, ", ") + ")"
		}
		if was, ok := t.compiler.RewrittenVars[v]; ok {
			return string(was)
		}
		return string(v)
	case ast.Ref:
		var b strings.Builder
		rest := v[1:]
		switch {
		case v.HasPrefix(ast.DefaultRootRef) && len(v) > 4 && !v.HasPrefix(paramsRef):
			head, _ := v[4].Value.(ast.String)
			b.WriteString(string(head))
			rest = v[5:]
		default:
			b.WriteString(t.name(v[0]))
		}
		for _, k := range rest {
			if s, ok := k.Value.(ast.String); ok {
				if plainField.MatchString(string(s)) {
					b.WriteString("." + string(s))
				} else {
					fmt.Fprintf(&b, "[%q]", string(s))
				}
				continue
			}
			b.WriteString("[" + t.name(k) + "]")
		}
		return b.String()
	}
	if term.Location != nil && !strings.Contains(string(term.Location.Text), "\n") && len(term.Location.Text) > 2 {
		return string(term.Location.Text)
	}
	switch term.Value.(type) {
	case *ast.SetComprehension, *ast.ObjectComprehension:
		return "{... | ...}"
	case *ast.ArrayComprehension:
		return "[... | ...]"
	}
	return term.String()
}

func originalName(name string) string {
	if original, bounded := strings.CutPrefix(name, boundedPrefix); bounded {
		return original
	}
	if at := strings.LastIndex(name, "."); strings.HasPrefix(name, "data.") && at > 0 {
		return name[at+1:]
	}
	return name
}

// shorten cuts a value for a line of an explanation.
func shorten(s string) string {
	const most = 240
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + fmt.Sprintf("... (%d bytes)", len(s))
}
