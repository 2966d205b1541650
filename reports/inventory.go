package reports

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/assize-dev/assize/attest/predicate"
	"github.com/assize-dev/assize/ledger/evidence"
)

// KindInventory is the inventory of models over all systems, with the fields SR
// 26-2 asks to be kept of each.
const KindInventory = "inventory"

// Inventory lists every model of every system that a profile which counts
// describes; a system without models has one line.
type Inventory struct {
	Head
	Systems int              `json:"systems"`
	Models  []InventoryModel `json:"models"`
}

// InventoryModel is one line. What no evidence says is empty.
type InventoryModel struct {
	System       string   `json:"system"`
	Name         string   `json:"name,omitempty"` // of the system
	Owner        string   `json:"owner,omitempty"`
	Purpose      string   `json:"purpose,omitempty"`
	Tier         *int64   `json:"tier,omitempty"` // materiality, 1 is the highest
	RiskTier     string   `json:"risk_tier,omitempty"`
	Model        string   `json:"model,omitempty"` // digest
	ModelName    string   `json:"model_name,omitempty"`
	Version      string   `json:"version,omitempty"`
	Developer    string   `json:"developer,omitempty"`
	Status       string   `json:"status,omitempty"` // of the newest deployment statement
	Environment  string   `json:"environment,omitempty"`
	Inputs       []string `json:"inputs"`   // datasets
	Upstream     []string `json:"upstream"` // models it started from
	Limitations  []string `json:"limitations"`
	Validated    string   `json:"validated,omitempty"` // day
	Conclusion   string   `json:"conclusion,omitempty"`
	Due          string   `json:"due,omitempty"` // day the validation ends
	Overdue      bool     `json:"overdue"`
	OpenFindings int      `json:"open_findings"` // of the validation
	Monitored    string   `json:"monitored,omitempty"`
	Evidence     []uint64 `json:"evidence"` // ledger indices
}

// inventoryTypes are what a line is taken from.
var inventoryTypes = []string{"model-card", "training-run", "validation", "deployment", "monitoring-report"}

func buildInventory(ctx context.Context, cfg Config, q Request) (Model, error) {
	o, err := open(ctx, cfg, q)
	if err != nil {
		return nil, fmt.Errorf("build report: %w", err)
	}
	x, err := evidence.NewIndex(ctx, cfg.Locker.Log(), o.size)
	if err != nil {
		return nil, fmt.Errorf("build report: %w", err)
	}
	systems, err := evidence.Survey(ctx, x, o.trust, inventoryTypes, func(_ context.Context, s evidence.Surveyed) ([]InventoryModel, error) {
		return inventoryOf(s, q.AsOf)
	}, cfg.Progress)
	if err != nil {
		return nil, fmt.Errorf("build report: %w", err)
	}
	r := &Inventory{Head: o.head(KindInventory), Systems: len(systems), Models: []InventoryModel{}}
	live, overdue := 0, 0
	for _, lines := range systems {
		for _, l := range lines {
			if l.Status == "running" {
				live++
			}
			if l.Overdue {
				overdue++
			}
		}
		r.Models = append(r.Models, lines...)
	}
	r.Title = "Model inventory"
	r.Sentence = fmt.Sprintf("%s with %s, %d of them running; the validation of %d is overdue.", count(len(systems), "system", "systems"), count(r.known(), "model", "models"), live, overdue)
	return r, nil
}

func (r *Inventory) known() int {
	n := 0
	for _, m := range r.Models {
		if m.Model != "" {
			n++
		}
	}
	return n
}

func inventoryOf(s evidence.Surveyed, asOf time.Time) ([]InventoryModel, error) {
	profile, err := read[predicate.SystemProfile](s.Profile, "name", "owner", "intended_purpose", "risk_tier", "materiality")
	if err != nil {
		return nil, err
	}
	base := InventoryModel{System: s.System, Name: profile.Name, Owner: profile.Owner, Purpose: profile.IntendedPurpose, RiskTier: profile.RiskTier,
		Inputs: []string{}, Upstream: []string{}, Limitations: []string{}, Evidence: []uint64{s.Profile.Index}}
	if profile.Materiality != nil {
		base.Tier = profile.Materiality.Tier
	}
	if len(s.Models) == 0 {
		return []InventoryModel{base}, nil
	}
	var out []InventoryModel
	for _, m := range s.Models {
		line := base
		line.Model, line.ModelName, line.Evidence = string(m.Ref), m.Name, slices.Clone(base.Evidence)
		for _, short := range inventoryTypes {
			it := m.Newest[short]
			if it == nil {
				continue
			}
			line.Evidence = append(line.Evidence, it.Index)
			if err := line.take(short, it, asOf); err != nil {
				return nil, err
			}
		}
		slices.Sort(line.Evidence)
		out = append(out, line)
	}
	return out, nil
}

func (l *InventoryModel) take(short string, it *evidence.Item, asOf time.Time) error {
	switch short {
	case "model-card":
		c, err := read[predicate.ModelCard](it, "name", "version", "developer", "limitations")
		if err != nil {
			return err
		}
		l.ModelName, l.Version, l.Developer = cmp.Or(c.Name, l.ModelName), c.Version, c.Developer
		if c.Limitations != nil {
			l.Limitations = c.Limitations
		}
	case "training-run":
		run, err := read[predicate.TrainingRun](it, "inputs", "base_models")
		if err != nil {
			return err
		}
		for _, i := range run.Inputs {
			l.Inputs = append(l.Inputs, cmp.Or(i.Name, Short(string(i.Digest)), i.URI))
		}
		for _, b := range run.BaseModels {
			l.Upstream = append(l.Upstream, cmp.Or(b.Name, Short(string(b.Digest)), b.URI))
		}
	case "validation":
		v, err := read[predicate.Validation](it, "conclusion", "valid_until", "findings")
		if err != nil {
			return err
		}
		l.Validated, l.Conclusion, l.Due = day(it.Claimed), v.Conclusion, day(v.ValidUntil)
		l.Overdue = !v.ValidUntil.IsZero() && !asOf.Before(v.ValidUntil)
		for _, f := range v.Findings {
			if f.Status != "closed" && f.Status != "resolved" {
				l.OpenFindings++
			}
		}
	case "deployment":
		d, err := read[predicate.Deployment](it, "state", "environment")
		if err != nil {
			return err
		}
		l.Status, l.Environment = d.State, d.Environment
	case "monitoring-report":
		m, err := read[predicate.MonitoringReport](it, "window")
		if err != nil {
			return err
		}
		l.Monitored = day(m.Window.End)
	}
	return nil
}

// Document is one table, as a spreadsheet wants it.
func (r *Inventory) Document() *Document {
	d := &Document{Kind: r.Kind, Title: r.Title, Sentence: r.Sentence, Main: "models", Facts: []Fact{{Label: "As of", Value: Instant(r.AsOf)},
		{Label: "Ledger", Value: fmt.Sprintf("%s, %s", r.Ledger.Origin, count(int(r.Ledger.Size), "entry", "entries"))}}}
	t := &Table{Columns: []Column{{Title: "System", Share: 2}, {Title: "Model", Share: 2}, {Title: "Owner", Share: 1.6}, {Title: "Tier", Numeric: true, Share: 0.5}, {Title: "Status", Share: 1.1},
		{Title: "Inputs and upstream", Share: 2}, {Title: "Validated", Share: 1.3}, {Title: "Due", Share: 1.1}, {Title: "Monitored", Share: 1.1}, {Title: "Evidence", Share: 1.1}},
		Empty: "No profile that counts describes a system. `assize attest system-profile` makes the first."}
	for _, m := range r.Models {
		tier := ""
		if m.Tier != nil {
			tier = fmt.Sprint(*m.Tier)
		}
		status := m.Status
		if m.Environment != "" {
			status += " in " + m.Environment
		}
		validated := m.Validated
		if m.Conclusion != "" {
			validated += " " + strings.ReplaceAll(m.Conclusion, "_", " ")
		}
		if m.OpenFindings > 0 {
			validated += fmt.Sprintf(", %d open", m.OpenFindings)
		}
		model := strings.TrimSpace(m.ModelName + " " + m.Version)
		if m.Model == "" {
			model = "none yet"
		} else if model == "" {
			model = Short(m.Model)
		}
		row := Plainly(cmp.Or(m.Name, m.System), model, m.Owner, tier, status, strings.Join(append(slices.Clone(m.Inputs), m.Upstream...), ", "), validated, m.Due, m.Monitored, indices(m.Evidence))
		if m.Overdue {
			row.Cells[7].Tone = ToneBad
		}
		t.Rows = append(t.Rows, row)
	}
	d.Sections = []Section{{ID: "models", Title: "Models", Level: 1, Blocks: []Block{t}}, r.Made("csv")}
	return d
}
