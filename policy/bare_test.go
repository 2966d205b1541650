package policy

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// Bare prepares what OPA alone makes of the rules of a set: the same code over the same
// parsed input, one prepared query for each rule, without bounds on calls, steps or
// time, without findings; what names stand for is inlined or not. It gives a function
// that evaluates the exports of one rule.
func Bare(s *Set, inlined bool) (func(r *Rule, in *Input, p *Effective, at time.Time) func() (ast.Value, error), error) {
	caps := capabilities()
	modules := map[string]*ast.Module{}
	for _, file := range slices.Sorted(maps.Keys(s.sources)) {
		m, err := ast.ParseModuleWithOpts(file, s.sources[file], parserOptions(caps))
		if err != nil {
			return nil, err
		}
		modules[file] = m
	}
	c := newCompiler(caps, nil, func(string) bool { return false })
	if inlined {
		inlineNames(c)
	}
	if c.Compile(modules); c.Failed() {
		return nil, c.Errors
	}
	builtins := builtinTable()
	return func(r *Rule, in *Input, p *Effective, at time.Time) func() (ast.Value, error) {
		cells := make([]string, len(r.exports))
		for i, e := range r.exports {
			cells[i] = fmt.Sprintf("[x | x := data.%s.%s]", r.Package, e)
		}
		qc := c.QueryCompiler()
		query, err := qc.Compile(ast.MustParseBody("x = [" + strings.Join(cells, ", ") + "]"))
		if err != nil {
			return func() (ast.Value, error) { return nil, err }
		}
		var unread Finding
		params, _ := p.bind(r, &unread)
		input := compose(r, in)
		ctx := context.WithValue(context.Background(), runKey{}, &run{clock: NewClock(at)})
		return func() (answer ast.Value, err error) {
			err = topdown.NewQuery(query).WithQueryCompiler(qc).WithCompiler(c).WithBuiltins(builtins).WithStore(paramsStore{}).WithTransaction(params).
				WithInput(input).WithStrictBuiltinErrors(true).Iter(ctx, func(q topdown.QueryResult) error { answer = q["x"].Value; return nil })
			if err == nil && answer == nil {
				err = errors.New("no result")
			}
			return answer, err
		}
	}, nil
}
