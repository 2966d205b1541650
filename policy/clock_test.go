package policy_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assize-dev/assize/policy"
)

func TestParseInstant(t *testing.T) {
	for _, tc := range []struct {
		in, want string // want "" is refused
	}{
		{"2026-01-31", "2026-01-31T00:00:00Z"},
		{"2026-01-31T10:00:00Z", "2026-01-31T10:00:00Z"},
		{"2026-01-31T10:00:00.123456789Z", "2026-01-31T10:00:00.123456789Z"},
		{"2026-01-31T01:00:00+02:00", "2026-01-30T23:00:00Z"},
		{"9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z"},
		{"2300-01-01", "2300-01-01T00:00:00Z"}, // past what nanoseconds reach
		{"0001-01-02", "0001-01-02T00:00:00Z"},
		{"2024-02-29", "2024-02-29T00:00:00Z"},
		{"", ""}, {"2026-02-29", ""}, {"2026-1-31", ""}, {"2026-01-31T10:00:00", ""}, {"2026-01-31 10:00:00Z", ""},
		{"2026-01-31T1:00:00Z", ""}, {"2026-01-31T10:00:00,5Z", ""}, {"2026-01-31T10:00:60Z", ""}, {"2026-01-31T24:00:00Z", ""},
		{"2026-01-31t10:00:00z", ""}, {"2026-01-31T10:00:00.1234567891Z", ""}, {"2026-01-31T10:00:00+25:00", ""},
		{"0000-01-01", ""}, {"0001-01-01", ""}, {"9999-12-31T23:59:59-01:00", ""}, {"0001-01-01T00:00:00+01:00", ""}, {"2026-01-31T10:00:00+24:00", ""}, {"2026-01-31T10:00:00+02:60", ""}, {"2026-01-31T10:00:00.Z", ""}, {"2026-01-31T10:00:00", ""}, {"20260131", ""}, {"now", ""},
	} {
		got, err := policy.ParseInstant(tc.in)
		switch {
		case tc.want == "" && !errors.Is(err, policy.ErrInstant):
			t.Errorf("%q is read as %v, %v", tc.in, got, err)
		case tc.want != "" && (err != nil || policy.FormatInstant(got) != tc.want):
			t.Errorf("%q is read as %v, %v", tc.in, got, err)
		}
	}
}

func TestClockInterval(t *testing.T) {
	c := policy.NewClock(at(t, "2026-06-01T00:00:00Z"))
	if from, until := c.Interval(); from != "" || until != "" {
		t.Errorf("a clock nobody asked holds from %q until %q", from, until)
	}
	for _, d := range []string{"2026-05-01", "2026-01-01", "2026-06-01T00:00:00Z", "2026-06-01T00:00:00.000000001Z", "2027-01-01"} {
		if _, err := c.Reached(d); err != nil {
			t.Fatal(err)
		}
	}
	if from, until := c.Interval(); from != "2026-06-01T00:00:00Z" || until != "2026-06-01T00:00:00.000000001Z" {
		t.Errorf("holds from %q until %q", from, until)
	}
	if _, err := c.Reached("tomorrow"); !errors.Is(err, policy.ErrInstant) {
		t.Errorf("%v", err)
	}
	d := policy.NewClock(c.At())
	d.Merge(c)
	from, until := c.Interval()
	if f, u := d.Interval(); f != from || u != until {
		t.Errorf("merged %s %s, want %s %s", f, u, from, until)
	}
}

// Rules of one question may be judged in parallel on one clock.
func TestClockIsSafe(t *testing.T) {
	c := policy.NewClock(at(t, "2026-06-01T00:00:00Z"))
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for k := range 200 {
				c.ReachedTime(c.At().Add(time.Duration(k*(i-2)) * time.Hour))
			}
		})
	}
	all.Wait()
	if from, until := c.Interval(); from != "2026-06-01T00:00:00Z" || until != "2026-06-01T01:00:00Z" {
		t.Errorf("holds from %q until %q", from, until)
	}
}

func FuzzParseInstant(f *testing.F) {
	for _, s := range []string{"2026-01-31", "2026-01-31T10:00:00.5+02:00", "", "9999-12-31T23:59:59Z", "2026-01-31T10:00:00,5Z"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := policy.ParseInstant(s)
		if err != nil {
			return
		}
		again, err := policy.ParseInstant(policy.FormatInstant(v))
		if err != nil || !again.Equal(v) {
			t.Errorf("%q is %v, written %s, read %v, %v", s, v, policy.FormatInstant(v), again, err)
		}
	})
}

// The ends of a collection of instants are told by time, to the nanosecond and across
// zones, and a collection without any has none.
func TestEndsOfInstants(t *testing.T) {
	s := load(t, rule("END-01", "requires: [model-card]", `pass if {
	count(input.evidence["model-card"]) > 0
	assize.earliest({"2025-03-01", "2025-03-01T00:30:00+01:00"}) == "2025-02-28T23:30:00Z"
	assize.latest(["2025-03-01T00:00:00.000000001Z", "2025-03-01T00:00:00Z"]) == "2025-03-01T00:00:00.000000001Z"
	assize.earliest(["2025-03-01T00:00:00.000000001Z", "2025-03-01T00:00:00Z"]) == "2025-03-01T00:00:00Z"
	count([x | some none in [[], set()]; x := assize.earliest(none)]) == 0
	count([x | some none in [[], set()]; x := assize.latest(none)]) == 0
}`), rule("END-02", "requires: [model-card]", `pass if assize.latest([input.evidence["model-card"][0].predicate.version, "2025-03-01"]) == "2025-03-01T00:00:00Z"`))
	in := input(item(t, 1, "model-card", map[string]any{"version": "1"}))
	if f := evaluate(t, s, "END-01", in, "2026-01-01T00:00:00Z"); f.Status != policy.StatusPass {
		t.Errorf("%s (%s)", f.Status, f.Reason)
	}
	if f := evaluate(t, s, "END-02", in, "2026-01-01T00:00:00Z"); f.Status != policy.StatusUnassessable || !strings.Contains(f.Reason, "assize.latest") {
		t.Errorf("text that is no instant: %s (%s)", f.Status, f.Reason)
	}
}
