package policy_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/assize-dev/assize/policy"
)

// groupsInRego are counts and sizes of groups clause by clause; a rule passes when the
// builtins say the same.
const groupsInRego = `any(x) := x

card := any(input.evidence["model-card"][0].predicate)

counts_of(assessment, attribute) := {group.attributes[attribute]: object.get(group, "counts", {}) |
	some group in assessment.groups
	object.keys(group.attributes) == {attribute}
}

denominator(counts, "selection_rate") := counts.n

denominator(counts, "true_positive_rate") := counts.positives

denominator(counts, "false_positive_rate") := counts.n - counts.positives

denominator(counts, "positive_predictive_value") := counts.selected

numerator(counts, "selection_rate") := counts.selected

numerator(counts, "true_positive_rate") := counts.true_positives

numerator(counts, "false_positive_rate") := counts.false_positives

numerator(counts, "positive_predictive_value") := counts.true_positives

small(groups, rates, min_n) := {{"group": group, "rate": rate, "n": n} |
	some group, counts in groups
	some rate in rates
	n := denominator(counts, rate)
	n < min_n
}

unread(groups, rates) := {group |
	some group, counts in groups
	some rate in rates
	count([count_of | some count_of in [denominator(counts, rate), numerator(counts, rate), counts.n]; is_number(count_of)]) != 3
}

large(groups, rate, min_n) := count({group |
	some group, counts in groups
	denominator(counts, rate) >= min_n
})

pairs(groups, rates, min_n) := sum([of_rate |
	some rate in rates
	k := large(groups, rate, min_n)
	of_rate := (k * (k - 1)) / 2
])

sizes(groups, rates, min_n) := {
	"unread": unread(groups, rates), "small": small(groups, rates, min_n), "pairs": pairs(groups, rates, min_n),
	"least": min({large(groups, rate, min_n) | some rate in rates}),
}

deny contains {"msg": sprintf("%v by %s: %v", [assessment, attribute, wanted])} if {
	some assessment in card.assessments
	some attribute in ["sex", "age", "none"]
	wanted := counts_of(assessment, attribute)
	wanted != assize.counts_by(assessment, attribute)
}

deny contains {"msg": sprintf("%v of %v: %v, not %v", [rates, groups, assize.group_sizes(groups, rates, min_n), wanted])} if {
	some assessment in card.assessments
	groups := counts_of(assessment, "sex")
	some rates in [{"selection_rate"}, {"true_positive_rate", "false_positive_rate"}, {"positive_predictive_value"}]
	some min_n in [0, 10, 30, 1e3]
	wanted := sizes(groups, rates, min_n)
	wanted != assize.group_sizes(groups, rates, min_n)
}

warn contains {"msg": said} if {
	some assessment in card.assessments
	found := assize.group_sizes(assize.counts_by(assessment, "sex"), {"selection_rate", "true_positive_rate"}, 10)
	said := sprintf("%d unread, %d small, %d pairs", [count(found.unread), count(found.small), found.pairs])
}

pass if count(card.assessments) > 0`

func TestGroupsAreThoseOfRego(t *testing.T) {
	s := load(t, rule("GRP-01", "requires: [model-card]", groupsInRego))
	r := rand.New(rand.NewPCG(5, 6))
	number := func(choices ...string) any { return json.Number(choices[r.IntN(len(choices))]) }
	said := map[string]bool{}
	for range 60 {
		var assessments []any
		for range 4 {
			var groups []any
			for _, value := range []any{"female", "male", "x", json.Number("7")}[:r.IntN(5)] {
				counts := map[string]any{}
				for _, name := range []string{"n", "positives", "selected", "true_positives", "false_positives"} {
					if r.IntN(10) > 0 {
						counts[name] = number("0", "9", "10", "12.5", "40", "2000", "1e3")
					}
				}
				if r.IntN(10) == 0 {
					counts["selected"] = []any{nil, "x", false, map[string]any{}}[r.IntN(4)]
				}
				group := map[string]any{"attributes": map[string]any{[]string{"sex", "sex", "age"}[r.IntN(3)]: value}, "counts": counts}
				switch r.IntN(12) {
				case 0:
					group["attributes"].(map[string]any)["age"] = "old"
				case 1:
					delete(group, "attributes")
				case 2:
					delete(group, "counts")
				case 3:
					group["counts"] = []any{nil, "x", json.Number("4"), []any{}}[r.IntN(4)]
				}
				groups = append(groups, group)
			}
			if len(groups) > 0 && r.IntN(4) == 0 {
				groups = append(groups, groups[0], "no group")
			}
			var list any = groups
			if r.IntN(20) == 0 {
				list = []any{nil, "x", map[string]any{"a": map[string]any{"attributes": map[string]any{"sex": "f"}}}}[r.IntN(3)]
			}
			assessments = append(assessments, map[string]any{"groups": list})
		}
		assessments = append(assessments, map[string]any{}, "none")
		f := evaluate(t, s, "GRP-01", input(item(t, 1, "model-card", map[string]any{"assessments": assessments})), "2026-01-01T00:00:00Z")
		if f.Status != policy.StatusPass {
			t.Fatalf("%s (%s): %v", f.Status, f.Reason, f.Messages)
		}
		for _, m := range f.Messages {
			said[m.Msg] = true
		}
	}
	if len(said) < 10 {
		t.Errorf("the groups of the test are too much alike: %v", said)
	}
}

func TestGroupsThatCannotBeCounted(t *testing.T) {
	for _, call := range []string{
		`assize.counts_by({"groups": [{"attributes": "sex"}]}, "sex")`,
		`assize.counts_by({"groups": [{"attributes": {"sex": "f"}, "counts": {"n": 1}}, {"attributes": {"sex": "f"}, "counts": {"n": 2}}]}, "sex")`,
		`assize.group_sizes(any("x"), {"selection_rate"}, 1)`,
		`assize.group_sizes({}, any(["selection_rate"]), 1)`,
		`assize.group_sizes({"f": {"n": 1}}, {"accuracy"}, 1)`,
		`assize.gap(GROUPS, {"selection_rate", "true_positive_rate"}, {"min_n": 1, "level": 0.95, "comparisons": 1})`,
		`assize.gap(GROUPS, {any(1)}, {"min_n": 1, "level": 0.95, "comparisons": 1})`,
		`assize.gap(GROUPS, any(["selection_rate"]), {"min_n": 1, "level": 0.95, "comparisons": 1})`,
		`assize.gap(GROUPS, {"selection_rate"}, any({"min_n": 1, "level": 0.95}))`,
		`assize.gap(GROUPS, {"selection_rate"}, {"min_n": 1, "level": 0.95, "comparisons": 0})`,
		`assize.gap(GROUPS, {"selection_rate"}, {"min_n": 50, "level": 0.95, "comparisons": 1})`,
		`assize.group_sizes({"f": {"n": 1, "positives": "x"}}, {"false_positive_rate"}, 1)`,
	} {
		call = strings.ReplaceAll(call, "GROUPS", `{"f": {"n": 40, "selected": 9}, "m": {"n": 60, "selected": 30}}`)
		s := load(t, rule("GRP-02", "requires: [model-card]", "any(x) := x\n\npass if {\n\tcount(input.evidence[\"model-card\"]) > 0\n\tnot "+call+"\n}"))
		f := evaluate(t, s, "GRP-02", input(item(t, 1, "model-card", map[string]any{"version": "1"})), "2026-01-01T00:00:00Z")
		if f.Status != policy.StatusUnassessable {
			t.Errorf("%s: %s (%s)", call, f.Status, f.Reason)
		}
	}
}

// A gap is what two calls give, one of them for all comparisons.
func TestGapIsTheDifferenceWithItsReach(t *testing.T) {
	s := load(t, rule("GRP-03", "requires: [model-card]", `groups := {
	"f": {"n": 90, "positives": 40, "selected": 30, "true_positives": 20, "false_positives": 10},
	"m": {"n": 80, "positives": 45, "selected": 50, "true_positives": 40, "false_positives": 10},
	"x": {"n": 30, "positives": 12, "selected": 11, "true_positives": 9, "false_positives": 2},
}

precision(k) := {"min_n": 5, "level": 0.95, "comparisons": k}

gap(plain, corrected) := {
	"point": plain.difference, "low": min([plain.low, plain.difference]), "high": plain.high, "reach": corrected.reach,
	"higher": plain.higher, "lower": plain.lower,
}

pass if {
	count(input.evidence["model-card"]) > 0
	every rate in ["selection_rate", "true_positive_rate", "false_positive_rate", "positive_predictive_value"] {
		assize.gap(groups, {rate}, precision(6)) == gap(assize.max_difference(groups, rate, precision(1)), assize.max_difference(groups, rate, precision(6)))
	}
	assize.gap(groups, {"true_positive_rate", "false_positive_rate"}, precision(6)) == gap(
		assize.equalized_odds_difference(groups, precision(1)),
		assize.equalized_odds_difference(groups, precision(6)),
	)
}`))
	f := evaluate(t, s, "GRP-03", input(item(t, 1, "model-card", map[string]any{"version": "1"})), "2026-01-01T00:00:00Z")
	if f.Status != policy.StatusPass {
		t.Errorf("%s (%s)", f.Status, f.Reason)
	}
}
