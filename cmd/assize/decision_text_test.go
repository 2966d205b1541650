package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assize-dev/assize/api"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
)

var update = flag.Bool("update", false, "rewrite golden files")

// anAnswer has every kind of finding, and text that wants to rewrite the terminal.
func anAnswer() gate.Answer {
	ref := "sha256:" + strings.Repeat("ab", 32)
	id := strings.Repeat("cd", 32)
	subject := policy.SubjectRef{Ref: ref, Name: "scorer\x1b[2J\u202egnp", Kind: "model"}
	cite := func(typ string, index uint64) policy.Cite {
		return policy.Cite{ID: id, Type: typ, Index: index, Principals: []string{"lab@bank.example"}, Proven: time.Date(2025, 3, int(index), 0, 0, 0, 0, time.UTC)}
	}
	finding := func(rule, severity string, status policy.Status, effect string) gate.Finding {
		return gate.Finding{System: "system:credit", Effect: effect, Finding: policy.Finding{
			Rule: rule, Title: "Title of " + rule, Severity: severity, Basis: "law", Subject: subject, Status: status, Remediation: "Do what " + rule + " asks for.",
		}}
	}
	fail := finding("FAI-02", "high", policy.StatusFail, gate.Blocks)
	fail.Messages = []policy.Message{
		{Level: policy.LevelDeny, Msg: "difference over age is 0.196 \x1b]0;owned\x07 | `code` <b>", Members: map[string]any{"value": "0.196", "bound": "0.1", "basis": "eval-plan " + id}},
		{Level: policy.LevelWarn, Msg: "the group 60+ is too small to judge", Members: map[string]any{"n": "9"}},
	}
	fail.Params = []policy.ParamUse{{Name: "min_n", Value: "30", Basis: "convention", Source: "default"}, {Name: "limit", Value: "0.1", Basis: "default", Source: "plan:" + id}}
	fail.Evidence = []policy.Cite{cite("eval-plan", 3), cite("monitoring-report", 5), cite("monitoring-report", 6), cite("monitoring-report", 7)}
	missing := finding("PRV-01", "critical", policy.StatusMissing, gate.Blocks)
	missing.Subject, missing.Reason = policy.SubjectRef{}, "no dataset was found to judge"
	missing.Params = fail.Params
	unassessable := finding("LIN-03", "critical", policy.StatusUnassessable, gate.Blocks)
	unassessable.Reason = "the rule says that the evidence cannot be judged"
	warns := finding("OPS-02", "high", policy.StatusPass, gate.Warns)
	warns.Messages = []policy.Message{{Level: policy.LevelWarn, Msg: "PSI of Amount is 0.141"}}
	waived := finding("TRA-04", "high", policy.StatusWaived, gate.None)
	waived.WouldBe = policy.StatusFail
	waived.Waiver = &policy.WaiverUse{Index: 9, RequestedBy: "a@bank.example", ApprovedBy: "b@bank.example", Expires: "2026-01-01T00:00:00Z", Reason: "until retrained"}
	later := finding("REG-04", "high", policy.StatusNotYetApplicable, gate.None)
	later.WouldBe, later.HoldsUntil = policy.StatusMissing, "2027-12-02T00:00:00Z"
	low := finding("LOW-01", "low", policy.StatusFail, gate.None)
	return gate.Answer{
		Decision: gate.Decision{
			V: 1, Question: gate.Question{Subject: "sha256:" + gate0, System: "system:credit", Action: "deploy", Environment: "production"},
			Verdict: gate.Deny, Reasons: []string{"system:credit is not among the systems that environment production accepts"},
			Findings: []gate.Finding{fail, missing, unassessable, warns, waived, later, low,
				finding("INT-01", "high", policy.StatusPass, gate.None), finding("LIN-02", "high", policy.StatusNotApplicable, gate.None)},
			Basis: "sha256:" + id, HoldsFrom: "2025-03-01T00:00:00Z", HoldsUntil: "2025-04-01T00:00:00Z", FlipsAt: "2025-05-01T00:00:00Z", FlipsTo: gate.Indeterminate,
			JudgedSize: 12, Checkpoint: "bank.example/log\n12\n", Set: "sha256:" + id, DecidedAt: "2025-03-14T00:00:00Z",
		},
		Inquiry: []string{"asked for another instant (at 2025-03-14T00:00:00Z)"},
	}
}

const gate0 = "abababababababababababababababababababababababababababababababab"

// If this fails, what people and pull requests see of a decision has changed.
func TestDecisionText(t *testing.T) {
	a := anAnswer()
	recorded := anAnswer()
	recorded.Inquiry, recorded.Recorded = nil, &gate.Recorded{ID: strings.Repeat("ef", 32), Index: 12, Time: "2025-03-14T00:00:00.000001Z"}
	recorded.Decision.Reasons, recorded.Decision.FlipsAt = nil, ""
	for name, write := range map[string]func(*bytes.Buffer){
		"inquiry.txt":  func(b *bytes.Buffer) { (&decisionText{w: b}).write(a) },
		"recorded.txt": func(b *bytes.Buffer) { (&decisionText{w: b}).write(recorded) },
		"inquiry.md":   func(b *bytes.Buffer) { decisionMarkdown(b, a) },
		"recorded.md":  func(b *bytes.Buffer) { decisionMarkdown(b, recorded) },
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			write(&b)
			path := filepath.Join("testdata", "decision", name)
			if *update {
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), b.String()); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			for line := range strings.Lines(b.String()) {
				if strings.ContainsAny(line, "\x1b\x07\u202e") {
					t.Errorf("evidence writes to the terminal: %q", line)
				}
				if strings.HasSuffix(name, ".txt") && len([]rune(strings.TrimRight(line, "\n"))) > textWidth {
					t.Errorf("%d columns: %s", len([]rune(line)), line)
				}
			}
		})
	}
}

// If this fails, colour reaches files and pipes, or a denial looks like an allow.
func TestColour(t *testing.T) {
	var plain, coloured bytes.Buffer
	a := anAnswer()
	(&decisionText{w: &plain, style: styleOf(&plain)}).write(a)
	if strings.Contains(plain.String(), "\x1b") {
		t.Error("colour in a buffer")
	}
	(&decisionText{w: &coloured, style: style{on: true}}).write(a)
	if !strings.HasPrefix(coloured.String(), "\x1b[1;31mDENY") {
		t.Errorf("%q", coloured.String()[:20])
	}
}

// Values are written for people: no digits arithmetic left over, nothing of nothing.
func TestBoundOfMessage(t *testing.T) {
	m := policy.Message{Members: map[string]any{"value": "", "n": json.Number("47"), "bound": json.Number("0.62412698412799999997"), "basis": "parameter slice_performance_ratio"}}
	if got, want := bound(m), "n 47, bound 0.624126984128, from parameter slice_performance_ratio"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	for text, want := range map[string]string{
		"100000000000000000000001": "100000000000000000000001", "2026-11-23T12:00:00.000000Z": "2026-11-23T12:00:00.000000Z",
		"0.1": "0.1", "-12345.678901234567": "-12345.6789012", "0.000000000012345678": "1.2345678e-11",
	} {
		if got := valueText(text); got != want {
			t.Errorf("%s is written %s, want %s", text, got, want)
		}
	}
}

// Findings of policies of other tools are marked wherever they stand.
func TestForeignFindingsAreMarked(t *testing.T) {
	a := anAnswer()
	for i := range a.Decision.Findings {
		a.Decision.Findings[i].Foreign = "conftest"
	}
	for format, marks := range map[string][]string{
		"text":     {"policy  of another tool, judged as it stands (conftest)", "INT-01*", "* judged by a policy of another tool"},
		"markdown": {"judged by a policy of another tool, as it stands (conftest)"},
	} {
		var out bytes.Buffer
		if err := writeDecision(&out, style{}, format, api.Decision{Answer: a}); err != nil {
			t.Fatal(err)
		}
		for _, mark := range marks {
			if !strings.Contains(out.String(), mark) {
				t.Errorf("%s does not say %q:\n%s", format, mark, out.String())
			}
		}
	}
}
