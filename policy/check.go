package policy

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"
	"gopkg.in/yaml.v3"
)

// Check loads a set and also holds every file, tests included, to the format
// of `opa fmt`, tests to strict compilation, and what functions are handed to the
// schemas of evidence. It returns every fault found,
// nil when there is none, or an error when the files cannot be read.
func Check(fsys fs.FS) ([]Fault, error) {
	var faults []Fault
	take := func(err error) error {
		var list *SetError
		if errors.As(err, &list) {
			faults = append(faults, list.Faults...)
			return nil
		}
		return err
	}
	all, err := readSources(fsys, func(string) bool { return true })
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if foreignSource(name, all[name]) {
			continue // as it stands
		}
		want, err := Format(name, []byte(all[name]))
		if err != nil {
			continue // the load says what does not parse
		}
		if !bytes.Equal(want, []byte(all[name])) {
			faults = append(faults, Fault{name, firstDifference(all[name], string(want)), "not formatted as `opa fmt` writes it"})
		}
	}
	set, err := loadSet(fsys, toCheck, nil)
	if err != nil {
		if err := take(err); err != nil {
			return nil, err
		}
		return settleFaults(faults), nil
	}
	paths, err := set.checkPaths()
	if err != nil {
		return nil, err
	}
	faults = append(append(faults, paths...), set.idle()...)
	tests := maps.Clone(all)
	maps.DeleteFunc(tests, func(name, source string) bool {
		return !strings.HasSuffix(name, "_test.rego") || foreignSource(name, source)
	})
	if err := take(compileTests(set, tests)); err != nil {
		return nil, err
	}
	if _, err := readFixtures(fsys); err != nil {
		if err := take(err); err != nil {
			return nil, err
		}
	}
	return settleFaults(faults), nil
}

// UnusedParameters are the thresholds of a parameters document that no rule of the
// sets names, with their lines: a rule misspells one, or it is left over.
func UnusedParameters(file string, text []byte, sets ...*Set) []Fault {
	used := map[string]bool{}
	for _, s := range sets {
		for _, r := range s.rules {
			for _, name := range r.Params {
				used[name] = true
			}
		}
	}
	var doc struct {
		Thresholds yaml.Node `yaml:"thresholds"`
	}
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return []Fault{{File: file, Msg: err.Error()}}
	}
	var faults []Fault
	for i := 0; i+1 < len(doc.Thresholds.Content); i += 2 {
		if name := doc.Thresholds.Content[i]; !used[name.Value] {
			faults = append(faults, Fault{file, name.Line, fmt.Sprintf("no rule names the parameter %q; a rule misspells it, or it can go", clip(name.Value))})
		}
	}
	return faults
}

// Format returns the source in the format Check asks for.
func Format(name string, source []byte) ([]byte, error) {
	return format.SourceWithOpts(name, source, format.Opts{
		RegoVersion:   ast.RegoV1,
		ParserOptions: &ast.ParserOptions{RegoVersion: ast.RegoV1, ProcessAnnotation: true, Capabilities: capabilities()},
	})
}

func settleFaults(faults []Fault) []Fault {
	var list *SetError
	if errors.As(faultError(faults), &list) {
		return list.Faults
	}
	return nil
}

func firstDifference(a, b string) int {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range x {
		if i >= len(y) || x[i] != y[i] {
			return i + 1
		}
	}
	return len(x)
}
