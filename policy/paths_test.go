package policy_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/assize-dev/assize/policy"
)

// What OPA does not type is followed: a mistyped member behind a function, a
// comprehension or object.get is told with its line, and what is right is not.
func TestCheckFollowsFunctions(t *testing.T) {
	const lib = `package assize.lib.card

stated(item) := item.predicate.%s

names(items) := [n | some item in items; n := item.predicate.%s]

get(item) := object.get(item.predicate, "%s", "")

nested(item) := deeper(item.predicate)

deeper(p) := p.%s

only_cards(item) := item.predicate.limitations
`
	with := func(names ...any) string {
		out := lib
		for _, n := range names {
			out = strings.Replace(out, "%s", n.(string), 1)
		}
		return out
	}
	code := func(body string) string {
		text := rule("PTH-01", "requires: [model-card]\nreads: [eval-result]", body)
		if !strings.Contains(body, "card.stated") {
			return text
		}
		return strings.Replace(text, "package assize.test.pth_01\n", "package assize.test.pth_01\n\nimport data.assize.lib.card\n", 1)
	}
	uses := `item := input.evidence["model-card"][0]

pass if {
	card.stated(item) != ""
	count(card.names(input.evidence["model-card"])) > 0
	card.get(item) != "x"
	card.nested(item) != ""
	some any_item in array.concat(input.evidence["model-card"], input.evidence["eval-result"])
	card.only_cards(any_item)
}`
	check := func(lib, body string) []string {
		faults, err := policy.Check(fstest.MapFS{"lib.rego": {Data: []byte(lib)}, "r.rego": {Data: []byte(code(body))}})
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, f := range faults {
			if !strings.Contains(f.Msg, "opa fmt") {
				out = append(out, f.String())
			}
		}
		return out
	}
	if got := check(with("version", "version", "version", "version"), uses); len(got) > 0 {
		t.Errorf("right as it is: %v", got)
	}
	for i, want := range []string{`lib.rego:3: "versoin"`, `lib.rego:5: "versoin"`, `lib.rego:7: object.get looks for "versoin"`, `lib.rego:11: "versoin"`} {
		names := []any{"version", "version", "version", "version"}
		names[i] = "versoin"
		if got := check(with(names...), uses); len(got) != 1 || !strings.HasPrefix(got[0], want) {
			t.Errorf("%v, want %s", got, want)
		}
	}
	// a function of the rule's own file, called with evidence of two types of which
	// neither has the member
	own := `wrong(item) := item.predicate.nothing_has_this

pass if {
	some item in array.concat(input.evidence["model-card"], input.evidence["eval-result"])
	wrong(item)
}`
	if got := check(with("version", "version", "version", "version"), own); len(got) != 1 || !strings.Contains(got[0], `"nothing_has_this"`) {
		t.Errorf("of two types: %v", got)
	}
	// more ways than can be followed are told, not passed over
	var many strings.Builder
	for i := range 16 {
		many.WriteString("f" + strings.Repeat("x", i) + "(a) := x if {\n")
		if i == 15 {
			many.WriteString("\tx := a.predicate\n}\n\n")
			continue
		}
		next := "f" + strings.Repeat("x", i+1)
		many.WriteString("\tb := {\"predicate\": a, \"other\": 1}\n\tc := {\"predicate\": a}\n\ty := " + next + "(b)\n\tz := " + next + "(c)\n\tx := y == z\n}\n\n")
	}
	if got := check(with("version", "version", "version", "version"), many.String()+"pass if f(input.evidence[\"model-card\"][0])"); len(got) != 1 || !strings.Contains(got[0], "too many ways") {
		t.Errorf("too many: %v", got)
	}
}
