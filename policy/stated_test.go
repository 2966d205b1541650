package policy_test

import (
	"testing"

	"github.com/assize-dev/assize/policy"
)

func TestStated(t *testing.T) {
	const (
		names = `["value", "comparator", "threshold"]`
		rates = `{"missing": ["cells", "rows", "columns"], "twice": ["doubles", "rows"]}`
	)
	for call, want := range map[string]policy.Status{
		`assize.unfilled({"a": "x", "b": "TBD", "c": [], "e": 0, "f": [[]]}, {"a", "b", "c", "d", "e", "f"}, {"tbd"}) == {"b", "c", "d"}`: policy.StatusPass,
		`assize.unfilled({}, set(), {"tbd"}) == set()`:                                                                           policy.StatusPass,
		`assize.unfilled(any("x"), {"a"}, {"tbd"})`:                                                                              policy.StatusUnassessable,
		`assize.unfilled({"a": "x"}, any(["a"]), {"tbd"})`:                                                                       policy.StatusUnassessable,
		`assize.unfilled({"a": "x"}, {"a"}, any("tbd"))`:                                                                         policy.StatusUnassessable,
		`assize.unsaid(["x", "tbd", null, [], {}, 0], [], {"tbd"}) == {1: "tbd", 2: null, 3: [], 4: {}}`:                         policy.StatusPass,
		`assize.unsaid({"a": {"n": "x"}, "b": {"n": ""}, "c": {}}, ["n"], set()) == {"b": {"n": ""}, "c": {}}`:                   policy.StatusPass,
		`assize.unsaid([{"n": "x"}, {"n": {"m": 1}}], ["n", "m"], set()) == {0: {"n": "x"}}`:                                     policy.StatusPass,
		`assize.unsaid(any("x"), [], set()) == {}`:                                                                               policy.StatusPass,
		`assize.unsaid(["x"], ["n"], set())`:                                                                                     policy.StatusUnassessable,
		`assize.unsaid([], any("n"), set())`:                                                                                     policy.StatusUnassessable,
		`assize.unsaid(["x"], [], any(["x"]))`:                                                                                   policy.StatusUnassessable,
		`assize.upheld(["x", null], ` + names + `) == {}`:                                                                        policy.StatusPass,
		`assize.upheld([{"name": "x"}, {"value": null}, {"value": 1}], ` + names + `) == {0: {"name": "x"}, 1: {"value": null}}`: policy.StatusPass,
		`assize.upheld([1], any("value"))`:                                                                                       policy.StatusUnassessable,
		`assize.upheld([1], any(["value"]))`:                                                                                     policy.StatusUnassessable,
		`assize.misrated({"rows": 4, "columns": 5, "cells": 2, "missing": 0.1, "twice": 0.5, "doubles": 1}, ` + rates + `, 0.01) == [{"rate": "twice", "claimed": 0.5, "counted": 0.25}]`: policy.StatusPass,
		`assize.misrated({"rows": 4, "columns": 5, "cells": 2, "missing": 0.2}, ` + rates + `, 0.01) == [{"rate": "missing", "claimed": 0.2, "counted": 2 / 20}]`:                         policy.StatusPass,
		`assize.misrated({"rows": 0, "cells": 2, "missing": 0.2, "twice": 1, "doubles": "x"}, ` + rates + `, 0) == []`:                                                                    policy.StatusPass,
		`assize.misrated({"rows": 4, "doubles": 1}, ` + rates + `, 0) == []`:                                                                                                              policy.StatusPass,
		`assize.misrated({"rows": "4"}, ` + rates + `, 0)`:                                                                                                                                policy.StatusUnassessable,
		`assize.misrated({"rows": 4, "doubles": 1, "twice": "x"}, ` + rates + `, 0)`:                                                                                                      policy.StatusUnassessable,
		`assize.misrated(any("x"), ` + rates + `, 0)`:                                                                                                                                     policy.StatusUnassessable,
		`assize.misrated({}, any({"twice": []}), 0)`:                                                                                                                                      policy.StatusUnassessable,
		`assize.misrated({}, any("x"), 0)`:                                                                                                                                                policy.StatusUnassessable,
		`assize.misrated({}, {}, any("x"))`:                                                                                                                                               policy.StatusUnassessable,
	} {
		s := load(t, rule("STA-01", "requires: [model-card]", "any(x) := x\n\npass if {\n\tcount(input.evidence[\"model-card\"]) > 0\n\t"+call+"\n}"))
		f := evaluate(t, s, "STA-01", input(item(t, 1, "model-card", map[string]any{"version": "1"})), "2026-01-01T00:00:00Z")
		if f.Status != want {
			t.Errorf("%s: %s (%s)", call, f.Status, f.Reason)
		}
	}
}

func TestUpheldIsThatOfRego(t *testing.T) {
	s := load(t, rule("STA-02", "requires: [model-card]", `holds(a, "<", b) if a < b

holds(a, "<=", b) if a <= b

holds(a, "==", b) if a == b

holds(a, ">=", b) if a >= b

holds(a, ">", b) if a > b

deny contains {"msg": sprintf("%v", [check])} if {
	some value in [0, 1, 1.5, "1", false, []]
	some bound in [0, 1, 1.50, "1", true, {}]
	some comparator in ["<", "<=", "==", ">=", ">", "!=", 3]
	check := {"value": value, "comparator": comparator, "threshold": bound}
	upheld := {0 | holds(value, comparator, bound)}
	object.keys(assize.upheld([check], ["value", "comparator", "threshold"])) != upheld
}

pass if count(input.evidence["model-card"]) > 0`))
	f := evaluate(t, s, "STA-02", input(item(t, 1, "model-card", map[string]any{"version": "1"})), "2026-01-01T00:00:00Z")
	if f.Status != policy.StatusPass {
		t.Fatalf("%s (%s): %v", f.Status, f.Reason, f.Messages)
	}
}

// A function that calls a builtin with a constant that has a name is inlined as one that
// writes it out.
func TestInlinedCallWithConstant(t *testing.T) {
	s := load(t, rule("STA-03", "requires: [model-card]", `fillers := {"tbd"}

says(x) if assize.meaningful(x, fillers)

unsaid(list) := assize.unsaid(list, [], fillers)

card := input.evidence["model-card"][0].predicate

pass if {
	says(card.version)
	unsaid(card.limitations) == {1: "TBD"}
}`))
	f := evaluate(t, s, "STA-03", input(item(t, 1, "model-card", map[string]any{"version": "1", "limitations": []any{"few", "TBD"}})), "2026-01-01T00:00:00Z")
	if f.Status != policy.StatusPass {
		t.Fatalf("%s (%s): %v", f.Status, f.Reason, f.Messages)
	}
}
