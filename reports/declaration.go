package reports

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/predicate"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
)

// KindDeclaration is the EU declaration of conformity, AI Act Art 47 and Annex V.
const KindDeclaration = "declaration"

// ErrNotFinal: a declaration cannot be made final.
var ErrNotFinal = errors.New("declaration cannot be final")

// Statuses of a declaration.
const (
	StatusDraft = "draft"
	StatusFinal = "final"
)

// Declaration holds the eight items of Annex V as the newest signed conformity
// statement has them.
type Declaration struct {
	Head
	Scope  Scope   `json:"scope"`
	System *System `json:"system,omitempty"`
	// Status is draft or final; final is refused while an item is missing or a
	// critical finding is open.
	Status string            `json:"status"`
	Items  []DeclarationItem `json:"items"`
	// Against are the open findings of critical severity.
	Against  []Finding  `json:"against"`
	Evidence []Evidence `json:"evidence"`
}

// DeclarationItem is one item of Annex V.
type DeclarationItem struct {
	Point string `json:"point"`
	What  string `json:"what"`
	Value string `json:"value"` // empty: missing
	// Needed is false where the item may not arise: no personal data, no body.
	Needed bool `json:"needed"`
}

func buildDeclaration(ctx context.Context, cfg Config, q Request) (Model, error) {
	switch q.Status {
	case "":
		q.Status = StatusDraft
	case StatusDraft, StatusFinal:
	default:
		return nil, fmt.Errorf("%w: status %q; it is draft or final", ErrRequest, q.Status)
	}
	o, err := open(ctx, cfg, q)
	if err != nil {
		return nil, fmt.Errorf("build report: %w", err)
	}
	c, err := cfg.Gate.Case(ctx, gate.Question{Subject: attest.RefOf(q.System), System: q.System, Action: "deploy", Environment: q.Environment}, gate.Options{KnownAt: &o.size})
	if err != nil {
		return nil, fmt.Errorf("build report: %w", err)
	}
	b := &builder{cfg: cfg, q: q, byItem: map[uint64]*Evidence{}, only: critical(c.Set), report: &Report{Head: Head{V: Version, Kind: KindDeclaration, AsOf: stamp(q.AsOf)}}}
	for _, step := range []func(context.Context) error{b.ledger, b.scope, b.judge} {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("build report: %w", err)
		}
	}
	b.finish()
	d := &Declaration{Head: o.head(KindDeclaration), Scope: b.report.Scope, System: b.report.System, Status: q.Status, Against: []Finding{}, Evidence: []Evidence{}}
	d.Command = append(d.Command, "--status", q.Status)
	d.Rules = b.report.Rules
	if err := d.fill(b); err != nil {
		return nil, fmt.Errorf("build report: %w", err)
	}
	for _, f := range b.report.Findings {
		if f.Open() {
			d.Against = append(d.Against, f)
		}
	}
	d.Title = "EU declaration of conformity: " + b.report.systemName()
	missing := d.missing()
	switch {
	case q.Status == StatusFinal && len(d.Against)+len(missing) > 0:
		return nil, fmt.Errorf("%w: %s", ErrNotFinal, d.standing(missing))
	case q.Status == StatusFinal:
		d.Sentence = "Every item of Annex V is there and no critical finding is open."
	default:
		d.Sentence = "Draft. " + d.standing(missing)
	}
	return d, nil
}

// critical are the rules of the worst severity, by the action they are judged for.
func critical(set *policy.Set) map[string][]string {
	out := map[string][]string{}
	for _, r := range set.Rules() {
		if r.Severity != "critical" {
			continue
		}
		for _, action := range []string{"continue", "deploy", "release", "train"} {
			if slices.Contains(r.Actions, action) {
				out[action] = append(out[action], r.ID)
				break
			}
		}
	}
	return out
}

func (d *Declaration) fill(b *builder) error {
	var said predicate.Conformity
	for _, it := range b.items("conformity") {
		c, err := read[predicate.Conformity](it)
		if err != nil {
			return err
		}
		if c.Declaration == nil {
			continue
		}
		said = c
		if e := b.byItem[it.Index]; e != nil {
			e.CitedBy = []string{}
			d.Evidence = append(d.Evidence, *e)
		}
		break
	}
	x := said.Declaration
	if x == nil {
		x = &predicate.Declaration{}
	}
	personal := false
	for _, it := range b.items("dataset-card") {
		pii, _ := it.Statement.Predicate["pii"].(string)
		personal = personal || pii != "none"
	}
	sole, standards, body, signed := "", strings.Join(x.Standards, "; "), x.NotifiedBody, ""
	if x.SoleResponsibility != nil && *x.SoleResponsibility {
		sole = "This declaration is issued under the sole responsibility of the provider."
	}
	if n := said.NotifiedBody; n != nil && body == "" {
		body = strings.Trim(n.ID+", certificate "+n.Cert, ", ")
	}
	if p := x.Signatory; p != nil && x.Place != "" && !x.Date.IsZero() {
		signed = strings.Join(nonEmptyAll(x.Place, x.Date.UTC().Format(time.DateOnly), p.ID, p.Role, p.Org), ", ")
	}
	d.Items = []DeclarationItem{
		{"1", "AI system", x.System, true}, {"2", "Provider", x.Provider, true}, {"3", "Sole responsibility", sole, true}, {"4", "Conformity", x.Statement, true},
		{"5", "Protection of personal data", x.GDPRStatement, personal}, {"6", "Standards and specifications", standards, true},
		{"7", "Notified body and certificate", body, said.Procedure == "annex_vii"}, {"8", "Place, date and signature", signed, true},
	}
	return nil
}

func nonEmptyAll(texts ...string) []string {
	return slices.DeleteFunc(texts, func(s string) bool { return s == "" })
}

func (d *Declaration) missing() []string {
	var out []string
	for _, i := range d.Items {
		if i.Needed && i.Value == "" {
			out = append(out, i.Point)
		}
	}
	return out
}

func (d *Declaration) standing(missing []string) string {
	var parts []string
	if len(missing) > 0 {
		parts = append(parts, "missing items of Annex V: "+strings.Join(missing, ", "))
	}
	if len(d.Against) > 0 {
		var rules []string
		for _, f := range d.Against {
			rules = append(rules, f.Rule+" ("+word(f.Status)+")")
		}
		parts = append(parts, fmt.Sprintf("open critical findings: %s", strings.Join(slices.Compact(rules), ", ")))
	}
	if len(parts) == 0 {
		return "Nothing stands against making it final."
	}
	return upperFirst(strings.Join(parts, "; ")) + "."
}

// Document is laid out as Annex V asks.
func (d *Declaration) Document() *Document {
	doc := &Document{Kind: d.Kind, Title: d.Title, Sentence: d.Sentence, Tone: ToneGood, Facts: []Fact{{Label: "Status", Value: d.Status}, {Label: "As of", Value: Instant(d.AsOf)}, {Label: "System", Value: d.Scope.System}}}
	if d.Status == StatusDraft {
		doc.Notice, doc.Tone = "Draft: not a declaration of conformity", ToneOpen
	}
	if len(d.Against) > 0 {
		doc.Tone = ToneBad
	}
	items := &Table{Columns: []Column{{Title: "Item", Share: 0.5}, {Title: "What", Share: 1.8}, {Title: "Declared", Share: 5}}}
	for _, i := range d.Items {
		row := Plainly(i.Point, i.What, i.Value)
		if i.Value == "" {
			row.Cells[2] = Cell{Text: "does not arise"}
			if i.Needed {
				row.Cells[2] = Cell{Text: "missing", Tone: ToneBad}
			}
		}
		items.Rows = append(items.Rows, row)
	}
	against := &Table{Columns: []Column{{Title: "Rule", Share: 0.8}, {Title: "Status", Share: 1}, {Title: "What is wrong", Share: 4.5}, {Title: "Remedy", Share: 2.6}}, Empty: "None."}
	for i := range d.Against {
		f := &d.Against[i]
		row := Plainly(f.Rule, word(f.Status), f.Title+": "+f.First(), f.Remediation)
		row.Cells[1].Tone = ToneOf(f.Status)
		against.Rows = append(against.Rows, row)
	}
	doc.Sections = []Section{{ID: "items", Title: "Items of Annex V", Level: 1, Blocks: []Block{items}}, {ID: "against", Title: "What stands against it", Level: 1, Blocks: []Block{against}},
		evidenceTable(d.Evidence), d.Made("pdf"), blankSignOff()}
	return doc
}
