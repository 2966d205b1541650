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
