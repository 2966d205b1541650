package ui_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assize-dev/assize/api"
	"github.com/assize-dev/assize/api/ui"
	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
	"github.com/assize-dev/assize/policy/watch"
)

var update = flag.Bool("update", false, "write the golden files anew")

var noon = time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)

const (
	planID = "4beae654556ec77c32251f9b080d337bf7648092568661741cb8c608d1ca4a00"
	id     = "ea30d9d7baf54d2a5eedf1f6ab6b9feeccbbe7bc8b7f022180ea9ff9e4bc0a2e"
)

func model() string   { return string(attest.RefOf("model")) }
func dataset() string { return string(attest.RefOf("dataset")) }

// decision has a finding of every status.
func decision() api.Decision {
	finding := func(rule string, s policy.Status, effect string, change func(*policy.Finding)) gate.Finding {
		f := policy.Finding{Rule: rule, Title: "Title of " + rule, Severity: "high", Basis: "convention", Status: s,
			Subject:  policy.SubjectRef{Ref: model(), Name: "credit-scorer", Kind: "model"},
			Evidence: []policy.Cite{{ID: id, Type: "eval-result", Index: 15, Leaf: strings.Repeat("ab", 32), Principals: []string{"lab@bank.example"}, Proven: noon}}}
		if change != nil {
			change(&f)
		}
		return gate.Finding{System: "system:credit-scoring", Effect: effect, Finding: f}
	}
	d := gate.Decision{V: 1, Verdict: gate.Deny, Reasons: []string{},
		Question: gate.Question{Subject: attest.Ref(model()), System: "system:credit-scoring", Action: "deploy", Environment: "production"},
		Findings: []gate.Finding{
			finding("FAI-02", policy.StatusFail, gate.Blocks, func(f *policy.Finding) {
				f.Messages = []policy.Message{
					{Level: "deny", Msg: "the gap is 0.196 <script>alert(1)</script>", Path: "groups[0]", Members: map[string]any{
						"value": json.Number("0.19627857"), "ci_low": json.Number("0.05097"), "ci_high": json.Number("0.3743"), "ci_level": json.Number("0.95"),
						"bound": json.Number("0.1"), "n": json.Number("84"), "basis": "eval-plan " + planID, "lineage": []any{model(), dataset()}, "groups": []any{map[string]any{"k": 1}}}},
					{Level: "warn", Msg: "a group is too small"}}
				f.Params = []policy.ParamUse{{Name: "min_n", Value: json.Number("30"), Unit: "cases", Basis: "convention", Source: "plan:" + planID}}
				f.Remediation, f.Controls = "Mend it.", []string{"eu-ai-act/art-9"}
			}),
			finding("DQ-01", policy.StatusMissing, gate.Blocks, func(f *policy.Finding) { f.Reason, f.Evidence = "no dataset-card", nil }),
			finding("REP-01", policy.StatusUnassessable, gate.Blocks, func(f *policy.Finding) { f.Reason = "two runs disagree" }),
			finding("MRM-02", policy.StatusWaived, gate.None, func(f *policy.Finding) {
				f.WouldBe = policy.StatusFail
				f.Waiver = &policy.WaiverUse{ID: planID, Index: 22, RequestedBy: "a@bank.example", ApprovedBy: "b@bank.example", Expires: "2025-07-01T00:00:00Z", Reason: "until retrained"}
			}),
			finding("OPS-02", policy.StatusPass, gate.Warns, func(f *policy.Finding) { f.Messages = []policy.Message{{Level: "warn", Msg: "PSI is 0.141"}} }),
			finding("TRA-01", policy.StatusFail, gate.None, nil),
			finding("REG-04", policy.StatusNotYetApplicable, gate.None, func(f *policy.Finding) { f.WouldBe = policy.StatusPass }),
			finding("INT-01", policy.StatusPass, gate.None, nil),
			finding("ETH-01", policy.StatusNotApplicable, gate.None, nil),
		},
		Basis: string(attest.RefOf("basis")), HoldsUntil: "2025-07-01T00:00:00Z", FlipsAt: "2025-07-01T00:00:00Z", FlipsTo: gate.Indeterminate, JudgedSize: 21,
		Set: string(attest.RefOf("set")), Parameters: string(attest.RefOf("parameters")), Trust: string(attest.RefOf("trust")),
		Engine: gate.Engine{Name: "assize", Version: "1", OPA: "1.22.2"}, DecidedAt: "2025-06-01T12:00:00Z"}
	a := gate.Answer{Decision: d, Recorded: &gate.Recorded{ID: id, Index: 21, Leaf: strings.Repeat("cd", 32), Time: "2025-06-01T12:00:00Z"}}
	self := "/api/v1/decisions/" + id
	return api.Decision{Answer: a, ExitCode: 2, Counts: d.Counts(), Links: &api.Links{Self: self, Page: "/decisions/" + id, Envelope: self + "/envelope", Proof: self + "/proof", VSA: self + "/vsa", SVR: self + "/svr"}}
}

func subject() api.SubjectPage {
	m, d, s := attest.Ref(model()), attest.Ref(dataset()), attest.RefOf("system:credit-scoring")
	revoked := []api.Revocation{{ID: planID, Index: 51, Reason: "consent_withdrawn", Principals: []string{"dpo@bank.example"}, EffectiveAt: &noon}}
	root := api.LineageNode{Ref: m, Name: "credit-scorer", Kinds: []string{"model"}, Path: []attest.Ref{m}, Tainted: true}
	sum := decision()
	return api.SubjectPage{
		Subject: api.Subject{Ref: m, Name: "credit-scorer", Known: true, Kinds: []string{"model"}, Systems: []string{"system:credit-scoring"}, Tainted: true, Total: 2,
			Evidence: map[string][]api.Evidence{
				"model-card": {{ID: id, Type: "model-card", Index: 16, State: evidence.OK, Claimed: noon, Proven: noon, Principals: []string{"dev@bank.example"}, Roles: []string{"developer"}, Assurance: "signed", Systems: []string{"system:credit-scoring"}}},
				"vulns":      {{Type: "vulns", Index: 17, State: evidence.Erased, Reason: "the payload was erased; the leaf remains", Claimed: noon, Proven: noon}}},
			Decisions: []api.DecisionSummary{{ID: id, Index: 21, Time: "2025-06-01T12:00:00Z", Question: &sum.Answer.Decision.Question, Name: "credit-scorer", Verdict: gate.Deny, Counts: sum.Counts}, {Index: 9, Erased: true}},
			Next:      "/subjects/x?before=16"},
		Up: api.Lineage{Root: m, Direction: "up", Nodes: []api.LineageNode{root, {Ref: d, Name: "german_credit.csv", Kinds: []string{"dataset"}, Path: []attest.Ref{m, d}, Revoked: revoked, Tainted: true}},
			Edges: []api.LineageEdge{{Child: m, Parent: d, Relation: "trained-on", Role: "training", ParentKind: "dataset"}, {Child: m, Parent: d, Relation: "evaluated-on", ParentKind: "dataset"}}},
		Down: api.Lineage{Root: m, Direction: "down", Nodes: []api.LineageNode{root, {Ref: s, Name: "system:credit-scoring", Path: []attest.Ref{m, s}}},
			Edges: []api.LineageEdge{{Child: s, Parent: m, Relation: "deployed-as", Role: "production", ParentKind: "model"}}},
	}
}

// pages are one of each kind.
func pages() map[string]any {
	sub := subject()
	bare := decision()
	bare.Recorded, bare.Links, bare.Inquiry = nil, nil, []string{"asked not to record"}
	bare.Answer.Decision.Verdict, bare.Answer.Decision.Findings, bare.Answer.Decision.Reasons = gate.Indeterminate, nil, []string{"no rule passed"}
	return map[string]any{
		"home": api.Service{Version: "test", Origin: "assize.dev/test", Size: 54, ReadOnly: "the disk is full", Set: string(attest.RefOf("set")), Rules: 31,
			Trust: &api.InForce{Index: 0, Digest: string(attest.RefOf("trust")), At: noon}, Parameters: &api.InForce{Index: 2, Digest: string(attest.RefOf("parameters")), At: noon},
			Gates:  []policy.Gate{{Environment: "production", Systems: []string{"*"}, Actions: []string{"deploy"}, Packs: []string{"core"}, Rules: []string{"FAI-02"}, Blocks: []string{"high"}}},
			Recent: sub.Decisions},
		"empty":       api.Service{},
		"decisions":   api.DecisionList{Decisions: sub.Decisions, Next: "/decisions?before=9"},
		"decision":    decision(),
		"inquiry":     bare,
		"subject":     sub,
		"unknown":     api.SubjectPage{Subject: api.Subject{Ref: attest.Ref(model())}},
		"attestation": attestation(),
		"rules":       api.RuleList{Set: string(attest.RefOf("set")), Rules: []*policy.Rule{{ID: "FAI-02", Title: "Fair", Severity: "high", Kinds: []string{"model"}, Actions: []string{"deploy"}, Basis: "law", AppliesFrom: "2027-12-02"}}, Next: "/rules?after=FAI-02"},
		"rule": api.RulePage{Rule: api.Rule{Set: string(attest.RefOf("set")), Rule: &policy.Rule{ID: "FAI-02", Title: "Fair", Requires: [][]string{{"eval-plan"}, {"vsa", "svr"}}}, Source: "package x",
			Thresholds: map[string]policy.Threshold{"min_n": {Value: json.Number("30"), Basis: "default", Source: "us", Limits: &policy.Limit{Min: "1", Max: "9"}}}},
			Asked: []string{"production"}, Law: []api.Requirement{{Name: "eu-ai-act/art-10-2-f", Known: true, Framework: policy.Framework{ID: "eu-ai-act", Title: "AI Act", Version: "2024", Source: "OJ L"}, Control: policy.Control{ID: "art-10-2-f", Provision: "Art 10(2)(f)", Text: "Bias is looked for"}}, {Name: "x/1"}},
			Dates:   []policy.LegalDate{{Date: "2027-12-02", What: "High-risk duties apply", Provision: "AI Act Art 113", Source: "OJ L"}},
			History: []api.RuleVersion{{Index: 30, At: noon, Set: string(attest.RefOf("set")), Text: string(attest.RefOf("text")), What: []string{"min_n is 30, was 20"}}, {Index: 2, At: noon, Set: string(attest.RefOf("old")), What: []string{"is not in the set"}}}, Earlier: true,
			Open: []watch.Open{{System: "system:credit-scoring", Environment: "production", Action: "deploy", Status: policy.StatusFail, Effect: "blocks", Index: 53, ID: id}}, Opens: 2, Reading: &api.Reading{Read: 1, Size: 2}},
		"frameworks": api.FrameworkList{Environment: "production", Environments: []string{"production", "staging"}, Frameworks: []api.FrameworkSummary{{ID: "eu-ai-act", Title: "AI Act", Version: "2024", Source: "OJ L", Controls: 60, Served: 40, Judged: 12, Systems: map[policy.Status]int{policy.StatusFail: 2, policy.StatusPass: 1}}}},
		"framework": api.FrameworkPage{Framework: policy.Framework{ID: "eu-ai-act", Title: "AI Act", Version: "2024", Source: "OJ L"}, Environment: "production", Environments: []string{"production"}, Systems: []api.MatrixSystem{{URI: "system:credit-scoring", Name: "<b>Credit</b>"}, {URI: "system:b"}}, Judged: 9, Next: "/frameworks/eu-ai-act?offset=8",
			Rows:     []api.ControlRow{{Control: policy.Control{ID: "art-10-2-f", Provision: "Art 10(2)(f)", Text: "Bias is looked for"}, Rules: []string{"FAI-02"}, Cells: []policy.Status{policy.StatusFail, ""}}, {Control: policy.Control{ID: "art-11", Provision: "Art 11", Text: "There is a file"}, Cells: []policy.Status{"", ""}}},
			Unmapped: []*policy.Rule{{ID: "OPS-01"}}},
		"control": api.ControlPage{Framework: policy.Framework{ID: "eu-ai-act", Title: "AI Act", Source: "OJ L"}, Control: policy.Control{ID: "art-10-2-f", Provision: "Art 10(2)(f)", Text: "Bias is looked for", Crosswalk: []string{"nist-ai-rmf/MEASURE-2.11"}}, Environment: "production", System: "system:credit-scoring", Status: policy.StatusFail,
			Rules: []api.ControlRule{{Rule: &policy.Rule{ID: "FAI-02", Title: "Fair"}, Findings: []api.ControlFinding{{Finding: decision().Answer.Decision.Findings[0], Actions: []string{"deploy"}, Decision: gate.Recorded{ID: id, Index: 53}}}}, {Rule: &policy.Rule{ID: "FAI-01", Title: "Measured", Remediation: "Measure it."}}}},
		"reports": api.ReportList{Kinds: []api.ReportKind{{Name: "audit", Title: "Audit one system or subject", Scope: "subject or system", Formats: []string{"html", "pdf"}}},
			Systems: []string{"system:credit-scoring"}, Environments: []string{"production"}, Next: "/reports?before=9",
			Reports: []api.RecordedReport{{Index: 60, Time: "2025-06-01T12:00:00.000000Z", Kind: "audit", Title: "Audit of <x>", Sentence: "It may not be deployed.", AsOf: "2025-06-01T12:00:00Z", Size: 54, Digest: string(attest.RefOf("report")),
				Again: "/api/v1/reports/audit?as_of=x", Since: "/api/v1/reports/audit?since=x"}, {Index: 59, Time: "2025-06-01T12:00:00.000000Z", Erased: true}}},
		"system": systemPage(), "unknown-system": api.SystemPage{System: watch.System{URI: "system:" + hostile}}, "waivers": waiverPage(), "no-waivers": api.WaiverPage{}, "ledger": ledgerPage(), "empty-ledger": api.LedgerPage{},
		"overview": overview(), "no-system": api.Overview{Seeded: true, First: 1},
		"problem": api.Problem{Title: "Not found", Status: 404, Detail: "decision 7 is <not> here", Instance: "/decisions/7", RequestID: "0011"},
	}
}

func attestation() api.Attestation {
	return api.Attestation{ID: id, Type: "eval-plan", PredicateType: "https://assize.dev/attestation/eval-plan/v0.1", State: evidence.Revoked, Reason: "revoked at index 51",
		Subjects: []attest.Ref{attest.Ref(model())}, Systems: []string{"system:credit-scoring"}, Claimed: &noon, Statement: json.RawMessage(`{"predicate":{"note":"</pre><script>"}}`),
		Leaves: []api.AttestationLeaf{{Receipt: api.Receipt{Index: 10, Time: "2025-06-01T12:00:00.000000Z", Leaf: "{}", LeafHash: strings.Repeat("ef", 32), TreeSize: 54, Checkpoint: "assize.dev/test\n54\n", Proof: []string{"AAAA"}},
			State: evidence.Revoked, Signers: []api.Signer{{ID: "risk", Principal: "risk@bank.example", KeyID: strings.Repeat("01", 32), Roles: []string{"risk"}}}, Assurance: "signed"}}, MoreLeaves: 1}
}

func render(t *testing.T, page any) string {
	t.Helper()
	p, err := ui.New("test")
	if err != nil {
		t.Fatal(err)
	}
	b, err := p.Render(page, api.Moment{})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestPagesAreAsTheyWere(t *testing.T) {
	style := regexp.MustCompile(`(?s)<style>.*</style>`)
	for name, page := range pages() {
		t.Run(name, func(t *testing.T) {
			got := style.ReplaceAllString(render(t, page), "<style></style>")
			file := filepath.Join("testdata", name+".html")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatalf("%v; run with -update", err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s differs (-want +got), look at it and run with -update:\n%s", file, diff)
			}
		})
	}
	if _, err := (&ui.Pages{}).Render(7, api.Moment{}); err == nil {
		t.Error("a page was made of a number")
	}
}

// A browser runs nothing on these pages and loads nothing for them: what a signer
// wrote is text, and the policy allows the one style sheet by its digest.
func TestPagesRunAndLoadNothing(t *testing.T) {
	p, err := ui.New("test")
	if err != nil {
		t.Fatal(err)
	}
	loads := regexp.MustCompile(`(?i)<script|<iframe|<object|<img|\son[a-z]+=|="\s*javascript:|\sstyle=|(src|action)="https?:|<link[^>]+href="[^d]`)
	for name, page := range pages() {
		html, csp := render(t, page), p.CSP(page)
		if strings.Contains(csp, "unsafe") || !strings.HasPrefix(csp, "default-src 'none'") {
			t.Errorf("%s: policy %s", name, csp)
		}
		// A page with a proof has the one script that checks it, and its policy lets
		// that run; the others have none.
		before, after, proves := strings.Cut(html, `<script type="module" src="/assets/proof.js"></script>`)
		if runs := strings.Contains(csp, "script-src 'self'"); runs != proves || proves != (name == "decision" || name == "attestation") {
			t.Errorf("%s: has the script: %v, may run it: %v", name, proves, runs)
		}
		html = before + after
		if at := loads.FindString(html); at != "" {
			t.Errorf("%s has %q", name, at)
		}
		_, rest, _ := strings.Cut(html, "<style>")
		style, _, _ := strings.Cut(rest, "</style>")
		sum := sha256.Sum256([]byte(style))
		if !strings.Contains(csp, base64.StdEncoding.EncodeToString(sum[:])) {
			t.Errorf("%s: the style sheet is not the one the policy allows", name)
		}
		if n := strings.Count(html, "<h1>"); n != 1 {
			t.Errorf("%s has %d main headings", name, n)
		}
	}
}

// What blocks comes first, and what is missing or waived is told apart from what
// failed or passed.
func TestDecisionPageSaysItInOrder(t *testing.T) {
	html := render(t, decision())
	last := -1
	for _, s := range []string{
		"Deployment to production denied", "The model credit-scorer may not be deployed to production for system:credit-scoring.",
		"1 finding failed, 1 lacks its evidence, 1 cannot be assessed", "1 finding is waived",
		"<b>2</b> failed", "<b>1</b> evidence missing", "<b>1</b> cannot be assessed", "<b>1</b> waived",
		"How it came about", "What would make it pass", "to undecided on", "What stands in the way", "0.1963", "95 % interval", "0.05097 to 0.3743", "eval-plan 4beae654556e…", "lab@bank.example", "No dataset-card",
		"Waived until", "a@bank.example", "b@bank.example", "until retrained", "Warnings", "PSI is 0.141", "without effect", "Not yet in force", "It would have passed", "Passed", "Not applicable",
		"Judged under", "Check the proof, in this browser", "Check it without this service", "assize verify decision",
	} {
		at := strings.Index(html[last+1:], s)
		if at < 0 {
			t.Errorf("%q is not there, or not after what goes before it", s)
			continue
		}
		last += 1 + at
	}
}

func TestPageBounds(t *testing.T) {
	t.Run("MaxDrawn and MaxListed", func(t *testing.T) {
		grow := func(n int) string {
			p := subject()
			for i := range n - 3 { // with root, dataset and system
				r := attest.RefOf(fmt.Sprint("n", i))
				p.Up.Nodes = append(p.Up.Nodes, api.LineageNode{Ref: r, Path: []attest.Ref{p.Ref, r}})
				p.Up.Edges = append(p.Up.Edges, api.LineageEdge{Child: p.Ref, Parent: r, Relation: "trained-on"})
			}
			return render(t, p)
		}
		if html := grow(ui.MaxDrawn); !strings.Contains(html, "<svg class=\"lineage\"") {
			t.Error("a lineage at the bound is not drawn")
		}
		if html := grow(ui.MaxDrawn + 1); strings.Contains(html, "<svg class=\"lineage\"") {
			t.Error("a lineage over the bound is drawn")
		}
		if html := grow(ui.MaxListed + 1); strings.Contains(html, "There is more") {
			t.Error("a lineage at the bound is cut")
		}
		if html := grow(ui.MaxListed + 2); !strings.Contains(html, "There is more") {
			t.Error("a lineage over the bound is not said to be cut")
		}
	})
	t.Run("MaxStatement", func(t *testing.T) {
		a := attestation()
		a.Statement = json.RawMessage(`"` + strings.Repeat("x", ui.MaxStatement-2) + `"`)
		if strings.Contains(render(t, a), "Cut; the envelope") {
			t.Error("a statement at the bound is cut")
		}
		a.Statement = json.RawMessage(`"` + strings.Repeat("x", ui.MaxStatement-1) + `"`)
		if !strings.Contains(render(t, a), "Cut; the envelope") {
			t.Error("a statement over the bound is not said to be cut")
		}
	})
	t.Run("MaxText", func(t *testing.T) {
		d := decision()
		long := strings.Repeat("y", ui.MaxText)
		d.Answer.Decision.Findings[0].Messages[0].Members["value"] = long + "z"
		if html := render(t, d); strings.Contains(html, "yz") || !strings.Contains(html, long+"…") {
			t.Error("a long value is not cut at the bound")
		}
	})
}

// Pages are read by people with other eyes: every form control, drawing and table
// has a name or a heading.
func TestPagesHaveNames(t *testing.T) {
	for name, page := range pages() {
		html := render(t, page)
		for _, svg := range regexp.MustCompile(`<svg[^>]*>`).FindAllString(html, -1) {
			if !strings.Contains(svg, "aria-label=") {
				t.Errorf("%s: a drawing without a name: %s", name, svg)
			}
		}
		if bytes.Count([]byte(html), []byte("<table")) != bytes.Count([]byte(html), []byte("<thead>")) {
			t.Errorf("%s: a table without a head", name)
		}
		if !strings.Contains(html, `lang="en"`) || !strings.Contains(html, "<title>") {
			t.Errorf("%s: no language or title", name)
		}
	}
}

// Only what pages load is served beside them.
func TestAssets(t *testing.T) {
	p, err := ui.New("test")
	if err != nil {
		t.Fatal(err)
	}
	for name, there := range map[string]bool{"proof.js": true, "verify.js": true, "style.css": false, "../html/style.css": false, "": false, "none.js": false} {
		media, b, ok := p.Asset(name)
		if ok != there || ok && (!strings.HasPrefix(media, "text/javascript") || len(b) == 0) {
			t.Errorf("%q: %v, %s, %d bytes", name, ok, media, len(b))
		}
	}
}
