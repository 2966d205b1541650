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
)

// A set may hold policies that were not written for this contract beside its rules:
// files of any package but assize. They judge nothing by themselves. A rule file whose
// METADATA has custom.foreign, and no code, declares when, of what and how gravely one
// of their packages judges:
//
//	foreign: {package: main, document: deployment}
//
// The package sees the predicate of each statement of that type which counts as its
// input, one after the other, and the parameters as data.params and data.rule_data;
// each has to come out well. Such a finding is marked as foreign. What an undefined
// allow, an unknown import or a broken shape does is what [Foreign] says; that nothing
// was denied where nothing had to hold is said in the finding.

func foreignName(pkg string) bool { return pkg != "assize" && !strings.HasPrefix(pkg, "assize.") }

func foreignModule(m *ast.Module) bool { return m != nil && foreignName(packageName(m)) }

// foreignSource reports whether a file is of a policy of another tool, in either
// version of Rego.
func foreignSource(file, source string) bool {
	for _, v0 := range []bool{false, true} {
		if m, err := ast.ParseModuleWithOpts(file, source, foreignOptions(capabilities(), v0)); err == nil {
			return foreignModule(m)
		}
	}
	return false
}

// foreignFiles are the files of a set that are of other tools.
type foreignFiles struct {
	modules map[string]*ast.Module
	legacy  map[string][]Fault // of files that are Rego v0 only: what they are as v1
}

// old takes in a file that is no Rego v1, if it is one of theirs in v0.
func (t *foreignFiles) old(file, source string, caps *ast.Capabilities, err error) bool {
	m, other := ast.ParseModuleWithOpts(file, source, foreignOptions(caps, true))
	if other != nil || !foreignModule(m) {
		return false
	}
	t.modules[file] = m
	t.legacy[file] = append(astFaults(file, err), Fault{File: file, Msg: "it is Rego v0: the rule that declares its package says so (custom.foreign, rego: v0)"})
	return true
}

// compile gives each declaration its package, with the packages that one needs. Files
// that no declaration needs are refused: a mistyped package would leave a rule out.
func (t *foreignFiles) compile(declared []*Rule, caps *ast.Capabilities) []Fault {
	var faults []Fault
	used := map[string]bool{}
	for _, r := range declared {
		say := func(format string, args ...any) {
			faults = append(faults, Fault{r.File, r.Foreign.row, "METADATA: custom.foreign: " + fmt.Sprintf(format, args...)})
		}
		own := t.needed(r.Foreign.Package)
		if len(own) == 0 {
			say("no file of the set is of package %q; there are %s", clip(r.Foreign.Package), t.packages())
			continue
		}
		var old []Fault
		for file := range own {
			used[file] = true
			if r.Foreign.Rego != "v0" {
				old = append(old, t.legacy[file]...)
			}
		}
		if len(old) > 0 {
			faults = append(faults, old...)
			continue
		}
		f, err := compileForeign(own, caps, ForeignConfig{Packages: []string{r.Foreign.Package}, Collections: r.Foreign.Collections, PinnedClock: r.Foreign.Clock != ""})
		var list *SetError
		switch {
		case errors.As(err, &list):
			faults = append(faults, list.Faults...)
		case err != nil:
			say("%s", strings.TrimPrefix(err.Error(), ErrNoRules.Error()+": "))
		default:
			r.foreign, r.set = f, f.set
			r.Params, faults = f.params(r.Foreign, faults)
		}
	}
	for _, file := range slices.Sorted(maps.Keys(t.modules)) {
		if m := t.modules[file]; !used[file] {
			faults = append(faults, t.legacy[file]...)
			faults = append(faults, Fault{file, m.Package.Location.Row, fmt.Sprintf("package %s: a rule belongs in package assize.<pack>.<id>; a policy of another tool needs a rule that declares it (custom.foreign), or a declared package that imports it; `policy eval --foreign` tries it by itself", packageName(m))})
		}
	}
	return faults
}

// packages lists their packages, in words.
func (t *foreignFiles) packages() string {
	var names []string
	for _, m := range t.modules {
		names = append(names, packageName(m))
	}
	slices.Sort(names)
	if names = slices.Compact(names); len(names) == 0 {
		return "none outside assize"
	}
	return list(names)
}

// needed are copies of the files of a package and of all that they refer to.
func (t *foreignFiles) needed(pkg string) map[string]*ast.Module {
	own := map[string]*ast.Module{}
	var take func(wanted ast.Ref)
	take = func(wanted ast.Ref) {
		for file, m := range t.modules {
			if own[file] != nil || !wanted.HasPrefix(m.Package.Path) && !m.Package.Path.HasPrefix(wanted) {
				continue
			}
			own[file] = m.Copy()
			walkRefs(m, func(ref ast.Ref) {
				if ref.HasPrefix(ast.DefaultRootRef) && len(ref) > 1 {
					take(ref.GroundPrefix())
				}
			})
		}
	}
	path := ast.DefaultRootRef.Copy()
	for _, part := range strings.Split(pkg, ".") {
		path = path.Append(ast.StringTerm(part))
	}
	if !slices.ContainsFunc(slices.Collect(maps.Values(t.modules)), func(m *ast.Module) bool { return m.Package.Path.Equal(path) }) {
		return nil
	}
	take(path)
	return own
}

// judgeForeign judges each document by the package; the worst of them is the finding.
func (j *judgement) judgeForeign(ctx context.Context, p *Effective) error {
	f, r := j.finding, j.rule
	pkg := &r.foreign.packages[0]
	f.Foreign, f.Status = pkg.style, StatusUnassessable
	params, problems := p.bind(r, f)
	if missing := j.missing(); missing != "" {
		f.Status, f.Reason = StatusMissing, missing
		return nil
	}
	if erased := j.erased(); erased != "" {
		f.Reason = erased
		return nil
	}
	if len(problems) > 0 {
		f.Reason = strings.Join(problems, "; ")
		return nil
	}
	root, err := r.Foreign.document(params)
	if err != nil {
		return err
	}
	params.root = root
	unknown := r.foreign.unknown(root)
	worst := StatusPass
	var reasons []string
	for _, it := range j.in.Evidence[r.Foreign.Document] {
		one := Finding{Status: StatusUnassessable}
		scratch := *j
		scratch.finding = &one
		if err := pkg.judge(ctx, &scratch, it.Parsed.term, params, unknown, r.foreign.cfg); err != nil {
			return err
		}
		f.CutOff = f.CutOff || one.CutOff
		for _, m := range one.Messages {
			if m.Members == nil {
				m.Members = map[string]any{}
			}
			m.Members["evidence"] = it.ID
			f.Messages = append(f.Messages, m)
		}
		if one.Reason != "" && !slices.Contains(reasons, one.Reason) {
			reasons = append(reasons, one.Reason)
		}
		if one.Status == StatusFail || one.Status == StatusUnassessable && worst == StatusPass {
			worst = one.Status
		}
	}
	f.Status, f.Reason = worst, strings.Join(reasons, "; ")
	return nil
}

// pin makes an answer that rests on the pinned clock hold for its instant alone.
func (p *foreignPackage) pin(c *Clock, cfg ForeignConfig) {
	if p.clocked && cfg.PinnedClock {
		c.ReachedTime(c.At())
		c.ReachedTime(c.At().Add(time.Nanosecond))
	}
}
