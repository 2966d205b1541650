// Package json writes a report as JSON: the model itself, for programs.
package json

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/assize-dev/assize/reports"
)

// Write writes the report, indented, one object and a line end.
func Write(w io.Writer, r reports.Model) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(r); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}
