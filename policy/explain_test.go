package policy_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/assize-dev/assize/policy"
)

// An explanation names file and line of the expression that failed, and what its
// parts were.
func TestExplain(t *testing.T) {
	s := load(t, rule("EXP-01", `requires: [model-card, eval-result]`, `card := input.evidence["model-card"][0]

low contains metric.name if {
	some result in input.evidence["eval-result"]
	some metric in result.predicate.metrics
	metric.value < 0.5
}

pass if {
	card.predicate.version != ""
	count(card.predicate.limitations) > 1
	count(low) == 0
}

deny contains {"msg": "no version"} if {
	some limitation in card.predicate.limitations
	count(limitation) > 1000
}`))
	card := item(t, 1, "model-card", map[string]any{"version": "1", "limitations": []any{"small sample"}})
	result := item(t, 2, "eval-result", map[string]any{"metrics": []any{
		map[string]any{"name": "auc", "value": json.Number("0.7")}, map[string]any{"name": "f1", "value": json.Number("0.6")}}})
	r, _ := s.Rule("EXP-01")
	x, err := s.Explain(t.Context(), r, input(card, result), nil, policy.NewClock(at(t, "2026-01-01T00:00:00Z")))
	if err != nil {
		t.Fatal(err)
	}
	var told strings.Builder
	for _, e := range x.Exports {
		fmt.Fprintf(&told, "%s = %s\n", e.Name, e.Value)
		for _, d := range e.Rules {
			fmt.Fprintf(&told, "  %s:%d holds %v: %s\n", d.File, d.Row, d.Holds, d.Text)
			if d.Failed != nil {
				fmt.Fprintf(&told, "    %s:%d %s undefined %q times %d %v\n", d.Failed.File, d.Failed.Row, d.Failed.Text, d.Failed.Undefined, d.Failed.Times, d.Failed.Cases)
			}
		}
	}
	t.Log(told.String())
	for _, want := range []string{
		"pass = \n", "count(card.predicate.limitations) > 1 undefined \"\" times 1", "{count(input.evidence[\"model-card\"][0].predicate.limitations) 1}",
		"count(limitation) > 1000", "{limitation \"small sample\"}",
	} {
		if !strings.Contains(told.String(), want) {
			t.Errorf("the explanation does not say %q:\n%s", want, told.String())
		}
	}
}

// The values of an expression that failed many times are listed up to the bound.
func TestExplainedCases(t *testing.T) {
	s := load(t, rule("EXP-02", `requires: [model-card]`, `pass if {
	some limitation in input.evidence["model-card"][0].predicate.limitations
	count(limitation) > 1000
}`))
	var many []any
	for i := range policy.MaxExplainedCases + 1 {
		many = append(many, fmt.Sprint("limitation ", i))
	}
	r, _ := s.Rule("EXP-02")
	for _, n := range []int{policy.MaxExplainedCases, policy.MaxExplainedCases + 1} {
		x, err := s.Explain(t.Context(), r, input(item(t, 1, "model-card", map[string]any{"limitations": many[:n]})), nil, policy.NewClock(at(t, "2026-01-01T00:00:00Z")))
		if err != nil {
			t.Fatal(err)
		}
		failed := x.Exports[0].Rules[0].Failed
		if failed == nil || failed.Times != n || len(failed.Cases) != policy.MaxExplainedCases {
			t.Errorf("of %d: %+v", n, failed)
		}
	}
}
