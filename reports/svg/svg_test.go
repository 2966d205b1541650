package svg_test

import (
	"encoding/xml"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/assize-dev/assize/reports"
	"github.com/assize-dev/assize/reports/svg"
)

// TestChart: the picture is well formed whatever the texts say, and a value that
// is not there leaves a gap.
func TestChart(t *testing.T) {
	c := &reports.Chart{Title: `<script>alert(1)</script>"`, Steps: []string{"a", `b" onload="x`, "c", "d"},
		Lines:  []reports.Line{{Name: "auc & co", Values: []float64{0.7, math.NaN(), 0.8, 0.75}}},
		Bounds: []reports.Bound{{Name: "floor", Value: 0.65, Tone: reports.ToneBad}}}
	got := string(svg.Chart(c))
	dec := xml.NewDecoder(strings.NewReader(got))
	elements := map[string]int{}
	for {
		token, err := dec.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("%v in %s", err, got)
		}
		if e, ok := token.(xml.StartElement); ok {
			elements[e.Name.Local]++
			for _, a := range e.Attr {
				if strings.HasPrefix(a.Name.Local, "on") {
					t.Errorf("attribute %s", a.Name.Local)
				}
			}
		}
	}
	if elements["script"] > 0 || elements["circle"] != 3 || strings.Count(got, "M") < 2 {
		t.Errorf("%v in %s", elements, got)
	}
	for _, empty := range []*reports.Chart{{}, {Steps: []string{"a"}, Lines: []reports.Line{{Values: []float64{0}}}}} {
		if got := string(svg.Chart(empty)); strings.Contains(got, "NaN") || strings.Contains(got, "Inf") {
			t.Errorf("%s", got)
		}
	}
}
