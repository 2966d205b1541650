package policy_test

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/assize-dev/assize/policy"
)

// rowsInRego choose and judge elements one by one; a rule passes when the builtins say
// the same.
const rowsInRego = `any(x) := x

card := any(input.evidence["model-card"][0].predicate)

metrics := {"level": 0.95, "rates": {"accuracy"}, "shares": {"accuracy", "auc"}}

holds(a, "<", b) if a < b

holds(a, "<=", b) if a <= b

holds(a, "==", b) if a == b

holds(a, ">=", b) if a >= b

holds(a, ">", b) if a > b

under(list, comparator, bound) := {i: element |
	some i, element in list
	n := element.counts.n
	holds(n, comparator, bound)
}

deny contains {"msg": sprintf("where %s %v in %v: %v, not %v", [comparator, bound, list, given, wanted])} if {
	some list in card.lists
	some comparator in ["<", "<=", "==", ">=", ">"]
	some bound in [0, 100, 1e2, "x", null, {}, "100"]
	wanted := under(list, comparator, bound)
	given := assize.where(list, ["counts", "n"], comparator, bound)
	given != wanted
}

deny contains {"msg": sprintf("where itself in %v: %v", [list, given])} if {
	some list in card.lists
	given := assize.where(list, [], ">", "")
	given != {i: element | some i, element in list; element > ""}
}

deny contains {"msg": sprintf("lengths in %v: %v", [list, given])} if {
	some list in card.lists
	given := assize.lengths(list, ["attributes"])
	given != {i: n | some i, element in list; n := count(element.attributes)}
}

values(groups) := {attribute: values |
	some group in groups
	some attribute, _ in group.attributes
	values := {value | some other in groups; other.counts.n > 0; object.keys(other.attributes) == {attribute}; value := other.attributes[attribute]}
	values != set()
}

deny contains {"msg": sprintf("values in %v: %v, not %v", [groups, given, wanted])} if {
	some groups in card.lists
	wanted := values(groups)
	given := assize.counted_values(groups)
	given != wanted
}

same(a, b) if [a.name, object.get(a, "dataset", ""), object.get(a, "split", "")] == [b.name, object.get(b, "dataset", ""), object.get(b, "split", "")]

slices(records) := [{"whole": whole, "slices": of} |
	some whole in records
	object.get(whole, "slice", {}) in [{}, []]
	whole.name in {"auc", "accuracy"}
	of := {i: other | some i, other in records; not object.get(other, "slice", {}) in [{}, []]; same(whole, other)}
	of != {}
]

deny contains {"msg": sprintf("slices in %v: %v, not %v", [records, given, wanted])} if {
	some records in card.records
	wanted := slices(records)
	given := assize.slices(records, {"auc", "accuracy"})
	given != wanted
}

deny contains {"msg": sprintf("verdicts in %v: %v, not %v", [records, given, wanted])} if {
	some records in card.records
	some planned in [{"comparator": ">=", "threshold": 0.6}, {"comparator": "<", "threshold": 0.7, "min_n": 100}, {}]
	wanted := {i: verdict | some i, entry in records; verdict := assize.verdict(entry, planned, 3, metrics)}
	given := assize.verdicts(records, planned, 3, metrics)
	given != wanted
}

warn contains {"msg": sprintf("%d slices", [n])} if {
	some records in card.records
	n := count(slices(records))
}

warn contains {"msg": sprintf("%d large", [n])} if {
	some list in card.lists
	n := count(assize.where(list, ["counts", "n"], ">=", 100))
}

pass if count(card.lists) > 0`

func TestRowsAreThoseOfRego(t *testing.T) {
	s := load(t, rule("ROW-01", "requires: [model-card]", rowsInRego))
	r := rand.New(rand.NewPCG(9, 10))
	one := func(choices ...any) any { return choices[r.IntN(len(choices))] }
	number := func(choices ...string) any { return json.Number(choices[r.IntN(len(choices))]) }
	maybe := func(m map[string]any, name string, v any) {
		if r.IntN(5) > 0 {
			m[name] = v
		}
	}
	list := func(element func() any) any {
		var array []any
		byName := map[string]any{}
		for _, name := range []string{"a", "b", "c", "d", "e", "f"}[:r.IntN(7)] {
			array, byName[name] = append(array, element()), element()
		}
		if r.IntN(5) == 0 {
			return one(byName, byName, nil, "x", json.Number("3"))
		}
		return array
	}
	group := func() any {
		m := map[string]any{}
		maybe(m, "attributes", one(map[string]any{"sex": one("f", "m", nil)}, map[string]any{"sex": "f", "age": "old"}, map[string]any{"age": one("old", "young")}, map[string]any{}))
		maybe(m, "counts", one(map[string]any{"n": one(number("0", "1", "99", "100", "1e2", "100.0", "101"), "100", nil, false)}, map[string]any{"n": number("0", "200")}, map[string]any{}, nil, "x"))
		return one(m, m, m, m, m, m, "none", nil)
	}
	figure := func() any {
		m := map[string]any{"value": number("0.5", "0.65", "0.8")}
		maybe(m, "name", one("auc", "accuracy", "accuracy", "psi", nil))
		maybe(m, "n", number("0", "10", "1000", "100000"))
		maybe(m, "slice", one(map[string]any{"sex": "f"}, map[string]any{"sex": "m"}, map[string]any{}, []any{}, []any{"f"}))
		maybe(m, "split", one("", "test"))
		if r.IntN(4) == 0 {
			m["dataset"] = one("", "d")
		}
		return m
	}
	said := map[string]bool{}
	for range 80 {
		var lists, records []any
		for range 4 {
			lists, records = append(lists, list(group)), append(records, list(figure))
		}
		card := map[string]any{"lists": lists, "records": records}
		f := evaluate(t, s, "ROW-01", input(item(t, 1, "model-card", card)), "2026-01-01T00:00:00Z")
		if f.Status != policy.StatusPass {
			t.Fatalf("%s (%s): %v", f.Status, f.Reason, f.Messages)
		}
		for _, m := range f.Messages {
			said[m.Msg] = true
		}
	}
	for _, want := range []string{"0 slices", "1 slices", "2 slices", "0 large", "2 large"} {
		if !said[want] {
			t.Errorf("no list of the test has %s", want)
		}
	}
}

func TestRowsThatAreNone(t *testing.T) {
	const metrics = `{"level": 0.95, "rates": {"accuracy"}, "shares": {"accuracy"}}`
	for call, want := range map[string]policy.Status{
		`assize.where([1], any("n"), "<", 2)`:                                                         policy.StatusUnassessable,
		`assize.where([1], [], "~", 2)`:                                                               policy.StatusUnassessable,
		`assize.where([1], [], any(3), 2)`:                                                            policy.StatusUnassessable,
		`assize.where(any(3), [], "<", 2) == {}`:                                                      policy.StatusPass,
		`assize.lengths([{"a": "äö"}], ["a"]) == {0: 2}`:                                              policy.StatusPass,
		`assize.lengths([{"a": 3}], ["a"])`:                                                           policy.StatusUnassessable,
		`assize.lengths([{"a": {1, 2}}], ["a"]) == {0: 2}`:                                            policy.StatusPass,
		`assize.lengths([], any("a"))`:                                                                policy.StatusUnassessable,
		`assize.slices(["x"], {"auc"})`:                                                               policy.StatusUnassessable,
		`assize.slices([{"name": "auc", "slice": 3}], {"auc"})`:                                       policy.StatusUnassessable,
		`assize.slices([], any(["auc"]))`:                                                             policy.StatusUnassessable,
		`assize.slices(any("x"), {"auc"}) == []`:                                                      policy.StatusPass,
		`assize.counted_values([{"attributes": "sex"}])`:                                              policy.StatusUnassessable,
		`assize.counted_values(any("x")) == {}`:                                                       policy.StatusPass,
		`assize.verdicts([null, "x"], {}, 1, ` + metrics + `) == {}`:                                  policy.StatusPass,
		`assize.verdicts([{"name": "accuracy", "value": 0.5, "n": 9}], any("x"), 1, ` + metrics + `)`: policy.StatusUnassessable,
		`assize.verdicts([{}], {}, 1, any("x"))`:                                                      policy.StatusUnassessable,
		`assize.verdicts([], {}, 1, any("x")) == {}`:                                                  policy.StatusPass,
	} {
		s := load(t, rule("ROW-02", "requires: [model-card]", "any(x) := x\n\npass if {\n\tcount(input.evidence[\"model-card\"]) > 0\n\t"+call+"\n}"))
		f := evaluate(t, s, "ROW-02", input(item(t, 1, "model-card", map[string]any{"version": "1"})), "2026-01-01T00:00:00Z")
		if f.Status != want {
			t.Errorf("%s: %s (%s)", call, f.Status, f.Reason)
		}
	}
}
