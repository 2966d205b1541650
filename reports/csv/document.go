package csv

import (
	"encoding/csv"
	"fmt"
	"io"

	"github.com/assize-dev/assize/reports"
)

// WriteDocument writes the main table of a report of any kind, with a header line.
// The audit has columns of its own, Write.
func WriteDocument(w io.Writer, m reports.Model) error {
	d := m.Document()
	if err := d.Check(); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	for _, s := range d.Sections {
		if s.ID != d.Main || d.Main == "" {
			continue
		}
		for _, b := range s.Blocks {
			if t, ok := b.(*reports.Table); ok {
				return writeTable(w, t)
			}
		}
	}
	return fmt.Errorf("write report: a report of kind %s is no table", d.Kind)
}

func writeTable(w io.Writer, t *reports.Table) error {
	out := csv.NewWriter(w)
	cells := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		cells[i] = Cell(c.Title)
	}
	if err := out.Write(cells); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	for _, r := range t.Rows {
		for i, c := range r.Cells {
			cells[i] = Cell(c.Text)
		}
		if err := out.Write(cells); err != nil {
			return fmt.Errorf("write report: %w", err)
		}
	}
	out.Flush()
	return out.Error()
}
