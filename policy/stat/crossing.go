package stat

import "fmt"

// Crossing is where the robust line through a series meets a bound. Which of the
// three abscissae exist depends on which slopes lead to the bound.
type Crossing struct {
	Trend    Trend   `json:"trend"`
	May      bool    `json:"may"`      // some slope of the interval leads to the bound, first at Earliest
	Likely   bool    `json:"likely"`   // the median slope does, at At
	Sure     bool    `json:"sure"`     // every slope of the interval does, last at Latest
	Earliest float64 `json:"earliest"` // zero without May
	At       float64 `json:"at"`       // zero without Likely
	Latest   float64 `json:"latest"`   // zero without Sure
}

// CrossingOf returns where a series is about to leave its bound: comparator says
// on which side it has to stay, so that >= and > mean a floor and <= and < a
// ceiling. The line turns about the median point with the interval of its slope at
// the level, as in [Trend.Forecast]; a series whose median lies outside already
// has crossings before it.
//
// Without a trend the chance that Sure holds is that of the slope's interval not
// covering zero on the one side that matters: below (1-level)/2 asymptotically, and
// below it for few points, where ranks are coarse (0.8 % for six points at 95 %).
func CrossingOf(x, y []float64, level, bound float64, comparator Comparator) (Crossing, error) {
	if err := checkFinite("bound", bound); err != nil {
		return Crossing{}, err
	}
	t, err := TheilSen(x, y, level)
	if err != nil {
		return Crossing{}, err
	}
	// Turned so that the bound is a ceiling: gap is what is left, steep, middle
	// and flat the rates at which it closes.
	gap, steep, middle, flat := bound-t.MedianY, t.High, t.Slope, t.Low
	switch comparator {
	case AtLeast, Above:
		gap, steep, middle, flat = t.MedianY-bound, -t.Low, -t.Slope, -t.High
	case AtMost, Below:
	default:
		return Crossing{}, fmt.Errorf("%w: comparator %q; a bound is met from above (>=, >) or from below (<=, <)", ErrArgument, comparator)
	}
	c := Crossing{Trend: t, May: steep > 0, Likely: middle > 0, Sure: flat > 0}
	for _, p := range []struct {
		is   bool
		rate float64
		at   *float64
	}{{c.May, steep, &c.Earliest}, {c.Likely, middle, &c.At}, {c.Sure, flat, &c.Latest}} {
		if !p.is {
			continue
		}
		if *p.at, err = finite("crossing", t.MedianX+gap/p.rate); err != nil {
			return Crossing{}, err
		}
	}
	if gap < 0 && c.Sure {
		// Outside already: the steeper the slope, the later it left the bound.
		c.Earliest, c.Latest = c.Latest, c.Earliest
	}
	return c, nil
}
