package policy_test

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/assize-dev/assize/policy"
)

// recordsInRego are interval and verdict clause by clause; a rule passes when the
// builtins say the same of every record against every plan.
const recordsInRego = `any(x) := x

card := any(input.evidence["model-card"][0].predicate)

metrics := {"level": 0.95, "rates": {"accuracy"}, "shares": {"accuracy", "auc"}}

possible(entry) if {
	entry.n > 0
	entry.name in metrics.shares
	entry.value >= 0
	entry.value <= 1
}

possible(entry) if {
	entry.n > 0
	not entry.name in metrics.shares
}

interval(entry, comparisons) := object.union(computed, {"source": "computed"}) if {
	entry.name in metrics.rates
	computed := assize.measured(entry.value, entry.n, metrics.level, comparisons)
}

interval(entry, _) := {"point": entry.value, "low": entry.ci_low, "high": entry.ci_high, "source": "claimed"} if {
	not entry.name in metrics.rates
	possible(entry)
	entry.ci_level >= metrics.level
	entry.ci_low <= entry.value
	entry.value <= entry.ci_high
}

verdict(entry, planned, comparisons) := assize.judge(entry.value, between.low, between.high, planned.threshold, planned.comparator) if {
	between := interval(entry, comparisons)
	enough(entry, planned)
	planned.comparator in {"<=", "<", ">=", ">"}
}

verdict(entry, planned, _) := "fail" if {
	outside(entry.value, planned.comparator, planned.threshold)
	enough(entry, planned)
	not interval(entry, 1)
}

outside(value, "<=", bound) if value > bound

outside(value, "<", bound) if value >= bound

outside(value, ">=", bound) if value < bound

outside(value, ">", bound) if value <= bound

enough(entry, planned) if entry.n >= max([1, object.get(planned, "min_n", 1)])

deny contains {"msg": sprintf("interval of %v: %v, not %v", [entry, given, wanted])} if {
	some entry in card.performance
	some comparisons in [1, 7]
	wanted := [x | x := interval(entry, comparisons)]
	given := [x | x := assize.interval(entry, comparisons, metrics)]
	wanted != given
}

deny contains {"msg": sprintf("verdict of %v against %v: %v, not %v", [entry, planned, given, wanted])} if {
	some entry in card.performance
	some planned in card.bounds
	some comparisons in [1, 7]
	wanted := [x | x := verdict(entry, planned, comparisons)]
	given := [x | x := assize.verdict(entry, planned, comparisons, metrics)]
	wanted != given
}

warn contains {"msg": said} if {
	some entry in card.performance
	some planned in card.bounds
	said := sprintf("%v %v", [interval(entry, 1).source, verdict(entry, planned, 1)])
}

warn contains {"msg": said} if {
	some entry in card.performance
	not interval(entry, 1)
	some planned in card.bounds
	said := sprintf("none %v", [verdict(entry, planned, 1)])
}

pass if count(card.performance) > 0`

// Records are judged as Rego would judge them, those too that no schema lets in.
func TestRecordsAreThoseOfRego(t *testing.T) {
	s := load(t, rule("REC-01", "requires: [model-card]", recordsInRego))
	r := rand.New(rand.NewPCG(3, 4))
	number := func(choices ...string) any { return json.Number(choices[r.IntN(len(choices))]) }
	odd := func(rarely int, v any) any {
		if r.IntN(rarely) > 0 {
			return v
		}
		return []any{nil, "", "x", false, []any{}, map[string]any{}, number("-1", "1e300")}[r.IntN(7)]
	}
	maybe := func(m map[string]any, name string, v any) {
		if r.IntN(12) > 0 {
			m[name] = odd(60, v)
		}
	}
	said := map[string]bool{}
	for range 150 {
		var records, plans []any
		for range 8 {
			m := map[string]any{}
			maybe(m, "name", []any{"accuracy", "auc", "brier"}[r.IntN(3)])
			maybe(m, "value", number("0", "0.5", "0.51", "0.7", "0.75", "1", "0.123456", "1.5", "0.7000000000001"))
			maybe(m, "n", number("0", "1", "2", "100", "400", "1000", "40.5"))
			maybe(m, "ci_low", number("0", "0.4", "0.6", "0.7"))
			maybe(m, "ci_high", number("0.6", "0.7", "0.75", "0.8", "1"))
			maybe(m, "ci_level", number("0.95", "0.99", "0.9"))
			records = append(records, m)
		}
		for range 5 {
			m := map[string]any{}
			maybe(m, "comparator", odd(10, []any{"<=", "<", ">=", ">"}[r.IntN(4)]))
			// a number, since of another threshold both halt
			m["threshold"] = number("0.5", "0.6", "0.7", "0.75", "0", "1")
			if r.IntN(12) == 0 {
				delete(m, "threshold")
			}
			maybe(m, "min_n", number("0", "1", "100", "500"))
			plans = append(plans, m)
		}
		card := map[string]any{"performance": records, "bounds": plans}
		f := evaluate(t, s, "REC-01", input(item(t, 1, "model-card", card)), "2026-01-01T00:00:00Z")
		if f.Status == policy.StatusFail {
			t.Fatal(f.Messages)
		}
		for _, m := range f.Messages {
			said[m.Msg] = true
		}
	}
	for _, want := range []string{"computed pass", "computed straddles", "computed fail", "claimed pass", "claimed straddles", "claimed fail", "none fail"} {
		if !said[want] {
			t.Errorf("no record of the test is %q", want)
		}
	}
}

func TestRecordsThatAreNone(t *testing.T) {
	const metrics = `{"level": 0.95, "rates": {"accuracy"}, "shares": {"accuracy"}}`
	for call, want := range map[string]policy.Status{
		`assize.interval("x", 1, ` + metrics + `)`:                                                               policy.StatusPass,
		`assize.verdict(null, {}, 1, ` + metrics + `)`:                                                           policy.StatusPass,
		`assize.verdict({"name": "accuracy", "value": 0.5, "n": 9}, "x", 1, ` + metrics + `)`:                    policy.StatusUnassessable,
		`assize.interval({"name": "accuracy", "value": 0.5, "n": 9}, 0, ` + metrics + `)`:                        policy.StatusUnassessable,
		`assize.interval({"name": "accuracy"}, 1, object.remove(` + metrics + `, {"level"}))`:                    policy.StatusUnassessable,
		`assize.interval({"name": "accuracy"}, 1, any(object.union(` + metrics + `, {"rates": ["accuracy"]})))`:  policy.StatusUnassessable,
		`assize.interval({"name": "accuracy"}, 1, any(object.union(` + metrics + `, {"shares": ["accuracy"]})))`: policy.StatusUnassessable,
		`assize.interval({"name": "accuracy"}, 1, any("x"))`:                                                     policy.StatusUnassessable,
	} {
		s := load(t, rule("REC-02", "requires: [model-card]", "any(x) := x\n\npass if {\n\tcount(input.evidence[\"model-card\"]) > 0\n\tnone\n}\n\nnone if not "+call))
		f := evaluate(t, s, "REC-02", input(item(t, 1, "model-card", map[string]any{"version": "1"})), "2026-01-01T00:00:00Z")
		if f.Status != want {
			t.Errorf("%s: %s (%s)", call, f.Status, f.Reason)
		}
	}
}

// alikeInRego compares what records state clause by clause.
const alikeInRego = `any(x) := x

card := any(input.evidence["model-card"][0].predicate)

what(record) := [record.name, object.get(record, "slice", {}), object.get(record, "split", "test")]

deny contains {"msg": sprintf("%v in %v: %v, not %v", [record, records, given, wanted])} if {
	some records in card.lists
	some record in card.records
	wanted := [i | some i, other in records; what(other) == what(record)]
	given := assize.alike(records, record, {"name"}, {"slice": {}, "split": "test"})
	given != wanted
}

warn contains {"msg": sprintf("%d", [count(assize.alike(card.lists[0], card.records[0], {"name"}, {"slice": {}, "split": "test"}))])}

pass if count(card.records) > 0`

func TestAlikeIsThatOfRego(t *testing.T) {
	s := load(t, rule("REC-03", "requires: [model-card]", alikeInRego))
	r := rand.New(rand.NewPCG(7, 8))
	record := func() any {
		m := map[string]any{"name": []any{"auc", "accuracy", json.Number("1"), json.Number("1.0"), nil}[r.IntN(5)], "value": json.Number("1")}
		for name, values := range map[string][]any{"slice": {map[string]any{}, map[string]any{"sex": "f"}, nil}, "split": {"test", "train", ""}} {
			if r.IntN(2) == 0 {
				m[name] = values[r.IntN(3)]
			}
		}
		if r.IntN(8) == 0 {
			delete(m, "name")
		}
		return m
	}
	found := map[string]bool{}
	for range 40 {
		list := func(n int) (out []any) {
			for range n {
				out = append(out, record())
			}
			return out
		}
		card := map[string]any{"records": list(6), "lists": []any{list(9), list(1), map[string]any{"a": record(), "b": record()}, nil, "x"}}
		f := evaluate(t, s, "REC-03", input(item(t, 1, "model-card", card)), "2026-01-01T00:00:00Z")
		if f.Status != policy.StatusPass {
			t.Fatalf("%s (%s): %v", f.Status, f.Reason, f.Messages)
		}
		found[f.Messages[0].Msg] = true
	}
	if !found["0"] || len(found) < 3 {
		t.Errorf("the records of the test are too much or too little alike: %v", found)
	}
	for _, call := range []string{
		`assize.alike([{}, "x"], {}, {"name"}, {})`, `assize.alike([{}], any("x"), {"name"}, {})`,
		`assize.alike([{}], {}, any(["name"]), {})`, `assize.alike([{}], {}, {"name"}, any("x"))`,
	} {
		s := load(t, rule("REC-04", "requires: [model-card]", "any(x) := x\n\npass if {\n\tcount(input.evidence[\"model-card\"]) > 0\n\tnot "+call+"\n}"))
		f := evaluate(t, s, "REC-04", input(item(t, 1, "model-card", map[string]any{"version": "1"})), "2026-01-01T00:00:00Z")
		if f.Status != policy.StatusUnassessable {
			t.Errorf("%s: %s (%s)", call, f.Status, f.Reason)
		}
	}
}
