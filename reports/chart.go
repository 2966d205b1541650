package reports

import "math"

// Range is the least and greatest value a chart shows: its lines, its bounds, and
// a margin. It is never empty.
func (c *Chart) Range() (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	take := func(v float64) {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			low, high = min(low, v), max(high, v)
		}
	}
	for _, l := range c.Lines {
		for _, v := range l.Values {
			take(v)
		}
	}
	for _, b := range c.Bounds {
		take(b.Value)
	}
	if low > high {
		return 0, 1
	}
	if low >= 0 && low < (high-low) {
		low = 0
	}
	span := high - low
	if span == 0 {
		span = max(math.Abs(high), 1) * 0.1
		low -= span
	}
	return low, high + span*0.08
}

// Ticks are round values of the range, four to seven of them.
func (c *Chart) Ticks() []float64 {
	low, high := c.Range()
	step := math.Pow(10, math.Floor(math.Log10((high-low)/4)))
	for _, m := range []float64{5, 2} {
		if (high-low)/(step*m) >= 3.5 {
			step *= m
			break
		}
	}
	var out []float64
	for i := math.Ceil(low / step); i*step <= high; i++ {
		out = append(out, i*step)
	}
	return out
}
