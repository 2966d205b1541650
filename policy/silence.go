package policy

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/tester"
)

// idle are definitions of rules that no export leans on: a misspelt export judges
// nothing, without a word.
func (s *Set) idle() []Fault {
	var faults []Fault
	made := map[*compiled]*references{}
	for _, r := range s.rules {
		if r.foreign != nil {
			continue
		}
		c := r.set.compiler
		if made[r.set] == nil {
			made[r.set] = newReferences(c)
		}
		root := ast.MustParseRef("data." + r.Package)
		var exported []*ast.Rule
		for _, e := range r.exports {
			exported = append(exported, c.GetRulesExact(root.Append(ast.StringTerm(string(e))))...)
		}
		used := made[r.set].closure(exported)
		seen := map[string]bool{}
		for _, rule := range c.GetRulesWithPrefix(root) {
			name := rule.Head.Ref().GroundPrefix().String()
			if !slices.Contains(used, rule) && !seen[name] {
				seen[name] = true
				faults = append(faults, Fault{r.File, rule.Location.Row, fmt.Sprintf("%s leads to none of what the engine asks for (%s): a misspelt export, or it can go", name, exportNames(r))})
			}
		}
	}
	return faults
}

// idleTests are conditions in test files that are no test and that no test leans on: a
// misspelt test never runs. Values may stand there for who reads them from elsewhere.
func idleTests(c *ast.Compiler, files map[string]string) []Fault {
	var all, tests []*ast.Rule
	for file := range files {
		for _, rule := range c.Modules[file].Rules {
			all = append(all, rule)
			for _, part := range rule.Head.Ref() {
				if name := strings.Trim(part.Value.String(), `"`); strings.HasPrefix(name, tester.TestPrefix) || strings.HasPrefix(name, tester.SkipTestPrefix) {
					tests = append(tests, rule)
					break
				}
			}
		}
	}
	used := newReferences(c).closure(tests)
	var faults []Fault
	for _, rule := range all {
		if condition := len(rule.Head.Args) == 0 && rule.Head.Key == nil && rule.Head.Value != nil && rule.Head.Value.Equal(ast.BooleanTerm(true)); condition && !slices.Contains(used, rule) {
			faults = append(faults, Fault{rule.Location.File, rule.Location.Row, fmt.Sprintf("%s is no test (test_...), and no test leans on it: nobody runs it", rule.Head.Ref())})
		}
	}
	return faults
}

func exportNames(r *Rule) string {
	names := make([]string, len(r.exports))
	for i, e := range r.exports {
		names[i] = string(e)
	}
	return list(names)
}

// reads are the names of members that the rule, or a function it calls, refers to.
// What object.get asks for with a value of its own for absence is none of them.
func (r *Rule) reads() map[string]bool {
	names := map[string]bool{}
	c := r.set.compiler
	for _, rule := range newReferences(c).closure(c.GetRulesWithPrefix(ast.MustParseRef("data." + r.Package))) {
		walkRefs(rule, func(ref ast.Ref) {
			if ref.HasPrefix(ast.DefaultRootRef) {
				return
			}
			for _, part := range ref[1:] {
				if name, ok := part.Value.(ast.String); ok {
					names[string(name)] = true
				}
			}
		})
	}
	return names
}

// silences tries a passing case without each member of its evidence that the rule reads,
// and says which it passes without.
func (c fixtureCase) silences(ctx context.Context, s *Set, r *Rule, p *Parameters) ([]string, error) {
	var out []string
	read := r.reads()
	for _, typ := range slices.Sorted(maps.Keys(c.input.Evidence)) {
		for i, it := range c.input.Evidence[typ] {
			for _, path := range memberPaths(it.Predicate, nil) {
				if name, ok := path[len(path)-1].(string); !ok || !read[name] {
					continue
				}
				if len(out) == maxSilences {
					return out, nil
				}
				less := *it
				less.Predicate, less.Parsed = withoutMember(it.Predicate, path), nil
				mute, err := NewItem(less)
				if err != nil {
					return nil, err
				}
				in := *c.input
				in.Evidence = maps.Clone(in.Evidence)
				in.Evidence[typ] = slices.Clone(in.Evidence[typ])
				in.Evidence[typ][i] = mute
				if f, err := c.evaluate(ctx, s, r, p, in); err != nil {
					return nil, err
				} else if f.Status == StatusPass {
					out = append(out, fmt.Sprintf("%s[%d]%s", typ, i, pathText(path)))
				}
			}
		}
	}
	return out, nil
}

// memberPaths are the paths of all members of objects below a value.
func memberPaths(v any, path []any) [][]any {
	var out [][]any
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			at := append(slices.Clone(path), name)
			out = append(append(out, at), memberPaths(v[name], at)...)
		}
	case []any:
		for i, e := range v {
			out = append(out, memberPaths(e, append(slices.Clone(path), i))...)
		}
	}
	return out
}

// withoutMember is a copy of a value without the member a path leads to.
func withoutMember(v any, path []any) any {
	switch step := path[0].(type) {
	case string:
		out := maps.Clone(v.(map[string]any))
		if len(path) == 1 {
			delete(out, step)
		} else {
			out[step] = withoutMember(out[step], path[1:])
		}
		return out
	default:
		out := slices.Clone(v.([]any))
		out[step.(int)] = withoutMember(out[step.(int)], path[1:])
		return out
	}
}

func pathText(path []any) string {
	var b strings.Builder
	for _, step := range path {
		if i, ok := step.(int); ok {
			fmt.Fprintf(&b, "[%d]", i)
		} else {
			fmt.Fprintf(&b, ".%v", step)
		}
	}
	return b.String()
}
