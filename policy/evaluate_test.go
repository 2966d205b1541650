package policy_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assize-dev/assize/policy"
)

// What goes wrong inside a rule is named, and is never a pass.
func TestBrokenRules(t *testing.T) {
	for _, tc := range []struct{ name, code, why string }{
		{"builtin error", `pass if to_number(input.evidence["model-card"][0].predicate.version) > 0`, "to_number"},
		{"builtin error that a negation would hide", `pass if not to_number(input.evidence["model-card"][0].predicate.version) > 5`, "to_number"},
		{"builtin error in warn only", passing + "\n\nwarn contains {\"msg\": \"x\"} if to_number(input.evidence[\"model-card\"][0].predicate.version) > 0", "to_number"},
		{"no instant", `pass if assize.reached(input.evidence["model-card"][0].predicate.version)`, "not an instant"},
		{"no instant that a negation would hide", `pass if not assize.reached(input.evidence["model-card"][0].predicate.version)`, "not an instant"},
		{"conflict", "pass if v == 1\n\nv := 1 if input.subject.known\n\nv := 2 if input.action == \"release\"", "conflicting values"},
		{"conflict of keys", "pass if o.a == 1\n\no[\"a\"] := 1 if input.subject.known\n\no[\"a\"] := 2 if input.action == \"release\"", "conflicting values"},
		{"conflict of keys in a comprehension", "pass if count({k: v | some k in [1]; some v in [1, 2]}) == 1", "must be unique"},
		{"division by zero", "pass if 1 / (count(input.parents)) > 0", "divide by zero"},
		{"statistic of nothing", `pass if assize.psi([0, 0], [1, 1], 0.0001) < 1`, "assize.psi"},
		{"statistic of fractions", `pass if assize.wilson(0.5, 1, 0.95, 1).low < 1`, "assize.wilson"},
		{"not_applicable breaks", passing + "\n\nnot_applicable if to_number(input.evidence[\"model-card\"][0].predicate.version) > 0", "not_applicable: evaluation error"},
		{"msg is no string at run time", passing + "\n\ndeny contains {\"msg\": m} if some m in json.remove({\"a\": input.evidence[\"model-card\"]}, [\"b\"])", "the rule is broken: deny"},
		{"msg is empty", passing + "\n\ndeny contains {\"msg\": \"\"} if input.subject.known", "no \"msg\""},
		{"path is no string", passing + "\n\ndeny contains {\"msg\": \"x\", \"path\": 1} if input.subject.known", "\"path\""},
		{"level is the engine's", passing + "\n\ndeny contains {\"msg\": \"x\", \"level\": \"info\"} if input.subject.known", "\"level\""},
		{"pass is no boolean at run time", `pass := x if some x in json.remove({"a": 1}, ["b"])`, "pass is no boolean"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := load(t, rule("TST-01", "requires: [model-card]", tc.code))
			f := evaluate(t, s, "TST-01", input(item(t, 3, "model-card", map[string]any{"version": "one"})), now)
			if f.Status != policy.StatusUnassessable || !strings.Contains(f.Reason, tc.why) {
				t.Errorf("status %s (%s), want unassessable for %q", f.Status, f.Reason, tc.why)
			}
			if f.CutOff {
				t.Error("marked as cut off")
			}
		})
	}
}

func TestOrderOfStatuses(t *testing.T) {
	card := func(m map[string]any) *policy.Item { return item(t, 3, "model-card", m) }
	profile := item(t, 4, "system-profile", map[string]any{"domain": "toys"})
	erased, err := profile.Withhold(policy.StateErased, "Art 17")
	if err != nil {
		t.Fatal(err)
	}
	code := `pass if input.evidence["model-card"][0].predicate.version == "1"

deny contains {"msg": "x"} if input.evidence["model-card"][0].predicate.version == "2"

not_assessable if input.evidence["model-card"][0].predicate.type == "opaque"

not_applicable if input.evidence["system-profile"][0].predicate.domain == "toys"`
	for _, tc := range []struct {
		name, custom, at string
		in               *policy.Input
		status, would    policy.Status
	}{
		{"not yet over not applicable", "applies_from: \"2030-01-01\"", now, input(profile), policy.StatusNotYetApplicable, policy.StatusNotApplicable},
		{"not yet over fail", "applies_from: \"2030-01-01\"", now, input(card(map[string]any{"version": "2"})), policy.StatusNotYetApplicable, policy.StatusFail},
		{"not yet over missing", "applies_from: \"2030-01-01\"", now, input(), policy.StatusNotYetApplicable, policy.StatusMissing},
		{"not yet over pass", "applies_from: \"2030-01-01\"", now, input(card(map[string]any{"version": "1"})), policy.StatusNotYetApplicable, policy.StatusPass},
		{"from that day on", "applies_from: \"2030-01-01\"", "2030-01-01", input(card(map[string]any{"version": "2"})), policy.StatusFail, ""},
		{"until that day", "applies_until: \"2030-01-01\"", "2029-12-31T23:59:59.999Z", input(card(map[string]any{"version": "2"})), policy.StatusFail, ""},
		{"no longer", "applies_until: \"2030-01-01\"", "2030-01-01", input(card(map[string]any{"version": "2"})), policy.StatusNotApplicable, policy.StatusFail},
		{"not applicable over missing", "", now, input(profile), policy.StatusNotApplicable, ""},
		{"not applicable over fail", "", now, input(profile, card(map[string]any{"version": "2"})), policy.StatusNotApplicable, ""},
		{"missing over erased elsewhere", "", now, input(erased), policy.StatusMissing, ""},
		{"erased over fail", "", now, input(erased, card(map[string]any{"version": "2"})), policy.StatusUnassessable, ""},
		{"not assessable over fail", "", now, input(card(map[string]any{"version": "2", "type": "opaque"})), policy.StatusUnassessable, ""},
		{"not assessable over pass", "", now, input(card(map[string]any{"version": "1", "type": "opaque"})), policy.StatusUnassessable, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := load(t, rule("TST-01", "requires: [model-card]\nreads: [system-profile]\n"+tc.custom, code))
			f := evaluate(t, s, "TST-01", tc.in, tc.at)
			if f.Status != tc.status || f.WouldBe != tc.would {
				t.Errorf("status %s over %q (%s), want %s over %q", f.Status, f.WouldBe, f.Reason, tc.status, tc.would)
			}
		})
	}
}

// A law that binds some things later than others puts a finding off, never forward,
// and the finding says when that ends.
func TestAppliesFrom(t *testing.T) {
	code := `pass if input.evidence["model-card"][0].predicate.version == "1"

applies_from := "2030-08-02" if input.evidence["system-profile"][0].predicate.risk_tier == "high_annex_i"

applies_from := "2020-01-01" if input.evidence["system-profile"][0].predicate.risk_tier == "minimal"

applies_from := input.evidence["system-profile"][0].predicate.domain if input.evidence["system-profile"][0].predicate.risk_tier == "gpai"`
	s := load(t, rule("TST-01", "requires: [model-card]\nreads: [system-profile]\napplies_from: \"2029-12-02\"", code))
	card := item(t, 3, "model-card", map[string]any{"version": "1"})
	profile := func(tier string) *policy.Item {
		return item(t, 4, "system-profile", map[string]any{"risk_tier": tier, "domain": "some day"})
	}
	for _, tc := range []struct {
		name, at      string
		in            *policy.Input
		status, would policy.Status
		until, why    string
	}{
		{"before the first date", "2029-12-01T23:59:59Z", input(card), policy.StatusNotYetApplicable, policy.StatusPass, "2029-12-02T00:00:00Z", "applies from 2029-12-02"},
		{"from the first date", "2029-12-02", input(card, profile("high_annex_iii")), policy.StatusPass, "", "", ""},
		{"put off", "2029-12-02", input(card, profile("high_annex_i")), policy.StatusNotYetApplicable, policy.StatusPass, "2030-08-02T00:00:00Z", "applies from 2030-08-02"},
		{"put off with evidence missing", "2029-12-02", input(profile("high_annex_i")), policy.StatusNotYetApplicable, policy.StatusMissing, "2030-08-02T00:00:00Z", "no model-card"},
		{"put off until", "2030-08-02", input(card, profile("high_annex_i")), policy.StatusPass, "", "", ""},
		{"brought forward", "2029-12-02", input(card, profile("minimal")), policy.StatusUnassessable, "", "", "before the 2029-12-02"},
		{"no instant", "2029-12-02", input(card, profile("gpai")), policy.StatusUnassessable, "", "", "applies_from:"},
	} {
		f := evaluate(t, s, "TST-01", tc.in, tc.at)
		if f.Status != tc.status || f.WouldBe != tc.would || f.HoldsUntil != tc.until || !strings.Contains(f.Reason, tc.why) {
			t.Errorf("%s: status %s over %q until %q (%s)", tc.name, f.Status, f.WouldBe, f.HoldsUntil, f.Reason)
		}
	}
}

func TestRequiresAnyOf(t *testing.T) {
	s := load(t, rule("TST-01", "requires: [[model-card, cyclonedx], training-run]", passing))
	r, _ := s.Rule("TST-01")
	if diff := cmp.Diff([][]string{{"model-card", "cyclonedx"}, {"training-run"}}, r.Requires); diff != "" {
		t.Fatal(diff)
	}
	run := item(t, 2, "training-run", map[string]any{})
	for _, tc := range []struct {
		name   string
		in     *policy.Input
		status policy.Status
		reason string
	}{
		{"neither", input(run), policy.StatusMissing, "no model-card or cyclonedx"},
		{"one", input(run, item(t, 3, "cyclonedx", map[string]any{})), policy.StatusPass, ""},
		{"not the other", input(item(t, 3, "cyclonedx", map[string]any{})), policy.StatusMissing, "no training-run"},
		{"nothing", input(), policy.StatusMissing, "no model-card or cyclonedx, no training-run"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if f := evaluate(t, s, "TST-01", tc.in, now); f.Status != tc.status || f.Reason != tc.reason {
				t.Errorf("status %s (%s)", f.Status, f.Reason)
			}
		})
	}
}

// A rule sees what it declares and nothing else, wherever it stands; what it
// sees is what the finding cites.
func TestRuleSeesWhatItDeclares(t *testing.T) {
	node := func(kind string, items ...*policy.Item) *policy.Node {
		n := &policy.Node{Ref: "sha256:" + kind, Kind: kind, Known: true, Evidence: map[string][]*policy.Item{}}
		for _, it := range items {
			n.Evidence[it.Type] = append(n.Evidence[it.Type], it)
		}
		return n
	}
	in := input(item(t, 1, "model-card", map[string]any{"version": "1"}), item(t, 2, "training-run", map[string]any{}))
	in.Ancestors = []*policy.Node{node("dataset", item(t, 3, "dataset-card", map[string]any{}), item(t, 4, "model-card", map[string]any{}))}
	in.Parents = []*policy.Node{node("dataset", item(t, 5, "dataset-card", map[string]any{}))}
	in.Related.Deployments = []*policy.Item{item(t, 6, "deployment", map[string]any{})}
	in.Related.Incidents = []*policy.Item{item(t, 7, "incident", map[string]any{})}
	in.Related.Subjects = []*policy.Node{node("model", item(t, 8, "model-card", map[string]any{}))}
	in.Related.Rollbacks = []*policy.Rollback{{Ref: "sha256:old", Verdict: "deny", Until: at(t, "2099-01-01T00:00:00Z"), Findings: []policy.Finding{
		{Rule: "OLD-01", Status: policy.StatusFail, Messages: []policy.Message{{Level: policy.LevelDeny, Msg: "worn"}}, Evidence: []policy.Cite{{ID: "nine", Index: 9}}}}}}
	dump := "\n\nwarn contains {\"msg\": json.marshal(PART)} if input.subject.known"
	for _, tc := range []struct {
		name, custom, part string
		want, not          []string
		cites              []uint64
	}{
		{"evidence", "requires: [model-card]", "input.evidence", []string{`"version":"1"`}, []string{"training-run"}, []uint64{1}},
		{"ancestors", "requires: [model-card]", "input.ancestors", []string{"model-card"}, []string{"dataset-card"}, []uint64{1, 4}},
		{"parents", "requires: [model-card]\nreads: [dataset-card]", "input.parents", []string{"dataset-card"}, nil, []uint64{1, 5}},
		{"related", "requires: [model-card]\nreads: [incident]", "input.related", []string{`"incidents":[{`}, []string{"deployments", "rollbacks"}, []uint64{1, 7, 8}},
		{"rollback targets", "requires: [model-card]\nreads: [deployment]", "input.related.rollbacks", []string{`"verdict":"deny"`, `"says":["worn"]`}, nil, []uint64{1, 6, 8, 9}},
		{"no rollback targets", "requires: [model-card]\nreads: [deployment]", "input.related.deployments", nil, []string{"verdict"}, []uint64{1, 6, 8}},
		{"declared and empty", "requires: [model-card]\nreads: [bias-audit]", "input.evidence", []string{`"bias-audit":[]`}, nil, []uint64{1}},
		{"everything", "requires: [model-card]", "input", []string{`"ancestors"`, `"system":{"ref":"sha256:bb","uri":"system:s"}`}, []string{"dataset-card", "training-run", "deployments"}, []uint64{1, 4, 8}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := load(t, rule("TST-01", tc.custom, passing+strings.ReplaceAll(dump, "PART", tc.part)))
			f := evaluate(t, s, "TST-01", in, now)
			if f.Status != policy.StatusPass || len(f.Messages) != 1 {
				t.Fatalf("finding %+v", f)
			}
			if want := slices.Contains(tc.cites, 9); (f.HoldsUntil != "") != want {
				t.Errorf("it holds until %q, rollback targets read: %t", f.HoldsUntil, want)
			}
			for _, w := range tc.want {
				if !strings.Contains(f.Messages[0].Msg, w) {
					t.Errorf("the rule does not see %s in %s", w, f.Messages[0].Msg)
				}
			}
			for _, w := range tc.not {
				if strings.Contains(f.Messages[0].Msg, w) {
					t.Errorf("the rule sees %s in %s", w, f.Messages[0].Msg)
				}
			}
			var cites []uint64
			for _, c := range f.Evidence {
				cites = append(cites, c.Index)
			}
			if diff := cmp.Diff(tc.cites, cites); diff != "" {
				t.Errorf("cites: %s", diff)
			}
		})
	}
}

// Two runs give the same bytes, also in parallel on shared input.
func TestFindingsAreDeterministic(t *testing.T) {
	s := load(t, rule("TST-01", "requires: [model-card]", passing+`

warn contains {"msg": sprintf("%d", [i]), "n": i} if some i in numbers.range(1, 40)

deny contains {"msg": x, "path": y} if {
	some x in {"b", "a", "c"}
	some y in {"2", "1"}
}`))
	r, _ := s.Rule("TST-01")
	in := input(item(t, 3, "model-card", map[string]any{"version": "1"}))
	var first []byte
	var mu sync.Mutex
	var all sync.WaitGroup
	clock := policy.NewClock(at(t, now))
	for range 8 {
		all.Go(func() {
			for range 10 {
				f, err := s.Evaluate(t.Context(), r, in, nil, clock)
				b, jerr := json.Marshal(f)
				mu.Lock()
				if first == nil {
					first = b
				}
				if err != nil || jerr != nil || string(first) != string(b) {
					t.Errorf("%v %v\n%s\n%s", err, jerr, first, b)
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
}

func TestMessageBounds(t *testing.T) {
	in := input(item(t, 3, "model-card", map[string]any{"version": "1"}))
	s := load(t, rule("TST-01", "requires: [model-card]", passing+"\n\ndeny contains {\"msg\": sprintf(\"%d\", [i])} if some i in numbers.range(1, 600)"))
	f := evaluate(t, s, "TST-01", in, now)
	if f.Status != policy.StatusFail || len(f.Messages) != policy.MaxMessages+1 {
		t.Errorf("%s with %d messages", f.Status, len(f.Messages))
	}
	said := false
	for _, m := range f.Messages {
		said = said || m.Msg == "and 100 more"
	}
	if !said {
		t.Error("messages were dropped without a word")
	}
	// A message may be long, not endless; neither makes a failing rule pass.
	for _, tc := range []struct {
		size int
		want policy.Status
	}{{policy.MaxMessageBytes / 2, policy.StatusFail}, {policy.MaxMessageBytes + 1, policy.StatusUnassessable}} {
		long := load(t, rule("TST-01", "requires: [model-card]", passing+"\n\ndeny contains {\"msg\": input.evidence[\"model-card\"][0].predicate.version} if input.subject.known"))
		f := evaluate(t, long, "TST-01", input(item(t, 3, "model-card", map[string]any{"version": strings.Repeat("x", tc.size)})), now)
		if f.Status != tc.want {
			t.Errorf("a message of %d bytes: %s (%s)", tc.size, f.Status, f.Reason)
		}
	}
	wide := load(t, rule("TST-01", "requires: [model-card]", passing+"\n\ndeny contains {\"msg\": sprintf(\"%d %s\", [i, input.evidence[\"model-card\"][0].predicate.version])} if some i in numbers.range(1, 20)"))
	f = evaluate(t, wide, "TST-01", input(item(t, 3, "model-card", map[string]any{"version": strings.Repeat("x", policy.MaxLevelBytes/10)})), now)
	if f.Status != policy.StatusFail || len(f.Messages) > 12 {
		t.Errorf("%s with %d long messages", f.Status, len(f.Messages))
	}
}

func TestMissingSubject(t *testing.T) {
	s := load(t, rule("TST-01", "requires: [model-card]\napplies_from: \"2027-12-02\"", passing))
	r, _ := s.Rule("TST-01")
	clock := policy.NewClock(at(t, "2028-01-01"))
	if f := s.MissingSubject(r, clock); f.Status != policy.StatusMissing || f.HoldsFrom != "2027-12-02T00:00:00Z" {
		t.Errorf("%+v", f)
	}
	if from, _ := clock.Interval(); from != "2027-12-02T00:00:00Z" {
		t.Errorf("the clock of the question holds from %q", from)
	}
	if f := s.MissingSubject(r, policy.NewClock(at(t, now))); f.Status != policy.StatusNotYetApplicable || f.WouldBe != policy.StatusMissing {
		t.Errorf("%+v", f)
	}
}

func TestInputContract(t *testing.T) {
	s := load(t, rule("TST-01", "requires: [model-card]", passing))
	other := load(t, rule("TST-01", "requires: [model-card]", passing))
	r, _ := s.Rule("TST-01")
	stranger, _ := other.Rule("TST-01")
	card := item(t, 3, "model-card", map[string]any{})
	held, err := card.Withhold(policy.StateRevoked, "unfit")
	if err != nil {
		t.Fatal(err)
	}
	clock := policy.NewClock(at(t, now))
	try := func(r *policy.Rule, change func(*policy.Input)) error {
		in := input(card)
		change(in)
		_, err := s.Evaluate(context.Background(), r, in, nil, clock)
		return err
	}
	for _, tc := range []struct {
		name   string
		change func(*policy.Input)
	}{
		{"no subject", func(in *policy.Input) { in.Subject = nil }},
		{"withheld as evidence", func(in *policy.Input) { in.Evidence["model-card"] = []*policy.Item{held} }},
		{"evidence as withheld", func(in *policy.Input) { in.Withheld["model-card"] = []*policy.Item{card} }},
		{"under another type", func(in *policy.Input) { in.Evidence["dataset-card"] = []*policy.Item{card} }},
		{"not parsed", func(in *policy.Input) {
			in.Evidence["model-card"] = []*policy.Item{{Type: "model-card", State: policy.StateOK}}
		}},
		{"nil item", func(in *policy.Input) { in.Related.Waivers = []*policy.Item{nil} }},
		{"nil node", func(in *policy.Input) { in.Ancestors = []*policy.Node{nil} }},
		{"withheld in an ancestor", func(in *policy.Input) {
			in.Ancestors = []*policy.Node{{Evidence: map[string][]*policy.Item{"model-card": {held}}}}
		}},
	} {
		if err := try(r, tc.change); !errors.Is(err, policy.ErrInput) {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
	if err := try(stranger, func(*policy.Input) {}); !errors.Is(err, policy.ErrUnknownRule) {
		t.Errorf("a rule of another set: %v", err)
	}
	for name, it := range map[string]policy.Item{
		"no predicate":  {ID: "a", Type: "model-card", State: policy.StateOK},
		"no state":      {ID: "a", Type: "model-card", Predicate: map[string]any{}},
		"no id":         {Type: "model-card", State: policy.StateErased},
		"endless digit": {ID: "a", Type: "model-card", State: policy.StateOK, Predicate: map[string]any{"n": []any{json.Number("0." + strings.Repeat("1", policy.MaxNumberLength))}}},
	} {
		if _, err := policy.NewItem(it); !errors.Is(err, policy.ErrInput) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
