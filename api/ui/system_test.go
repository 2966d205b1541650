package ui_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/assize-dev/assize/api"
	"github.com/assize-dev/assize/api/ui"
	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
	"github.com/assize-dev/assize/policy/watch"
	"github.com/assize-dev/assize/reports"
)

// systemPage is a system with a finding in its way, one waived and one passed.
func systemPage() api.SystemPage {
	finding := func(id string, s policy.Status, effect string, actions ...string) reports.Finding {
		return reports.Finding{ID: id + strings.Join(actions, ""), System: "system:credit-scoring", Actions: actions, Effect: effect, Owner: hostile, Due: "2025-07-01T00:00:00Z",
			Finding: policy.Finding{Rule: id, Title: "Title of " + id, Severity: "high", Status: s, Subject: policy.SubjectRef{Ref: model(), Name: hostile, Kind: "model"},
				Messages: []policy.Message{{Level: "deny", Msg: "the gap is 0.196 " + hostile}, {Level: "deny", Msg: "and more"}}, Remediation: "Mend it.",
				Evidence: []policy.Cite{{ID: planID, Type: "eval-result", Index: 15, Proven: noon}}}}
	}
	r := &reports.Report{Head: reports.Head{AsOf: "2025-06-01T12:00:00Z", Ledger: reports.Ledger{Size: 54}}, Scope: reports.Scope{How: "The models that run there were judged."},
		Verdicts: []reports.Verdict{{Verdict: gate.Deny, Sentence: "The model may not be deployed.", FlipsAt: "2025-08-01T00:00:00Z"}}, Top: []string{"FAI-02deploy"},
		Findings: []reports.Finding{finding("FAI-01", policy.StatusMissing, gate.Blocks, "deploy"), finding("FAI-02", policy.StatusFail, gate.Blocks, "deploy"), finding("FAI-02", policy.StatusFail, gate.Blocks, "release"),
			finding("MRM-02", policy.StatusWaived, gate.None, "deploy"), finding("INT-01", policy.StatusPass, gate.None, "deploy")},
		Frameworks: []reports.Framework{{ID: "eu-ai-act", Title: "AI Act", Version: "2024", Controls: []reports.Control{
			{ID: "eu-ai-act/art-10", Text: "Bias is looked for.", Provision: "Art 10", Status: "fail", Findings: []string{"FAI-02deploy", "FAI-02release"}}, {ID: "eu-ai-act/art-15", Status: "pass", Findings: []string{"INT-01deploy"}}}}},
		Evidence: []reports.Evidence{{Index: 15, ID: planID, Type: "eval-result", Principals: []string{hostile}, State: "ok", Proven: "2025-05-30T12:00:00Z"}, {Index: 17, Type: "vulns", State: "erased", Reason: "the payload was erased", Proven: "2025-05-31T12:00:00Z"}},
		Series:   []reports.Series{{Name: hostile, Unit: "psi", Points: []reports.Point{{At: "2025-04-01T00:00:00Z", Value: 0.1, Evidence: 30}, {At: "2025-05-01T00:00:00Z", Value: 0.3, Evidence: 31}}, Bounds: []reports.Limit{{Name: "threshold", Value: 0.25, Fails: true}}}}}
	sub := subject()
	return api.SystemPage{System: overview().Page.Systems[0], Known: true, Environment: "production", Environments: []string{"production", hostile}, Report: r, Up: sub.Up, Down: sub.Down, Reading: &api.Reading{Read: 1, Size: 54}}
}

func waiverPage() api.WaiverPage {
	term := func(n int, typ string, state evidence.State, days int, change func(*watch.Term)) watch.Term {
		t := watch.Term{Type: typ, ID: planID, Index: uint64(n), State: state, Systems: []string{"system:credit-scoring", "system:" + hostile}, Subjects: []attest.Ref{attest.Ref(model())}, Environment: "production",
			Actions: []string{"deploy"}, Rules: []string{"FAI-02"}, Why: hostile, RequestedBy: "a@bank.example", ApprovedBy: hostile, Ends: noon.AddDate(0, 0, days), Asked: true}
		if change != nil {
			change(&t)
		}
		return t
	}
	used := func(t *watch.Term) {
		t.Uses = []watch.Use{{System: "system:credit-scoring", Environment: "production", Action: "deploy", Rule: "FAI-02", Decision: 21}}
	}
	return api.WaiverPage{
		Waivers: []watch.Term{term(1, "waiver", evidence.OK, 3, used), term(2, "waiver", evidence.OK, 90, used), term(3, "waiver", evidence.OK, 90, nil), term(4, "waiver", evidence.Revoked, 90, func(t *watch.Term) { t.Reason = "revoked at index 9" }),
			term(5, "waiver", evidence.OK, 90, func(t *watch.Term) { t.SupersededBy = id }), term(6, "waiver", evidence.OK, -3, func(t *watch.Term) { t.BreakGlass = true }), term(7, "waiver", evidence.OK, 90, func(t *watch.Term) { t.Asked = false })},
		Approvals: []watch.Term{term(8, "approval", evidence.OK, 200, func(t *watch.Term) { t.Rules, t.Why = nil, "" })}}
}

func ledgerPage() api.LedgerPage {
	return api.LedgerPage{Service: api.Service{Origin: "assize.dev/test", Size: 54, Witnesses: &api.Witnesses{Size: 50, At: &noon, Failures: map[string]string{"witness.example": "it does not answer <script>"}}},
		Root: "AAAA", Checkpoint: "assize.dev/test\n54\nAAAA\n\n— assize.dev/test AAAA\n— witness.example BBBB\n", Growth: []watch.Month{{Month: "2025-04", Attestations: 3, All: 4}, {Month: "2025-05", Attestations: 10, Decisions: 4, Reports: 1, All: 20}}, Checkable: true,
		Check: &api.LedgerCheck{Report: ledger.Report{Size: 54, Present: 50, Erased: 3, Missing: 1, Findings: []ledger.Finding{{Where: "entry 17", What: "the payload is missing <script>"}}}, Took: 12 * time.Millisecond}}
}

// What would make it pass comes before what merely is, each thing once.
func TestSystemPageSaysWhatToDo(t *testing.T) {
	html := renderAt(t, systemPage(), api.Moment{At: noon, Size: 54})
	last := -1
	for _, s := range []string{"Recorded decisions", "Judged for production", "The model may not be deployed.", "What would make this pass", ">2<", "FAI-02</a> Title", "(and 1 more message)", "Mend it.", "due", "FAI-01</a> Title", "Lineage", "Drift and performance", "threshold", "Findings by control", "Art 10", "1 control with nothing open", "Timeline"} {
		at := strings.Index(html[last+1:], s)
		if at < 0 {
			t.Errorf("%q is not there, or not after what goes before it", s)
			continue
		}
		last += 1 + at
	}
	if strings.Contains(html, "<script") {
		t.Error("a name got onto the page as markup")
	}
}

func TestWaiversAreGroupedByHowTheyStand(t *testing.T) {
	html := renderAt(t, waiverPage(), api.Moment{At: noon})
	for _, s := range []string{`Ending soon <span class="n">1<`, `In force <span class="n">2<`, `Orphaned <span class="n">1<`, `Withheld <span class="n">1<`, `Superseded <span class="n">1<`, `Ended <span class="n">1<`, `Approvals that end <span class="n">1<`,
		"in 3 days", "covers", "nobody asked the gate since", "emergency", "Revoked at index 9"} {
		if !strings.Contains(html, s) {
			t.Errorf("%q is not there", s)
		}
	}
}

func TestBoardPageBounds(t *testing.T) {
	t.Run("MaxTimeline", func(t *testing.T) {
		p := systemPage()
		p.System.Environments = nil
		grow := func(n int) string {
			p.Report.Evidence = nil
			for i := range n {
				p.Report.Evidence = append(p.Report.Evidence, reports.Evidence{Index: uint64(i), Type: "eval-result", State: "ok", Proven: "2025-05-30T12:00:00Z"})
			}
			return renderAt(t, p, api.Moment{At: noon})
		}
		if strings.Contains(grow(ui.MaxTimeline), "not shown") || !strings.Contains(grow(ui.MaxTimeline+1), "1 earlier entry is not shown") {
			t.Error("the timeline is not cut at its bound")
		}
	})
	t.Run("MaxTerms", func(t *testing.T) {
		p := waiverPage()
		one := p.Waivers[1]
		p.Waivers = nil
		for range ui.MaxTerms {
			p.Waivers = append(p.Waivers, one)
		}
		if strings.Contains(renderAt(t, p, api.Moment{At: noon}), "and 1 more") {
			t.Error("cut at the bound")
		}
		p.Waivers = append(p.Waivers, one)
		if !strings.Contains(renderAt(t, p, api.Moment{At: noon}), "and 1 more") {
			t.Error("not cut over the bound")
		}
	})
	t.Run("MaxMonths", func(t *testing.T) {
		p := ledgerPage()
		p.Growth = nil
		for i := range ui.MaxMonths + 1 {
			p.Growth = append(p.Growth, watch.Month{Month: fmt.Sprint(1000 + i), All: 1})
		}
		html := renderAt(t, p, api.Moment{At: noon})
		if strings.Contains(html, "1000") || !strings.Contains(html, "1001: 1 entries") {
			t.Error("the months are not cut at their bound")
		}
	})
}
