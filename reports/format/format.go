// Package format knows every form a report is written in, so that the command line
// and the service offer the same ones under the same names. The writing itself is
// done by one package per form beside this one.
package format

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/reports"
	"github.com/assize-dev/assize/reports/csv"
	"github.com/assize-dev/assize/reports/html"
	"github.com/assize-dev/assize/reports/json"
	"github.com/assize-dev/assize/reports/junit"
	"github.com/assize-dev/assize/reports/markdown"
	"github.com/assize-dev/assize/reports/oscal"
	"github.com/assize-dev/assize/reports/pdf"
	"github.com/assize-dev/assize/reports/sarif"
	"github.com/assize-dev/assize/reports/zip"
)

// ErrFormat: there is no such form of that report.
var ErrFormat = errors.New("no such format")

// Format is one form.
type Format struct {
	Name      string
	Media     string // media type
	Extension string // of a file, without the dot
	write     func(context.Context, io.Writer, reports.Model, *ledger.Log) error
}

// Write writes a report. log is the one it was built from; forms that pack evidence
// read it there.
func (f Format) Write(ctx context.Context, w io.Writer, m reports.Model, log *ledger.Log) error {
	return f.write(ctx, w, m, log)
}

// formats in the order of the help page.
var formats = []Format{
	{"html", "text/html; charset=utf-8", "html", plain(func(w io.Writer, m reports.Model) error {
		if r, ok := m.(*reports.Report); ok {
			return html.Write(w, r)
		}
		return html.WriteDocument(w, m)
	})},
	{"pdf", "application/pdf", "pdf", plain(pdf.Write)},
	{"json", "application/json", "json", plain(json.Write)},
	{"csv", "text/csv; charset=utf-8", "csv", plain(func(w io.Writer, m reports.Model) error {
		if r, ok := m.(*reports.Report); ok {
			return csv.Write(w, r)
		}
		return csv.WriteDocument(w, m)
	})},
	{"zip", "application/zip", "zip", pack},
	{"markdown", "text/markdown; charset=utf-8", "md", ofAudit(markdown.Write)},
	{"sarif", "application/sarif+json", "sarif", ofAudit(sarif.Write)},
	{"junit", "application/xml", "junit.xml", ofAudit(junit.Write)},
	{"oscal", "application/json", "oscal.json", ofAudit(oscal.Write)},
}

func plain(write func(io.Writer, reports.Model) error) func(context.Context, io.Writer, reports.Model, *ledger.Log) error {
	return func(_ context.Context, w io.Writer, m reports.Model, _ *ledger.Log) error { return write(w, m) }
}

// ofAudit is a form that only the audit has.
func ofAudit(write func(io.Writer, *reports.Report) error) func(context.Context, io.Writer, reports.Model, *ledger.Log) error {
	return func(_ context.Context, w io.Writer, m reports.Model, _ *ledger.Log) error {
		r, ok := m.(*reports.Report)
		if !ok {
			return fmt.Errorf("%w: only the audit has it, this is %s", ErrFormat, m.About().Kind)
		}
		return write(w, r)
	}
}

func pack(ctx context.Context, w io.Writer, m reports.Model, log *ledger.Log) error {
	cited, ok := m.(zip.Model)
	if !ok {
		return fmt.Errorf("%w: zip: the report %s names no evidence to pack", ErrFormat, m.About().Kind)
	}
	return zip.Write(ctx, w, cited, func(ctx context.Context, index uint64) ([]byte, error) {
		rec, err := log.Read(ctx, index)
		if err == nil && rec.Erased {
			err = ledger.ErrErased
		}
		return rec.Payload, err
	})
}

// Of names the forms of a kind, in the order of the help page.
func Of(k reports.Kind) []string {
	var names []string
	for _, f := range formats {
		if slices.Contains([]string{"html", "pdf", "json"}, f.Name) || slices.Contains(k.Formats, f.Name) {
			names = append(names, f.Name)
		}
	}
	return names
}

// Find is the form of a kind by its name.
func Find(k reports.Kind, name string) (Format, error) {
	if names := Of(k); !slices.Contains(names, name) {
		return Format{}, fmt.Errorf("%w: %q of %s: want one of %s", ErrFormat, name, k.Name, strings.Join(names, ", "))
	}
	i := slices.IndexFunc(formats, func(f Format) bool { return f.Name == name })
	return formats[i], nil
}
