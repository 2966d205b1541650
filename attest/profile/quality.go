package profile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"slices"
	"sort"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/predicate"
)

// Config says how a table is read.
type Config struct {
	Missing []string   // what stands for no value
	Label   string     // column with the class, "" for none
	Groups  []Grouping // attributes to count by
}

// Quality is what one pass over a table counts.
type Quality struct {
	Digest                                     attest.Ref
	Rows, Columns, MissingCells, DuplicateRows int64
	Classes                                    map[string]int64
	Groups                                     map[string]map[string]int64
	name                                       string
	header                                     []string
	records                                    *records
}

// Profiler makes profiles that can be compared with each other.
type Profiler struct{ seeds [2]maphash.Seed }

// New makes a Profiler.
func New() *Profiler {
	return &Profiler{[2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}}
}

// Quality reads a table to its end.
func (p *Profiler) Quality(name string, r io.Reader, c Config) (*Quality, error) {
	t, err := open(name, r)
	if err != nil {
		return nil, err
	}
	q := &Quality{name: name, header: t.header, Columns: int64(len(t.header)), Groups: map[string]map[string]int64{}, records: &records{}}
	label := -1
	if c.Label != "" {
		if label, err = t.column(c.Label); err != nil {
			return nil, err
		}
		q.Classes = map[string]int64{}
	}
	var by []*classifier
	missing := tokensOf(c.Missing)
	for _, g := range c.Groups {
		k, err := g.bind(t, missing)
		if err != nil {
			return nil, err
		}
		by, q.Groups[g.Attribute] = append(by, k), map[string]int64{}
	}
	values, buf := map[string]string{}, []byte(nil)
	for {
		record, err := t.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		q.Rows++
		buf = buf[:0]
		for _, field := range record {
			if missing.has(field) {
				q.MissingCells++
			}
			buf = append(binary.AppendUvarint(buf, uint64(len(field))), field...)
		}
		q.records.add(maphash.Bytes(p.seeds[0], buf), maphash.Bytes(p.seeds[1], buf))
		if label >= 0 && !missing.has(record[label]) {
			if err := tally(t, q.Classes, record[label]); err != nil {
				return nil, err
			}
		}
		for _, k := range by {
			g, err := k.group(t, record, values)
			if err != nil {
				return nil, err
			}
			if values[k.Attribute] = g; g != "" {
				if err := tally(t, q.Groups[k.Attribute], g); err != nil {
					return nil, err
				}
			}
		}
	}
	if q.Rows == 0 {
		return nil, t.fail(2, attest.ErrMalformed, "no records; a table without any says nothing")
	}
	q.Digest, q.DuplicateRows = t.digest(), q.records.sort()
	return q, nil
}

func tally(t *table, counts map[string]int64, value string) error {
	// The key is copied: the record is used again.
	if n, ok := counts[value]; ok {
		counts[value] = n + 1
		return nil
	}
	if len(counts) == MaxClasses {
		return t.fail(t.line(), attest.ErrTooLarge, "more than %d different values; group by a column with fewer, or in bands", MaxClasses)
	}
	counts[string([]byte(value))] = 1
	return nil
}

// Overlap counts the records of test that q has too. Both are of one Profiler and
// have the same columns: otherwise no record could be in both, and none repeated
// would mean nothing.
func (q *Quality) Overlap(test *Quality) (int64, error) {
	if !slices.Equal(q.header, test.header) {
		return 0, fmt.Errorf("%s: line 1: %w: other columns, or in another order, than %s; write both tables alike", test.name, attest.ErrMalformed, q.name)
	}
	return q.records.shared(test.records), nil
}

// Predicate is what the figures state about the table. test may be nil.
func (q *Quality) Predicate(head predicate.Head, test *Quality) (*predicate.DataQuality, error) {
	missing, repeated := ratio(q.MissingCells, q.Rows*q.Columns), ratio(q.DuplicateRows, q.Rows)
	p := &predicate.DataQuality{
		Head: head, Dataset: q.Digest, Rows: &q.Rows, Columns: &q.Columns, MissingCells: &q.MissingCells, MissingRate: &missing,
		DuplicateRows: &q.DuplicateRows, DuplicateRate: &repeated, ClassCounts: q.Classes, ExecutedAt: head.StatedAt,
	}
	if len(q.Groups) > 0 {
		p.GroupCounts = q.Groups
	}
	if len(q.Classes) > 0 {
		var labelled int64
		for _, n := range q.Classes {
			labelled += n
		}
		p.ClassBalance = map[string]float64{}
		for class, n := range q.Classes {
			p.ClassBalance[class] = ratio(n, labelled)
		}
	}
	if test != nil {
		rows, err := q.Overlap(test)
		if err != nil {
			return nil, err
		}
		rate := ratio(rows, test.Rows)
		p.TrainTestOverlapRows, p.TrainTestOverlapRate = &rows, &rate
	}
	return p, nil
}

func ratio(a, b int64) float64 { return float64(a) / float64(b) }

// records holds 72 bits of hash of every record, under random seeds: 64 of them in
// the part the other eight name. Of MaxRows records two different ones have the same
// with a chance below 1 in 10^7.
type records struct{ parts [256]part }

// part is a long list in chunks: it grows and is put into order without being
// copied, so that it never takes more room than its keys.
type part [][]uint64

const chunk = 1024

func (r *records) add(name, key uint64) {
	p := &r.parts[name&255]
	last := len(*p) - 1
	if last < 0 || len((*p)[last]) == chunk {
		*p, last = append(*p, make([]uint64, 0, chunk)), last+1
	}
	(*p)[last] = append((*p)[last], key)
}

func (p part) at(i int) *uint64 { return &p[i/chunk][i%chunk] }

// Len, Less and Swap are for package sort.
func (p part) Len() int {
	if len(p) == 0 {
		return 0
	}
	return (len(p)-1)*chunk + len(p[len(p)-1])
}

func (p part) Less(i, j int) bool { return *p.at(i) < *p.at(j) }

func (p part) Swap(i, j int) {
	a, b := p.at(i), p.at(j)
	*a, *b = *b, *a
}

// sort brings them in order and counts those that repeat another.
func (r *records) sort() (repeated int64) {
	for _, p := range r.parts {
		sort.Sort(p)
		for i := 1; i < p.Len(); i++ {
			if *p.at(i) == *p.at(i - 1) {
				repeated++
			}
		}
	}
	return repeated
}

// shared counts the records of test that r has too; both are in order.
func (r *records) shared(test *records) (n int64) {
	for name, p := range test.parts {
		own, at := r.parts[name], 0
		for i := range p.Len() {
			for at < own.Len() && *own.at(at) < *p.at(i) {
				at++
			}
			if at < own.Len() && *own.at(at) == *p.at(i) {
				n++
			}
		}
	}
	return n
}
