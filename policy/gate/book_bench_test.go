package gate_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/policies"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
	"github.com/assize-dev/assize/testdata/gen/story"
)

// newLibrary is the story's evidence with three more datasets like its own in the
// training run: four datasets, a model and what a deployment is judged by.
func newLibrary(tb testing.TB) (*telling, gate.Question, *policy.Parameters) {
	tb.Helper()
	w := newTelling(tb)
	var more []string
	for i := range 3 {
		more = append(more, string(attest.RefOf(fmt.Sprint("dataset", i))))
	}
	var q gate.Question
	for _, e := range w.story.Events() {
		w.Clock.Set(e.At)
		if e.Question != nil {
			if e.Question.Name == "deploy denied" {
				q = gate.Question{Subject: e.Question.Subject, System: e.Question.System, Action: e.Question.Action, Environment: e.Question.Environment}
				break
			}
			continue
		}
		step := *e.Step
		build := step.Build
		if step.Type == "training-run" {
			step.Build = func(c story.Cites) ([]byte, error) {
				raw, err := build(c)
				if err != nil {
					return nil, err
				}
				return withInputs(raw, more)
			}
		}
		w.submit(tb, &step)
		if !strings.HasPrefix(step.Type, "data") {
			continue
		}
		for i, ref := range more {
			step := *e.Step
			step.Name = fmt.Sprint(step.Name, i)
			step.Build = func(c story.Cites) ([]byte, error) {
				raw, err := build(c)
				return bytes.ReplaceAll(raw, []byte(strings.TrimPrefix(string(w.story.Dataset), "sha256:")), []byte(strings.TrimPrefix(ref, "sha256:"))), err
			}
			w.submit(tb, &step)
		}
	}
	text, err := policies.FS.ReadFile("parameters.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	book, err := policy.ParseParameters(text)
	if err != nil {
		tb.Fatal(err)
	}
	var p m
	if err := json.Unmarshal(book.Canonical(), &p); err != nil {
		tb.Fatal(err)
	}
	for _, g := range p["gates"].([]any) {
		delete(g.(m), "rules")
		g.(m)["packs"] = w.set.Packs()
	}
	raw, err := json.Marshal(p)
	if err != nil {
		tb.Fatal(err)
	}
	full, err := policy.ParseParameters(raw)
	if err != nil {
		tb.Fatal(err)
	}
	return w, q, full
}

func withInputs(raw []byte, more []string) ([]byte, error) {
	var st m
	if err := json.Unmarshal(raw, &st); err != nil {
		return nil, err
	}
	p := st["predicate"].(m)
	for i, ref := range more {
		p["inputs"] = append(p["inputs"].([]any), m{"name": fmt.Sprintf("more-%d.csv", i), "digest": ref, "role": "training", "split": "train"})
	}
	return attest.CanonicalJSON(st)
}

// again is the step said once more, in other words.
func again(s *story.Step, n int) *story.Step {
	step := *s
	step.Build = func(c story.Cites) ([]byte, error) {
		raw, err := s.Build(c)
		if err != nil {
			return nil, err
		}
		var st m
		if err := json.Unmarshal(raw, &st); err != nil {
			return nil, err
		}
		st["predicate"].(m)["version"] = fmt.Sprint("again ", n)
		return attest.CanonicalJSON(st)
	}
	return &step
}

// BenchmarkBook judges the whole book over four datasets, a model and a deployment:
// anew on all processors (bar: 12 ms on two), on one in microseconds a rule (60), and
// when one piece of evidence is new (2 ms, the case assembled included or not).
// Beside them what bare evaluation of the same runs takes on one processor, and what
// loading the book takes (150 ms). Each figure is the least of the rounds: the machine
// may be busy with other things.
func BenchmarkBook(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(300)) // as the program does
	ctx := context.Background()
	w, q, full := newLibrary(b)
	o := gate.Options{Params: full, Set: w.set}
	at := w.Clock.Now()
	const never = time.Hour
	anew, evaluate, warm, assembled, onlyNew := never, never, never, never, never
	runs, rounds := 0, 0
	var card *story.Step
	for i := range w.story.Steps {
		if s := &w.story.Steps[i]; s.Type == "dataset-card" {
			card = s
		}
	}
	checked, err := policies.FS.ReadFile("checked")
	if err != nil {
		b.Fatal(err)
	}
	load := never
	for range 5 {
		runtime.GC()
		before := debug.SetGCPercent(-1) // a command that starts collects nothing before it is done with this
		began := time.Now()
		if _, err := policy.LoadSet(policies.FS, strings.TrimSpace(string(checked))); err != nil {
			b.Fatal(err)
		}
		load = min(load, time.Since(began))
		debug.SetGCPercent(before)
	}
	for b.Loop() {
		rounds++
		w.gate.Forget()
		c, err := w.gate.Case(ctx, q, o)
		if err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		if _, err := c.Judge(ctx, at); err != nil {
			b.Fatal(err)
		}
		anew = min(anew, time.Since(began))
		began = time.Now()
		if err := c.EvaluateOnly(ctx, at); err != nil {
			b.Fatal(err)
		}
		evaluate = min(evaluate, time.Since(began))
		runs = c.Runs()
		// nothing is new
		if c, err = w.gate.Case(ctx, q, o); err != nil {
			b.Fatal(err)
		}
		began = time.Now()
		if _, err := c.Judge(ctx, at); err != nil {
			b.Fatal(err)
		}
		warm = min(warm, time.Since(began))
		// one card more about one dataset, which supersedes the one before
		w.submit(b, again(card, rounds))
		began = time.Now()
		if c, err = w.gate.Case(ctx, q, o); err != nil {
			b.Fatal(err)
		}
		assembled = min(assembled, time.Since(began))
		began = time.Now()
		if _, err := c.Judge(ctx, at); err != nil {
			b.Fatal(err)
		}
		onlyNew = min(onlyNew, time.Since(began))
	}
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(ms(anew), "anew-ms")
	b.ReportMetric(ms(evaluate), "one-core-ms")
	b.ReportMetric(float64(evaluate.Microseconds())/float64(runs), "us/rule")
	b.ReportMetric(ms(warm), "nothing-new-ms")
	b.ReportMetric(ms(onlyNew), "one-new-ms")
	b.ReportMetric(ms(assembled), "assemble-ms")
	b.ReportMetric(float64(load.Milliseconds()), "load-ms")
	b.ReportMetric(float64(runs), "runs")
	b.ReportMetric(float64(len(w.set.Rules())), "rules")
	b.ReportMetric(float64(runtime.GOMAXPROCS(0)), "processors")
}
