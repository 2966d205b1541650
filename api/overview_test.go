package api_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/assize-dev/assize/api"
	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
)

func (b *bench) page(path string) string {
	b.tb.Helper()
	a := b.get(path, "Accept", "text/html")
	if a.status != http.StatusOK {
		b.tb.Fatalf("%s: %d %s", path, a.status, a.body)
	}
	return string(a.body)
}

// profile describes a system.
func (b *bench) profile(uri, name, owner string) []byte {
	return b.Sign(b.statement("system-profile", uri, m{"systems": []string{uri}, "system_id": uri, "name": name, "owner": owner, "risk_tier": "minimal"}), "compliance")
}

func TestOverviewFiltersSortsAndPages(t *testing.T) {
	soon := policy.LegalDate{Date: "2027-12-02", What: "High-risk duties apply", Provision: "AI Act Art 113", Rules: []string{"EVL-01"}}
	b := newBench(t, func(c *api.Config) { c.Calendar = []policy.LegalDate{{Date: "2020-01-01", What: "Long past"}, soon} })
	if html := b.page("/"); !strings.Contains(html, "No system yet") {
		t.Error("an empty ledger does not teach the next step")
	}
	b.story()
	b.ask(question("m", nil))
	for i, name := range []string{"Alpha", "Beta", "<b>Gamma</b>"} {
		if a := b.post("/api/v1/attestations", b.profile("system:s"+itoa(i), name, "risk office")); a.status != http.StatusCreated {
			t.Fatalf("%d %s", a.status, a.body)
		}
	}
	html := b.page("/")
	for _, s := range []string{"4 systems", "Alpha", "&lt;b&gt;Gamma", `href="/systems/system:s1"`, "High-risk duties apply", "deploy to production", "Allowed"} {
		if !strings.Contains(html, s) {
			t.Errorf("%q is not on the overview", s)
		}
	}
	if strings.Contains(html, "Long past") {
		t.Error("what is past is told as to come")
	}
	if html := b.page("/?verdict=allow"); strings.Contains(html, "Alpha") || !strings.Contains(html, "1 of 4 systems") {
		t.Error("not narrowed to a verdict")
	}
	if html := b.page("/?q=bet"); strings.Contains(html, "Alpha") || !strings.Contains(html, "Beta") {
		t.Error("not narrowed by a name")
	}
	html = b.page("/?sort=name&limit=2&offset=1")
	if strings.Contains(html, "Gamma") || !strings.Contains(html, "Alpha") || !strings.Contains(html, "2 to 3 of 4") || !strings.Contains(html, `rel="next"`) || !strings.Contains(html, `rel="prev"`) {
		t.Error("not the second page")
	}
	if html := b.page("/?q=nobody"); !strings.Contains(html, "No system fits") {
		t.Error("nothing fits, and the page does not say so")
	}
	for _, bad := range []string{"verdict=perhaps", "sort=luck", "offset=-1", "limit=0", "limit=1000"} {
		if a := b.get("/?"+bad, "Accept", "text/html"); a.status != http.StatusBadRequest {
			t.Errorf("%s: %d", bad, a.status)
		}
	}
	if a := b.get("/"); a.header.Get("Content-Type") != "application/json" {
		t.Errorf("a program gets %s", a.header.Get("Content-Type"))
	}
}

// Boards of the past are kept, a few of them, and made anew once something was erased.
func TestBoardsOfThePast(t *testing.T) {
	b := newBench(t)
	b.story()
	b.ask(question("m", nil))
	size := b.Size()
	b.post("/api/v1/attestations", b.profile("system:later", "Later", ""))
	for i := range api.MaxPastBoards + 2 {
		html := b.page("/?known_at=" + itoa(size-uint64(i%2)))
		if strings.Contains(html, "Later") || strings.Contains(html, "Allowed") == (i%2 == 1) {
			t.Errorf("at %d it is not what it was", size-uint64(i%2))
		}
	}
	for i := range size {
		b.page("/?known_at=" + itoa(i+1))
	}
	if n := b.server.PastBoards(); n != api.MaxPastBoards {
		t.Errorf("%d boards of the past are kept, want %d", n, api.MaxPastBoards)
	}
}

// manySystems fills the ledger with systems, each with a profile and a decision.
func (b *bench) manySystems(n int) {
	b.tb.Helper()
	ctx := b.tb.Context()
	if _, err := b.gate.Activate(ctx, b.Activation(evidence.KindParameters, b.parameters(m{"gates": []any{m{"environment": "production", "systems": []string{"*"},
		"actions": []string{"deploy"}, "packs": []string{"core"}, "blocks": []string{"critical", "high"}, "warns": []string{"medium", "low"}}}}), "admin")); err != nil {
		b.tb.Fatal(err)
	}
	var wait errgroup.Group
	wait.SetLimit(16)
	for i := range n {
		uri, model := fmt.Sprintf("system:unit-%d/model-%d", i%97, i), "m"+itoa(i)
		profile := b.profile(uri, "Scoring "+itoa(i), "unit-"+itoa(i%97))
		result := b.signed("eval-result", model, m{"systems": []string{uri}, "category": "performance", "metrics": []any{m{"name": "auc", "value": 0.6 + float64(i%3)/10}}}, "evaluator")
		wait.Go(func() error {
			for _, raw := range [][]byte{profile, result} {
				if _, err := b.Locker.Submit(ctx, raw, ledger.WaitPublished); err != nil {
					return err
				}
			}
			_, err := b.gate.Decide(ctx, gate.Question{Subject: attest.RefOf(model), System: uri, Action: "deploy", Environment: "production"}, gate.Options{})
			return err
		})
	}
	if err := wait.Wait(); err != nil {
		b.tb.Fatal(err)
	}
}

// BenchmarkOverview is the overview page of a ledger with many systems, each with a
// recorded decision: go test ./api -run xxx -bench Overview, with the number of
// systems in ASSIZE_BENCH_SYSTEMS (500 without it).
func BenchmarkOverview(bm *testing.B) {
	n := 500
	if v, err := strconv.Atoi(os.Getenv("ASSIZE_BENCH_SYSTEMS")); err == nil {
		n = v
	}
	b := newBench(bm)
	b.manySystems(n)
	start := time.Now()
	for b.server.BoardRead() < b.Size() {
		b.page("/")
	}
	bm.ReportMetric(time.Since(start).Seconds(), "s/first")
	for _, path := range []string{"/", "/?sort=name&q=unit-7", "/?offset=5000&verdict=deny"} {
		bm.Run(path, func(bm *testing.B) {
			for bm.Loop() {
				b.page(path)
			}
		})
	}
}

// The overview shows the nearest of what is to come and the newest of what changed.
func TestOverviewIsBounded(t *testing.T) {
	var dates []policy.LegalDate
	for i := range api.MaxShownEvents + 5 {
		dates = append(dates, policy.LegalDate{Date: fmt.Sprintf("2030-01-%02d", i+1), What: fmt.Sprintf("Date %d.", i)})
	}
	b := newBench(t, func(c *api.Config) { c.Calendar = dates })
	b.story()
	for i := range api.MaxShownChanges + 3 {
		b.Clock.Advance(time.Second)
		if i%2 == 0 {
			bad := b.Submit(b.statement("eval-result", "m", m{"category": "performance", "metrics": []any{m{"name": "auc", "value": 0.6}}}), "evaluator")
			b.ask(question("m", nil))
			b.Clock.Advance(time.Second)
			b.Submit(b.statement("revocation", "m", m{"target": m{"kind": "attestation", "id": bad.ID}, "reason": "wrong_data"}), "revoker")
		}
		b.ask(question("m", nil))
	}
	html := b.page("/")
	if n := strings.Count(html, ">law</span>"); n != api.MaxShownEvents {
		t.Errorf("%d events, the bound is %d", n, api.MaxShownEvents)
	}
	if n := strings.Count(html, `aria-label="became"`); n != api.MaxShownChanges {
		t.Errorf("%d changes, the bound is %d", n, api.MaxShownChanges)
	}
}

// A page waits BoardTime for its board and no longer; what follows the ledger looks
// at it again within FollowEvery, and ends when it is told to.
func TestPagesDoNotWaitForTheirBoard(t *testing.T) {
	b := newBench(t)
	b.story()
	b.ask(question("m", nil))
	b.server.HoldBoard()
	start := time.Now()
	html := b.page("/")
	if took := time.Since(start); took < api.BoardTime || took > api.BoardTime+5*time.Second || !strings.Contains(html, "Still reading.") {
		t.Errorf("answered after %s", took)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); b.server.Follow(ctx) }()
	for start := time.Now(); b.server.BoardRead() < b.Size(); time.Sleep(time.Millisecond) {
		if time.Since(start) > api.FollowEvery+5*time.Second {
			t.Fatal("nobody follows the ledger")
		}
	}
	cancel()
	<-done
}
