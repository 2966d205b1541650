package policies_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assize-dev/assize/policy"
)

var update = flag.Bool("update", false, "write the golden files of this package anew")

// steadfast are fields of passing cases that no other value turns, each with the
// reason. TestFields refuses one that is not needed.
var steadfast = []struct{ rule, field, why string }{
	{"FAI-01", "system-profile/affected_groups/*", "that somebody is affected is judged, not who"},
	{"FAI-02", "system-profile/affected_groups/*", "that somebody is affected is judged, not who"},
	{"FAI-05", "system-profile/affected_groups/*", "that somebody is affected is judged, not who"},
	{"OPS-15", "system-profile/affected_groups/*", "that somebody is affected is judged, not who"},
	{"PRV-02", "dataset-card/special_categories/*", "that there is a special category is judged, not which"},
	{"GOV-01", "waiver/rules/*", "only the id of a critical rule turns it, and its Rego tests name one"},
	{"FAI-02", "fairness-assessment/groups/*/attributes/sex", "a label; each group counts whatever its name"},
	{"FAI-03", "fairness-assessment/groups/*/attributes/sex", "a label; each group counts whatever its name"},
	{"FAI-03", "fairness-assessment/groups/*/attributes/race_ethnicity", "a label; each group counts whatever its name"},
	{"OPS-15", "monitoring-report/slices/*/attributes/sex", "a label; each group counts whatever its name"},
	{"OPS-02", "monitoring-plan/metrics/*/warn", "it decides on warnings only"},
	{"TRA-10", "explainability/fidelity/metric", "that fidelity was measured in some way is judged, not in which"},
	{"REG-21", "training-run/finished_at", "an earlier end makes the notice late, a later one not yet due: both are warned of"},
	{"OPS-14", "deployment/model", "only its own rollback target in its place turns it, and its Rego tests name that"},
	{"REG-04", "eval-result/metrics/*/slice/sex", "a label; that every slice is planned by attribute is judged"},
	{"FAI-06", "eval-result/metrics/*/slice/sex", "a label; how many slices there are is judged"},
	{"FAI-01", "fairness-assessment/groups/*/attributes/sex", "a label; each group counts whatever its name"},
	{"FAI-04", "fairness-assessment/groups/*/attributes/sex", "a label; each group counts whatever its name"},
	{"DQ-08", "fairness-assessment/groups/*/attributes/sex", "a label; each group counts whatever its name"},
	{"REG-05", "training-run/hyperparameters/trees", "that design choices are stated is judged, not which"},
	{"REG-05", "dataset-card/origin/*", "that the origin is stated is judged by DQ-01 and DAT-01"},
	{"REG-05", "dataset-card/origin/*/source", "that the origin is stated is judged by DQ-01 and DAT-01"},
	{"REG-21", "eval-result/metrics/*", "that figures were attested is judged; FAI, REG-08 and REG-09 judge them"},
	{"REG-21", "risk-assessment/risks/*", "that risks were attested is judged; REG-03 and RMF-02 judge them"},
	{"OPS-02", "monitoring-plan/metrics", "without a plan for PSI the parameters bound every feature reported"},
	{"OPS-02", "monitoring-plan/metrics/*", "without a plan for PSI the parameters bound every feature reported"},
	{"OPS-02", "monitoring-plan/metrics/*/name", "without a plan for PSI the parameters bound every feature reported"},
	{"OPS-02", "monitoring-report/feature_drift/*/histogram/upper_edges/*", "PSI is of counts; that edges rise is held at submission"},
	{"OPS-03", "monitoring-report/feature_drift/*/histogram/upper_edges/*", "the tests are of counts; that edges rise is held at submission"},
	{"OPS-03", "monitoring-report/prediction_drift/histogram/upper_edges/*", "the tests are of counts; that edges rise is held at submission"},
	{"OPS-04", "monitoring-report/feature_drift/*/histogram/upper_edges/*", "the tests are of counts; that edges rise is held at submission"},
	{"OPS-03", "monitoring-report/feature_drift/*/feature", "a label; every feature reported counts"},
	{"OPS-04", "monitoring-report/feature_drift/*/feature", "a label; every feature reported counts"},
}

// Every field a rule looks at can turn it: of each passing case, every member of
// every predicate, what the service says of items and artefacts and the question
// itself is given other values in turn. A member the case holds that no value turns
// is either not looked at, or looked at for show. Which fields turn which rule is in
// testdata/fields.golden; a rule that stops looking at one shows there.
//
// The same documents tell what removing a statement does: each is judged again with
// the changed item beside the good one, and with items taken away.
func TestFields(t *testing.T) {
	loadSet(t)
	var mu sync.Mutex
	turning, spared, removals := map[string][]string{}, map[string]bool{}, map[string]bool{}
	t.Run("rules", func(t *testing.T) {
		eachRule(t, func(t *testing.T, r *policy.Rule, cases []*passingCase) {
			found := findTurns(t, r, cases)
			for field := range found.unturned {
				why := ""
				for _, s := range steadfast {
					if (s.rule == "" || s.rule == r.ID) && s.field == field {
						why = s.rule + s.field
					}
				}
				if why == "" {
					t.Errorf("%s: no other value of %s turns it", r.ID, field)
				}
				mu.Lock()
				spared[why] = true
				mu.Unlock()
			}
			if len(found.turned) == 0 {
				t.Errorf("no field turns %s", r.ID)
			}
			mu.Lock()
			turning[r.ID] = slices.Sorted(maps.Keys(found.turned))
			for line := range found.removals {
				removals[line] = true
			}
			mu.Unlock()
		})
	})
	if len(turning) < len(loadSet(t).Rules()) {
		return // only some rules were asked for
	}
	for _, s := range steadfast {
		if !spared[s.rule+s.field] {
			t.Errorf("%s %s turns, or is in no case: %q is not needed", s.rule, s.field, s.why)
		}
	}
	var b strings.Builder
	for _, id := range slices.Sorted(maps.Keys(turning)) {
		fmt.Fprintf(&b, "%s\n", id)
		for _, field := range turning[id] {
			fmt.Fprintf(&b, "\t%s\n", field)
		}
	}
	golden(t, "testdata/fields.golden", b.String())
	golden(t, "testdata/removal.golden", strings.Join(slices.Sorted(maps.Keys(removals)), "\n")+"\n")
	contract, err := os.ReadFile("../docs/rule-contract.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{alone(removals), beside(removals)} {
		if !strings.Contains(string(contract), want) {
			t.Errorf("docs/rule-contract.md does not hold:\n%s", want)
		}
	}
}

// alone words the rules that a single statement can turn from allowing to blocking,
// by type: what they wait for is absence.
func alone(removals map[string]bool) string {
	rules := map[string][]string{}
	for _, line := range slices.Sorted(maps.Keys(removals)) {
		if f := strings.Fields(line); f[2] == "last" {
			rules[f[1]] = append(rules[f[1]], f[0])
		}
	}
	var b strings.Builder
	for _, short := range slices.Sorted(maps.Keys(rules)) {
		fmt.Fprintf(&b, "| %s | %s |\n", short, strings.Join(rules[short], ", "))
	}
	return b.String()
}

// beside words the rules that judge every statement in force and not the newest only.
func beside(removals map[string]bool) string {
	var ids []string
	for _, line := range slices.Sorted(maps.Keys(removals)) {
		if f := strings.Fields(line); f[2] == "older" && !slices.Contains(ids, f[0]) {
			ids = append(ids, f[0])
		}
	}
	return strings.Join(ids, ", ") + "."
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update && !t.Failed() {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); d != "" {
		t.Errorf("%s is no longer so; look whether each change is meant, then write it by -update (-want +got):\n%s", name, d)
	}
}

type turns struct {
	turned, unturned, removals map[string]bool
}

func findTurns(t *testing.T, r *policy.Rule, cases []*passingCase) turns {
	out := turns{map[string]bool{}, map[string]bool{}, map[string]bool{}}
	for _, c := range cases {
		for _, ch := range c.changes() {
			leaf := false
			switch ch.value.(type) {
			case map[string]any, []any:
			default:
				leaf = standsIn(c, ch)
			}
			f := c.judge(t, ch.doc, c.now)
			if _, ok := ch.value.(string); broken(f) && (ok || ch.value == nil) {
				continue // no statement can hold that value, so nothing is learned
			}
			if f.Status != policy.StatusPass {
				out.turned[ch.field] = true
			} else if leaf && !passive(ch.field) {
				out.unturned[ch.field] = true
			}
			if !silent(f) && !broken(f) {
				c.removing(t, ch, out.removals)
			}
		}
	}
	for _, c := range cases {
		for _, short := range r.Types() {
			if key := r.ID + " " + short + " last"; !out.removals[key] && c.adding(t, short) {
				out.removals[key] = true
			}
		}
	}
	maps.DeleteFunc(out.unturned, func(field string, _ bool) bool { return out.turned[field] })
	return out
}

// broken reports whether the rule met a value its builtins cannot take, as the schema
// of the statement would not either.
func broken(f policy.Finding) bool { return strings.Contains(f.Reason, "evaluation error") }

// passive are the members that statements carry for the service.
func passive(field string) bool {
	return strings.HasSuffix(field, "/stated_at") || strings.Contains(field, "/systems")
}

// removing looks which statements are missed when they are gone from a document that
// blocks: the changed one beside the good one it was made from, as the newer and as
// the older of the two; and the last of its type.
func (c *passingCase) removing(t *testing.T, ch change, into map[string]bool) {
	t.Helper()
	if strings.HasSuffix(ch.field, "@revoked") {
		into[c.rule.ID+" revocation last"] = true
	}
	for _, p := range itemsOf(ch.doc) {
		key := c.rule.ID + " " + text(p.item["type"]) + " last"
		if !into[key] && lone(ch.doc, p) && silent(c.judge(t, without(ch.doc, p.path), c.now)) {
			into[key] = true
		}
	}
	for _, p := range itemsOf(ch.doc) {
		if len(ch.path) <= len(p.path) || !slices.Equal(ch.path[:len(p.path)], p.path) {
			continue
		}
		list := p.path[:len(p.path)-1]
		there := at(c.Input, list).([]any)
		for how, index := range map[string]string{"newest": "99999", "older": "0"} {
			key := c.rule.ID + " " + text(p.item["type"]) + " " + how
			if into[key] {
				continue
			}
			bad := maps.Clone(p.item)
			bad["id"], bad["leaf"], bad["index"] = "added", "added", json.Number(index)
			two := append([]any{bad}, there...)
			if how == "older" {
				two = append(slices.Clone(there), bad)
			}
			if f := c.judge(t, with(c.Input, list, two), c.now); !silent(f) && !broken(f) {
				into[key] = true
			}
		}
	}
}

// adding reports whether the case blocks once there is a statement of a type it does
// not hold: of those that other rules pass, and of others made from their schema.
func (c *passingCase) adding(t *testing.T, short string) bool {
	t.Helper()
	for _, p := range itemsOf(c.Input) {
		if text(p.item["type"]) == short {
			return false
		}
	}
	places := [][]string{{"evidence", short}}
	if name := map[string]string{"deployment": "deployments", "incident": "incidents"}[short]; name != "" {
		places = append(places, []string{"related", name})
	}
	if subject, ok := c.Input["subject"].(map[string]any); ok && subject["evidence"] != nil {
		places = append(places, []string{"subject", "evidence", short})
	}
	subject, _ := c.Input["subject"].(map[string]any)
	for _, place := range places {
		for _, item := range specimens(t, short) {
			added := maps.Clone(item)
			added["id"], added["leaf"], added["index"], added["subjects"] = "added", "added", json.Number("99999"), []any{subject["ref"]}
			if f := c.judge(t, with(c.Input, place, []any{added}), c.now); !silent(f) && !broken(f) {
				return true
			}
		}
	}
	return false
}

// specimens are items of a type: those of passing cases, each also with one member
// that differs, and what the schema makes.
func specimens(t *testing.T, short string) []map[string]any {
	t.Helper()
	all, err := madeSpecimens()
	if err != nil {
		t.Fatal(err)
	}
	return all[short]
}

var madeSpecimens = sync.OnceValues(func() (map[string][]map[string]any, error) {
	out := map[string][]map[string]any{}
	book, err := testedBook()
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, id := range slices.Sorted(maps.Keys(book.cases)) {
		for _, c := range book.cases[id] {
			for _, p := range itemsOf(c.Input) {
				b, err := json.Marshal(p.item)
				if err != nil || known[string(b)] {
					continue
				}
				known[string(b)] = true
				short := text(p.item["type"])
				out[short] = append(out[short], p.item)
			}
		}
	}
	for short, list := range out {
		for _, s := range samples(schemas[short], 3) {
			if m, ok := s.(map[string]any); ok {
				made := maps.Clone(list[0])
				made["predicate"] = m
				out[short] = append(out[short], made)
			}
		}
		for _, item := range list[:min(len(list), 2)] {
			members, _ := item["predicate"].(map[string]any)
			properties, _ := schemas[short]["properties"].(map[string]any)
			for _, name := range slices.Sorted(maps.Keys(properties)) {
				sub, _ := properties[name].(map[string]any)
				for _, v := range append(otherValues(members[name], sub), samples(sub, 2)...) {
					out[short] = append(out[short], with(item, []string{"predicate", name}, v).(map[string]any))
				}
			}
		}
	}
	return out, nil
})

// lone reports whether the document has no other item of the type.
func lone(doc map[string]any, p placed) bool {
	n := 0
	for _, other := range itemsOf(doc) {
		if text(other.item["type"]) == text(p.item["type"]) {
			n++
		}
	}
	return n == 1
}

func at(v any, path []string) any {
	for _, step := range path {
		switch w := v.(type) {
		case map[string]any:
			v = w[step]
		case []any:
			var i int
			if _, err := fmt.Sscan(step, &i); err != nil {
				panic(err)
			}
			v = w[i]
		}
	}
	return v
}
