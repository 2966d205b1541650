package profile

import (
	"errors"
	"io"
	"slices"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/predicate"
)

// Missing policies: what is done with a record that has no value in a compared
// column.
const (
	// MissingExclude leaves it out of the histogram of that column and counts it.
	MissingExclude = "exclude"
	// MissingRefuse refuses the table.
	MissingRefuse = "refuse"
)

// Comparison says which columns are compared and what stands for no value.
type Comparison struct {
	Features []string // none: all columns
	Missing  []string // texts that stand for no value
	Policy   string   // MissingExclude when empty
}

// Drift is what two tables count over the same bins, the deciles of the reference.
type Drift struct {
	Reference, Current attest.Ref
	N                  int64 // records of the current table
	Features           []Feature
}

// Feature is one column in both tables.
type Feature struct {
	Name      string
	Histogram predicate.Histogram
	Missing   int64 // records of the current table without a value
}

// Drift compares columns of numbers of a window with those of a reference.
func (p *Profiler) Drift(refName string, reference io.Reader, name string, current io.Reader, c Comparison) (*Drift, error) {
	ref, err := open(refName, reference)
	if err != nil {
		return nil, err
	}
	if len(c.Features) == 0 {
		c.Features = ref.header
	}
	samples, kept := make([]sample, len(c.Features)), 0
	_, err = ref.numbers(c, func(i int, x float64) error {
		s := &samples[i]
		before := len(s.values)
		s.add(x, len(samples))
		if kept += len(s.values) - before; kept > MaxCells {
			return ref.fail(ref.line(), attest.ErrTooLarge, "more than %d different numbers; name fewer features", MaxCells)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	d := &Drift{Reference: ref.digest()}
	for i, name := range c.Features {
		s := &samples[i]
		before := len(s.values)
		if s.settle(); s.n == 0 {
			return nil, ref.fail(2, attest.ErrMalformed, "column %q holds no number", name)
		}
		if kept += len(s.values) - before; kept > MaxCells {
			return nil, ref.fail(ref.line(), attest.ErrTooLarge, "more than %d different numbers; name fewer features", MaxCells)
		}
		h := predicate.Histogram{UpperEdges: s.deciles()}
		h.ReferenceCounts = make([]int64, len(h.UpperEdges)+1)
		h.WindowCounts = make([]int64, len(h.UpperEdges)+1)
		low, high := s.values[0], s.values[len(s.values)-1]
		h.Low, h.High = &low, &high
		for j, x := range s.values {
			h.ReferenceCounts[bin(h.UpperEdges, x)] += int64(s.counts[j])
		}
		d.Features = append(d.Features, Feature{Name: name, Histogram: h})
		*s = sample{}
	}
	cur, err := open(name, current)
	if err != nil {
		return nil, err
	}
	missing, err := cur.numbers(c, func(i int, x float64) error {
		h := &d.Features[i].Histogram
		h.WindowCounts[bin(h.UpperEdges, x)]++
		*h.Low, *h.High = min(*h.Low, x), max(*h.High, x)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i := range d.Features {
		d.Features[i].Missing = missing[i]
		// A first bin of one value has no width that the least value could close.
		if h := &d.Features[i].Histogram; len(h.UpperEdges) > 0 && *h.Low >= h.UpperEdges[0] {
			h.Low = nil
		}
	}
	d.Current, d.N = cur.digest(), cur.rows
	return d, nil
}

// numbers hands on every number of the columns, by the index of its name, and counts
// the records without one.
func (t *table) numbers(c Comparison, take func(int, float64) error) ([]int64, error) {
	none, at, missing := tokensOf(c.Missing), make([]int, len(c.Features)), make([]int64, len(c.Features))
	for i, name := range c.Features {
		var err error
		if at[i], err = t.column(name); err != nil {
			return nil, err
		}
	}
	for {
		record, err := t.next()
		if errors.Is(err, io.EOF) {
			return missing, nil
		}
		if err != nil {
			return nil, err
		}
		for i, column := range at {
			if none.has(record[column]) {
				if c.Policy == MissingRefuse {
					return nil, t.fail(t.line(), attest.ErrMalformed, "column %q has no value; leave the record out, or exclude such from the histogram", c.Features[i])
				}
				missing[i]++
				continue
			}
			x, err := number(t, c.Features[i], record[column])
			if err == nil {
				err = take(i, x)
			}
			if err != nil {
				return nil, err
			}
		}
	}
}

// bin of a value: one equal to an edge lies below it.
func bin(edges []float64, x float64) int {
	i, _ := slices.BinarySearch(edges, x)
	return i
}
