package reports

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"time"

	"github.com/assize-dev/assize/ledger/evidence"
)

// Series is a figure of the monitoring reports of a system in an environment, one
// point for each window, in order of time.
type Series struct {
	Name   string  `json:"name"`
	Unit   string  `json:"unit,omitempty"`
	Points []Point `json:"points"`
	Bounds []Limit `json:"bounds"`
}

// Point is the value at the end of one window. Evidence is the ledger index of
// the report that says it.
type Point struct {
	At       string  `json:"at"`
	Value    float64 `json:"value"`
	Evidence uint64  `json:"evidence"`
}

// Limit is a value the series is held to, and what it does.
type Limit struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Fails bool    `json:"fails"` // else it warns
}

// series reads the monitoring reports that count: the largest drift of any
// feature by each method, and each metric of realised performance.
func (b *builder) series() {
	windows := map[string]*Series{}
	seen := map[uint64]bool{}
	var plan map[string]any
	var newest uint64
	for _, a := range b.asked {
		for _, d := range a.c.Dossiers {
			for _, it := range d.Deployment {
				if it.State != evidence.OK || seen[it.Index] {
					continue
				}
				seen[it.Index] = true
				switch {
				case it.Type == "monitoring-report":
					addWindow(windows, it)
				case it.Type == "monitoring-plan" && (plan == nil || it.Index > newest):
					plan, newest = it.Statement.Predicate, it.Index
				}
			}
		}
	}
	for _, s := range windows {
		slices.SortFunc(s.Points, func(x, y Point) int {
			return cmp.Or(compareInstants(x.At, y.At), cmp.Compare(x.Evidence, y.Evidence))
		})
		s.Points = s.Points[max(0, len(s.Points)-MaxPoints):]
		s.Bounds = boundsOf(plan, s.Name)
		b.report.Series = append(b.report.Series, *s)
	}
	slices.SortFunc(b.report.Series, func(x, y Series) int { return cmp.Compare(x.Name, y.Name) })
}

func addWindow(windows map[string]*Series, it *evidence.Item) {
	p := it.Statement.Predicate
	window, _ := p["window"].(map[string]any)
	end, _ := window["end"].(string)
	if _, err := time.Parse(time.RFC3339Nano, end); err != nil {
		return // the schema refuses such a report; nothing can be drawn at no time
	}
	add := func(name, unit string, value float64) {
		s := windows[name]
		if s == nil {
			s = &Series{Name: name, Unit: unit}
			windows[name] = s
		}
		s.Points = append(s.Points, Point{At: end, Value: value, Evidence: it.Index})
	}
	worst := map[string]float64{}
	for _, f := range list(p["feature_drift"]) {
		method, _ := f["method"].(string)
		if v, ok := number(f["stat"]); ok && method != "" {
			worst[method] = max(worst[method], v)
		}
	}
	for method, v := range worst {
		add(method, "largest of all features", v)
	}
	for _, m := range list(p["perf"]) {
		name, _ := m["name"].(string)
		unit, _ := m["unit"].(string)
		if v, ok := number(m["value"]); ok && name != "" && m["slice"] == nil {
			add(name, unit, v)
		}
	}
}

// boundsOf reads the bounds a plan sets for a figure.
func boundsOf(plan map[string]any, name string) []Limit {
	var out []Limit
	for _, m := range list(plan["metrics"]) {
		if m["name"] != name {
			continue
		}
		for _, at := range []string{"warn", "threshold"} {
			if v, ok := number(m[at]); ok && !slices.ContainsFunc(out, func(l Limit) bool { return l.Value == v }) {
				out = append(out, Limit{Name: at, Value: v, Fails: at == "threshold"})
			}
		}
	}
	return out
}

func list(v any) []map[string]any {
	members, _ := v.([]any)
	var out []map[string]any
	for _, m := range members {
		if o, ok := m.(map[string]any); ok {
			out = append(out, o)
		}
	}
	return out
}

func number(v any) (float64, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	f, err := n.Float64()
	return f, err == nil && !math.IsInf(f, 0)
}

// Chart draws the series.
func (s *Series) Chart() *Chart {
	c := &Chart{Title: s.Name, Unit: s.Unit, Lines: []Line{{Name: s.Name}}}
	for _, p := range s.Points {
		c.Steps = append(c.Steps, Day(p.At))
		c.Lines[0].Values = append(c.Lines[0].Values, p.Value)
	}
	for _, l := range s.Bounds {
		tone := ToneOpen
		if l.Fails {
			tone = ToneBad
		}
		c.Bounds = append(c.Bounds, Bound{Name: l.Name, Value: l.Value, Tone: tone})
	}
	return c
}
