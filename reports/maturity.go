package reports

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/predicate"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy/gate"
)

// KindMaturity is how far the work on each system is automated and watched, told
// from the ledger and not from a form.
const KindMaturity = "maturity"

// Maturity holds a level of Google's and of Microsoft's scale for each system:
// "MLOps: Continuous delivery and automation pipelines in machine learning" (Google
// Cloud Architecture Center, levels 0 to 2) and "Machine Learning operations
// maturity model" (Microsoft Azure Architecture Center, levels 0 to 4). Which
// evidence stands for which level is this project's reading of them.
type Maturity struct {
	Head
	Window  string           `json:"window"` // what lies before it is not looked at
	Systems []SystemMaturity `json:"systems"`
}

// SystemMaturity is one system. Google and Microsoft are the highest levels of
// which every practice is met; Limiting names the first that is not.
type SystemMaturity struct {
	System    string     `json:"system"`
	Name      string     `json:"name,omitempty"`
	Owner     string     `json:"owner,omitempty"`
	Models    int        `json:"models"` // looked at
	Google    int        `json:"google"`
	Microsoft int        `json:"microsoft"`
	Limiting  string     `json:"limiting,omitempty"` // of Microsoft's scale; empty at the top
	Practices []Practice `json:"practices"`
}

// Practice is one thing the levels rest on.
type Practice struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	// Google and Microsoft are the levels that ask for it; -1 for none.
	Google    int  `json:"google"`
	Microsoft int  `json:"microsoft"`
	Met       bool `json:"met"`
	// Done of All models do it; a practice is met from 90 % on.
	Done     int      `json:"done"`
	All      int      `json:"all"`
	Evidence []uint64 `json:"evidence"`
}

// The share of models from which a practice counts as one, and how far back it is
// looked for; both are this project's choice.
const (
	practiceShare  = 0.9
	maturityWindow = 90 * 24 * time.Hour
)

var maturityTypes = []string{"training-run", "slsa-provenance", "deployment", "monitoring-report", "monitoring-plan", "model-change", "eval-result", "eval-plan"}

func buildMaturity(ctx context.Context, cfg Config, q Request) (Model, error) {
	o, err := open(ctx, cfg, q)
	if err != nil {
		return nil, fmt.Errorf("build report: %w", err)
	}
	x, err := evidence.NewIndex(ctx, cfg.Locker.Log(), o.size)
	if err != nil {
		return nil, fmt.Errorf("build report: %w", err)
	}
	r := &Maturity{Head: o.head(KindMaturity), Window: stamp(q.AsOf.Add(-maturityWindow))}
	r.Systems, err = evidence.Survey(ctx, x, o.trust, maturityTypes, func(ctx context.Context, s evidence.Surveyed) (SystemMaturity, error) {
		return o.maturityOf(ctx, x, s)
	}, cfg.Progress)
	if err != nil {
		return nil, fmt.Errorf("build report: %w", err)
	}
	levels := map[int]int{}
	for _, m := range r.Systems {
		levels[m.Microsoft]++
	}
	r.Title = "Maturity of machine learning operations"
	var parts []string
	for level := range 5 {
		if levels[level] > 0 {
			parts = append(parts, fmt.Sprintf("%d at level %d", levels[level], level))
		}
	}
	r.Sentence = fmt.Sprintf("%s: %s of Microsoft's scale.", count(len(r.Systems), "system", "systems"), orNone(strings.Join(parts, ", ")))
	return r, nil
}

// seen counts models that do something, with the evidence for it.
type seen struct {
	done     int
	evidence []uint64
}

func (s *seen) take(ok bool, evidence ...uint64) {
	if ok {
		s.done++
		s.evidence = append(s.evidence, evidence...)
	}
}

func (o *opening) maturityOf(ctx context.Context, x *evidence.Index, s evidence.Surveyed) (SystemMaturity, error) {
	profile, err := read[predicate.SystemProfile](s.Profile)
	if err != nil {
		return SystemMaturity{}, err
	}
	out := SystemMaturity{System: s.System, Name: profile.Name, Owner: profile.Owner}
	models := inWindow(s.Models, o.q.AsOf.Add(-maturityWindow))
	out.Models = len(models)
	var versioned, built, tested, gated, watched seen
	for _, m := range models {
		if it := m.Newest["training-run"]; it != nil {
			run, err := read[predicate.TrainingRun](it)
			if err != nil {
				return out, err
			}
			versioned.take(run.Code != nil && run.Code.Commit != "" && run.Code.Dirty != nil && !*run.Code.Dirty, it.Index)
			built.take(slices.Contains(it.Roles, "builder") && run.Env != nil && (run.Env.Image != "" || run.Env.Lockfile != ""), it.Index)
		} else if it := m.Newest["slsa-provenance"]; it != nil {
			versioned.take(true, it.Index)
			built.take(slices.Contains(it.Roles, "builder"), it.Index)
		}
		if result, plan := m.Newest["eval-result"], s.Newest["eval-plan"]; result != nil && plan != nil {
			tested.take(plan.Index < result.Index, plan.Index, result.Index)
		}
		index, ok, err := o.allowed(ctx, x, m.Ref)
		if err != nil {
			return out, err
		}
		gated.take(ok, index)
		if it := m.Newest["monitoring-report"]; it != nil {
			ok, err := o.alive(it, s.Newest["monitoring-plan"])
			if err != nil {
				return out, err
			}
			watched.take(ok, it.Index)
		}
	}
	var retrained seen
	for _, m := range models {
		if it := m.Newest["model-change"]; it != nil {
			c, err := read[predicate.ModelChange](it)
			if err != nil {
				return out, err
			}
			retrained.take(c.Kind == "retrain" && c.Trigger != "", it.Index)
		}
	}
	out.practices([]Practice{
		practice("versioned", "The code of every model is at a clean commit", -1, 1, versioned, len(models)),
		practice("built", "A builder trains and signs, in a recorded environment", 1, 2, built, len(models)),
		practice("tested", "Results are held to a plan that was there before them", 2, 3, tested, len(models)),
		practice("gated", "A recorded decision allowed every model in use", 2, 3, gated, len(models)),
		practice("watched", "Every model in use is monitored without a gap", 1, 4, watched, len(models)),
		{ID: "retrained", Title: "Retraining is triggered by what monitoring saw", Google: 2, Microsoft: 4, Met: retrained.done > 0, Done: retrained.done, All: min(1, len(models)), Evidence: nonNil(retrained.evidence)},
	})
	return out, nil
}

// inWindow are the models in use or made since an instant.
func inWindow(models []evidence.SurveyedModel, since time.Time) []evidence.SurveyedModel {
	return slices.DeleteFunc(slices.Clone(models), func(m evidence.SurveyedModel) bool {
		if it := m.Newest["deployment"]; it != nil && it.Facts.State != nil && it.Facts.State.Open {
			return false
		}
		for _, it := range m.Newest {
			if !it.Proven.Before(since) && it.Type != "monitoring-report" {
				return false
			}
		}
		return true
	})
}

// allowed finds a recorded decision, signed by the service, that let the model be
// deployed.
func (o *opening) allowed(ctx context.Context, x *evidence.Index, ref attest.Ref) (uint64, bool, error) {
	found, err := x.Lookup(ctx, evidence.KeyDecided(ref), o.size)
	if err != nil {
		return 0, false, err
	}
	for _, i := range slices.Backward(found) {
		a, rec, err := gate.ReadDecision(ctx, x, i)
		if err != nil {
			continue // erased, or of another version: it shows nothing
		}
		if _, err := attest.VerifyService(rec.Decision, o.trust.Service.DecisionKeys); err != nil {
			continue
		}
		if a.Decision.Verdict == gate.Allow && a.Decision.Question.Action == "deploy" {
			return i, true, nil
		}
	}
	return 0, false, nil
}

// alive reports whether the newest window of monitoring is no older than two
// cadences of the plan.
func (o *opening) alive(report, plan *evidence.Item) (bool, error) {
	if plan == nil {
		return false, nil
	}
	r, err := read[predicate.MonitoringReport](report)
	if err != nil {
		return false, err
	}
	p, err := read[predicate.MonitoringPlan](plan)
	if err != nil || p.CadenceS == nil {
		return false, err
	}
	return !r.Window.End.Add(time.Duration(2 * *p.CadenceS * float64(time.Second))).Before(o.q.AsOf), nil
}

func practice(id, title string, google, microsoft int, s seen, all int) Practice {
	return Practice{ID: id, Title: title, Google: google, Microsoft: microsoft, Met: all > 0 && float64(s.done) >= practiceShare*float64(all), Done: s.done, All: all, Evidence: nonNil(s.evidence)}
}

func nonNil(list []uint64) []uint64 {
	slices.Sort(list)
	if list = slices.Compact(list); list == nil {
		return []uint64{}
	}
	return list
}

// practices takes the levels from what is met.
func (m *SystemMaturity) practices(list []Practice) {
	m.Practices = list
	level := func(of func(Practice) int, top int) (int, string) {
		for l := 1; l <= top; l++ {
			for _, p := range list {
				if of(p) == l && !p.Met {
					return l - 1, p.ID
				}
			}
		}
		return top, ""
	}
	m.Google, _ = level(func(p Practice) int { return p.Google }, 2)
	m.Microsoft, m.Limiting = level(func(p Practice) int { return p.Microsoft }, 4)
}

// Document is a table of systems and one of practices for each.
func (r *Maturity) Document() *Document {
	d := &Document{Kind: r.Kind, Title: r.Title, Sentence: r.Sentence, Main: "systems", Facts: []Fact{{Label: "As of", Value: Instant(r.AsOf)}, {Label: "Looked at since", Value: Day(r.Window)},
		{Label: "Ledger", Value: fmt.Sprintf("%s, %s", r.Ledger.Origin, count(int(r.Ledger.Size), "entry", "entries"))}}}
	t := &Table{Columns: []Column{{Title: "System", Share: 2.4}, {Title: "Owner", Share: 1.8}, {Title: "Models", Numeric: true}, {Title: "Google, 0 to 2", Numeric: true}, {Title: "Microsoft, 0 to 4", Numeric: true}, {Title: "What limits it", Share: 3.4}},
		Empty: "No profile that counts describes a system."}
	for n, s := range r.Systems {
		limiting := "nothing: the top of the scale"
		for _, p := range s.Practices {
			if p.ID == s.Limiting {
				limiting = fmt.Sprintf("%s (%d of %d)", p.Title, p.Done, p.All)
			}
		}
		row := Plainly(cmp.Or(s.Name, s.System), s.Owner, fmt.Sprint(s.Models), fmt.Sprint(s.Google), fmt.Sprint(s.Microsoft), limiting)
		row.Cells[0].Link = fmt.Sprintf("s-%d", n)
		t.Rows = append(t.Rows, row)
	}
	d.Sections = []Section{{ID: "systems", Title: "Systems", Level: 1, Blocks: []Block{t,
		Paragraph("A practice counts from nine models in ten on. Which evidence stands for which level is this project's reading of Google's and Microsoft's scales.")}}}
	for n, s := range r.Systems {
		p := &Table{Columns: []Column{{Title: "Practice", Share: 4}, {Title: "Google", Numeric: true, Share: 0.8}, {Title: "Microsoft", Numeric: true, Share: 0.9}, {Title: "Met", Share: 0.7}, {Title: "Models", Share: 0.9}, {Title: "Evidence", Share: 2}}}
		for _, x := range s.Practices {
			google := "-"
			if x.Google >= 0 {
				google = fmt.Sprint(x.Google)
			}
			met, tone := "no", ToneBad
			if x.Met {
				met, tone = "yes", ToneGood
			}
			row := Plainly(x.Title, google, fmt.Sprint(x.Microsoft), met, fmt.Sprintf("%d of %d", x.Done, x.All), indices(x.Evidence))
			row.Cells[3].Tone = tone
			p.Rows = append(p.Rows, row)
		}
		d.Sections = append(d.Sections, Section{ID: fmt.Sprintf("s-%d", n), Title: cmp.Or(s.Name, s.System), Level: 2, Blocks: []Block{p}})
	}
	d.Sections = append(d.Sections, r.Made("csv"))
	return d
}
