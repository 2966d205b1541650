package importer

import (
	"math"
	"strings"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/predicate"
)

// readEvidently: what Evidently writes of a comparison of two tables, in each of the
// three layouts it had:
//
//   - profiles, 0.1: {"data_drift": {"data": {"metrics": {COLUMN: {...}}}}}
//   - reports, 0.2 to 0.6 and evidently.legacy: {"metrics": [{"metric": NAME, "result": {...}}]}
//   - reports since 0.7: {"metrics": [{"config": {"type": NAME, ...}, "value": ...}]}
//
// It knows neither the window nor the environment; both are options. Sources:
// src/evidently/legacy/metrics/data_drift, src/evidently/metrics/column_statistics.py.
func readEvidently(s *source) error {
	if s.o.Environment == "" || s.o.WindowStart.IsZero() || s.o.WindowEnd.IsZero() {
		return s.fail("", attest.ErrMalformed, "an Evidently report names neither the environment nor the window it is about; give --environment, --window-start and --window-end")
	}
	if err := s.json(); err != nil {
		return err
	}
	e := &evidently{s: s, seen: map[string]bool{}, report: &predicate.MonitoringReport{
		Head: s.head(), Environment: s.o.Environment, Window: predicate.Window{Start: s.o.WindowStart.UTC(), End: s.o.WindowEnd.UTC()},
	}}
	top := s.top()
	var err error
	switch {
	case top.get("metric_results").there():
		return s.fail("$.metric_results", attest.ErrMalformed, "a snapshot of a workspace; import what snapshot.json() or report.save_json() writes")
	case top.get("data_drift").there():
		err = e.profile(top.get("data_drift").get("data").get("metrics"))
	case top.get("metrics").there():
		for _, m := range top.get("metrics").items() {
			if m.get("config").there() {
				err = e.metric(m)
			} else {
				err = e.legacy(m)
			}
			if err != nil {
				return err
			}
		}
	default:
		return s.fail("$", attest.ErrMalformed, "neither metrics nor data_drift; want the JSON of an Evidently report or profile")
	}
	if err != nil {
		return err
	}
	if r := e.report; r.N == nil && r.FeatureDrift == nil && r.DriftShare == nil && r.Perf == nil {
		return s.fail("$", attest.ErrMalformed, "holds no drift and no performance that can be stated; a p-value without its statistic cannot, so choose a distance, such as PSI")
	}
	return s.state(e.report)
}

// evidently collects one report.
type evidently struct {
	s      *source
	report *predicate.MonitoringReport
	seen   map[string]bool
}

// methods by the names Evidently shows. Jensen-Shannon is taken with natural
// logarithms there; a distance in base 2 is greater by 1/sqrt(ln 2).
var methods = map[string]struct {
	name   string
	factor float64
}{
	"psi": {"psi", 1}, "jensen-shannon distance": {"js", 1 / math.Sqrt(math.Ln2)}, "hellinger distance": {"hellinger", 1},
	"wasserstein distance (normed)": {"wasserstein", 1},
}

// drift takes the figure of one column.
func (e *evidently) drift(column, method, score, threshold value) error {
	name, _ := column.v.(string)
	said, _ := method.v.(string)
	if name == "" || said == "" {
		score.leave("without the name of the column and of the statistic it says nothing")
		return nil
	}
	m, ok := methods[strings.ToLower(said)]
	if !ok {
		why := "the statement has no such statistic"
		if strings.Contains(said, "p_value") {
			why = "a p-value without its statistic; choose a distance, such as PSI"
		}
		score.leave(why)
		return nil
	}
	if e.seen[name+"\n"+m.name] {
		score.leave("stands in the report twice")
		return nil
	}
	f := score.number("monitoring-report feature_drift.stat")
	if f == nil || *f < 0 {
		return e.s.fail(score.path, attest.ErrMalformed, "want a distance, a number of at least 0")
	}
	e.seen[name+"\n"+m.name] = true
	if column.path != "" {
		column.took("monitoring-report feature_drift.feature")
	}
	method.took("monitoring-report feature_drift.method")
	d := predicate.FeatureDrift{Feature: name, Method: m.name, Stat: *f * m.factor}
	if threshold.there() {
		if d.Threshold = threshold.number("monitoring-report feature_drift.threshold"); d.Threshold != nil {
			*d.Threshold *= m.factor
		}
	}
	if m.factor != 1 && !e.seen["\nbase"] {
		e.seen["\nbase"] = true
		e.s.note("Jensen-Shannon distances are converted from natural logarithms to base 2, in which they are stated and judged")
	}
	e.report.FeatureDrift = append(e.report.FeatureDrift, d)
	return nil
}

// share takes the share of columns that drifted, held against its counts.
func (e *evidently) share(v, drifted, columns value) error {
	if !v.there() || e.report.DriftShare != nil {
		return nil
	}
	f := v.number("monitoring-report drift_share")
	if f == nil || *f < 0 || *f > 1 {
		return e.s.fail(v.path, attest.ErrMalformed, "want a share in [0, 1]")
	}
	if drifted.there() && columns.there() {
		a, b := drifted.count("monitoring-report drift_share"), columns.count("monitoring-report drift_share")
		if a == nil || b == nil || *b == 0 || math.Abs(float64(*a)/float64(*b)-*f) > 1e-9 {
			return e.s.fail(v.path, attest.ErrMalformed, "%v is not %v of %v columns", *f, drifted.v, columns.v)
		}
	}
	e.report.DriftShare = f
	return nil
}

// column is a name that stands as the key of a mapping.
func (e *evidently) column(name string) value { return value{e.s, "", name} }

func (e *evidently) profile(metrics value) error {
	if !metrics.there() {
		return e.s.fail("$.data_drift.data.metrics", attest.ErrMalformed, "is missing; want the JSON of a data drift profile")
	}
	columns := metrics
	if f := metrics.get("features"); f.there() {
		columns = f
	}
	for _, name := range columns.names() {
		c := columns.get(name)
		if _, ok := c.v.(map[string]any); !ok {
			continue
		}
		score := c.get("drift_score")
		if !score.there() {
			c.get("p_value").leave("a p-value without its statistic; choose a distance, such as PSI")
			continue
		}
		if err := e.drift(e.column(name), c.get("stattest_name"), score, c.get("stattest_threshold")); err != nil {
			return err
		}
	}
	return e.share(metrics.get("share_drifted_features"), metrics.get("n_drifted_features"), metrics.get("n_features"))
}

func (e *evidently) legacy(m value) error {
	result, name := m.get("result"), m.get("metric")
	switch name.v {
	case "ColumnDriftMetric":
		name.took("format")
		return e.drift(result.get("column_name"), result.get("stattest_name"), result.get("drift_score"), result.get("stattest_threshold"))
	case "DataDriftTable", "DatasetDriftMetric":
		name.took("format")
		result.get("drift_share").leave("the share from which Evidently was told to call the data drifted, not one it measured")
		columns := result.get("drift_by_columns")
		for _, column := range columns.names() {
			c := columns.get(column)
			c.get("column_name").took("format")
			if err := e.drift(e.column(column), c.get("stattest_name"), c.get("drift_score"), c.get("stattest_threshold")); err != nil {
				return err
			}
		}
		return e.share(result.get("share_of_drifted_columns"), result.get("number_of_drifted_columns"), result.get("number_of_columns"))
	case "DatasetSummaryMetric":
		name.took("format")
		return e.rows(result.get("current").get("number_of_rows"))
	case "ClassificationQualityMetric", "RegressionQualityMetric":
		name.took("format")
		current := result.get("current")
		for _, metric := range current.names() {
			if stated := performance[metric]; stated != "" {
				e.perf(stated, current.get(metric))
			}
		}
		result.get("reference").leave("a report is about its window; the reference is for an eval-result")
	}
	return nil
}

// metric reads an entry of a report since 0.7, known by the type of its
// configuration.
func (e *evidently) metric(m value) error {
	config, v := m.get("config"), m.get("value")
	kind, _ := config.get("type").v.(string)
	kind = strings.TrimPrefix(kind, "evidently:metric_v2:")
	switch kind {
	case "ValueDrift":
		config.get("type").took("format")
		return e.drift(config.get("column"), config.get("method"), v, config.get("threshold"))
	case "DriftedColumnsCount":
		config.get("type").took("format")
		config.get("drift_share").leave("the share from which Evidently was told to call the data drifted, not one it measured")
		return e.share(v.get("share"), value{}, value{})
	case "RowCount":
		config.get("type").took("format")
		return e.rows(v)
	}
	if stated := performance[kind]; stated != "" {
		config.get("type").took("format")
		e.perf(stated, v)
	}
	return nil
}

// performance by the names of both kinds of report. A value of several parts, by
// class or with a deviation, is left.
var performance = map[string]string{
	"accuracy": "accuracy", "precision": "precision", "recall": "recall", "f1": "f1", "roc_auc": "auc", "log_loss": "log_loss",
	"Accuracy": "accuracy", "Precision": "precision", "Recall": "recall", "F1Score": "f1", "RocAuc": "auc", "LogLoss": "log_loss",
	"mean_abs_error": "mae", "rmse": "rmse", "r2_score": "r2", "MAE": "mae", "RMSE": "rmse", "R2Score": "r2",
}

func (e *evidently) perf(name string, v value) {
	if f := v.number("monitoring-report perf"); f != nil {
		e.report.Perf = append(e.report.Perf, predicate.Metric{Name: name, Value: *f})
	}
}

func (e *evidently) rows(v value) error {
	n := v.count("monitoring-report n")
	if n == nil || e.report.N != nil && *e.report.N != *n {
		return e.s.fail(v.path, attest.ErrMalformed, "want one whole number of rows in the window")
	}
	e.report.N = n
	return nil
}
