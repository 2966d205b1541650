package policy

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Foreign is a set of policies that were not written for this contract: no
// metadata, no declared evidence, an input of their own. They run unmodified as
// far as they need only allowed builtins.
//
// Judged are packages that export allow, or sets whose names begin with deny,
// violation or warn (conftest's pattern, also deny_NAME; Kosli's violations;
// Gatekeeper's violation). What is in a deny or violation fails, unless an
// exception of the package names its rule (conftest) or it is not effective yet
// (Conforma's effective_on), in which case it warns. With an allow, passing takes
// allow to be true: false fails, undefined is unassessable. Without one, nothing
// denied passes, as the tools these were written for have it, and the finding says
// that no condition had to hold. Values of another shape than a text or an object
// with "msg" are unassessable.
type Foreign struct {
	packages []foreignPackage
	set      *compiled
	limits   Limits
	cfg      ForeignConfig
	absent   map[string]string // imports of packages no file defines, with their place
}

// ForeignConfig says how foreign policies are read.
type ForeignConfig struct {
	// V0 declares the files to be Rego v0. A .manifest that says so does it for the
	// files it names. Undeclared files are Rego v1.
	V0 bool
	// PinnedClock gives time.now_ns the judgement instant. The finding of a package
	// that asks for it holds for that instant only.
	PinnedClock bool
	// Packages are those judged, by name; none: all that export something. One that
	// is not there is ErrNoRules.
	Packages []string
	// Collections are those of Conforma whose rules count: a result of a rule in none
	// of them is told and fails nothing. None: all count.
	Collections []string
}

type foreignPackage struct {
	rule      *Rule
	style     string
	query     compiledQuery
	deny      []export
	warn      []export
	allowed   bool      // exports allow
	excepts   bool      // exports exception
	clocked   bool      // asks for the pinned clock
	looks     []ast.Ref // into the document, as far as the first member named; none where it is taken whole
	annotated map[string]foreignRule
}

// foreignRule is what METADATA of a single rule says (Conforma).
type foreignRule struct {
	title, solution, severity string
	effectiveOn               string
	collections               []string
}

// exportAllow is the positive condition of foreign policies, exportException what
// conftest calls exceptions: lists of the names behind deny_ that do not count.
const (
	exportAllow     export = "allow"
	exportException export = "exception"
)

// pinnedClock is the builtin that a pinned clock answers.
const pinnedClock = "time.now_ns"

var foreignExport = regexp.MustCompile(`^(deny|violation|violations|warn)(_[a-zA-Z0-9]+)*$`)

// LoadForeign compiles the .rego files of fsys, tests aside, and the Rego of
// Gatekeeper constraint templates (*.yaml).
func LoadForeign(fsys fs.FS, cfg ForeignConfig) (*Foreign, error) {
	sources, err := readSources(fsys, func(name string) bool { return !strings.HasSuffix(name, "_test.rego") })
	if err != nil {
		return nil, err
	}
	templates, err := readTemplates(fsys)
	if err != nil {
		return nil, err
	}
	manifest, err := readManifest(fsys)
	if err != nil {
		return nil, err
	}
	caps := capabilities()
	modules := map[string]*ast.Module{}
	packages := map[string]string{}
	var faults []Fault
	parse := func(file, source string, v0 bool) {
		m, err := ast.ParseModuleWithOpts(file, source, foreignOptions(caps, v0))
		if err == nil {
			modules[file], packages[file] = m, packageName(m)
			return
		}
		more := astFaults(file, err)
		if _, other := ast.ParseModuleWithOpts(file, source, foreignOptions(caps, !v0)); other == nil && !v0 {
			more = append(more, Fault{File: file, Msg: "it is Rego v0: declare it (--rego v0, or \"rego_version\": 0 in .manifest)"})
		}
		faults = append(faults, more...)
	}
	for _, file := range slices.Sorted(maps.Keys(sources)) {
		parse(file, sources[file], cfg.V0 || manifest.version(file) == 0)
	}
	for _, file := range slices.Sorted(maps.Keys(templates)) {
		parse(file, templates[file].source, templates[file].v0 || cfg.V0)
	}
	if faults = append(faults, manifest.holds(packages, true)...); len(faults) > 0 {
		return nil, faultError(faults)
	}
	return compileForeign(modules, caps, cfg)
}

// compileForeign compiles the modules of foreign policies, in a compiler of their own.
func compileForeign(modules map[string]*ast.Module, caps *ast.Capabilities, cfg ForeignConfig) (*Foreign, error) {
	theirs := *caps
	theirs.Builtins = slices.Clone(caps.Builtins)
	for _, name := range olderBuiltins {
		theirs.Builtins = append(theirs.Builtins, ast.BuiltinMap[name])
	}
	if cfg.PinnedClock {
		theirs.Builtins = append(theirs.Builtins, ast.BuiltinMap[pinnedClock])
	}
	c := &compiled{compiler: newCompiler(&theirs, nil, bounded).WithStrict(false).WithUseTypeCheckAnnotations(false), builtins: builtinTable()}
	boundExpansion(c.compiler)
	if c.compiler.Compile(modules); c.compiler.Failed() {
		faults := astFaults("", c.compiler.Errors)
		for i := range faults {
			if strings.Contains(faults[i].Msg, "undefined function "+pinnedClock) {
				faults[i].Msg += "; a pinned clock gives it the instant judged at (custom.foreign, clock: pinned; or --clock pinned), and the answer then holds for that instant alone"
			}
		}
		return nil, faultError(faults)
	}
	f := &Foreign{set: c, limits: DefaultLimits(), cfg: cfg, absent: absentImports(c, modules)}
	var err error
	if f.packages, err = foreignPackages(c, modules); err != nil {
		return nil, err
	}
	var names []string
	for _, p := range f.packages {
		names = append(names, p.rule.Package)
	}
	for _, want := range cfg.Packages {
		if !slices.Contains(names, want) {
			return nil, fmt.Errorf("%w: there is no package %q that exports allow, deny, violation or warn; there are %s", ErrNoRules, clip(want), list(names))
		}
	}
	if len(cfg.Packages) > 0 {
		f.packages = slices.DeleteFunc(f.packages, func(p foreignPackage) bool { return !slices.Contains(cfg.Packages, p.rule.Package) })
	}
	if len(f.packages) == 0 {
		return nil, fmt.Errorf("%w: no package exports allow, deny, violation or warn", ErrNoRules)
	}
	f.lookAround()
	for i := range f.packages {
		if p := &f.packages[i]; len(cfg.Collections) > 0 && !slices.ContainsFunc(cfg.Collections, p.has) {
			return nil, fmt.Errorf("%w: no rule of package %s is in the collections %s; its rules are in %s", ErrNoRules, p.rule.Package, list(cfg.Collections), p.collections())
		}
	}
	for _, c := range cfg.Collections {
		if !slices.ContainsFunc(f.packages, func(p foreignPackage) bool { return p.has(c) }) {
			return nil, fmt.Errorf("%w: no rule is in the collection %q; mistyped, it would leave rules out", ErrNoRules, clip(c))
		}
	}
	return f, nil
}

func foreignOptions(caps *ast.Capabilities, v0 bool) ast.ParserOptions {
	o := parserOptions(caps)
	if v0 {
		o.RegoVersion = ast.RegoV0
	}
	return o
}

// absentImports are the packages that files import and none defines: below them
// everything would be undefined, and whatever is denied on their word would not be.
// Data handed over at evaluation may still define them.
func absentImports(c *compiled, modules map[string]*ast.Module) map[string]string {
	out := map[string]string{}
	for _, m := range modules {
		for _, i := range m.Imports {
			ref, ok := i.Path.Value.(ast.Ref)
			if !ok || len(ref) < 2 || !ref.HasPrefix(ast.DefaultRootRef) || !ref.IsGround() {
				continue
			}
			if len(c.compiler.GetRulesWithPrefix(ref)) == 0 && len(c.compiler.GetRules(ref)) == 0 {
				out[ref.String()] = fmt.Sprintf("%s:%d", i.Location.File, i.Location.Row)
			}
		}
	}
	return out
}

// lookAround adds what the packages judged look for below data that no file defines, by
// its root: what lies below a root that is there may be absent on purpose.
func (f *Foreign) lookAround() {
	c := f.set.compiler
	known := newReferences(c)
	for _, p := range f.packages {
		for _, rule := range known.closure(c.GetRulesWithPrefix(ast.MustParseRef("data." + p.rule.Package))) {
			walkRefs(rule, func(ref ast.Ref) {
				if !ref.HasPrefix(ast.DefaultRootRef) || len(ref) < 2 || !ref[:2].IsGround() || len(c.GetRulesWithPrefix(ref[:2])) > 0 {
					return
				}
				at := cmp.Or(ref[0].Location, rule.Location)
				if root := ref[:2].String(); f.absent[root] == "" {
					f.absent[root] = fmt.Sprintf("%s:%d", at.File, at.Row)
				}
			})
		}
	}
}

func foreignPackages(c *compiled, modules map[string]*ast.Module) ([]foreignPackage, error) {
	byPackage := map[string]*foreignPackage{}
	for _, file := range slices.Sorted(maps.Keys(modules)) {
		m := modules[file]
		name := packageName(m)
		p := byPackage[name]
		if p == nil {
			p = &foreignPackage{style: "conftest", annotated: map[string]foreignRule{}, rule: &Rule{
				ID: "foreign/" + name, Package: name, File: file, Title: "package " + name, Severity: "high", Basis: "default", set: c,
			}}
			byPackage[name] = p
		}
		for _, a := range m.Annotations {
			p.annotate(name, a)
		}
		for _, rule := range m.Rules {
			head, ok := rule.Head.Ref()[0].Value.(ast.Var)
			if !ok || len(rule.Head.Args) > 0 {
				continue
			}
			e := export(head)
			switch {
			case e == exportAllow:
				p.allowed = true
			case e == exportException:
				p.excepts = true
			case !foreignExport.MatchString(string(e)):
				continue
			case strings.HasPrefix(string(e), "warn"):
				p.warn = appendNew(p.warn, e)
			default:
				p.deny = appendNew(p.deny, e)
			}
		}
	}
	var out []foreignPackage
	for _, name := range slices.Sorted(maps.Keys(byPackage)) {
		p := byPackage[name]
		exports := slices.Concat(p.deny, p.warn)
		if p.allowed {
			exports = append(exports, exportAllow)
		}
		if len(exports) == 0 {
			continue
		}
		if p.excepts {
			exports = append(exports, exportException)
		}
		for _, rule := range newReferences(c.compiler).closure(c.compiler.GetRulesWithPrefix(ast.MustParseRef("data." + p.rule.Package))) {
			walkRefs(rule, func(ref ast.Ref) {
				p.clocked = p.clocked || ref.String() == pinnedClock
				if ref.HasPrefix(ast.InputRootRef) {
					p.looks = append(p.looks, looked(ref))
				}
			})
		}
		switch {
		case p.allowed:
			p.style = "allow"
		case slices.ContainsFunc(p.looks, func(ref ast.Ref) bool { return ref.Equal(reviewRef) }):
			p.style = "gatekeeper"
		case len(p.annotated) > 0:
			p.style = "conforma"
		}
		slices.SortFunc(p.looks, func(a, b ast.Ref) int { return a.Compare(b) })
		p.looks = slices.CompactFunc(p.looks, func(a, b ast.Ref) bool { return a.Equal(b) })
		if slices.ContainsFunc(p.looks, func(ref ast.Ref) bool { return len(ref) == 1 }) {
			p.looks = nil
		}
		var err error
		if p.query, err = p.rule.askChecked(exports); err != nil {
			return nil, faultError(astFaults(p.rule.File, err))
		}
		out = append(out, *p)
	}
	return out, nil
}

func appendNew[T comparable](list []T, e T) []T {
	if slices.Contains(list, e) {
		return list
	}
	return append(list, e)
}

// annotate reads the METADATA of a package or of one of its rules. The names are
// Conforma's: short_name makes the code PACKAGE.SHORT_NAME that results carry.
func (p *foreignPackage) annotate(pkg string, a *ast.Annotations) {
	if a.Scope == "package" && a.Title != "" {
		p.rule.Title, p.rule.Description = a.Title, a.Description
	}
	text := func(name string) string { s, _ := a.Custom[name].(string); return s }
	short := text("short_name")
	if short == "" || a.Scope == "package" {
		return
	}
	r := foreignRule{title: a.Title, solution: text("solution"), severity: text("severity"), effectiveOn: text("effective_on")}
	if at, ok := a.Custom["effective_on"].(time.Time); ok {
		r.effectiveOn = FormatInstant(at)
	}
	if list, ok := a.Custom["collections"].([]any); ok {
		for _, c := range list {
			if name, ok := c.(string); ok {
				r.collections = append(r.collections, name)
			}
		}
	}
	last := pkg[strings.LastIndex(pkg, ".")+1:]
	// Conforma writes the last part of the package before the name, others all of it.
	p.annotated[last+"."+short], p.annotated[pkg+"."+short] = r, r
}

// has reports whether a rule of the package is in the collection.
func (p *foreignPackage) has(collection string) bool {
	for _, r := range p.annotated {
		if r.in([]string{collection}) {
			return true
		}
	}
	return false
}

// collections lists those of the rules of the package, in words.
func (p *foreignPackage) collections() string {
	var names []string
	for _, r := range p.annotated {
		names = append(names, r.collections...)
	}
	slices.Sort(names)
	if names = slices.Compact(names); len(names) == 0 {
		return "none"
	}
	return list(names)
}

func (r foreignRule) in(collections []string) bool {
	return slices.ContainsFunc(collections, func(c string) bool { return slices.Contains(r.collections, strings.TrimPrefix(c, "@")) })
}

// Bounded is Set.Bounded for foreign policies.
func (f *Foreign) Bounded(l Limits) *Foreign {
	c := *f
	c.limits = l.orDefault()
	return &c
}
