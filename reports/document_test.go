package reports_test

import (
	"strings"
	"testing"

	"github.com/assize-dev/assize/reports"
)

// TestDocumentCheck: a document that would send its reader nowhere is refused.
func TestDocumentCheck(t *testing.T) {
	table := func(cells ...reports.Cell) []reports.Block {
		return []reports.Block{&reports.Table{Columns: reports.Columns("a", "b"), Rows: []reports.Row{{ID: "row", Cells: cells}}}}
	}
	for name, c := range map[string]struct {
		sections []reports.Section
		want     string
	}{
		"good":           {[]reports.Section{{ID: "s", Level: 1, Blocks: table(reports.Cell{Link: "row"}, reports.Cell{Link: "s"})}}, ""},
		"no anchor":      {[]reports.Section{{Level: 1}}, "has the id"},
		"level":          {[]reports.Section{{ID: "s", Level: 4}}, "level 4"},
		"anchor twice":   {[]reports.Section{{ID: "s", Level: 1}, {ID: "s", Level: 1}}, "stands twice"},
		"dead link":      {[]reports.Section{{ID: "s", Level: 1, Blocks: table(reports.Cell{Link: "gone"}, reports.Cell{})}}, `"gone" leads nowhere`},
		"dead fact link": {[]reports.Section{{ID: "s", Level: 1, Blocks: []reports.Block{reports.Facts{{Link: "gone"}}}}}, `"gone" leads nowhere`},
		"narrow row":     {[]reports.Section{{ID: "s", Level: 1, Blocks: table(reports.Cell{})}}, "a row of 1 cells"},
		"short line": {[]reports.Section{{ID: "s", Level: 1, Blocks: []reports.Block{&reports.Chart{Steps: []string{"a"}, Lines: []reports.Line{{Name: "l"}}}}}},
			"0 values for 1 steps"},
	} {
		err := (&reports.Document{Kind: "test", Sections: c.sections}).Check()
		if got := ""; err != nil {
			got = err.Error()
			if c.want == "" || !strings.Contains(got, c.want) {
				t.Errorf("%s: %v, want %q", name, err, c.want)
			}
		} else if c.want != "" {
			t.Errorf("%s: accepted, want %q", name, c.want)
		}
	}
}
