package policy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// compiled is what all rules of a set share: one compiler, the builtins.
type compiled struct {
	compiler *ast.Compiler
	builtins map[string]*topdown.Builtin
}

// parserOptions are those of every rule file: Rego v1, against the reviewed
// capabilities.
func parserOptions(caps *ast.Capabilities) ast.ParserOptions {
	return ast.ParserOptions{RegoVersion: ast.RegoV1, ProcessAnnotation: true, Capabilities: caps}
}

func isLibrary(pkg string) bool { return pkg == "assize.lib" || strings.HasPrefix(pkg, "assize.lib.") }

// form is what a set is compiled for.
type form uint8

const (
	toJudge   form = iota // checked, names inlined
	toCheck               // checked, as written
	asChecked             // to judge, with the checks that were passed before left out
)

// compileRules parses, checks and compiles the files of a set.
func compileRules(sources map[string]string, as form) ([]*Rule, error) {
	caps := capabilities()
	var (
		faults  []Fault
		rules   []*Rule
		modules = map[string]*ast.Module{}
		theirs  = foreignFiles{modules: map[string]*ast.Module{}, legacy: map[string][]Fault{}}
		foreign []*Rule // that declare one of theirs
		byID    = map[string]string{}
		byPkg   = map[string]string{}
		schemas = ast.NewSchemaSet()
	)
	files := slices.Sorted(maps.Keys(sources))
	read := parseAll(files, sources, caps)
	for i, file := range files {
		m := read[i].module
		if err := read[i].err; err != nil {
			if theirs.old(file, sources[file], caps, err) {
				continue
			}
			faults = append(faults, astFaults(file, err)...)
			continue
		}
		if foreignModule(m) {
			theirs.modules[file] = m
			continue
		}
		modules[file] = m
		faults = append(faults, read[i].faults...)
		pkg := packageName(m)
		if isLibrary(pkg) {
			continue
		}
		if other, ok := byPkg[pkg]; ok {
			faults = append(faults, Fault{file, m.Package.Location.Row, fmt.Sprintf("package %s is also in %s; one rule is one file", pkg, other)})
		}
		byPkg[pkg] = file
		r := read[i].rule
		if r == nil {
			continue
		}
		if other, ok := byID[r.ID]; ok {
			faults = append(faults, Fault{file, m.Package.Location.Row, fmt.Sprintf("rule id %s is also used in %s", r.ID, other)})
		}
		byID[r.ID] = file
		if r.Foreign != nil {
			delete(modules, file)
			foreign = append(foreign, r)
			continue
		}
		faults = append(faults, findExports(r, m)...)
		if as != asChecked {
			if err := addSchema(schemas, r, m); err != nil {
				return nil, err
			}
		}
		rules = append(rules, r)
	}
	if faults = append(faults, theirs.compile(foreign, caps)...); len(faults) > 0 {
		return nil, faultError(faults)
	}
	if len(rules) == 0 && len(foreign) == 0 {
		return nil, fmt.Errorf("%w: the set holds no rule file (*.rego with a rule, tests aside)", ErrNoRules)
	}
	groups := groupsOf(rules, sources)
	found := make([][]Fault, len(groups))
	errs := make([]error, len(groups))
	var busy sync.WaitGroup
	for g, group := range groups {
		own := modulesOf(group, rules, modules, g > 0)
		busy.Go(func() {
			errs[g] = guarded(func() (err error) {
				found[g], err = compileGroup(group, own, caps, schemas, as)
				return err
			})
		})
	}
	busy.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if faults = slices.Concat(found...); len(faults) > 0 {
		return nil, faultError(faults)
	}
	rules = append(rules, foreign...)
	sortRules(rules)
	return rules, nil
}

// guarded turns a panic into an error. Rule files come from outside and are read by
// goroutines of their own, where a panic of the parser or the compiler would end the
// process.
func guarded(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%w: the compiler failed on it: %v", ErrRuleSet, v)
		}
	}()
	return f()
}

// parsed is a file once read, with what is wrong with it by itself.
type parsed struct {
	module *ast.Module
	err    error
	rule   *Rule // nil: a library, or metadata that cannot be read
	faults []Fault
}

func parse(file, source string, caps *ast.Capabilities) (p parsed) {
	if p.module, p.err = ast.ParseModuleWithOpts(file, source, parserOptions(caps)); p.err != nil {
		return p
	}
	if foreignModule(p.module) {
		return p // held to nothing of ours
	}
	p.faults = checkModule(file, p.module)
	if isLibrary(packageName(p.module)) {
		p.faults = append(p.faults, checkLibrary(file, p.module)...)
		return p
	}
	r, faults := readMetadata(file, []byte(source), p.module, evidenceType)
	p.rule, p.faults = r, append(p.faults, faults...)
	return p
}

// parseAll parses the files of a set on all processors.
func parseAll(files []string, sources map[string]string, caps *ast.Capabilities) []parsed {
	out := make([]parsed, len(files))
	var next atomic.Int64
	var busy sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(files)) {
		busy.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(files); i = int(next.Add(1)) - 1 {
				if err := guarded(func() error {
					out[i] = parse(files[i], sources[files[i]], caps)
					return nil
				}); err != nil {
					out[i] = parsed{err: err}
				}
			}
		})
	}
	busy.Wait()
	return out
}

// groupsOf divides a large set for compilers that work side by side. Rules judge for
// themselves and share only the library, so that what a rule means does not depend on
// its group; and the division depends on the set, never on the machine, so that a set
// loads everywhere or nowhere. Rules that declare the same types stay together, since
// each compiler makes the type of their input for itself; the groups are of one size.
func groupsOf(rules []*Rule, sources map[string]string) [][]*Rule {
	if len(rules) < groupedFrom {
		return [][]*Rule{rules}
	}
	sorted := slices.Clone(rules)
	slices.SortFunc(sorted, func(a, b *Rule) int {
		return cmp.Or(slices.Compare(a.types, b.types), cmp.Compare(a.File, b.File))
	})
	total := 0
	for _, r := range sorted {
		total += len(sources[r.File])
	}
	half, size := 0, 0
	for ; half < len(sorted)-1 && size < total/2; half++ {
		size += len(sources[sorted[half].File])
	}
	return [][]*Rule{sorted[:half], sorted[half:]}
}

// groupedFrom is the number of rules from which a set is compiled in groups.
const groupedFrom = 32

// modulesOf are the files of a group: its rules and the library, of which each
// compiler needs a copy because it rewrites what it compiles.
func modulesOf(group, all []*Rule, modules map[string]*ast.Module, copied bool) map[string]*ast.Module {
	others := make(map[string]bool, len(all))
	for _, r := range all {
		others[r.File] = true
	}
	own := make(map[string]*ast.Module, len(modules))
	for _, r := range group {
		own[r.File] = modules[r.File]
	}
	for file, m := range modules {
		if others[file] {
			continue
		}
		if copied {
			m = m.Copy()
		}
		own[file] = m
	}
	return own
}

// compileGroup compiles and checks the rules of a group.
func compileGroup(rules []*Rule, modules map[string]*ast.Module, caps *ast.Capabilities, schemas *ast.SchemaSet, as form) ([]Fault, error) {
	c := &compiled{compiler: newCompiler(caps, schemas, bounded), builtins: builtinTable()}
	if as == asChecked {
		c.compiler.WithSkipStages(checkStages...)
	} else {
		boundExpansion(c.compiler)
	}
	if as != toCheck {
		inlineNames(c.compiler)
	}
	c.compiler.Compile(modules)
	if c.compiler.Failed() {
		return astFaults("", c.compiler.Errors), nil
	}
	var faults []Fault
	made := newReferences(c.compiler)
	for _, r := range rules {
		r.set = c
		f := inspect(r, made)
		if as != asChecked {
			f = append(f, checkExports(r, made)...)
		}
		if len(f) > 0 {
			faults = append(faults, f...)
			continue
		}
		r.makeQueries()
		if as == asChecked {
			continue
		}
		probed, err := r.probe(context.Background(), nil)
		if err != nil {
			return nil, fmt.Errorf("probe rule %s: %w", r.ID, err)
		}
		faults = append(faults, probed...)
	}
	if as != toCheck {
		compact(c.compiler)
	}
	return faults, nil
}

// checkStages are the stages of the compiler that only refuse, or make what only those
// need. That of safety puts expressions into an order, too, in which those of a set that
// comes with the program stand already.
var checkStages = []ast.StageID{
	ast.StageCheckUnusedImports, ast.StageCheckKeywordOverrides, ast.StageCheckDuplicateImports, ast.StageCheckVoidCalls,
	ast.StageParseMetadataBlocks, ast.StageSetAnnotationSet, ast.StageSetGraph, ast.StageCheckRuleConflicts, ast.StageCheckUndefinedFuncs,
	ast.StageCheckSafetyRuleHeads, ast.StageCheckSafetyRuleBodies, ast.StageCheckRecursion, ast.StageCheckTypes, ast.StageCheckUnsafeBuiltins,
}

func bounded(string) bool { return true }

// newCompiler is the compiler of rules, of their tests and of `policy check`;
// bound says which builtins are wrapped.
func newCompiler(caps *ast.Capabilities, schemas *ast.SchemaSet, bound func(name string) bool) *ast.Compiler {
	all := *caps
	all.Builtins = slices.Clone(caps.Builtins)
	for _, b := range engineBuiltins() {
		all.Builtins = append(all.Builtins, b.declaration())
	}
	return ast.NewCompiler().
		SetErrorLimit(maxCompileErrors).
		WithCapabilities(&all).
		WithSchemas(schemas).
		WithUseTypeCheckAnnotations(true).
		WithStageAfterID(ast.StageBuildRequiredCapabilities, ast.CompilerStageDefinition{
			Name: "BoundCalls", MetricName: "compile_stage_bound_calls", Stage: func(c *ast.Compiler) *ast.Error { return boundCalls(c, bound) },
		}).
		WithStrict(true)
}

// builtinTable is what evaluation looks names of the engine up in.
func builtinTable() map[string]*topdown.Builtin {
	table := map[string]*topdown.Builtin{}
	for _, b := range engineBuiltins() {
		table[b.name] = &topdown.Builtin{Decl: b.declaration(), Func: b.function()}
	}
	for name, before := range bounds {
		decl := *ast.BuiltinMap[name]
		decl.Name = boundedName(name)
		decl.CanSkipBctx = false // the meter comes with the context
		table[decl.Name] = &topdown.Builtin{Decl: &decl, Func: boundedFunction(name, before)}
	}
	return table
}

// makeQueries prepares what is asked of the rule: whether it applies, and, when
// that did not settle it, everything else.
func (r *Rule) makeQueries() {
	var applies, judge []export
	for _, e := range r.exports {
		if e == exportNotApplicable || e == exportAppliesFrom {
			applies = append(applies, e)
		} else {
			judge = append(judge, e)
		}
	}
	r.applies, r.judge = r.ask(applies), r.ask(judge)
}

// ask makes one query over exports of the rule's package. It is what the compiler
// makes of CELL := [x | x := EXPORT], and so on, or of CELL := EXPORT where that is
// always defined, written down at once: the exports were checked with the package they
// stand in, and a set has hundreds of them.
func (r *Rule) ask(exports []export) compiledQuery {
	if len(exports) == 0 {
		return compiledQuery{}
	}
	pkg := ast.MustParseRef("data." + r.Package)
	place := ast.NewLocation(nil, "", 1, 1)
	equal := func(index int, a, b *ast.Term) *ast.Expr {
		e := ast.Equality.Expr(a, b)
		e.Location, e.Index = place, index
		return e
	}
	q := compiledQuery{exports: exports, cells: make([]cell, len(exports))}
	for i, e := range exports {
		ref := pkg.Append(ast.StringTerm(string(e)))
		value, held := ast.NewTerm(ref), ast.VarTerm(fmt.Sprintf("__localcell%d__", i))
		q.cells[i] = cell{name: held.Value.(ast.Var), always: r.set.alwaysDefined(ref)}
		if !q.cells[i].always {
			x := ast.VarTerm(fmt.Sprintf("__localx%d__", i))
			value = ast.ArrayComprehensionTerm(x, ast.NewBody(equal(0, x, value)))
		}
		q.body = append(q.body, equal(i, held, value))
	}
	return q
}

// alwaysDefined reports whether a name is a set that rules add to, which is there
// without a single element too.
func (c *compiled) alwaysDefined(ref ast.Ref) bool {
	rules := c.compiler.GetRulesExact(ref)
	return len(rules) > 0 && !slices.ContainsFunc(rules, func(r *ast.Rule) bool { return r.Head.RuleKind() != ast.MultiValue })
}

// askChecked compiles such a query, for packages nobody checked.
func (r *Rule) askChecked(exports []export) (compiledQuery, error) {
	if len(exports) == 0 {
		return compiledQuery{}, nil
	}
	// A cell is empty when its export is undefined.
	cells := make([]string, len(exports))
	pkg := ast.MustParseRef("data." + r.Package)
	for i, e := range exports {
		cells[i] = fmt.Sprintf("[x | x := %s]", pkg.Append(ast.StringTerm(string(e))))
	}
	body, err := ast.ParseBodyWithOpts("cells = ["+strings.Join(cells, ", ")+"]", ast.ParserOptions{RegoVersion: ast.RegoV1})
	if err != nil {
		return compiledQuery{}, err
	}
	qc := r.set.compiler.QueryCompiler()
	if body, err = qc.Compile(body); err != nil {
		return compiledQuery{}, err
	}
	return compiledQuery{body: body, query: qc, exports: exports}, nil
}
