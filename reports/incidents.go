package reports

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/assize-dev/assize/attest/predicate"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy"
)

// KindIncidents is the register of incidents with their clocks, AI Act Art 73.
const KindIncidents = "incidents"

// Incidents lists every statement about an incident that no later one replaced, of
// every system: those that rule REG-17 judges.
type Incidents struct {
	Head
	Incidents []IncidentClock `json:"incidents"`
	Overdue   int             `json:"overdue"`
	// Lost are the ledger indices of incidents that were told and can no longer be
	// read or believed.
	Lost []uint64 `json:"lost"`
}

// IncidentClock is an incident and how it stands to the time limit of its report
// to an authority. The limits are parameters; the shorter one counts for what the
// incident leaves open.
type IncidentClock struct {
	ID          string   `json:"id"`
	Systems     []string `json:"systems"`
	Environment string   `json:"environment"`
	Category    string   `json:"category,omitempty"`
	Status      string   `json:"status"`
	Description string   `json:"description,omitempty"`
	Occurred    string   `json:"occurred,omitempty"`
	Aware       string   `json:"aware"`
	Days        float64  `json:"days,omitempty"` // to report; zero: none is due
	Deadline    string   `json:"deadline,omitempty"`
	Sent        string   `json:"sent,omitempty"`
	Authority   string   `json:"authority,omitempty"`
	// MarginS is how long before the deadline the first report was sent, or how
	// much time is left; negative when late. In seconds.
	MarginS  *float64 `json:"margin_s,omitempty"`
	Clock    string   `json:"clock"` // not reportable, in time, late, running, overdue
	Evidence uint64   `json:"evidence"`
}

// Clocks of an incident.
const (
	ClockNone    = "not reportable"
	ClockInTime  = "in time"
	ClockLate    = "late"
	ClockRunning = "running"
	ClockOverdue = "overdue"
)

func buildIncidents(ctx context.Context, cfg Config, q Request) (Model, error) {
	o, err := open(ctx, cfg, q)
	if err != nil {
		return nil, fmt.Errorf("build report: %w", err)
	}
	x, err := evidence.NewIndex(ctx, cfg.Locker.Log(), o.size)
	if err != nil {
		return nil, fmt.Errorf("build report: %w", err)
	}
	items, lost, err := evidence.Statements(ctx, x, o.trust, "incident")
	if err != nil {
		return nil, fmt.Errorf("build report: %w", err)
	}
	active, err := o.parameters(ctx)
	if err != nil {
		return nil, fmt.Errorf("build report: %w", err)
	}
	r := &Incidents{Head: o.head(KindIncidents), Incidents: []IncidentClock{}, Lost: []uint64{}}
	r.Rules.Parameters = active.Digest()
	for _, it := range lost {
		r.Lost = append(r.Lost, it.Index)
	}
	for _, it := range items {
		c, err := clockOf(it, active, q.AsOf)
		if err != nil {
			return nil, fmt.Errorf("build report: %w", err)
		}
		if c.Clock == ClockOverdue {
			r.Overdue++
		}
		r.Incidents = append(r.Incidents, c)
	}
	r.Title = "Incident register"
	open := 0
	for _, c := range r.Incidents {
		if c.Status != "closed" {
			open++
		}
	}
	r.Sentence = fmt.Sprintf("%s, %d open; the report of %d is overdue.", count(len(r.Incidents), "incident", "incidents"), open, r.Overdue)
	if len(r.Lost) > 0 {
		r.Sentence += fmt.Sprintf(" %s told of and can no longer be read or believed.", count(len(r.Lost), "more was", "more were"))
	}
	return r, nil
}

// parameters in force at the size.
func (o *opening) parameters(ctx context.Context) (*policy.Parameters, error) {
	a, err := evidence.Latest(ctx, o.cfg.Locker.Log(), evidence.KindParameters, o.size)
	if err != nil {
		return nil, err
	}
	return policy.ParseParameters(a.Document)
}

func clockOf(it *evidence.Item, p *policy.Parameters, asOf time.Time) (IncidentClock, error) {
	said, err := read[predicate.Incident](it)
	if err != nil {
		return IncidentClock{}, err
	}
	c := IncidentClock{ID: said.ID, Systems: said.Systems, Environment: said.Environment, Category: said.Category, Status: said.Status, Description: said.Description,
		Occurred: stamp(said.OccurredAt), Clock: ClockNone, Evidence: it.Index}
	aware := it.Proven // no later than the incident was said to be there
	for _, t := range []time.Time{it.Claimed, said.AwareAt} {
		if !t.IsZero() && t.Before(aware) {
			aware = t
		}
	}
	c.Aware = stamp(aware)
	if said.Category == "internal" && !isTrue(said.Death) && !isTrue(said.Widespread) {
		return c, nil
	}
	name := "incident_report_days"
	switch {
	case said.Category == "critical_infrastructure" || said.Widespread == nil || *said.Widespread:
		name = "incident_report_days_widespread"
	case (said.Category == "" || said.Category == "death_or_health") && (said.Death == nil || *said.Death):
		name = "incident_report_days_death"
	}
	t, ok := p.Thresholds[name]
	n, isNumber := t.Value.(json.Number)
	if !ok || !isNumber {
		return c, nil // the parameters of this ledger set no time limit
	}
	if c.Days, err = n.Float64(); err != nil {
		return c, fmt.Errorf("parameter %s: %w", name, err)
	}
	deadline := aware.Add(time.Duration(c.Days * float64(24*time.Hour)))
	c.Deadline = stamp(deadline)
	var sent time.Time
	for _, report := range said.Reports {
		// What is yet to be sent when the incident is told is a promise, and nobody
		// reports what has not happened.
		done := !report.SentAt.IsZero() && !report.SentAt.After(asOf) && !report.SentAt.After(it.Proven) && !report.SentAt.Before(said.OccurredAt)
		if report.Authority != "" && done && (sent.IsZero() || report.SentAt.Before(sent)) {
			sent, c.Authority = report.SentAt, report.Authority
		}
	}
	at := sent
	switch {
	case sent.IsZero():
		if at, c.Clock = asOf, ClockRunning; !asOf.Before(deadline) {
			c.Clock = ClockOverdue
		}
	case sent.After(deadline):
		c.Clock = ClockLate
	default:
		c.Clock = ClockInTime
	}
	c.Sent = stamp(sent)
	margin := deadline.Sub(at).Seconds()
	c.MarginS = &margin
	return c, nil
}

func isTrue(b *bool) bool { return b != nil && *b }

// Document is one table.
func (r *Incidents) Document() *Document {
	d := &Document{Kind: r.Kind, Title: r.Title, Sentence: r.Sentence, Main: "incidents", Facts: []Fact{{Label: "As of", Value: Instant(r.AsOf)},
		{Label: "Ledger", Value: fmt.Sprintf("%s, %s", r.Ledger.Origin, count(int(r.Ledger.Size), "entry", "entries"))}}}
	if r.Overdue > 0 {
		d.Tone = ToneBad
	} else if len(r.Lost) > 0 {
		d.Tone = ToneOpen
	}
	if len(r.Lost) > 0 {
		d.Facts = append(d.Facts, Fact{Label: "Lost", Value: "entries " + indices(r.Lost)})
	}
	t := &Table{Columns: []Column{{Title: "Incident", Share: 1.3}, {Title: "System", Share: 1.7}, {Title: "Category", Share: 1.3}, {Title: "Status", Share: 0.9}, {Title: "Aware", Share: 1.2}, {Title: "Deadline", Share: 1.2},
		{Title: "Sent", Share: 1.2}, {Title: "Margin", Share: 1.1}, {Title: "Clock", Share: 1}, {Title: "Evidence", Numeric: true, Share: 0.8}}, Empty: "No incident is on record."}
	for _, c := range r.Incidents {
		row := Plainly(c.ID, strings.Join(c.Systems, ", ")+" in "+c.Environment, strings.ReplaceAll(c.Category, "_", " "), c.Status, Instant(c.Aware), Instant(c.Deadline), Instant(c.Sent), margin(c.MarginS), c.Clock, fmt.Sprint(c.Evidence))
		row.Cells[8].Tone = map[string]Tone{ClockInTime: ToneGood, ClockLate: ToneBad, ClockOverdue: ToneBad, ClockRunning: ToneOpen}[c.Clock]
		t.Rows = append(t.Rows, row)
	}
	d.Sections = []Section{{ID: "incidents", Title: "Incidents", Level: 1, Blocks: []Block{t,
		Paragraph("A serious incident is reported to the authority within the days the parameters set after AI Act Art 73(2) to (4); what an incident leaves open counts for the shorter time.")}}, r.Made("csv")}
	return d
}

func margin(s *float64) string {
	if s == nil {
		return ""
	}
	text := time.Duration(max(*s, -*s) * float64(time.Second)).Round(time.Minute)
	days := int(text.Hours()) / 24
	out := fmt.Sprintf("%d d %d h", days, int(text.Hours())%24)
	if *s < 0 {
		return out + " late"
	}
	return out
}
