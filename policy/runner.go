package policy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/tester"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// Outcomes of a test.
const (
	TestPass  = "pass"
	TestFail  = "fail"
	TestError = "error"
	TestSkip  = "skip" // a Rego test named todo_...; counts as failed
)

// TestConfig says which tests run and how.
type TestConfig struct {
	Run        string      // regular expression over "package.test" and "file/case"; empty: all
	Parameters *Parameters // what fixtures are judged by where they set nothing; nil: nothing
	Parallel   int         // Rego tests at once; 0: one per core
}

// TestResult is one Rego test or one case of a fixture.
type TestResult struct {
	Name    string `json:"name"`
	File    string `json:"file"`
	Row     int    `json:"row,omitempty"`
	Outcome string `json:"outcome"`
	Msg     string `json:"msg,omitempty"`
	Output  string `json:"output,omitempty"` // of print
	// Silent are members of the evidence of a passing case that the rule reads and
	// passes without: silence may be an answer there, or it was forgotten.
	Silent   []string      `json:"silent,omitempty"`
	Duration time.Duration `json:"-"`
}

// Lines is a range of lines, both ends included.
type Lines struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// TestReport is the outcome of the tests of a set.
type TestReport struct {
	Results []TestResult `json:"results"` // by file and name
	// Covered is the percentage of lines of rule and library files that Rego
	// tests reached, Uncovered the rest by file.
	Covered   float64            `json:"covered"`
	Uncovered map[string][]Lines `json:"uncovered,omitempty"`
	// Untested lists rules no Rego test and no fixture names.
	Untested []string `json:"untested,omitempty"`
}

// OK reports whether there were tests and all passed.
func (r TestReport) OK() bool {
	return len(r.Results) > 0 && !slices.ContainsFunc(r.Results, func(t TestResult) bool { return t.Outcome != TestPass })
}

// testBuiltins may be called by tests besides what rules may: to vary a
// document from a common one.
var testBuiltins = []string{"json.patch", "json.unmarshal"}

// RunTests runs the Rego tests (*_test.rego) and fixtures (*_fixtures.yaml) of
// a set. The set itself must load; the error is then ErrRuleSet, also for a
// test file that does not compile.
//
// Tests see the engine's builtins; there is no clock, so a test says what
// assize.reached answers by `with assize.reached as ...`.
func RunTests(ctx context.Context, fsys fs.FS, cfg TestConfig) (TestReport, error) {
	set, err := LoadSet(fsys)
	if err != nil {
		return TestReport{}, err
	}
	filter, err := regexp.Compile(cfg.Run)
	if err != nil {
		return TestReport{}, fmt.Errorf("test filter %q: %w", cfg.Run, err)
	}
	tests, err := readSources(fsys, func(name string) bool { return strings.HasSuffix(name, "_test.rego") })
	if err != nil {
		return TestReport{}, err
	}
	maps.DeleteFunc(tests, foreignSource) // theirs run with their own tools
	report := TestReport{Results: []TestResult{}}
	named := map[string]bool{} // packages tests speak of
	if err := report.regoTests(ctx, set, tests, cfg, filter, named); err != nil {
		return TestReport{}, err
	}
	fixtures, err := readFixtures(fsys)
	if err != nil {
		return TestReport{}, err
	}
	for _, f := range fixtures {
		if r, ok := set.Rule(f.rule); ok {
			named[r.Package] = true
		}
		report.Results = append(report.Results, f.run(ctx, set, cfg.Parameters, filter)...)
	}
	for _, r := range set.rules {
		if !named[r.Package] {
			report.Untested = append(report.Untested, r.ID)
		}
	}
	slices.SortStableFunc(report.Results, func(a, b TestResult) int {
		return cmp.Or(strings.Compare(a.File, b.File), strings.Compare(a.Name, b.Name))
	})
	return report, nil
}

// bench is a set with its Rego tests, parsed.
type bench struct {
	rules, all map[string]*ast.Module
	caps       *ast.Capabilities
	schemas    *ast.SchemaSet
	named      map[string]bool // rule packages the tests speak of
}

func newBench(set *Set, tests map[string]string) (*bench, error) {
	b := &bench{rules: map[string]*ast.Module{}, all: map[string]*ast.Module{}, caps: capabilities(), schemas: ast.NewSchemaSet(), named: map[string]bool{}}
	for _, builtin := range ast.CapabilitiesForThisVersion().Builtins {
		if slices.Contains(testBuiltins, builtin.Name) {
			b.caps.Builtins = append(b.caps.Builtins, builtin)
		}
	}
	var faults []Fault
	for name, source := range set.sources {
		if foreignSource(name, source) {
			continue
		}
		m, err := ast.ParseModuleWithOpts(name, source, parserOptions(b.caps))
		if err != nil {
			return nil, faultError(astFaults(name, err))
		}
		b.rules[name], b.all[name] = m, m
		for _, r := range set.rules {
			if r.File == name {
				if err := addSchema(b.schemas, r, m); err != nil {
					return nil, err
				}
			}
		}
	}
	for name, source := range tests {
		m, err := ast.ParseModuleWithOpts(name, source, parserOptions(b.caps))
		if err != nil {
			faults = append(faults, astFaults(name, err)...)
			continue
		}
		b.all[name] = m
		for _, r := range set.rules {
			root := ast.MustParseRef("data." + r.Package)
			speaks := packageName(m) == r.Package
			walkRefs(m, func(ref ast.Ref) { speaks = speaks || ref.HasPrefix(root) })
			if speaks {
				b.named[r.Package] = true
			}
		}
	}
	return b, faultError(faults)
}

// wanted is a regular expression over the full names of the tests whose names the
// filter matches, as OPA's runner asks before it runs one; "" when there is none.
func (b *bench) wanted(filter *regexp.Regexp) string {
	var names []string
	for _, m := range b.all {
		for _, rule := range m.Rules {
			head := rule.Head.Ref().GroundPrefix()
			for i, term := range head {
				last := strings.Trim(term.Value.String(), `"`)
				if !strings.HasPrefix(last, tester.TestPrefix) && !strings.HasPrefix(last, tester.SkipTestPrefix) {
					continue
				}
				name := m.Package.Path.Extend(head[:i+1]).String()
				if filter.MatchString(strings.TrimPrefix(name, "data.")) {
					names = append(names, regexp.QuoteMeta(name))
				}
				break
			}
		}
	}
	if len(names) == 0 {
		return ""
	}
	slices.Sort(names)
	return "^(?:" + strings.Join(slices.Compact(names), "|") + ")$"
}

func (b *bench) compiler() *ast.Compiler {
	return newCompiler(b.caps, b.schemas, func(name string) bool { return name != "walk" })
}

// compileTests holds tests to strict compilation.
func compileTests(set *Set, tests map[string]string) error {
	b, err := newBench(set, tests)
	if err != nil {
		return err
	}
	c := b.compiler()
	if c.Compile(b.all); c.Failed() {
		return faultError(astFaults("", c.Errors))
	}
	return faultError(idleTests(c, tests))
}

func (report *TestReport) regoTests(ctx context.Context, set *Set, tests map[string]string, cfg TestConfig, filter *regexp.Regexp, named map[string]bool) error {
	b, err := newBench(set, tests)
	if err != nil {
		return err
	}
	maps.Copy(named, b.named)
	wanted := ""
	if cfg.Run != "" {
		if wanted = b.wanted(filter); wanted == "" {
			return nil
		}
	}
	coverage := cover.New()
	runner := tester.NewRunner().
		SetCompiler(b.compiler().WithEnablePrintStatements(true)).
		AddCustomBuiltins(testerBuiltins()).
		RaiseBuiltinErrors(true).
		CapturePrintOutput(true).
		SetParallel(cfg.Parallel).
		SetCoverageRuns(nil).
		SetCoverageQueryTracer(coverage).
		SetModules(b.all).
		Filter(wanted)
	results, err := runner.RunTests(ctx, nil)
	if err != nil {
		return faultError(astFaults("", err))
	}
	for res := range results {
		report.Results = append(report.Results, regoResult(res))
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	cov := coverage.Report(b.rules)
	if report.Covered = cov.Coverage; cov.CoveredLines+cov.NotCoveredLines == 0 {
		report.Covered = 100 // of no line: rules that declare policies of others have no code
	}
	for _, name := range slices.Sorted(maps.Keys(cov.Files)) {
		for _, r := range cov.Files[name].NotCovered {
			if report.Uncovered == nil {
				report.Uncovered = map[string][]Lines{}
			}
			report.Uncovered[name] = append(report.Uncovered[name], Lines{r.Start.Row, r.End.Row})
		}
	}
	return nil
}

func regoResult(res *tester.Result) TestResult {
	t := TestResult{
		Name: strings.TrimPrefix(res.Package, "data.") + "." + res.Name, Outcome: TestPass,
		Output: string(res.Output), Duration: res.Duration,
	}
	if res.Location != nil {
		t.File, t.Row = res.Location.File, res.Location.Row
	}
	switch {
	case res.Error != nil:
		t.Outcome, t.Msg = TestError, errorReason(res.Error)
	case res.Skip:
		t.Outcome, t.Msg = TestSkip, "the test is marked todo"
	case res.Fail:
		t.Outcome, t.Msg = TestFail, "the test is not true"
		for name, sub := range res.SubResults.Iter {
			if sub.Fail {
				t.Msg += "; case " + strings.Join(name, "/")
			}
		}
	}
	return t
}

// testerBuiltins are the engine's builtins, bounded ones included, in the shape
// OPA's test runner takes: with one answer each.
func testerBuiltins() []*tester.Builtin {
	var out []*tester.Builtin
	for name, b := range builtinTable() {
		decl := &rego.Function{Name: name, Decl: b.Decl.Decl, Nondeterministic: b.Decl.Nondeterministic}
		out = append(out, &tester.Builtin{Decl: b.Decl, Func: rego.FunctionDyn(decl, func(bctx rego.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
			var answer *ast.Term
			err := b.Func(bctx, args, func(t *ast.Term) error {
				answer = t
				return nil
			})
			var halt topdown.Halt
			if errors.As(err, &halt) {
				return nil, rego.NewHaltError(halt.Err)
			}
			return answer, err
		})})
	}
	return out
}
