package policy_test

import (
	"strings"
	"testing"

	"github.com/assize-dev/assize/policy"
)

// The builtins say of text what the library says, and walk nested values.
func TestTextBuiltins(t *testing.T) {
	s := load(t, rule("TXT-01", "requires: [model-card]", `fillers := {"none", "to do", "n a"}

card := input.evidence["model-card"][0].predicate

pass if {
	count(["text"]) > 0
	card.version != ""
	assize.plain("  T.B.D. -- Not\u200bYET ßé 12½ ") == "t b d notyet ßé 12½"
	assize.plain("…—_") == ""
	assize.blanks("none", fillers) == {[]}
	assize.blanks("none at all", fillers) == set()
	assize.blanks({"a": ["x", "N/A"], "b": {"c": null, "d": {}}, "e": [], "f": 0, "g": "{{ slot }}", "h": "todo: write", "i": "todorov"}, fillers) ==
		{["a", 1], ["b", "c"], ["b", "d"], ["g"], ["h"]}
	assize.blanks({}, fillers) == {[]}
	every said in ["text", 0, false, ["x"], {"a": [1]}] { assize.meaningful(said, fillers) }
	count([blank | some blank in ["none", "", null, [], {}, ["x", "N/A"], {"a": {"b": null}}, {"x"}]; not assize.meaningful(blank, fillers)]) == 8
}`))
	f := evaluate(t, s, "TXT-01", input(item(t, 1, "model-card", map[string]any{"version": "1"})), "2026-01-01T00:00:00Z")
	if f.Status != policy.StatusPass {
		t.Errorf("%s: %s", f.Status, f.Reason)
	}
	// work on much is charged
	list := make([]any, 200_000)
	for i := range list {
		list[i] = "x"
	}
	s = load(t, rule("TXT-02", "requires: [model-card]", `pass if {
	some i in numbers.range(1, 100)
	count(assize.blanks(input.evidence["model-card"][0].predicate.limitations, {"y"})) == i
}`))
	f = evaluate(t, s, "TXT-02", input(item(t, 1, "model-card", map[string]any{"limitations": list})), "2026-01-01T00:00:00Z")
	if !f.CutOff || !strings.Contains(f.Reason, "steps") {
		t.Errorf("much: %s, cut off %v (%s)", f.Status, f.CutOff, f.Reason)
	}
}

// What findings call things by is what Rego makes of the same, clause by clause.
func TestNamesAreThoseOfRego(t *testing.T) {
	s := load(t, rule("TXT-03", "requires: [model-card]", `id(x) := substring(x, 0, 12) if not contains(x, ":")

id(x) := concat(":", [parts[0], substring(parts[1], 0, 12)]) if {
	parts := split(x, ":")
	count(parts) == 2
}

said(item) := sprintf("%s %s of %s at index %d", [item.type, id(item.id), concat(", ", sort(item.principals)), item.index])

refs := ["", ":", "a", "sha256:", ":abc", "sha256:0123456789abcdef", "0123456789ab", "0123456789abc", "sha256:äöüäöüäöüäöüäöü", "äöüäöüäöüäöüäöü", "a:b:c", "::"]

texts := [[], ["a"], ["b", "a", "b"], {"b", "a"}, set(), ["", "é"]]

items := array.concat(
	[{"type": "model-card", "id": id, "principals": people, "index": index} | some id in refs; some people in texts; some index in [0, 12, 1.5, 1e30]],
	[{"type": kind, "id": "sha256:0123456789abcdef", "principals": [], "index": index} | some kind in [3, null, false, ["x"], "a%d"]; some index in [null, "7", 7]],
)

partial := ["x", null, 1, {}, {"type": "a", "id": "b", "principals": []}, {"id": "b", "principals": [], "index": 1}, {"type": "a", "principals": [], "index": 1}, {"type": "a", "id": "b", "index": 1}]

deny contains {"msg": "ids"} if [[ref, id(ref)] | some ref in refs] != [[ref, assize.short(ref)] | some ref in refs]

deny contains {"msg": "lists"} if [concat(", ", sort(xs)) | some xs in texts] != [assize.listed(xs) | some xs in texts]

objects := [{}, {"b": "x", "a": "y"}, {"a": 1, "b": [2], "c": null}, {"a": "b c", "a b": "c"}, ["x", 2], "x", null, 7, {"sex"}]

members(object) := concat(", ", sort({sprintf("%s %s", [name, value]) | some name, value in object}))

deny contains {"msg": "members"} if {
	some object in objects
	not is_set(object)
	members(object) != assize.members(object)
}

deny contains {"msg": "items"} if [[i, said(item)] | some i, item in items] != [[i, assize.said(item)] | some i, item in items]

deny contains {"msg": "partial items"} if count([item | some item in partial; assize.said(item)]) > 0

pass if {
	count(input.evidence["model-card"]) > 0
	count([item | some item in items; assize.said(item)]) > 100
}`))
	f := evaluate(t, s, "TXT-03", input(item(t, 1, "model-card", map[string]any{"version": "1"})), "2026-01-01T00:00:00Z")
	if f.Status != policy.StatusPass {
		t.Errorf("%s (%s): %v", f.Status, f.Reason, f.Messages)
	}
	for _, call := range []string{
		`assize.short(item.predicate.limitations)`, `assize.listed(item.predicate.version)`,
		`assize.listed([item.index])`, `assize.said(object.union(item, {"id": 4}))`,
		`assize.said(object.union(item, {"principals": "x"}))`, `assize.listed({item.index})`,
	} {
		s := load(t, rule("TXT-04", "requires: [model-card]", "card := input.evidence[\"model-card\"][0]\n\nnamed(item) := "+call+"\n\npass if not named(card)"))
		f := evaluate(t, s, "TXT-04", input(item(t, 1, "model-card", map[string]any{"version": "1", "limitations": []any{}})), "2026-01-01T00:00:00Z")
		if f.Status != policy.StatusUnassessable || !strings.Contains(f.Reason, "no text") && !strings.Contains(f.Reason, "no list of texts") {
			t.Errorf("%s: %s (%s)", call, f.Status, f.Reason)
		}
	}
}
