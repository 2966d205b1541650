package policy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"gopkg.in/yaml.v3"
)

// constraintTemplate is what of a Gatekeeper ConstraintTemplate holds Rego; beside it
// many say the same for another engine.
// (https://open-policy-agent.github.io/gatekeeper/website/docs/constrainttemplates).
type constraintTemplate struct {
	Kind string `yaml:"kind"`
	Spec struct {
		Targets []struct {
			Rego string   `yaml:"rego"`
			Libs []string `yaml:"libs"`
			Code []struct {
				Engine string `yaml:"engine"`
				Source struct {
					Rego    string   `yaml:"rego"`
					Libs    []string `yaml:"libs"`
					Version string   `yaml:"version"`
				} `yaml:"source"`
			} `yaml:"code"`
		} `yaml:"targets"`
	} `yaml:"spec"`
}

// templateSource is the Rego of one template; v0 unless it declares v1, which is how
// Gatekeeper reads it.
type templateSource struct {
	source string
	v0     bool
}

// readTemplates finds the Rego in constraint templates; YAML of another kind is left
// alone.
func readTemplates(fsys fs.FS) (map[string]templateSource, error) {
	out := map[string]templateSource{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".yaml") && !strings.HasSuffix(name, ".yml") {
			return err
		}
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		if !bytes.Contains(b, []byte("ConstraintTemplate")) {
			return nil
		}
		if len(b) > maxRuleSource {
			return fmt.Errorf("%w: %s: %d bytes are more than %d for one file", ErrRuleSet, name, len(b), maxRuleSource)
		}
		dec := yaml.NewDecoder(bytes.NewReader(b))
		for n := 0; ; n++ {
			var t constraintTemplate
			if err := dec.Decode(&t); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				return fmt.Errorf("%w: %s: %w", ErrRuleSet, name, err)
			}
			if t.Kind != "ConstraintTemplate" {
				continue
			}
			add := func(rego, version string, libs []string) {
				for _, source := range append([]string{rego}, libs...) {
					if strings.TrimSpace(source) != "" {
						out[fmt.Sprintf("%s#%d", name, len(out)+1)] = templateSource{source, version != "v1"}
					}
				}
			}
			for _, target := range t.Spec.Targets {
				add(target.Rego, "", target.Libs)
				var others []string
				rego := strings.TrimSpace(target.Rego) != ""
				for _, code := range target.Code {
					if code.Engine != "Rego" {
						others = append(others, clip(code.Engine))
						continue
					}
					rego = true
					add(code.Source.Rego, code.Source.Version, code.Source.Libs)
				}
				if !rego && len(others) > 0 {
					return fmt.Errorf("%w: %s: the template is judged by %s, not by Rego", ErrRuleSet, name, list(others))
				}
			}
		}
	})
	if err != nil && !errors.Is(err, ErrRuleSet) {
		err = fmt.Errorf("read templates: %w", err)
	}
	return out, err
}
