package policies_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/policies"
	"github.com/assize-dev/assize/policy"
)

// The book is loaded once for all tests of this package, and its own tests run
// once: both take seconds.
var (
	loadedSet = sync.OnceValues(func() (*policy.Set, error) {
		set, err := policy.LoadSet(policies.FS)
		if err != nil {
			return nil, err
		}
		// Wall-clock time is the machine's, steps and bytes are the rule's.
		return set.Bounded(policy.Limits{Time: time.Minute}), nil
	})
	loadedParameters = sync.OnceValues(func() (*policy.Parameters, error) {
		b, err := fs.ReadFile(policies.FS, "parameters.yaml")
		if err != nil {
			return nil, err
		}
		return policy.ParseParameters(b)
	})
	testedBook = sync.OnceValues(testBook)
)

func loadSet(t *testing.T) *policy.Set {
	t.Helper()
	set, err := loadedSet()
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func loadParameters(t *testing.T) *policy.Parameters {
	t.Helper()
	p, err := loadedParameters()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// tested is what the Rego tests and fixtures gave, and the inputs they let pass.
type tested struct {
	report policy.TestReport
	cases  map[string][]*passingCase // by rule
}

// passingCase is one of the `passing` objects of a Rego test: an input its rule
// passes, which holds what the rule reads and nothing else.
type passingCase struct {
	name      string
	rule      *policy.Rule
	now       time.Time
	effective *policy.Effective
	vary      sync.Once
	variants  []change
	once      sync.Once
	Input     map[string]any `json:"input"`
	Params    map[string]any `json:"params"`
}

const passingTests = "assize.passing_test."

// testBook runs the tests of the book together with one more for each rule, which
// prints its passing inputs.
func testBook() (*tested, error) {
	set, err := loadedSet()
	if err != nil {
		return nil, err
	}
	params, err := loadedParameters()
	if err != nil {
		return nil, err
	}
	fsys := fstest.MapFS{}
	err = fs.WalkDir(policies.FS, "packs", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(policies.FS, name)
		fsys[name] = &fstest.MapFile{Data: b}
		return err
	})
	if err != nil {
		return nil, err
	}
	var tests strings.Builder
	tests.WriteString("package assize.passing_test\n")
	byTest := map[string]*policy.Rule{}
	for i, r := range set.Rules() {
		fmt.Fprintf(&tests, "\ntest_%d if print(json.marshal(data.%s_test.passing))\n", i, r.Package)
		byTest[fmt.Sprintf("%stest_%d", passingTests, i)] = r
	}
	fsys["passing_test.rego"] = &fstest.MapFile{Data: []byte(tests.String())}
	out := &tested{cases: map[string][]*passingCase{}}
	if out.report, err = policy.RunTests(context.Background(), fsys, policy.TestConfig{Parameters: params}); err != nil {
		return nil, err
	}
	for _, res := range out.report.Results {
		r := byTest[res.Name]
		if r == nil {
			continue
		}
		if res.Outcome != policy.TestPass {
			return nil, fmt.Errorf("%s has no passing inputs: %s %s", r.ID, res.Outcome, res.Msg)
		}
		if out.cases[r.ID], err = readPassing(r, params, res.Output); err != nil {
			return nil, fmt.Errorf("%s: passing: %w", r.ID, err)
		}
	}
	return out, nil
}

func TestMain(m *testing.M) {
	debug.SetGCPercent(400) // many small documents live shortly
	os.Exit(m.Run())
}

func readPassing(r *policy.Rule, params *policy.Parameters, text string) ([]*passingCase, error) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	cases := map[string]*passingCase{}
	if err := dec.Decode(&cases); err != nil {
		return nil, err
	}
	if len(cases) == 0 {
		return nil, errors.New("no case")
	}
	var out []*passingCase
	for name, c := range cases {
		c.name, c.rule = r.ID+"/"+name, r
		at, _ := c.Input["now"].(string)
		var err error
		if c.now, err = policy.ParseInstant(at); err != nil {
			return nil, err
		}
		delete(c.Input, "now")
		p := *params
		p.Thresholds = maps.Clone(params.Thresholds)
		for name, v := range c.Params {
			threshold := p.Thresholds[name]
			threshold.Value = v
			p.Thresholds[name] = threshold
		}
		c.effective = p.Effective(nil)
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b *passingCase) int { return cmp.Compare(a.name, b.name) })
	return out, nil
}

// eachRule runs fn for every rule, none left out, with its passing cases.
func eachRule(t *testing.T, fn func(t *testing.T, r *policy.Rule, cases []*passingCase)) {
	t.Helper()
	book, err := testedBook()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range loadSet(t).Rules() {
		t.Run(r.ID, func(t *testing.T) {
			t.Parallel()
			if len(book.cases[r.ID]) == 0 {
				t.Fatal("no passing case")
			}
			fn(t, r, book.cases[r.ID])
		})
	}
}

// judge evaluates the rule of the case over a document made from its input.
func (c *passingCase) judge(t *testing.T, doc any, at time.Time) policy.Finding {
	t.Helper()
	c.once.Do(func() {
		for _, p := range itemsOf(c.Input) {
			ready.Store(reflect.ValueOf(p.item).Pointer(), items(t, []any{p.item})[0])
		}
	})
	f, err := loadSet(t).Evaluate(context.Background(), c.rule, inputOf(t, doc), c.effective, policy.NewClock(at))
	if err != nil {
		t.Fatal(c.name, err)
	}
	return f
}

// silent reports whether a finding lets the question through.
func silent(f policy.Finding) bool {
	return f.Status == policy.StatusPass || f.Status == policy.StatusNotApplicable
}

// holds reports whether the document has the path.
func holds(v any, path []string) bool {
	if len(path) == 0 {
		return true
	}
	switch v := v.(type) {
	case map[string]any:
		child, ok := v[path[0]]
		return ok && holds(child, path[1:])
	case []any:
		var i int
		_, err := fmt.Sscan(path[0], &i)
		return err == nil && i < len(v) && holds(v[i], path[1:])
	}
	return false
}

// without is a copy of the document that lacks the path.
func without(v any, path []string) any {
	switch v := v.(type) {
	case map[string]any:
		out := maps.Clone(v)
		if len(path) == 1 {
			delete(out, path[0])
		} else {
			out[path[0]] = without(v[path[0]], path[1:])
		}
		return out
	case []any:
		var i int
		if _, err := fmt.Sscan(path[0], &i); err != nil {
			panic(err)
		}
		if len(path) == 1 {
			return slices.Delete(slices.Clone(v), i, i+1)
		}
		out := slices.Clone(v)
		out[i] = without(v[i], path[1:])
		return out
	}
	panic("no such path")
}

// inputOf is the document as the gate would hand it over.
func inputOf(t *testing.T, doc any) *policy.Input {
	t.Helper()
	m := doc.(map[string]any)
	related, _ := m["related"].(map[string]any)
	system, _ := m["system"].(map[string]any)
	in := &policy.Input{
		Action: text(m["action"]), Environment: text(m["environment"]),
		System:    policy.System{URI: text(system["uri"]), Ref: text(system["ref"])},
		Subject:   &policy.Node{},
		Evidence:  byType(t, m["evidence"]),
		Withheld:  byType(t, m["withheld"]),
		Parents:   nodes(t, m["parents"]),
		Ancestors: nodes(t, m["ancestors"]),
		Related: policy.Related{
			Deployments: items(t, related["deployments"]), Incidents: items(t, related["incidents"]),
			Waivers: items(t, related["waivers"]), Subjects: nodes(t, related["subjects"]),
			Rollbacks: rollbacks(related["rollbacks"]),
		},
	}
	if s, ok := m["subject"]; ok {
		in.Subject = node(t, s)
	}
	return in
}

func byType(t *testing.T, v any) map[string][]*policy.Item {
	t.Helper()
	out := map[string][]*policy.Item{}
	m, _ := v.(map[string]any)
	for short, list := range m {
		out[short] = items(t, list)
	}
	return out
}

// ready are the items of passing cases, made once: a document that differs in one
// place shares the others with the case it was made from, and the cases stay.
var ready sync.Map

func items(t *testing.T, v any) []*policy.Item {
	t.Helper()
	var out []*policy.Item
	list, _ := v.([]any)
	for _, e := range list {
		m := e.(map[string]any)
		if made, ok := ready.Load(reflect.ValueOf(m).Pointer()); ok {
			out = append(out, made.(*policy.Item))
			continue
		}
		index, _ := m["index"].(json.Number)
		n, _ := index.Int64()
		item := policy.Item{
			ID: text(m["id"]), Type: text(m["type"]), PredicateType: attest.TypeURI(text(m["type"])), Predicate: m["predicate"],
			Subjects: texts(m["subjects"]), Principals: texts(m["principals"]), Roles: texts(m["roles"]), Index: uint64(n),
			Leaf: text(m["leaf"]), Assurance: text(m["assurance"]), State: text(m["state"]),
		}
		if item.State == "" {
			item.State = policy.StateOK
		}
		if item.Predicate == nil && item.State == policy.StateOK {
			item.Predicate = map[string]any{}
		}
		for name, to := range map[string]*time.Time{"claimed": &item.Claimed, "proven": &item.Proven} {
			if s := text(m[name]); s != "" {
				at, err := policy.ParseInstant(s)
				if err != nil {
					t.Fatal(err)
				}
				*to = at
			}
		}
		it, err := policy.NewItem(item)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, it)
	}
	return out
}

func nodes(t *testing.T, v any) []*policy.Node {
	t.Helper()
	var out []*policy.Node
	list, _ := v.([]any)
	for _, e := range list {
		out = append(out, node(t, e))
	}
	return out
}

func node(t *testing.T, v any) *policy.Node {
	t.Helper()
	m := v.(map[string]any)
	known, _ := m["known"].(bool)
	conflict, _ := m["conflict"].(bool)
	return &policy.Node{
		Ref: text(m["ref"]), Refs: texts(m["refs"]), Name: text(m["name"]), Kind: text(m["kind"]), Known: known, Conflict: conflict,
		Relation: text(m["relation"]), Role: text(m["role"]), Path: texts(m["path"]), Evidence: byType(t, m["evidence"]),
		Revoked: revocations(m["revoked"]),
	}
}

// rollbacks are rollback targets as a gate that judged them hands them over.
func rollbacks(v any) []*policy.Rollback {
	list, ok := v.([]any)
	if !ok {
		return nil
	}
	out := []*policy.Rollback{}
	for _, e := range list {
		m := e.(map[string]any)
		known, _ := m["known"].(bool)
		b := &policy.Rollback{Ref: text(m["ref"]), Known: known, Revoked: revocations(m["revoked"]), Verdict: text(m["verdict"]), Reasons: texts(m["reasons"])}
		findings, _ := m["findings"].([]any)
		for _, f := range findings {
			f := f.(map[string]any)
			b.Findings = append(b.Findings, policy.Finding{Rule: text(f["rule"]), Title: text(f["title"]), Status: policy.Status(text(f["status"])), Reason: text(f["reason"])})
		}
		if b.Ref == "" || b.Verdict == "" {
			continue // the gate hands over none without
		}
		out = append(out, b)
	}
	return out
}

func revocations(v any) []policy.Revocation {
	var out []policy.Revocation
	list, _ := v.([]any)
	for _, e := range list {
		m := e.(map[string]any)
		out = append(out, policy.Revocation{ID: text(m["id"]), Reason: text(m["reason"]), Principals: texts(m["principals"])})
	}
	return out
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

func texts(v any) []string {
	list, _ := v.([]any)
	out := make([]string, 0, len(list))
	for _, e := range list {
		out = append(out, text(e))
	}
	return out
}
