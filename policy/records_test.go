package policy_test

import (
	"testing"

	"github.com/assize-dev/assize/policy"
)

func TestRecords(t *testing.T) {
	const stated = `
results := [
	{"predicate": {"metrics": [{"name": "auc", "value": 1}, {"name": "auc", "slice": {"sex": "f"}, "value": 2}, {"name": "f1", "value": 3}, {"value": 4}, 5]}},
	{"predicate": {"metrics": [{"name": "auc", "slice": {"sex": "m", "age": "old"}, "value": 6}, {"name": "auc", "slice": {}, "value": 7}]}},
	{"predicate": {"metrics": {"name": "auc"}}},
	{"predicate": {}},
	8,
]

found(planned) := [[one.statement, one.at, one.record.value] | some one in assize.records(results, "metrics", planned)]
`
	for _, c := range []struct {
		name, code string
		want       policy.Status
	}{
		{"of the whole", `pass if found({"name": "auc"}) == [[0, 0, 1], [1, 1, 7]]`, policy.StatusPass},
		{"of a slice", `pass if found({"name": "auc", "slice": {"sex": "f"}}) == [[0, 1, 2]]`, policy.StatusPass},
		{"of another value", `pass if found({"name": "auc", "slice": {"sex": "m"}}) == []`, policy.StatusPass},
		{"of another attribute", `pass if found({"name": "auc", "slice": {"age": "f"}}) == []`, policy.StatusPass},
		{"of every value", `pass if found({"name": "auc", "slice": {"sex": "*", "age": "old"}}) == [[1, 0, 6]]`, policy.StatusPass},
		{"of no name", `pass if found({"slice": {}}) == []`, policy.StatusPass},
		{"of a plan that is none", `pass if not assize.records(results, "metrics", 4)`, policy.StatusPass},
		{"in another list", `pass if assize.records(results, "perf", {"name": "auc"}) == []`, policy.StatusPass},
		{"a planned slice is text", `pass if count(found({"name": "auc", "slice": "f"})) == 0`, policy.StatusUnassessable},
		{"a slice is text", `pass if count(assize.records([{"predicate": {"metrics": [{"name": "auc", "slice": "f"}]}}], "metrics", {"name": "auc"})) == 0`, policy.StatusUnassessable},
		{"statements are an object", `pass if count(assize.records(object.get({"a": {}}, "a", []), "metrics", {})) == 0`, policy.StatusUnassessable},
	} {
		s := load(t, rule("REC-01", "requires: [model-card]", stated+"pass if {\n\tcount(input.evidence[\"model-card\"]) > 0\n\tmet\n}\n\nmet if"+c.code[len("pass if"):]))
		f := evaluate(t, s, "REC-01", input(item(t, 1, "model-card", map[string]any{"version": "1"})), "2026-01-01T00:00:00Z")
		if f.Status != c.want {
			t.Errorf("%s: %s (%s)", c.name, f.Status, f.Reason)
		}
	}
}

func TestAsPlanned(t *testing.T) {
	const stated = `
records := [
	{"name": "auc", "value": 1},
	{"name": "auc", "split": "dev", "value": 2},
	{"name": "auc", "dataset": "d2", "value": 3},
	{"name": "auc", "slice": {"sex": "f"}, "value": 4},
	{"name": "f1", "value": 5},
	{"value": 6},
	7,
]

plan := {"dataset": "d1", "split": "test"}

found(planned, a, b) := [[one.at, one.record.value] | some one in assize.as_planned(records, planned, a, b)]
`
	for _, c := range []struct {
		name, code string
		want       policy.Status
	}{
		{"on what the result names", `pass if found({"name": "auc"}, plan, plan) == [[0, 1]]`, policy.StatusPass},
		{"of a slice", `pass if found({"name": "auc", "slice": {"sex": "*"}}, plan, plan) == [[3, 4]]`, policy.StatusPass},
		{"on a split the metric names", `pass if found({"name": "auc", "split": "dev"}, plan, plan) == [[1, 2]]`, policy.StatusPass},
		{"on data the record names", `pass if found({"name": "auc"}, {"dataset": "d2"}, {"dataset": "d1"}) == [[2, 3]]`, policy.StatusPass},
		{"on no split in either", `pass if found({"name": "f1"}, {"dataset": "d1"}, {"dataset": "d1"}) == [[4, 5]]`, policy.StatusPass},
		{"on a split only the plan names", `pass if found({"name": "f1"}, plan, {"dataset": "d1"}) == []`, policy.StatusPass},
		{"of a plan without data", `pass if found({"name": "f1"}, {}, plan) == []`, policy.StatusPass},
		{"of a result without data", `pass if found({"name": "f1"}, plan, {}) == []`, policy.StatusPass},
		{"of no name", `pass if found({}, plan, plan) == []`, policy.StatusPass},
		{"of a plan that is none", `pass if found({"name": "f1"}, 1, plan) == []`, policy.StatusPass},
		{"of a metric that is none", `pass if not assize.as_planned(records, 4, plan, plan)`, policy.StatusPass},
		{"in no list", `pass if assize.as_planned({"a": {"name": "f1"}}, {"name": "f1"}, plan, plan) == []`, policy.StatusPass},
		{"a slice is text", `pass if count(assize.as_planned([{"name": "auc", "slice": "f"}], {"name": "auc"}, plan, plan)) == 0`, policy.StatusUnassessable},
	} {
		s := load(t, rule("REC-01", "requires: [model-card]", stated+"pass if {\n\tcount(input.evidence[\"model-card\"]) > 0\n\tmet\n}\n\nmet if"+c.code[len("pass if"):]))
		f := evaluate(t, s, "REC-01", input(item(t, 1, "model-card", map[string]any{"version": "1"})), "2026-01-01T00:00:00Z")
		if f.Status != c.want {
			t.Errorf("%s: %s (%s)", c.name, f.Status, f.Reason)
		}
	}
}

// A share that was counted is judged as assize.judge judges its Wilson interval.
func TestCounted(t *testing.T) {
	const stated = `
planned := {"comparator": "<=", "threshold": 0.1}

judged(k, n, bound) := assize.judge(between.point, between.low, between.high, bound, "<=") if {
	between := assize.wilson(k, n, 0.95, 2)
}
`
	for _, c := range []struct {
		name, code string
		want       policy.Status
	}{
		{"kept", `pass if assize.counted(1, 100, planned, 0.95, 2) == "pass"`, policy.StatusPass},
		{"broken", `pass if assize.counted(11, 100, planned, 0.95, 2) == "fail"`, policy.StatusPass},
		{"neither", `pass if assize.counted(9, 100, planned, 0.95, 2) == "straddles"`, policy.StatusPass},
		{"as of its interval", `pass if count([k | some k in numbers.range(0, 20); assize.counted(k, 100, planned, 0.95, 2) == judged(k, 100, 0.1)]) == 21`, policy.StatusPass},
		{"at the other side", `pass if assize.counted(99, 100, {"comparator": ">", "threshold": 0.9}, 0.95, 2) == "pass"`, policy.StatusPass},
		{"of fewer than planned", `pass if not assize.counted(1, 100, object.union(planned, {"min_n": 101}), 0.95, 2)`, policy.StatusPass},
		{"of none", `pass if not assize.counted(0, 0, planned, 0.95, 2)`, policy.StatusPass},
		{"against no bound", `pass if not assize.counted(1, 100, {"comparator": "<="}, 0.95, 2)`, policy.StatusPass},
		{"by equality", `pass if not assize.counted(1, 100, {"comparator": "==", "threshold": 0.1}, 0.95, 2)`, policy.StatusPass},
		{"against no plan", `pass if not assize.counted(1, 100, 4, 0.95, 2)`, policy.StatusPass},
		{"more than all", `pass if not assize.counted(101, 100, planned, 0.95, 2)`, policy.StatusUnassessable},
		{"against text", `pass if not assize.counted(1, 100, {"comparator": "<=", "threshold": "x"}, 0.95, 2)`, policy.StatusUnassessable},
		{"of text", `pass if not assize.counted(object.get({"k": "x"}, "k", 1), 100, planned, 0.95, 2)`, policy.StatusUnassessable},
		{"of no comparison", `pass if not assize.counted(1, 100, planned, 0.95, 0)`, policy.StatusUnassessable},
	} {
		s := load(t, rule("CNT-01", "requires: [model-card]", stated+"pass if {\n\tcount(input.evidence[\"model-card\"]) > 0\n\tmet\n}\n\nmet if"+c.code[len("pass if"):]))
		f := evaluate(t, s, "CNT-01", input(item(t, 1, "model-card", map[string]any{"version": "1"})), "2026-01-01T00:00:00Z")
		if f.Status != c.want {
			t.Errorf("%s: %s (%s)", c.name, f.Status, f.Reason)
		}
	}
}
