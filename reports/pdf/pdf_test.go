package pdf_test

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"os"

	"github.com/assize-dev/assize/reports"
	"github.com/assize-dev/assize/reports/pdf"
	"github.com/assize-dev/assize/reports/reportstest"
)

func written(t *testing.T, m reports.Model) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := pdf.Write(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// text is what a reader can select, read by another program.
func text(t *testing.T, file []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "r.pdf")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("pdftotext", "-layout", path, "-").CombinedOutput()
	if err != nil {
		t.Fatalf("pdftotext (Debian: poppler-utils): %v\n%s", err, out)
	}
	return string(out)
}

// TestSelectable: the words of the report can be selected and searched, every
// finding is there, and the pages are numbered.
func TestSelectable(t *testing.T) {
	for _, name := range []string{"denied", "waived", "revoked"} {
		r := reportstest.Model(t, name)
		got := text(t, written(t, r))
		for _, want := range []string{"To act on first", "Control by control", "What this report does not say", "1 of ", r.Ledger.Origin} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q is not in the text", name, want)
			}
		}
		for i := range r.Findings {
			if !strings.Contains(got, r.Findings[i].Rule) {
				t.Errorf("%s: finding %s is not in the text", name, r.Findings[i].ID)
			}
		}
	}
}

// TestRepeatable: the same model gives the same bytes.
func TestRepeatable(t *testing.T) {
	r := reportstest.Model(t, "denied")
	first := written(t, r)
	for range 3 {
		if !bytes.Equal(first, written(t, r)) {
			t.Fatal("the same model gave other bytes")
		}
	}
}

// TestHostile: what producers of evidence write is text on the page and nothing
// else; what the fonts lack stands as a white square.
func TestHostile(t *testing.T) {
	got := string(written(t, reportstest.Hostile(t)))
	for _, bad := range []string{"/JavaScript", "/JS", "/URI", "/Launch", "/OpenAction"} {
		if strings.Contains(got, bad) {
			t.Errorf("the file holds %s", bad)
		}
	}
}
