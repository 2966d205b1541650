package policies_test

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assize-dev/assize/policies"
	"github.com/assize-dev/assize/policy"
)

func loadFrameworks(t *testing.T) []policy.Framework {
	t.Helper()
	files, err := fs.Sub(policies.FS, "frameworks")
	if err != nil {
		t.Fatal(err)
	}
	all, err := policy.ReadFrameworks(files)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// How many requirements each framework has is a fact about the framework; a list
// that lost one, or took one from somebody's product catalogue, is wrong. NIST AI
// 100-1 has 72 subcategories, NIST AI 600-1 twelve risks, ISO/IEC 42001 Annex A 38
// controls, the AI Act's Annex V eight items.
func TestFrameworkCounts(t *testing.T) {
	want := map[string]int{
		"nist-ai-rmf/GOVERN-": 19, "nist-ai-rmf/MAP-": 18, "nist-ai-rmf/MEASURE-": 22, "nist-ai-rmf/MANAGE-": 13, "nist-ai-rmf/": 72,
		"nist-ai-600-1/": 12,
		"iso-42001/A.2.": 3, "iso-42001/A.3.": 2, "iso-42001/A.4.": 5, "iso-42001/A.5.": 4, "iso-42001/A.6.": 9, "iso-42001/A.7.": 5,
		"iso-42001/A.8.": 4, "iso-42001/A.9.": 3, "iso-42001/A.10.": 3, "iso-42001/A.": 38,
		"eu-ai-act/annex-iv-": 16, "eu-ai-act/annex-iv-2": 8, "eu-ai-act/annex-v-": 8,
		"nyc-ll144/": 5,
	}
	got := map[string]int{}
	for _, f := range loadFrameworks(t) {
		for _, c := range f.Controls {
			for prefix := range want {
				if strings.HasPrefix(f.ID+"/"+c.ID, prefix) {
					got[prefix]++
				}
			}
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("requirements by id (-want +got):\n%s", d)
	}
}

// Every control a rule names is described, and a crosswalk leads somewhere.
func TestControls(t *testing.T) {
	described := map[string]bool{}
	all := loadFrameworks(t)
	for _, f := range all {
		for _, c := range f.Controls {
			described[f.ID+"/"+c.ID] = true
		}
	}
	for _, f := range all {
		for _, c := range f.Controls {
			for _, to := range c.Crosswalk {
				if !described[to] || strings.HasPrefix(to, f.ID+"/") {
					t.Errorf("%s/%s leads to %s, which no other framework describes", f.ID, c.ID, to)
				}
			}
			if f.ID == "sr-11-7" && len(c.Crosswalk) == 0 {
				t.Errorf("%s/%s is rescinded and leads nowhere", f.ID, c.ID)
			}
		}
	}
	for _, r := range loadSet(t).Rules() {
		if len(r.Controls) == 0 {
			t.Errorf("%s names no control", r.ID)
		}
		for _, c := range r.Controls {
			if !described[c] {
				t.Errorf("%s names %s, which no framework describes", r.ID, c)
			}
		}
	}
}
