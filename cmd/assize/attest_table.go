package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/predicate"
	"github.com/assize-dev/assize/attest/profile"
	"github.com/assize-dev/assize/policy/stat"
)

// psiFloor is the share that an empty bin counts for. The rules compute the index
// again with a parameter of the same default.
const psiFloor = 1e-4

// tableMemory is the heap from which the collector works harder while a table is
// read, in bytes.
const tableMemory = 128 << 20

// tables are the flags that name CSV files and say how to read them.
type tables struct {
	csv, test, label, prediction, positive, threshold, reference, current string
	missingPolicy                                                         string
	groups, features, missing, methods                                    []string
	// bytes tells a terminal how far a table has been read; nil tells nobody.
	bytes func(done, total uint64)
}

func addTables(cmd *cobra.Command) *tables {
	t, f := &tables{}, cmd.Flags()
	f.StringVar(&t.csv, "csv", "", "table to compute data-quality or fairness-assessment from")
	f.StringVar(&t.test, "test", "", "table with the test records, to count those that --csv holds too")
	f.StringVar(&t.label, "label", "", "column with the class or true outcome")
	f.StringVar(&t.prediction, "prediction", "", "column with the model's decision, or its score")
	f.StringVar(&t.positive, "positive", "", "value of the favourable outcome")
	f.StringVar(&t.threshold, "threshold", "", "score from which a case is selected, when --prediction is a score")
	f.StringArrayVar(&t.groups, "groups", nil, "attribute to count by; repeatable")
	f.StringVar(&t.reference, "reference", "", "table a monitoring-report compares with")
	f.StringVar(&t.current, "current", "", "table of the window of a monitoring-report")
	f.StringArrayVar(&t.features, "feature", nil, "column to compare; repeatable (default all)")
	f.StringArrayVar(&t.methods, "method", []string{"psi"}, "statistic of a monitoring-report: psi, js, ks or wasserstein; repeatable")
	f.StringVar(&t.missingPolicy, "missing-policy", profile.MissingExclude, "monitoring-report: exclude records without a value from the histogram of the column and count them, or refuse the table")
	f.StringArrayVar(&t.missing, "missing", []string{"", "NA"}, "text that stands for no value; repeatable")
	return t
}

// figures are what was computed from tables.
type figures struct {
	subject string // file the figures are about, "" when it is not theirs to say
	members map[string]any
}

// compute reads the tables that the flags name; nil when they name none.
func (t *tables) compute(typ string, now time.Time) (*figures, error) {
	if t.csv == "" && t.reference == "" && t.current == "" {
		return nil, nil
	}
	// What is kept of a long table has no pointers and is cheap to look at, so the
	// collector rather comes often than lets the heap double.
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(min(debug.SetMemoryLimit(-1), tableMemory)))
	var doc any
	var err error
	out, head := &figures{}, predicate.Head{StatedAt: now.UTC().Truncate(time.Second)}
	switch {
	case typ == "data-quality" && t.csv != "":
		doc, err = t.quality(head)
		if q, ok := doc.(*predicate.DataQuality); ok && err == nil {
			out.subject = filepath.Base(t.csv) + "=" + string(q.Dataset)
		}
	case typ == "fairness-assessment" && t.csv != "" && t.label != "" && t.prediction != "" && t.positive != "" && len(t.groups) > 0:
		doc, err = t.fairness(head)
	case typ == "monitoring-report" && t.reference != "" && t.current != "":
		doc, err = t.drift()
	default:
		return nil, usage("attest %s: tables make data-quality (--csv), fairness-assessment (--csv, --label, --prediction, --positive, --groups) and monitoring-report (--reference, --current)", typ)
	}
	if err != nil {
		return nil, err
	}
	return out, out.fill(doc)
}

// fill takes over the members of a predicate, but not its head: that is for
// whoever signs.
func (f *figures) fill(doc any) error {
	b, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	tree, err := attest.ParseJSON(b)
	if err != nil {
		return err
	}
	f.members = tree.(map[string]any)
	for _, name := range []string{"stated_at", "systems", "supersedes", "environment", "window"} {
		delete(f.members, name)
	}
	return nil
}

func (t *tables) quality(head predicate.Head) (*predicate.DataQuality, error) {
	groups, err := profile.ParseGroupings(t.groups)
	if err != nil {
		return nil, usage("--%w", err)
	}
	p := profile.New()
	read := func(path string, c profile.Config) (*profile.Quality, error) {
		f, err := t.open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return p.Quality(path, f, c)
	}
	q, err := read(t.csv, profile.Config{Missing: t.missing, Label: t.label, Groups: groups})
	if err != nil {
		return nil, err
	}
	var test *profile.Quality
	if t.test != "" {
		if test, err = read(t.test, profile.Config{Missing: t.missing}); err != nil {
			return nil, err
		}
	}
	return q.Predicate(head, test)
}

func (t *tables) fairness(head predicate.Head) (*predicate.FairnessAssessment, error) {
	groups, err := profile.ParseGroupings(t.groups)
	if err != nil {
		return nil, usage("--%w", err)
	}
	o := profile.Outcomes{Config: profile.Config{Missing: t.missing, Label: t.label, Groups: groups}, Prediction: t.prediction, Positive: t.positive}
	if t.threshold != "" {
		x, err := strconv.ParseFloat(t.threshold, 64)
		if err != nil || x-x != 0 {
			return nil, usage("--threshold %q: want a number", t.threshold)
		}
		o.Threshold = &x
	}
	f, err := t.open(t.csv)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return profile.New().Fairness(t.csv, f, head, o)
}

// statistics of drift, each computed from the histogram that is signed with it, by
// the function that rules recompute it with. Wasserstein is in standard deviations
// of the reference.
var statistics = map[string]func(d *predicate.FeatureDrift, reference, window []float64) error{
	"psi": func(d *predicate.FeatureDrift, reference, window []float64) (err error) {
		d.Stat, err = stat.PSI(reference, window, psiFloor)
		return err
	},
	"js": func(d *predicate.FeatureDrift, reference, window []float64) (err error) {
		d.Stat, err = stat.JensenShannon(reference, window)
		return err
	},
	"ks": func(d *predicate.FeatureDrift, reference, window []float64) error {
		r, err := stat.KolmogorovSmirnovTest(reference, window)
		d.Stat, d.P = r.Stat, &r.P
		return err
	},
	"wasserstein": func(d *predicate.FeatureDrift, reference, window []float64) (err error) {
		h := d.Histogram
		if h.Low == nil || *h.Low == *h.High {
			return errors.New("its first bin holds one value and has no width; leave the column out of --feature, or use another --method")
		}
		edges := append(append([]float64{*h.Low}, h.UpperEdges...), *h.High)
		d.Stat, err = stat.WassersteinNormed(reference, window, edges)
		return err
	},
}

func (t *tables) drift() (*predicate.MonitoringReport, error) {
	for i, method := range t.methods {
		if statistics[method] == nil || slices.Contains(t.methods[:i], method) {
			return nil, usage("--method %q: want psi, js, ks and wasserstein, each at most once", method)
		}
	}
	if t.missingPolicy != profile.MissingExclude && t.missingPolicy != profile.MissingRefuse {
		return nil, usage("--missing-policy %q: want %s or %s", t.missingPolicy, profile.MissingExclude, profile.MissingRefuse)
	}
	reference, err := t.open(t.reference)
	if err != nil {
		return nil, err
	}
	defer reference.Close()
	current, err := t.open(t.current)
	if err != nil {
		return nil, err
	}
	defer current.Close()
	d, err := profile.New().Drift(t.reference, reference, t.current, current, profile.Comparison{Features: t.features, Missing: t.missing, Policy: t.missingPolicy})
	if err != nil {
		return nil, err
	}
	r := &predicate.MonitoringReport{N: &d.N}
	for _, f := range d.Features {
		counted := d.N - f.Missing
		for _, method := range t.methods {
			one := predicate.FeatureDrift{Feature: f.Name, Method: method, N: &counted, Histogram: &f.Histogram}
			if err := statistics[method](&one, floats(f.Histogram.ReferenceCounts), floats(f.Histogram.WindowCounts)); err != nil {
				return nil, fmt.Errorf("%s: column %q: %s: %w: %w", t.current, f.Name, method, attest.ErrMalformed, err)
			}
			r.FeatureDrift = append(r.FeatureDrift, one)
		}
		if d.N > 0 {
			rate := float64(f.Missing) / float64(d.N)
			r.DataQuality = append(r.DataQuality, predicate.Check{Name: "missing " + f.Name, Dimension: "completeness", Value: &rate, N: &d.N})
		}
	}
	return r, nil
}

// open opens a table, told to a terminal while it is read.
func (t *tables) open(path string) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if err != nil || t.bytes == nil {
		return f, err
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return f, err
	}
	return &metered{ReadCloser: f, total: uint64(info.Size()), tell: t.bytes}, nil
}

// metered tells about each hundredth of a file.
type metered struct {
	io.ReadCloser
	done, told, total uint64
	tell              func(done, total uint64)
}

func (m *metered) Read(b []byte) (int, error) {
	n, err := m.ReadCloser.Read(b)
	m.done += uint64(n)
	if m.done-m.told > m.total/100 || errors.Is(err, io.EOF) && m.told < m.total {
		m.told = m.done
		m.tell(m.done, max(m.total, m.done))
	}
	return n, err
}

func floats(counts []int64) []float64 {
	out := make([]float64, len(counts))
	for i, n := range counts {
		out[i] = float64(n)
	}
	return out
}
