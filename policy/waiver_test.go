package policy_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/assize-dev/assize/policy"
)

var scope = policy.WaiverScope{System: "system:s", Action: "release", Environment: "production", Origin: "example.org/log", Subject: "sha256:aa", Path: []string{"sha256:above", "sha256:aa"}}

func waiverItem(t *testing.T, change map[string]any) *policy.Item {
	t.Helper()
	m := map[string]any{
		"stated_at": "2026-05-01T00:00:00Z", "systems": []any{"system:s"}, "environment": "production", "actions": []any{"release"},
		"log_origin": "example.org/log", "rules": []any{"TST-01"}, "subjects": []any{"sha256:aa"},
		"evidence": []any{strings.Repeat("0", 60) + "d000"}, "reason": "accepted for a month",
		"requested_by": "rita", "approved_by": "adam", "expires_at": "2026-06-20T00:00:00Z",
	}
	maps.Copy(m, change)
	it, err := policy.NewItem(policy.Item{
		ID: strings.Repeat("e", 64), Type: "waiver", PredicateType: "https://assize.dev/attestation/waiver/v0.1", Predicate: m,
		Principals: []string{"adam", "rita"}, Claimed: at(t, "2026-05-01T00:00:00Z"), Proven: at(t, "2026-05-01T00:00:01Z"), Index: 7, Leaf: "ee",
		Assurance: "signed", State: policy.StateOK,
	})
	if err != nil {
		t.Fatal(err)
	}
	return it
}

const failing = `deny contains {"msg": "no"} if input.evidence["model-card"][0].predicate.version == "1"

pass if input.evidence["model-card"][0].predicate.version == "2"`

func TestWaivers(t *testing.T) {
	high := rule("TST-01", "requires: [model-card]", failing)
	critical := strings.Replace(high, "severity: high", "severity: critical", 1)
	for _, tc := range []struct {
		name   string
		rule   string
		change map[string]any
		at     string
		waived bool
		why    string
		until  string
	}{
		{"helps", high, nil, now, true, "", "2026-06-20T00:00:00Z"},
		{"expired", high, nil, "2026-06-20T00:00:00Z", false, "it expired at 2026-06-20T00:00:00Z", ""},
		{"capped", high, map[string]any{"expires_at": "2030-01-01T00:00:00Z"}, now, true, "", "2026-07-30T00:00:00Z"},
		{"cap reached", high, map[string]any{"expires_at": "2030-01-01T00:00:00Z"}, "2026-07-30T00:00:00Z", false, "it expired at 2026-07-30T00:00:00Z", ""},
		{"no expiry", high, map[string]any{"expires_at": nil}, now, false, "no expiry", ""},
		{"critical", critical, nil, now, false, "critical", ""},
		{"severity", high, map[string]any{"max_severity": "medium"}, now, false, "up to severity medium", ""},
		{"lineage", high, map[string]any{"subjects": []any{"sha256:above"}, "lineage": true}, now, true, "", "2026-06-20T00:00:00Z"},
		{"no lineage", high, map[string]any{"subjects": []any{"sha256:above"}}, now, false, "it does not name the subject", ""},
		{"lineage elsewhere", high, map[string]any{"subjects": []any{"sha256:cc"}, "lineage": true}, now, false, "it does not name the subject", ""},
		{"emergency", high, map[string]any{"break_glass": true, "evidence": []any{}, "review_by": "2026-05-04T00:00:00Z"}, "2026-05-02T00:00:00Z", true, "", "2026-05-04T00:00:00Z"},
		{"emergency unreviewed", high, map[string]any{"break_glass": true, "review_by": "2026-05-04T00:00:00Z"}, "2026-05-04T00:00:00Z", false, "had to be reviewed by then", ""},
		{"emergency without review", high, map[string]any{"break_glass": true}, "2026-05-02T00:00:00Z", false, "by when it is reviewed", ""},
		{"emergency for long", high, map[string]any{"break_glass": true, "review_by": "2026-06-19T00:00:00Z"}, "2026-05-02T00:00:00Z", true, "", "2026-05-08T00:00:00Z"},
		{"emergency of one", high, map[string]any{"break_glass": true, "review_by": "2026-05-04T00:00:00Z", "approved_by": "rita"}, "2026-05-02T00:00:00Z", false, "two different principals", ""},
		{"emergency, critical", critical, map[string]any{"break_glass": true, "review_by": "2026-05-04T00:00:00Z"}, "2026-05-02T00:00:00Z", false, "critical", ""},
		{"system", high, map[string]any{"systems": []any{"system:t"}}, now, false, "it is for system:t", ""},
		{"environment", high, map[string]any{"environment": "staging"}, now, false, "staging", ""},
		{"action", high, map[string]any{"actions": []any{"deploy"}}, now, false, "it is for deploy", ""},
		{"log", high, map[string]any{"log_origin": "example.org/other"}, now, false, "for the log", ""},
		{"subject", high, map[string]any{"subjects": []any{"sha256:bb"}}, now, false, "does not name the subject", ""},
		{"status", high, map[string]any{"statuses": []any{"missing"}}, now, false, "covers the status missing", ""},
		{"one human", high, map[string]any{"requested_by": "adam"}, now, false, "two different principals", ""},
		{"approver did not sign", high, map[string]any{"approved_by": "anna"}, now, false, "anna, who approves it, did not sign", ""},
		{"requester did not sign", high, map[string]any{"requested_by": "rob"}, now, false, "rob, who requests it, did not sign", ""},
		{"another finding", high, map[string]any{"evidence": []any{strings.Repeat("9", 64)}}, now, false, "another finding", ""},
		{"another rule", high, map[string]any{"rules": []any{"TST-02"}}, now, false, "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := load(t, tc.rule)
			r, _ := s.Rule("TST-01")
			f := evaluate(t, s, "TST-01", input(item(t, 3, "model-card", map[string]any{"version": "1"})), tc.at)
			clock := policy.NewClock(at(t, tc.at))
			policy.ApplyWaiver(&f, r, []*policy.Item{waiverItem(t, tc.change)}, scope, parameters(t, "v: 1"), clock)
			if (f.Status == policy.StatusWaived) != tc.waived {
				t.Fatalf("status %s: %+v", f.Status, f.Messages)
			}
			if !tc.waived {
				said := ""
				for _, m := range f.Messages {
					if m.Level == policy.LevelInfo {
						said += m.Msg
					}
				}
				if !strings.Contains(said, tc.why) || tc.why == "" && said != "" {
					t.Errorf("the finding says %q, want %q", said, tc.why)
				}
				return
			}
			if f.WouldBe != policy.StatusFail || f.Waiver == nil || f.Waiver.ApprovedBy != "adam" || f.Waiver.Expires != tc.until || f.HoldsUntil != tc.until {
				t.Errorf("finding %+v, waiver %+v", f, f.Waiver)
			}
			if !f.Has(policy.LevelDeny) {
				t.Error("the waived finding lost its message")
			}
			if _, until := clock.Interval(); until != tc.until {
				t.Errorf("the clock of the question holds until %s", until)
			}
		})
	}
}

// A waiver covers missing evidence only when it says so.
func TestWaiverOfMissing(t *testing.T) {
	s := load(t, rule("TST-01", "requires: [model-card]", failing))
	r, _ := s.Rule("TST-01")
	f := evaluate(t, s, "TST-01", input(), now)
	policy.ApplyWaiver(&f, r, []*policy.Item{waiverItem(t, nil)}, scope, parameters(t, "v: 1"), policy.NewClock(at(t, now)))
	if f.Status != policy.StatusMissing {
		t.Fatalf("status %s", f.Status)
	}
	policy.ApplyWaiver(&f, r, []*policy.Item{waiverItem(t, map[string]any{"statuses": []any{"missing"}})}, scope, parameters(t, "v: 1"), policy.NewClock(at(t, now)))
	if f.Status != policy.StatusWaived || f.WouldBe != policy.StatusMissing {
		t.Fatalf("status %s over %s", f.Status, f.WouldBe)
	}
}

// Findings are stored in decisions: they must survive JSON.
func TestFindingJSON(t *testing.T) {
	s := load(t, rule("TST-01", "requires: [model-card]", `deny contains {"msg": "no", "path": "a.b", "value": 1.5, "list": [1, "x"]} if input.evidence["model-card"][0].predicate.version == "1"

pass if input.evidence["model-card"][0].predicate.version == "2"`))
	f := evaluate(t, s, "TST-01", input(item(t, 3, "model-card", map[string]any{"version": "1"})), now)
	b, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	var back policy.Finding
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(f, back, cmpopts.IgnoreUnexported(policy.Finding{})); diff != "" {
		t.Errorf("%s\n%s", b, diff)
	}
}
