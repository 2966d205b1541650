package policy_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/assize-dev/assize/policy"
)

func TestCalendar(t *testing.T) {
	raw, err := os.ReadFile("../policies/calendar.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dates, err := policy.ParseCalendar(raw)
	if err != nil || len(dates) < 5 {
		t.Fatalf("%d dates, %v", len(dates), err)
	}
	for _, d := range dates {
		if d.What == "" || d.Provision == "" || d.Source == "" || d.At().Before(time.Date(2016, 1, 1, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("%+v", d)
		}
	}
	const one = "v: 1\ndates:\n- {date: \"2026-08-02\", what: w, provision: p, source: s, rules: []}\n"
	if _, err := policy.ParseCalendar([]byte(one + strings.Repeat("#", policy.MaxCalendar-len(one)))); err != nil {
		t.Errorf("at MaxCalendar: %v", err)
	}
	for name, bad := range map[string]string{
		"over MaxCalendar": one + strings.Repeat("#", policy.MaxCalendar-len(one)+1),
		"version":          strings.Replace(one, "v: 1", "v: 2", 1),
		"not a day":        strings.Replace(one, "2026-08-02", "2026-8-2", 1),
		"twice":            one + "- {date: \"2026-08-02\", what: w}\n",
		"unknown member":   strings.Replace(one, "what:", "why:", 1),
		"not YAML":         "v: [",
	} {
		if _, err := policy.ParseCalendar([]byte(bad)); err == nil || !strings.Contains(err.Error(), "calendar") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
