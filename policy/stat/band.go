package stat

import (
	"fmt"
	"math"
)

// Band is where values like some reference values lie.
type Band struct {
	Mean float64 `json:"mean"`
	SD   float64 `json:"sd"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	N    int     `json:"n"`
}

// BandOf returns the mean of the values less and plus width standard deviations,
// those of the values themselves (divided by n, as numpy.std and the thresholds of
// NannyML have it). At least two values; width above zero and at most [MaxWidth].
func BandOf(values []float64, width float64) (Band, error) {
	if len(values) < 2 || len(values) > MaxPoints {
		return Band{}, fmt.Errorf("%w: values has %d elements, outside [2, %d]", ErrLimit, len(values), MaxPoints)
	}
	if err := checkAllFinite("values", values); err != nil {
		return Band{}, err
	}
	if !(width > 0 && width <= MaxWidth) {
		return Band{}, fmt.Errorf("%w: width is %v standard deviations, outside (0, %d]; 3 is usual", ErrLimit, width, MaxWidth)
	}
	n := float64(len(values))
	var mean, squares float64
	for _, v := range values {
		mean += v / n
	}
	for _, v := range values {
		squares += float64((v-mean)*(v-mean)) / n
	}
	sd := math.Sqrt(squares)
	reach := float64(width * sd)
	b := Band{Mean: Round(mean), SD: Round(sd), Low: Round(mean - reach), High: Round(mean + reach), N: len(values)}
	if math.IsInf(b.Low, 0) || math.IsInf(b.High, 0) || math.IsNaN(b.SD) {
		return Band{}, fmt.Errorf("%w: band leaves the range of float64; scale the values", ErrUndefined)
	}
	return b, nil
}
