package importer

import (
	"math"
	"strings"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/predicate"
)

// readLMEval: results_*.json of EleutherAI's lm-evaluation-harness. Metrics stand
// under "NAME,FILTER"; before 0.4, when files had no configs, under NAME. Source:
// lm_eval/evaluator.py and loggers/evaluation_tracker.py.
func readLMEval(s *source) error {
	if err := s.json(); err != nil {
		return err
	}
	top := s.top()
	results := top.get("results")
	if len(results.names()) == 0 {
		return s.fail("$.results", attest.ErrMalformed, "is missing or empty; want the results file of lm_eval --output_path")
	}
	r := &predicate.EvalResult{Head: s.head(), Category: s.category(), Harness: &predicate.Harness{Name: "lm-evaluation-harness"}}
	if r.Harness.Version = top.get("lm_eval_version").text("eval-result harness.version"); r.Harness.Version == "" {
		r.Harness.Version = top.get("git_hash").text("eval-result harness.version")
	}
	if v := top.get("config").get("random_seed"); v.there() {
		r.Seed = v.integer("eval-result seed")
	}
	if v := top.get("date"); v.there() {
		if f := v.number("eval-result executed_at"); f != nil && *f > 0 && *f < 1<<36 {
			whole, part := math.Modf(*f)
			r.ExecutedAt = time.Unix(int64(whole), int64(part*1e9)).UTC()
		}
	}
	plain := !top.get("configs").there() && !top.get("lm_eval_version").there()
	for _, task := range results.names() {
		if err := s.task(task, results.get(task), top.get("n-samples").get(task), plain, r); err != nil {
			return err
		}
	}
	if len(r.Metrics) == 0 {
		return s.fail("$.results", attest.ErrMalformed, "holds no metric with a number")
	}
	return s.state(r)
}

func (s *source) task(task string, v, samples value, plain bool, r *predicate.EvalResult) error {
	var n *int64
	if v := samples.get("effective"); v.there() {
		if n = v.count("eval-result metrics.n"); n == nil {
			return s.fail(v.path, attest.ErrMalformed, "want a whole number of samples")
		}
	}
	for _, key := range v.names() {
		name, filter, ok := strings.Cut(key, ",")
		figure := v.get(key)
		switch {
		case key == "alias" || key == "name" || !ok && !plain:
			continue
		case strings.HasSuffix(name, "_stderr"):
			figure.leave("a standard error is no interval")
			continue
		}
		f := figure.number("eval-result metrics.value")
		if f == nil {
			continue
		}
		slice := map[string]string{"task": task}
		if filter != "" && filter != "none" {
			slice["filter"] = filter
		}
		r.Metrics = append(r.Metrics, predicate.Metric{Name: name, Value: *f, N: n, Slice: slice})
	}
	return nil
}
