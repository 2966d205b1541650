package policies_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/assize-dev/assize/policy"
)

// Silence never passes: of every case a rule passes, each piece of evidence,
// each member of a predicate and each thing known of an artefact is deleted in
// turn, and the rule must stop passing (and must not become not applicable). The
// cases are the `passing` objects of the Rego tests, which hold what their rule
// reads and nothing else.
func TestDeletion(t *testing.T) {
	loadSet(t)
	var mu sync.Mutex
	spared := map[string]int{}
	t.Run("rules", func(t *testing.T) {
		eachRule(t, func(t *testing.T, r *policy.Rule, cases []*passingCase) {
			for _, c := range cases {
				for _, why := range c.deletion(t) {
					mu.Lock()
					spared[why]++
					mu.Unlock()
				}
			}
		})
	})
	for _, e := range exemptions {
		if spared[e.why] == 0 {
			t.Errorf("the exemption %q is not needed", e.why)
		}
	}
}

// deletion deletes every path of the case and returns why it spared those whose
// absence indeed changes nothing.
func (c *passingCase) deletion(t *testing.T) []string {
	if f := c.judge(t, c.Input, c.now); f.Status != policy.StatusPass {
		t.Errorf("%s: status is %s (%s): %v", c.name, f.Status, f.Reason, f.Messages)
		return nil
	}
	paths := pathsOf(c.Input)
	for _, name := range verified[c.rule.ID] {
		for short := range c.Input["evidence"].(map[string]any) {
			if path := strings.Split(strings.ReplaceAll(name, "*", short), "/"); holds(c.Input, path) {
				paths = append(paths, path)
			}
		}
		if path := strings.Split(name, "/"); path[0] != "evidence" && holds(c.Input, path) {
			paths = append(paths, path)
		}
	}
	deleted := 0
	var spared []string
	for _, path := range paths {
		f := c.judge(t, without(c.Input, path), c.now)
		why := exempt(c.rule.ID, path)
		switch {
		case why == "":
			deleted++
			if silent(f) {
				t.Errorf("%s: without %s it is still %s", c.name, strings.Join(path, "/"), f.Status)
			}
		case silent(f):
			spared = append(spared, why)
		}
	}
	if deleted == 0 {
		t.Errorf("%s: nothing was deleted", c.name)
	}
	return spared
}

// exemptions are the paths whose absence rightly changes nothing.
var exemptions = []struct {
	rule string // "" is every rule
	path string // elements, "*" for any, "..." for all that follow
	why  string
}{
	{"", "evidence/*/*/predicate/stated_at", "the service reads the head and gives the rule claimed"},
	{"", "evidence/*/*/predicate/systems/...", "the service reads the head and gives the rule what counts for the system"},
	{"", "related/*/*/predicate/stated_at", "the service reads the head of what it finds in the whole ledger"},
	{"", "related/*/*/predicate/systems/...", "the service reads which system it is for"},
	{"GOV-01", "related/waivers/0", "without a waiver in force there is nothing to judge"},
	{"INT-01", "evidence/model-signature/0/predicate", "who signed which model is judged; what the manifest lists is INT-02's"},
	{"MRM-02", "evidence/training-run/0/predicate", "who signed the making is judged, not how it was made"},
	{"MRM-02", "evidence/slsa-provenance/0/predicate", "who signed the making is judged, not how it was made"},
	{"LIN-02", "evidence/training-run/0/predicate/base_models/0", "an empty list says that there is no base model"},
	{"PRV-02", "evidence/dataset-card/0/predicate/special_categories/0", "an empty list says that there is no special category"},
	{"FAI-01", "evidence/system-profile/0/predicate/affected_groups/0", "an empty list says that nobody is affected"},
	{"FAI-02", "evidence/system-profile/0/predicate/affected_groups/0", "an empty list says that nobody is affected (FAI-02)"},
	{"FAI-05", "evidence/system-profile/0/predicate/affected_groups/0", "an empty list says that nobody is affected (FAI-05)"},
	{"DQ-01", "evidence/dataset-card/0/predicate/known_biases/0", "an empty list says that no bias is known"},
	{"ETH-02", "evidence/model-card/0/predicate/out_of_scope/0", "an empty list says that no use is excluded"},
	{"INT-02", "evidence/model-signature/0/predicate/serialization/ignore_paths/*", "to leave out less is no fault"},
	{"FAI-02", "evidence/eval-plan/0/predicate/metrics/0/min_n", "the parameter fairness_min_n stands in its place"},
	{"OPS-02", "evidence/monitoring-plan/0/predicate/metrics/...", "the parameters psi_warn and psi_fail stand in its place, for every feature reported"},
	{"OPS-02", "evidence/monitoring-plan/0/predicate/min_n", "the parameter monitoring_min_n stands in its place"},
	{"OPS-06", "evidence/monitoring-plan/0/predicate/min_n", "the parameter monitoring_min_n stands in its place (OPS-06)"},
	{"TRA-05", "evidence/system-profile/0/predicate/art50/0", "an empty list says that the system falls under no case of Art 50 (TRA-05)"},
	{"TRA-06", "evidence/system-profile/0/predicate/art50/0", "an empty list says that the system falls under no case of Art 50 (TRA-06)"},
	{"TRA-07", "evidence/system-profile/0/predicate/art50/0", "an empty list says that the system falls under no case of Art 50 (TRA-07)"},
	{"MRM-03", "evidence/training-run/0/predicate", "who signed the making is judged, not how it was made (MRM-03)"},
	{"MRM-03", "evidence/slsa-provenance/0/predicate", "who signed the making is judged, not how it was made (MRM-03, provenance)"},
	{"ISO-03", "evidence/training-run/0/predicate/base_models/0", "an empty list says that there is no base model (ISO-03)"},
	{"REG-17", "evidence/incident/0", "without an incident there is nothing to report"},
	{"REG-21", "evidence/training-run/0/predicate/finished_at", "the earlier of the times of the statement stands in its place"},
	{"OPS-01", "evidence/monitoring-report/2", "monitoring begins with its first window"},
	{"OPS-17", "related/incidents/0", "no incident is open when the service finds none in the whole ledger"},
	{"OPS-18", "related/deployments/0", "nothing else runs when the service finds nothing in the whole ledger"},
	{"OPS-09", "evidence/training-run/0/predicate", "without its own word a run is as old as its signature"},
	{"OPS-10", "evidence/*/0/predicate", "when a statement was made is judged, not what it says"},
	{"OPS-11", "evidence/monitoring-report/0/predicate/alerts/0", "an empty list says that there was no alarm"},
}

// verified are the members the service adds to an item from signatures and that
// the rule rests on: without what they hold it must not pass.
var verified = map[string][]string{
	"INT-01": {"evidence/model-signature/0/subjects", "evidence/model-signature/0/principals", "evidence/model-signature/0/assurance"},
	"INT-03": {"evidence/*/0/subjects", "evidence/*/0/principals", "evidence/*/0/assurance"},
	"REG-01": {"evidence/system-profile/0/roles"},
	"RMF-01": {"evidence/approval/0/principals", "evidence/approval/0/roles"},
	"MRM-02": {"evidence/validation/0/principals", "evidence/training-run/0/principals", "evidence/slsa-provenance/0/principals"},
	"GOV-01": {"related/waivers/0/principals"},
	"NYC-01": {"evidence/bias-audit/0/principals", "evidence/bias-audit/0/assurance"},
	"MRM-03": {"evidence/approval/0/principals", "evidence/approval/0/roles", "evidence/approval/0/assurance", "evidence/training-run/0/principals", "evidence/slsa-provenance/0/principals"},
	"RMF-02": {"evidence/approval/0/principals", "evidence/approval/0/roles", "evidence/approval/0/assurance"},
	"REG-17": {"evidence/incident/0/claimed"},
	"REG-20": {"subject/refs"},
	"REG-22": {"evidence/org-evidence/0/claimed"},
	"REG-03": {"evidence/risk-assessment/0/claimed"},
	"OPS-01": {"evidence/monitoring-report/0/claimed"},
	"OPS-09": {"evidence/training-run/0/claimed", "evidence/validation/0/principals"},
	"OPS-10": {"evidence/*/0/claimed"},
	"REG-02": {"evidence/system-profile/0/roles"},
	"REG-12": {"evidence/system-profile/0/roles"},
	"REG-13": {"evidence/conformity/0/principals", "evidence/conformity/0/assurance"},
	"REG-15": {"evidence/conformity/0/roles"},
	"LIN-01": {"parents/0/known"},
	"LIN-05": {"evidence/slsa-provenance/0/roles", "evidence/slsa-provenance/0/assurance"},
	"REP-02": {"evidence/eval-result/0/principals", "evidence/eval-result/0/index"},
	"DQ-07":  {"evidence/dataset-card/0/claimed"},
	"PRV-04": {"evidence/data-rights/0/claimed"},
	"PRV-05": {"evidence/data-rights/0/claimed"},
	"PRV-06": {"evidence/dataset-card/0/claimed"},
	"OVR-03": {"evidence/human-oversight/0/claimed"},
	"LIN-03": {"subject/known", "ancestors/0/known"},
}

func exempt(rule string, path []string) string {
	for _, e := range exemptions {
		if (e.rule == "" || e.rule == rule) && matches(strings.Split(e.path, "/"), path) {
			return e.why
		}
	}
	return ""
}

func matches(pattern, path []string) bool {
	for i, p := range pattern {
		if p == "..." {
			return true
		}
		if i == len(path) || p != "*" && p != path[i] {
			return false
		}
	}
	return len(pattern) == len(path)
}

// pathsOf lists what can be absent: each item, each path of a predicate, each
// node upstream and each waiver in force.
func pathsOf(doc map[string]any) [][]string {
	var out [][]string
	var inside func(v any, path []string)
	inside = func(v any, path []string) {
		out = append(out, path)
		switch v := v.(type) {
		case map[string]any:
			for _, name := range slices.Sorted(maps.Keys(v)) {
				inside(v[name], append(slices.Clone(path), name))
			}
		case []any:
			for i, child := range v {
				inside(child, append(slices.Clone(path), fmt.Sprint(i)))
			}
		}
	}
	list := func(v any, path ...string) {
		elements, _ := v.([]any)
		for i, e := range elements {
			at := append(slices.Clone(path), fmt.Sprint(i))
			out = append(out, at)
			if predicate, ok := e.(map[string]any)["predicate"]; ok {
				inside(predicate, append(slices.Clone(at), "predicate"))
			}
		}
	}
	evidence := doc["evidence"].(map[string]any)
	for _, short := range slices.Sorted(maps.Keys(evidence)) {
		list(evidence[short], "evidence", short)
	}
	list(doc["parents"], "parents")
	list(doc["ancestors"], "ancestors")
	related := doc["related"].(map[string]any)
	for _, name := range []string{"deployments", "incidents", "waivers"} {
		list(related[name], "related", name)
	}
	// The rest of a rollback target is words for people, and revocations there are not.
	for i := range listed(related["rollbacks"], "rollbacks") {
		for _, name := range []string{"", "/ref", "/known", "/verdict", "/findings", "/findings/0", "/findings/0/status"} {
			out = append(out, strings.Split("related/rollbacks/"+fmt.Sprint(i)+name, "/"))
		}
	}
	return out
}
