package policy_test

import (
	"testing"

	"github.com/assize-dev/assize/policy"
)

const answers = `
plan(id, index, predicate) := {"id": id, "index": index, "proven": "2025-01-02T00:00:00Z", "predicate": predicate}

result(index, predicate) := {"id": "r", "index": index, "proven": "2025-01-03T00:00:00Z", "predicate": predicate}

auc := {"name": "auc", "value": 1}

asked := [{"name": "auc"}, {"name": "f1"}, {"name": "auc", "category": "safety"}, {"name": "auc", "category": "fairness"}, {"name": "auc", "attribute": "sex"}]

plans := [plan("a", 1, {"dataset": "d", "metrics": asked}), 4, {"index": 2}, plan("b", 5, {"dataset": "d", "split": "test", "metrics": asked})]

told(category, named) := result(6, {"plan": named, "category": category, "dataset": "d", "metrics": [{"name": "f1", "value": 2}, auc]})

amiss(one) := [answer.amiss | some answer in assize.answers(plans, [one]).answers]

demanded(given) := [[demand.of, demand.at, [[found.answer.at, found.at, found.record.value] | some found in demand.records]] |
	some demand in assize.demands(assize.answers(plans, given).answers, {"fairness"})
]

text := object.get({"a": "x"}, "a", [])
`

func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		name, code string
		want       policy.Status
	}{
		{"as planned", `pass if amiss(result(3, {"plan": "a", "dataset": "d", "executed_at": "2025-01-02T00:00:00Z"})) == [set()]`, policy.StatusPass},
		{"on a split", `pass if amiss(result(6, {"plan": "b", "dataset": "d", "split": "test"})) == [set()]`, policy.StatusPass},
		{"on another split", `pass if amiss(result(6, {"plan": "b", "dataset": "d"})) == [{"data"}]`, policy.StatusPass},
		{"on no data", `pass if amiss(result(6, {"plan": "a"})) == [{"data"}]`, policy.StatusPass},
		{"of the same index", `pass if amiss(result(1, {"plan": "a", "dataset": "d"})) == [{"order"}]`, policy.StatusPass},
		{"proven before", `pass if amiss(object.union(told("safety", "a"), {"proven": "2025-01-01T00:00:00Z"})) == [{"order"}]`, policy.StatusPass},
		{"without an index", `pass if amiss(object.remove(told("safety", "a"), ["index"])) == [{"order"}]`, policy.StatusPass},
		{"not proven", `pass if amiss(object.remove(told("safety", "a"), ["proven"])) == [set()]`, policy.StatusPass},
		{"run before, on other data", `pass if amiss(result(3, {"plan": "a", "dataset": "e", "executed_at": "2025-01-01T00:00:00Z"})) == [{"run", "data"}]`, policy.StatusPass},
		{"of a lower index, run at no instant", `pass if amiss(result(0, {"plan": "a", "dataset": "d", "executed_at": "x"})) == [{"order"}]`, policy.StatusPass},
		{"run at no instant", `pass if amiss(result(3, {"plan": "a", "executed_at": "x"})) == [{"data"}]`, policy.StatusUnassessable},
		{"proven at no instant", `pass if amiss(object.union(told("safety", "a"), {"proven": "x"})) == [set()]`, policy.StatusUnassessable},
		{"places", `pass if [[a.of, a.at, a.plan.id, a.result.index] | some a in assize.answers(plans, [told("x", "b"), 3, told("x", "c"), {}, told("x", "a")]).answers] == [[3, 0, "b", 6], [0, 4, "a", 6]]`, policy.StatusPass},
		{"others", `pass if object.keys(assize.answers(plans, [told("x", "b"), 3, told("x", "c"), {}]).others) == {2, 3}`, policy.StatusPass},
		{"of an object", `pass if assize.answers(plans, {"x": {"predicate": 4}}) == {"answers": [], "others": {"x": {"predicate": 4}}}`, policy.StatusPass},
		{"of nothing", `pass if assize.answers(plans, 4) == {"answers": [], "others": {}}`, policy.StatusPass},
		{"plans are text", `pass if assize.answers(text, []).answers == []`, policy.StatusUnassessable},
		{"demands", `pass if demanded([told("performance", "a"), told("safety", "a")]) == [[0, 0, [[0, 1, 1]]], [0, 1, [[0, 0, 2]]], [0, 2, [[1, 1, 1]]]]`, policy.StatusPass},
		{"demands on another split", `pass if demanded([told("performance", "b")]) == [[3, 0, []], [3, 1, []], [3, 2, []]]`, policy.StatusPass},
		{"demands of no plan", `pass if assize.demands([4, {}, {"plan": {}, "of": 0}], set()) == []`, policy.StatusPass},
		{"demands of no result", `pass if [d.records | some d in assize.demands([{"plan": plans[0], "of": 0}, {"plan": plans[0], "of": 0, "result": 4}, {"plan": plans[0], "of": 0, "result": {}}], {"fairness", "safety"})] == [[], []]`, policy.StatusPass},
		{"a metric is text", `pass if count(assize.demands([{"plan": {"predicate": {"metrics": ["x"]}}, "of": 0}], set())) == 0`, policy.StatusUnassessable},
		{"a slice is text", `pass if count(demanded([result(6, {"plan": "a", "category": "performance", "dataset": "d", "metrics": [{"name": "auc", "slice": "x"}]})])) == 0`, policy.StatusUnassessable},
		{"left out is text", `pass if count(assize.demands([], text)) == 0`, policy.StatusUnassessable},
	} {
		s := load(t, rule("ANS-01", "requires: [model-card]", answers+"pass if {\n\tcount(input.evidence[\"model-card\"]) > 0\n\tmet\n}\n\nmet if"+c.code[len("pass if"):]))
		f := evaluate(t, s, "ANS-01", input(item(t, 1, "model-card", map[string]any{"version": "1"})), "2026-01-01T00:00:00Z")
		if f.Status != c.want {
			t.Errorf("%s: %s (%s)", c.name, f.Status, f.Reason)
		}
	}
}
