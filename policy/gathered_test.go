package policy_test

import (
	"testing"

	"github.com/assize-dev/assize/policy"
)

const gathered = `
rows := [{"by": {"id": "a"}, "at": 1}, {"by": {"id": "b"}, "at": 2}, {"by": {"id": "a"}, "at": 3, "of": "x"}, {"by": {"id": "a"}, "at": 1}, {"at": 4}, 5]

reports := {0: {"predicate": {"window": {"end": "2000-01-02T12:00:00Z"}}}, 2: {"predicate": {"window": {"end": "1999-12-31T00:00:00Z"}}}, 3: {"predicate": {}}, 4: 5, "a": {}}

found(statement, value) := {"statement": statement, "at": 0, "record": {"value": value}}

item(claimed, proven, predicate) := {"claimed": claimed, "proven": proven, "predicate": predicate}

evidence := {
	"card": [item("2025-01-02T00:00:00Z", "2025-01-01T00:00:00Z", {}), item("2025-03-01T00:00:00Z", "2025-02-01T01:00:00+01:00", {"made": 4})],
	"result": [
		item("2025-01-03T00:00:00Z", "2025-01-03T00:00:00Z", {"done": "2024-12-01T00:00:00Z", "kind": "b"}),
		item("2025-01-01T00:00:00Z", "2025-01-01T00:00:00Z", {"kind": "b"}),
		item("2025-01-05T00:00:00Z", "2025-01-06T00:00:00Z", 4),
		{"claimed": "2025-01-07T00:00:00Z"},
		5,
	],
	"other": [item("2025-01-01T00:00:00Z", "2025-01-01T00:00:00Z", {})],
}

text := object.get({"a": "x"}, "a", [])
`

func TestGathered(t *testing.T) {
	for _, c := range []struct {
		name, code string
		want       policy.Status
	}{
		{"gathered", `pass if assize.gathered(rows, ["by", "id"], {"at": ["at"], "of": ["of"]}) == {"a": {"at": {1, 3}, "of": {"x"}}, "b": {"at": {2}, "of": set()}}`, policy.StatusPass},
		{"gathered of an object", `pass if assize.gathered({"x": {"a": 1}}, ["a"], {"all": []}) == {1: {"all": {{"a": 1}}}}`, policy.StatusPass},
		{"gathered of nothing", `pass if assize.gathered(4, ["a"], {}) == {}`, policy.StatusPass},
		{"gathered by text", `pass if assize.gathered(rows, text, {}) == {}`, policy.StatusUnassessable},
		{"gathered at text", `pass if assize.gathered(rows, ["at"], text) == {}`, policy.StatusUnassessable},
		{"gathered at a path of text", `pass if assize.gathered(rows, ["at"], {"a": text}) == {}`, policy.StatusUnassessable},
		{"series", `pass if assize.series([found(2, 0.5), found(0, 0.7), found(1, 0.8), found(3, 0.8), found(4, 0.8), {"statement": 0}, {"record": {"value": 1}}, 4], reports) == {"x": [-1, 1.5], "y": [0.5, 0.7]}`, policy.StatusPass},
		{"series of a list", `pass if assize.series({0: found(0, 3)}, [reports[0]]) == {"x": [1.5], "y": [3]}`, policy.StatusPass},
		{"series to no instant", `pass if assize.series([found(0, 1)], [{"predicate": {"window": {"end": "x"}}}]).x == []`, policy.StatusUnassessable},
		{"expiring", `pass if assize.expiring(evidence, {"card": 40, "result": 1, "none": 3}, ["done"], "kind") == [
	{"type": "result", "kind": "b", "made": "2025-01-01T00:00:00Z", "until": "2025-01-02T00:00:00Z"},
	{"type": "result", "kind": "", "made": "2025-01-05T00:00:00Z", "until": "2025-01-06T00:00:00Z"},
	{"type": "card", "kind": "", "made": "2025-02-01T00:00:00Z", "until": "2025-03-13T00:00:00Z"},
]`, policy.StatusPass},
		{"nothing expires", `pass if assize.expiring({}, {"card": 40}, [], "kind") == []`, policy.StatusPass},
		{"made at no instant", `pass if count(assize.expiring(evidence, {"card": 40}, ["made"], "kind")) == 0`, policy.StatusUnassessable},
		{"lasts half a day", `pass if count(assize.expiring(evidence, {"card": 0.5}, [], "kind")) == 0`, policy.StatusUnassessable},
		{"lasts beyond all time", `pass if count(assize.expiring(evidence, {"card": 99999999999}, [], "kind")) == 0`, policy.StatusUnassessable},
		{"evidence is text", `pass if count(assize.expiring(text, {}, [], "kind")) == 0`, policy.StatusUnassessable},
		{"days are text", `pass if count(assize.expiring({}, text, [], "kind")) == 0`, policy.StatusUnassessable},
		{"members are text", `pass if count(assize.expiring({}, {}, text, "kind")) == 0`, policy.StatusUnassessable},
	} {
		s := load(t, rule("GAT-01", "requires: [model-card]", gathered+"pass if {\n\tcount(input.evidence[\"model-card\"]) > 0\n\tmet\n}\n\nmet if"+c.code[len("pass if"):]))
		f := evaluate(t, s, "GAT-01", input(item(t, 1, "model-card", map[string]any{"version": "1"})), "2026-01-01T00:00:00Z")
		if f.Status != c.want {
			t.Errorf("%s: %s (%s)", c.name, f.Status, f.Reason)
		}
	}
}
