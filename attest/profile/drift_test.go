package profile_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/predicate"
	"github.com/assize-dev/assize/attest/profile"
)

// FuzzDrift: whatever the tables hold, the report made of them is one that is taken,
// and every record is in a bin or counted as missing.
func FuzzDrift(f *testing.F) {
	f.Add([]byte("a,b\n1,2\n3,4\n5,NA\n"), []byte("b,a\n1,2\nNA,0\n"))
	f.Add([]byte("a\n0\n0\n1\n"), []byte("a\n-1\n"))
	f.Add([]byte("a\n-0\n0\n1e308\n-1e308\n"), []byte("a\n5e-324\n"))
	f.Fuzz(func(t *testing.T, reference, current []byte) {
		d, err := profile.New().Drift("r.csv", strings.NewReader(string(reference)), "c.csv", strings.NewReader(string(current)), profile.Comparison{Missing: []string{"NA"}})
		if err != nil {
			if !errors.Is(err, attest.ErrMalformed) && !errors.Is(err, attest.ErrTooLarge) {
				t.Fatalf("unnamed error: %v", err)
			}
			return
		}
		report := &predicate.MonitoringReport{
			Head: head, Environment: "test", Window: predicate.Window{Start: head.StatedAt.AddDate(0, -1, 0), End: head.StatedAt}, N: &d.N,
		}
		for _, x := range d.Features {
			h := x.Histogram
			var counted int64
			for _, n := range h.WindowCounts {
				counted += n
			}
			if counted+x.Missing != d.N || !slices.IsSorted(h.UpperEdges) {
				t.Fatalf("%+v of %d", x, d.N)
			}
			if name := x.Name; len(name) <= 1024 && len(report.FeatureDrift) < 64 {
				report.FeatureDrift = append(report.FeatureDrift, predicate.FeatureDrift{Feature: name, Method: "psi", Histogram: &h})
			}
		}
		if _, err := predicate.Marshal([]attest.Subject{predicate.Subject("m", attest.RefOf("m"))}, report); err != nil && !strings.Contains(err.Error(), "UTF-8") {
			t.Fatal(err)
		}
	})
}
