package policy_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/assize-dev/assize/policy"
)

const passing = `pass if input.subject.known`

func TestMetadataRefused(t *testing.T) {
	good := rule("TST-01", "requires: [model-card]", passing)
	for _, tc := range []struct{ name, old, new, want string }{
		{"unknown custom member", "#   severity: high", "#   severity: high\n#   severty: low", "severty"},
		{"unknown member", "# title: A rule", "# title: A rule\n# titel: x", "titel"},
		{"given twice", "# title: A rule", "# title: A rule\n# title: x", "already defined"},
		{"schemas of its own", "# title: A rule", "# title: A rule\n# schemas:\n#   - input: schema.x", "schemas"},
		{"no title", "# title: A rule\n", "", "title is missing"},
		{"no remediation", "#   remediation: Do it again.\n", "", "custom.remediation is missing"},
		{"bad id", "id: TST-01", "id: tst01", "no rule id"},
		{"another package", "package assize.test.tst_01", "package assize.test.tst_02", "belongs in package"},
		{"no pack", "package assize.test.tst_01", "package assize.tst_01", "belongs in package"},
		{"severity", "severity: high", "severity: severe", `"severe" is none of`},
		{"basis", "basis: default", "basis: belief", `"belief" is none of`},
		{"kind", "kinds: [model]", "kinds: [models]", `"models" is none of`},
		{"no kind", "kinds: [model]", "kinds: []", "kinds is empty"},
		{"kind twice", "kinds: [model]", "kinds: [model, model]", "twice"},
		{"action", "actions: [release]", "actions: [launch]", `"launch" is none of`},
		{"unknown type", "requires: [model-card]", "requires: [model-crad]", `unknown evidence type "model-crad"`},
		{"revocations are no evidence", "requires: [model-card]", "reads: [revocation]", `unknown evidence type "revocation"`},
		{"decisions are no evidence", "requires: [model-card]", "reads: [gate-decision]", `unknown evidence type "gate-decision"`},
		{"type twice", "requires: [model-card]", "requires: [model-card]\n#   reads: [model-card]", "named twice"},
		{"any-of of one", "requires: [model-card]", "requires: [[model-card]]", "at least two"},
		{"control", "requires: [model-card]", "requires: [model-card]\n#   controls: [art-5]", "framework/control"},
		{"unquoted date", "requires: [model-card]", "applies_from: 2027-12-02", "quoted date"},
		{"no date", "requires: [model-card]", `applies_from: "2027-13-02"`, "quoted date"},
		{"dates upside down", "requires: [model-card]", "applies_from: \"2027-12-02\"\n#   applies_until: \"2027-12-02\"", "does not come after"},
		{"no metadata", good[:strings.Index(good, "package")], "", "no METADATA"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if !strings.Contains(good, tc.old) {
				t.Fatalf("%q is not in the rule", tc.old)
			}
			refused(t, tc.want, strings.Replace(good, tc.old, tc.new, 1))
		})
	}
}

// refused loads the files and wants a fault with file and line.
func refused(t *testing.T, want string, files ...string) {
	t.Helper()
	_, err := tryLoad(files...)
	var set *policy.SetError
	if !errors.Is(err, policy.ErrRuleSet) || !errors.As(err, &set) || !strings.Contains(err.Error(), want) {
		t.Fatalf("got %v, want %q", err, want)
	}
	for _, f := range set.Faults {
		if f.File == "" {
			t.Errorf("the fault names no file: %v", f)
		}
	}
}

func TestCodeRefused(t *testing.T) {
	card := func(code string) string { return rule("TST-01", "requires: [model-card]\nreads: [deployment]", code) }
	for _, tc := range []struct{ name, want, file string }{
		{"a negated comparison with a member", "`not` over a comparison with item.index", card(`bad contains i if {
	some i, item in input.evidence["model-card"]
	not item.index >= 3
}

pass if count(bad) == 0`)},
		{"syntax", "rego_parse_error", card("pass if {")},
		{"no pass", "does not export pass", card(`deny contains {"msg": "x"} if input.subject.known`)},
		{"pass is no condition", "must be a condition", card(`pass contains "x" if input.subject.known`)},
		{"pass is a string", "not a condition", card(`pass := "yes"`)},
		{"a later date without a first", "there is none", card(passing + "\n\napplies_from := \"2030-01-01\" if input.subject.known")},
		{"several dates", "must be one instant", card(passing + "\n\napplies_from contains \"2030-01-01\" if input.subject.known")},
		{"a date that is a number", "not an instant", rule("TST-01", "applies_from: \"2029-01-01\"", passing+"\n\napplies_from := 2030 if input.subject.known")},
		{"pass leans on a date", "pass leans on applies_from", rule("TST-01", "applies_from: \"2029-01-01\"", "pass if applies_from\n\napplies_from := \"2030-01-01\" if input.subject.known")},
		{"deny is no set", "must be a set", card(passing + "\n\ndeny if input.subject.known")},
		{"deny of strings", "a message is an object", card(passing + "\n\ndeny contains \"no\" if input.subject.known")},
		{"deny without msg", `without "msg"`, card(passing + "\n\ndeny contains {\"message\": \"no\"} if input.subject.known")},
		{"deny with a number", `"msg" is number`, card(passing + "\n\ndeny contains {\"msg\": 1} if input.subject.known")},
		{"one deny of two is a string", "a message is an object", card(passing + "\n\ndeny contains {\"msg\": \"a\"} if input.subject.known\n\ndeny contains \"b\" if input.subject.known")},
		{"not_assessable is a string", "neither a condition", card(passing + "\n\nnot_assessable := \"x\"")},
		{"pass leans on deny", "pass leans on deny", card("pass if count(deny) == 0\n\ndeny contains {\"msg\": \"x\"} if not input.subject.known")},
		{"pass leans on deny through a helper", "pass leans on deny", card("pass if fine\n\nfine if every_ok(deny)\n\nevery_ok(xs) if count(xs) == 0\n\ndeny contains {\"msg\": \"x\"} if not input.subject.known")},
		{"pass leans on deny in an else", "pass leans on deny", card("pass if {\n\tinput.subject.conflict\n} else if {\n\tcount(deny) == 0\n}\n\ndeny contains {\"msg\": \"x\"} if not input.subject.known")},
		{"pass leans on deny through a dynamic ref", "look around", card("pass if count(data.assize.test[x].deny) == 0\n\nx := \"tst_01\"\n\ndeny contains {\"msg\": \"x\"} if not input.subject.known")},
		{"unknown path", "undefined ref: input.evidence[\"model-card\"]", card(`pass if input.evidence["model-card"][0].predicate.versoin == "1"`)},
		{"unknown path below a variable", "undefined ref", card(`pass if {
	some item in input.evidence["model-card"]
	item.predicate.versoin == "1"
}`)},
		{"unknown part of input", "undefined ref: input.evidense", card(`pass if count(input.evidense["model-card"]) > 0`)},
		{"undeclared type", "undefined ref: input.evidence[\"dataset-card\"]", card(`pass if input.evidence["dataset-card"][0].index == 1`)},
		{"undeclared type in an ancestor", "undefined ref", card(`pass if input.ancestors[_].evidence["dataset-card"][0].index == 1`)},
		{"undeclared related", "undefined ref: input.related.incidents", card(`pass if count(input.related.incidents) == 0`)},
		{"predicate of withheld evidence", "undefined ref", card(`pass if input.withheld["model-card"][0].predicate.version == "1"`)},
		{"wrong type", "match error", card(`pass if input.evidence["model-card"][0].predicate.version == 1`)},
		{"undefined function", "rego_type_error: undefined function", card(`pass if nosuch(input.subject)`)},
		{"undefined variable", "rego_unsafe_var_error", card(`pass if x == input.subject.ref`)},
		{"undefined library", "undefined: no rule or function", card("import data.assize.lib.nosuch\n\npass if nosuch.fine")},
		{"undefined data", "look around", card(`pass if data.secrets.x == 1`)},
		{"another rule", "a rule judges for itself", card(`pass if data.assize.test.tst_02.pass`)},
		{"parameters by variable", "named statically", card(`pass if data.params[input.action] == 1`)},
		{"all parameters", "named statically", card(`pass if count(data.params) == 1`)},
		{"with", "`with` belongs in tests", card(`pass if input.subject.known with input as {}`)},
		{"clock replaced", "`with` belongs in tests", card(`pass if fine with assize.reached as true

fine if assize.reached("2020-01-01")`)},
		{"every over nothing", "is true when there is none", card(`pass if {
	every i in input.evidence["model-card"] { i.index > 0 }
}`)},
		{"every with a count of something else", "is true when there is none", card(`pass if {
	count(input.evidence.deployment) > 0
	every i in input.evidence["model-card"] { i.index > 0 }
}`)},
		{"every with a bound that none meets", "is true when there is none", card("pass if {\n\tcount(input.parents) > -0.5\n\tevery i in input.parents { i.known }\n}")},
		{"every in a comprehension", "is true when there is none", card(`pass if count([1 | every i in input.parents { i.known }]) > 0`)},
		{"every in an every", "is true when there is none", card(`pass if {
	count(input.parents) > 0
	every p in input.parents {
		every r in p.refs { r != "" }
	}
}`)},
		{"every in an else", "is true when there is none", card(`pass if {
	input.subject.conflict
} else if {
	every i in input.parents { i.known }
}`)},
		{"every in deny", "is true when there is none", card(passing + `

deny contains {"msg": "x"} if {
	every i in input.parents { i.known }
}`)},
		{"unused variable", "unused", card(`pass if {
	x := 1
	input.subject.known
}`)},
		{"deprecated", "undefined function any", card(`pass if any([true])`)},
		{"number", "no float64", card(`pass if input.subject.known == (1e999 > 0)`)},
		{"wrong argument of a statistic", "invalid argument", card(`pass if assize.psi([1], ["2"], 0.0001) < 1`)},
		{"wrong instant type", "invalid argument", card(`pass if assize.reached(5)`)},
	} {
		t.Run(tc.name, func(t *testing.T) { refused(t, tc.want, tc.file) })
	}
}

func TestSilenceRefused(t *testing.T) {
	for _, tc := range []struct{ name, want, file string }{
		{"pass is always true", "passes without any evidence", rule("TST-01", "", "pass := true")},
		{"pass by default", "passes without any evidence", rule("TST-01", "", "default pass := true\n\npass := false if input.subject.conflict")},
		{"pass by negation", "passes without any evidence", rule("TST-01", "reads: [incident]", "pass if not bad\n\nbad if count(input.evidence.incident) > 0")},
		{"pass in the far future", "passes without any evidence", rule("TST-01", "", `pass if assize.reached("5000-01-01")`)},
		{"not applicable by negation", "not_applicable holds without", rule("TST-01", "requires: [model-card]\nreads: [system-profile]",
			passing+"\n\nnot_applicable if not high_risk\n\nhigh_risk if input.evidence[\"system-profile\"][0].predicate.risk_tier == \"gpai\"")},
		{"pass by negation, although something is required", "passes without any evidence", rule("TST-01", "requires: [eval-result]",
			"pass if not bad\n\nbad if input.evidence[\"eval-result\"][_].predicate.passed == false")},
		{"the other of two types", "passes without any evidence", rule("TST-01", "requires: [[eval-result, model-card]]",
			"bad if {\n\tsome r in input.evidence[\"eval-result\"]\n\tsome m in r.predicate.metrics\n\tm.value < 0.7\n}\n\npass if not bad")},
		{"the other of two types, counted", "that says nothing, with no", rule("TST-01", "requires: [validation, [eval-result, model-card]]",
			"bad if input.evidence[\"eval-result\"][_].predicate.passed == false\n\npass if {\n\tcount(input.evidence[\"eval-result\"]) + count(input.evidence[\"model-card\"]) > 0\n\tnot bad\n}")},
		{"related subjects without evidence", "once there are related subjects", rule("TST-01", "reads: [data-rights]",
			"bad contains s.ref if {\n\tsome s in input.related.subjects\n\tsome r in s.evidence[\"data-rights\"]\n\tr.predicate.dataset == \"none\"\n}\n\npass if {\n\tcount(input.related.subjects) > 0\n\tcount(bad) == 0\n}")},
		{"a later date on silence", "applies_from puts the rule off without any evidence", rule("TST-01", "applies_from: \"2029-01-01\"\nrequires: [model-card]",
			passing+"\n\napplies_from := \"2030-01-01\"")},
		{"what every question holds", "passes without any evidence", rule("TST-01", "reads: [eval-result]",
			"pass if {\n\tinput.system.ref\n\tstartswith(input.subject.ref, \"sha256:\")\n\tcount(input.subject.ref) > 7\n}")},
		{"withheld evidence", "on evidence that does not count", rule("TST-01", "reads: [eval-result]", "pass if count(input.withheld[\"eval-result\"]) > 0")},
		{"not applicable on evidence that says nothing", "not_applicable holds on evidence that says nothing", rule("TST-01", "requires: [model-card]\nreads: [system-profile]",
			passing+"\n\nnot_applicable if {\n\tcount(input.evidence[\"system-profile\"]) > 0\n\tnot high_risk\n}\n\nhigh_risk if input.evidence[\"system-profile\"][0].predicate.risk_tier == \"gpai\"")},
	} {
		t.Run(tc.name, func(t *testing.T) { refused(t, tc.want, tc.file) })
	}
	// What the service found over the whole ledger is an answer even when empty.
	load(t, rule("TST-01", "reads: [incident]", "pass if count(input.related.incidents) == 0"))
	// That something is there can be all a rule asks, where nothing else would do.
	load(t, rule("TST-01", "requires: [model-card]", "pass if count(input.evidence[\"model-card\"]) > 0"))
}

func TestCodeAccepted(t *testing.T) {
	for _, tc := range []struct{ name, code string }{
		{"every with a count", "pass if {\n\tcount(input.parents) > 0\n\tevery i in input.parents { i.known }\n}"},
		{"every with a fraction", "pass if {\n\tcount(input.parents) >= 0.5\n\tevery i in input.parents { i.known }\n}"},
		{"every with a bound", "pass if {\n\tcount(input.parents) >= 2\n\tevery i in input.parents { i.known }\n}"},
		{"every with a count before", "pass if {\n\tn := count(input.parents)\n\tn > 0\n\tevery i in input.parents { i.known }\n}"},
		{"every with a count after", "pass if {\n\tevery i in input.parents { i.known }\n\t0 < count(input.parents)\n}"},
		{"every not empty", "pass if {\n\tinput.parents != []\n\tevery i in input.parents { i.known }\n}"},
		{"every with none allowed", "pass if {\n\tinput.subject.known\n\tcount(input.parents) >= 0\n\tevery i in input.parents { i.known }\n}"},
		{"every over a literal", "pass if {\n\tevery t in [\"a\", \"b\"] { startswith(input.subject.ref, t) }\n}"},
		{"count in the body around", "pass if {\n\tcount(input.parents) > 0\n\tcount([1 | every i in input.parents { i.known }]) > 0\n}"},
		{"interpolated message", passing + "\n\ndeny contains {\"msg\": $\"{input.subject.ref} is bad\"} if input.subject.conflict"},
		{"messages as text", passing + "\n\nwarn contains {\"msg\": sprintf(\"%s\", [input.subject.ref])} if input.subject.conflict"},
	} {
		t.Run(tc.name, func(t *testing.T) { load(t, rule("TST-01", "requires: [model-card]", tc.code)) })
	}
}

func TestLibraries(t *testing.T) {
	lib := func(code string) string { return "package assize.lib.thing\n\n" + code + "\n" }
	user := rule("TST-01", "requires: [model-card]", "import data.assize.lib.thing\n\npass if thing.fine(input.subject)")
	s := load(t, user, lib("fine(x) if x.known == data.params.wanted"))
	r, _ := s.Rule("TST-01")
	if diff := cmp.Diff([]string{"wanted"}, r.Params); diff != "" {
		t.Errorf("parameters a library reads for the rule: %s", diff)
	}
	refused(t, "a library does not read", user, lib("fine(x) if x.known == input.subject.conflict"))
	refused(t, "a library does not read input", user, lib("fine(x) if {\n\ty := input\n\tx.known == y.subject.conflict\n}"))
	refused(t, "look around", user, lib("fine(x) if x.known == data.secret"))
	refused(t, "is true when there is none", user, lib("fine(x) if {\n\tevery r in x.refs { r != \"\" }\n}"))
	if _, err := tryLoad(lib("fine(x) if x")); !errors.Is(err, policy.ErrNoRules) {
		t.Errorf("a set of libraries only: %v", err)
	}
}

func TestSetIdentity(t *testing.T) {
	a, b := rule("TST-01", "requires: [model-card]", passing), rule("TST-02", "requires: [model-card]", passing)
	refused(t, "is also in", a, a)
	refused(t, "also used in", a, strings.Replace(a, "package assize.test.tst_01", "package assize.other.tst_01", 1))
	s := load(t, a, b)
	again, err := policy.LoadArchive(s.Archive())
	if err != nil {
		t.Fatal(err)
	}
	if again.Digest() != s.Digest() {
		t.Errorf("digest %s, of the archive %s", s.Digest(), again.Digest())
	}
	withTests := fstest.MapFS{"a.rego": {Data: []byte(a)}, "b.rego": {Data: []byte(b)}, "b_test.rego": {Data: []byte("package x\n")}, "notes.md": {Data: []byte("x")}}
	if s2, err := policy.LoadSet(withTests); err != nil || s2.Digest() != s.Digest() {
		t.Errorf("tests change the digest: %v", err)
	}
	if s2 := load(t, a, strings.Replace(b, "A rule", "B rule", 1)); s2.Digest() == s.Digest() {
		t.Error("another set has the same digest")
	}
	for _, tc := range []struct{ name, archive string }{
		{"not canonical", " " + string(s.Archive())},
		{"path", `{"../a.rego": "package x"}`}, {"test", `{"a_test.rego": "package x"}`}, {"value", `{"a.rego": 1}`}, {"list", `[]`}, {"twice", `{"a.rego": "", "a.rego": ""}`},
	} {
		if _, err := policy.LoadArchive([]byte(tc.archive)); !errors.Is(err, policy.ErrRuleSet) {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}

func TestSetBounds(t *testing.T) {
	big := fstest.MapFS{"a.rego": {Data: []byte(strings.Repeat("#", policy.MaxRuleSource+1))}}
	if _, err := policy.LoadSet(big); !errors.Is(err, policy.ErrRuleSet) || !strings.Contains(err.Error(), "split it") {
		t.Errorf("one large file: %v", err)
	}
	many := fstest.MapFS{}
	for i := range policy.MaxSetFiles + 1 {
		many[strings.Repeat("x", i/100+1)+string(rune('0'+i%100/10))+string(rune('0'+i%10))+".rego"] = &fstest.MapFile{Data: []byte("#")}
	}
	if _, err := policy.LoadSet(many); !errors.Is(err, policy.ErrRuleSet) || !strings.Contains(err.Error(), "files") {
		t.Errorf("many files: %v", err)
	}
	total := fstest.MapFS{}
	for i := range policy.MaxSetSource/policy.MaxRuleSource + 1 {
		total[strings.Repeat("x", i+1)+".rego"] = &fstest.MapFile{Data: []byte(strings.Repeat("#", policy.MaxRuleSource))}
	}
	if _, err := policy.LoadSet(total); !errors.Is(err, policy.ErrRuleSet) || !strings.Contains(err.Error(), "together") {
		t.Errorf("many bytes: %v", err)
	}
	if _, err := policy.LoadSet(fstest.MapFS{"a.rego": {Data: []byte("\xff")}}); !errors.Is(err, policy.ErrRuleSet) {
		t.Errorf("not UTF-8: %v", err)
	}
	if _, err := policy.ParseParameters([]byte("v: 1 #" + strings.Repeat("x", policy.MaxParametersSource))); !errors.Is(err, policy.ErrParameters) {
		t.Errorf("large parameters: %v", err)
	}
}
