package reports_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/reports"
	"github.com/assize-dev/assize/reports/csv"
	"github.com/assize-dev/assize/reports/html"
	"github.com/assize-dev/assize/reports/pdf"
	"github.com/assize-dev/assize/reports/reportstest"
	"github.com/assize-dev/assize/testdata/gen/story"
)

// testKinds: every kind is built, laid out in every common format, read back from
// its JSON to the byte, and built again by the command it names.
func testKinds(t *testing.T, c *reportstest.Told) {
	ctx := context.Background()
	for _, k := range reports.Kinds() {
		q := reports.Request{AsOf: at(2026, 1, 31, 12)}
		if k.Scope != reports.ScopeAll {
			q.System, q.Environment = story.System, story.Environment
		}
		m, err := reports.BuildKind(ctx, c.Config(t), k.Name, q)
		if err != nil {
			t.Errorf("%s: %v", k.Name, err)
			continue
		}
		h := m.About()
		if h.Kind != k.Name || h.Title == "" || h.Sentence == "" || h.Ledger.Root == "" {
			t.Errorf("%s: head %+v", k.Name, h)
		}
		if err := m.Document().Check(); err != nil {
			t.Error(err)
		}
		for name, write := range map[string]func() error{
			"pdf": func() error { return pdf.Write(&bytes.Buffer{}, m) }, "html": func() error { return html.WriteDocument(&bytes.Buffer{}, m) },
			"csv": func() error {
				if m.Document().Main == "" {
					return nil
				}
				return csv.WriteDocument(&bytes.Buffer{}, m)
			},
		} {
			if err := write(); err != nil {
				t.Errorf("%s as %s: %v", k.Name, name, err)
			}
		}
		raw, err := attest.CanonicalJSON(m)
		if err != nil {
			t.Fatal(err)
		}
		back, err := reports.Decode(raw)
		if err != nil {
			t.Errorf("%s: %v", k.Name, err)
			continue
		}
		if d := cmp.Diff(m.Document(), back.Document()); d != "" {
			t.Errorf("%s: read back, its document differs:\n%s", k.Name, d)
		}
		again, err := reports.RequestOf(h)
		if err != nil {
			t.Errorf("%s: %v", k.Name, err)
			continue
		}
		rebuilt, err := reports.BuildKind(ctx, c.Config(t), h.Kind, again)
		if err != nil {
			t.Errorf("%s: %v", k.Name, err)
			continue
		}
		if other, err := attest.CanonicalJSON(rebuilt); err != nil || !bytes.Equal(raw, other) {
			t.Errorf("%s: built again by %q, it differs (%v)", k.Name, reports.CommandLine(h.Command), err)
		}
	}
	for name, q := range map[string]struct {
		kind string
		q    reports.Request
	}{
		"unknown":           {"weather", reports.Request{AsOf: at(2026, 1, 31, 12)}},
		"no system":         {reports.KindAnnexIV, reports.Request{AsOf: at(2026, 1, 31, 12), Environment: story.Environment}},
		"a system too much": {reports.KindInventory, reports.Request{AsOf: at(2026, 1, 31, 12), System: story.System}},
		"no instant":        {reports.KindInventory, reports.Request{}},
		"status":            {reports.KindDeclaration, reports.Request{AsOf: at(2026, 1, 31, 12), System: story.System, Environment: story.Environment, Status: "nearly"}},
	} {
		if _, err := reports.BuildKind(ctx, c.Config(t), q.kind, q.q); !errors.Is(err, reports.ErrRequest) {
			t.Errorf("%s: %v, want ErrRequest", name, err)
		}
	}
	final := reports.Request{AsOf: at(2026, 1, 31, 12), System: story.System, Environment: story.Environment, Status: reports.StatusFinal}
	if _, err := reports.BuildKind(ctx, c.Config(t), reports.KindDeclaration, final); !errors.Is(err, reports.ErrNotFinal) {
		t.Errorf("a declaration with an open critical finding was made final: %v", err)
	}
}
