package html

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/assize-dev/assize/reports"
	"github.com/assize-dev/assize/reports/svg"
)

//go:embed document.html
var documentPage string

// WriteDocument writes the document of any kind of report. The audit has a page of
// its own, Write.
func WriteDocument(w io.Writer, m reports.Model) error {
	d := m.Document()
	if err := d.Check(); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	t, err := template.New("document").Funcs(template.FuncMap{
		"plain": reports.Plain, "instant": reports.Instant, "chart": svg.Chart, "kind": kindOf,
		"words": func(s string) string { return strings.ReplaceAll(s, "-", " ") },
		"text":  func(b reports.Block) string { return fmt.Sprint(b) },
	}).Parse(documentPage)
	if err != nil {
		return fmt.Errorf("parse template: %w", err)
	}
	data := struct {
		Doc   *reports.Document
		Head  *reports.Head
		Style template.CSS
	}{d, m.About(), template.CSS(style + svg.Style)}
	if err := t.Execute(w, data); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

func kindOf(b reports.Block) string {
	switch b.(type) {
	case reports.Paragraph:
		return "paragraph"
	case reports.List:
		return "list"
	case reports.Code:
		return "code"
	case reports.Facts:
		return "facts"
	case *reports.Table:
		return "table"
	case *reports.Chart:
		return "chart"
	}
	return ""
}
