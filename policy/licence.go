package policy

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/types"
)

// licenceBuiltins read licence expressions.
func licenceBuiltins() []builtin {
	return []builtin{{
		name: "assize.licensed", about: "true when one of the alternatives of an SPDX licence expression asks for licences of the list only, without regard to case; false with parentheses, which are not read",
		decl: types.NewFunction(types.Args(named("expression", types.S), named("ids", types.NewAny(types.NewArray(nil, types.A), types.NewSet(types.A)))), named("within", types.B)),
		call: licensedOf,
	}}
}

var (
	orPattern  = regexp.MustCompile(`\s+OR\s+`)
	andPattern = regexp.MustCompile(`\s+AND\s+`)
)

// licensedOf is the builtin assize.licensed. An id with an exception (WITH) is an id
// of its own, and ids are compared without regard to case (SPDX 2.3 annex D).
func licensedOf(bctx topdown.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
	expression, ok := args[0].Value.(ast.String)
	if !ok {
		return nil, fmt.Errorf("the licence is %s, not text", ast.ValueName(args[0].Value))
	}
	listed := map[string]bool{}
	list := func(t *ast.Term) error {
		id, ok := t.Value.(ast.String)
		if !ok {
			return fmt.Errorf("the id of a licence is %s, not text", ast.ValueName(t.Value))
		}
		listed[strings.ToLower(string(id))] = true
		return nil
	}
	var err error
	switch ids := args[1].Value.(type) {
	case *ast.Array:
		err = ids.Iter(list)
	case ast.Set:
		err = ids.Iter(list)
	default:
		err = fmt.Errorf("licences are %s, not a list", ast.ValueName(ids))
	}
	if err != nil {
		return nil, err
	}
	if err := work(bctx, len(listed)/stepElements+len(expression)/stepBytes); err != nil {
		return nil, err
	}
	if strings.Contains(string(expression), "(") {
		return ast.InternedTerm(false), nil
	}
	for _, alternative := range orPattern.Split(strings.TrimSpace(string(expression)), -1) {
		within := true
		for _, part := range andPattern.Split(alternative, -1) {
			within = within && listed[strings.ToLower(strings.TrimSpace(part))]
		}
		if within {
			return ast.InternedTerm(true), nil
		}
	}
	return ast.InternedTerm(false), nil
}
