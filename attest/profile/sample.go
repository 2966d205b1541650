package profile

import (
	"math"
	"slices"
)

// sample holds the numbers of one column in order, each value once with how often it
// came, so that memory grows with the different values and not with the records.
type sample struct {
	values []float64
	counts []uint32 // MaxRows fits
	n      int64
	recent []float64 // not yet in order
}

// buffered is how many numbers all samples of a table keep out of order together.
const buffered = 1 << 20

// add takes a number; of columns there are that many.
func (s *sample) add(x float64, columns int) {
	s.recent = append(s.recent, x)
	s.n++
	if len(s.recent) >= max(64, buffered/columns) {
		s.settle()
	}
}

// settle puts what came recently into order.
func (s *sample) settle() {
	if len(s.recent) == 0 {
		return
	}
	slices.Sort(s.recent)
	values := make([]float64, 0, len(s.values)+len(s.recent))
	counts := make([]uint32, 0, len(s.values)+len(s.recent))
	put := func(x float64, n uint32) {
		if last := len(values) - 1; last >= 0 && values[last] == x {
			counts[last] += n
			return
		}
		values, counts = append(values, x), append(counts, n)
	}
	old := 0
	for _, x := range s.recent {
		for ; old < len(s.values) && s.values[old] <= x; old++ {
			put(s.values[old], s.counts[old])
		}
		put(x, 1)
	}
	for ; old < len(s.values); old++ {
		put(s.values[old], s.counts[old])
	}
	// A column of few values would keep the room of the many that repeated them.
	if cap(values) > 2*len(values) {
		values, counts = slices.Clip(slices.Clone(values)), slices.Clip(slices.Clone(counts))
	}
	s.values, s.counts, s.recent = values, counts, s.recent[:0]
}

// deciles are the inner ones, each once: quantiles of type 7 of Hyndman and Fan
// (1996), which R and NumPy compute by default. The greatest value is no edge, since
// the last bin is open.
func (s *sample) deciles() []float64 {
	edges := []float64{}
	at, before := 0, int64(0) // values before index at
	item := func(i int64) float64 {
		for before+int64(s.counts[at]) <= i {
			before += int64(s.counts[at])
			at++
		}
		return s.values[at]
	}
	greatest := s.values[len(s.values)-1]
	for k := 1; k < 10; k++ {
		h := float64(s.n-1) * float64(k) / 10
		low := int64(math.Floor(h))
		x := item(low)
		if low+1 < s.n {
			// The next item is asked of a copy: the next decile may begin here.
			a, b := at, before
			x += (h - float64(low)) * (item(low+1) - x)
			at, before = a, b
		}
		if (len(edges) == 0 || x > edges[len(edges)-1]) && x < greatest {
			edges = append(edges, x)
		}
	}
	return edges
}
