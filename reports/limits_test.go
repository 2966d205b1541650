package reports_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/assize-dev/assize/attest/attesttest"
	"github.com/assize-dev/assize/policies"
	"github.com/assize-dev/assize/reports"
	"github.com/assize-dev/assize/reports/reportstest"
	"github.com/assize-dev/assize/testdata/gen/story"
)

// testFrameworkBounds: files of control texts have bounds and are read to the letter.
func testFrameworkBounds(t *testing.T, c *reportstest.Told) {
	file := func(id, more string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte("v: 1\nid: " + id + "\ntitle: A\nversion: A\nsource: A\ncontrols: [{id: A, text: A, provision: A}]\n" + more)}
	}
	many := fstest.MapFS{}
	for i := range reports.MaxFrameworks {
		many[fmt.Sprintf("%03d.yaml", i)] = file(fmt.Sprint("f", i), "")
	}
	padded := func(n int) *fstest.MapFile {
		f := file("big", "# ")
		f.Data = append(f.Data, strings.Repeat("x", n-len(f.Data))...)
		return f
	}
	tooMany := fstest.MapFS{"one-more.yaml": file("x", "")}
	for name, f := range many {
		tooMany[name] = f
	}
	for name, row := range map[string]struct {
		books fs.FS
		want  string // empty: it is read
	}{
		"as many as may be":  {many, ""},
		"one more":           {tooMany, "the bound is"},
		"as large as may be": {fstest.MapFS{"a.yaml": padded(reports.MaxFramework)}, ""},
		"a byte larger":      {fstest.MapFS{"a.yaml": padded(reports.MaxFramework + 1)}, "more than"},
		"unknown member":     {fstest.MapFS{"a.yaml": file("a", "colour: red\n")}, "colour"},
		"another version":    {fstest.MapFS{"a.yaml": {Data: []byte("v: 2\nid: a\n")}}, "$.v"},
		"no yaml":            {fstest.MapFS{"a.yaml": {Data: []byte("\x00")}}, "a.yaml"},
		"none at all":        {nil, ""},
	} {
		cfg := c.Config(t)
		cfg.Frameworks = row.books
		_, err := reports.Build(context.Background(), cfg, requests["denied"])
		switch {
		case row.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case row.want != "" && (!errors.Is(err, reports.ErrFramework) || !strings.Contains(err.Error(), row.want)):
			t.Errorf("%s: %v, want %q", name, err, row.want)
		}
	}
	if _, err := fs.Sub(policies.FS, "frameworks"); err != nil {
		t.Fatal(err)
	}
}

// testMaxTop: however much is open, the first page stays a page.
func testMaxTop(t *testing.T, c *reportstest.Told) {
	r := build(t, c, reports.Request{System: "system:nobody", Environment: story.Environment, AsOf: at(2025, 1, 1, 0)})
	if open := r.Counts[len(r.Counts)-1]; len(r.Top) != reports.MaxTop || open.Missing+open.Fail+open.Unassessable <= reports.MaxTop {
		t.Errorf("%d told first of %+v", len(r.Top), open)
	}
}

// TestMaxSubjects: a system of more models than one report judges is refused with
// the remedy, never cut short in silence.
func TestMaxSubjects(t *testing.T) {
	c := reportstest.Tell(t)
	c.Clock.Advance(time.Hour)
	say := func(i int) {
		c.Say(t, attesttest.Statement("model-card", map[string]any{
			"stated_at": c.Clock.Now().UTC().Format(time.RFC3339), "systems": []string{story.System}, "name": fmt.Sprint("m", i),
		}, attesttest.Subject(fmt.Sprint("m", i), fmt.Sprintf("%064x", i+1))), story.Development)
	}
	for i := range reports.MaxSubjects - 1 { // beside the model of the story
		say(i)
	}
	q := reports.Request{System: story.System, Environment: "staging", Actions: []string{"release"}, AsOf: c.Clock.Now()}
	if r := build(t, c, q); len(r.Scope.Subjects) != reports.MaxSubjects {
		t.Errorf("%d subjects", len(r.Scope.Subjects))
	}
	say(reports.MaxSubjects)
	if _, err := reports.Build(context.Background(), c.Config(t), q); !errors.Is(err, reports.ErrRequest) || !strings.Contains(err.Error(), "name one") {
		t.Errorf("one more: %v", err)
	}
}
