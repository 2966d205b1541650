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

const deployed = `
said(state, environment, more) := {"predicate": object.union({"state": state, "environment": environment}, more)}

at(state, endpoint) := said(state, "live", {"endpoint": endpoint})

places(list) := {i | some i, item in assize.deployed(list, "live"); item == list[i]}
`

func TestDeployed(t *testing.T) {
	for name, code := range map[string]string{
		"one of each":                  `places([at("requested", "a"), at("running", "a")]) == {0, 1}`,
		"what ran before is replaced":  `places([at("running", "a"), at("running", "b"), at("running", "a")]) == {0, 1}`,
		"what was retired":             `places([at("retired", "a"), at("running", "a"), at("requested", "a")]) == set()`,
		"a later word ends a request":  `places([at("running", "a"), at("requested", "a")]) == {0}`,
		"a request ends a request":     `places([at("requested", "a"), at("requested", "a")]) == {0}`,
		"a word without a known state": `places([{"predicate": {"environment": "live", "endpoint": "a"}}, at("running", "a"), at("requested", "a")]) == {1}`,
		"of clusters":                  `places([said("running", "live", {"cluster": "x"}), said("running", "live", {"cluster": "y"}), said("running", "live", {})]) == {0, 1, 2}`,
		"nothing named is one place":   `places([said("running", "live", {"cluster": ""}), said("running", "live", {"endpoint": ""})]) == {0}`,
		"of another environment":       `places([said("retired", "test", {"endpoint": "a"}), said("running", "test", {}), at("running", "a")]) == {2}`,
		"of what states nothing":       `places([4, {}, {"predicate": 4}, {"predicate": {"state": "running"}}]) == set()`,
		"refs":                         `assize.refs({"refs": ["a"]}, [{"relation": "x", "refs": ["b"]}, {"relation": "y", "refs": ["c"]}, {"relation": "z", "refs": ["d"]}], {"x", "z"}) == {"a", "b", "d"}`,
		"refs of what has none":        `assize.refs({}, [{"relation": "x"}, {"refs": ["b"]}, 4], {"x"}) == set()`,
	} {
		s := load(t, rule("STM-03", "requires: [dataset-card]", deployed+"pass if {\n\tcount(input.evidence[\"dataset-card\"]) > 0\n\t"+code+"\n}"))
		f := evaluate(t, s, "STM-03", input(item(t, 1, "dataset-card", map[string]any{"version": "1"})), "2026-01-01T00:00:00Z")
		if f.Status != policy.StatusPass {
			t.Errorf("%s: %s (%s)", name, f.Status, f.Reason)
		}
	}
	for name, call := range map[string]string{
		"deployments are text": `assize.deployed(text, "live") == {}`,
		"refs of text":         `assize.refs(text, [], {"x"}) == set()`,
		"parents are text":     `assize.refs({}, text, {"x"}) == set()`,
		"relations are a text": `assize.refs({}, [], text) == set()`,
	} {
		s := load(t, rule("STM-04", "requires: [dataset-card]", "text := object.get({\"a\": \"x\"}, \"a\", null)\n\npass if {\n\tcount(input.evidence[\"dataset-card\"]) > 0\n\t"+call+"\n}"))
		f := evaluate(t, s, "STM-04", input(item(t, 1, "dataset-card", map[string]any{"version": "1"})), "2026-01-01T00:00:00Z")
		if f.Status != policy.StatusUnassessable || !strings.Contains(f.Reason, " text") && !strings.Contains(f.Reason, "string") {
			t.Errorf("%s: %s (%s)", name, f.Status, f.Reason)
		}
	}
}
