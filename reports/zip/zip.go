// Package zip packs a report with the signed statements it rests on: the report as
// page, PDF and JSON, and under evidence/ each envelope as it was handed in. The
// same report and evidence give the same bytes.
package zip

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/reports"
	"github.com/assize-dev/assize/reports/html"
	"github.com/assize-dev/assize/reports/json"
	"github.com/assize-dev/assize/reports/pdf"
)

// Model is a report that knows what it rests on.
type Model interface {
	reports.Model
	Cited() []reports.Evidence
}

// Read reads the payload of a ledger entry. ledger.ErrErased: it is gone.
type Read func(ctx context.Context, index uint64) ([]byte, error)

// Write packs a report. A statement that was erased since stands as a text that
// says so.
func Write(ctx context.Context, w io.Writer, m Model, read Read) error {
	asOf, err := time.Parse(time.RFC3339Nano, m.About().AsOf)
	if err != nil {
		return fmt.Errorf("pack report: as of: %w", err)
	}
	z := zip.NewWriter(w)
	add := func(name string, write func(io.Writer) error) error {
		f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: asOf.UTC()})
		if err == nil {
			err = write(f)
		}
		if err != nil {
			return fmt.Errorf("pack %s: %w", name, err)
		}
		return nil
	}
	kind := m.About().Kind
	for _, f := range []struct {
		name  string
		write func(io.Writer, reports.Model) error
	}{{kind + ".html", html.WriteDocument}, {kind + ".pdf", pdf.Write}, {kind + ".json", json.Write}} {
		if err := add(f.name, func(w io.Writer) error { return f.write(w, m) }); err != nil {
			return err
		}
	}
	for _, e := range m.Cited() {
		payload, err := read(ctx, e.Index)
		name := fmt.Sprintf("evidence/%d-%s.json", e.Index, fileName(e.Type))
		if errors.Is(err, ledger.ErrErased) {
			payload, name, err = []byte("The payload of this entry was erased; the ledger holds its leaf "+e.Leaf+".\n"), strings.TrimSuffix(name, ".json")+".erased.txt", nil
		}
		if err != nil {
			return fmt.Errorf("read entry %d: %w", e.Index, err)
		}
		if err := add(name, func(w io.Writer) error { _, err := io.Copy(w, bytes.NewReader(payload)); return err }); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("pack report: %w", err)
	}
	return nil
}

// fileName keeps what is safe in a name on every system.
func fileName(s string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' {
			return c
		}
		return '_'
	}, s[max(0, len(s)-64):])
}
