package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing/fstest"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/policy"
)

// foreignFlags say how policies of another tool are judged.
type foreignFlags struct {
	judge                 *bool
	data                  *string
	rego, clock           *string
	packages, collections *[]string
}

func addForeign(cmd *cobra.Command) foreignFlags {
	f := cmd.Flags()
	return foreignFlags{
		judge:       f.Bool("foreign", false, "the policies are those of another tool, and the document is of their kind"),
		data:        f.String("data", "", "with --foreign: document the policies see as data (JSON or YAML; default data.json beside them)"),
		rego:        f.String("rego", "v1", "with --foreign: v0 or v1, where no .manifest says"),
		clock:       f.String("clock", "", "with --foreign: pinned gives time.now_ns the instant judged at; the answer then holds for it alone"),
		packages:    f.StringArray("package", nil, "with --foreign: judge this package; repeatable (default all that export something)"),
		collections: f.StringArray("collection", nil, "with --foreign: only rules of this collection count; repeatable"),
	}
}

// alone refuses flags of the one kind of evaluation with the other, where they would do
// nothing.
func (f foreignFlags) alone(cmd *cobra.Command) error {
	idle := []string{"data", "rego", "clock", "package", "collection"}
	if *f.judge {
		idle = []string{"rule", "parameters", "subject", "system", "action", "environment", "what-if", "known-at", "store"}
	}
	for _, name := range idle {
		if !cmd.Flags().Changed(name) {
			continue
		}
		if *f.judge {
			return usage("policy eval: --%s does nothing with --foreign; policies of other tools get a document, and --data", name)
		}
		return usage("policy eval: --%s does nothing without --foreign; a rule of a set says it where it declares the package (custom.foreign)", name)
	}
	return nil
}

func (a *app) evalForeign(cmd *cobra.Command, f foreignFlags, policies, input, at string) error {
	if policies == "" || input == "" {
		return usage("policy eval --foreign: --policy and --input are required")
	}
	if *f.rego != "v0" && *f.rego != "v1" || *f.clock != "" && *f.clock != "pinned" {
		return usage("policy eval --foreign: --rego is v0 or v1, --clock is pinned or absent")
	}
	fsys, err := openForeign(cmd, policies)
	if err != nil {
		return err
	}
	rules, err := policy.LoadForeign(fsys, policy.ForeignConfig{V0: *f.rego == "v0", PinnedClock: *f.clock == "pinned", Packages: *f.packages, Collections: *f.collections})
	if err != nil {
		return fmt.Errorf("%s: %w", policies, err)
	}
	doc, err := a.document(input)
	if err != nil {
		return err
	}
	data, err := a.foreignData(fsys, *f.data)
	if err != nil {
		return err
	}
	when, err := a.instant("--at", at)
	if err != nil {
		return err
	}
	findings, err := rules.Evaluate(cmd.Context(), policy.SubjectRef{Name: filepath.Base(input), Kind: "document"}, doc, data, policy.NewClock(when))
	if err != nil {
		return err
	}
	if err := a.emit(cmd, findings, func(w io.Writer) error { findingsText(w, a.style, findings); return nil }); err != nil {
		return err
	}
	return exit(exitOf(findings))
}

// openForeign is openRules, and also takes one file.
func openForeign(cmd *cobra.Command, from string) (fs.FS, error) {
	if info, err := os.Stat(from); err != nil || info.IsDir() || strings.HasSuffix(from, ".gz") || strings.HasSuffix(from, ".tgz") || strings.HasSuffix(from, ".tar") {
		return openRules(cmd.Context(), from)
	}
	text, err := readBounded(from, maxPredicate)
	if err != nil {
		return nil, err
	}
	return fstest.MapFS{filepath.Base(from): {Data: text}}, nil
}

func (a *app) document(path string) (any, error) {
	text, err := a.read(path, maxPredicate)
	if err != nil {
		return nil, err
	}
	doc, err := policy.ParseDocument(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return doc, nil
}

// foreignData is what the policies see as data; none is an empty document.
func (a *app) foreignData(fsys fs.FS, path string) (map[string]any, error) {
	var doc any
	var err error
	if path == "" {
		if other, err := unreadData(fsys); err != nil {
			return nil, err
		} else if other != "" {
			return nil, usage("policy eval --foreign: %s is not read; put all data into one document and name it by --data", other)
		}
		path = "data.json beside the policies"
		text, readErr := fs.ReadFile(fsys, "data.json")
		if readErr != nil {
			return nil, nil // there is none
		}
		doc, err = policy.ParseDocument(text)
	} else {
		doc, err = a.document(path)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	data, ok := doc.(map[string]any)
	if !ok {
		return nil, usage("%s: want an object", path)
	}
	return data, nil
}

// unreadData is a document that OPA would put below data, by its place, and that is not
// the one read here; without it policies would be silent.
func unreadData(fsys fs.FS) (string, error) {
	found := ""
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch base := path.Base(name); {
		case err != nil:
			return err
		case d.IsDir() && name != "." && strings.HasPrefix(base, "."):
			return fs.SkipDir
		case !d.IsDir() && name != "data.json" && (base == "data.json" || base == "data.yaml" || base == "data.yml"):
			found = name
			return fs.SkipAll
		}
		return nil
	})
	return found, err
}
