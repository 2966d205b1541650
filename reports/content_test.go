package reports_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/attesttest"
	"github.com/assize-dev/assize/ledger/evidence/evidencetest"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
	"github.com/assize-dev/assize/reports"
	"github.com/assize-dev/assize/reports/reportstest"
)

type m = map[string]any

// example is the example predicate of a type, changed.
func example(t *testing.T, typ string, change m) m {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "testdata", "predicates", typ+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var st struct {
		Predicate m `json:"predicate"`
	}
	if err := json.Unmarshal(raw, &st); err != nil {
		t.Fatal(err)
	}
	for name, v := range change {
		if v == nil {
			delete(st.Predicate, name)
		} else {
			st.Predicate[name] = v
		}
	}
	return st.Predicate
}

func kindOf[T reports.Model](t *testing.T, c *reportstest.Told, kind string, q reports.Request) T {
	t.Helper()
	built, err := reports.BuildKind(context.Background(), c.Config(t), kind, q)
	if err != nil {
		t.Fatal(err)
	}
	return built.(T)
}

// describe says that a system is there.
func describe(t *testing.T, r *evidencetest.Rig, system string) {
	t.Helper()
	r.Submit(attesttest.Statement("system-profile", example(t, "system-profile", m{"systems": []string{system}, "system_id": system, "stated_at": r.Clock.Now()}), attesttest.Subject(system, "")), "compliance")
}

// TestIncidentClocks: the register shows the clock of every incident as rule REG-17
// judges it, whatever the incident claims.
func TestIncidentClocks(t *testing.T) {
	start := at(2027, 12, 20, 0)
	c := reportstest.Untold(t, start)
	day := func(n float64) time.Time { return start.Add(time.Duration(n * 24 * float64(time.Hour))) }
	sent := func(n float64) any { return []m{{"authority": "BaFin", "sent_at": day(n), "kind": "initial"}} }
	for name, x := range map[string]struct {
		incident m
		asOf     time.Time
		clock    string
		days     float64
		status   policy.Status
	}{
		"in time":           {m{"reports": sent(-1)}, day(1), reports.ClockInTime, 15, policy.StatusPass},
		"on the last day":   {m{"aware_at": day(-15), "occurred_at": day(-16), "reports": sent(0)}, day(1), reports.ClockInTime, 15, policy.StatusPass},
		"late and open":     {m{"aware_at": day(-16), "occurred_at": day(-17), "reports": sent(-0.5), "status": "open", "closed_at": nil}, day(1), reports.ClockLate, 15, policy.StatusFail},
		"late and closed":   {m{"aware_at": day(-16), "occurred_at": day(-17), "reports": sent(-0.5), "closed_at": day(-0.2)}, day(1), reports.ClockLate, 15, policy.StatusPass},
		"running":           {m{"reports": []m{}, "status": "open", "closed_at": nil}, day(1), reports.ClockRunning, 15, policy.StatusPass},
		"overdue":           {m{"reports": []m{}, "status": "open", "closed_at": nil}, day(14), reports.ClockOverdue, 15, policy.StatusFail},
		"death":             {m{"category": "death_or_health", "death": true, "reports": []m{}, "status": "open", "closed_at": nil}, day(9), reports.ClockOverdue, 10, policy.StatusFail},
		"death left open":   {m{"category": "death_or_health", "death": nil, "reports": []m{}, "status": "open", "closed_at": nil}, day(9), reports.ClockOverdue, 10, policy.StatusFail},
		"widespread":        {m{"widespread": true, "reports": []m{}, "status": "open", "closed_at": nil}, day(1), reports.ClockOverdue, 2, policy.StatusFail},
		"not said how wide": {m{"widespread": nil, "reports": []m{}, "status": "open", "closed_at": nil}, day(1), reports.ClockOverdue, 2, policy.StatusFail},
		"infrastructure":    {m{"category": "critical_infrastructure", "reports": []m{}, "status": "open", "closed_at": nil}, day(1), reports.ClockOverdue, 2, policy.StatusFail},
		"internal":          {m{"category": "internal"}, day(1), reports.ClockNone, 0, policy.StatusNotApplicable},
		"internal, a death": {m{"category": "internal", "death": true, "reports": []m{}, "status": "open", "closed_at": nil}, day(14), reports.ClockOverdue, 15, policy.StatusFail},
		"a promise":         {m{"reports": sent(2), "status": "open", "closed_at": nil}, day(14), reports.ClockOverdue, 15, policy.StatusFail},
		"before it was":     {m{"reports": sent(-9), "status": "open", "closed_at": nil}, day(14), reports.ClockOverdue, 15, policy.StatusFail},
	} {
		t.Run(name, func(t *testing.T) {
			system := "system:" + fmt.Sprintf("%x", name)
			describe(t, c.Rig, system)
			said := example(t, "incident", m{"systems": []string{system}, "stated_at": start, "id": name, "occurred_at": day(-3), "aware_at": day(-2), "causal_link_at": nil, "closed_at": day(-0.1)})
			maps.Copy(said, x.incident)
			maps.DeleteFunc(said, func(_ string, v any) bool { return v == nil })
			c.Submit(attesttest.Statement("incident", said, attesttest.Subject(system, "")), "operator")
			size := c.Size()
			r := kindOf[*reports.Incidents](t, c, reports.KindIncidents, reports.Request{AsOf: x.asOf, KnownAt: &size})
			n := slices.IndexFunc(r.Incidents, func(i reports.IncidentClock) bool { return i.ID == name })
			if n < 0 {
				t.Fatal("not in the register")
			}
			if got := r.Incidents[n]; got.Clock != x.clock || got.Days != x.days {
				t.Errorf("%s within %v days, want %s within %v: %+v", got.Clock, got.Days, x.clock, x.days, got)
			}
			a, err := c.Gate.Decide(context.Background(), gate.Question{Subject: attest.RefOf(system), System: system, Action: "deploy", Environment: "production"},
				gate.Options{At: &x.asOf, Rules: []string{"REG-17"}})
			if err != nil {
				t.Fatal(err)
			}
			if f := a.Decision.Findings; len(f) != 1 || f[0].Status != x.status {
				t.Errorf("the rule says otherwise: %+v", f)
			}
		})
	}
}

// TestLostIncidents: what was told and is believed no longer is not gone from the
// register.
func TestLostIncidents(t *testing.T) {
	c := reportstest.Untold(t, attesttest.Now)
	describe(t, c.Rig, "system:credit-scoring")
	told := c.Submit(attesttest.Statement("incident", example(t, "incident", nil), attesttest.Subject("system:credit-scoring", "")), "operator")
	c.Signer("operator").CompromisedAt = attesttest.Now.Add(-time.Hour)
	c.Rebuild()
	c.Clock.Advance(time.Hour)
	c.ActivateTrust()
	r := kindOf[*reports.Incidents](t, c, reports.KindIncidents, reports.Request{AsOf: c.Clock.Now()})
	if len(r.Incidents) != 0 || !slices.Equal(r.Lost, []uint64{told.Receipt.Index}) || !strings.Contains(r.Sentence, "can no longer be read or believed") {
		t.Errorf("%d incidents, lost %v: %s", len(r.Incidents), r.Lost, r.Sentence)
	}
}

// TestImpactRatios: ratios come from the counts, and a claimed one that does not is
// named. The first two rows are those of the example in 6 RCNY 5-301(b).
func TestImpactRatios(t *testing.T) {
	c := reportstest.Untold(t, attesttest.Now)
	describe(t, c.Rig, "system:credit-scoring")
	category := func(sex string, n, selected int, claimed float64) m {
		return m{"sex": sex, "n": n, "counts": m{"n": n, "selected": selected}, "selection_rate": float64(selected) / float64(n), "impact_ratio": claimed, "excluded": false}
	}
	model := attesttest.Subject("screener", hexOf("screener"))
	c.Submit(attesttest.Statement("bias-audit", example(t, "bias-audit", m{"categories": []m{category("male", 1390, 667, 1), category("female", 1181, 555, 0.979), category("other", 200, 48, 0.9)}}), model), "validator")
	r := kindOf[*reports.BiasAudit](t, c, reports.KindLL144, reports.Request{System: "system:credit-scoring", Environment: "production", AsOf: attesttest.Now})
	if len(r.Tables) != 3 || len(r.Tables[0].Rows) != 3 {
		t.Fatalf("%+v", r.Tables)
	}
	for i, want := range []struct {
		ratio   float64
		differs bool
	}{{1, false}, {0.9793367499, false}, {0.5001499250, true}} {
		if got := r.Tables[0].Rows[i]; got.Ratio == nil || math.Abs(*got.Ratio-want.ratio) > 1e-6 || got.Differs != want.differs {
			t.Errorf("%s: ratio %s, differs %v: want %v, %v", got.Category, decimalsOf(got.Ratio), got.Differs, want.ratio, want.differs)
		}
	}
	if !strings.Contains(r.Sentence, "0.500") || !strings.Contains(r.Sentence, "1 claimed ratio is not what the counts give") {
		t.Error(r.Sentence)
	}
	if r.Tables[1].Note == "" || r.Audit == nil || r.Audit.Auditor != "Audit Ltd" {
		t.Errorf("%+v, %+v", r.Tables[1], r.Audit)
	}
}

func decimalsOf(v *float64) string {
	if v == nil {
		return "none"
	}
	return fmt.Sprint(*v)
}

// TestMaturityLevels: every practice that is met lifts the level, and the one that
// limits it is named; the evidence stands beside it.
func TestMaturityLevels(t *testing.T) {
	c := reportstest.Untold(t, attesttest.Now)
	const system = "system:credit-scoring"
	describe(t, c.Rig, system)
	model := attesttest.Subject("scorer", hexOf("scorer"))
	say := func(typ, signer string, change m, about ...m) {
		t.Helper()
		subjects := []map[string]any{model}
		if len(about) > 0 {
			subjects = about
		}
		c.Clock.Advance(time.Minute)
		whole := m{"stated_at": c.Clock.Now()}
		maps.Copy(whole, change)
		c.Submit(attesttest.Statement(typ, example(t, typ, whole), subjects...), signer)
	}
	level := func(google, microsoft int, limiting string) {
		t.Helper()
		r := kindOf[*reports.Maturity](t, c, reports.KindMaturity, reports.Request{AsOf: c.Clock.Now()})
		if len(r.Systems) != 1 {
			t.Fatalf("%d systems", len(r.Systems))
		}
		if s := r.Systems[0]; s.Google != google || s.Microsoft != microsoft || s.Limiting != limiting {
			t.Errorf("Google %d, Microsoft %d, limited by %q: want %d, %d, %q: %+v", s.Google, s.Microsoft, s.Limiting, google, microsoft, limiting, s.Practices)
		}
	}
	level(0, 0, "versioned")
	outputs := []m{{"name": "scorer", "digest": "sha256:" + hexOf("scorer")}}
	say("training-run", "developer", m{"outputs": outputs, "code": m{"repo": "https://git.example/credit", "commit": "4f1c2d9", "dirty": true}})
	level(0, 0, "versioned")
	say("training-run", "developer", m{"outputs": outputs})
	level(0, 1, "built")
	say("training-run", "builder", m{"outputs": outputs})
	level(0, 2, "tested")
	say("monitoring-plan", "risk", m{"cadence_s": 86400.0 * 7}, attesttest.Subject(system, ""))
	say("monitoring-report", "operator", m{"window": m{"start": c.Clock.Now().Add(-8 * 24 * time.Hour), "end": c.Clock.Now().Add(-24 * time.Hour)}})
	level(1, 2, "tested")
	say("eval-plan", "risk", nil, attesttest.Subject(system, ""))
	say("eval-result", "evaluator", nil)
	level(1, 2, "gated")
	c.Activate(t, c.Set, func(p map[string]any) {
		for _, g := range p["gates"].([]any) {
			g.(map[string]any)["rules"], g.(map[string]any)["actions"] = []string{"REG-01"}, []string{"deploy"}
		}
	})
	a, err := c.Gate.Decide(context.Background(), gate.Question{Subject: attest.Ref("sha256:" + hexOf("scorer")), System: system, Action: "deploy", Environment: "production"}, gate.Options{})
	if err != nil || a.Recorded == nil || a.Decision.Verdict != gate.Allow {
		t.Fatalf("%+v, %v", a.Decision, err)
	}
	level(1, 3, "retrained")
	say("model-change", "developer", m{"kind": "retrain", "trigger": "drift of age", "to": "sha256:" + hexOf("scorer")})
	level(2, 4, "")
	c.Clock.Advance(30 * 24 * time.Hour)
	say("system-profile", "compliance", m{"systems": []string{system}, "system_id": system}, attesttest.Subject(system, ""))
	level(0, 3, "watched")
}
