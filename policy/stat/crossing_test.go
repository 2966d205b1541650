package stat_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/assize-dev/assize/policy/stat"
)

func TestCrossing(t *testing.T) {
	x := []float64{0, 30, 60, 90, 120, 150}
	falling := []float64{0.80, 0.79, 0.78, 0.77, 0.76, 0.75} // a hundredth in thirty days
	c, err := stat.CrossingOf(x, falling, 0.95, 0.7, stat.AtLeast)
	if err != nil || !c.Sure || !c.Likely || !c.May {
		t.Fatal(c, err)
	}
	for name, got := range map[string]float64{"earliest": c.Earliest, "at": c.At, "latest": c.Latest} {
		near(t, name, got, 300, 1e-6)
	}
	// The same series never meets a ceiling, and meets a higher floor before its middle.
	if c, err = stat.CrossingOf(x, falling, 0.95, 0.9, stat.AtMost); err != nil || c.Sure || c.Likely || c.May || c.At != 0 {
		t.Error(c, err)
	}
	if c, err = stat.CrossingOf(x, falling, 0.95, 0.79, stat.Above); err != nil || !c.Sure || c.At > 75 {
		t.Error(c, err)
	}
	// Noise about the line widens the interval round the point.
	c, err = stat.CrossingOf(x, []float64{0.80, 0.788, 0.783, 0.768, 0.762, 0.749}, 0.95, 0.7, stat.AtLeast)
	if err != nil || !c.Sure || c.Earliest >= c.At || c.At >= c.Latest || math.Abs(c.At-300) > 15 {
		t.Error(c, err)
	}
	rising := []float64{0.1, 0.12, 0.11, 0.13, 0.12, 0.14}
	c, err = stat.CrossingOf(x, rising, 0.95, 0.2, stat.Below)
	if err != nil || !c.Likely || c.At <= 150 {
		t.Error(c, err)
	}
	if _, err := stat.CrossingOf(x, rising, 0.95, 0.2, "=="); !errors.Is(err, stat.ErrArgument) {
		t.Error(err)
	}
	if _, err := stat.CrossingOf(x, rising, 0.95, math.NaN(), stat.Below); !errors.Is(err, stat.ErrArgument) {
		t.Error(err)
	}
	if _, err := stat.CrossingOf(x[:2], rising[:2], 0.95, 0.2, stat.Below); !errors.Is(err, stat.ErrLimit) {
		t.Error(err)
	}
}

// Without a trend, Sure is rare: the rate at which a forecast raises a false alarm.
func TestCrossingFalseAlarms(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	for _, points := range []int{6, 8, 12, 24} {
		const runs = 4000
		sure := 0
		for range runs {
			x, y := make([]float64, points), make([]float64, points)
			for i := range x {
				x[i], y[i] = float64(30*i), 0.75+0.02*r.NormFloat64()
			}
			c, err := stat.CrossingOf(x, y, 0.95, 0.7, stat.AtLeast)
			if err != nil {
				t.Fatal(err)
			}
			if c.Sure {
				sure++
			}
		}
		rate := float64(sure) / runs
		t.Logf("%d points: %.2f %%", points, 100*rate)
		if rate > 0.035 {
			t.Errorf("%d points: %.2f %% of noise seem to fall for sure", points, 100*rate)
		}
	}
}
