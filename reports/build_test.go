package reports_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
	"github.com/assize-dev/assize/reports"
	"github.com/assize-dev/assize/reports/json"
	"github.com/assize-dev/assize/reports/reportstest"
	"github.com/assize-dev/assize/testdata/gen/story"
)

var update = flag.Bool("update", false, "write golden files")

func at(y int, m time.Month, d, h int) time.Time { return time.Date(y, m, d, h, 0, 0, 0, time.UTC) }

// requests of the golden models.
var requests = map[string]reports.Request{
	"denied":  {System: story.System, Environment: story.Environment, AsOf: at(2024, 12, 16, 10)},
	"waived":  {System: story.System, Environment: story.Environment, AsOf: at(2024, 12, 18, 10), Since: at(2024, 12, 16, 10)},
	"revoked": {System: story.System, Environment: story.Environment, AsOf: at(2026, 1, 31, 12), Since: at(2025, 3, 1, 0)},
}

func build(t *testing.T, c *reportstest.Told, q reports.Request) *reports.Report {
	t.Helper()
	r, err := reports.Build(context.Background(), c.Config(t), q)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func encoded(t *testing.T, r *reports.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// steady replaces what differs from ledger to ledger: salts and keys are random,
// and all that is hashed from them.
func steady(r *reports.Report, text string) string {
	replace := func(old, what string) {
		if old != "" {
			text = strings.ReplaceAll(text, old, what)
		}
	}
	zeros := func(n uint64) string {
		return strings.Repeat("0", 60) + string(rune('0'+n/1000%10)) + string(rune('0'+n/100%10)) + string(rune('0'+n/10%10)) + string(rune('0'+n%10))
	}
	for _, e := range r.Evidence {
		replace(e.Leaf, zeros(e.Index))
	}
	for _, v := range r.Verdicts {
		replace(v.Basis, "sha256:"+strings.Repeat("b", 64))
	}
	replace(r.Ledger.Root, strings.Repeat("A", 43)+"=")
	replace(r.Rules.Set, "sha256:"+strings.Repeat("e", 64))
	replace(r.Rules.Parameters, "sha256:"+strings.Repeat("f", 64))
	replace(r.Rules.Trust, "sha256:"+strings.Repeat("c", 64))
	replace(r.Rules.Engine.Capabilities, "sha256:"+strings.Repeat("d", 64))
	return text
}

// TestStory asks for reports of the story as it is told.
func TestStory(t *testing.T) {
	c := reportstest.Tell(t)
	t.Run("golden", func(t *testing.T) { testGolden(t, c) })
	t.Run("agrees with the gate", func(t *testing.T) { testAgreesWithTheGate(t, c) })
	t.Run("refused", func(t *testing.T) { testRefused(t, c) })
	t.Run("unknown system", func(t *testing.T) { testUnknownSystem(t, c) })
	t.Run("one subject", func(t *testing.T) { testOneSubject(t, c) })
	t.Run("framework bounds", func(t *testing.T) { testFrameworkBounds(t, c) })
	t.Run("max top", func(t *testing.T) { testMaxTop(t, c) })
	t.Run("kinds", func(t *testing.T) { testKinds(t, c) })
	t.Run("record", func(t *testing.T) { testRecord(t, c) })
}

// testOneSubject: a dataset is judged for training, by every system it belongs to.
func testOneSubject(t *testing.T, c *reportstest.Told) {
	r := build(t, c, reports.Request{Subject: c.Story.Dataset, Environment: story.Environment, AsOf: at(2024, 12, 16, 10)})
	if len(r.Verdicts) != 1 || r.Verdicts[0].Action != "train" || r.Verdicts[0].Verdict != gate.Allow {
		t.Errorf("%+v", r.Verdicts)
	}
	if r.System == nil || r.System.URI != story.System {
		t.Errorf("system %+v", r.System)
	}
}

// testGolden: the models of the story are as reviewed. The renderers' own golden
// files are made from them.
func testGolden(t *testing.T, c *reportstest.Told) {
	for name, q := range requests {
		r := build(t, c, q)
		text := encoded(t, r)
		if again := encoded(t, build(t, c, q)); again != text {
			t.Errorf("%s: built twice, it differs:\n%s", name, cmp.Diff(text, again))
		}
		got := steady(r, text)
		path := filepath.Join("testdata", name+".json")
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-want +got), -update writes it:\n%s", name, diff)
		}
	}
}

// testAgreesWithTheGate: every verdict and finding is the one the gate gives to
// the same question. A report that judged by itself could say otherwise.
func testAgreesWithTheGate(t *testing.T, c *reportstest.Told) {
	for name, q := range requests {
		r := build(t, c, q)
		for _, v := range r.Verdicts {
			size, when := r.Ledger.Size, q.AsOf
			a, err := c.Gate.Decide(context.Background(), gate.Question{Subject: attest.Ref(v.Subject.Ref), System: q.System, Action: v.Action, Environment: q.Environment},
				gate.Options{At: &when, KnownAt: &size, DryRun: true})
			if err != nil {
				t.Fatal(err)
			}
			d := a.Decision
			if v.Verdict != d.Verdict || v.FlipsAt != d.FlipsAt || v.HoldsUntil != d.HoldsUntil || v.Basis != d.Basis || v.Count.Total() != len(d.Findings) {
				t.Errorf("%s, %s: report %s, gate %s", name, v.Action, v.Verdict, d.Verdict)
			}
			for _, f := range d.Findings {
				if !slices.ContainsFunc(r.Findings, func(have reports.Finding) bool {
					return slices.Contains(have.Actions, v.Action) && cmp.Equal(have.Finding, f.Finding, cmp.AllowUnexported(policy.Finding{}))
				}) {
					t.Errorf("%s, %s: the report lacks %s on %s (%s)", name, v.Action, f.Rule, f.Subject.Kind, f.Status)
				}
			}
		}
	}
}

// TestLaterEntriesChangeNothing: with the size named, what comes later leaves the
// bytes alone, so the command a report prints rebuilds it.
func TestLaterEntriesChangeNothing(t *testing.T) {
	c := reportstest.Tell(t)
	q := requests["denied"]
	before := build(t, c, q)
	q.KnownAt = &before.Ledger.Size
	c.Clock.Advance(time.Hour)
	c.Activate(t, c.Set, func(p map[string]any) { p["waivers"] = map[string]any{"high": 30} })
	if diff := cmp.Diff(encoded(t, before), encoded(t, build(t, c, q))); diff != "" {
		t.Errorf("another report after a later entry:\n%s", diff)
	}
}

// TestWhy: a change of parameters or of the rule set is named as the cause.
func TestWhy(t *testing.T) {
	c := reportstest.Tell(t)
	since := c.Clock.Now().Add(time.Hour)
	c.Clock.Set(since.Add(time.Hour))
	c.Activate(t, c.Set, func(p map[string]any) {
		gates := p["gates"].([]any)
		for _, g := range gates {
			g := g.(map[string]any)
			g["packs"] = []any{"core", "data"}
			delete(g, "rules")
		}
	})
	c.Clock.Advance(time.Hour)
	r := build(t, c, reports.Request{System: story.System, Environment: story.Environment, AsOf: c.Clock.Now(), Since: since})
	if r.Changes.Parameters == nil || r.Changes.Set != nil {
		t.Errorf("parameters %v, set %v", r.Changes.Parameters, r.Changes.Set)
	}
	if len(r.Changes.Findings) == 0 {
		t.Error("no finding changed though the gate asks for two packs only")
	}
}

func testRefused(t *testing.T, c *reportstest.Told) {
	big := uint64(1 << 40)
	for name, row := range map[string]struct {
		q    reports.Request
		want string
	}{
		"nothing named":    {reports.Request{Environment: "production", AsOf: at(2025, 1, 1, 0)}, "neither a system nor a subject"},
		"no environment":   {reports.Request{System: story.System, AsOf: at(2025, 1, 1, 0)}, "no environment"},
		"no instant":       {reports.Request{System: story.System, Environment: "production"}, "no instant"},
		"since after":      {reports.Request{System: story.System, Environment: "production", AsOf: at(2025, 1, 1, 0), Since: at(2025, 1, 1, 0)}, "does not lie before"},
		"before the log":   {reports.Request{System: story.System, Environment: "production", AsOf: at(2001, 1, 1, 0)}, "nothing was logged"},
		"beyond the log":   {reports.Request{System: story.System, Environment: "production", AsOf: at(2025, 1, 1, 0), KnownAt: &big}, "the ledger holds"},
		"no such gate":     {reports.Request{System: story.System, Environment: "moon", AsOf: at(2025, 1, 1, 0)}, "no gate for environment moon"},
		"no such action":   {reports.Request{System: story.System, Environment: "production", Actions: []string{"ship"}, AsOf: at(2025, 1, 1, 0)}, "one of train"},
		"malformed system": {reports.Request{System: "credit", Environment: "production", AsOf: at(2025, 1, 1, 0)}, "system:"},
	} {
		_, err := reports.Build(context.Background(), c.Config(t), row.q)
		if err == nil || !regexp.MustCompile(regexp.QuoteMeta(row.want)).MatchString(err.Error()) {
			t.Errorf("%s: %v, want %q", name, err, row.want)
		}
		if !errors.Is(err, reports.ErrRequest) && !errors.Is(err, gate.ErrQuestion) {
			t.Errorf("%s: %v wraps no sentinel", name, err)
		}
	}
}

// testUnknownSystem: silence is told as silence.
func testUnknownSystem(t *testing.T, c *reportstest.Told) {
	r := build(t, c, reports.Request{System: "system:nobody", Environment: story.Environment, AsOf: at(2025, 1, 1, 0)})
	for _, v := range r.Verdicts {
		if v.Verdict == gate.Allow || v.Count.Missing == 0 {
			t.Errorf("%s of a system without evidence: %s, %d missing", v.Action, v.Verdict, v.Count.Missing)
		}
	}
}

// BenchmarkAudit is the audit of the story's system. The promise is 300 ms.
func BenchmarkAudit(b *testing.B) {
	c := reportstest.Tell(b)
	cfg := c.Config(b)
	for b.Loop() {
		if _, err := reports.Build(context.Background(), cfg, requests["revoked"]); err != nil {
			b.Fatal(err)
		}
	}
}
