package policy

import (
	"bytes"
	"embed"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/assize-dev/assize/attest/predicate"
)

//go:embed scaffold/*.tmpl
var scaffolds embed.FS

// Scaffold is what a new rule begins with.
type Scaffold struct {
	ID       string
	Pack     string // in lower case with hyphens
	Kind     string // of Kinds
	Requires string // short evidence type with a schema
}

// kindHomes is the evidence type a new rule of a kind asks for when none is named.
var kindHomes = map[string]string{"dataset": "dataset-card", "model": "model-card", "deployment": "system-profile"}

var packPattern = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// Files are the rule, its tests and its fixtures, by path. They pass Check and
// RunTests as they are: what is in them is to be replaced, and says so.
func (n Scaffold) Files() (map[string][]byte, error) {
	refuse := func(format string, args ...any) (map[string][]byte, error) {
		return nil, fmt.Errorf("%w: %s", ErrRuleSet, fmt.Sprintf(format, args...))
	}
	if !ruleIDPattern.MatchString(n.ID) {
		return refuse("%q is no rule id such as DQ-01 or ACME-SEC-007", clip(n.ID))
	}
	if n.Pack == "lib" || !packPattern.MatchString(n.Pack) {
		return refuse("%q is no name of a pack: lower case, digits and hyphens, and not lib", clip(n.Pack))
	}
	if !slices.Contains(Kinds, n.Kind) {
		return refuse("kind %q is none of %s", clip(n.Kind), strings.Join(Kinds, ", "))
	}
	if n.Requires == "" {
		n.Requires = kindHomes[n.Kind]
	}
	if !evidenceType(n.Requires) {
		return refuse("%q is no evidence type; docs/evidence.md lists them", clip(n.Requires))
	}
	if t, _ := predicate.Lookup(n.Requires); !t.Own {
		return refuse("%s is a type of others, whose members only they know; begin with one of ours and change requires", n.Requires)
	}
	low := strings.ToLower(strings.ReplaceAll(n.ID, "-", "_"))
	data := struct {
		Scaffold
		Low, PackName string
		Actions       string
	}{n, low, strings.ReplaceAll(n.Pack, "-", "_"), "release, deploy"}
	if n.Kind == "dataset" {
		data.Actions = "train, release, deploy"
	}
	out := map[string][]byte{}
	for name, file := range map[string]string{"rule.rego.tmpl": ".rego", "test.rego.tmpl": "_test.rego", "fixtures.yaml.tmpl": fixtureSuffix} {
		t, err := template.New(name).Delims("<<", ">>").ParseFS(scaffolds, "scaffold/"+name)
		if err != nil {
			return nil, fmt.Errorf("scaffold: %w", err)
		}
		var b bytes.Buffer
		if err := t.Execute(&b, data); err != nil {
			return nil, fmt.Errorf("scaffold: %w", err)
		}
		target := path.Join(low, low+file)
		text := b.Bytes()
		if strings.HasSuffix(file, regoSuffix) {
			if text, err = Format(target, text); err != nil {
				return nil, fmt.Errorf("scaffold: %w", err)
			}
		}
		out[target] = text
	}
	return out, nil
}
