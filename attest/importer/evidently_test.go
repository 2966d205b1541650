package importer_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/importer"
)

func windowed() importer.Options {
	o := options
	o.Environment = "production"
	o.WindowStart, o.WindowEnd = time.Date(2024, 11, 1, 0, 0, 0, 0, time.UTC), time.Date(2024, 12, 1, 0, 0, 0, 0, time.UTC)
	return o
}

// Shapes as Evidently 0.4 and 0.7 write them, with figures of our own.
const evidentlyLegacy = `{"version": "0.4.40", "timestamp": "2024-12-02 10:00:00", "metrics": [
	{"metric": "DatasetDriftMetric", "result": {"drift_share": 0.5, "number_of_columns": 4, "number_of_drifted_columns": 1, "share_of_drifted_columns": 0.25, "dataset_drift": false}},
	{"metric": "DataDriftTable", "result": {"number_of_columns": 4, "number_of_drifted_columns": 1, "share_of_drifted_columns": 0.25, "dataset_drift": false, "drift_by_columns": {
		"age": {"column_name": "age", "column_type": "num", "stattest_name": "Wasserstein distance (normed)", "stattest_threshold": 0.1, "drift_score": 0.02, "drift_detected": false,
			"current": {"small_distribution": {"x": [1, 2], "y": [0.5]}}},
		"amount": {"column_name": "amount", "column_type": "num", "stattest_name": "PSI", "stattest_threshold": 0.1, "drift_score": 0.31, "drift_detected": true},
		"sex": {"column_name": "sex", "column_type": "cat", "stattest_name": "Jensen-Shannon distance", "stattest_threshold": 0.1, "drift_score": 0.0832554611157698, "drift_detected": false},
		"term": {"column_name": "term", "column_type": "num", "stattest_name": "K-S p_value", "stattest_threshold": 0.05, "drift_score": 0.4, "drift_detected": false}}}},
	{"metric": "ColumnDriftMetric", "result": {"column_name": "prediction", "column_type": "num", "stattest_name": "PSI", "stattest_threshold": 0.1, "drift_score": 0.05, "drift_detected": false}},
	{"metric": "ClassificationQualityMetric", "result": {"current": {"accuracy": 0.9, "roc_auc": null, "f1": 0.8}, "reference": {"accuracy": 0.95}, "target_name": "class"}},
	{"metric": "DatasetSummaryMetric", "result": {"current": {"number_of_rows": 500, "number_of_columns": 4}}}]}`

const evidentlyReport = `{"metrics": [
	{"id": "a", "metric_id": "DriftedColumnsCount(drift_share=0.5)", "config": {"type": "evidently:metric_v2:DriftedColumnsCount", "drift_share": 0.5}, "value": {"count": 1.0, "share": 0.5}},
	{"id": "b", "metric_id": "ValueDrift(column=age)", "config": {"type": "evidently:metric_v2:ValueDrift", "column": "age", "method": "PSI", "threshold": 0.2}, "value": 0.03},
	{"id": "c", "config": {"type": "evidently:metric_v2:ValueDrift", "column": "sex", "method": "chi-square p_value", "threshold": 0.05}, "value": 0.7},
	{"id": "d", "config": {"type": "evidently:metric_v2:RowCount"}, "value": 500.0},
	{"id": "e", "config": {"type": "evidently:metric_v2:F1Score"}, "value": 0.8},
	{"id": "f", "config": {"type": "evidently:metric_v2:RMSE"}, "value": {"mean": 1.0, "std": 0.1}},
	{"id": "g", "config": {"type": "evidently:metric_v2:MissingValueCount", "column": "age"}, "value": {"count": 3.0}}], "tests": []}`

const evidentlyProfile = `{"data_drift": {"name": "data_drift", "datetime": "2022-08-01 10:00:00", "data": {"num_feature_names": ["age", "term"], "metrics": {
	"n_features": 2, "n_drifted_features": 0, "share_drifted_features": 0.0, "dataset_drift": false,
	"age": {"feature_type": "num", "stattest_name": "PSI", "drift_score": 0.01, "drift_detected": false, "current_small_hist": [[0.1], [1, 2]]},
	"term": {"feature_type": "num", "p_value": 0.4}}}}, "timestamp": "2022-08-01 10:00:00"}`

const evidentlyWindow = `"environment": "production", "window": {"start": "2024-11-01T00:00:00Z", "end": "2024-12-01T00:00:00Z"}`

// If this fails, an Evidently report says more than it measured: a bound it was
// given is taken for a share it found, a p-value for a distance, or a logarithm for
// another.
func TestEvidently(t *testing.T) {
	r, got := imported(t, "evidently", files("r.json", evidentlyLegacy), "r.json", windowed())
	same(t, got["monitoring-report"], `{`+evidentlyWindow+`, "n": 500, "drift_share": 0.25, "feature_drift": [
		{"feature": "age", "method": "wasserstein", "stat": 0.02, "threshold": 0.1}, {"feature": "amount", "method": "psi", "stat": 0.31, "threshold": 0.1},
		{"feature": "sex", "method": "js", "stat": 0.10000000000000003, "threshold": 0.12011224087864498}, {"feature": "prediction", "method": "psi", "stat": 0.05, "threshold": 0.1}],
		"perf": [{"name": "accuracy", "value": 0.9}, {"name": "f1", "value": 0.8}]}`)
	for place, why := range map[string]string{
		"$.metrics[0].result.drift_share":                       "told",
		"$.metrics[1].result.drift_by_columns.term.drift_score": "p-value",
		"$.metrics[1].result.drift_by_columns.age.current":      "no place",
		"$.metrics[3].result.reference":                         "eval-result",
		"$.timestamp":                                           "no place",
	} {
		if !strings.Contains(left(r, place), why) {
			t.Errorf("%s: left because %q, want %q", place, left(r, place), why)
		}
	}
	if len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "base 2") {
		t.Errorf("notes: %q", r.Notes)
	}
	r, got = imported(t, "evidently", files("r.json", evidentlyReport), "r.json", windowed())
	same(t, got["monitoring-report"], `{`+evidentlyWindow+`, "n": 500, "drift_share": 0.5, "feature_drift": [{"feature": "age", "method": "psi", "stat": 0.03, "threshold": 0.2}],
		"perf": [{"name": "f1", "value": 0.8}]}`)
	if !strings.Contains(left(r, "$.metrics[2].value"), "p-value") || !strings.Contains(left(r, "$.metrics[0].config.drift_share"), "told") || left(r, "$.metrics[5].value") == "" {
		t.Errorf("left: %+v", r.Left)
	}
	_, got = imported(t, "evidently", files("r.json", evidentlyProfile), "r.json", windowed())
	same(t, got["monitoring-report"], `{`+evidentlyWindow+`, "drift_share": 0, "feature_drift": [{"feature": "age", "method": "psi", "stat": 0.01}]}`)
}

func TestEvidentlyRefused(t *testing.T) {
	for text, want := range map[string]string{
		`{"metric_results": {}}`: "snapshot",
		`{"a": 1}`:               "neither metrics nor data_drift",
		`{"metrics": [{"metric": "DatasetDriftMetric", "result": {"number_of_columns": 4, "number_of_drifted_columns": 1, "share_of_drifted_columns": 0.5}}]}`: "$.metrics[0].result.share_of_drifted_columns",
		`{"metrics": [{"config": {"type": "evidently:metric_v2:ValueDrift", "column": "a", "method": "PSI"}, "value": -1}]}`:                                   "$.metrics[0].value",
		`{"metrics": [{"config": {"type": "evidently:metric_v2:ValueDrift", "column": "a", "method": "K-S p_value"}, "value": 0.1}]}`:                          "choose a distance",
		`{"metrics": [{"config": {"type": "evidently:metric_v2:RowCount"}, "value": 1}, {"config": {"type": "evidently:metric_v2:RowCount"}, "value": 2}]}`:    "$.metrics[1].value",
		`{"metrics": [{"config": {"type": "evidently:metric_v2:ValueDrift", "column": "a", "method": "PSI"}, "value": NaN}]}`:                                  "NaN",
		`{"data_drift": {}}`: "$.data_drift.data.metrics",
	} {
		_, err := importer.Import("evidently", files("r.json", text), "r.json", windowed())
		if !errors.Is(err, attest.ErrMalformed) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	if _, err := importer.Import("evidently", files("r.json", evidentlyReport), "r.json", options); err == nil || !strings.Contains(err.Error(), "--window-start") {
		t.Errorf("without a window: %v", err)
	}
}
