package stat_test

import (
	"errors"
	"math"
	"testing"

	"github.com/assize-dev/assize/policy/stat"
)

func ascending(n int) (up, down []float64) {
	for i := range n {
		up, down = append(up, float64(i+1)), append(down, float64(n-i))
	}
	return up, down
}

// Reference values of scipy 1.10.1: numpy for the greatest difference of the two
// cumulative shares, scipy.special.kolmogorov of it times sqrt(nm/(n+m)),
// scipy.stats.chi2_contingency with correction=False. The first two rows are the
// amounts of the German credit data in June and August.
func TestTestsAgainstReference(t *testing.T) {
	up, down := ascending(40)
	reference := []float64{71, 70, 69, 70, 70, 70, 71, 69, 70, 70}
	for _, c := range []struct {
		reference, window []float64
		d, ksP, chi2      float64
		df                int
		chiP              float64
	}{
		{reference, []float64{45, 43, 27, 34, 35, 40, 57, 20, 44, 55}, 0.0475000000000001, 0.613988809980225, 18.7813151055586, 9, 0.0271178801824089},
		{reference, []float64{28, 36, 16, 28, 25, 28, 47, 32, 64, 96}, 0.2, 2.865596852271e-09, 65.7979113023035, 9, 1.00895698607779e-10},
		{[]float64{10, 20, 30}, []float64{12, 18, 33}, 0.0238095238095238, 1, 0.356980112619211, 2, 0.836532375054978},
		{[]float64{5, 0, 7}, []float64{6, 0, 2}, 0.333333333333333, 0.660386020029969, 2.15488215488215, 1, 0.142117346822627},
		{[]float64{1000, 2000, 3000, 4000, 5000}, []float64{900, 2100, 3100, 3900, 5200}, 0.00877192982456132, 0.606700784948913, 13.204993789272, 4, 0.0103164026251424},
		{[]float64{100, 100}, []float64{100, 100}, 0, 1, 0, 1, 1},
		{up, down, 0.48780487804878, 3.63616249365822e-85, 520, 39, 2.236147150506e-85},
	} {
		ks, err := stat.KolmogorovSmirnovTest(c.reference, c.window)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "D", ks.Stat, c.d, 1e-11)
		relative(t, "KS p", ks.P, c.ksP)
		chi, err := stat.ChiSquaredTest(c.reference, c.window)
		if err != nil {
			t.Fatal(err)
		}
		relative(t, "chi-squared", chi.Stat, c.chi2)
		relative(t, "chi-squared p", chi.P, c.chiP)
		if chi.DF != c.df {
			t.Errorf("%d degrees of freedom, want %d", chi.DF, c.df)
		}
	}
}

func relative(t *testing.T, what string, got, want float64) {
	t.Helper()
	if got != want && !(math.Abs(got-want) <= 1e-9*math.Abs(want)) {
		t.Errorf("%s is %.15g, want %.15g", what, got, want)
	}
}

// scipy 1.10.1: scipy.special.kolmogorov and scipy.stats.chi2.sf.
func TestTails(t *testing.T) {
	for _, c := range []struct{ x, p float64 }{
		{0, 1}, {0.2, 0.999999999999495}, {0.4, 0.997192326777298}, {0.6, 0.864282779050604}, {0.8, 0.544142411574198},
		{0.95, 0.327485484479559}, {1, 0.269999671677355}, {1.2, 0.112249666670725}, {1.35809886, 0.0499999400624922},
		{2, 0.000670925255779695}, {3, 3.04599594894253e-08}, {6, 1.07603723200423e-31}, {100, 0},
	} {
		relative(t, "Kolmogorov tail", stat.KolmogorovTail(c.x), c.p)
	}
	for _, c := range []struct {
		x  float64
		df int
		p  float64
	}{
		{0, 3, 1}, {0.5, 1, 0.479500122186953}, {3.84, 1, 0.0500435212487052}, {10.83, 1, 0.000998686379180259},
		{60, 1, 9.48573757107386e-15}, {1400, 1, 2.1010145162644e-306}, {2, 2, 0.367879441171442}, {20, 2, 4.53999297624849e-05},
		{7.8, 3, 0.0503310978598533}, {30, 7, 9.49597250813418e-05}, {100, 99, 0.452958511320931}, {900, 1023, 0.997611565932461},
		{1500, 1022, 8.471270895207e-21}, {50, 1023, 1}, {5000, 200, 0}, {1e15, 5, 0},
	} {
		relative(t, "chi-squared tail", stat.ChiSquaredTail(c.x, c.df), c.p)
	}
}

// Tails fall from 1 to 0 without a jump, also where one way of computing them
// follows another.
func TestTailsFall(t *testing.T) {
	last := 1.0
	for x := 0.01; x < 7; x += 0.01 {
		p := stat.KolmogorovTail(x)
		if p > last+1e-15 || p < 0 {
			t.Fatalf("at %g it is %g after %g", x, p, last)
		}
		last = p
	}
	for _, df := range []int{1, 2, 3, 10, 101, stat.MaxBins - 1} {
		last = 1
		for x := 0.01; x < float64(3*df+40); x += float64(df+3) / 400 {
			p := stat.ChiSquaredTail(x, df)
			if p > last+1e-12 || p < 0 {
				t.Fatalf("%d degrees of freedom: at %g it is %g after %g", df, x, p, last)
			}
			last = p
		}
	}
}

func TestTestsRefuse(t *testing.T) {
	if _, err := stat.ChiSquaredTest([]float64{5, 0}, []float64{3, 0}); !errors.Is(err, stat.ErrUndefined) {
		t.Error(err)
	}
	for _, window := range [][]float64{{}, {1}, {1, 2, 3}, {0, 0}, {1, -2}, {1, 0.5}, {1, math.NaN()}} {
		if _, err := stat.ChiSquaredTest([]float64{1, 2}, window); err == nil {
			t.Errorf("chi-squared of %v", window)
		}
		if _, err := stat.KolmogorovSmirnovTest([]float64{1, 2}, window); err == nil {
			t.Errorf("KS of %v", window)
		}
	}
}

// numpy 1.24: mean and std of the values.
func TestBand(t *testing.T) {
	b, err := stat.BandOf([]float64{0.77, 0.78, 0.79, 0.78, 0.77, 0.79, 0.76}, 3)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "mean", b.Mean, 0.777142857142857, 1e-12)
	near(t, "sd", b.SD, 0.010301575072754265, 1e-12)
	near(t, "low", b.Low, 0.7462381319245942, 1e-12)
	near(t, "high", b.High, 0.8080475823611198, 1e-12)
	for name, c := range map[string]struct {
		values []float64
		width  float64
		want   error
	}{
		"one value":     {[]float64{1}, 3, stat.ErrLimit},
		"too many":      {make([]float64, stat.MaxPoints+1), 3, stat.ErrLimit},
		"no number":     {[]float64{1, math.NaN()}, 3, stat.ErrArgument},
		"no width":      {[]float64{1, 2}, 0, stat.ErrLimit},
		"too wide":      {[]float64{1, 2}, stat.MaxWidth + 1, stat.ErrLimit},
		"out of bounds": {[]float64{1, 1e101}, 3, stat.ErrLimit},
	} {
		if _, err := stat.BandOf(c.values, c.width); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := stat.BandOf(make([]float64, stat.MaxPoints), stat.MaxWidth); err != nil {
		t.Error(err)
	}
}
