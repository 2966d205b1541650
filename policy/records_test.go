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
