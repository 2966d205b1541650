package policy_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/stat"
)

// inRego are the figures as Rego computes them, clause by clause. A rule passes when
// the builtins give the same for everything the evidence holds.
const inRego = `results := input.evidence["eval-result"][0].predicate.metrics

groups := input.evidence["fairness-assessment"][0].predicate.groups

decimals(x) := sprintf("%v", [round(x * 1000) / 1000])

figures(counts) := object.union({"n": counts.n}, {rate: counted |
	some rate, parts in {
		"selection_rate": [object.get(counts, "selected", null), counts.n],
		"tpr": [object.get(counts, "true_positives", null), object.get(counts, "positives", 0)],
		"fpr": [object.get(counts, "false_positives", null), counts.n - object.get(counts, "positives", counts.n)],
		"ppv": [object.get(counts, "true_positives", null), object.get(counts, "selected", 0)],
	}
	is_number(parts[0])
	parts[1] > 0
	counted := parts[0] / parts[1]
})

misstated := {{"group": g, "rate": rate, "claimed": group[rate], "counted": counted} |
	some g, group in groups
	some rate, counted in figures(group.counts)
	abs(group[rate] - counted) > 0.000000001
}

overcounted := {{"group": g, "part": part, "whole": whole} |
	some g, group in groups
	some part, whole in {"positives": "n", "selected": "n", "true_positives": "positives", "false_positives": "selected"}
	group.counts[part] > group.counts[whole]
}

measured(value, n) := assize.wilson(k, n, 0.95, 3) if {
	n > 0
	value >= 0
	value <= 1
	k := round(value * n)
	abs((k / n) - value) <= 0.000001
}

measured(value, n) := {"point": value, "low": below.low, "high": above.high} if {
	n > 0
	value >= 0
	value <= 1
	k := round(value * n)
	abs((k / n) - value) > 0.000001
	below := assize.wilson(floor(value * n), n, 0.95, 3)
	above := assize.wilson(ceil(value * n), n, 0.95, 3)
}

wrong contains {"msg": sprintf("decimals of %v: %s, not %s", [x, assize.decimals(x), decimals(x)])} if {
	some record in results
	some x in [record.value, record.n, 0 - record.value, record.value * 1000]
	decimals(x) != assize.decimals(x)
}

wrong contains {"msg": sprintf("measured %v of %v", [record.value, record.n])} if {
	some record in results
	[x | x := measured(record.value, record.n)] != [x | x := assize.measured(record.value, record.n, 0.95, 3)]
}

wrong contains {"msg": sprintf("misstated %v, not %v", [assize.misstated(groups, 0.000000001), misstated])} if {
	{json.marshal(one) | some one in assize.misstated(groups, 0.000000001)} != {json.marshal(one) | some one in misstated}
}

wrong contains {"msg": sprintf("overcounted %v, not %v", [assize.overcounted(groups), overcounted])} if {
	{one | some one in assize.overcounted(groups)} != overcounted
}

deny contains wrong[_]

pass if {
	count(wrong) == 0
	count(results) > 0
	count(groups) > 0
}`

// The builtins on figures compute what Rego computes, to the last digit.
func TestFiguresAreThoseOfRego(t *testing.T) {
	s := load(t, rule("FIG-01", "requires: [eval-result, fairness-assessment]", inRego))
	r := rand.New(rand.NewPCG(1, 2))
	whole := func(most int) json.Number { return json.Number(strconv.Itoa(r.IntN(most))) }
	rate := func() json.Number {
		n := r.IntN(400) + 1
		return []func() json.Number{
			func() json.Number { return json.Number(fmt.Sprint(float64(r.IntN(n+1)) / float64(n))) },
			func() json.Number { return json.Number(fmt.Sprintf("%.*f", r.IntN(6), r.Float64())) },
			func() json.Number { return json.Number(fmt.Sprint(math.Exp(20 * (r.Float64() - 0.5)))) },
			func() json.Number { return json.Number([]string{"0", "1", "0.0005", "1e2", "2.50", "0.29"}[r.IntN(6)]) },
		}[r.IntN(4)]()
	}
	for range 60 {
		var metrics, groups []any
		for range 6 {
			metrics = append(metrics, map[string]any{"value": rate(), "n": whole(500)})
		}
		for range 4 {
			counts := map[string]any{}
			for _, name := range []string{"n", "positives", "selected", "true_positives", "false_positives"} {
				if r.IntN(8) > 0 {
					counts[name] = whole(60)
				}
			}
			group := map[string]any{"counts": counts}
			for _, name := range []string{"selection_rate", "tpr", "fpr", "ppv"} {
				if r.IntN(4) > 0 {
					group[name] = rate()
				}
			}
			n, _ := counts["n"].(json.Number)
			selected, _ := counts["selected"].(json.Number)
			if a, err := selected.Float64(); err == nil {
				if b, err := n.Float64(); err == nil && b > 0 && r.IntN(2) == 0 {
					group["selection_rate"] = json.Number(fmt.Sprint(a / b))
				}
			}
			if r.IntN(2) == 0 && n != "" {
				group["n"] = n
			}
			groups = append(groups, group)
		}
		f := evaluate(t, s, "FIG-01", input(item(t, 2, "eval-result", map[string]any{"metrics": metrics}), item(t, 1, "fairness-assessment", map[string]any{"groups": groups})), "2026-01-01T00:00:00Z")
		if f.Status != policy.StatusPass {
			t.Fatalf("%s (%s): %v", f.Status, f.Reason, f.Messages)
		}
	}
}

// What no figure is halts the evaluation or is undefined, and never passes.
func TestFiguresThatAreNone(t *testing.T) {
	for _, c := range []struct {
		name, code string
		want       policy.Status
	}{
		{"groups are no array", `pass if count(assize.misstated(object.get({"a": {}}, "a", null), 1)) == 0`, policy.StatusUnassessable},
		{"a count is text", `pass if count(assize.misstated([{"n": 1, "counts": {"n": "1"}}], 1)) == 0`, policy.StatusUnassessable},
		{"a rate is text", `pass if count(assize.misstated([{"n": "1", "counts": {"n": 1}}], 1)) == 0`, policy.StatusUnassessable},
		{"overcounted groups are text", `pass if count(assize.overcounted(object.get({"a": "x"}, "a", null))) == 0`, policy.StatusUnassessable},
		{"no rate", `pass if assize.measured(1.5, 10, 0.95, 1)`, policy.StatusUnassessable},
		{"nobody", `pass if assize.measured(0.5, 0, 0.95, 1)`, policy.StatusUnassessable},
		{"text is no rate", `pass if assize.measured("0.5", 10, 0.95, 1)`, policy.StatusUnassessable},
		{"no level", `pass if assize.measured(0.5, 10, 95, 1)`, policy.StatusUnassessable},
		{"groups without counts", `pass if count(assize.misstated([{"n": 1}, {"counts": 1}, 2], 1)) + count(assize.overcounted([{}])) == 0`, policy.StatusPass},
	} {
		s := load(t, rule("FIG-02", "requires: [model-card]", "pass if {\n\tcount(input.evidence[\"model-card\"]) > 0\n\tmet\n}\n\nmet if"+c.code[len("pass if"):]))
		f := evaluate(t, s, "FIG-02", input(item(t, 1, "model-card", map[string]any{"version": "1"})), "2026-01-01T00:00:00Z")
		if f.Status != c.want {
			t.Errorf("%s: %s (%s)", c.name, f.Status, f.Reason)
		}
	}
}

// A statistic reaches rules as its JSON would.
func TestResultsAreThoseOfJSON(t *testing.T) {
	for _, v := range []any{
		"pass", 0.25, stat.Estimate{Point: 1e-9, Low: -0.5, High: 1e21}, stat.TestResult{Stat: 3.5, DF: 4, N: 12},
		stat.Band{Mean: 2, N: 3}, stat.Crossing{Trend: stat.Trend{Slope: -1e-7, N: 9}, May: true, At: 12},
		stat.Disparity{Metric: stat.SelectionRate, Higher: stat.Rate{Group: "a", K: 1, N: 3, Rate: 1.0 / 3}, ReachGroups: [2]string{"a", "b"}},
		stat.Disparity{Excluded: []stat.Excluded{{Group: "c", N: 2}}},
		stat.Impact{Highest: "a", Groups: []stat.ImpactRatio{{Group: "a", Ratio: 1}}, Excluded: []stat.Excluded{}},
		map[string]any{"rates": []stat.Rate{{Group: "a"}}, "excluded": []stat.Excluded(nil)},
	} {
		got, err := policy.TermOf(v)
		if err != nil {
			t.Fatalf("%T: %v", v, err)
		}
		want, err := ast.InterfaceToValue(v)
		if err != nil {
			t.Fatalf("%T: %v", v, err)
		}
		if _, ok := v.(float64); !ok && cmp.Diff(want.String(), got.String()) != "" {
			t.Errorf("%T: %s", v, cmp.Diff(want.String(), got.String()))
		}
		if got.Value.Compare(want) != 0 {
			t.Errorf("%T: %s is not %s", v, got, want)
		}
	}
	if _, err := policy.TermOf(make(chan int)); err == nil {
		t.Error("a channel became a term")
	}
}
