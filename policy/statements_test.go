package policy_test

import (
	"strings"
	"testing"

	"github.com/assize-dev/assize/policy"
)

func TestConcerning(t *testing.T) {
	s := load(t, rule("STM-01", "requires: [dataset-card]", `thing := {"ref": "a", "refs": ["a", "b"]}

of(digest) := {"predicate": {"digest": digest}}

silent := {"predicate": {}}

pass if {
	count(input.evidence["dataset-card"]) > 0
	assize.concerning([of("b"), of("c"), silent, of(null), {}], "digest", thing) == {"those": [of("b"), silent], "others": [of("c"), of(null), {}]}
	assize.concerning([], "digest", thing) == {"those": [], "others": []}
	assize.concerning([of("b")], "digest", {"ref": "a", "refs": {"b"}}).others == []
	assize.concerning([silent], "digest", {"refs": ["a"]}).those == []
	assize.concerning([silent], "digest", {"ref": "c", "refs": ["a"]}).those == []
	assize.concerning([of("b")], "digest", {"ref": "b"}).those == []
}`))
	f := evaluate(t, s, "STM-01", input(item(t, 1, "dataset-card", map[string]any{"version": "1"})), "2026-01-01T00:00:00Z")
	if f.Status != policy.StatusPass {
		t.Errorf("%s: %s", f.Status, f.Reason)
	}
	for name, call := range map[string]string{
		"statements are text":  `assize.concerning(object.get({"a": "x"}, "a", null), "digest", {"refs": []})`,
		"a predicate is none":  `assize.concerning([{"predicate": 1}], "digest", {"refs": []})`,
		"the thing is no node": `assize.concerning([], "digest", object.get({"a": 1}, "a", null))`,
	} {
		s := load(t, rule("STM-02", "requires: [dataset-card]", "pass if {\n\tcount(input.evidence[\"dataset-card\"]) > 0\n\t"+call+".others == []\n}"))
		f := evaluate(t, s, "STM-02", input(item(t, 1, "dataset-card", map[string]any{"version": "1"})), "2026-01-01T00:00:00Z")
		if f.Status != policy.StatusUnassessable || !strings.Contains(f.Reason, "assize.concerning") {
			t.Errorf("%s: %s (%s)", name, f.Status, f.Reason)
		}
	}
}
