package html_test

import (
	"bytes"
	"flag"
	"regexp"
	"strings"
	"testing"

	"github.com/assize-dev/assize/reports"
	"github.com/assize-dev/assize/reports/html"
	"github.com/assize-dev/assize/reports/reportstest"
)

var update = flag.Bool("update", false, "write golden files")

func written(t *testing.T, r *reports.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := html.Write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	for _, name := range []string{"denied", "waived", "revoked"} {
		reportstest.Golden(t, name+".html", []byte(written(t, reportstest.Model(t, name))), *update)
	}
}

// TestLinks: every number leads somewhere. A dead link would end the way from a
// finding to its signed evidence.
func TestLinks(t *testing.T) {
	for _, name := range []string{"denied", "waived", "revoked"} {
		page := written(t, reportstest.Model(t, name))
		ids := map[string]bool{}
		for _, m := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(page, -1) {
			if ids[m[1]] {
				t.Errorf("%s: two elements have id %s", name, m[1])
			}
			ids[m[1]] = true
		}
		links := regexp.MustCompile(`href="([^"]+)"`).FindAllStringSubmatch(page, -1)
		for _, m := range links {
			if to, inside := strings.CutPrefix(m[1], "#"); inside && !ids[to] || !inside && m[1] != "data:," {
				t.Errorf("%s: link to %s leads nowhere", name, m[1])
			}
		}
		if len(links) < 50 {
			t.Errorf("%s: %d links only", name, len(links))
		}
	}
}

// TestHostile: what producers of evidence write stays text.
func TestHostile(t *testing.T) {
	page := written(t, reportstest.Hostile(t))
	for _, bad := range []string{"<script", "javascript:alert(1)\"", "onerror="} {
		if strings.Contains(page, bad) {
			t.Errorf("the page holds %s", bad)
		}
	}
	if !strings.Contains(page, "&lt;script&gt;") {
		t.Error("the hostile text is gone; it should be shown as text")
	}
}

// TestDocument: the generic page shows the same words, links within itself and
// keeps hostile text text.
func TestDocument(t *testing.T) {
	for name, r := range map[string]*reports.Report{"revoked": reportstest.Model(t, "revoked"), "hostile": reportstest.Hostile(t)} {
		var b bytes.Buffer
		if err := html.WriteDocument(&b, r); err != nil {
			t.Fatal(err)
		}
		page := b.String()
		for _, f := range r.Findings {
			if !strings.Contains(page, f.Rule) {
				t.Errorf("%s: finding %s is not there", name, f.ID)
			}
		}
		for _, bad := range []string{"<script", "javascript:alert(1)\"", "onerror=", "ZgotmplZ"} {
			if strings.Contains(page, bad) {
				t.Errorf("%s: the page holds %s", name, bad)
			}
		}
	}
}
