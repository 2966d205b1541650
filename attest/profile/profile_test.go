package profile_test

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/predicate"
	"github.com/assize-dev/assize/attest/profile"
)

var head = predicate.Head{StatedAt: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), Systems: []string{"system:credit"}}

func groupings(t testing.TB, texts ...string) []profile.Grouping {
	t.Helper()
	g, err := profile.ParseGroupings(texts)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

const people = "\xef\xbb\xbfsex,age,label,pred\r\nf,24,1,1\r\nf,25,0,1\r\nm,59,1,0\r\n\"m\",59,1,0\r\n,60,0,0\r\n"

// If this fails, a figure that is signed is not the one in the file.
func TestQuality(t *testing.T) {
	p := profile.New()
	q, err := p.Quality("a.csv", strings.NewReader(people), profile.Config{
		Missing: []string{""}, Label: "label", Groups: groupings(t, "sex", "band=age[25,40,60]", "sex*band"),
	})
	if err != nil {
		t.Fatal(err)
	}
	test, err := p.Quality("b.csv", strings.NewReader("sex,age,label,pred\nf,24,1,1\nx,1,1,1\n"), profile.Config{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := q.Predicate(head, test)
	if err != nil {
		t.Fatal(err)
	}
	other, err := p.Quality("o.csv", strings.NewReader("age,sex,label,pred\n24,f,1,1\n"), profile.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := q.Overlap(other); !errors.Is(err, attest.ErrMalformed) {
		t.Errorf("tables with other columns are compared: %v", err)
	}
	i := func(n int64) *int64 { return &n }
	f := func(x float64) *float64 { return &x }
	want := &predicate.DataQuality{
		Head: head, Dataset: got.Dataset, Rows: i(5), Columns: i(4), MissingCells: i(1), MissingRate: f(0.05), DuplicateRows: i(1), DuplicateRate: f(0.2),
		ClassCounts: map[string]int64{"0": 2, "1": 3}, ClassBalance: map[string]float64{"0": 0.4, "1": 0.6}, ExecutedAt: head.StatedAt,
		GroupCounts: map[string]map[string]int64{"sex": {"f": 2, "m": 2}, "band": {"under_25": 1, "25_39": 1, "40_59": 2, "60_plus": 1},
			"sex_and_band": {"f|under_25": 1, "f|25_39": 1, "m|40_59": 2}},
		TrainTestOverlapRows: i(1), TrainTestOverlapRate: f(0.5),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if _, err := predicate.Marshal([]attest.Subject{predicate.Subject("a.csv", got.Dataset)}, got); err != nil {
		t.Error(err)
	}
}

// If this fails, outcomes by group are not those in the file.
func TestFairness(t *testing.T) {
	half := 0.5
	for _, threshold := range []*float64{nil, &half} {
		a, err := profile.New().Fairness("a.csv", strings.NewReader(people), head, profile.Outcomes{
			Config: profile.Config{Missing: []string{""}, Label: "label", Groups: groupings(t, "sex")}, Prediction: "pred", Positive: "1", Threshold: threshold,
		})
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(a.Groups)
		if err != nil {
			t.Fatal(err)
		}
		want := `[{"attributes":{"sex":"f"},"n":2,"counts":{"n":2,"positives":1,"selected":2,"true_positives":1,"false_positives":1},"selection_rate":1,"tpr":1,"fpr":1,"ppv":0.5},` +
			`{"attributes":{"sex":"m"},"n":2,"counts":{"n":2,"positives":2,"selected":0,"true_positives":0,"false_positives":0},"selection_rate":0,"tpr":0}]`
		if diff := cmp.Diff(want, string(b)); diff != "" || *a.UnknownN != 1 {
			t.Errorf("unknown %d, -want +got:\n%s", *a.UnknownN, diff)
		}
	}
}

// If this fails, a broken table is profiled, or refused without saying where.
func TestRefused(t *testing.T) {
	for _, x := range []struct {
		text, says string
		kind       error
	}{
		{"", "line 1: malformed: no header", attest.ErrMalformed},
		{"a,b\n", "no records", attest.ErrMalformed},
		{"a,b\n1,2\n3\n", "line 3: malformed: 1 fields under 2 columns", attest.ErrMalformed},
		{"a,b\n1,2\n3,4,5\n", "line 3: malformed: 3 fields under 2 columns", attest.ErrMalformed},
		{"a,b\n1,\"2\n", "line 2: malformed: column", attest.ErrMalformed},
		{"a,b\n1,x\"y\n", "line 2: malformed: column", attest.ErrMalformed},
		{"a,a\n1,2\n", "must be there and differ", attest.ErrMalformed},
		{"a,\n1,2\n", "must be there and differ", attest.ErrMalformed},
		{"x,b\n1,2\n", `no column "a"`, attest.ErrMalformed},
		{"a,b\n1,2\nz,2\n", `line 3: malformed: column "a": "z" is no finite number`, attest.ErrMalformed},
		{"a,b\nNaN,2\n", "no finite number", attest.ErrMalformed},
		{strings.Repeat("c,", 999_999) + "a\n", "", attest.ErrTooLarge},
	} {
		_, err := profile.New().Quality("t.csv", strings.NewReader(x.text), profile.Config{Groups: groupings(t, "g=a[5]")})
		if !errors.Is(err, x.kind) || !strings.Contains(err.Error(), x.says) || !strings.HasPrefix(err.Error(), "t.csv: line ") {
			t.Errorf("%.40q: %.200v, want %q", x.text, err, x.says)
		}
	}
	for _, text := range []string{"", "a=", "=a", "a*b", "a=b:", "a=x:c|d", "a=b[2,1]"} {
		if _, err := profile.ParseGroupings([]string{text}); err == nil {
			t.Errorf("groups %q are taken", text)
		}
	}
	if _, err := profile.ParseGroupings([]string{"a", "a=b"}); err == nil {
		t.Error("an attribute given twice is taken")
	}
}

// rows writes a table of that many records while it is read.
type rows struct {
	left int
	line string
	out  []byte
}

func (r *rows) Read(b []byte) (int, error) {
	for len(r.out) < len(b) && r.left > 0 {
		r.out = append(r.out, r.line...)
		r.left--
	}
	if len(r.out) == 0 {
		return 0, io.EOF
	}
	n := copy(b, r.out)
	r.out = r.out[:copy(r.out, r.out[n:])]
	return n, nil
}

// If this fails, a table can fill memory.
func TestLimits(t *testing.T) {
	names := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "c%d,", i)
		}
		return strings.TrimSuffix(b.String(), ",")
	}
	distinct := func(n int) string {
		b := []byte("a\n")
		for i := range n {
			b = append(strconv.AppendInt(b, int64(i), 10), '\n')
		}
		return string(b)
	}
	quality := func(r io.Reader, label string) error {
		_, err := profile.New().Quality("t.csv", r, profile.Config{Label: label})
		return err
	}
	drift := func(n int) error {
		_, err := profile.New().Drift("r.csv", strings.NewReader(distinct(n)), "c.csv", strings.NewReader("a\n1\n"), profile.Comparison{})
		return err
	}
	for _, x := range []struct {
		name         string
		within, over error
	}{
		{"MaxColumns", quality(strings.NewReader(names(profile.MaxColumns)+"\n"+strings.Repeat(",", profile.MaxColumns-1)+"\n"), ""), quality(strings.NewReader(names(profile.MaxColumns+1)+"\n"), "")},
		{"MaxClasses", quality(strings.NewReader(distinct(profile.MaxClasses)), "a"), quality(strings.NewReader(distinct(profile.MaxClasses+1)), "a")},
		// a buffer is read ahead of the record
		{"MaxRecord", quality(strings.NewReader("a\n"+strings.Repeat("x", profile.MaxRecord-1)+"\n"), ""), quality(strings.NewReader("a\n\""+strings.Repeat("x\n", profile.MaxRecord)), "")},
		{"MaxCells", drift(profile.MaxCells), drift(profile.MaxCells + 1)},
		{"MaxRows", quality(io.MultiReader(strings.NewReader("a\n"), &rows{left: profile.MaxRows, line: "1\n"}), ""), quality(io.MultiReader(strings.NewReader("a\n"), &rows{left: profile.MaxRows + 1, line: "1\n"}), "")},
	} {
		if x.within != nil || !errors.Is(x.over, attest.ErrTooLarge) {
			t.Errorf("%s: within %v, over %v", x.name, x.within, x.over)
		}
	}
}

func realdata(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("ASSIZE_REALDATA")
	if dir == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("ASSIZE_REALDATA is not set")
		}
		t.Skip("ASSIZE_REALDATA is not set: no tables collected by others to read")
	}
	return filepath.Join(dir, "german-credit")
}

func document(t *testing.T, path string) map[string]any {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// within compares trees of JSON, numbers to 1e-9.
var within = cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) <= 1e-9 })

// If this fails, our figures on the German credit data are not those of R.
func TestGermanCredit(t *testing.T) {
	dir := realdata(t)
	open := func(name string) *os.File {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	c := profile.Config{Missing: []string{"", "NA"}, Label: "Class", Groups: groupings(t,
		"sex=female:Personal.Female.NotSingle+Personal.Female.Single|male:Personal.Male.Divorced.Seperated+Personal.Male.Single+Personal.Male.Married.Widowed",
		"age=Age[25,40,60]", "sex*age")}
	p := profile.New()
	got := map[string]*profile.Quality{}
	for _, name := range []string{"german_credit.csv", "train.csv", "test.csv"} {
		q, err := p.Quality(name, open(name), c)
		if err != nil {
			t.Fatal(err)
		}
		got[name] = q
	}
	stated, err := got["german_credit.csv"].Predicate(head, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(stated)
	if err != nil {
		t.Fatal(err)
	}
	var figures map[string]any
	if err := json.Unmarshal(b, &figures); err != nil {
		t.Fatal(err)
	}
	shared, err := got["train.csv"].Overlap(got["test.csv"])
	if err != nil {
		t.Fatal(err)
	}
	figures["train_test_overlap_rows"] = float64(shared)
	for _, own := range []string{"stated_at", "systems", "dataset", "executed_at"} {
		delete(figures, own)
	}
	if diff := cmp.Diff(document(t, filepath.Join(dir, "data-quality.json")), figures, within); diff != "" {
		t.Errorf("-R +ours:\n%s", diff)
	}

	d, err := p.Drift("train.csv", open("train.csv"), "test.csv", open("test.csv"), profile.Comparison{Features: []string{"Duration", "Amount"}})
	if err != nil {
		t.Fatal(err)
	}
	window := document(t, filepath.Join(dir, "monitoring-12-months.json"))["windows"].([]any)[0].(map[string]any)["features"].(map[string]any)
	for _, f := range d.Features {
		want := window[f.Name].(map[string]any)
		edges := want["bin_upper_edges"].([]any)
		if len(edges) != len(f.Histogram.UpperEdges)+1 {
			t.Fatalf("%s: edges %v, R's are %v", f.Name, f.Histogram.UpperEdges, edges)
		}
		for i, e := range f.Histogram.UpperEdges {
			x, err := strconv.ParseFloat(edges[i].(string), 64)
			if err != nil || math.Abs(x-e) > 1e-9 {
				t.Errorf("%s: edge %d is %v, R's is %v", f.Name, i, e, edges[i])
			}
		}
		for i, n := range f.Histogram.ReferenceCounts {
			if float64(n) != want["reference_counts"].([]any)[i] {
				t.Errorf("%s: bin %d of the reference holds %d, R counts %v", f.Name, i, n, want["reference_counts"].([]any)[i])
			}
		}
	}
	if d.N != 300 {
		t.Errorf("%d records in the window", d.N)
	}
}

// logistic scores the records of a table by R's coefficients of the logistic
// regression, and writes the columns that an assessment reads.
func logistic(t *testing.T, dir string) string {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "test.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	weights := document(t, filepath.Join(dir, "logistic-coefficients.json"))
	var out strings.Builder
	w := csv.NewWriter(&out)
	for i, r := range records {
		score := "score"
		if i > 0 {
			z := weights["(Intercept)"].(float64)
			for j, name := range records[0] {
				// null: R dropped the column, which the others determine.
				if weight, ok := weights[name].(float64); ok {
					x, err := strconv.ParseFloat(r[j], 64)
					if err != nil {
						t.Fatal(err)
					}
					z += weight * x
				}
			}
			score = strconv.FormatFloat(1/(1+math.Exp(-z)), 'g', -1, 64)
		}
		if err := w.Write(append(r, score)); err != nil {
			t.Fatal(err)
		}
	}
	w.Flush()
	return out.String()
}

// If this fails, outcomes by group are not those that R counts, for every group and
// every figure of its evaluation of the logistic regression that a table can tell.
func TestGermanCreditFairness(t *testing.T) {
	dir := realdata(t)
	half, scored := 0.5, logistic(t, dir)
	a, err := profile.New().Fairness("test.csv", strings.NewReader(scored), head, profile.Outcomes{
		Config: profile.Config{Label: "Class", Groups: groupings(t,
			"sex=female:Personal.Female.NotSingle+Personal.Female.Single|male:Personal.Male.Divorced.Seperated+Personal.Male.Single+Personal.Male.Married.Widowed",
			"age=Age[25,40,60]", "sex*age")}, Prediction: "score", Positive: "Good", Threshold: &half,
	})
	if err != nil {
		t.Fatal(err)
	}
	evaluation := document(t, filepath.Join(dir, "evaluation-logistic.json"))["evaluation"].(map[string]any)
	compared := 0
	for _, g := range a.Groups {
		of, name := "by_sex_and_age", g.Attributes["sex"]+"|"+g.Attributes["age"]
		if len(g.Attributes) == 1 {
			for attribute, value := range g.Attributes {
				of, name = "by_"+attribute, value
			}
		}
		want, ok := evaluation[of].(map[string]any)[name].(map[string]any)
		if !ok {
			t.Errorf("%s %s: R has no such group", of, name)
			continue
		}
		for figure, ours := range map[string]*float64{
			"n": count(g.Counts.N), "positives": count(*g.Counts.Positives), "selected": count(*g.Counts.Selected), "true_positives": count(*g.Counts.TruePositives),
			"false_positives": count(*g.Counts.FalsePositives), "selection_rate": g.SelectionRate, "tpr": g.TPR, "fpr": g.FPR, "ppv": g.PPV,
		} {
			r, stated := want[figure].(float64)
			if !stated {
				continue
			}
			if compared++; ours == nil || math.Abs(*ours-r) > 1e-9 {
				t.Errorf("%s %s, %s: ours %v, R's %v", of, name, figure, ours, r)
			}
		}
	}
	groups := 0
	for of, list := range evaluation {
		if m, ok := list.(map[string]any); ok && strings.HasPrefix(of, "by_") {
			groups += len(m)
		}
	}
	if groups != len(a.Groups) || compared < 5*groups {
		t.Errorf("%d groups with %d figures compared, R has %d groups", len(a.Groups), compared, groups)
	}
}

func count(n int64) *float64 {
	f := float64(n)
	return &f
}

// If this fails, deciles of a long column are not those of all its numbers, or a
// missing value is counted as something.
func TestDrift(t *testing.T) {
	// Every sixth record has no b; 200,000 records settle a sample more than once.
	var reference strings.Builder
	reference.WriteString("a,b\n")
	all := []float64{}
	for i := range 200_000 {
		x := float64((i * 7919) % 100_003)
		all = append(all, x)
		b := strconv.Itoa(i % 3)
		if i%6 == 0 {
			b = "NA"
		}
		fmt.Fprintf(&reference, "%v,%s\n", x, b)
	}
	slices.Sort(all)
	c := profile.Comparison{Missing: []string{"NA"}}
	d, err := profile.New().Drift("r.csv", strings.NewReader(reference.String()), "c.csv", strings.NewReader("b,a\n1,-5\nNA,100003\n2,0\n"), c)
	if err != nil {
		t.Fatal(err)
	}
	edges := []float64{}
	for k := 1; k < 10; k++ {
		h := float64(len(all)-1) * float64(k) / 10
		low := int(h)
		edges = append(edges, all[low]+(h-float64(low))*(all[low+1]-all[low]))
	}
	a, b := d.Features[0].Histogram, d.Features[1].Histogram
	if diff := cmp.Diff(edges, a.UpperEdges); diff != "" {
		t.Errorf("deciles (-want +got):\n%s", diff)
	}
	var counted int64
	for _, n := range a.ReferenceCounts {
		counted += n
	}
	if counted != int64(len(all)) || *a.Low != -5 || *a.High != 100003 || a.WindowCounts[0] != 2 || a.WindowCounts[9] != 1 {
		t.Errorf("%d counted in %+v", counted, a)
	}
	if d.Features[0].Missing != 0 || d.Features[1].Missing != 1 || d.N != 3 {
		t.Errorf("missing: %+v of %d", d.Features, d.N)
	}
	if got := b.ReferenceCounts; !slices.Equal(b.UpperEdges, []float64{0, 1}) || got[0]+got[1]+got[2] != 200_000-33_334 {
		t.Errorf("b: %+v", b)
	}
	c.Policy = profile.MissingRefuse
	if _, err := profile.New().Drift("r.csv", strings.NewReader("a,b\n1,1\n2,NA\n"), "c.csv", strings.NewReader("a,b\n1,1\n"), c); !errors.Is(err, attest.ErrMalformed) || !strings.Contains(err.Error(), `r.csv: line 3: malformed: column "b" has no value`) {
		t.Errorf("refused: %v", err)
	}
}

func FuzzQuality(f *testing.F) {
	f.Add([]byte(people))
	f.Add([]byte("a,b\n1,2\n1,2\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		q, err := profile.New().Quality("t.csv", strings.NewReader(string(text)), profile.Config{Missing: []string{""}})
		if err != nil {
			if !errors.Is(err, attest.ErrMalformed) && !errors.Is(err, attest.ErrTooLarge) {
				t.Fatalf("unnamed error: %v", err)
			}
			return
		}
		shared, err := q.Overlap(q)
		if err != nil || q.MissingCells > q.Rows*q.Columns || q.DuplicateRows >= q.Rows || shared != q.Rows {
			t.Fatalf("%+v, %v", q, err)
		}
	})
}

func FuzzGroupings(f *testing.F) {
	f.Add("sex")
	f.Add("age=Age[25,40]")
	f.Add("sex=f:A+B|m:C")
	f.Fuzz(func(t *testing.T, text string) {
		g, err := profile.ParseGroupings([]string{text})
		if err != nil && !errors.Is(err, attest.ErrMalformed) || err == nil && g[0].Attribute == "" {
			t.Fatalf("%q: %v, %v", text, g, err)
		}
	})
}

// If this fails, profiling a table takes more than twice the time of only reading it
// through encoding/csv. The best of several runs of both, taken in turn, so that
// what else the machine does hits both alike.
func TestSpeed(t *testing.T) {
	if testing.CoverMode() != "" {
		t.Log("not measured under coverage")
		return
	}
	const records = 60_000
	best := func(old time.Duration, run func()) time.Duration {
		begun := time.Now()
		run()
		if took := time.Since(begun); old == 0 || took < old {
			return took
		}
		return old
	}
	var reading, profiling time.Duration
	for i := range 12 {
		reading = best(reading, func() { readCSV(t, records) })
		profiling = best(profiling, func() { profileCSV(t, records) })
		if i > 2 && profiling < 2*reading {
			break
		}
	}
	if profiling > 2*reading {
		t.Errorf("profiling took %s, reading %s", profiling, reading)
	}
}

func wide(n int) *rows {
	return &rows{left: n, line: "36,5951,2,2,22,1,1,1,1,Bad,0,1,0,0,0,0,1,0,0,0,0,0,1,0,0,0,0,0,0,0,1,0,0,0,0,0,1,0,0,0,0,1,0,0,0,1,0,0,1,0,0,0\n"}
}

const wideHeader = "a,b,c,d,e,f,g,h,i,label,k0,k1,k2,k3,k4,k5,k6,k7,k8,k9,l0,l1,l2,l3,l4,l5,l6,l7,l8,l9,m0,m1,m2,m3,m4,m5,m6,m7,m8,m9,n0,n1,n2,n3,n4,n5,n6,n7,n8,n9,o0,o1\n"

func readCSV(tb testing.TB, n int) {
	r := csv.NewReader(io.MultiReader(strings.NewReader(wideHeader), wide(n)))
	r.ReuseRecord = true
	for {
		if _, err := r.Read(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			tb.Fatal(err)
		}
	}
}

func profileCSV(tb testing.TB, n int) {
	c := profile.Config{Missing: []string{"", "NA"}, Label: "label", Groups: groupings(tb, "age=e[25,40,60]")}
	if _, err := profile.New().Quality("t.csv", io.MultiReader(strings.NewReader(wideHeader), wide(n)), c); err != nil {
		tb.Fatal(err)
	}
}

// BenchmarkQuality is to be held against BenchmarkCSV, which only reads.
func BenchmarkQuality(b *testing.B) {
	for b.Loop() {
		profileCSV(b, 400_000)
	}
}

func BenchmarkCSV(b *testing.B) {
	for b.Loop() {
		readCSV(b, 400_000)
	}
}
