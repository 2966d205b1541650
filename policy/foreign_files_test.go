package policy_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"gopkg.in/yaml.v3"

	"github.com/assize-dev/assize/policy"
)

// foreignCase is one entry of a cases.yaml in testdata/foreign-policies.
type foreignCase struct {
	Name        string            `yaml:"name"`
	At          string            `yaml:"at"`
	Clock       string            `yaml:"clock"`
	Collections []string          `yaml:"collections"`
	Packages    []string          `yaml:"packages"`
	Input       any               `yaml:"input"`
	Data        string            `yaml:"data"`
	Manifest    string            `yaml:"manifest"`
	Want        map[string]string `yaml:"want"`
	Says        []string          `yaml:"says"`
	Members     map[string]string `yaml:"members"`
	HoldsFrom   string            `yaml:"holds_from"`
	HoldsUntil  string            `yaml:"holds_until"`
	Refused     string            `yaml:"refused"`
}

// Policies of other tools are judged as they stand.
func TestForeignPoliciesUnmodified(t *testing.T) {
	root := filepath.Join("..", "testdata", "foreign-policies")
	files, err := filepath.Glob(filepath.Join(root, "*", "cases.yaml"))
	if err != nil || len(files) < 6 {
		t.Fatalf("%d directories of cases, %v", len(files), err)
	}
	for _, file := range files {
		dir := filepath.Dir(file)
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var cases []foreignCase
		dec := yaml.NewDecoder(bytes.NewReader(text))
		dec.KnownFields(true)
		if err := dec.Decode(&cases); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, c := range cases {
			t.Run(filepath.Base(dir)+"/"+c.Name, func(t *testing.T) { judgeForeign(t, dir, c) })
		}
	}
}

func judgeForeign(t *testing.T, dir string, c foreignCase) {
	var fsys fs.FS = os.DirFS(dir)
	if c.Manifest == "none" {
		bare := fstest.MapFS{}
		for _, name := range []string{"old.rego"} {
			b, err := fs.ReadFile(fsys, name)
			if err != nil {
				t.Fatal(err)
			}
			bare[name] = &fstest.MapFile{Data: b}
		}
		fsys = bare
	}
	f, err := policy.LoadForeign(fsys, policy.ForeignConfig{PinnedClock: c.Clock == "pinned", Collections: c.Collections, Packages: c.Packages})
	if c.Refused != "" {
		if err == nil || !strings.Contains(err.Error(), c.Refused) || !errors.Is(err, policy.ErrRuleSet) && !errors.Is(err, policy.ErrNoRules) {
			t.Fatalf("%v, want it refused with %q", err, c.Refused)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	var data map[string]any
	if raw, err := fs.ReadFile(fsys, "data.json"); err == nil && c.Data != "none" {
		if err := json.Unmarshal(raw, &data); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := json.Marshal(c.Input)
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var in any
	if err := dec.Decode(&in); err != nil {
		t.Fatal(err)
	}
	instant := c.At
	if instant == "" {
		instant = "2026-06-01T00:00:00Z"
	}
	findings, err := f.Evaluate(t.Context(), policy.SubjectRef{Ref: "sha256:aa"}, in, data, policy.NewClock(at(t, instant)))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	var said []string
	members := map[string]any{}
	for _, f := range findings {
		got[strings.TrimPrefix(f.Rule, "foreign/")] = string(f.Status)
		said = append(said, f.Reason)
		for _, m := range f.Messages {
			said = append(said, m.Level+" "+m.Msg)
			if m.Level == policy.LevelDeny {
				maps.Copy(members, m.Members)
			}
		}
		if c.HoldsFrom != "" && f.HoldsFrom != c.HoldsFrom || c.HoldsUntil != "" && f.HoldsUntil != c.HoldsUntil {
			t.Errorf("it holds from %q until %q, want %q until %q", f.HoldsFrom, f.HoldsUntil, c.HoldsFrom, c.HoldsUntil)
		}
	}
	if !maps.Equal(got, c.Want) {
		t.Errorf("%v, want %v: %q", got, c.Want, said)
	}
	for _, s := range c.Says {
		if !slices.ContainsFunc(said, func(got string) bool { return strings.Contains(got, s) }) {
			t.Errorf("nothing says %q: %q", s, said)
		}
	}
	for name, want := range c.Members {
		if members[name] != want {
			t.Errorf("member %s is %v, want %q", name, members[name], want)
		}
	}
}
