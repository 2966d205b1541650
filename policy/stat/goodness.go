package stat

import (
	"fmt"
	"math"
)

// TestResult is a test of whether two histograms come from one distribution.
type TestResult struct {
	Stat float64 `json:"stat"` // the statistic
	P    float64 `json:"p"`    // chance of one as great, were there no difference
	DF   int     `json:"df"`   // degrees of freedom of the chi-squared test, else 0
	N    float64 `json:"n"`    // cases in the window
	M    float64 `json:"m"`    // cases in the reference
}

// KolmogorovSmirnovTest returns the statistic of [KolmogorovSmirnov] with its
// two-sided p by the limiting distribution at D sqrt(nm/(n+m)).
//
// The statistic is taken at bin edges and so never above that of the values
// behind the bins: a small p is sure, a large one is not.
//
// Source: Smirnov (1948), Table for estimating the goodness of fit of empirical
// distributions; scipy.special.kolmogorov computes the same tail.
func KolmogorovSmirnovTest(reference, window []float64) (TestResult, error) {
	d, err := KolmogorovSmirnov(reference, window)
	if err != nil {
		return TestResult{}, err
	}
	m, n := total(reference), total(window)
	root := float64(math.Sqrt(m/(m+n)) * math.Sqrt(n))
	return TestResult{Stat: d, P: Round(kolmogorovTail(float64(d * root))), N: n, M: m}, nil
}

// ChiSquaredTest returns Pearson's statistic of homogeneity of two histograms,
// without continuity correction, with its p. Bins empty on both sides tell
// nothing and are left out. At least two bins must remain.
//
// Source: Pearson (1900); scipy.stats.chi2_contingency with correction=False and
// R's chisq.test with correct=FALSE compute the same.
func ChiSquaredTest(reference, window []float64) (TestResult, error) {
	if _, _, err := sharesOf(reference, window); err != nil {
		return TestResult{}, err
	}
	m, n := total(reference), total(window)
	share := n / (m + n)
	var sum float64
	bins := 0
	for i := range reference {
		both := reference[i] + window[i]
		if both == 0 {
			continue
		}
		bins++
		// Both cells of a bin deviate from what is expected by the same amount.
		expected := float64(both * share)
		gap := window[i] - expected
		sum += float64(gap*gap) / expected
		sum += float64(gap*gap) / (both - expected)
	}
	if bins < 2 {
		return TestResult{}, fmt.Errorf("%w: only %d bin holds anything; a test needs two", ErrUndefined, bins)
	}
	return TestResult{Stat: Round(sum), P: Round(chiSquaredTail(sum, bins-1)), DF: bins - 1, N: n, M: m}, nil
}

// total of counts that were checked: exact, as their sum is at most MaxCount.
func total(counts []float64) (sum float64) {
	for _, c := range counts {
		sum += c
	}
	return sum
}

const pi = 3.14159265358979323846

// kolmogorovTail is the chance that the limiting Kolmogorov statistic exceeds x.
func kolmogorovTail(x float64) float64 {
	if x <= 0 {
		return 1
	}
	square := float64(x * x)
	if x < 1 {
		// The distribution function by its theta series, fast for small x.
		var sum float64
		for k := 1; k <= 7; k += 2 {
			odd := float64(k * k)
			sum += exponential(-float64(odd*float64(pi*pi)) / float64(8*square)).value()
		}
		return max(1-float64(math.Sqrt(float64(2*pi))*sum)/x, 0)
	}
	var sum float64
	for k := 8; k >= 1; k-- {
		whole := float64(k)
		root := float64(whole * x)
		term := exponential(-float64(2 * float64(root*root))).value()
		if k%2 == 1 {
			sum += term
		} else {
			sum -= term
		}
	}
	return float64(2 * sum)
}

// chiSquaredTail is the chance that a chi-squared variable of df degrees of
// freedom exceeds x: the regularised upper incomplete gamma function at df/2 and
// x/2, by its recurrence in the first argument, all terms positive.
func chiSquaredTail(x float64, df int) float64 {
	if x <= 0 {
		return 1
	}
	h := float64(x / 2)
	sum, term := exponential(-h), exponential(-h) // df 2; term is h^a e^-h / gamma(a+1) at a = 0
	a := 0.0
	if df%2 == 1 {
		sum = complementaryError(h)
		// At a = 1/2: sqrt(h) e^-h / (sqrt(pi)/2).
		term = exponential(-h).times(float64(2*math.Sqrt(h)) / math.Sqrt(pi))
		a = 0.5
	} else {
		a = 1
		term = term.times(h)
	}
	for ; float64(2*a) < float64(df); a++ {
		sum = sum.plus(term)
		term = term.times(h / (a + 1))
	}
	return min(sum.value(), 1)
}

// complementaryError is erfc of the square root of x.
func complementaryError(x float64) scaled {
	z := math.Sqrt(x)
	if x < 4 {
		// erf by its series of positive terms.
		term, sum := z, 0.0
		for k := 1; k <= 60; k++ {
			sum += term
			term = float64(term*x) / (float64(k) + 0.5)
		}
		return normalised(1 - float64(float64(2*sum)*exponential(-x).value())/math.Sqrt(pi))
	}
	// The continued fraction, from far enough in.
	f := 0.0
	for k := 200; k >= 1; k-- {
		f = float64(float64(k)/2) / (z + f)
	}
	return exponential(-x).times(1 / float64(math.Sqrt(pi)*(z+f)))
}

// scaled is m times 2^e, so that neither a tail nor the terms of its sum leave the
// range of float64 on the way.
type scaled struct {
	m float64
	e int
}

func normalised(v float64) scaled {
	m, e := math.Frexp(v)
	return scaled{m, e}
}

func (s scaled) times(v float64) scaled {
	p := normalised(float64(s.m * v))
	return scaled{p.m, p.e + s.e}
}

func (s scaled) plus(o scaled) scaled {
	if s.m == 0 || o.m == 0 {
		return scaled{s.m + o.m, max(s.e, o.e)}
	}
	if s.e < o.e {
		s, o = o, s
	}
	p := normalised(s.m + halved(o.m, s.e-o.e))
	return scaled{p.m, p.e + s.e}
}

func (s scaled) value() float64 {
	if s.e > 0 {
		for range s.e {
			s.m += s.m
		}
		return s.m
	}
	return halved(s.m, -s.e)
}

// halved is m / 2^n; exact until the result is no longer normal.
func halved(m float64, n int) float64 {
	if n > 1100 {
		return 0
	}
	for range n {
		m = float64(m * 0.5)
	}
	return m
}

// exponential returns e to the power of x <= 0, x finite.
func exponential(x float64) scaled {
	k := math.Floor(float64(x/math.Ln2) + 0.5)
	if k < -1e9 {
		return scaled{} // what float64 could tell from zero ended long before
	}
	r := (x - float64(k*ln2High)) - float64(k*ln2Low)
	// |r| <= ln 2 / 2: the series to its 18th term.
	sum := 1.0
	for i := 18; i >= 1; i-- {
		sum = 1 + float64(r*sum)/float64(i)
	}
	s := normalised(sum)
	return scaled{s.m, s.e + int(k)}
}
