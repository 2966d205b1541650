package policies_test

import (
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/assize-dev/assize/policies"
	"github.com/assize-dev/assize/policy"
)

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	b, err := fs.ReadFile(policies.FS, name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The book is held to the format, the strict compilation and its own tests.
func TestBook(t *testing.T) {
	faults, err := policy.Check(policies.FS)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range faults {
		t.Error(f)
	}
	book, err := testedBook()
	if err != nil {
		t.Fatal(err)
	}
	report := book.report
	for _, r := range report.Results {
		if r.Outcome != policy.TestPass {
			t.Errorf("%s %s: %s: %s %s", r.File, r.Name, r.Outcome, r.Msg, r.Output)
		}
	}
	if len(report.Untested) > 0 {
		t.Errorf("rules without a test: %v", report.Untested)
	}
	if report.Covered < 100 {
		t.Errorf("tests reach %.2f %% of the lines, want all: %v", report.Covered, report.Uncovered)
	}
}

// TestChecked: the rules that programs take as checked are those that are.
func TestChecked(t *testing.T) {
	digest := loadSet(t).Digest()
	if *update {
		if err := os.WriteFile("checked", []byte(digest+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got := strings.TrimSpace(string(readFile(t, "checked"))); got != digest {
		t.Errorf("checked names %s, the rules are %s: write it by -update", got, digest)
	}
}

// Each rule has a test file and fixtures of its own beside it.
func TestEachRuleHasTestsBesideIt(t *testing.T) {
	for _, r := range loadSet(t).Rules() {
		base := strings.TrimSuffix(r.File, ".rego")
		for _, name := range []string{base + "_test.rego", base + "_fixtures.yaml"} {
			if _, err := fs.Stat(policies.FS, name); err != nil {
				t.Errorf("%s: %v", r.ID, err)
			}
		}
		id := strings.ToLower(strings.ReplaceAll(r.ID, "-", "_"))
		if want := "packs/" + r.Pack + "/" + id + "/" + id + ".rego"; r.File != want {
			t.Errorf("%s is in %s, want %s", r.ID, r.File, want)
		}
	}
}

// actions is which of the first rules judge which action; a change of it changes
// what gates ask and belongs in the change log.
var actions = map[string][]string{
	"train": {"DAT-01", "DAT-02", "DQ-01", "DQ-02", "DQ-03", "INT-03", "LIN-03", "PRV-01", "PRV-02"},
	"release": {
		"DAT-01", "DAT-02", "DQ-01", "DQ-02", "DQ-03", "FAI-01", "FAI-02", "INT-01", "INT-02", "INT-03", "LIN-01", "LIN-02", "LIN-03",
		"MRM-02", "PRV-01", "PRV-02", "REG-04", "REG-08", "REP-01", "TRA-01", "TRA-04",
	},
	"deploy": {
		"DAT-01", "DAT-02", "DQ-01", "DQ-02", "DQ-03", "ETH-01", "ETH-02", "FAI-01", "FAI-02", "GOV-01", "INT-01", "INT-02", "INT-03",
		"LIN-01", "LIN-02", "LIN-03", "LIN-04", "MRM-02", "PRV-01", "PRV-02", "REG-01", "REG-03", "REG-04", "REG-08", "REP-01", "RMF-01",
		"TRA-01", "TRA-04",
	},
	"continue": {
		"ETH-01", "ETH-02", "GOV-01", "INT-01", "LIN-03", "LIN-04", "MRM-02", "OPS-01", "OPS-02", "OPS-06", "PRV-01", "PRV-02",
		"REG-01", "REG-03",
	},
}

// first tells the 31 rules whose actions and kinds are frozen.
func first(id string) bool {
	return slices.Contains(actions["release"], id) || slices.Contains(actions["deploy"], id) || slices.Contains(actions["continue"], id)
}

func TestActions(t *testing.T) {
	set, p := loadSet(t), loadParameters(t)
	for _, environment := range p.Environments() {
		for _, action := range policy.Actions {
			rules, err := p.Select(set, environment, action)
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, r := range rules {
				if first(r.ID) {
					ids = append(ids, r.ID)
				}
			}
			if d := cmp.Diff(actions[action], ids); d != "" {
				t.Errorf("%s, %s (-want +got):\n%s", environment, action, d)
			}
		}
	}
}

func TestParameters(t *testing.T) {
	set, p := loadSet(t), loadParameters(t)
	if err := p.Check(set); err != nil {
		t.Error(err)
	}
	if d := cmp.Diff([]string{"development", "production", "staging"}, p.Environments()); d != "" {
		t.Error(d)
	}
	used := map[string]bool{}
	var critical []any
	for _, r := range set.Rules() {
		for _, name := range r.Params {
			used[name] = true
		}
		if r.Severity == "critical" {
			critical = append(critical, r.ID)
		}
	}
	for name, threshold := range p.Thresholds {
		if !used[name] {
			t.Errorf("no rule names the parameter %s", name)
		}
		if _, ok := threshold.Value.([]any); !ok && threshold.Unit == "" {
			t.Errorf("parameter %s has no unit", name)
		}
	}
	// GOV-01 cannot see severities; the list it is given must be theirs.
	if d := cmp.Diff(critical, p.Thresholds["unwaivable_rules"].Value); d != "" {
		t.Errorf("unwaivable_rules is not the list of critical rules (-want +got):\n%s", d)
	}
}

// Which rules carry a date is a statement about the law.
func TestDates(t *testing.T) {
	var calendar struct {
		V     int
		Dates []struct {
			Date, What, Provision, Source string
			Rules                         []string
		}
	}
	decode(t, "calendar.yaml", &calendar)
	inCalendar := map[string][]string{}
	for i, d := range calendar.Dates {
		if d.What == "" || d.Provision == "" || d.Source == "" {
			t.Errorf("calendar entry %s says not enough", d.Date)
		}
		if _, err := policy.ParseInstant(d.Date); err != nil || i > 0 && d.Date <= calendar.Dates[i-1].Date {
			t.Errorf("calendar entry %d, %q: no date, or out of order", i, d.Date)
		}
		for _, id := range d.Rules {
			inCalendar[id] = append(inCalendar[id], d.Date)
		}
	}
	// A rule carries the earliest of its dates in its metadata; the later ones it asks
	// the clock for.
	for _, r := range loadSet(t).Rules() {
		first := ""
		if dates := inCalendar[r.ID]; len(dates) > 0 {
			first = dates[0]
			delete(inCalendar, r.ID)
		}
		if r.AppliesFrom != first || r.AppliesUntil != "" {
			t.Errorf("%s applies from %q until %q; the calendar names it first at %q", r.ID, r.AppliesFrom, r.AppliesUntil, first)
		}
		if r.Basis == "law" && r.LegalVersion == "" {
			t.Errorf("%s rests on law and does not say on which version", r.ID)
		}
	}
	for id := range inCalendar {
		t.Errorf("the calendar names %s, which is no rule", id)
	}
}

func decode(t *testing.T, name string, into any) {
	t.Helper()
	dec := yaml.NewDecoder(strings.NewReader(string(readFile(t, name))))
	dec.KnownFields(true)
	if err := dec.Decode(into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func TestKindsAreThoseOfTheBook(t *testing.T) {
	kinds := map[string]string{}
	for _, r := range loadSet(t).Rules() {
		if first(r.ID) {
			kinds[r.ID] = strings.Join(r.Kinds, " ")
		}
	}
	dataset := []string{"INT-03", "DAT-01", "DAT-02", "DQ-01", "DQ-02", "DQ-03", "PRV-01", "PRV-02"}
	deployment := []string{"LIN-04", "ETH-01", "ETH-02", "REG-01", "RMF-01", "OPS-01", "OPS-02", "OPS-06", "GOV-01"}
	for id, got := range kinds {
		want := "model"
		switch {
		case id == "LIN-03":
			want = "dataset model deployment"
		case id == "REG-03":
			want = "model deployment"
		case slices.Contains(dataset, id):
			want = "dataset"
		case slices.Contains(deployment, id):
			want = "deployment"
		}
		if got != want {
			t.Errorf("%s judges %s, want %s", id, got, want)
		}
	}
	if len(kinds) != 31 {
		t.Errorf("%d rules, want 31", len(kinds))
	}
}
