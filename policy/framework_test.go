package policy_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/assize-dev/assize/policy"
)

const framework = `v: 1
id: a
title: A law
version: "1"
source: its journal
controls:
  - {id: "1", text: one, provision: Art 1}
  - {id: "2", text: two, provision: Art 2, crosswalk: [b/9]}
`

func TestParseFramework(t *testing.T) {
	f, err := policy.ParseFramework([]byte(framework))
	if err != nil {
		t.Fatal(err)
	}
	want := policy.Framework{ID: "a", Title: "A law", Version: "1", Source: "its journal", Controls: []policy.Control{
		{ID: "1", Text: "one", Provision: "Art 1"}, {ID: "2", Text: "two", Provision: "Art 2", Crosswalk: []string{"b/9"}},
	}}
	if d := cmp.Diff(want, f); d != "" {
		t.Error(d)
	}
	for name, row := range map[string]struct{ text, want string }{
		"another version":  {strings.Replace(framework, "v: 1", "v: 2", 1), "$.v"},
		"a slash in an id": {strings.Replace(framework, `id: "1"`, `id: "1/2"`, 1), "without a slash"},
		"twice":            {strings.Replace(framework, `id: "2"`, `id: "1"`, 1), "there twice"},
		"no provision":     {strings.Replace(framework, `, provision: Art 1`, ``, 1), "provision"},
		"to nowhere":       {strings.Replace(framework, `b/9`, `b`, 1), "FRAMEWORK/ID"},
		"no control":       {framework[:strings.Index(framework, "controls")] + "controls: []\n", "no control"},
		"no name":          {strings.Replace(framework, "id: a", "id: a/b", 1), "no name of a framework"},
		"empty":            {"", "empty"},
		"a byte too large": {framework + "#" + strings.Repeat("x", policy.MaxFramework-len(framework)), "more than"},
	} {
		if _, err := policy.ParseFramework([]byte(row.text)); !errors.Is(err, policy.ErrFramework) || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v, want %q", name, err, row.want)
		}
	}
	if _, err := policy.ParseFramework([]byte(framework + "#" + strings.Repeat("x", policy.MaxFramework-len(framework)-1))); err != nil {
		t.Errorf("as large as may be: %v", err)
	}
}

func TestReadFrameworks(t *testing.T) {
	file := &fstest.MapFile{Data: []byte(framework)}
	all, err := policy.ReadFrameworks(fstest.MapFS{"a.yaml": file, "readme.md": {}})
	if err != nil || len(all) != 1 || all[0].ID != "a" {
		t.Error(all, err)
	}
	if _, err := policy.ReadFrameworks(fstest.MapFS{"b.yaml": file}); !errors.Is(err, policy.ErrFramework) {
		t.Errorf("under another name: %v", err)
	}
	if _, err := policy.ReadFrameworks(fstest.MapFS{"a.yaml": {Data: []byte("v: 3")}}); !errors.Is(err, policy.ErrFramework) {
		t.Error(err)
	}
}

// A requirement without a rule shows, and so does a rule without a requirement and
// one that names what the framework does not have.
func TestMapping(t *testing.T) {
	f, err := policy.ParseFramework([]byte(framework))
	if err != nil {
		t.Fatal(err)
	}
	one, two, other := &policy.Rule{}, &policy.Rule{}, &policy.Rule{}
	one.ID, one.Controls = "X-01", []string{"a/1", "b/9"}
	two.ID, two.Controls = "X-02", []string{"a/1", "a/7"}
	other.ID, other.Controls = "X-03", []string{"ab/1"}
	m := f.Map([]*policy.Rule{one, two, other})
	ids := func(rules []*policy.Rule) (out string) {
		for _, r := range rules {
			out += r.ID + " "
		}
		return out
	}
	if got := ids(m.Rules[0]) + "|" + ids(m.Rules[1]) + "|" + ids(m.Without); got != "X-01 X-02 ||X-03 " {
		t.Error(got)
	}
	if d := cmp.Diff([]string{"a/7"}, m.Unknown); d != "" {
		t.Error(d)
	}
}

func FuzzParseFramework(f *testing.F) {
	f.Add([]byte(framework))
	f.Add([]byte(`{"v": 1, "id": "a", "controls": [{}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := policy.ParseFramework(text)
		if err != nil && !errors.Is(err, policy.ErrFramework) {
			t.Fatal(err)
		}
		if err == nil && (got.ID == "" || len(got.Controls) == 0) {
			t.Fatalf("read as %+v", got)
		}
	})
}
