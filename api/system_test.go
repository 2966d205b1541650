package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/assize-dev/assize/api"
	"github.com/assize-dev/assize/attest/attesttest"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence/evidencetest"
)

func (b *bench) holds(path string, want, not []string) {
	b.tb.Helper()
	html := b.page(path)
	for _, s := range want {
		if !strings.Contains(html, s) {
			b.tb.Errorf("%s: %q is not there", path, s)
		}
	}
	for _, s := range not {
		if strings.Contains(html, s) {
			b.tb.Errorf("%s: %q is there", path, s)
		}
	}
}

func TestSystemPage(t *testing.T) {
	b := newBench(t)
	b.holds("/systems/system:nobody", []string{"Not known", "assize attest system-profile --subject system:nobody"}, []string{"What would make this pass"})
	b.story()
	b.holds("/systems/"+system, []string{"No decision recorded", "assize gate", "Nothing stands in the way", "Timeline", "eval-result"}, nil)
	b.ask(question("m", nil))
	size, then := b.Size(), b.Clock.Now()
	b.Clock.Advance(time.Hour)
	b.post("/api/v1/attestations", b.signed("eval-result", "m", m{"category": "performance", "metrics": []any{m{"name": "auc", "value": 0.6}}}, "evaluator"))
	b.ask(question("m", nil))
	b.holds("/systems/"+system, []string{"Recorded decisions", "Denied", "EVL-01", "auc is 0.6", "Mend the evidence and sign it again.", "test"}, []string{"Nothing stands in the way"})
	for _, at := range []string{"?known_at=" + itoa(size), "?as_of=" + then.UTC().Format("2006-01-02T15:04:05Z")} {
		b.holds("/systems/"+system+at, []string{"Not now.", "Nothing stands in the way", "Allowed"}, []string{"auc is 0.6"})
	}
	b.holds("/systems/"+system+"?environment=nowhere", []string{"Not judged."}, []string{"Nothing stands in the way"})
	// A system is spelt as its owner likes.
	odd := "system:a/b?c<script>"
	b.post("/api/v1/attestations", b.profile(odd, "Odd", "risk office"))
	b.holds("/?q=odd", []string{`href="/systems/system:a%2Fb%3Fc%3Cscript%3E"`}, []string{"<script"})
	b.holds("/systems/system:a%2Fb%3Fc%3Cscript%3E", []string{"Odd", "system:a/b?c&lt;script&gt;"}, []string{"Not known", "<script"})
	for _, bad := range []string{"/systems/credit", "/systems/system:"} {
		if a := b.get(bad, "Accept", "text/html"); a.status != http.StatusBadRequest {
			t.Errorf("%s: %d", bad, a.status)
		}
	}
}

func TestWaiversPage(t *testing.T) {
	b := newBench(t)
	b.holds("/waivers", []string{"None", "assize waive"}, nil)
	b.story()
	good := into[api.Subject](t, b.get("/api/v1/subjects/"+ref("m")), http.StatusOK).Evidence["eval-result"][0].ID
	bad := b.Submit(b.statement("eval-result", "m", m{"category": "performance", "metrics": []any{m{"name": "auc", "value": 0.6}}}), "evaluator")
	b.Submit(b.statement("waiver", "m", m{"environment": "production", "actions": []string{"deploy"}, "log_origin": evidencetest.Origin, "rules": []string{"EVL-01"}, "subjects": []string{ref("m")},
		"evidence": []string{good, bad.ID}, "reason": "until <b>retrained</b>", "requested_by": attesttest.Principal("developer"), "approved_by": attesttest.Principal("risk"),
		"expires_at": b.Clock.Now().Add(20 * 24 * time.Hour).UTC().Format(time.RFC3339)}), "developer", "risk")
	b.holds("/waivers", []string{"Ending soon", "in 20 days", "nobody asked the gate", "until &lt;b&gt;retrained"}, []string{"<b>retrained"})
	b.ask(question("m", nil))
	b.holds("/waivers", []string{"covers", "EVL-01: deploy to production"}, []string{"nobody asked"})
	ahead := "?as_of=" + b.Clock.Now().Add(30*24*time.Hour).UTC().Format("2006-01-02")
	b.holds("/waivers"+ahead, []string{"Ended"}, []string{"Ending soon"})
	b.holds("/waivers?known_at=3", []string{"None"}, []string{"until &lt;b&gt;"})
}

func TestLedgerPageChecks(t *testing.T) {
	var b *bench
	slow := make(chan struct{})
	wait := false
	b = newBench(t, func(c *api.Config) {
		c.Check = func(ctx context.Context) (ledger.Report, error) {
			if wait {
				<-slow
			}
			return ledger.Check(ctx, b.Store, b.VKey, ledger.CheckOptions{})
		}
	})
	b.story()
	b.holds("/ledger", []string{evidencetest.Origin, "Check it now", "log.vkey", "Entries by month", "own signature", "None is configured"}, []string{"Everything holds"})
	b.holds("/ledger?known_at=2", []string{"Not now.", ">2<"}, []string{"Check it now"})
	check := func() string { return string(b.post("/ledger/check", []byte("x"), "Accept", "text/html").body) }
	if html := check(); !strings.Contains(html, "Everything holds") || !strings.Contains(html, itoa(b.Size())+" entries were read") {
		t.Errorf("the check is not told: %s", html)
	}
	if a := b.post("/ledger/check", nil, "Accept", "text/html", "Sec-Fetch-Site", "cross-site"); a.status != http.StatusForbidden {
		t.Errorf("asked by a foreign page: %d", a.status)
	}
	wait = true
	done := make(chan string)
	go func() { done <- check() }()
	second := make(chan int)
	time.Sleep(50 * time.Millisecond)
	go func() { second <- b.post("/ledger/check", nil).status }()
	time.Sleep(50 * time.Millisecond)
	wait = false
	close(slow)
	if html := <-done; !strings.Contains(html, "Everything holds") {
		t.Error("the first check")
	}
	if status := <-second; status != http.StatusOK {
		t.Errorf("the second waited its turn: %d", status)
	}
	bare := newBench(t)
	if html := string(bare.post("/ledger/check", nil, "Accept", "text/html").body); !strings.Contains(html, "Not checked") || !strings.Contains(html, "assize ledger check") {
		t.Error("a service that cannot check does not say so")
	}
}

// A check in the browser is bounded by MaxChecked entries and CheckTime.
func TestLedgerCheckBounds(t *testing.T) {
	b := newBench(t, func(c *api.Config) {
		c.Check = func(context.Context) (ledger.Report, error) { return ledger.Report{}, context.DeadlineExceeded }
	})
	b.story()
	if html := string(b.post("/ledger/check", nil, "Accept", "text/html").body); !strings.Contains(html, "did not end within 30s") {
		t.Error("a check over its time is not told")
	}
	if why := api.TooLarge(api.MaxChecked); why != "" {
		t.Errorf("at the bound: %s", why)
	}
	if why := api.TooLarge(api.MaxChecked + 1); !strings.Contains(why, "200000") {
		t.Errorf("over the bound: %q", why)
	}
}
