package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/assize-dev/assize/api"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy"
)

// A requirement shows the worst of its rules for each system, and opens their
// findings.
func TestFrameworkMatrix(t *testing.T) {
	b := newReportBench(t)
	d := into[api.Decision](t, b.ask(question("m", nil)), http.StatusOK)
	if d.Recorded == nil {
		t.Fatal("not recorded")
	}
	var want policy.Status = policy.StatusNotApplicable
	for _, f := range d.Decision.Findings {
		if f.Status == policy.StatusFail || f.Status == policy.StatusMissing || f.Status == policy.StatusPass && want != policy.StatusFail && want != policy.StatusMissing {
			want = f.Status
		}
	}
	p := into[api.FrameworkPage](t, b.get("/frameworks/test?as=json"), http.StatusOK)
	if p.Judged != 1 || len(p.Systems) != 1 || p.Systems[0].URI != system || len(p.Rows) != 1 || len(p.Rows[0].Rules) != len(rules) || p.Rows[0].Cells[0] != want {
		t.Errorf("%+v, want %s", p, want)
	}
	l := into[api.FrameworkList](t, b.get("/frameworks?as=json"), http.StatusOK)
	if len(l.Frameworks) != 1 || l.Frameworks[0].Served != 1 || l.Frameworks[0].Judged != 1 || l.Frameworks[0].Systems[want] != 1 {
		t.Errorf("%+v", l)
	}
	if p := into[api.FrameworkPage](t, b.get("/frameworks/test?as=json&q=nobody"), http.StatusOK); p.Judged != 0 {
		t.Errorf("narrowed to nobody: %+v", p.Systems)
	}
	// Before it was asked, nothing was judged.
	if p := into[api.FrameworkPage](t, b.get("/frameworks/test?as=json&known_at="+itoa(d.Recorded.Index)), http.StatusOK); p.Judged != 0 {
		t.Errorf("known before: %+v", p.Systems)
	}
	page := string(b.get("/frameworks/test/1?system="+url.QueryEscape(system), "Accept", "text/html").body)
	for _, s := range []string{"Evidence is there.", "EVL-01", "DAT-01", "/decisions/" + d.Recorded.ID, "Remedy."} {
		if !strings.Contains(page, s) {
			t.Errorf("the opened cell does not say %q", s)
		}
	}
	for _, path := range []string{"/frameworks", "/frameworks/test", "/frameworks/test/1"} {
		if a := b.get(path, "Accept", "text/html"); a.status != http.StatusOK {
			t.Errorf("%s: %d", path, a.status)
		}
	}
	refused(t, b.get("/frameworks/none"), http.StatusNotFound, "not-found")
	refused(t, b.get("/frameworks/test/none"), http.StatusNotFound, "not-found")
	refused(t, b.get("/frameworks/test/1?system=system:none"), http.StatusNotFound, "not-found")
	refused(t, b.get("/frameworks/test?environment=moon"), http.StatusBadRequest, "malformed-request")
	refused(t, b.get("/frameworks/test?offset=-1"), http.StatusBadRequest, "malformed-request")
}

// A rule's page tells from when it was given another threshold, and who does not
// pass it.
func TestRulePage(t *testing.T) {
	b := newReportBench(t)
	b.ask(question("m", nil))
	page := string(b.get("/rules/EVL-01", "Accept", "text/html").body)
	for _, s := range []string{"Who does not pass it now", "In the set from the first parameters on", "Evidence is there.", "production"} {
		if !strings.Contains(page, s) {
			t.Errorf("the page does not say %q", s)
		}
	}
	b.post("/api/v1/activations", b.Activation(evidence.KindParameters, b.parameters(m{"thresholds": m{"auc_min": m{"value": 0.99, "basis": "default", "source": "the tests", "limits": m{"min": 0.5, "max": 1}}}}), "admin"))
	b.ask(question("m", nil))
	page = string(b.get("/rules/EVL-01", "Accept", "text/html").body)
	for _, s := range []string{"auc_min is 0.99, was 0.7", "failed", system} {
		if !strings.Contains(page, s) {
			t.Errorf("after the change the page does not say %q", s)
		}
	}
	// The rule as such is what it was to programs.
	if r := into[api.Rule](t, b.get("/rules/EVL-01?as=json"), http.StatusOK); r.ID != "EVL-01" || r.Source == "" {
		t.Errorf("%+v", r)
	}
}

func TestMatrixAndHistoryAreBounded(t *testing.T) {
	b := newReportBench(t)
	everyone := m{"gates": []any{m{"environment": "production", "systems": []string{"*"}, "actions": []string{"train", "deploy"}, "packs": []string{"core"}, "blocks": []string{"critical", "high"}}}}
	b.post("/api/v1/activations", b.Activation(evidence.KindParameters, b.parameters(everyone), "admin"))
	b.Signer("evaluator").About = []string{"*"}
	b.Rebuild()
	b.ActivateTrust()
	var systems []string
	for i := range api.MaxShownOpen + 1 {
		systems = append(systems, "system:s"+itoa(i))
	}
	b.Submit(b.statement("eval-result", "m", m{"category": "performance", "metrics": []any{m{"name": "auc", "value": 0.1}}, "systems": systems}), "evaluator")
	for i := range systems {
		if d := into[api.Decision](t, b.ask(question("m", m{"system": "system:s" + itoa(i)})), http.StatusOK); d.Recorded == nil {
			t.Fatalf("not recorded: %v", d.Inquiry)
		}
	}
	p := into[api.FrameworkPage](t, b.get("/frameworks/test?as=json"), http.StatusOK)
	if len(p.Systems) != api.MaxColumns || p.Judged != len(systems) {
		t.Errorf("%d systems side by side of %d, the bound is %d", len(p.Systems), p.Judged, api.MaxColumns)
	}
	if page := string(b.get("/frameworks/test", "Accept", "text/html").body); !strings.Contains(page, "More systems") {
		t.Error("a matrix over the bound leads nowhere")
	}
	if p := into[api.FrameworkPage](t, b.get("/frameworks/test?as=json&offset="+itoa(len(systems)-1)), http.StatusOK); len(p.Systems) != 1 {
		t.Errorf("%d on the second page", len(p.Systems))
	}
	if page := string(b.get("/rules/EVL-01", "Accept", "text/html").body); strings.Count(page, ">deploy, production<") != api.MaxShownOpen || !strings.Contains(page, "and "+itoa(len(systems))+" in all") {
		t.Errorf("%d decisions are shown in which it did not pass, the bound is %d", strings.Count(page, ">deploy, production<"), api.MaxShownOpen)
	}
	for i := range api.MaxShownVersions {
		b.post("/api/v1/activations", b.Activation(evidence.KindParameters, b.parameters(m{"waivers": m{"high": i + 1}}), "admin"))
	}
	page := string(b.get("/rules/EVL-01", "Accept", "text/html").body)
	if !strings.Contains(page, "Earlier parameters") || strings.Contains(page, "from the first parameters") {
		t.Error("a history over the bound is not said to be cut")
	}
}
